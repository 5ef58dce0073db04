"""Claims about test runs: what is read as one, what may be run again, and when anything speaks against one."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from repositories import Change, make_repository

from challenges import load
from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.counts import Counted, History, Standing, read_history
from graders.ai_log.entry import Entry, Part
from graders.ai_log.invocation import PLAIN, read_invocation
from graders.ai_log.own_run import DOUBTS, OwnRun, Tally, from_grade
from graders.ai_log.plain_words import is_explained, is_plain
from graders.ai_log.replay import run_claims
from graders.ai_log.rerun import Rerun, Reruns, judged
from graders.ai_log.runs import Stated, named_shas, read_runs
from graders.ai_log.tied import tied
from graders.ai_log.unrun import settle_other
from graders.ai_log.verdict import matches
from graders.case import Bounds, Case
from graders.grade import Finding, Grade, Outcome
from graders.recording import RecordedTest, Recording
from harness import pipeline
from sandbox import Manifest, Run, SandboxError, Submission, SubmissionRefused, Workshop, at_commit, fetch

CHALLENGE = load("lead-ingestion")
SEEN: dict[object, History] = {}


def entry(text: str, part: str = "verification", n: int = 1, **others: str) -> Entry:
    parts = {name: Part(said, 5) for name, said in others.items()}
    return Entry(n, f"Entry {n}", "AI_LOG.md", 3, {part: Part(text, 10), **parts})


def read(text: str, part: str = "verification") -> list[tuple[object, ...]]:
    """What is read from a text: kind, command, and the figures that are there, by name."""
    names = ("passed", "failed", "skipped", "tests", "percent")
    return [
        (one.kind, one.command, {name: getattr(one, name) for name in names if getattr(one, name) is not None})
        for one in read_runs([entry(text, part)])
    ]


READ: Mapping[str, tuple[str, str | None, Mapping[str, float]]] = {
    "ran pytest, 41 passed": ("run", "pytest", {"passed": 41}),
    "`pytest tests/test_csv.py` -> 12 passed, 1 failed": (
        "run",
        "pytest tests/test_csv.py",
        {"passed": 12, "failed": 1},
    ),
    "57 tests (26 + 31)": ("number", None, {"tests": 57}),
    "all 230 tests green": ("run", None, {"passed": 230}),
    "98 passing": ("run", None, {"passed": 98}),
    "ruff check clean": ("lint", None, {}),
    "`mypy --strict` passes": ("lint", None, {}),
    "coverage 92 %": ("coverage", None, {"percent": 92.0}),
    "87.5% line coverage": ("coverage", None, {"percent": 87.5}),
    "Wrote it first; then `python -m pytest tests/test_a.py` -> 16 passed. Read the docs.": (
        "run",
        "python -m pytest tests/test_a.py",
        {"passed": 16},
    ),
    "`python -m pytest` -> 230 passed, on 3.11 and on 3.13.": ("run", "python -m pytest", {"passed": 230}),
    "Ran `uv run pytest -q`: 12/12 passed.": ("run", "uv run pytest -q", {"passed": 12, "tests": 12}),
    "5 of 7 tests pass": ("run", None, {"passed": 5, "tests": 7}),
    "pytest: 41 passed, 2 skipped in 0.53s": ("run", "pytest", {"passed": 41, "skipped": 2}),
    "ran pytest on tests/test_csv.py, 12 passed": ("run", "pytest tests/test_csv.py", {"passed": 12}),
    '`pytest -k "csv and not slow"`: 7 passed': ("run", 'pytest -k "csv and not slow"', {"passed": 7}),
    "41 tests passed with pytest": ("run", "pytest", {"passed": 41}),
    "Ran the full suite: 57 tests, all green": ("run", None, {"passed": 57, "tests": 57}),
    "ran `pytest tests/test_a.py`": ("run", "pytest tests/test_a.py", {}),
    "ran tests/test_a.py: 5 passed": ("run", "pytest tests/test_a.py", {"passed": 5}),
    "ran `tests/test_a.py::test_x`": ("run", "pytest tests/test_a.py::test_x", {}),
    "`pytest tests/test_a.py`": ("run", "pytest tests/test_a.py", {}),
    "All tests pass.": ("run", None, {}),
    "Ran pytest - all green.": ("run", "pytest", {}),
    "wrote 12 new tests": ("added", None, {"tests": 12}),
    "3 tests failed first, then I fixed the rounding.": ("failing", None, {"failed": 3}),
    "npm test: 14 passed": ("run", "npm test", {"passed": 14}),
    "pytest → **12 passed** (was 9)": ("run", "pytest", {"passed": 12}),
    "`pytest tests/test_a.py` pasaron 12 pruebas": ("run", "pytest tests/test_a.py", {"passed": 12}),
    "12 pruebas pasaron": ("run", None, {"passed": 12}),
    "прошло 12 тестов": ("run", None, {"passed": 12}),
    "все 12 тестов прошли": ("run", None, {"passed": 12}),
    "12 test geçti": ("run", None, {"passed": 12}),
    "테스트 12개 통과": ("run", None, {"passed": 12}),
    "12개의 테스트를 모두 통과": ("run", None, {"passed": 12}),
}
READ |= {
    "12 passed in tests/test_a.py": ("run", "pytest tests/test_a.py", {"passed": 12}),
    "tests/test_a.py 12/12": ("run", "pytest tests/test_a.py", {"passed": 12, "tests": 12}),
    "13 tests in test_a.py": ("run", "pytest test_a.py", {"tests": 13}),
    "full suite passes: 52": ("run", None, {"passed": 52}),
    "the entire suite (37) is green": ("run", None, {"passed": 37}),
    "ran pytest, 52 ok": ("run", "pytest", {"passed": 52}),
    "`tests/test_a.py` (9 tests) passes": ("run", "pytest tests/test_a.py", {"tests": 9}),
    "all green (99)": ("run", None, {"passed": 99}),
    "All 12 webhook tests pass": ("part", None, {"tests": 12}),
    "wrote 4 store tests, all pass": ("part", None, {"tests": 4}),
    "Ran the test suite after this and it was green": ("run", None, {}),
    "Before the commit: 9 passed": ("run", None, {"passed": 9}),
    "37 ✓, 2 skipped": ("run", None, {"passed": 37, "skipped": 2}),
    "coverage went from 70 % to 91 %": ("coverage", None, {"percent": 91.0}),
    "coverage at 91 percent": ("coverage", None, {"percent": 91.0}),
}
LEFT_ALONE = (
    "Imported 412 rows, 400 passed, 12 rejected",
    "37 tests expected to pass",
    "12 s for the tests",
    "added the case to tests/test_a.py",
    "will add 20 tests",
    "Asked it to write 20 tests.",
    "It should pass all 12 tests",
    "If it fails, run 12 tests",
    "HTTP 200 passed to the caller",
    "line 41 passed the check",
    "30 leads passed validation",
    "Python 3 tests",
    "2026-06-02 tests",
    "Version 2 tests",
    "3 test files",
    "about 50 tests",
    "50+ tests",
    "~50 tests",
    "Did not run the 12 tests",
    "Claude said 41 tests passed",
    "I rejected the 14 tests that it wrote",
    "10k rows in 12 s, 0 failed",
    "test_login passed",
    "1,234 tests",
    "0.5 passed",
    "2 of 3 reviewers passed it",
    "voy a añadir 20 pruebas",
    "нужно добавить 20 тестов",
    "20개 테스트 추가 예정",
    "26 + 31 passed",
    "Used pytest fixtures for the database",
    "Switched from unittest to `pytest`",
    "read the diff line by line",
)


@pytest.mark.parametrize("text", READ)
def test_a_sentence_about_a_run_is_read(text: str) -> None:
    """Kind, command and figures of a statement, in five languages."""
    kind, command, figures = READ[text]

    assert read(text) == [(kind, command, dict(figures))]


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_other_sentences_are_left_alone(text: str) -> None:
    """Plans, requests, what the model said, approximate numbers, and numbers of other things are no claims."""
    assert read(text) == []


def test_two_runs_in_one_sentence_are_two() -> None:
    """What failed before the fix is no part of the run after it."""
    assert read("3 failed, fixed it, 37 passed") == [("failing", None, {"failed": 3}), ("run", None, {"passed": 37})]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("`pytest` -> 25 passed", True),
        ("Ran `uv run pytest -q` at 3f2a1c9: 25 passed, reviewed the diff line by line", True),
        ("Ejecuté pytest, 25 pruebas pasaron", True),
        ("`pytest` -> 25 passed across three Python versions", False),
        ("upstream's suite: `pytest` -> 25 passed", False),
        ("According to Claude `pytest` -> 25 passed", False),
        ("`pytest` -> 25 passed (incl. the examples)", False),
        ("Its summary: `pytest` -> 25 passed", False),
    ],
)
def test_only_a_sentence_that_says_nothing_else_can_be_opposed(text: str, plain: bool) -> None:
    """A word that is not known to explain nothing may explain a number."""
    (found,) = [one for one in read_runs([entry(text)]) if one.passed]

    assert is_plain(found) is plain


@pytest.mark.parametrize(
    ("after", "explained"),
    [("That was on the other machine.", True), ("7 of them are doctests", True), ("Read it.", False)],
)
def test_the_next_sentence_may_explain_a_number(after: str, explained: bool) -> None:
    """ "That ..." after a run speaks of its figures."""
    text = f"`pytest` -> 25 passed. {after}"

    assert is_explained(read_runs([entry(text)])[0], text) is explained


@pytest.mark.parametrize("part", ["prompt", "response", "links", "tool"])
def test_a_prompt_claims_nothing(part: str) -> None:
    """What was asked of the model, or what it answered, is not the author's claim."""
    assert read("pytest: 41 passed", part) == []


