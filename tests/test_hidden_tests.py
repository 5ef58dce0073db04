"""A hidden test's outcome: from most of its runs, and never from a broken environment."""

from __future__ import annotations

from collections.abc import Sequence

from graders.control import Control, hold_control
from graders.grade import Grade, Outcome
from graders.hidden_tests import answer
from graders.sitting import ALIKE, Sitting, rerun
from sandbox import CollectedTest, ExamRecord, Exchange, Refusal, SandboxError, TestResult


def collected(name: str, tier: str = "contract") -> CollectedTest:
    return CollectedTest(id=name, title=f"Title of {name}", tier=tier, category="csv", dimension="correctness")


def result(name: str, outcome: str, message: str = "", exchanged: bool = True) -> TestResult:
    exchanges = [Exchange(request="GET /", response="200")] if exchanged else []
    return TestResult(id=name, outcome=outcome, seconds=0.1, message=message, exchanges=exchanges)


def record(*results: TestResult, tests: Sequence[CollectedTest] = (), problem: str | None = None) -> ExamRecord:
    return ExamRecord(
        tests=tuple(tests) or tuple(collected(r.id) for r in results),
        results=results,
        finished=problem is None,
        problem=problem,
        starts=(),
        seconds=1.0,
    )


def graded(first: ExamRecord, *again: ExamRecord, control: Sequence[ExamRecord] = ()) -> Grade:
    """The grade after these runs of the submission; `control`: those of the reference (none: there is no reference)."""
    sittings = {r.id: Sitting((r,)) for r in first.results}
    judging = [test.id for test in first.tests if test.tier != "probe"]
    runs, checks = iter(again), iter(control)
    rerun(sittings, lambda _: next(runs), judging)
    return answer((), first, sittings, hold_control(sittings, judging, lambda _: next(checks)) if control else None)


def test_all_passed_is_passed() -> None:
    """Every contract test passed: the grade is passed, and nothing is run again."""
    grade = graded(record(result("a", "passed"), result("b", "passed")))

    assert grade.outcome is Outcome.PASSED
    assert grade.measures["passed"] == grade.measures["total"] == 2


def test_a_failure_that_stays_is_a_failure() -> None:
    """Failed twice, and the reference passes: the submission's."""
    failed = record(result("a", "failed", "no"))
    grade = graded(failed, failed, control=[record(result("a", "passed"))])

    assert grade.outcome is Outcome.FAILED
    assert "failed in each of 2 runs" in grade.findings[0].detail


def test_words_and_evidence_come_from_the_same_run() -> None:
    """A second run that fails for another reason (a busy machine) puts no words over the first one's evidence."""
    first = record(result("a", "failed", "two leads instead of one"))
    grade = graded(first, record(result("a", "failed", "not healthy in time")), control=[record(result("a", "passed"))])

    assert grade.findings[0].detail.startswith("two leads instead of one")


def test_a_failure_of_one_moment_is_not_a_failure() -> None:
    """Failed once, passed twice: passed, and the change is told."""
    grade = graded(record(result("a", "failed", "no")), record(result("a", "passed")), record(result("a", "passed")))

    assert grade.outcome is Outcome.PASSED
    assert grade.measures["not_deterministic"] == 1
    assert "Not deterministic (failed, passed, passed)" in grade.findings[0].detail


def test_two_failures_of_three_runs_are_a_failure_told_as_such() -> None:
    """The majority decides, all runs are shown."""
    grade = graded(
        record(result("a", "failed", "no")), record(result("a", "passed")), record(result("a", "failed", "no"))
    )

    assert grade.outcome is Outcome.FAILED
    assert "failed, passed, failed" in grade.findings[0].detail


def test_where_the_reference_fails_too_the_environment_is_at_fault() -> None:
    """An `error` of ours, never the candidate's failure."""
    failed = record(result("a", "failed", "no"))
    grade = graded(failed, failed, control=[record(result("a", "failed", "clock is wrong"))])

    assert grade.outcome is Outcome.ERROR
    assert grade.measures["failed"] == 0
    assert "Environment broken" in grade.findings[0].detail


def test_what_changes_is_told_with_all_runs_and_the_control() -> None:
    """Each run is shown, and that the reference was steady meanwhile, in two runs of its own."""
    steady = [record(result("a", "passed")), record(result("a", "passed"))]
    failed, passed = record(result("a", "failed", "no")), record(result("a", "passed", "yes"))
    grade = graded(failed, passed, failed, control=steady)

    assert grade.outcome is Outcome.FAILED
    finding = grade.findings[0]
    assert (
        "Not deterministic (failed, passed, failed), while the reference solution passed in each of 2 runs"
        in finding.detail
    )
    runs = [piece.text for piece in finding.evidence if piece.kind == "run"]
    assert runs == ["run 1 of 3: failed: no", "run 2 of 3: passed: yes", "run 3 of 3: failed: no"]


def test_an_environment_that_is_broken_now_and_then_is_at_fault() -> None:
    """The reference passed one of its two runs: what failed in two of three is still nobody's failure."""
    failed, passed = record(result("a", "failed", "no")), record(result("a", "passed"))
    grade = graded(failed, passed, failed, control=[passed, failed])

    assert grade.outcome is Outcome.ERROR
    assert grade.measures["failed"] == 0
    assert "Environment broken" in grade.findings[0].detail
    assert "The environment was broken" in grade.summary


