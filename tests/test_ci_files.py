"""The files for CI servers: sound by their schemas, safe by a security linter, and pinned; all of it offline."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
ACTION = ROOT / "action.yml"
WORKFLOW = ROOT / ".github" / "workflows" / "grade.yml"
EXAMPLE = ROOT / "ci" / "github" / "grade.example.yml"
GITLAB = ROOT / "ci" / "gitlab" / "grade.gitlab-ci.yml"
BIN = Path(sys.executable).parent
ON_GITHUB = (ACTION, WORKFLOW, EXAMPLE)
OUR_COMMIT = "0123456789abcdef0123456789abcdef01234567"


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def filled_in(folder: Path) -> Path:
    """The example as somebody uses it: with a repository and a commit in its two places."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("<owner>/<harness>", "acme/harness")
    path = folder / ".github" / "workflows" / "grade.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace("<commit>", OUR_COMMIT), encoding="utf-8")
    return path


def ran(*arguments: str | Path) -> str:
    """Run a linter; it has to be content. Gives what it says."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def steps() -> list[dict[str, Any]]:
    """Every step of the action and of the workflow."""
    found: list[dict[str, Any]] = list(load(ACTION)["runs"]["steps"])
    for job in load(WORKFLOW)["jobs"].values():
        found += job.get("steps", [])
    return found


def test_files_for_github_satisfy_its_schemas(tmp_path: Path) -> None:
    """check-jsonschema's vendored schemas know every key."""
    ran(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)
    ran(BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW, filled_in(tmp_path))


def test_the_template_for_gitlab_satisfies_its_schema() -> None:
    """So does GitLab's."""
    ran(BIN / "check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci", GITLAB)


def test_the_security_linter_finds_nothing(tmp_path: Path) -> None:
    """zizmor, as strict as it gets: no injection, no wide permission, no credential left behind, nothing unpinned."""
    told = ran(
        BIN / "zizmor", "--offline", "--no-progress", "--persona", "auditor", ACTION, WORKFLOW, filled_in(tmp_path)
    )
    assert "No findings" in told


def test_the_security_linter_would_find_something(tmp_path: Path) -> None:
    """The run above means something: an input put into a line of shell is found."""
    bad = tmp_path / "action.yml"
    bad.write_text(
        ACTION.read_text().replace('run: sh "$GITHUB_ACTION_PATH/bin/ci"', "run: echo ${{ inputs.submission }}")
    )
    done = subprocess.run([BIN / "zizmor", "--offline", "--no-progress", bad], capture_output=True, text=True)
    assert done.returncode != 0
    assert "template-injection" in done.stdout


def test_no_expression_stands_in_a_line_of_shell() -> None:
    """What comes from outside reaches a step in variables alone."""
    scripts = [step["run"] for step in steps() if "run" in step]
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_actions_of_others_are_pinned_and_few() -> None:
    """By full commit id, and only GitHub's own two."""
    used = [step["uses"] for step in steps() if "uses" in step and not step["uses"].startswith("./")]
    assert {name.partition("@")[0] for name in used} == {"actions/checkout", "actions/upload-artifact"}
    assert all(re.fullmatch(r"[a-z/-]+@[0-9a-f]{40}", name) for name in used)


def test_jobs_may_read_contents_and_nothing_else(tmp_path: Path) -> None:
    """Least rights, a time limit, no credential in a checkout."""
    for path in (WORKFLOW, filled_in(tmp_path)):
        whole = load(path)
        assert whole["permissions"] == {}
        assert [job["permissions"] for job in whole["jobs"].values()] == [{"contents": "read"}]
    assert all("timeout-minutes" in job for job in load(WORKFLOW)["jobs"].values())
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_nothing_starts_by_what_a_candidate_does() -> None:
    """The team starts a grading: by hand, over the API, or from a workflow of its own; no push, no pull request."""
    assert set(load(WORKFLOW)["on"]) == {"workflow_call", "workflow_dispatch", "repository_dispatch"}
    assert set(load(EXAMPLE)["on"]) == {"workflow_dispatch"}
    assert re.search(r"\^\(([a-z|]+)\)\$", load(GITLAB)["grade"]["rules"][0]["if"]).group(1) == "web|trigger|api"  # type: ignore[union-attr]


def test_what_the_workflow_gives_the_action_takes() -> None:
    """No input is misspelled between caller, workflow and action."""
    given = set(next(step for step in steps() if step.get("uses") == "./harness")["with"])
    assert given <= set(load(ACTION)["inputs"])
    called = load(WORKFLOW)["on"]["workflow_call"]
    job = load(EXAMPLE)["jobs"]["grade"]
    assert set(job["with"]) <= set(called["inputs"])
    assert set(job["secrets"]) <= set(called["secrets"])
    required = {name for name, about in called["inputs"].items() if about.get("required")}
    assert required <= set(job["with"])


def test_the_action_sets_variables_that_the_command_knows() -> None:
    """And reads outputs that it sets."""
    from harness.ci_command import ci

    grade = next(step for step in steps() if step.get("id") == "grade")
    known = {str(option.envvar) for option in ci.params if option.envvar}
    apart = {"HARNESS_GIT_TOKEN", "HARNESS_GIT_TOKEN_HOST", "HARNESS_CI_CHALLENGES"}
    assert set(grade["env"]) - apart <= known
    assert "HARNESS_CI_CHALLENGES" in (ROOT / "bin" / "ci").read_text()
    outputs = set(re.findall(r"steps\.grade\.outputs\.([a-z-]+)", ACTION.read_text()))
    assert outputs <= set(re.findall(r'"([a-z-]+)": (?:str|_word)\(', (ROOT / "harness" / "ci_command.py").read_text()))


def test_the_token_reaches_one_step() -> None:
    """The token for private submissions is in the environment of the step that fetches, and in no address."""
    holding = [step for step in steps() if "token" in str(step.get("env", "")).lower()]
    assert [step.get("id") for step in holding] == ["grade"]
    for path in (*ON_GITHUB, GITLAB):
        assert not re.search(r"https://[^\s/]*(token|@)", path.read_text(), re.IGNORECASE), path


def test_the_document_names_what_there_is() -> None:
    """Every input, output, secret and format is in docs/ci.md, and its links lead to files."""
    from harness.report_command import FORMATS

    told = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    names = {*load(ACTION)["inputs"], *load(ACTION)["outputs"], *FORMATS, "SUBMISSION_TOKEN", "HARNESS_TOKEN"}
    assert not [name for name in names if f"`{name}`" not in told and f"{name}:" not in told]
    links = re.findall(r"\]\(([^)#]+)\)", told)
    assert links
    assert not [link for link in links if not (ROOT / "docs" / link).exists()]


@pytest.mark.parametrize("script", ["bin/ci", "bin/setup"])
def test_scripts_are_sound_shell(script: str) -> None:
    """The shell reads them through without complaint."""
    ran("sh", "-n", ROOT / script)
