"""How AI was used, as the page shows it: counts and rows from the exhibits of the AI usage log's grade.

Nothing here weighs or grades. A column that is missing is empty; an exhibit that is missing says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.reading import number, text
from reports.report import Cell, GradeRecord
from reports.text import line

LEVELS = {
    "machine-recorded": ("●", "recorded"),
    "checkable in the repository": ("◐", "checkable"),
    "stated only": ("○", "stated"),
}
"""What a claim rests on, strongest first, with its glyph and the name of its style."""

RESULTS = {
    "confirmed": ("✓", "handled"),
    "contradicted": ("≠", "not-handled"),
    "could not check": ("?", "not-reached"),
}
"""What came of a claim, with its glyph and the name of its style."""

PARTS = ("prompt", "correction", "verification")
MOMENTS = 6
DRAWN = frozenset(
    {"entries", "log_texts", "claims", "sessions", "events", "facts", "moments", "coverage", "agent_files"},
)
"""Exhibits that the section draws itself."""

Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Share:
    """A folder's added lines: of `added`, `mentioned` are spoken of; `width` is the bar's, of 100."""

    folder: str
    added: int
    mentioned: int
    by: str
    width: float
    told: float


@dataclass(frozen=True, slots=True)
class AiUse:
    """The strip's counts, and the rows of each table; empty where the grade has nothing on it.

    `links` are claims too: those that lead to something in the repository, shown apart. `texts` are documents
    that hold no entries.
    """

    tools: tuple[str, ...]
    entries: int
    parts: tuple[tuple[str, int], ...]
    levels: tuple[tuple[str, int], ...]
    results: tuple[tuple[str, int], ...]
    claims: tuple[Row, ...]
    links: tuple[Row, ...]
    sessions: tuple[Row, ...]
    facts: tuple[Row, ...]
    moments: tuple[Row, ...]
    coverage: tuple[Share, ...]
    agent_files: tuple[Row, ...]
    texts: tuple[Row, ...]


def ai_use(record: GradeRecord | None) -> AiUse | None:
    """What the page shows of this grade; None without one."""
    if record is None:
        return None
    rows = {name: record.exhibits.get(name, ()) for name in DRAWN}
    claims = rows["claims"]
    entries = number(record.measures.get("entries")) or 0
    return AiUse(
        tools=_tools(rows["sessions"], rows["entries"], text(record.measures, "tools_named")),
        entries=entries,
        parts=tuple((part, number(record.measures.get(f"with_{part}")) or 0) for part in PARTS) if entries else (),
        levels=_counted(claims, "level", LEVELS),
        results=_counted(claims, "result", RESULTS),
        claims=_ordered([row for row in claims if not _leads_somewhere(row)]),
        links=tuple(row for row in claims if _leads_somewhere(row)),
        sessions=rows["sessions"],
        facts=rows["facts"],
        moments=rows["moments"][:MOMENTS],
        coverage=_shares(rows["coverage"]),
        agent_files=rows["agent_files"],
        texts=rows["log_texts"],
    )


def _tools(sessions: Sequence[Row], entries: Sequence[Row], named: str) -> tuple[str, ...]:
    """Names of tools: those of the recorded sessions with their number, then those that only the log names."""
    counts: dict[str, int] = {}
    for row in sessions:
        name = line(text(row, "tool"), 40)
        if name:
            counts[name] = counts.get(name, 0) + 1
    found = [f"{name} ({n} session{'' if n == 1 else 's'})" for name, n in sorted(counts.items())]
    known = {name.casefold() for name in counts}
    stated = {line(text(row, "tool"), 40) for row in entries} - {""} or {line(named, 60)} - {""}
    found += [f"{name} (stated)" for name in sorted(stated) if name.casefold() not in known]
    return tuple(found[:8])


def _counted(rows: Sequence[Row], column: str, words: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    return tuple((word, sum(row.get(column) == word for row in rows)) for word in words) if rows else ()


def _leads_somewhere(row: Row) -> bool:
    """Whether this is a link that was found: many, and little to read in each."""
    return row.get("kind") == "link" and row.get("result") == "confirmed"


def _ordered(claims: Sequence[Row]) -> tuple[Row, ...]:
    """What does not agree first, then what could not be checked, then what was confirmed; else the log's order."""
    order = {"contradicted": 0, "could not check": 1, "confirmed": 2}
    return tuple(sorted(claims, key=lambda row: order.get(str(row.get("result")), 3)))


def _shares(rows: Sequence[Row]) -> tuple[Share, ...]:
    counted = [
        (text(row, "folder") or ".", max(number(row.get("added")) or 0, 0), number(row.get("mentioned")) or 0, row)
        for row in rows
    ]
    most = max((added for _, added, _, _ in counted), default=0) or 1
    return tuple(
        Share(
            folder,
            added,
            min(max(mentioned, 0), added),
            text(row, "by"),
            round(100 * added / most, 1),
            round(100 * min(max(mentioned, 0), added) / most, 1),
        )
        for folder, added, mentioned, row in counted
    )
