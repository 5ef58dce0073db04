"""The example submissions of every pack are complete, clean, and say what grading them must give."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from challenges import load, load_all, load_calibration
from challenges.challenge import BUILT_IN
from challenges.pack import pack_files
from harness.example import example_repository

FOLDERS = sorted(folder for folder in BUILT_IN.glob("*/calibration/*") if folder.is_dir())
PATCHES = sorted(BUILT_IN.glob("*/seeded_bugs/*.patch"))
STRAYS = {".venv", "venv", ".coverage", "htmlcov", ".git", "node_modules", "build", "dist"}
REGISTRIES = re.compile(
    "|".join(["pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.(com|org)", "deb" + r"ian\.org"])
)
KEY_SHAPES = re.compile(
    r"AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|sk-[A-Za-z0-9_-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY"
)

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def files(folder: Path) -> list[Path]:
    """The files of an example's submission, without the caches that tools leave while somebody works in it."""
    return list(pack_files(folder / "submission"))


def test_the_three_examples_are_there() -> None:
    """Every pack has at least a strong, a mixed and a weak example."""
    for challenge in load_all():
        assert {"strong", "mixed", "weak"} <= set(challenge.examples)


@each_folder
def test_complete(folder: Path) -> None:
    """A submission, its history and what it must give; the manifest names the challenge and both commands."""
    assert (folder / "commits.toml").is_file()
    assert (folder / "expected.toml").is_file()
    manifest = tomllib.loads((folder / "submission" / "submission.toml").read_text(encoding="utf-8"))

    assert manifest["submission"]["challenge"] == folder.parents[1].name
    # The port is a setting: the command hands it on, or the program reads it by itself.
    sources = [path.read_text(encoding="utf-8") for path in files(folder) if path.suffix == ".py"]
    assert "--port $PORT" in manifest["run"]["start"] or any('"PORT"' in source for source in sources)
    assert manifest["run"]["test"]


@each_folder
def test_the_last_commit_holds_every_file(folder: Path, tmp_path: Path) -> None:
    """The history that is built from the plan ends with each file, and the same plan gives the same commit."""
    challenge = load(folder.parents[1].name)
    repositories = [example_repository(challenge, folder.name, tmp_path / name) for name in ("one", "two")]
    heads = [git(repository, "rev-parse", "HEAD") for repository in repositories]

    assert set(git(repositories[0], "ls-tree", "-r", "--name-only", "HEAD").splitlines()) == {
        str(path.relative_to(folder / "submission")) for path in files(folder)
    }
    assert heads[0] == heads[1]


@each_folder
def test_the_history_is_believable(folder: Path) -> None:
    """No commit is empty, times never run backwards, and authors have addresses that reach nobody."""
    calibration = load_calibration(load(folder.parents[1].name), folder.name)
    taken: set[Path] = set()
    for commit in calibration.commits:
        named = {path for glob in commit.paths for path in calibration.folder.glob(glob)}
        assert named - taken, commit.message
        taken |= named
        assert commit.message.strip()
        assert re.fullmatch(r"[^<>]+ <[^<>@\s]+@example\.(com|net|org)>", commit.author)
    dates = [commit.date for commit in calibration.commits]
    assert dates == sorted(dates)


def git(repository: Path, *words: str) -> str:
    """What git says about a repository."""
    answer = subprocess.run(["git", "-C", str(repository), *words], capture_output=True, text=True, check=True)
    return answer.stdout.strip()


@each_folder
def test_expected_outcomes_can_be_checked(folder: Path) -> None:
    """Each named hidden test is one of the pack's, and the grade of the hidden tests fits what is named."""
    expected = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    telling = {name: outcome for name, outcome in expected["hidden_tests"].items() if name != "others"}

    assert expected["description"].strip()
    for name in telling:
        assert is_hidden_test(folder.parents[1], name), name
    if expected["grades"]["hidden_tests"] == "failed":
        assert "failed" in telling.values()
    else:
        assert "failed" not in telling.values()


def is_hidden_test(pack: Path, identifier: str) -> bool:
    """Whether "<file>::<test>[case]" names a test function of the pack."""
    name, _, rest = identifier.partition("::")
    return rest.partition("[")[0] in functions(pack / "hidden_tests" / name)


@cache
def functions(file: Path) -> set[str]:
    """The names of a module's functions; none where there is no such file."""
    tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module(body=[], type_ignores=[])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@each_folder
def test_python_compiles(folder: Path) -> None:
    """Each Python file is one: an example fails for what it does, not for what it can't be."""
    sources = [path for path in files(folder) if path.suffix == ".py"]

    assert sources
    for path in sources:
        ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@each_folder
def test_nothing_stray(folder: Path) -> None:
    """No environments, no registry by name, no real-looking key, no large file."""
    for path in files(folder):
        assert STRAYS.isdisjoint(path.relative_to(folder).parts), path
        assert path.stat().st_size < 100_000, path
        assert not path.is_symlink(), path
        text = path.read_bytes().decode("utf-8", errors="replace")
        assert not REGISTRIES.search(text), path
        assert not KEY_SHAPES.search(text), path


@each_folder
def test_dependencies_are_pinned(folder: Path) -> None:
    """Every requirement is pinned to one version, so that an example installs the same next year."""
    locks = list((folder / "submission").glob("requirements*.txt"))

    assert locks
    for lock in locks:
        lines = [line.strip() for line in lock.read_text(encoding="utf-8").splitlines()]
        wanted = [line for line in lines if line and not line.startswith(("#", "--hash", "-r "))]
        assert all(re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[0-9]", line) for line in wanted)


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_seeded_bugs_apply_and_name_their_tests(patch: Path, tmp_path: Path) -> None:
    """Each seeded bug fits the strong example as it stands, compiles, and names hidden tests that must notice it."""
    told = tomllib.loads((patch.parent / "seeded_bugs.toml").read_text(encoding="utf-8"))
    bug = next(bug for bug in told["bug"] if bug["name"] == patch.stem)
    names = re.findall(r"^--- a/(\S+)$", patch.read_text(encoding="utf-8"), re.MULTILINE)
    strong = patch.parents[1] / "calibration" / "strong" / "submission"
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((strong / name).read_bytes())

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    git(tmp_path, "apply", str(patch))

    assert names
    for name in names:
        ast.parse((tmp_path / name).read_text(encoding="utf-8"))
        assert (tmp_path / name).read_bytes() != (strong / name).read_bytes()
    assert bug["about"].strip()
    assert bug["noticed_by"]
    assert all(is_hidden_test(patch.parents[1], name) for name in bug["noticed_by"])


def test_every_seeded_bug_has_its_patch() -> None:
    """seeded_bugs.toml and the patches beside it tell of the same bugs, at least a dozen."""
    for told in BUILT_IN.glob("*/seeded_bugs/seeded_bugs.toml"):
        names = [bug["name"] for bug in tomllib.loads(told.read_text(encoding="utf-8"))["bug"]]

        assert sorted(names) == sorted(patch.stem for patch in told.parent.glob("*.patch"))
        assert len(names) >= 12