def test_figures_below_a_command_belong_to_it() -> None:
    """A pasted session: the command's line, then its output; and a sentence that ends on the next line."""
    session = "```\n$ pytest tests/test_csv.py -q\n......   [100%]\n12 passed in 0.33s\n```"
    pasted = f"Ran it:\n{session}\nThen `pytest`.\nAll 41 passed."
    found = read_runs([entry(pasted)])

    assert [(one.command, one.passed, one.line) for one in found] == [
        ("pytest tests/test_csv.py -q", 12, 12),
        ("pytest", 41, 16),
    ]


def test_a_commit_between_command_and_figures_hides_nothing() -> None:
    """ "at <commit>:" says where, not what else was run."""
    (found,) = read_runs([entry("Ran `python -m pytest -q` at c0ffee1: 28 passed in 0.8s")])

    assert found.close
    assert is_plain(found)


def test_a_command_in_prose_is_not_taken_for_exact() -> None:
    """Words between command and figures may narrow the run down: then nothing is held against its figures."""
    (found,) = read_runs([entry("pytest for the CSV reader: 12 passed")])

    assert not found.close


@pytest.mark.parametrize(
    ("text", "here"),
    [
        ("at {}: `pytest` -> 3 passed", True),
        ("`pytest` -> 3 passed ({})", True),
        ("`pytest` -> 3 passed, commit `{}`", True),
        ("`pytest` -> 3 passed, коммит {}", True),
        ("mended what {} broke; `pytest` -> 3 passed", False),
        ("`pytest` -> 3 passed, see {}", False),
    ],
)
def test_the_commit_that_a_claim_names_is_told_from_others(text: str, here: bool) -> None:
    """ "At", "commit" or brackets say where it was run; any other commit of the entry is one of its links."""
    one = entry(text.format("3f2a1c9"), links="8c4d0aa")
    (found,) = read_runs([one])
    at, others = named_shas(one, found)

    assert list(at) == (["3f2a1c9"] if here else [])
    assert list(others) == (["8c4d0aa"] if here else ["3f2a1c9", "8c4d0aa"])