def test_a_pass_stays_a_pass_in_an_unsteady_environment() -> None:
    """Two passes of three are positive evidence; that the reference was unsteady too is told."""
    failed, passed = record(result("a", "failed", "no")), record(result("a", "passed"))
    grade = graded(failed, passed, passed, control=[failed, passed])

    assert grade.outcome is Outcome.PASSED
    assert "neither is the environment" in grade.findings[0].detail


def test_one_failure_that_could_not_be_run_again_fails_nobody() -> None:
    """The second run was lost: a single run is not enough, though the reference passes."""
    lost = record(tests=[collected("a")], problem="The examiner vanished.")
    grade = graded(record(result("a", "failed", "no")), lost, control=[record(result("a", "passed"))])

    assert grade.outcome is Outcome.ERROR
    assert grade.measures["failed"] == 0
    assert "could not be run again" in grade.findings[0].detail


def test_three_runs_that_all_differ_fail_nobody() -> None:
    """Failed once, once an error of ours, passed once: we could not tell."""
    grade = graded(
        record(result("a", "failed", "no")),
        record(result("a", "error", "twin broke")),
        record(result("a", "passed")),
        control=[record(result("a", "passed")), record(result("a", "passed"))],
    )

    assert (grade.outcome, grade.measures["failed"]) == (Outcome.ERROR, 0)


def test_a_failure_that_no_control_run_could_check_fails_nobody() -> None:
    """The reference could not be run: whether the environment is sound is not known, and the report says so."""
    failed = record(result("a", "failed", "no"))

    def hold(_: Sequence[str]) -> ExamRecord:
        raise SandboxError("no such image")

    sittings = {"a": Sitting((failed.results[0], failed.results[0]))}
    grade = answer((), failed, sittings, hold_control(sittings, ["a"], hold))

    assert (grade.outcome, grade.measures["failed"]) == (Outcome.ERROR, 0)
    assert "could not be checked" in grade.findings[0].detail
    assert "no such image" in grade.findings[-1].detail


def test_a_robustness_test_fails_nobody() -> None:
    """What the brief does not state is shown as not handled, and the grade stays passed."""
    tests = [collected("a"), collected("b", "robustness")]
    failed = record(result("a", "passed"), result("b", "failed", "no"), tests=tests)
    grade = graded(failed, record(result("b", "failed", "no")), control=[record(result("b", "passed"))])

    assert grade.outcome is Outcome.PASSED
    assert grade.measures["failed"] == 1
    assert grade.measures["contract_failed"] == 0


def test_a_probe_fails_nobody_and_is_not_run_again() -> None:
    """A probe has no right answer: what it saw is told, not counted as failed, and needs no control."""
    grade = graded(record(result("a", "failed", "Two leads for one person"), tests=[collected("a", "probe")]))

    assert grade.outcome is Outcome.PASSED
    assert (grade.measures["failed"], grade.measures["skipped"]) == (0, 1)
    assert "Two leads" in grade.findings[0].detail
    assert grade.findings[0].evidence


def test_a_lost_exam_is_our_error_and_keeps_what_is_known() -> None:
    """Tests without a result were not run; those with one keep it."""
    grade = graded(
        record(result("a", "passed"), tests=[collected("a"), collected("b")], problem="The examiner vanished.")
    )

    assert grade.outcome is Outcome.ERROR
    assert (grade.measures["passed"], grade.measures["error"], grade.measures["failed"]) == (1, 1, 0)


def test_an_exam_without_tests_is_never_a_pass() -> None:
    """No positive evidence, no pass."""
    grade = answer((), record(tests=[]), {})

    assert grade.outcome is Outcome.ERROR


def test_tests_that_share_a_cause_are_run_again_as_one() -> None:
    """A program that never starts fails every test in the same words: one of them speaks for all."""
    words = "The program was not healthy within 15 s"
    first = record(*(result(f"t{number}", "failed", words, exchanged=False) for number in range(ALIKE + 2)))
    asked: list[Sequence[str]] = []
    sittings = {r.id: Sitting((r,)) for r in first.results}

    def hold(only: Sequence[str]) -> ExamRecord:
        asked.append(only)
        return record(result("t0", "failed", words, exchanged=False))

    rerun(sittings, hold, list(sittings))

    assert asked == [["t0"]]
    grade = answer((), first, sittings, Control({"t0": (result("t0", "passed"),)}))
    assert grade.measures["failed"] == ALIKE + 2
    assert "same words as t0" in grade.findings[1].detail


def test_a_shared_cause_that_was_of_one_moment_is_looked_at_again_for_all() -> None:
    """When the speaker passes the second time, every test that it spoke for is run again itself."""
    words = "The program was not healthy within 15 s"
    names = [f"t{number}" for number in range(ALIKE)]
    first = record(*(result(name, "failed", words, exchanged=False) for name in names))
    sittings = {r.id: Sitting((r,)) for r in first.results}
    asked: list[Sequence[str]] = []

    def hold(only: Sequence[str]) -> ExamRecord:
        asked.append(sorted(only))
        return record(*(result(name, "passed") for name in only))

    rerun(sittings, hold, list(sittings))

    assert asked == [["t0"], names]
    assert sittings["t0"].outcome == "passed"


def test_a_refused_dependency_stands_first() -> None:
    """Why the program did not start is told before what failed for it."""
    refusal = Refusal(path="requirements.txt", line=3, text="x @ git+https://h/x", reason="No.", remedy="Use a wheel.")
    grade = answer((refusal,), record(result("a", "failed", "no")), {"a": Sitting((result("a", "failed", "no"),))})

    assert grade.findings[0].id == "hidden_tests.dependencies.1"
    assert grade.findings[0].evidence[0].line == 3
