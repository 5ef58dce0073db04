"""The database: one SQLite file in DATA_DIR, many readers, one writer at a time.

WAL with synchronous=NORMAL: a commit survives the death of the process (kill -9, out of memory), which is what we
promise; the loss of power could cost the last commits, never the file (DECISIONS.md, D2).
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA_VERSION = 1

# leads: the seven columns hold what *files* gave, and nothing else. What the provider and Clay said stands apart, as
# JSON; what a lead shows is computed (leads.py), so that no source can overwrite another for good.
# lookups and pushes are the outboxes: a row is a call still to be made, and goes when its outcome is stored.
SCHEMA = """
CREATE TABLE imports (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, created INTEGER NOT NULL DEFAULT 0, updated INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0, rejected INTEGER NOT NULL DEFAULT 0, created_at TEXT NOT NULL
);
CREATE TABLE idempotency_keys (key TEXT PRIMARY KEY, digest TEXT NOT NULL, import_id TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE import_errors (
    import_id TEXT NOT NULL, row INTEGER NOT NULL, field TEXT, code TEXT NOT NULL, message TEXT NOT NULL,
    PRIMARY KEY (import_id, row)
) WITHOUT ROWID;
CREATE TABLE leads (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE,
    first_name TEXT, last_name TEXT, company TEXT, title TEXT, phone TEXT, website TEXT,
    enrichment_status TEXT NOT NULL, provider_fields TEXT NOT NULL DEFAULT '{}',
    clay_status TEXT NOT NULL, clay_fields TEXT NOT NULL DEFAULT '{}', clay_enriched_at REAL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL
);
CREATE TABLE sources (
    seq INTEGER PRIMARY KEY, lead INTEGER NOT NULL, type TEXT NOT NULL, import_id TEXT, row INTEGER, delivery_id TEXT
);
CREATE INDEX sources_by_lead ON sources (lead);
CREATE TABLE deliveries (delivery_id TEXT PRIMARY KEY, lead INTEGER NOT NULL, enriched_at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE lookups (lead INTEGER PRIMARY KEY, calls INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL);
CREATE INDEX lookups_by_due ON lookups (due_at);
CREATE TABLE pushes (
    lead INTEGER PRIMARY KEY, version INTEGER NOT NULL DEFAULT 1, calls INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL
);
CREATE INDEX pushes_by_due ON pushes (due_at);
"""


class Database:
    """Opens the file, makes the tables when they are missing, and hands out transactions."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._writer = threading.Lock()
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A snapshot: all that is read inside belongs together, and no writer is kept waiting."""
        with self._connection() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: committed at the end, or undone when an exception leaves it.

        Writers queue on a lock of ours, because SQLite's own waiting is polling and can time out.
        """
        with self._writer, self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    def _prepare(self) -> None:
        with self.write() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            elif version != SCHEMA_VERSION:
                raise RuntimeError(f"{self._path} has schema {version}; this program knows {SCHEMA_VERSION}.")

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._open()
        try:
            yield connection
        finally:
            self._idle.put(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=30, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA cache_size = -8000")  # 8 MB a connection
        return connection
