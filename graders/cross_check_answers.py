"""What the cross-checks say, from the record of the own tests' run and the records of the runs made to check it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graders.coverage import Coverage
from graders.cross_check import Check, listed, told
from graders.grade import Evidence, Outcome
from graders.planting import Planted, Planting
from graders.recording import Recording

FEWEST_LINES = 3
"""Lines never reached from which that is told: one or two may depend on the moment."""
SHARE_APART = 0.05
"""Coverage by two settings differs by so much before it is asked about; both figures are always shown."""
SHOWN_LINES = 20
NO_TIME = "the harness gave this test no more time"
"""What harness_counter says in a test that it ends."""
NO_TESTS = 5
"""pytest's exit status where there is none to run."""


@dataclass(frozen=True, slots=True)
class Counter:
    """A run made to check another. `trouble` says why it can't be used; `ran` and `reached` are what our statements
    told (did our test run; which planted lines, by their places in the order's list).
    """

    order: Planting
    planted: Planted = field(default_factory=Planted)
    record: Recording = field(default_factory=Recording)
    ran: bool = False
    reached: frozenset[int] = frozenset()
    neutral: Recording | None = None
    ended: str = "exited"
    trouble: str = ""


def check_record(doubt: str, record: Recording) -> Check:
    """D1: do the record and the exit code agree? `doubt` says how not; its finding is the grade's own."""
    if (
        not record.tests
        and record.sessions
        and record.exit_status not in (NO_TESTS, 0)
        and not record.collection_errors
    ):
        said = "pytest began, and the record holds no result of any test."
        return Check("record", "told", said)
    if not record.tests:
        return Check("record", "not tried", "Not tried: the run recorded no test.")
    if doubt:
        return Check("record", "told", doubt)
    return Check("record", "nothing", "The record is whole, and agrees with the exit code.")


def check_canary(counter: Counter) -> Check:
    """D3: does a test of ours, added to one of their files and bound to fail, fail in the record?"""
    canary, record = counter.order.canary, counter.record
    if counter.trouble or canary is None:
        return Check("canary", "not tried", f"Not tried: {counter.trouble or 'no test of theirs passed'}.")
    ours = [test for test in record.tests if test.id.partition("[")[0].endswith(f"::{canary.name}")]
    outcomes = {test.outcome for test in ours}
    shown = tuple(Evidence("observed", f"{canary.path}: reported as {test.outcome}") for test in ours)
    place = Evidence("place", path=canary.path)
    if "failed" in outcomes:
        return Check("canary", "nothing", "A test of ours that must fail was added, and was reported as failed.")
    if "passed" in outcomes:
        said = (
            f"We added a test that always fails to {canary.path}. The run reported it as passed, so its outcomes "
            "do not tell what the tests found."
        )
        return told("canary", "A test that must fail was reported as passed", said, (*shown, place), Outcome.FAILED)
    if outcomes:
        return Check("canary", "not tried", "Not tried: the submission's own rules skipped our test.")
    collected = any(name.endswith(f"::{canary.name}") for name in record.collected)
    if counter.ran or (collected and record.exit_status is not None and not record.stopped and not record.unended):
        said = f"We added a test that always fails to {canary.path}. It was run, and the record holds nothing of it."
        return told("canary", "A test that must fail is missing in the record", said, (place,), Outcome.FAILED)
    return Check("canary", "not tried", "Not tried: the command did not run the test that we added.")


def check_sabotage(main: Recording, counter: Counter) -> Check:
    """D4: which tests pass while every function of the submission raises an error?"""
    if counter.trouble:
        return Check("sabotage", "not tried", f"Not tried: {counter.trouble}.")
    unread = [path for path in counter.planted.unread if path in counter.order.program]
    left = _left_alone("with hooks of pytest's", counter.planted.hooked)
    left += _left_alone("that can't be parsed or are larger than a MiB", unread)
    if not counter.planted.functions:
        said = f"Not tried: no {'other ' * bool(left)}Python function stands outside the tests.{left}"
        return Check("sabotage", "not tried", said)
    before = {test.id for test in main.passed}
    after = {test.id: test.outcome for test in counter.record.tests if NO_TIME not in test.message}
    tried = before & after.keys()
    if not tried:
        return Check("sabotage", "not tried", "Not tried: no test came to a result in the time that it had.")
    passing = sorted(one for one in tried if after[one] == "passed")
    met = [one for one in passing if counter.record.met.get(one)]
    apart = [one for one in passing if one not in met]
    part = f"{len(tried)} of {len(before)}" if len(tried) < len(before) else f"all {len(before)}"
    untold = f" {len(before) - len(tried)} came to no result in their time." if len(tried) < len(before) else ""
    untold += left
    broken = f"With {counter.planted.functions} functions made to raise an error,"
    if not passing:
        return Check("sabotage", "nothing", f"{broken} {part} passing tests fail.{untold}")
    parts = []
    if met:
        parts.append(f"{_count(met)} passed though functions of the submission raised errors while they ran.")
    if apart:
        parts.append(
            f"{_count(apart)} passed and called none of its functions: what they check is a constant, a file, "
            "another program, or nothing."
        )
    said = f"{broken} of {part} passing tests {' '.join(parts)}{untold}"
    first = (met or apart)[0].partition("::")[0]
    evidence = (Evidence("run", listed([*met, *apart])), Evidence("place", path=first))
    return told("sabotage", f"{_count(passing)} passed while every function raised an error", said, evidence)


