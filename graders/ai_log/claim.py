"""A claim: one thing that an AI usage log says and that can be held against something, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graders.grade import Evidence


class Level(StrEnum):
    """What a claim rests on, strongest first: a record that a machine made, the repository, or the author's word."""

    RECORDED = "machine-recorded"
    CHECKABLE = "checkable in the repository"
    STATED = "stated only"


class Result(StrEnum):
    """What holding it against the evidence gave. Most claims about reading or trying by hand cannot be checked."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    UNCHECKED = "could not check"


@dataclass(frozen=True, slots=True)
class Claim:
    """`kind` is "link", "number", "verification" or "correction"; `text` is in the log's own words (up to 240 letters).

    `entry` is the entry's number, `path` and `line` where the words stand. `found` says in one sentence what the
    evidence shows.
    """

    kind: str
    text: str
    entry: int
    path: str
    line: int
    level: Level
    result: Result
    found: str = ""
    evidence: tuple[Evidence, ...] = ()
