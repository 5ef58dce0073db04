"""Imports: accept a file, merge its rows in one transaction, keep the counts."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from intake.config import Config
from intake.csv_reader import FIELDS, read_table
from intake.database import Database, now
from intake.identity import InvalidEmail, identity_of, normalise

log = logging.getLogger("intake.imports")


class KeyConflict(Exception):
    """The idempotency key was used for another file."""


@dataclass
class Tally:
    """The counts of one import as they grow."""

    received: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, row: int, column: str | None, code: str, message: str) -> None:
        self.errors.append({"row": row, "field": column, "code": code, "message": message})
        self.rejected = len({error["code"] for error in self.errors})

    def record(self, import_id: str, status: str) -> dict[str, Any]:
        return {"id": import_id, "status": status, **self.__dict__}


def upload_path(config: Config, import_id: str) -> Path:
    return config.data_dir / "uploads" / f"{import_id}.csv"


def accept(database: Database, config: Config, content: bytes, key: str | None) -> tuple[str, bool]:
    """Store an upload: (import id, is it new). Raises UnreadableFile, KeyConflict."""
    digest = hashlib.sha256(content).hexdigest()
    with database.write() as connection:
        if key:
            row = connection.execute(
                "SELECT id, digest FROM imports WHERE idempotency_key = ?", (key,)
            ).fetchone()
            if row and row["digest"] != digest:
                raise KeyConflict
            if row:
                return row["id"], False
        read_table(content)
        import_id = uuid.uuid4().hex
        path = upload_path(config, import_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        record = Tally().record(import_id, "processing")
        connection.execute(
            "INSERT INTO imports VALUES (?, ?, ?, ?)", (import_id, key, digest, json.dumps(record))
        )
    return import_id, True


def run(database: Database, config: Config, import_id: str) -> None:
    """Merge an accepted file. Interrupted before the end, it leaves nothing and can be run again."""
    path = upload_path(config, import_id)
    tally = Tally()
    with database.write() as connection:
        for row in read_table(path.read_bytes()).rows:
            _take(connection, config, import_id, row, tally)
        _save(connection, tally.record(import_id, "completed"))
    path.unlink(missing_ok=True)
    log.info(
        "import %s completed received=%d created=%d updated=%d unchanged=%d rejected=%d",
        import_id,
        tally.received,
        tally.created,
        tally.updated,
        tally.unchanged,
        tally.rejected,
    )


def unfinished(database: Database) -> list[str]:
    """Imports that a restart has to run again."""
    rows = database.read("SELECT record FROM imports")
    records = (json.loads(row["record"]) for row in rows)
    return [record["id"] for record in records if record["status"] == "processing"]


def fail(database: Database, import_id: str) -> None:
    with database.write() as connection:
        _save(connection, Tally().record(import_id, "failed"))


def _save(connection: sqlite3.Connection, record: dict[str, Any]) -> None:
    connection.execute(
        "UPDATE imports SET record = ? WHERE id = ?", (json.dumps(record), record["id"])
    )


def _take(connection: sqlite3.Connection, config: Config, import_id: str, row: Any, tally: Tally) -> None:
    if row.values is None:
        tally.reject(row.number, None, "wrong_column_count", f"The row has {row.cells} cells.")
        return
    if not row.values["email"]:
        tally.reject(row.number, "email", "missing_email", "The row has no email.")
        return
    try:
        email = normalise(row.values["email"])
    except InvalidEmail as reason:
        tally.reject(row.number, "email", "invalid_email", str(reason))
        return
    tally.received += 1
    identity = identity_of(email)
    values = {**row.values, "email": email}
    lead = connection.execute("SELECT * FROM leads WHERE identity = ?", (identity,)).fetchone()
    if lead is None:
        lead_id = _create(connection, config, identity, values)
        tally.created += 1
    else:
        lead_id = lead["id"]
        if _merge(connection, config, lead, values):
            tally.updated += 1
        else:
            tally.unchanged += 1
    source = {"type": "csv", "import_id": import_id, "row": row.number}
    connection.execute("INSERT INTO sources VALUES (?, ?)", (lead_id, json.dumps(source)))


def _create(
    connection: sqlite3.Connection, config: Config, identity: str, values: dict[str, str]
) -> str:
    lead_id = uuid.uuid4().hex
    moment = now()
    connection.execute(
        f"INSERT INTO leads (id, identity, {', '.join(FIELDS)}, origins, enrichment_status,"
        f" clay_status, created_at, updated_at) VALUES ({', '.join('?' * (len(FIELDS) + 7))})",
        (
            lead_id,
            identity,
            *(values.get(name) or None for name in FIELDS),
            json.dumps({name: "csv" for name in FIELDS if values.get(name)}),
            "pending" if config.enrichment_is_on else "off",
            "pending" if config.clay_is_on else "off",
            moment,
            moment,
        ),
    )
    return lead_id


def _merge(
    connection: sqlite3.Connection, config: Config, lead: sqlite3.Row, values: dict[str, str]
) -> bool:
    """A value replaces, nothing never erases; the address that came first stays."""
    origins = json.loads(lead["origins"])
    changes = {
        name: value
        for name, value in values.items()
        if name != "email" and value and value != lead[name]
    }
    origins |= {name: "csv" for name, value in values.items() if value}
    assignments = "".join(f"{name} = ?, " for name in changes)
    if changes:
        connection.execute(
            f"UPDATE leads SET {assignments} origins = ?, updated_at = ?, clay_status = ? WHERE id = ?",
            (
                *changes.values(),
                json.dumps(origins),
                now(),
                "pending" if config.clay_is_on else "off",
                lead["id"],
            ),
        )
    return bool(changes)
