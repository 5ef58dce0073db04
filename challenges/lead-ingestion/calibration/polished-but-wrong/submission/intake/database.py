"""The SQLite database: schema, one connection per thread, leads as the API shows them."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intake.csv_reader import FIELDS

SCHEMA = """
CREATE TABLE IF NOT EXISTS leads (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    identity TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL,
    first_name TEXT, last_name TEXT, company TEXT, title TEXT, phone TEXT, website TEXT,
    origins TEXT NOT NULL DEFAULT '{}',
    enrichment_status TEXT NOT NULL,
    enrichment_fields TEXT NOT NULL DEFAULT '{}',
    clay_status TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS leads_enrichment ON leads (enrichment_status);
CREATE INDEX IF NOT EXISTS leads_clay ON leads (clay_status);
CREATE TABLE IF NOT EXISTS sources (lead_id TEXT NOT NULL, source TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS sources_lead ON sources (lead_id);
CREATE TABLE IF NOT EXISTS imports (
    id TEXT PRIMARY KEY,
    idempotency_key TEXT UNIQUE,
    digest TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY);
"""


def now() -> str:
    return datetime.now(UTC).isoformat()


class Database:
    """A file in the data folder. Reads are free, writes take turns."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "intake.sqlite3"
        self._local = threading.local()
        self._writing = threading.RLock()
        with self.write() as connection:
            connection.executescript(SCHEMA)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._path, isolation_level=None, timeout=30)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
        return connection

    def read(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self._connection().execute(sql, values).fetchall()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing."""
        with self._writing:
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            if connection.in_transaction:
                connection.execute("COMMIT")

    def leads(self, where: str = "", *values: Any, limit: int = -1) -> list[dict[str, Any]]:
        """Leads as the API shows them, oldest first."""
        rows = self.read(f"SELECT * FROM leads {where} ORDER BY number LIMIT ?", *values, limit)
        return [self._shown(row) for row in rows]

    def _shown(self, row: sqlite3.Row) -> dict[str, Any]:
        sources = self.read("SELECT source FROM sources WHERE lead_id = ? ORDER BY rowid", row["id"])
        return {
            "id": row["id"],
            **{field: row[field] for field in FIELDS},
            "sources": [json.loads(source["source"]) for source in sources],
            "enrichment": {
                "status": row["enrichment_status"],
                "fields": json.loads(row["enrichment_fields"]),
            },
            "clay": {"status": row["clay_status"]},
            "created_at": row["created_at"],
            "updated_at": row["updated_at"],
        }

    def import_record(self, import_id: str) -> dict[str, Any] | None:
        rows = self.read("SELECT record FROM imports WHERE id = ?", import_id)
        return json.loads(rows[0]["record"]) if rows else None
