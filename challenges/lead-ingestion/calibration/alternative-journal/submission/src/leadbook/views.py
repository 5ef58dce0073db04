"""What the outside sees of leads and imports: JSON objects, pages, and the export."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from leadbook.book import Book
from leadbook.lead import COLUMNS, FIELDS, FromFile, Lead
from leadbook.records import Import
from leadbook.refusals import Refusal
from leadbook.settings import Settings
from leadbook.sheet import MESSAGES

USUAL_PAGE = 50
LARGEST_PAGE = 200
EXPORT_PIECE = 500

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PHONE_NUMBER = re.compile(r"\+?[ ().-]*[0-9][0-9 ().-]*")


def lead_view(lead: Lead, settings: Settings) -> dict[str, Any]:
    """A lead as JSON. What still waits for an integration that is switched off now is shown as off."""
    enrichment = "off" if lead.enrichment == "pending" and not settings.provider_url else lead.enrichment
    clay = "off" if lead.clay == "pending" and not settings.clay_url else lead.clay
    return {
        "id": lead.id,
        "email": lead.email,
        **dict(zip(FIELDS, lead.values, strict=True)),
        "sources": [_source_view(source) for source in lead.sources],
        "enrichment": {"status": enrichment, "fields": lead.found or {}},
        "clay": {"status": clay},
        "created_at": lead.created_at,
        "updated_at": lead.updated_at,
    }


def _source_view(source: Any) -> dict[str, Any]:
    if isinstance(source, FromFile):
        return {"type": "csv", "import_id": source.import_id, "row": source.row}
    return {"type": "clay", "delivery_id": source.delivery_id}


def import_view(one: Import) -> dict[str, Any]:
    """An import as JSON."""
    return {
        "id": one.id,
        "status": one.status,
        "received": one.done,
        **one.counts,
        "errors": [
            {
                "row": rejection.row,
                "field": "email" if rejection.code.endswith("_email") else None,
                "code": rejection.code,
                "message": MESSAGES[rejection.code],
            }
            for rejection in one.rejections
        ],
    }


def page(book: Book, limit: str | None, cursor: str | None) -> tuple[list[Lead], str | None]:
    """A page of leads and the cursor of the next. A cursor is a place in the order of creation, which never changes."""
    size = _natural(limit, USUAL_PAGE, 1, "limit")
    start = _natural(cursor, 0, 0, "cursor")
    end = start + min(size, LARGEST_PAGE)
    following = str(end) if end < len(book.order) else None
    return [book.leads[lead_id] for lead_id in book.order[start:end]], following


def _natural(text: str | None, default: int, least: int, name: str) -> int:
    if text is None:
        return default
    if not re.fullmatch("[0-9]{1,9}", text) or int(text) < least:
        raise Refusal(400, f"invalid_{name}", f"{name} is not valid.")
    return int(text)


def export_pieces(leads: Sequence[Lead]) -> Iterator[bytes]:
    """The export of these leads, its header first."""
    yield _rows([COLUMNS])
    for start in range(0, len(leads), EXPORT_PIECE):
        yield _rows(
            [safe_cell(value or "") for value in (lead.email, *lead.values)]
            for lead in leads[start : start + EXPORT_PIECE]
        )


def safe_cell(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    if text.startswith(FORMULA_STARTS) and not PHONE_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _rows(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
