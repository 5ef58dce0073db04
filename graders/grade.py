"""A grade: a grader's answer about one submission, with the evidence for every figure.

Values only. All texts that come from a submission are data: whoever shows them escapes them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Scalar = int | float | str | None
"""What a measure or a cell of an exhibit may hold."""

EVIDENCE_LIMIT = 8_000
"""Characters that one piece of evidence quotes at most; the rest is cut and marked as cut."""


class Outcome(StrEnum):
    """The four outcomes of DESIGN: `error` means that the harness could not tell."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"


Tier = Literal["contract", "robustness", "probe"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something a reader can check: a place in the submission, a recorded run, or a quoted text.

    `kind` says what it is: "place" (path, and line, at the graded commit), "commit", "given", "expected",
    "observed", "request", "response", "journal" (a twin's record of the calls it saw), "output" (what the
    program printed), "run" (a command that we ran), "entry" (of the AI usage log), "quote".
    `text` is the quoted text, never longer than EVIDENCE_LIMIT.
    """

    kind: str
    text: str = ""
    path: str | None = None
    line: int | None = None
    commit: str | None = None

    def __post_init__(self) -> None:
        if len(self.text) > EVIDENCE_LIMIT:
            cut = f"{self.text[:EVIDENCE_LIMIT]}\n[cut: {len(self.text) - EVIDENCE_LIMIT} more characters]"
            object.__setattr__(self, "text", cut)


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of a grade.

    `id` is stable and unique within a report: `<grade>.<what>`, for hidden tests
    `hidden_tests.<file>::<test>`. `title` is a sentence; `detail` says what was seen.
    `tier`, `category` and `dimension` are set for hidden tests.
    """

    id: str
    title: str
    outcome: Outcome
    detail: str = ""
    evidence: tuple[Evidence, ...] = ()
    tier: Tier | None = None
    category: str | None = None
    dimension: str | None = None


@dataclass(frozen=True, slots=True)
class Grade:
    """A grader's answer: outcome, a summary that a person can read aloud, measures, findings.

    `measures` are the figures that other programs rely on. `exhibits` are tables for the page
    (name to rows of scalar cells, every row with the same keys): the commits on the time line, coverage by file.
    """

    outcome: Outcome
    summary: str
    measures: dict[str, Scalar] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    exhibits: dict[str, tuple[dict[str, Scalar], ...]] = field(default_factory=dict)
