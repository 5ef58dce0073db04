"""What of the challenge's behaviour was seen, category by category: counts and tests, never a share.

A test is handled (passed), not handled (failed), not reached (it did not apply, or the program never
answered), or we could not tell (error: ours, shown apart). Probes have no right answer, so they are counted
as raised, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from graders import Outcome
from reports.report import Category, ChallengeFacts, FindingRecord, GradeRecord

HIDDEN_TESTS = "hidden_tests"
_STATUS = re.compile(r"[1-5]\d\d\b|exit code \d|returned |raised ")


class State(StrEnum):
    """How a hidden test stands. Each has a glyph and a word on every view: colour carries nothing alone."""

    HANDLED = "handled"
    NOT_HANDLED = "not-handled"
    NOT_REACHED = "not-reached"
    NOT_TOLD = "not-told"
    RAISED = "raised"


WORDS = {
    State.HANDLED: ("✓", "handled"),
    State.NOT_HANDLED: ("✗", "not handled"),
    State.NOT_REACHED: ("–", "not reached"),
    State.NOT_TOLD: ("?", "we could not tell"),
    State.RAISED: ("○", "raised as a question"),
}

ORDER = (State.NOT_HANDLED, State.NOT_TOLD, State.RAISED, State.NOT_REACHED, State.HANDLED)
"""What a reader wants to see first."""

TIERS = {
    "contract": "in the brief",
    "robustness": "beyond the brief",
    "probe": "no right answer",
}


@dataclass(frozen=True, slots=True)
class Tested:
    """A hidden test and how it stands."""

    finding: FindingRecord
    state: State


@dataclass(frozen=True, slots=True)
class Row:
    """A category with its tests, what asks for attention first."""

    category: Category
    tests: tuple[Tested, ...]

    def number(self, state: State, tier: str | None = None) -> int:
        """How many tests stand so (of one tier)."""
        return sum(t.state is state and tier in (None, t.finding.tier) for t in self.tests)


def is_hidden_test(finding: FindingRecord) -> bool:
    """Whether the finding is a hidden test (it has a tier) and not a remark on the exam."""
    return finding.tier is not None


def hidden_tests(grades: Mapping[str, GradeRecord]) -> tuple[FindingRecord, ...]:
    """The findings that are hidden tests, in the examiner's order."""
    record = grades.get(HIDDEN_TESTS)
    return tuple(f for f in record.findings if is_hidden_test(f)) if record else ()


def started(grades: Mapping[str, GradeRecord]) -> bool | None:
    """Whether the program built and answered. None: we could not tell.

    One hidden test that passed, or one response, is proof. When there is neither and at least one test failed,
    nothing answered as the contract says; so the tests say nothing on single behaviours.
    """
    tests = hidden_tests(grades)
    if any(test.outcome is Outcome.PASSED or _answered(test) for test in tests):
        return True
    record = grades.get(HIDDEN_TESTS)
    refused = record is not None and any(
        f.outcome is Outcome.FAILED and f.id.startswith(f"{HIDDEN_TESTS}.dependencies") for f in record.findings
    )
    return False if refused or any(test.outcome is Outcome.FAILED for test in tests) else None


def _answered(finding: FindingRecord) -> bool:
    """Whether a recorded response is one of the program (a status, an exit code, what a call gave), not a refusal."""
    return any(piece.kind == "response" and _STATUS.match(piece.text) for piece in finding.evidence)


def state(finding: FindingRecord, is_started: bool | None) -> State:
    """How one hidden test stands."""
    if finding.outcome is Outcome.ERROR:
        return State.NOT_TOLD
    if is_started is False:
        return State.NOT_REACHED
    if finding.tier == "probe" and finding.outcome is not Outcome.PASSED and finding.evidence:
        return State.RAISED
    if finding.outcome is Outcome.SKIPPED:
        return State.NOT_REACHED
    return State.HANDLED if finding.outcome is Outcome.PASSED else State.NOT_HANDLED


def matrix(grades: Mapping[str, GradeRecord], challenge: ChallengeFacts) -> tuple[Row, ...]:
    """A row for each category, in the challenge's order, then for each that only the tests name."""
    is_started = started(grades)
    tested = [Tested(finding, state(finding, is_started)) for finding in hidden_tests(grades)]
    known = {category.id: category for category in challenge.categories}
    named = {t.finding.category or "other" for t in tested} - known.keys()
    others = (Category(id=name, title=name) for name in sorted(named))
    return tuple(
        Row(category, _sorted(t for t in tested if (t.finding.category or "other") == category.id))
        for category in (*challenge.categories, *others)
    )


def _sorted(tests: Iterable[Tested]) -> tuple[Tested, ...]:
    """What asks for attention first, the brief before what is beyond it, else the examiner's order."""
    tiers = tuple(TIERS)
    return tuple(sorted(tests, key=lambda t: (ORDER.index(t.state), tiers.index(t.finding.tier or "probe"))))
