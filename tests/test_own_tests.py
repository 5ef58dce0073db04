"""The own tests' record and coverage are claims: read strictly, held against each other."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from graders.coverage import CoverageError, ranges, read_coverage, share
from graders.grade import Outcome
from graders.own_tests import answer
from graders.recording import read_recording
from sandbox import Run


def lines(*events: Mapping[str, object]) -> bytes:
    return b"\n".join(json.dumps(event).encode() for event in events)


COLLECTED = {"kind": "collected", "tests": ["a.py::one", "a.py::two"]}
ONE = {"kind": "result", "id": "a.py::one", "when": "call", "outcome": "passed", "seconds": 0.1}
TWO = {"kind": "result", "id": "a.py::two", "when": "call", "outcome": "failed", "seconds": 0.1, "message": "no"}
TWO_PASSED = {**TWO, "outcome": "passed"}


def finished(status: int) -> dict[str, object]:
    return {"kind": "finished", "exit_status": status, "collected": 2}


def run(exit_code: int | None = 0, ended: str = "exited") -> Run:
    return Run(
        ended=ended,  # type: ignore[arg-type]  # the parametrized word is one of Run's
        exit_code=exit_code,
        output="printed",
        output_truncated=False,
        files={},
        seconds=1.0,
        memory_peak_mib=None,
    )


def test_a_suite_that_passes_is_passed() -> None:
    """All collected tests passed and the exit code agrees."""
    grade = answer("pytest", run(0), read_recording(lines(COLLECTED, ONE, TWO_PASSED, finished(0))), None)

    assert grade.outcome is Outcome.PASSED
    assert grade.measures["collected"] == 2
    assert grade.measures["line_coverage"] is None


def test_a_failing_test_is_named() -> None:
    """A failing own test fails the grade and is a finding with its message."""
    grade = answer("pytest", run(1), read_recording(lines(COLLECTED, ONE, TWO, finished(1))), None)

    assert grade.outcome is Outcome.FAILED
    assert [finding.id for finding in grade.findings] == ["own_tests.failed.a.py::two"]


def test_a_public_test_that_fails_is_not_called_the_candidates_own() -> None:
    """A test file as it was handed out is the challenge's, whoever's program fails it."""
    record = read_recording(lines(COLLECTED, ONE, TWO, finished(1)))

    assert answer("pytest", run(1), record, None).findings[0].title == "The candidate's own test fails: a.py::two"
    title = answer("pytest", run(1), record, None, public={"a.py"}).findings[0].title
    assert title == "A public test of the challenge fails: a.py::two"


def test_exit_zero_over_a_recorded_failure_is_not_a_pass() -> None:
    """`atexit: os._exit(0)` hides a failing exit code; the record tells."""
    grade = answer("pytest", run(0), read_recording(lines(COLLECTED, ONE, TWO, finished(1))), None)

    assert "own_tests.record" in [finding.id for finding in grade.findings]


def test_a_process_that_leaves_early_is_not_a_pass() -> None:
    """`os._exit(0)` at import leaves no end of the session: no positive evidence, no pass."""
    grade = answer("pytest", run(0), read_recording(lines(COLLECTED, ONE)), None)

    assert grade.outcome is Outcome.FAILED
    assert "before pytest reported the end" in grade.findings[0].detail


def test_no_test_is_not_a_pass() -> None:
    """A command that exits 0 and runs nothing fails the grade."""
    grade = answer("true", run(0), read_recording(b""), None)

    assert grade.outcome is Outcome.FAILED


def test_an_endless_suite_is_stopped_and_said() -> None:
    """A suite over its time is failed with what it printed, not lost."""
    grade = answer("pytest", run(None, "deadline"), read_recording(lines(COLLECTED)), None)

    assert grade.outcome is Outcome.FAILED
    assert "did not end" in grade.findings[0].detail


def test_a_vanished_sandbox_is_our_error() -> None:
    """What we lost is never charged to the candidate."""
    grade = answer("pytest", run(None, "vanished"), read_recording(b""), None)

    assert grade.outcome is Outcome.ERROR


@pytest.mark.parametrize(
    "raw", [b"{", b"[1]", b'{"kind": 3}', b'{"kind":"result","seconds":1e999}', b"\xff\xfe", b"[" * 100_000]
)
def test_lines_that_cannot_be_read_are_counted(raw: bytes) -> None:
    """A hostile record is counted, never guessed at and never fatal."""
    recording = read_recording(raw + b"\n" + lines(ONE))

    assert recording.unreadable_lines == 1
    assert len(recording.tests) == 1


def test_lone_surrogates_do_not_reach_the_report() -> None:
    """A line that no encoding can write is counted as unreadable; what is kept can be written."""
    recording = read_recording(b'{"kind":"result","id":"\\ud800","outcome":"passed","seconds":0}')

    assert recording.unreadable_lines == 1
    assert recording.tests == ()


def coverage_json(**files: tuple[list[int], list[int]]) -> bytes:
    summary = {"num_statements": 4, "covered_lines": 2, "num_branches": 2, "covered_branches": 1}
    return json.dumps(
        {
            "files": {
                name: {"executed_lines": done, "missing_lines": missing, "summary": summary}
                for name, (done, missing) in files.items()
            },
            "totals": summary,
        }
    ).encode()


def test_coverage_of_the_lines_that_the_candidate_wrote() -> None:
    """Lines of the starter count in the whole, not in the written share."""
    coverage = read_coverage(coverage_json(app=([1, 2], [3, 4])), {"app": {2, 3}})

    assert coverage.lines == 0.5
    assert coverage.branches == 0.5
    assert coverage.written == 0.5
    assert coverage.files[0].written_missing == (3,)


@pytest.mark.parametrize(
    "content", [None, b"", b"{}", b'{"files":{},"totals":{"num_statements":-1,"covered_lines":0}}']
)
def test_coverage_that_cannot_be_read_is_said(content: bytes | None) -> None:
    """No coverage is 'not measured', never zero."""
    with pytest.raises(CoverageError):
        read_coverage(content, {})


def test_line_numbers_read_as_people_write_them() -> None:
    """Runs are joined; a long list is cut."""
    assert ranges((3, 4, 5, 9)) == "3-5, 9"
    assert ranges(tuple(range(1, 200, 2))).endswith("…")


def test_a_share_never_exceeds_one() -> None:
    """A forged count of covered lines cannot claim more than all."""
    assert share(9, 4) == 1.0
    assert share(0, 0) is None
