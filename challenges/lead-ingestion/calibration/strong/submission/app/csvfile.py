"""CSV files: what must hold before a file is accepted, and its records, one at a time in bounded memory."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.emails import trim

FILE_LIMIT = 25 * 1024 * 1024
FIELD_LIMIT = 1024 * 1024
"""Bytes of a file, characters of a field."""

COLUMNS = ("email", "first_name", "last_name", "company", "title", "phone", "website")
_NAMES = {name.replace("_", ""): name for name in COLUMNS} | {
    "emailaddress": "email",
    "companyname": "company",
    "jobtitle": "title",
    "phonenumber": "phone",
}
# The csv module stops at fields of 128 Ki characters unless told otherwise; ours are judged row by row.
csv.field_size_limit(FILE_LIMIT)


class FileRefused(Exception):
    """The file can't be read at all; nothing of it is stored. `code` is part of the API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class RowError:
    """Why a row can't be imported. The message never repeats the row's values."""

    field: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the file: `row` counts from 1 after the header; `error` is set when it can't be imported."""

    row: int
    values: dict[str, str]
    error: RowError | None = None
    last: bool = False
    """True when nothing after this record can be read (a quote that is never closed)."""


def check_file(path: Path) -> None:
    """Raise FileRefused unless the file is UTF-8 text whose header names an email column."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    size = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 16):
            size += len(chunk)
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                raise _not_text() from None
            if b"\0" in chunk:  # valid UTF-8, but no text: UTF-16 without a mark, or a binary file
                raise _not_text()
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _not_text() from None
    if size == 0:
        raise FileRefused("empty_file", "The file is empty.")
    _columns(path)


def records(path: Path) -> Iterator[Record]:
    """The records of a file that `check_file` let through, in order, blank lines left out."""
    columns, width = _columns(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = _reader(file)
        _header(reader)
        row = 0
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                row += 1
                yield _malformed(row, problem)
                continue
            if _is_blank(cells, width):
                continue
            row += 1
            yield _record(row, cells, columns, width)


def _reader(file: Iterator[str]) -> Iterator[list[str]]:
    # strict: a quote that is never closed is an error, not a field that silently holds the rest of the file.
    # skipinitialspace: `a, "b, c"` is two cells; values are trimmed anyway.
    return csv.reader(file, strict=True, skipinitialspace=True)


def _header(reader: Iterator[list[str]]) -> list[str]:
    for cells in reader:
        if any(trim(cell) for cell in cells):
            return cells
    raise FileRefused("empty_file", "The file holds only blank lines.")


def _columns(path: Path) -> tuple[dict[str, list[int]], int]:
    """Where each known column stands, and how many cells the header has.

    A name may come twice ("Email, Email"); then the first cell that is not empty counts.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = _header(_reader(file))
    except csv.Error:
        raise FileRefused("missing_column", "The header can't be read: check its quotes.") from None
    columns: dict[str, list[int]] = {}
    for index, cell in enumerate(header):
        plain = "".join(letter for letter in cell.casefold() if letter not in " _-\t\u200b\u00a0\ufeff")
        if name := _NAMES.get(plain):
            columns.setdefault(name, []).append(index)
    if "email" not in columns:
        hint = ""
        if len(header) == 1 and any(separator in header[0] for separator in ";\t|"):
            hint = " The cells seem to be separated by something else than commas."
        raise FileRefused("missing_column", f"The header has no email column.{hint}")
    return columns, len(header)


def _is_blank(cells: list[str], width: int) -> bool:
    return not cells or (len(cells) == 1 and width > 1 and not trim(cells[0]))


def _record(row: int, cells: list[str], columns: dict[str, list[int]], width: int) -> Record:
    if len(cells) != width:
        message = f"The row has {len(cells)} cells, the header {width}."
        return Record(row, {}, RowError(None, "wrong_column_count", message))
    values = {}
    for name, places in columns.items():
        value = next((text for place in places if (text := trim(cells[place]))), "")
        if len(value) > FIELD_LIMIT:
            return Record(row, {}, RowError(name, "field_too_long", "The value is larger than 1 MB."))
        values[name] = value
    return Record(row, values)


def _malformed(row: int, problem: csv.Error) -> Record:
    if "unexpected end" in str(problem):
        message = "A quote opened in this row is never closed: nothing from here on could be read."
        return Record(row, {}, RowError(None, "malformed_row", message), last=True)
    message = "The quotes of this row do not follow RFC 4180."
    return Record(row, {}, RowError(None, "malformed_row", message))


def _not_text() -> FileRefused:
    return FileRefused("not_text", "The file is not UTF-8 text. Export it as CSV UTF-8.")
