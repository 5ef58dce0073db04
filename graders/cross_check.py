"""A cross-check: one claim of the own tests' run, held against something that the run did not say itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graders.grade import Evidence, Finding, Outcome

Result = Literal["nothing", "told", "not tried", "shown"]
"""No sign of anything; a fact to ask about; could not be tried, and counts for nothing; shown, and says nothing."""

TITLES = {
    "record": "Record and exit code",
    "count": "Tests as written",
    "canary": "A test that must fail",
    "sabotage": "Functions that raise",
    "lines": "Lines that raise",
    "coverage": "Settings of coverage",
    "neutral": "Without their settings",
}


@dataclass(frozen=True, slots=True)
class Check:
    """What one cross-check gave: a sentence, and for a fact its finding. Never an accusation, never a proof."""

    name: str
    result: Result
    said: str
    finding: Finding | None = None


def told(name: str, title: str, said: str, evidence: tuple[Evidence, ...], outcome: Outcome = Outcome.SKIPPED) -> Check:
    """A cross-check that saw something. Its finding fails nobody unless the outcomes of the run can't stand with it."""
    return Check(name, "told", said, Finding(f"own_tests.cross_check.{name}", title, outcome, said, evidence))


def listed(names: list[str], most: int = 200) -> str:
    """Names for a piece of evidence, a line each."""
    return "\n".join(names[:most]) + (f"\n… and {len(names) - most} more" if len(names) > most else "")
