"""What a rule works with and what it proposes: the material of one report, and a question that could be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from reports.matrix import Row
from reports.own_words import OwnWords
from reports.report import GradeRecord
from reports.wording import Topic


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that could be asked. `key` breaks ties, so that the order never depends on chance."""

    key: str
    topic: Topic
    weight: int
    text: str
    because: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Material:
    """What the rules look at: the grades by name, the hidden tests category by category, the candidate's own words."""

    grades: Mapping[str, GradeRecord]
    rows: tuple[Row, ...]
    words: OwnWords


Rule = Callable[[Material], Iterator[Candidate]]


def known(record: GradeRecord, *identifiers: str) -> tuple[str, ...]:
    """Those of the ids that the grade has, in this order."""
    present = {finding.id for finding in record.findings}
    return tuple(identifier for identifier in identifiers if identifier in present)
