"""The export: all leads as CSV, with nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping

from leadledger.ledger.layers import COLUMNS

HEADER = ("email", *COLUMNS)
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_PHONE = re.compile(r"\+?(?=.*[0-9])[0-9 ().-]+")


def harmless(value: str) -> str:
    """A cell that no spreadsheet takes for a formula; phone numbers stay as they are."""
    if value.startswith(_DANGEROUS) and not _PHONE.fullmatch(value):
        return f"'{value}"
    return value


def as_csv(rows: Iterable[Mapping[str, str | None]]) -> Iterator[str]:
    """The lines of the file, header first, in pieces of some size."""
    piece = io.StringIO(newline="")
    writer = csv.writer(piece, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow([harmless(row[name] or "") for name in HEADER])
        if piece.tell() > 64 * 1024:
            yield piece.getvalue()
            piece.seek(0)
            piece.truncate()
    yield piece.getvalue()
