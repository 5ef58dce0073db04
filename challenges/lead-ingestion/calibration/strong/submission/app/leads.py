"""Leads: merging what the sources say, and showing the result.

A lead shows, field by field, what a file gave, else what Clay said, else what the provider said. The three are
stored apart and combined on reading, so the order in which they arrive never matters.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from app.csvfile import COLUMNS
from app.database import Database
from app.errors import ApiError

Outcome = Literal["created", "updated", "unchanged"]
PAGE_DEFAULT, PAGE_LIMIT = 50, 200
GIVEN = COLUMNS[1:]
"""The fields that files give beside the key."""


@dataclass(frozen=True, slots=True)
class Integrations:
    """Which integrations are on; new leads queue for those only."""

    enrichment: bool
    clay: bool


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def merge_row(
    connection: sqlite3.Connection,
    values: Mapping[str, str],
    *,
    import_id: str,
    row: int,
    now: float,
    integrations: Integrations,
) -> Outcome:
    """Create or update the lead of one accepted row, note the source, and queue what follows from it.

    `values` are trimmed texts by column, "" where the file says nothing; `values["email"]` is the key. All of it
    happens in the caller's transaction: a lead never exists without its jobs.
    """
    found = connection.execute("SELECT * FROM leads WHERE email = ?", (values["email"],)).fetchone()
    given = {name: values[name] for name in GIVEN if values.get(name)}
    outcome: Outcome
    if found is None:
        lead, outcome = _create(connection, values["email"], given, integrations), "created"
        if integrations.enrichment:
            connection.execute("INSERT INTO lookups (lead, due_at) VALUES (?, ?)", (lead, now))
    else:
        lead, outcome = found["seq"], _update(connection, found, given, integrations)
    if integrations.clay and outcome != "unchanged":
        # max(): a lead that has to wait for Clay's Retry-After goes on waiting, with its newer values.
        connection.execute(
            "INSERT INTO pushes (lead, due_at) VALUES (?, ?) ON CONFLICT (lead) DO UPDATE SET "
            "version = version + 1, calls = 0, due_at = max(due_at, excluded.due_at)",
            (lead, now),
        )
    connection.execute(
        "INSERT INTO sources (lead, type, import_id, row) VALUES (?, 'csv', ?, ?)",
        (lead, import_id, row),
    )
    return outcome


def _create(connection: sqlite3.Connection, email: str, given: Mapping[str, str], integrations: Integrations) -> int:
    moment = now_text()
    cursor = connection.execute(
        "INSERT INTO leads (id, email, first_name, last_name, company, title, phone, website,"
        " enrichment_status, clay_status, created_at, updated_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            f"lead_{secrets.token_hex(10)}",
            email,
            *(given.get(name) for name in GIVEN),
            "pending" if integrations.enrichment else "off",
            "pending" if integrations.clay else "off",
            moment,
            moment,
        ),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _update(
    connection: sqlite3.Connection,
    found: sqlite3.Row,
    given: Mapping[str, str],
    integrations: Integrations,
) -> Outcome:
    news = {name: value for name, value in given.items() if found[name] != value}
    if not news:
        return "unchanged"
    before = shown_values(found)
    changed = any(before[name] != value for name, value in news.items())
    assignments = [f"{name} = :{name}" for name in news]
    if changed:
        assignments.append("updated_at = :now")
        assignments.append("clay_status = :clay")
    # Not changed, but news: the file confirms what Clay or the provider had said; from now on it is the file's.
    connection.execute(
        f"UPDATE leads SET {', '.join(assignments)} WHERE seq = :seq",  # names from GIVEN only
        {
            **news,
            "now": now_text(),
            "clay": "pending" if integrations.clay else "off",
            "seq": found["seq"],
        },
    )
    return "updated" if changed else "unchanged"


def shown_values(found: Mapping[str, Any] | sqlite3.Row) -> dict[str, str | None]:
    """The seven columns as the lead shows them: the file's value, else Clay's, else the provider's."""
    shown = {name: found[name] for name in COLUMNS}
    if found["provider_fields"] != "{}" or found["clay_fields"] != "{}":
        said = enrichment_fields(found)
        for name in GIVEN:
            if shown[name] is None and isinstance(said.get(name), str):
                shown[name] = said[name]
    return shown


def enrichment_fields(found: Mapping[str, Any] | sqlite3.Row) -> dict[str, Any]:
    """What Clay and the provider said, Clay first."""
    fields: dict[str, Any] = json.loads(found["provider_fields"]) | json.loads(found["clay_fields"])
    return fields


def list_leads(database: Database, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of leads, oldest first.

    The cursor is the last lead's number. Numbers are given inside write transactions, one at a time, so no lead
    can appear later with a number that a walk has already passed.
    """
    after = _decode(cursor) if cursor else 0
    with database.read() as connection:
        rows = connection.execute(
            "SELECT * FROM leads WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit + 1)
        ).fetchall()
        items = _present(connection, rows[:limit])
    more = len(rows) > limit
    return {"items": items, "next_cursor": _encode(rows[limit - 1]["seq"]) if more else None}


def find_by_email(database: Database, key: str) -> dict[str, Any]:
    with database.read() as connection:
        rows = connection.execute("SELECT * FROM leads WHERE email = ?", (key,)).fetchall()
        return {"items": _present(connection, rows), "next_cursor": None}


def get_lead(database: Database, lead_id: str) -> dict[str, Any]:
    """Raises ApiError (404) when there is no such lead."""
    with database.read() as connection:
        rows = connection.execute("SELECT * FROM leads WHERE id = ?", (lead_id,)).fetchall()
        if not rows:
            raise ApiError(404, "not_found", "There is no lead with this id.")
        return _present(connection, rows)[0]


def all_values(database: Database) -> Iterator[dict[str, str | None]]:
    """The seven columns of every lead, oldest first, read in pages: an export must not hold them all."""
    after = 0
    while True:
        with database.read() as connection:
            rows = connection.execute("SELECT * FROM leads WHERE seq > ? ORDER BY seq LIMIT 1000", (after,)).fetchall()
        if not rows:
            return
        for row in rows:
            yield shown_values(row)
        after = rows[-1]["seq"]


def _present(connection: sqlite3.Connection, rows: Iterable[sqlite3.Row]) -> list[dict[str, Any]]:
    rows = list(rows)
    marks = ",".join("?" * len(rows))
    sources: dict[int, list[dict[str, Any]]] = {row["seq"]: [] for row in rows}
    for source in connection.execute(f"SELECT * FROM sources WHERE lead IN ({marks}) ORDER BY seq", list(sources)):
        sources[source["lead"]].append(
            {"type": "csv", "import_id": source["import_id"], "row": source["row"]}
            if source["type"] == "csv"
            else {"type": "clay", "delivery_id": source["delivery_id"]}
        )
    return [
        {
            "id": row["id"],
            **shown_values(row),
            "sources": sources[row["seq"]],
            "enrichment": {"status": row["enrichment_status"], "fields": enrichment_fields(row)},
            "clay": {"status": row["clay_status"]},
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }
        for row in rows
    ]


def _encode(number: int) -> str:
    return base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def _decode(cursor: str) -> int:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        number = int(text)
    except (binascii.Error, ValueError):
        number = -1
    if not 0 <= number < 2**63:
        raise ApiError(400, "invalid_cursor", "The cursor is not one that this service gave out.")
    return number
