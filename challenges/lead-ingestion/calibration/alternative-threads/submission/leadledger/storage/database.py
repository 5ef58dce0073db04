"""The database: transactions for reading, which never wait, and for writing, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event

from leadledger.storage.schema import metadata

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "busy_timeout=30000",
    "cache_size=-16000",
    "journal_size_limit=8388608",
)


class Database:
    """The file `leadledger.sqlite` in a folder. `fresh` tells whether this start has made it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "leadledger.sqlite"
        self.fresh = not path.exists()
        self._writing = threading.Lock()
        # hide_parameters: an error of the database must not carry the values of a row into a log.
        self._engine = create_engine(
            f"sqlite:///{path}", hide_parameters=True, pool_size=24, max_overflow=16, pool_timeout=30
        )
        event.listen(self._engine, "connect", _configure)
        event.listen(self._engine, "begin", _begin)
        with self.write() as connection:
            metadata.create_all(connection)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot. Commits of others stay invisible until it ends."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that nobody else can write in between; rolled back when an exception leaves it.

        The lock in front lets writers queue in the process: SQLite's own busy handler polls.
        """
        with self._writing, self._engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        self._engine.dispose()


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # We say BEGIN ourselves, in _begin.
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
