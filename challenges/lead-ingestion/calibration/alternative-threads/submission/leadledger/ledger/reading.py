"""Leads as they are shown: pages, single ones, and the rows of the export."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from leadledger.ledger.layers import CLAY, FILE, Layers
from leadledger.settings import Settings
from leadledger.storage.database import Database
from leadledger.storage.schema import entries, imports, leads

CHUNK = 500


def by_id(connection: Connection, identity: str, settings: Settings) -> dict[str, Any] | None:
    """The lead with this id, or None."""
    return next(iter(_shown(connection, select(leads).where(leads.c.id == identity), settings)), None)


def by_key(connection: Connection, key: str, settings: Settings) -> list[dict[str, Any]]:
    """The lead with this key, or nothing."""
    return _shown(connection, select(leads).where(leads.c.email == key), settings)


def page(connection: Connection, after: int, limit: int, settings: Settings) -> tuple[list[dict[str, Any]], int | None]:
    """The leads after a number, oldest first, and the number to go on from; None on the last page.

    Numbers are given inside the one write transaction, so none appears later below one that was seen.
    """
    wanted = select(leads).where(leads.c.number > after).order_by(leads.c.number)
    rows = connection.execute(wanted.limit(limit + 1)).all()
    shown = _present(connection, rows[:limit], settings)
    return shown, rows[limit - 1].number if len(rows) > limit else None


def all_values(database: Database) -> Iterator[dict[str, str | None]]:
    """The email and the fields of every lead, oldest first, chunk by chunk: a slow reader holds no snapshot open."""
    after = 0
    while True:
        with database.read() as connection:
            wanted = select(leads.c.number, leads.c.email).where(leads.c.number > after)
            rows = connection.execute(wanted.order_by(leads.c.number).limit(CHUNK)).all()
            layers = layers_of(connection, [row.number for row in rows])
        for row in rows:
            yield {"email": row.email, **layers[row.number].shown()}
        if len(rows) < CHUNK:
            return
        after = rows[-1].number


def layers_of(connection: Connection, numbers: Collection[int]) -> dict[int, Layers]:
    """The folded entries of these leads."""
    found = {number: Layers() for number in numbers}
    told = select(entries.c.lead, entries.c.origin, entries.c.said)
    told = told.where(entries.c.lead.in_(numbers), entries.c.said.is_not(None)).order_by(entries.c.number)
    for lead, origin, said in connection.execute(told):
        found[lead].hear(origin, json.loads(said))
    return found


def _shown(connection: Connection, wanted: Select[Any], settings: Settings) -> list[dict[str, Any]]:
    return _present(connection, connection.execute(wanted).all(), settings)


def _present(connection: Connection, rows: Sequence[Row[Any]], settings: Settings) -> list[dict[str, Any]]:
    numbers = [row.number for row in rows]
    layers = layers_of(connection, numbers)
    sources = _sources(connection, numbers)
    return [_lead(row, layers[row.number], sources[row.number], settings) for row in rows]


def _lead(row: Row[Any], layers: Layers, sources: list[dict[str, Any]], settings: Settings) -> dict[str, Any]:
    return {
        "id": row.id,
        "email": row.email,
        **layers.shown(),
        "sources": sources,
        "enrichment": {"status": _status(row.enrichment, settings.provider_on), "fields": layers.findings()},
        "clay": {"status": _status(row.clay, settings.clay_on)},
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _status(stored: str, on: bool) -> str:
    """What is waiting for a side that is off shows as off; its errand is kept for when it is on again."""
    return "off" if stored == "pending" and not on else stored


def _sources(connection: Connection, numbers: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {number: [] for number in numbers}
    told = (
        select(entries.c.lead, entries.c.origin, entries.c.row, entries.c.delivery_id, imports.c.id)
        .outerjoin(imports, imports.c.number == entries.c.import_number)
        .where(entries.c.lead.in_(numbers), entries.c.origin.in_((CLAY, FILE)))
        .order_by(entries.c.number)
    )
    for lead, origin, row, delivery_id, import_id in connection.execute(told):
        if origin == FILE:
            found[lead].append({"type": "csv", "import_id": import_id, "row": row})
        else:
            found[lead].append({"type": "clay", "delivery_id": delivery_id})
    return found
