"""From what the graders say to the bounded, sound values of a report.

A candidate decides how much there is to say (fifty thousand failing tests, a message of 8 000 characters
each), so everything is bounded here, and what is left out is counted in a note that the page shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import ValidationError

from graders import Evidence, Finding, Grade, Outcome
from reports.questions import first_questions
from reports.report import (
    LARGEST_WHOLE,
    Cell,
    ChallengeFacts,
    EvidenceRecord,
    FindingRecord,
    GradeRecord,
    Provenance,
    Record,
    Report,
    ReportError,
    SubmissionFacts,
)

FINDINGS_LIMIT = 1_000
"""Findings of a grade: the largest pack has some hundred hidden tests."""
EVIDENCE_PIECES = 40
ROWS_LIMIT = 3_000
CELL_LIMIT = 4_000
TITLE_LIMIT = 400
DETAIL_LIMIT = 4_000
QUOTED_LIMIT = 6_000_000
"""Characters of evidence and cells in the whole report; once they are spent, each further text keeps
SPENT_LIMIT.
"""
SPENT_LIMIT = 160

Part = TypeVar("Part", bound=Record)


@dataclass
class Intake:
    """The running account of one report: what may still be quoted, which ids are taken, what was left out."""

    left: int = QUOTED_LIMIT
    taken: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    shortened: int = 0

    def text(self, value: object, limit: int) -> str:
        """A text that UTF-8 can hold, no longer than `limit` or than what may still be quoted."""
        whole = str(value)
        allowed = min(limit, max(self.left, SPENT_LIMIT))
        if len(whole) > allowed:
            self.shortened += 1
            whole = f"{whole[:allowed]} [cut: {len(whole) - allowed} more characters]"
        self.left -= len(whole)
        return whole.encode("utf-8", "replace").decode("utf-8")

    def cell(self, value: object, where: str) -> Cell:
        """A scalar of an exhibit or a measure. What is not finite becomes null, with a note."""
        endless = isinstance(value, float) and not math.isfinite(value)
        if endless or (isinstance(value, int) and abs(value) > LARGEST_WHOLE):
            self.notes.append(f"{where} was no number that can be shown; it stands as not measured.")
            return None
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(value, CELL_LIMIT)

    def unique(self, identifier: str) -> str:
        """The id, or the id with a number when it is already taken."""
        sound = identifier.encode("utf-8", "replace").decode("utf-8")[:TITLE_LIMIT]
        candidate, number = sound, 2
        while candidate in self.taken:
            candidate, number = f"{sound}#{number}", number + 1
        self.taken.add(candidate)
        return candidate

    def evidence(self, piece: Evidence) -> EvidenceRecord:
        return EvidenceRecord(
            kind=self.text(piece.kind, 40),
            text=self.text(piece.text, 9_000),
            path=None if piece.path is None else self.text(piece.path, TITLE_LIMIT),
            line=piece.line,
            commit=None if piece.commit is None else self.text(piece.commit, 64),
        )

    def finding(self, finding: Finding) -> FindingRecord:
        pieces = finding.evidence[:EVIDENCE_PIECES]
        self._left_out(f"pieces of evidence of {finding.id[:80]!a}", len(finding.evidence) - len(pieces))
        return FindingRecord(
            id=self.unique(finding.id),
            title=self.text(finding.title, TITLE_LIMIT),
            outcome=finding.outcome,
            detail=self.text(finding.detail, DETAIL_LIMIT),
            evidence=tuple(self.evidence(piece) for piece in pieces),
            tier=finding.tier,
            category=None if finding.category is None else self.text(finding.category, 60),
            dimension=None if finding.dimension is None else self.text(finding.dimension, 60),
        )

    def grade(self, name: str, grade: Grade) -> GradeRecord:
        findings = grade.findings[:FINDINGS_LIMIT]
        self._left_out(f"findings of {name}", len(grade.findings) - len(findings))
        exhibits = {}
        for title, rows in sorted(grade.exhibits.items()):
            self._left_out(f"rows of {name}.{title}", len(rows) - ROWS_LIMIT)
            exhibits[self.text(title, 60)] = tuple(self._row(row, f"{name}.{title}") for row in rows[:ROWS_LIMIT])
        measures = {self.text(key, 60): self.cell(value, f"{name}.{key}") for key, value in grade.measures.items()}
        return GradeRecord(
            outcome=grade.outcome,
            summary=self.text(grade.summary, DETAIL_LIMIT),
            measures=measures,
            findings=tuple(self.finding(finding) for finding in findings),
            exhibits=exhibits,
        )

    def _row(self, row: Mapping[str, object], where: str) -> dict[str, Cell]:
        return {self.text(key, 60): self.cell(value, f"{where}.{key}") for key, value in row.items()}

    def _left_out(self, what: str, number: int) -> None:
        if number > 0:
            self.notes.append(f"{number:,} {what} are left out: there are more than a report holds.")


def make_report(
    *,
    challenge: Mapping[str, object],
    submission: Mapping[str, object],
    grades: Mapping[str, Grade],
    provenance: Mapping[str, object],
) -> Report:
    """The report on one submission.

    `challenge`, `submission` and `provenance` are plain mappings with the fields of ChallengeFacts,
    SubmissionFacts and Provenance; nested mappings in `engine` and `limits` are flattened
    (`sandbox.memory_mib`). Texts may hold anything; they are bounded and made sound, never interpreted.
    Raises ReportError when a mapping does not fit.
    """
    intake = Intake()
    records = {name: intake.grade(name, grades[name]) for name in sorted(grades)}
    about_challenge = _facts(challenge, ChallengeFacts)
    about_submission = _facts(_sound(submission, intake), SubmissionFacts)
    told = dict(provenance)
    for name in ("engine", "limits"):
        value = told.get(name)
        if isinstance(value, Mapping):
            told[name] = dict(_flat(value))
    made_with = _facts(_sound(told, intake), Provenance)
    if intake.shortened:
        intake.notes.append(f"{intake.shortened:,} quoted texts are cut; the cut is marked where it was made.")
    return Report(
        challenge=about_challenge,
        submission=about_submission,
        complete=all(record.outcome is not Outcome.ERROR for record in records.values()),
        grades=records,
        questions=first_questions(records, about_challenge),
        provenance=made_with.model_copy(update={"notes": (*made_with.notes, *intake.notes)}),
    )


def _facts(value: object, model: type[Part]) -> Part:
    """A plain mapping as a part of the report, or ReportError naming the field that does not fit."""
    try:
        return model.model_validate(value, strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ReportError(f"{model.__name__}: {where}: {first['msg']}; mend what is given to make_report") from None


def _sound(value: object, intake: Intake) -> object:
    """The same mappings and lists with every text bounded and every number finite."""
    if isinstance(value, Mapping):
        return {str(key): _sound(item, intake) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(item, intake) for item in value[:ROWS_LIMIT]]
    return intake.cell(value, "a fact")


def _flat(value: Mapping[str, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    for key, item in value.items():
        name = f"{prefix}{key}"
        if isinstance(item, Mapping):
            yield from _flat(item, f"{name}.")
        elif isinstance(item, list | tuple):
            yield name, ", ".join(str(part) for part in item)
        else:
            yield name, item
