"""The graders' exhibits, read with a tolerant eye: a column that is missing is empty, never an error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from reports.report import Cell, FindingRecord, GradeRecord

COMMITS = "commits"
AI_ENTRIES = "entries"
COVERAGE = "coverage_by_file"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit on the time line. `at` is aware; lines are counts; `starter`: it only brought the challenge's files."""

    id: str
    at: datetime | None
    subject: str
    added: int
    removed: int
    tests: bool
    starter: bool


_NUMBERED = re.compile(r"^\d{1,4}[.):] +")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the AI usage log as the candidate wrote it; an empty text: the part was not found."""

    number: str
    title: str
    at: datetime | None
    when: str
    prompt: str
    correction: str
    verification: str
    place: str

    @property
    def name(self) -> str:
        """The title without its number and its time, which stand beside it."""
        bare = _NUMBERED.sub("", self.title[:400], count=1)
        if self.when and bare.endswith(self.when):
            bare = bare[: -len(self.when)].rstrip(" -\u2013\u2014·|,(:")
        return bare or self.title


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """How much of a file the own tests run: counts, shares from 0 to 1 (None: not measured), line ranges."""

    path: str
    statements: int
    covered: int
    lines: float | None
    branches: float | None
    written_missing: int
    missing: str


def number(value: Cell) -> int | None:
    """A whole number, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def share(value: Cell) -> float | None:
    """A share from 0 to 1, None for anything else."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1
    return float(value) if good and isinstance(value, int | float) else None


def text(row: Mapping[str, Cell], *names: str) -> str:
    """The first of the columns that holds something, as text."""
    return next((str(row[name]) for name in names if row.get(name) not in (None, "")), "")


_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]{1,3}(\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})? ?(Z|[+-]\d\d:?\d\d)?")


def moment(value: Cell, zone: tzinfo = UTC) -> datetime | None:
    """The first time of day with its date in a text, aware; in `zone` where the text names no offset.

    People write `2026-06-02 14:10 +02:00`; a date alone is no moment. None when there is none.
    """
    found = _MOMENT.search(value[:200]) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        parsed = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3] or ''}")
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=zone)


def quoted(finding: FindingRecord, kind: str) -> str:
    """The first text of this kind among the finding's evidence."""
    return next((piece.text for piece in finding.evidence if piece.kind == kind and piece.text), "")


def commits(record: GradeRecord | None) -> tuple[Commit, ...]:
    """The rows of history's exhibit `commits`, oldest first as they come."""
    rows = record.exhibits.get(COMMITS, ()) if record else ()
    return tuple(
        Commit(
            id=text(row, "id", "commit"),
            at=moment(text(row, "time", "at")),
            subject=text(row, "subject", "message", "title"),
            added=number(row.get("added")) or 0,
            removed=number(row.get("removed")) or 0,
            tests=bool(row.get("test_added")),
            starter=bool(row.get("starter")),
        )
        for row in rows
    )


def ai_entries(record: GradeRecord | None, zone: tzinfo = UTC) -> tuple[Entry, ...]:
    """The rows of ai_usage_log's exhibit `entries`, in the log's order; times without an offset are read in `zone`."""
    rows = record.exhibits.get(AI_ENTRIES, ()) if record else ()
    entries = []
    for position, row in enumerate(rows, 1):
        name = text(row, "n", "entry") or str(position)
        path, place = text(row, "path"), text(row, "line")
        entries.append(
            Entry(
                number=name,
                title=text(row, "title") or f"entry {name}",
                at=moment(text(row, "when", "at"), zone),
                when=text(row, "when", "at"),
                prompt=text(row, "prompt"),
                correction=text(row, "correction"),
                verification=text(row, "verification"),
                place=f"{path}:{place}" if path and place else path or place,
            )
        )
    return tuple(entries)


def coverage_by_file(record: GradeRecord | None) -> tuple[FileCoverage, ...]:
    """The rows of own_tests' exhibit `coverage_by_file`."""
    rows = record.exhibits.get(COVERAGE, ()) if record else ()
    return tuple(
        FileCoverage(
            path=text(row, "path"),
            statements=number(row.get("statements")) or 0,
            covered=number(row.get("covered")) or 0,
            lines=share(row.get("line_coverage")),
            branches=share(row.get("branch_coverage")),
            written_missing=number(row.get("written_missing")) or 0,
            missing=text(row, "missing"),
        )
        for row in rows
    )
