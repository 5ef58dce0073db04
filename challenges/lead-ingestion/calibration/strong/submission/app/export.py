"""The CSV export, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

from app.csvfile import COLUMNS

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_IN_PHONE_NUMBERS = frozenset("0123456789 ()-.")
_LINES_A_PIECE = 500


def csv_lines(leads: Iterable[Mapping[str, str | None]]) -> Iterator[str]:
    """The export in pieces of some hundred lines."""
    piece = io.StringIO()
    writer = csv.writer(piece)
    writer.writerow(COLUMNS)
    for number, lead in enumerate(leads, start=1):
        writer.writerow([safe_cell(lead[name] or "") for name in COLUMNS])
        if number % _LINES_A_PIECE == 0:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()


def safe_cell(value: str) -> str:
    """The value, with an apostrophe before what a spreadsheet would run as a formula.

    Quoting does not help against that. Phone numbers such as +1 (555) 010-0100 would be spoilt and are let through:
    of their characters no formula can be made that does more than count.
    """
    if value.startswith(_STARTS_A_FORMULA) and not _is_phone_number(value):
        return f"'{value}"
    return value


def _is_phone_number(value: str) -> bool:
    rest = value.removeprefix("+")
    return _IN_PHONE_NUMBERS.issuperset(rest) and any(letter.isdigit() for letter in rest)
