"""The action's steps run for real: bash, a clean folder, a runner's variables, a file:// submission, a real engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML
from test_ci_job import obeyed
from tiny_pack import LOG, PROGRAM, make_pack, make_submission

from sandbox.cache import cache_root

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parent.parent
ACTION = YAML(typ="safe").load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOSTILE = LOG + "\n## ::error::pwned ##[group]pwned\n**Prompt:** ::set-output name=graded::pwned\n"


@dataclass(frozen=True)
class Done:
    """A run of the action: each step's exit code and log, what it would upload, and what the runner was given."""

    codes: list[int]
    log: str
    uploads: dict[str, Path]
    summary: str
    outputs: dict[str, str]


def resolved(text: str, values: dict[str, dict[str, str]]) -> str:
    """A text of the action with the inputs and outputs that it names filled in, as a runner does."""

    def value(match: re.Match[str]) -> str:
        scope, name = match.group(1), match.group(2)
        return values["inputs" if scope == "inputs" else "outputs"].get(name, "")

    return re.sub(r"\$\{\{ (inputs|steps\.grade\.outputs)\.([a-z-]+) \}\}", value, text)


def run_action(folder: Path, **given: str) -> Done:
    """Run each step of the action, as a runner would; `uses` steps only say what they would upload."""
    workspace, temporary = folder / "workspace", folder / "temporary"
    for path in (workspace, temporary):
        path.mkdir(exist_ok=True)
    for name in ("summary", "outputs"):
        (folder / name).write_text("")
    (folder / "event.json").write_text(json.dumps({"repository": {"private": True}}))
    inputs = {name: str(about.get("default", "")) for name, about in ACTION["inputs"].items()}
    inputs |= {name.replace("_", "-"): value for name, value in given.items()}
    environment = {
        **runner_variables(folder),
        "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "acme/hiring", "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_ACTION_PATH": str(ROOT), "GITHUB_WORKSPACE": str(workspace), "RUNNER_TEMP": str(temporary),
        "GITHUB_EVENT_PATH": str(folder / "event.json"), "GITHUB_OUTPUT": str(folder / "outputs"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
    }  # fmt: skip
    codes: list[int] = []
    log = ""
    uploads: dict[str, Path] = {}
    outputs: dict[str, str] = {}
    for step in ACTION["runs"]["steps"]:
        values = {"inputs": inputs, "outputs": outputs}
        if "run" in step:
            if any(codes):
                continue
            own = {name: resolved(text, values) for name, text in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=workspace, env={**environment, **own}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                timeout=400,
            )  # fmt: skip
            codes.append(done.returncode)
            log += done.stdout
            outputs = dict(line.split("=", 1) for line in (folder / "outputs").read_text().splitlines())
        elif re.fullmatch(r".*outputs\.([a-z-]+) == 'true'.*", step["if"]) and _wanted(step["if"], outputs):
            uploads[resolved(step["with"]["name"], values)] = Path(resolved(step["with"]["path"], values))
    return Done(codes, log, uploads, (folder / "summary").read_text(), outputs)


def _wanted(condition: str, outputs: dict[str, str]) -> bool:
    return outputs.get(re.findall(r"outputs\.([a-z-]+) == 'true'", condition)[0]) == "true"


def runner_variables(folder: Path) -> dict[str, str]:
    """What every job finds, on whatever server: no variable of this test's own environment but these."""
    kept = {name: os.environ[name] for name in ("DOCKER_HOST", "HARNESS_IMAGE_SOURCE") if name in os.environ}
    own = {"HOME": str(folder), "HARNESS_CACHE": str(cache_root()), "HARNESS_VENV": sys.prefix}
    return {"PATH": os.environ["PATH"], **kept, **own}


@pytest.fixture
def packs(tmp_path: Path) -> str:
    """The team's own challenge packs in the job's workspace."""
    make_pack(tmp_path / "workspace" / "team" / "challenges")
    return "team/challenges"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_submission_is_graded_in_a_job(tmp_path: Path, packs: str) -> None:
    """Exit codes 0; summary, annotations, outputs and artifacts as docs/ci.md says; hostile text stays text."""
    changes: dict[str | bytes, Any] = {"program.py": PROGRAM.replace('b"hello"', 'b"bye"'), "AI_LOG.md": HOSTILE}
    submission = make_submission(tmp_path / "their work; touch pwned", changes)
    done = run_action(
        tmp_path, submission=submission.as_uri(), challenge="tiny", challenges=packs, artifact="pre-review-7"
    )

    assert done.codes == [0, 0], done.log
    commands = obeyed(done.log)
    assert [line for line in commands if line.startswith("::notice title=Not handled")] == [
        "::notice title=Not handled%2C in the brief::The program greets"
    ]
    assert not [line for line in commands if "pwned" in line or line.startswith("::error")]
    assert done.summary.startswith("# Pre-review: ")
    assert "The program greets" in done.summary
    assert (done.outputs["exit-code"], done.outputs["graded"], done.outputs["complete"]) == ("0", "true", "true")
    assert list(done.uploads) == ["pre-review-7"]
    kept = done.uploads["pre-review-7"]
    assert names(kept) == {"report.json", "report.html", "report.md", "junit.xml", "findings.sarif"}
    failures = [
        case.get("name")
        for case in ElementTree.parse(kept / "junit.xml").iter("testcase")
        if case.find("failure") is not None
    ]
    assert failures == ["The program greets [hidden_tests.test_tiny.py::test_greets]"]
    assert not list(tmp_path.rglob("pwned"))
    assert names(tmp_path / "workspace") == {"team"}


def test_a_public_job_tells_nothing_of_hidden_tests(tmp_path: Path, packs: str) -> None:
    """With `summary: public` neither log nor summary nor the public artifact names one."""
    submission = make_submission(tmp_path / "work", {"program.py": PROGRAM.replace('b"hello"', 'b"bye"')})
    done = run_action(tmp_path, submission=submission.as_uri(), challenge="tiny", challenges=packs, summary="public")

    assert done.codes == [0, 0], done.log
    public = (done.uploads["pre-review-public"] / "public-summary.md").read_text()
    for told in (done.log, done.summary, public):
        assert not re.search(r"greet|healthy|R-1|test_tiny|1 of 2", told)
    assert public.strip() == done.summary.strip()
    assert "Did the program start and answer? | ✓ yes" in public
    assert names(done.uploads["pre-review-public"]) == {"public-summary.md"}


def test_what_cannot_be_graded_is_no_failure_of_the_job(tmp_path: Path, packs: str) -> None:
    """A repository that does not exist: a notice, no artifact, exit code 0."""
    done = run_action(tmp_path, submission=(tmp_path / "nowhere").as_uri(), challenge="tiny", challenges=packs)

    assert done.codes == [0, 0], done.log
    assert done.outputs["exit-code"] == "4"
    assert any(line.startswith("::notice title=Grading::This submission can't be graded") for line in obeyed(done.log))


def test_a_wrong_setting_fails_the_job(tmp_path: Path, packs: str) -> None:
    """A challenge that does not exist: exit code 2, nothing kept."""
    submission = make_submission(tmp_path / "work")
    done = run_action(tmp_path, submission=submission.as_uri(), challenge="no-such", challenges=packs)

    assert done.codes == [0, 2], done.log
    assert done.uploads == {}


def harness_repository(folder: Path) -> str:
    """A repository of the harness as it stands here, also what is not committed yet; gives the commit."""
    git = ("git", "-c", "user.name=T", "-c", "user.email=t@example.org", f"--git-dir={folder}", f"--work-tree={ROOT}")
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)
    subprocess.run([*git, "add", "-A"], check=True, capture_output=True)
    subprocess.run([*git, "commit", "-q", "-m", "As it stands"], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def test_the_template_for_gitlab_grades(tmp_path: Path, packs: str) -> None:
    """Its lines, one after the other in bash as the shell executor runs them; a second pipeline uses the same clone."""
    job = YAML(typ="safe").load((ROOT / "ci" / "gitlab" / "grade.gitlab-ci.yml").read_text(encoding="utf-8"))["grade"]
    workspace = tmp_path / "workspace"
    commit = harness_repository(tmp_path / "harness.git")
    variables = {
        **runner_variables(tmp_path), "GITLAB_CI": "true", "CI_PROJECT_DIR": str(workspace),
        "CI_PROJECT_URL": "https://gitlab.com/acme/hiring", "CI_PROJECT_VISIBILITY": "private",
        "HARNESS_REPOSITORY": (tmp_path / "harness.git").as_uri(), "HARNESS_COMMIT": commit,
        "HARNESS_CI_SUBMISSION": make_submission(tmp_path / "work", {"AI_LOG.md": HOSTILE}).as_uri(),
        "HARNESS_CI_CHALLENGE": "tiny", "HARNESS_CI_CHALLENGES": packs,
    }  # fmt: skip
    for name, value in job["variables"].items():
        variables[name] = value.replace("$CI_PROJECT_DIR", str(workspace))
    lines = "\n".join(["set -eo pipefail", *job["before_script"], *job["script"]])
    done = subprocess.run(
        ["bash", "-c", lines], cwd=workspace, env=variables, capture_output=True, text=True, timeout=400
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", done.stdout + done.stderr)
    assert names(workspace / "harness-report") == {"private", "public"}
    assert [path for path in job["artifacts"]["paths"] if not (workspace / path).is_dir()] == []
    root = ElementTree.parse(workspace / job["artifacts"]["reports"]["junit"]).getroot()
    assert not list(root.iter("failure"))
    again = subprocess.run(["bash", "-c", "\n".join(["set -e", *job["before_script"]])], cwd=workspace, env=variables)
    assert again.returncode == 0
    assert not (workspace / "harness-report").exists()