@pytest.mark.parametrize(
    "hostile", ["1 " * 2_000, "pytest " * 600, "`" * 4_000, "12 tests " * 500, "pytest -k " * 400, "0 new new " * 400]
)
def test_hostile_text_is_read_within_bounds(hostile: str) -> None:
    """A text made for it neither hangs the reader nor fills the report."""
    assert len(read_runs([entry(hostile)] * 4)) <= 48


TAKEN = {
    "pytest": ("-q",),
    "python -m pytest tests/test_a.py -q": ("-q", "tests/test_a.py"),
    "uv run pytest -k 'csv and not slow' -x": ("-q", "-k", "csv and not slow"),
    "PYTHONPATH=. pytest tests/a.py::test_b[1-x]": ("-q", "tests/a.py::test_b[1-x]"),
    ".venv/bin/python -m pytest -n auto --cov=app tests": ("-q", "tests"),
    "pytest -v --tb=short -m unit": ("-v", "-m", "unit"),
    "coverage run -m pytest": ("-q",),
    "$ pytest .": ("-q",),
}
REFUSED = (
    *("pytest; rm -rf /", "pytest | tee out", "pytest > /tmp/x", "pytest && curl example.org", "pytest $(id)"),
    *("pytest `id`", "pytest -p evil", "pytest --rootdir=/ -c evil.ini", "pytest @arguments", "pytest /etc/passwd"),
    *("pytest ../../x", "pytest -k '$(id)'", "pytest -o python_files=*", "cd backend && pytest", "pytest\nid"),
    *(
        "pytest --import-mode=importlib evil",
        "pytest -c /dev/null",
        "pytest 'unclosed",
        "sudo pytest",
        "bash -c pytest",
    ),
    *("pytest --pyargs os", "pytest --junitxml=x", "pytest -k --help", "python -m unittest discover -s tests"),
)


@pytest.mark.parametrize("command", TAKEN)
def test_a_known_form_is_taken_over(command: str) -> None:
    """Paths, -k, -m and harmless flags go along, as a list."""
    found = read_invocation(command)

    assert found is not None
    assert found.arguments == TAKEN[command]
    assert found.exact


@pytest.mark.parametrize("command", REFUSED)
def test_of_any_other_command_no_word_is_run(command: str) -> None:
    """Shell marks, absolute paths, plug-ins, settings, unknown flags: the plain suite is run, and never against it."""
    found = read_invocation(command)

    assert found is not None
    assert set(found.arguments) <= {"-q", "tests"}
    assert not found.exact