def check_lines(counter: Counter, marked: Counter | None) -> Check:
    """D6: are lines that coverage tells as run really run? `marked` is a whole run that tells which of them are."""
    order = counter.order
    met = {key: outcome for key, outcome in counter.record.lines.items() if key[1] in counter.reached}
    noticed = [key for key, outcome in met.items() if outcome == "failed"]
    silent = [key for key in met if key not in noticed]
    unseen = [n for n in counter.planted.lines if not order.lines[n][2]]
    if counter.trouble:
        return Check("lines", "not tried", f"Not tried: {counter.trouble}.")
    if marked is not None and not marked.trouble:
        missing = [n for n in sorted(marked.planted.lines) if n not in marked.reached]
        if len(missing) >= max(FEWEST_LINES, len(marked.planted.lines) / 10):
            places = [marked.order.lines[n] for n in missing]
            said = (
                f"Of {len(marked.planted.lines)} lines that coverage tells as run and Python's own record of lines "
                f"does not, {len(missing)} were not reached either when the tests were run again."
            )
            shown = tuple(Evidence("place", path=path, line=line) for path, line, _ in places[:SHOWN_LINES])
            return told("lines", "Lines that coverage tells as run were not reached", said, shown)
    elif len(unseen) >= FEWEST_LINES:
        reason = marked.trouble if marked else "there was no time to run the tests again"
        return Check("lines", "not tried", f"Not tried: {reason}.")
    tried = len(noticed) + len(silent)
    if not tried and marked is None:
        return Check("lines", "not tried", "Not tried: coverage tells of no line in a test that could be run alone.")
    said = f"An error was raised at each of {tried} lines that coverage tells as run: {len(noticed)} made a test fail."
    if silent:
        said += f" {len(silent)} did not, though the line was reached."
    return Check("lines", "nothing", said if tried else "All lines that were tried were reached.")


def check_coverage(ours: Coverage | None, theirs: Coverage | None) -> Check:
    """Coverage by our settings beside theirs: what do theirs leave out?"""
    if ours is None or ours.lines is None:
        return Check("coverage", "not tried", "Not tried: coverage was not measured.")
    if theirs is None or theirs.lines is None:
        return Check("coverage", "not tried", "Not tried: the submission has no settings of coverage of its own.")
    said = f"Lines run: {ours.lines:.0%} by our settings, which leave nothing out, {theirs.lines:.0%} by its own."
    if theirs.lines - ours.lines < SHARE_APART:
        return Check("coverage", "nothing", said)
    by_path = {file.path: file for file in theirs.files}
    parts = []
    for file in ours.files:
        other = by_path.get(file.path)
        left_out = len(file.missing) - (len(other.missing) if other else 0)
        if left_out > 0:
            parts.append((left_out, f"{file.path}: {left_out} lines not run that its own settings leave out"))
    parts.sort(reverse=True)
    return told(
        "coverage",
        "The submission's settings of coverage leave out lines that no test runs",
        said,
        (Evidence("run", listed([words for _, words in parts])),),
    )


def check_neutral(main: Recording, counter: Counter) -> Check:
    """D5: what passes without conftest.py and pytest's settings? Only shown: most suites need theirs."""
    if counter.trouble or counter.neutral is None:
        reason = counter.trouble or "there is no conftest.py and no setting of pytest's"
        return Check("neutral", "not tried", f"Not tried: {reason}.")
    before = {test.id for test in main.passed}
    after = {test.id for test in counter.neutral.passed}
    both = len(before & after)
    if not counter.neutral.tests and not counter.neutral.collection_errors:
        return Check("neutral", "not tried", "Not tried: no test came to a result in the time that it had.")
    return Check(
        "neutral",
        "shown",
        f"Without conftest.py and pytest's settings, {both} of {len(before)} passing tests pass as well. "
        "Most suites need theirs: this says nothing by itself.",
    )


def _left_alone(kind: str, paths: Sequence[str]) -> str:
    """What is said of files in which no function was made to raise."""
    shown = ", ".join(paths[:5]) + (", …" if len(paths) > 5 else "")
    return f" Files {kind} were left alone: {shown}." if paths else ""


def _count(names: list[str]) -> str:
    return "1 own test" if len(names) == 1 else f"{len(names)} own tests"
