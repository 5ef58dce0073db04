"""The own run: what the harness's one run of the own tests at the graded commit gave, by test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from graders.ai_log.invocation import Invocation
from graders.case import Case
from graders.grade import Grade, Outcome

DOUBTS = ("own_tests.record", "own_tests.cross_check.canary")
"""Findings after which nothing is known of the run's outcomes, so that they bear nothing out."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many tests a run collected, and what became of them."""

    collected: int
    passed: int
    failed: int
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class OwnRun:
    """`outcomes`: test id to "passed", "failed" or "skipped", as the run's record tells. Coverage from 0 to 1."""

    outcomes: Mapping[str, str]
    collected: int
    line_coverage: float | None = None
    branch_coverage: float | None = None

    def passing(self, test: str) -> tuple[str, ...]:
        """The ids of a test that passed: all its parameters for a function's name, a method's, or an id in full."""
        return tuple(one for one, outcome in self.outcomes.items() if outcome == "passed" and _names(one, test))

    def tally(self, invocation: Invocation | None = None) -> Tally | None:
        """The figures of what an invocation selects (None: all of it); None where that can't be told from the ids."""
        if invocation is None or invocation.whole:
            chosen = list(self.outcomes.values())
            return _tally(chosen, max(self.collected, len(chosen)))
        if invocation.words:
            return None
        chosen = [outcome for one, outcome in self.outcomes.items() if _selected(one, invocation.paths)]
        return _tally(chosen, len(chosen)) if chosen else None


def own_run(case: Case) -> OwnRun | None:
    """What the own tests did, waiting for them; None where it is not known."""
    grade = case.own_tests()
    return None if grade is None else from_grade(grade)


def in_doubt(case: Case) -> bool:
    """Whether the own tests' run, waited for, said what can't be true: then another run of theirs is no better."""
    grade = case.own_tests()
    return grade is not None and _doubted(grade)


def _doubted(grade: Grade) -> bool:
    return any(finding.id in DOUBTS and finding.outcome is Outcome.FAILED for finding in grade.findings)


def from_grade(grade: Grade) -> OwnRun | None:
    """The same from the grade `own_tests`; None where that holds no run, or one whose outcomes can't be relied on."""
    rows = grade.exhibits.get("own_tests", ())
    collected = grade.measures.get("collected")
    if grade.outcome is Outcome.ERROR or not rows or not isinstance(collected, int) or _doubted(grade):
        return None
    lines, branches = (grade.measures.get(name) for name in ("line_coverage", "branch_coverage"))
    return OwnRun(
        MappingProxyType({str(row["id"]): str(row["outcome"]) for row in rows}),
        collected,
        lines if isinstance(lines, float | int) else None,
        branches if isinstance(branches, float | int) else None,
    )


def _tally(outcomes: list[str], collected: int) -> Tally:
    return Tally(collected, *(outcomes.count(name) for name in ("passed", "failed", "skipped")))


def _names(identifier: str, test: str) -> bool:
    if identifier == test:
        return True
    plain = identifier.partition("[")[0]
    wanted = test.removesuffix("()")
    return "::" in plain and (plain == wanted or plain.endswith((f"::{wanted}", f"/{wanted}")))


def _selected(identifier: str, paths: tuple[str, ...]) -> bool:
    return any(
        identifier == path or identifier.startswith((f"{path.rstrip('/')}/", f"{path}::", f"{path}[")) for path in paths
    )