@pytest.mark.parametrize("command", ["npm test", "make test", "rm -rf /", "", "latest", "pytester run", "./pytest.sh"])
def test_what_is_no_pytest_is_no_invocation(command: str) -> None:
    """Other programs are not run at all."""
    assert read_invocation(command) is None


def test_a_path_is_found_where_it_lies() -> None:
    """Who ran it in a folder leaves the folder's name out; two candidates leave it as it is."""
    found = read_invocation("pytest test_a.py")
    assert found is not None

    assert found.placed(["tests/test_a.py"]).arguments == ("-q", "tests/test_a.py")
    assert found.placed(["a/test_a.py", "b/test_a.py"]).arguments == ("-q", "test_a.py")


def stated(**changes: Any) -> Stated:
    return replace(Stated("run", "words", 1, "AI_LOG.md", 10, "verification", command="pytest", passed=3), **changes)


@pytest.mark.parametrize(
    ("claim", "tally", "same"),
    [
        (stated(), Tally(3, 3, 0), True),
        (stated(), Tally(4, 3, 1), True),
        (stated(), Tally(3, 2, 0, 1), True),
        (stated(), Tally(3, 2, 1), False),
        (stated(failed=1), Tally(4, 3, 1), True),
        (stated(failed=1), Tally(3, 3, 0), False),
        (stated(all_passed=True), Tally(4, 3, 1), False),
        (stated(tests=5), Tally(5, 3, 2), True),
        (stated(tests=5), Tally(3, 3, 0), False),
        (stated(passed=None, tests=3), Tally(3, 1, 2), True),
        (stated(passed=None, all_passed=True), Tally(9, 9, 0), True),
        (stated(passed=None), Tally(9, 8, 1), False),
        (stated(), Tally(0, 0, 0), False),
    ],
)
def test_when_figures_are_the_same(claim: Stated, tally: Tally, same: bool) -> None:
    """Passed against passed; a stated failure has to be there; "all" allows none."""
    assert matches(claim, tally) is same


# --- the decision, on a real history, with runs that are made up ---


def file_of(count: int) -> str:
    return "".join(f"def test_{n}():\n    assert True\n\n\n" for n in range(count))


@pytest.fixture(scope="module")
def submission(tmp_path_factory: pytest.TempPathFactory) -> Submission:
    """Three commits with two, four and seven tests."""
    folder = tmp_path_factory.mktemp("history")
    changes = [
        Change({"tests/test_a.py": file_of(2), "app.py": "x = 1\n"}),
        Change({"tests/test_a.py": file_of(4)}),
        Change({"tests/test_a.py": file_of(4), "tests/test_b.py": file_of(3)}),
    ]
    repository = make_repository(folder / "them", commits=changes)
    into = folder / "into"
    into.mkdir()
    return fetch(str(repository), into=into)


@pytest.fixture(autouse=True)
def _one_look_at_each_history(monkeypatch: pytest.MonkeyPatch) -> None:
    """Histories are counted by git, a dozen calls each: once is enough for the same one."""

    def once(submission: Submission, own: OwnRun | None) -> History:
        key = (submission.git, tuple(own.outcomes) if own else None)
        if key not in SEEN:
            SEEN[key] = read_history(submission, own)
        return SEEN[key]

    monkeypatch.setattr("graders.ai_log.replay.read_history", once)


@dataclass
class Workbench:
    """A workshop that runs nothing: it gives what was written down for a commit, and remembers what it was asked."""

    gives: Mapping[str, Sequence[Run | Exception]]
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def open(self, commit: str, seconds: float) -> Workshop:
        return cast("Workshop", _Opened(self, commit))


@dataclass
class _Opened:
    bench: Workbench
    commit: str
    refusals: tuple[object, ...] = ()
    packages: Mapping[str, str] = field(default_factory=dict)

    def run(self, command: Sequence[str], **_: object) -> Run:
        times = sum(commit == self.commit for commit, _ in self.bench.asked)
        self.bench.asked.append((self.commit, tuple(command)))
        runs = self.bench.gives[self.commit]
        given = runs[min(times, len(runs) - 1)]
        if isinstance(given, Exception):
            raise given
        return given


def ran(passed: int, failed: int = 0, message: str = "assert 1 == 2", skipped: int = 0, **changes: Any) -> Run:
    """A run of so many tests, with its record."""
    outcomes = ["passed"] * passed + ["failed"] * failed + ["skipped"] * skipped
    names = [f"tests/test_a.py::test_{n}" for n in range(len(outcomes))]
    events: list[dict[str, object]] = [{"kind": "collected", "tests": names}]
    events += [
        {"kind": "result", "id": name, "outcome": outcome, "message": message if outcome == "failed" else ""}
        for name, outcome in zip(names, outcomes, strict=True)
    ]
    events.append({"kind": "finished", "exit_status": 1 if failed else 0})
    record = b"\n".join(json.dumps(event).encode() for event in events)
    files = {"/tmp/harness/record.jsonl": record}
    run = Run("exited", 1 if failed else 0, "printed", False, files, 1.0, None)
    return replace(run, **changes)


