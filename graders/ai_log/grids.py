"""Entries in tables: a row, a table or a column each, where the names are those of a log. Markdown or CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence

from graders.ai_log.answers import tells_a_decision
from graders.ai_log.entry import PARTS, Entry, Part, make
from graders.ai_log.words import LABELS
from graders.markdown import Page, Table, plain, tables

ROWS = 5_000
_TICKS = frozenset({"x", "X", "✓", "✔", "✔️", "✅", "[x]", "[X]", "☑", "☒", "●", "v", "👍"})
_CROSSES = frozenset({"✗", "✘", "❌", "✖", "✖️", "❎"})
"""What a cell holds that only ticks its column ("adapted")."""
_COLUMNS = 20
"""Columns of a table up to which one part may have several."""
_SIDE_ENTRIES = 30
"""Columns of a table with the labels at its side that are read as entries."""


def read_tables(page: Page, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """The rows of all tables of a page whose columns are those of a log, and the tables with such names at the side."""
    headings = [(line.number, plain(line.text)) for line in page.lines if line.level]
    tops = {line.number for line in page.lines if line.level == 1}
    entries: list[Entry] = []
    at = 0
    above = (0, "")
    for table in tables(page):
        before = above
        while at < len(headings) and headings[at][0] < table.line:
            above = headings[at]
            at += 1
        rows = _rows(table.header, table.rows, path, template)
        entries.extend(
            rows or _side(table, above if above != before and above[0] not in tops else (0, above[1]), path, template)
        )
    return tuple(entries)


def read_csv(text: str, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """The records of a CSV file (comma, semicolon or tab) with a header of known names; () when it has none."""
    first = text.lstrip("\n").partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    if not first.count(delimiter):
        return ()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[tuple[int, Sequence[str]]] = []
    header: Sequence[str] = ()
    last = 0
    try:
        for cells in reader:
            start, last = last + 1, reader.line_num
            if not header:
                header = cells
            elif len(rows) < ROWS:
                rows.append((start, cells))
    except csv.Error:  # a field over the module's limit: what was read so far stands
        pass
    return tuple(_rows(header, rows, path, template))


def _rows(
    header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]], path: str, template: frozenset[str]
) -> list[Entry]:
    columns: dict[int, str] = {}
    taken: set[str] = set()
    for index, cell in enumerate(header):
        name = LABELS.field(plain(cell[:200]))
        if name and (name not in taken or (name in PARTS and len(columns) < _COLUMNS)):
            columns[index] = name
            taken.add(name)
    rows = list(rows)
    for index in range(len(header) if "prompt" in taken and "correction" not in taken else 0):
        told = [row[index] for _, row in rows if index < len(row) and row[index].strip()]
        if index not in columns and told and sum(map(tells_a_decision, told)) * 2 >= len(told):
            columns[index] = "correction"  # "Status", with what became of each
            break
    if len(columns) < 2 or not (taken.intersection(PARTS) or {"purpose", "response"} <= taken):
        return []
    entries = []
    several = Counter(columns.values())
    for line, cells in rows:
        written: dict[str, Part] = {}
        for index, name in columns.items():
            part = _part(cells[index], line) if index < len(cells) else Part("", line)
            choice = several[name] > 1
            if part.text in _TICKS or (part.text in _CROSSES and not choice):
                part = Part(plain(header[index]) + ("" if choice else f": {part.text}"), line)
            if part.text and (name not in written or any(letter.isalnum() for letter in part.text)):
                before = f"{written[name].text}\n" if name in written else ""
                written[name] = Part(before + part.text, line)  # an empty cell says nothing
        if not written.keys() - {"id", "when"}:
            continue
        title = next((plain(written[name].text) for name in ("purpose", "prompt") if name in written), "")
        if not title and cells:
            title = plain(cells[0])
        entries.append(make(title[:120], path, line, written, template))
    if not entries:  # a form with nothing filled in
        empty = [name for name in columns.values() if name in PARTS]
        entries = [make("", path, line, {name: Part("", line) for name in empty}) for line, _ in rows[:_SIDE_ENTRIES]]
    return entries


def _side(table: Table, above: tuple[int, str], path: str, template: frozenset[str]) -> list[Entry]:
    """A table whose first column holds the names: every other column is an entry."""
    rows = [(table.line, table.header), *table.rows]
    known = [(line, LABELS.field(plain(cells[0][:200])), cells) for line, cells in rows if cells]
    named = [(line, name, cells) for line, name, cells in known if name]
    asked = {name for _, name, _ in named}.intersection(PARTS)
    if len({name for _, name, _ in named}) < 2 or not ("prompt" in asked or len(asked) > 1):
        return []
    if len(named) * 2 < len(known):
        return []
    entries = []
    for column in range(1, min(max(len(cells) for _, _, cells in named), _SIDE_ENTRIES + 1)):
        written: dict[str, Part] = {}
        for line, name, cells in named:
            if column < len(cells):
                written.setdefault(name, _part(cells[column], line))
        if not any(part.text for part in written.values()):
            continue
        title = above[1] or next((plain(written[name].text) for name in ("purpose", "prompt") if name in written), "")
        entries.append(make(title[:120], path, above[0] or table.line, written, template))
    return entries


def _part(cell: str, line: int) -> Part:
    """A cell's text; marks of code stay, since they tell names of files and tests from words."""
    text = cell.replace("<br>", "\n").replace("<br/>", "\n").replace("\\|", "|").strip()
    return Part(text.strip("*_ ") if text[:1] in "*_" and text[:1] == text[-1:] else text, line)
