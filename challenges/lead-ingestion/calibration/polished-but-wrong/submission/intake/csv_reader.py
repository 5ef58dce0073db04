"""Reading an uploaded CSV file: text, header, rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

FIELDS = ("email", "first_name", "last_name", "company", "title", "phone", "website")
SYNONYMS = {
    "email": ("email", "email address", "e-mail"),
    "first_name": ("first_name", "first name"),
    "last_name": ("last_name", "last name"),
    "company": ("company", "company name"),
    "title": ("title", "job title"),
    "phone": ("phone", "phone number"),
    "website": ("website",),
}
FIELD_OF = {spelling: field for field, spellings in SYNONYMS.items() for spelling in spellings}
LONGEST_FIELD = 2 * 1024 * 1024
HEADER_ROWS = 1

csv.field_size_limit(LONGEST_FIELD)


class UnreadableFile(Exception):
    """The file as a whole can't be imported. `code` is one of the contract's codes."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `number` is the row that a spreadsheet shows for it. `values` is None for a wrong cell count."""

    number: int
    cells: int
    values: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Table:
    """A readable file: its columns (None: not ours) and its rows."""

    columns: tuple[str | None, ...]
    rows: Iterator[Row]


def read_table(content: bytes) -> Table:
    """Open an uploaded file. Raises UnreadableFile."""
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableFile("empty_file", "The file is empty.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile("not_text", "The file is not UTF-8 text.") from None
    if "\0" in text:
        raise UnreadableFile("not_text", "The file holds binary data.")
    records = (cells for cells in csv.reader(io.StringIO(text, newline="")) if cells)
    columns = tuple(FIELD_OF.get(cell.strip().lower()) for cell in next(records))
    if "email" not in columns:
        raise UnreadableFile("missing_column", "The file has no email column.")
    return Table(columns, _rows(columns, records))


def _rows(columns: tuple[str | None, ...], records: Iterator[list[str]]) -> Iterator[Row]:
    for number, cells in enumerate(records, start=HEADER_ROWS + 1):
        if len(cells) != len(columns):
            yield Row(number, len(cells), None)
            continue
        values = {field: cell.strip() for field, cell in zip(columns, cells, strict=True) if field}
        yield Row(number, len(cells), values)
