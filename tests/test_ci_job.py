"""`harness ci`: what one job of the team's pipeline shows, keeps and ends with, by where it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
import report_samples as samples
from click.testing import CliRunner, Result

from challenges import ChallengeError
from harness.ci_platform import Platform, platform, same_repository
from harness.cli import cli
from harness.output import write_report
from harness.pipeline import Graded, Order
from reports import Report
from sandbox import SandboxError, SubmissionRefused

SUBMISSION = "https://github.com/someone/their-work"
Grades = Callable[[Report | Exception], list[Order]]


@pytest.fixture
def grades(monkeypatch: pytest.MonkeyPatch) -> Grades:
    """Let `harness grade` come to this report (or trouble) without an engine; gives the orders that it gets."""
    orders: list[Order] = []

    def will(outcome: Report | Exception) -> list[Order]:
        def grade_submission(order: Order, progress: object) -> Graded:
            orders.append(order)
            assert order.out is not None
            if isinstance(outcome, SubmissionRefused):
                write_report(samples.unsure(), order.out)
            if isinstance(outcome, Exception):
                raise outcome
            write_report(outcome, order.out)
            return Graded(outcome, order.out)

        monkeypatch.setattr("harness.pipeline.grade_submission", grade_submission)
        return orders

    return will


class Runner:
    """A CI server's side of a job: its variables, and the files in which it takes summary and outputs."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = monkeypatch
        for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
            monkeypatch.delenv(name, raising=False)

    def github(self, *, private: bool = True, repository: str = "acme/hiring") -> Runner:
        event = {"repository": {"private": private}, "client_payload": {"repository": {"private": not private}}}
        (self.folder / "event.json").write_text(json.dumps(event))
        self._set(
            GITHUB_ACTIONS="true", GITHUB_SERVER_URL="https://github.com", GITHUB_REPOSITORY=repository,
            GITHUB_EVENT_PATH=str(self.folder / "event.json"), GITHUB_OUTPUT=str(self.folder / "outputs"),
            GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"),
        )  # fmt: skip
        return self

    def gitlab(self, visibility: str = "private") -> Runner:
        self._set(GITLAB_CI="true", CI_PROJECT_URL="https://gitlab.com/acme/hiring", CI_PROJECT_VISIBILITY=visibility)
        return self

    def run(self, submission: str = SUBMISSION, **variables: str) -> Result:
        """A job; the submission and all else come in variables, as the action gives them."""
        self._set(HARNESS_CI_SUBMISSION=submission, HARNESS_CI_OUT=str(self.folder / "out"), **variables)
        return CliRunner().invoke(cli, ["ci"])

    def _set(self, **variables: str) -> None:
        for name, value in variables.items():
            self._patch.setenv(name, value)

    @property
    def summary(self) -> str:
        path = self.folder / "summary.md"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def outputs(self) -> dict[str, str]:
        lines = (self.folder / "outputs").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    @property
    def kept(self) -> set[str]:
        out = self.folder / "out"
        return {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    return Runner(tmp_path, monkeypatch)


PRIVATE = {f"private/{name}" for name in ("report.json", "report.html", "report.md", "junit.xml", "findings.sarif")}
PUBLIC = {"public/public-summary.md"}


def obeyed(log: str) -> list[str]:
    """The lines that a GitHub runner takes for commands, as its own parser does: none while commands are stopped."""
    found, token = [], ""
    for line in log.splitlines():
        if token:
            token = "" if line.strip() == f"::{token}::" else token
        elif stop := re.match(r"\s*::stop-commands::(.+)", line):
            token = stop.group(1).strip()
        elif line.lstrip().startswith("::") or "##[" in line:
            found.append(line)
    assert token == "", "commands are never taken again"
    return found


def test_a_graded_submission_succeeds_whatever_was_found(runner: Runner, grades: Grades) -> None:
    """Exit code 0, the whole report kept, the step's summary, annotations and outputs written."""
    grades(samples.weak())
    done = runner.github().run()
    assert done.exit_code == 0, done.output
    assert runner.kept == PRIVATE | PUBLIC
    assert runner.summary.startswith("# Pre-review: weak")
    assert any("title=Question to ask" in line for line in obeyed(done.stdout))
    assert not any(line.startswith("::error") for line in obeyed(done.stdout))
    assert {k: v for k, v in runner.outputs.items() if not k.endswith("folder")} == {
        "exit-code": "0", "graded": "true", "complete": "true", "private-report": "true", "public-summary": "false",
    }  # fmt: skip


def test_inputs_reach_grading_as_they_are(runner: Runner, grades: Grades) -> None:
    """An empty variable is as good as none; nothing is split or expanded."""
    orders = grades(samples.strong())
    runner.github().run(
        "https://github.com/a/$(touch x);b", HARNESS_CI_REF="", HARNESS_CI_CHALLENGE="tiny", HARNESS_CHALLENGES="/packs"
    )
    assert (orders[0].repository, orders[0].ref, orders[0].challenge_id, str(orders[0].challenges_folder)) == (
        "https://github.com/a/$(touch x);b", None, "tiny", "/packs",
    )  # fmt: skip


def test_gaps_are_a_warning_by_choice(runner: Runner, grades: Grades) -> None:
    """A report with gaps is ours: a warning, or with `fail` a failed job that can be run again."""
    grades(samples.unsure())
    done = runner.github().run()
    assert done.exit_code == 0
    assert any(line.startswith("::warning title=Grading::") for line in obeyed(done.stdout))
    assert runner.outputs["complete"] == "false"
    assert runner.run(HARNESS_CI_ON_GAPS="fail").exit_code == 1


def test_gitlab_shows_gaps_by_the_exit_code(runner: Runner, grades: Grades) -> None:
    """GitLab knows exit codes that are allowed to fail; its log has no commands."""
    grades(samples.unsure())
    done = runner.gitlab().run()
    assert done.exit_code == 1
    assert not obeyed(done.stdout)
    assert runner.kept == PRIVATE | PUBLIC


def test_a_refused_submission_is_no_failure_of_the_job(runner: Runner, grades: Grades) -> None:
    """Exit code 4 becomes a notice; what is known is kept."""
    grades(SubmissionRefused("it has no commit"))
    done = runner.github().run()
    assert done.exit_code == 0
    assert any(
        line.startswith("::notice title=Grading::This submission can't be graded") for line in obeyed(done.stdout)
    )
    assert (runner.outputs["exit-code"], runner.outputs["graded"]) == ("4", "false")
    assert runner.kept >= PRIVATE


def test_other_files_in_the_folder_stay(runner: Runner, grades: Grades) -> None:
    """The job clears what a job writes, and nothing else."""
    grades(SandboxError("the engine does not answer"))
    for name in ("mine.txt", "report.html"):
        (runner.folder / "out" / "private").mkdir(parents=True, exist_ok=True)
        (runner.folder / "out" / "private" / name).write_text("mine")
    runner.github().run()
    assert runner.kept == {"private/mine.txt"}


def test_our_fault_fails_the_job(runner: Runner, grades: Grades) -> None:
    """Exit code 3 stays 3, so that it can be run again; nothing of an earlier run is shown."""
    grades(samples.strong())
    runner.github().run()
    grades(SandboxError("the engine does not answer"))
    done = runner.run()
    assert done.exit_code == 3
    assert "::error title=Grading::" in done.stdout
    assert runner.outputs["private-report"] == "false"
    assert not runner.kept & PRIVATE
    assert "safe to run again" in runner.summary


def test_what_is_printed_while_grading_is_no_command(
    runner: Runner, grades: Grades, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands are stopped by a token that is another one each time."""
    grades(samples.strong())
    monkeypatch.setattr("harness.terminal.tell_report", lambda graded: click.echo("::error::evil\n##[group]evil"))
    logs = [runner.github().run().stdout for _ in range(2)]
    assert not [line for log in logs for line in obeyed(log) if "evil" in line]
    tokens = [re.search(r"::stop-commands::([0-9a-f]{32})", log) for log in logs]
    assert len({match.group(1) for match in tokens if match}) == 2


def test_hostile_names_stay_text(runner: Runner, grades: Grades) -> None:
    """With every payload in every field, only our own commands are obeyed."""
    grades(samples.hostile())
    done = runner.github().run()
    ours = re.compile(
        r"::(notice|warning) title=(Grading|We could not tell|Question to ask|Not handled%2C in the brief|More)::.*"
    )
    assert all(ours.fullmatch(line) for line in obeyed(done.stdout))
    assert all(
        line.partition("=")[0].replace("-", "").isalpha()
        for line in (runner.folder / "outputs").read_text().splitlines()
    )


@pytest.mark.parametrize("shown", ["public", "none"])
def test_a_page_that_a_candidate_may_see_tells_nothing_of_hidden_tests(
    runner: Runner, grades: Grades, shown: str
) -> None:
    """Neither the log nor the summary names one; the whole report is still kept for the team."""
    report = samples.mixed()
    grades(report)
    done = runner.github().run(HARNESS_CI_SUMMARY=shown)
    assert done.exit_code == 0
    told = (done.output + runner.summary).replace("\\", "")
    for finding in report.grades["hidden_tests"].findings:
        assert finding.title not in told
        assert finding.id not in told
    assert not any(question.text in told for question in report.questions)
    assert report.grades["hidden_tests"].summary not in told
    assert ("Submission received" in runner.summary) is (shown == "public")
    assert runner.kept == PRIVATE | PUBLIC
    assert runner.outputs["public-summary"] == ("true" if shown == "public" else "false")


@pytest.mark.parametrize("shown", ["public", "none"])
def test_what_went_wrong_is_kept_apart_where_a_candidate_may_look(runner: Runner, grades: Grades, shown: str) -> None:
    """A message about a challenge pack can name a hidden test: it goes into the private artifact."""
    grades(ChallengeError("hidden_tests/test_secret.py: no tier"))
    done = runner.github().run(HARNESS_CI_SUMMARY=shown)
    assert done.exit_code == 2
    assert "test_secret" not in done.output + runner.summary
    assert "test_secret" in (runner.folder / "out" / "private" / "log.txt").read_text()
    assert (runner.outputs["private-report"], runner.outputs["public-summary"]) == ("true", "false")


@pytest.mark.parametrize("server", ["github", "gitlab"])
def test_where_everybody_can_look_a_whole_report_is_refused(runner: Runner, grades: Grades, server: str) -> None:
    """In a public repository only the public summary may be made, and it alone is kept."""
    orders = grades(samples.mixed())
    where = runner.github(private=False) if server == "github" else runner.gitlab("public")
    done = where.run()
    assert done.exit_code == 2
    assert "Everybody can see" in done.output
    assert orders == []
    done = where.run(HARNESS_CI_SUMMARY="public")
    assert done.exit_code == (0 if server == "github" else 1)
    assert runner.kept == PUBLIC
    if server == "github":
        assert (runner.outputs["private-report"], runner.outputs["public-summary"]) == ("false", "true")


@pytest.mark.parametrize(
    "address",
    ["https://github.com/Acme/Hiring.git", "https://x@github.com:443/acme/hiring/", "git@github.com:acme/hiring", "ssh://git@github.com/acme/hiring.git"],
)  # fmt: skip
def test_a_job_in_the_submission_s_own_repository_is_refused(runner: Runner, grades: Grades, address: str) -> None:
    """However the address is spelled: there the candidate sees log, summary and artifacts."""
    orders = grades(samples.strong())
    done = runner.github().run(address)
    assert done.exit_code == 2
    assert "submission's own repository" in done.output
    assert orders == []


@pytest.mark.parametrize(("word", "blind"), [("true", True), ("false", False), ("", False)])
def test_a_job_may_be_blind(runner: Runner, grades: Grades, word: str, blind: bool) -> None:
    """The action's word becomes the flag of `harness grade`."""
    orders = grades(samples.strong())
    runner.github().run(HARNESS_CI_BLIND=word)
    assert orders[0].blind is blind


@pytest.mark.parametrize("address", ["--upload-pack=x", "a\nb", "\x1b[31m", "x" * 3_000])
def test_what_is_no_address_is_refused(runner: Runner, grades: Grades, address: str) -> None:
    """An option, a line break, a control character, a novel."""
    orders = grades(samples.strong())
    assert runner.github().run(address).exit_code == 2
    assert orders == []


def test_addresses_are_compared_without_their_spelling() -> None:
    """Scheme, user, port, case and `.git` make no other repository; host and path do."""
    assert same_repository("https://gitlab.com/a/b/c", "git@gitlab.com:a/b/c.git")
    assert not same_repository("https://github.com/acme/hiring", "https://github.com/acme/hiring-2")
    assert not same_repository("https://github.com/acme/hiring", "https://gitlab.com/acme/hiring")
    assert not same_repository("", "")


@pytest.mark.parametrize("event", ["", "[]", "{", '{"repository": null}', '{"repository": {}}', None])
def test_an_event_that_says_nothing_makes_no_repository_public(tmp_path: Path, event: str | None) -> None:
    """Only the server's own word counts, and a broken event is no reason to fail."""
    path = tmp_path / "event.json"
    if event is not None:
        path.write_text(event)
    where = platform({"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "a/b", "GITHUB_EVENT_PATH": str(path)})
    assert where == Platform("github", "https://github.com/a/b")


def test_elsewhere_nothing_is_assumed() -> None:
    """On a plain machine there is neither summary nor output."""
    where = platform({})
    where.write_summary("x")
    where.write_outputs({"a": "b"})
    assert where == Platform("none")


def test_an_output_cannot_become_two(tmp_path: Path) -> None:
    """A line break in a value would set another output."""
    where = Platform("github", outputs=tmp_path / "outputs")
    with pytest.raises(ValueError, match="line break"):
        where.write_outputs({"folder": "x\ngraded=true"})
    assert not (tmp_path / "outputs").exists()