def own_grade(passed: int = 7) -> Grade:
    """The own tests as they are at the last commit: four in one file, the others in another."""
    names = [f"tests/test_{'a' if n < 4 else 'b'}.py::test_{n % 4}" for n in range(passed)]
    rows = tuple({"id": name, "outcome": "passed", "seconds": 0.1} for name in names)
    measures = {"collected": passed, "passed": passed, "failed": 0, "line_coverage": 0.914, "branch_coverage": None}
    return Grade(Outcome.PASSED, "", measures, (), {"own_tests": rows})


def settle(
    submission: Submission,
    text: str,
    bench: Workbench | None = None,
    own: Grade | None = None,
    times: Mapping[int, datetime] | None = None,
    **parts: str,
) -> Claim:
    (claim,) = run_claims(a_case(submission, bench, own), [entry(text, **parts)], times)
    return claim


def a_case(submission: Submission, bench: Workbench | None = None, own: Grade | None = None) -> Case:
    return Case(
        submission,
        CHALLENGE,
        Manifest(test="python -m pytest"),
        lambda: cast("Workshop", None),
        own_tests=lambda: own,
        open_earlier=bench.open if bench else None,
    )


def ids(submission: Submission) -> list[str]:
    return [commit.id for commit in submission.commits()]


def test_the_own_run_answers_what_it_can(submission: Submission) -> None:
    """A whole suite, a file of it and a coverage are answered from the run that was made anyway."""
    bench = Workbench({})
    for text in (
        "`pytest` -> 7 passed",
        "`pytest tests/test_a.py` -> 4 passed",
        "coverage 91 %",
        "7 tests",
        "all pass",
    ):
        claim = settle(submission, text, bench, own_grade())
        assert (claim.result, claim.level) == (Result.CONFIRMED, Level.CHECKABLE), text
        assert claim.evidence
    assert bench.asked == []


def test_a_true_claim_about_an_earlier_commit_is_confirmed(submission: Submission) -> None:
    """The commit that the entry names is opened, the command is run there as a list of ours, and the figures agree."""
    first, second, _ = ids(submission)
    bench = Workbench({second: [ran(4)]})
    claim = settle(submission, f"at {second[:9]}: `pytest tests/test_a.py` -> 4 passed", bench, own_grade())

    assert claim.result is Result.CONFIRMED
    assert [(commit, command[-4:]) for commit, command in bench.asked] == [
        (second, ("-m", "pytest", "-q", "tests/test_a.py"))
    ]
    assert first != second


def test_a_number_that_fits_nowhere_is_contradicted_after_two_runs(submission: Submission) -> None:
    """The same command at the named commit, twice the same, and no commit that the number fits."""
    second = ids(submission)[1]
    bench = Workbench({second: [ran(4)]})
    claim = settle(submission, f"at {second[:9]}: `pytest` -> 19 passed", bench, own_grade())

    assert claim.result is Result.CONTRADICTED
    assert len(bench.asked) == 2
    assert [piece.kind for piece in claim.evidence] == ["entry", "run", "output"]
    assert "4 passed" in claim.found


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("`pytest` -> 19 passed", [ran(4), ran(5)]),  # two runs that do not agree
        ("`pytest` -> 19 passed", [ran(3, 1, "ConnectionError: network is unreachable")]),  # the sandbox's doing
        ("`pytest` -> 19 passed", [ran(3, skipped=1)]),  # skipped here, maybe not there
        ("`pytest` -> 19 passed", [ran(4, output="4 passed, 2 skipped in 0.1s")]),  # files skipped as a whole
        ("`pytest` -> 19 passed", [SandboxError("the engine is gone")]),
        ("`pytest` -> 19 passed", [SubmissionRefused("its tree is over a limit")]),
        ("`pytest` -> 19 passed", [ran(0, ended="vanished", exit_code=None, files={})]),
        ("`pytest` -> 19 passed", [ran(4, ended="deadline", exit_code=None)]),
        ("`pytest` -> 19 passed", [ran(4, exit_code=1)]),  # record and exit code do not agree
        ("`pytest; true` -> 19 passed", [ran(4)]),  # not the command of the log
        ("pytest for the reader: 19 passed", [ran(4)]),  # nor is this
        ("19 tests passed", [ran(4)]),  # no command is named
        ("`pytest` -> 3 passed", [ran(4)]),  # a state between two commits
        ("`pytest` -> 5 passed", [ran(4)]),  # so is this
        ("`pytest` -> 1 passed", [ran(4)]),  # the tests of one folder alone
        ("`pytest` -> 4 passed", [ran(3, 1)]),  # a later commit may have been meant
        ("`pytest`: all green", [ran(3, 1)]),
        ("`npm test` -> 19 passed", [ran(4)]),
        ("`pytest` -> 19 passed for the reference solution", [ran(4)]),
        ("`pytest` -> 19 passed. Half of them came with the template.", [ran(4)]),
        ("`pytest` -> 19 passed. I deleted most of these tests since.", [ran(4)]),
        ("`RUN_SLOW=1 pytest` -> 19 passed", [ran(4)]),
    ],
)
def test_what_can_be_explained_is_never_contradicted(submission: Submission, text: str, runs: list[Any]) -> None:
    """Our faults, other surroundings, other commands, states between commits: could not check."""
    second = ids(submission)[1]
    gives = {**{commit: [SandboxError("no more")] for commit in ids(submission)}, second: runs}
    claim = settle(submission, f"at {second[:9]}: {text}", Workbench(gives), own_grade())

    assert claim.result is Result.UNCHECKED
    assert claim.found


