"""Reading a CSV file record by record, in bounded memory."""

from __future__ import annotations

import csv
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from leadledger.intake.emails import is_valid, key_of, trimmed
from leadledger.ledger.layers import COLUMNS
from leadledger.refusal import Refusal

FIELD_MOST = 1024 * 1024
SYNONYMS = {
    "email address": "email",
    "e-mail": "email",
    "first name": "first_name",
    "last name": "last_name",
    "company name": "company",
    "job title": "title",
    "phone number": "phone",
}
# The module's own limit is of no use: when it strikes inside of quotes, the rest of the cell is read as rows.
# No upload is larger than this; cells that are too large are rejected below, once they are read.
csv.field_size_limit(64 * 1024 * 1024)


@dataclass(frozen=True)
class Good:
    """A row to be stored: the lead's key and its values, the empty ones left out."""

    row: int
    email: str
    values: dict[str, str]


@dataclass(frozen=True)
class Bad:
    """A row to be rejected, and why."""

    row: int
    code: str


class Torn(Exception):
    """The file ends inside of quotes: what the last row would have been nobody knows."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


@dataclass(frozen=True)
class Header:
    """The number of columns, and where each known field stands; more than once in some exports."""

    width: int
    places: dict[str, tuple[int, ...]]

    def value(self, cells: list[str], field: str) -> str:
        """The first value for a field that is more than spaces, or an empty text."""
        found = (cells[place] for place in self.places.get(field, ()))
        return next((cell for cell in found if cell.strip()), "")


def read_header(path: Path) -> Header:
    """The header of a file. Raises Refusal when there is none, or none with an email."""
    with _opened(path) as rows:
        try:
            return _header(rows)
        except csv.Error:
            raise Refusal(400, "missing_column", "The first line is no header: its quotes don't match.") from None


def read_rows(path: Path, skip: int = 0) -> Generator[Good | Bad, None, None]:
    """The records after the header, without the first `skip`. Raises Torn where the file breaks off."""
    with _opened(path) as rows:
        header = _header(rows)
        records = (_read(header, row, cells) for row, cells in enumerate(_records(rows, header), start=1))
        yield from islice(records, skip, None)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield csv.reader(file, strict=True)


def _header(rows: Iterator[list[str]]) -> Header:
    names = next((row for row in rows if row), [])
    if any("\0" in name for name in names):  # UTF-16 without its mark is valid UTF-8, full of zeros.
        raise Refusal(400, "not_text", "The file is not UTF-8 text. Please save it as CSV UTF-8.")
    places: dict[str, tuple[int, ...]] = {}
    for place, name in enumerate(names):
        plain = name.strip().lower()
        field = SYNONYMS.get(plain, plain)
        places[field] = (*places.get(field, ()), place)
    if "email" not in places:
        hint = " It seems to use semicolons; commas are needed." if any(";" in name for name in names) else ""
        raise Refusal(400, "missing_column", f"The header has no column email.{hint}")
    return Header(len(names), places)


def _records(rows: Iterator[list[str]], header: Header) -> Iterator[list[str] | None]:
    """The cells of each record; None for one whose quotes are wrong. Blank lines are left out."""
    seen = 0
    while True:
        try:
            cells = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            seen += 1
            if "unexpected end of data" in str(error):
                raise Torn(seen) from None
            yield None
            continue
        if not _blank(cells, header):
            seen += 1
            yield cells


def _blank(cells: list[str], header: Header) -> bool:
    """A line with nothing on it, or nothing but spaces; under a single column the latter is an empty email."""
    return not cells or (len(cells) == 1 and header.width > 1 and not cells[0].strip())


def _read(header: Header, row: int, cells: list[str] | None) -> Good | Bad:
    if cells is None:
        return Bad(row, "malformed_row")
    if len(cells) != header.width:
        return Bad(row, "wrong_column_count")
    email = trimmed(header.value(cells, "email"))
    if not email:
        return Bad(row, "missing_email")
    if _too_large(email) or not is_valid(email):
        return Bad(row, "invalid_email")
    values = {name: value for name in COLUMNS if (value := header.value(cells, name).strip(" "))}
    if any(map(_too_large, values.values())):
        return Bad(row, "field_too_large")
    return Good(row, key_of(email), values)


def _too_large(value: str) -> bool:
    return len(value) > FIELD_MOST // 4 and len(value.encode()) > FIELD_MOST
