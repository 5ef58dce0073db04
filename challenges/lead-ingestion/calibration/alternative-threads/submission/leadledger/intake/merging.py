"""Rows into the ledger: a batch of them in one transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from leadledger.intake.csv_file import Bad, Good
from leadledger.ledger.layers import FILE, Layers, packed
from leadledger.moments import now_text
from leadledger.settings import Settings
from leadledger.storage import errands
from leadledger.storage.schema import entries, imports, leads, row_errors


@dataclass
class Known:
    """A lead that rows of this batch speak about."""

    number: int
    layers: Layers = field(default_factory=Layers)


@dataclass
class Batch:
    """What a batch adds to the tables."""

    new_leads: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=lambda: {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0})


def store(connection: Connection, number: int, rows: Sequence[Good | Bad], settings: Settings) -> None:
    """Append the rows of import `number` and add to its counts. The counts tell where to go on after a crash."""
    good = [row for row in rows if isinstance(row, Good)]
    bad = [{"import_number": number, "row": row.row, "code": row.code} for row in rows if isinstance(row, Bad)]
    batch = _merged(connection, number, good, settings)
    batch.counts["rejected"] = len(bad)
    for table, values in ((leads, batch.new_leads), (entries, batch.entries), (row_errors, bad)):
        if values:
            connection.execute(insert(table), values)
    _pass_on(connection, batch, settings)
    added = {imports.c[name]: imports.c[name] + count for name, count in batch.counts.items()}
    connection.execute(update(imports).where(imports.c.number == number).values(added))


def _merged(connection: Connection, number: int, rows: Sequence[Good], settings: Settings) -> Batch:
    batch = Batch()
    known = _known(connection, {row.email for row in rows})
    next_number = (connection.scalar(select(func.max(leads.c.number))) or 0) + 1
    for row in rows:
        lead = known.get(row.email)
        if lead is None:
            lead = known[row.email] = Known(next_number)
            next_number += 1
            batch.new_leads.append(_new_lead(lead.number, row.email, settings))
            batch.counts["created"] += 1
            said = row.values
            lead.layers.hear(FILE, said)
        else:
            before = lead.layers.shown()
            # What Clay had said already becomes the file's, too, though nothing visible changes.
            said = lead.layers.news(FILE, row.values)
            lead.layers.hear(FILE, said)
            differs = lead.layers.shown() != before
            batch.counts["updated" if differs else "unchanged"] += 1
            if differs:
                batch.changed.add(lead.number)
        batch.entries.append(
            {
                "lead": lead.number,
                "origin": FILE,
                "import_number": number,
                "row": row.row,
                "said": packed(said),
            }
        )
    return batch


def _known(connection: Connection, emails: set[str]) -> dict[str, Known]:
    found = connection.execute(select(leads.c.number, leads.c.email).where(leads.c.email.in_(emails)))
    known = {email: Known(number) for number, email in found}
    by_number = {lead.number: lead for lead in known.values()}
    told = select(entries.c.lead, entries.c.origin, entries.c.said)
    told = told.where(entries.c.lead.in_(by_number), entries.c.said.is_not(None)).order_by(entries.c.number)
    for number, origin, said in connection.execute(told):
        by_number[number].layers.hear(origin, json.loads(said))
    return known


def _new_lead(number: int, email: str, settings: Settings) -> dict[str, Any]:
    now = now_text()
    return {
        "number": number,
        "id": f"lead_{secrets.token_hex(8)}",
        "email": email,
        "enrichment": "pending" if settings.provider_on else "off",
        "clay": "pending" if settings.clay_on else "off",
        "created_at": now,
        "updated_at": now,
    }


def _pass_on(connection: Connection, batch: Batch, settings: Settings) -> None:
    """Write the errands of the new and the changed leads, in the transaction that stores them."""
    new = [lead["number"] for lead in batch.new_leads]
    older = sorted(batch.changed.difference(new))
    if older:
        state = {"updated_at": now_text()} | ({"clay": "pending"} if settings.clay_on else {})
        connection.execute(update(leads).where(leads.c.number.in_(older)).values(state))
    if settings.provider_on:
        errands.add(connection, errands.LOOKUP, new)
    if settings.clay_on:
        errands.add(connection, errands.PUSH, [*new, *older])
