"""Four ways to look at how AI was used: decomposition, course correction, verification, ownership.

Pointers to evidence and an empty place for a note, nothing else: what they amount to is for the reader to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.ai_use import AiUse, Row
from reports.reading import Entry, text
from reports.text import line

POINTERS = 4


@dataclass(frozen=True, slots=True)
class Pointer:
    """A few words, and the place to open (a row with path, line and commit, each of which may be missing)."""

    label: str
    row: Row


@dataclass(frozen=True, slots=True)
class Look:
    """One way to look: its name, what to look for, where."""

    name: str
    about: str
    pointers: tuple[Pointer, ...]


def looks(use: AiUse, entries: Sequence[Entry]) -> tuple[Look, ...]:
    """The four ways with their pointers; () when nothing points anywhere."""
    sessions = [row for row in use.sessions if text(row, "tests_after_last_edit")]
    found = (
        Look(
            "Decomposition",
            "How was the work cut into pieces, and was there a plan before the first edit?",
            _first(
                _moments(use, "first"),
                (Pointer(f"entry {line(e.number, 12)}: {line(e.name, 60)}", _at(e.place)) for e in entries if e.prompt),
            ),
        ),
        Look(
            "Course correction",
            "What was turned down or changed, and what was noticed first?",
            _first(_claims(use, "correction"), _moments(use, "correction", "reject", "interrupt")),
        ),
        Look(
            "Verification",
            "What was run or read before it was kept?",
            _first(
                _claims(use, "verification", "number"),
                _moments(use, "failing", "stated"),
                (
                    Pointer(f"tests after the last edit: {line(text(r, 'tests_after_last_edit'), 20)}", r)
                    for r in sessions
                ),
            ),
        ),
        Look(
            "Ownership",
            "Can the candidate explain and change what is there, whoever wrote it?",
            _first(
                _moments(use, "longest"),
                (
                    Pointer(
                        f"{share.added - share.mentioned:,} added lines that nothing speaks of", {"path": share.folder}
                    )
                    for share in sorted(use.coverage, key=lambda s: s.mentioned - s.added)
                    if share.added > share.mentioned
                ),
            ),
        ),
    )
    return found if any(look.pointers for look in found) else ()


def _first(*sources: Iterable[Pointer]) -> tuple[Pointer, ...]:
    return tuple(pointer for source in sources for pointer in source)[:POINTERS]


def _moments(use: AiUse, *kinds: str) -> Iterable[Pointer]:
    for row in use.moments:
        if any(kind in text(row, "kind") for kind in kinds):
            yield Pointer(line(text(row, "title"), 80), row)


def _claims(use: AiUse, *kinds: str) -> Iterable[Pointer]:
    for row in use.claims:
        if text(row, "kind") in kinds:
            yield Pointer(f"“{line(text(row, 'text'), 60)}”, {text(row, 'result')}", row)


def _at(place: str) -> Row:
    path, _, number = place.rpartition(":")
    return {"path": path, "line": int(number)} if path and number.isdecimal() and len(number) < 9 else {"path": place}