def test_a_number_of_no_commit_in_particular_is_asked_about(submission: Submission) -> None:
    """An entry without commit or time is tied to nothing, so that no run speaks against it."""
    claim = settle(submission, "`pytest` -> 49 passed", Workbench({}), own_grade())

    assert claim.result is Result.UNCHECKED
    assert "7 passed" in claim.found
    assert "ask which" in claim.found


def test_a_time_leads_to_the_commit_that_came_next(submission: Submission) -> None:
    """What was checked before a commit is committed by it."""
    _, second, _ = submission.commits()
    bench = Workbench({second.id: [ran(4)]})
    times = {1: second.committed.astimezone(UTC) - timedelta(minutes=5)}
    claim = settle(submission, "`pytest` -> 4 passed", bench, own_grade(), times)

    assert claim.result is Result.CONFIRMED
    assert [commit for commit, _ in bench.asked] == [second.id]


def test_a_day_is_enough_for_a_number_that_fits_nowhere(submission: Submission) -> None:
    """An entry with a date alone: both commits about it are run; a number above all is contradicted."""
    first, second, _ = submission.commits()
    bench = Workbench({first.id: [ran(2)], second.id: [ran(4)]})
    times = {1: second.committed.astimezone(UTC) - timedelta(minutes=5)}
    large = settle(submission, "`pytest` -> 19 passed", bench, own_grade(), times)
    between = settle(submission, "`pytest` -> 6 passed", Workbench(bench.gives), own_grade(), times)

    assert large.result is Result.CONTRADICTED
    assert sorted(set(bench.asked)) == sorted({(one, bench.asked[0][1]) for one in (first.id, second.id)})
    assert between.result is Result.UNCHECKED


def test_what_was_there_before_the_first_commit_is_not_known(submission: Submission) -> None:
    """An entry from before the first commit: no run at a commit speaks against its number."""
    first = submission.commits()[0]
    bench = Workbench({first.id: [ran(2)]})
    times = {1: first.committed.astimezone(UTC) - timedelta(minutes=5)}

    assert settle(submission, "`pytest` -> 19 passed", bench, own_grade(), times).result is Result.UNCHECKED


def test_tests_of_one_thing_are_counted_by_its_word() -> None:
    """ "All 3 hook tests": as many as have the word in file or name, and never the whole suite's "all pass"."""
    named = {f"tests/test_hook.py::test_hook_{n}": "passed" for n in range(3)}
    own = OwnRun({**named, "tests/test_other.py::test_x": "passed"}, 4)
    (right,) = read_runs([entry("All 3 hook tests pass")])
    (wrong,) = read_runs([entry("All 9 hook tests pass")])

    assert settle_other(right, own, History).result is Result.CONFIRMED
    assert settle_other(wrong, own, History).result is Result.UNCHECKED


def test_a_folder_that_the_run_left_out_explains_a_larger_number(submission: Submission) -> None:
    """More functions in the test files than were collected: the log's command may have been started elsewhere."""
    second = ids(submission)[1]
    claim = settle(submission, f"at {second[:9]}: `pytest` -> 4 passed", Workbench({second: [ran(1)]}), own_grade(1))

    assert claim.result is Result.UNCHECKED


def test_an_own_run_of_a_part_is_not_taken_for_the_whole(submission: Submission) -> None:
    """Where the manifest's command runs some tests only, its figures are not those of the plain command."""
    case = a_case(submission, Workbench({ids(submission)[2]: [ran(7)]}), own_grade(4))
    case = replace(case, manifest=Manifest(test="pytest tests/test_a.py"))
    (claim,) = run_claims(case, [entry(f"at {ids(submission)[2][:9]}: `pytest` -> 7 passed")])

    assert claim.result is Result.CONFIRMED
    assert "Run again" in claim.found


