"""CSV files as people send them: which columns there are, and the records one after the other."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from leadbook.emails import objection, trimmed
from leadbook.lead import COLUMNS

SYNONYMS = {
    **{name: name for name in COLUMNS},
    "email address": "email",
    "e-mail": "email",
    "first name": "first_name",
    "last name": "last_name",
    "company name": "company",
    "job title": "title",
    "phone number": "phone",
}
LONGEST_FIELD = 1024 * 1024
LARGEST_FILE = 25 * 1024 * 1024

csv.field_size_limit(LARGEST_FILE + 1)

MESSAGES = {
    "missing_email": "The email is empty.",
    "invalid_email": "The email is not a valid address.",
    "wrong_column_count": "The row has more or fewer cells than the header.",
    "malformed_row": "The quotes in this row don't follow RFC 4180.",
    "field_too_long": "A field in this row is longer than 1 MB.",
    "unclosed_quote": "A quote opens in this row and never closes; nothing from here on was imported.",
}


class Unreadable(Exception):
    """A file that is not taken: its code and what to tell people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Record:
    """A record after the header: its number and its values by column, or why it is rejected."""

    number: int
    values: Mapping[str, str]
    rejected: str | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """How many cells a row has, and at which places the cells of each known column stand."""

    width: int
    places: Mapping[str, Sequence[int]]


def check(path: Path) -> None:
    """Look at a file before it is taken. Raises Unreadable."""
    if path.stat().st_size == 0:
        raise Unreadable("empty_file", "The file is empty.")
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(256 * 1024):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise Unreadable("not_text", "The file is not text in UTF-8. Save it as CSV in UTF-8.") from None
    with open_sheet(path) as file:
        _read_header(csv.reader(file, strict=True))


def open_sheet(path: Path) -> TextIO:
    """The text of a file, without its byte order mark, line ends as they are."""
    return path.open(encoding="utf-8-sig", newline="")


def records(file: TextIO) -> Iterator[Record | None]:
    """The records of a checked file, numbered from 1; a record that ends with the file in a quote is the last.

    A blank line gives None, so that whoever reads a file of blank lines gets a chance to do something else.
    """
    reader = csv.reader(file, strict=True)
    header = _read_header(reader)
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as trouble:
            number += 1
            yield Record(number, {}, "unclosed_quote" if _at_the_end(trouble) else "malformed_row")
            continue
        number += 1 if cells else 0
        yield _record(number, cells, header) if cells else None


def _at_the_end(trouble: csv.Error) -> bool:
    return "unexpected end of data" in str(trouble)


def _read_header(reader: Iterator[list[str]]) -> Header:
    try:
        names = next((cells for cells in reader if cells), [])
    except csv.Error:
        raise Unreadable("missing_column", "The header can't be read: its quotes are broken.") from None
    if any("\0" in name for name in names):
        raise Unreadable("not_text", "The file is not text in UTF-8; it looks like UTF-16.")
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        column = SYNONYMS.get(trimmed(name).lower())
        if column is not None:
            places.setdefault(column, []).append(place)
    if "email" not in places:
        hint = (
            " The columns must be separated by commas."
            if any(";" in name or "\t" in name for name in names)
            else ""
        )
        raise Unreadable("missing_column", f"The file has no email column.{hint}")
    return Header(len(names), places)


def _record(number: int, cells: list[str], header: Header) -> Record:
    if len(cells) != header.width:
        return Record(number, {}, "wrong_column_count")
    if any(len(cell) > LONGEST_FIELD for cell in cells):
        return Record(number, {}, "field_too_long")
    values = {column: _first_filled(cells, places) for column, places in header.places.items()}
    email = values["email"]
    return Record(number, values, objection(email))


def _first_filled(cells: Sequence[str], places: Sequence[int]) -> str:
    """The cell of a column. Where a header names one twice (Company, Company Name), the first that is not empty."""
    return next((value for place in places if (value := trimmed(cells[place]))), "")
