"""The house stands as it is drawn: imports run downward, the wheel holds all five packages, nothing leaks in."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("harness", "reports", "graders", "challenges", "sandbox")
FORBIDDEN_NAMES = {"models.py", "utils.py", "helpers.py", "base.py", "core.py", "types.py", "constants.py"}


def modules() -> list[Path]:
    return [
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if not re.search(r"/challenges/[a-z]+-[a-z-]+/", path.as_posix())
    ]


def test_imports_run_downward_and_libraries_have_one_owner() -> None:
    """The layers and owners of pyproject's import contracts hold."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command; lint_imports_command()",
            "--no-cache",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_files_are_named_for_what_is_in_them() -> None:
    """No catch-all module stands in any package."""
    assert [path for path in modules() if path.name in FORBIDDEN_NAMES] == []


def test_no_file_outgrows_its_noun() -> None:
    """A file reads on a screen or two; 400 lines is where it stops being one concept."""
    assert {path.name: lines for path in modules() if (lines := path.read_text().count("\n")) > 400} == {}


def test_the_front_door_is_used_across_packages() -> None:
    """`from sandbox import X`, never `from sandbox.git import X`, outside the package itself."""
    crossings = []
    for path in modules():
        own = path.relative_to(ROOT).parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and "." in node.module and node.level == 0:
                package = node.module.split(".")[0]
                if package in PACKAGES and package != own:
                    crossings.append(f"{path.relative_to(ROOT)}: {node.module}")

    assert crossings == []


def test_no_registry_host_and_no_foreign_path_is_named() -> None:
    """The package index and the images come from the user's configuration: no tracked file names a host of one."""
    # Taken apart, so that this file itself names none.
    pattern = "|".join(
        ("py" + "pi[.]org", "python" + "hosted", "npm" + "js[.]org", "deb" + "ian[.]org", "docker" + "[.]io/")
    )
    done = subprocess.run(["git", "grep", "-nIE", pattern], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout.splitlines() == []


def test_the_wheel_holds_all_five_packages_and_their_data(tmp_path: Path) -> None:
    """A built wheel, looked at from an empty folder, has every package, the templates, the packs and the room."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()

    assert {name.split("/")[0] for name in names} >= set(PACKAGES)
    for needed in (
        "challenges/lead-ingestion/challenge.toml",
        "challenges/lead-ingestion/calibration/strong/submission/submission.toml",
        "harness/attacks/t01-report-hook/attack.toml",
        "harness/attacks/t01-report-hook/files/conftest.py",
        "sandbox/room/launcher.py",
        "sandbox/room/examiner/__init__.py",
        "sandbox/requirements/examiner.txt",
        "reports/schema/report.schema.json",
    ):
        assert needed in names
    assert any(name.startswith("reports/templates/") for name in names)


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_locked_with_hashes(file: str) -> None:
    """Every requirement is pinned, has hashes, and names no index."""
    text = (ROOT / file).read_text()
    pins = re.findall(r"^[a-z0-9][\w.-]*==\S+", text, re.MULTILINE)

    assert len(pins) > 10
    assert text.count("--hash=sha256:") >= len(pins)
    assert "index-url" not in text


def test_requirements_hold_what_pyproject_asks() -> None:
    """The lock names every direct dependency."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    locked = (ROOT / "requirements.txt").read_text()
    for dependency in project["project"]["dependencies"]:
        name = re.split(r"[<>=!~ ]", dependency)[0]
        assert re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE), name


def test_help_is_fast_because_nothing_heavy_is_imported() -> None:
    """`harness --help` loads none of docker, git, pydantic and jinja2 (a matter of imports, not of seconds)."""
    code = (
        "import sys; from harness.cli import cli; "
        "print(sorted({'docker', 'git', 'pydantic', 'jinja2', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