def test_a_number_fits_a_past_commit(submission: Submission) -> None:
    """A count over history bears a number out, and says where; no other is contradicted by it."""
    assert settle(submission, "4 tests", None, own_grade()).result is Result.CONFIRMED
    assert settle(submission, "wrote 3 tests", None, own_grade()).result is Result.CONFIRMED
    other = settle(submission, "57 tests (26 + 31)", None, own_grade())

    assert (other.result, other.kind) == (Result.UNCHECKED, "number")
    assert other.found == "The harness collected 7; ask which command gave the number."


def test_replay_can_be_off(submission: Submission) -> None:
    """Nothing is opened, and the claim says why it was not run again."""
    second = ids(submission)[1]
    claim = settle(submission, f"at {second[:9]}: `pytest` -> 19 passed", None, own_grade())

    assert claim.result is Result.UNCHECKED
    assert "switched off" in claim.found


def test_runs_are_few_and_never_made_twice(submission: Submission) -> None:
    """Three commands at the most, the same one at the same commit once; entries that name a commit come first."""
    first, second, third = ids(submission)
    bench = Workbench({first: [ran(2)], second: [ran(4)], third: [ran(7)]})
    texts = [f"at {second[:9]}: `pytest` -> 3 passed", f"at {second[:9]}: `pytest` -> 4 passed"]
    texts += [f"at {first[:9]}: `pytest -k {word}` -> 2 passed" for word in ("a", "b", "c", "d")]
    entries = [entry(text, n=n) for n, text in enumerate(texts, start=1)]
    claims = run_claims(a_case(submission, bench, own_grade(9)), entries)

    assert len(set(bench.asked)) == len(bench.asked) == 3
    assert claims[1].result is Result.CONFIRMED
    assert "No more than 3" in claims[-1].found


def test_a_commit_that_cannot_be_opened_takes_no_run(submission: Submission) -> None:
    """Dependencies that can't be prepared leave the runs to other claims, and are tried a few times only."""
    _, second, third = ids(submission)
    tries: list[str] = []

    def opened(commit: str, seconds: float) -> Workshop:
        tries.append(commit)
        if commit == third:
            return Workbench({third: [ran(7)]}).open(commit, seconds)
        raise SandboxError("the index does not answer")

    texts = [f"at {second[:9]}: `pytest -k word{n}` -> 2 passed" for n in range(12)]
    texts.append(f"at {third[:9]}: `pytest -k it` -> 7 passed")
    entries = [entry(text, n=n) for n, text in enumerate(texts[-8:], start=1)]
    claims = run_claims(replace(a_case(submission), open_earlier=opened), entries)

    assert claims[-1].result is Result.CONFIRMED
    assert sorted(set(tries)) == sorted([second, third])
    assert len(tries) == 2


def test_time_is_bounded_over_all_runs() -> None:
    """With the time used up nothing is opened."""
    bench = Workbench({})
    reruns = Reruns(bench.open, Bounds(total_seconds=0))

    assert reruns.first("a" * 40, PLAIN) is None
    assert bench.asked == []


def test_a_file_that_cannot_be_loaded_is_no_evidence() -> None:
    """A missing package is what the sandbox lacks; it says nothing about the claim."""
    broken = Recording(("a",), (), (RecordedTest("tests/test_a.py", "failed", 0.0, "No module named x"),), 2)
    rerun = judged(Rerun("c", "pytest", None), ran(0, exit_code=2), broken)

    assert rerun.tally is None
    assert "could not be loaded" in rerun.trouble


def test_counts_over_history(submission: Submission) -> None:
    """Functions at each commit, by selection; a parametrised file counts at the least."""
    history = read_history(submission, None)

    assert [one.count().functions for one in history.standings] == [2, 4, 7]
    assert [one.count(["tests/test_b.py"]).functions for one in history.standings] == [0, 0, 3]
    assert history.standings[2].count(["tests/test_a.py::test_1"]).functions == 1
    assert history.complete
    assert not Counted(4).fits(5)
    assert Counted(4, open_ended=True).fits(5)


def test_a_file_as_it_is_now_counts_as_it_ran(tmp_path: Path) -> None:
    """Where a parametrised file is the one that the own run collected, its number is known at earlier commits too."""
    text = "import pytest\n\n\n@pytest.mark.parametrize('n', [1, 2, 3])\ndef test_a(n):\n    pass\n"
    commits = [Change({"tests/test_a.py": text}), Change({"app.py": "x = 1\n", "tests/test_b.py": file_of(1)})]
    (tmp_path / "into").mkdir()
    there = fetch(str(make_repository(tmp_path / "them", commits=commits)), into=tmp_path / "into")
    outcomes = {f"tests/test_a.py::test_a[{n}]": "passed" for n in range(3)}

    assert read_history(there, None).standings[0].count() == Counted(1, True)
    assert read_history(there, OwnRun(outcomes, 4)).standings[0].count() == Counted(3)


def test_a_history_without_standings_is_read() -> None:
    """Nothing to count gives nothing, and no error."""
    assert History((Standing("a", datetime.now(UTC), {}, {}, False),)).equal(3) == []


