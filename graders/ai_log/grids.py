"""Entries in a table: a row each, where at least two of the columns have a known name. Markdown or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from graders.ai_log.entry import PARTS, Entry, Part, make
from graders.ai_log.words import LABELS
from graders.markdown import Page, plain, tables

ROWS = 5_000


def read_tables(page: Page, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """The rows of all tables of a page whose columns are those of a log."""
    entries: list[Entry] = []
    for table in tables(page):
        entries.extend(_rows(table.header, table.rows, path, template))
    return tuple(entries)


def read_csv(text: str, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """The records of a CSV file (comma, semicolon or tab) with a header of known names; () when it has none."""
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    if not first.count(delimiter):
        return ()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, Sequence[str]]] = []
    header: Sequence[str] = ()
    try:
        for cells in reader:
            if not header:
                header = cells
            elif len(rows) < ROWS:
                rows.append((reader.line_num, cells))
    except csv.Error:  # a field over the module's limit: what was read so far stands
        pass
    return tuple(_rows(header, rows, path, template))


def _rows(
    header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], path: str, template: frozenset[str]
) -> list[Entry]:
    columns: dict[int, str] = {}
    for index, cell in enumerate(header):
        name = LABELS.field(plain(cell))
        if name and name not in columns.values():
            columns[index] = name
    told = set(columns.values())
    if len(columns) < 2 or not (told.intersection(PARTS) or {"purpose", "response"} <= told):
        return []
    entries = []
    for line, cells in rows:
        written = {
            name: Part(plain(cells[index].replace("<br>", "\n").replace("<br/>", "\n").replace("\\|", "|")), line)
            for index, name in columns.items()
            if index < len(cells)
        }
        if not any(part.text for part in written.values()):
            continue
        title = next((written[name].text for name in ("purpose", "prompt") if name in written), "")
        if not title and cells:
            title = plain(cells[0])
        entries.append(make(title[:120], path, line, written, template))
    return entries
