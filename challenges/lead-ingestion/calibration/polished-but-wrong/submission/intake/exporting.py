"""The CSV export, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from typing import Any

from intake.csv_reader import FIELDS

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PHONE_LETTERS = frozenset("0123456789 ()-.")


def neutralise(cell: str) -> str:
    """A cell that a spreadsheet would run as a formula gets an apostrophe; a phone number is left alone."""
    is_phone = cell.startswith("+") and len(cell) > 1 and set(cell[1:]) <= PHONE_LETTERS
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) and not is_phone else cell


def to_csv(leads: list[dict[str, Any]]) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(FIELDS)
    writer.writerows([neutralise(lead[name] or "") for name in FIELDS] for lead in leads)
    return buffer.getvalue()