def test_an_earlier_commit_opens_from_the_same_store(submission: Submission) -> None:
    """Its files are those of that commit; a commit of another history is refused."""
    first = ids(submission)[0]
    earlier = at_commit(submission, first)

    assert (earlier.commit, earlier.git) == (first, submission.git)
    assert earlier.read("tests/test_b.py") is None
    assert at_commit(submission, submission.commit) is submission
    with pytest.raises(SubmissionRefused):
        at_commit(submission, "f" * 40)


def test_names_of_tests_that_passed() -> None:
    """A function's name, a method's or a whole id, with all its parameters; one that failed is not among them."""
    own = from_grade(own_grade(2))
    assert own is not None
    run = OwnRun({"t/a.py::test_x[1]": "passed", "t/a.py::K::test_y": "passed", "t/a.py::test_z": "failed"}, 3)

    assert own.passing("test_1") == ("tests/test_a.py::test_1",)
    assert run.passing("test_x") == ("t/a.py::test_x[1]",)
    assert run.passing("test_y()") == ("t/a.py::K::test_y",)
    assert run.passing("test_z") == ()
    assert run.passing("st_x") == ()


@pytest.mark.parametrize("outcome", [Outcome.ERROR, Outcome.FAILED])
def test_a_run_that_is_not_known_gives_no_figures(outcome: Outcome) -> None:
    """An error, or a run that recorded nothing, is no run to hold anything against."""
    assert from_grade(Grade(outcome, "", {"collected": 0})) is None


@pytest.mark.parametrize("doubt", DOUBTS)
def test_a_run_that_contradicts_itself_bears_nothing_out(submission: Submission, doubt: str) -> None:
    """A suite whose failures turn into passes confirmed the log's own figures, at the graded commit and at others."""
    finding = Finding(doubt, "A test that must fail was reported as passed", Outcome.FAILED)
    forged = replace(own_grade(9), outcome=Outcome.FAILED, findings=(finding,))
    second = ids(submission)[1]

    assert settle(submission, "`pytest`: 9 passed", None, own_grade(9)).result is Result.CONFIRMED
    assert settle(submission, "`pytest`: 9 passed", None, forged).result is Result.UNCHECKED
    bench = Workbench({second: [ran(5)]})
    text = f"at {second[:9]}: `pytest` -> 5 passed"
    assert settle(submission, text, bench, own_grade()).result is Result.CONFIRMED
    claim = settle(submission, text, bench, forged)
    assert (claim.result, "relied on" in claim.found) == (Result.UNCHECKED, True)


def test_entries_are_tied_to_their_commits(submission: Submission) -> None:
    """Named beside the claim, then elsewhere in the entry; a time only where none is named; ambiguity ties nothing."""
    first, second, third = ids(submission)
    commits = submission.commits()

    assert [(tie.kind, tie.commit) for tie in tied(commits, [second[:7]], [first[:7], second[:7]], None)] == [
        ("named", second),
        ("linked", first),
    ]
    assert tied(commits, ["0000000"], [], None) == ()
    late = commits[-1].committed + timedelta(days=1)
    assert [(tie.kind, tie.commit) for tie in tied(commits, [], [], late)] == [("dated", third)]


def grade_of(lane: Sequence[str], done: threading.Event) -> dict[str, Grade]:
    done.wait(5)
    return {name: Grade(Outcome.PASSED, name) for name in lane}


def test_the_log_waits_for_the_own_tests_and_for_nothing_that_waits_for_it() -> None:
    """Lanes wait for earlier ones alone, so one thread is enough for all of them."""
    done = threading.Event()
    done.set()
    lanes: list[Future[dict[str, Grade]]] = []
    with ThreadPoolExecutor(max_workers=1) as pool:
        for lane in pipeline.LANES[:-1]:
            lanes.append(pool.submit(grade_of, lane, done))
        told = pool.submit(pipeline._told_by, "own_tests", lanes).result(5)

    assert told is not None
    assert told.summary == "own_tests"
    waits = next(n for n, lane in enumerate(pipeline.LANES) if "ai_usage_log" in lane)
    assert waits > next(n for n, lane in enumerate(pipeline.LANES) if "own_tests" in lane)


def test_own_tests_that_never_come_release_who_waits() -> None:
    """A lane that was called off, or whose grade is `error`, gives None at once."""
    called_off: Future[dict[str, Grade]] = Future()
    called_off.cancel()
    crashed: Future[dict[str, Grade]] = Future()
    crashed.set_result({"own_tests": Grade(Outcome.ERROR, "we could not tell")})
    first: Future[dict[str, Grade]] = Future()

    assert pipeline._told_by("own_tests", [first, called_off]) is None
    assert pipeline._told_by("own_tests", [first, crashed]) is None
    assert pipeline._told_by("own_tests", []) is None
