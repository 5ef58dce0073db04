"""Imports: a file is checked and kept, then its rows are merged batch by batch in the background.

Each batch is one transaction that holds its leads, its errors, its counts and the jobs that follow. The counts are
therefore also the bookmark: after a crash the import goes on at the first row that they do not contain.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from app.csvfile import FILE_LIMIT, FileRefused, Record, RowError, check_file, records
from app.database import Database
from app.emails import email_key, is_email
from app.errors import ApiError
from app.leads import Integrations, merge_row, now_text
from app.logs import log, log_failure, warn

BATCH_ROWS = 500
KEY_LIMIT = 255
"""Characters of an Idempotency-Key."""


class Imports:
    """Accepts files and works through them, some at a time; `on_news` is called when leads have changed."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        integrations: Integrations,
        on_news: Callable[[], None],
        workers: int = 3,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._database = database
        self._folder = folder
        self._integrations = integrations
        self._on_news = on_news
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="import")

    def accept(self, upload: BinaryIO, idempotency_key: str | None) -> str:
        """Check and keep a file; the id of its import. Raises ApiError when the file or the key is refused."""
        if idempotency_key and len(idempotency_key) > KEY_LIMIT:
            raise ApiError(400, "invalid_idempotency_key", f"The key is longer than {KEY_LIMIT} characters.")
        import_id = f"imp_{secrets.token_hex(10)}"
        path = self._path(import_id)
        kept = False
        try:
            digest = _keep(upload, path)
            if idempotency_key and (known := self._known(idempotency_key, digest)):
                return known
            try:
                check_file(path)
            except FileRefused as refused:
                raise ApiError(400, refused.code, str(refused)) from None
            with self._database.write() as connection:
                # Again, now that nobody else can write: the same request may have come twice at once.
                if idempotency_key:
                    if known := _known_import(connection, idempotency_key, digest):
                        return known
                    connection.execute(
                        "INSERT INTO idempotency_keys VALUES (?, ?, ?)", (idempotency_key, digest, import_id)
                    )
                connection.execute(
                    "INSERT INTO imports (id, status, created_at) VALUES (?, 'processing', ?)",
                    (import_id, now_text()),
                )
            kept = True
        finally:
            if not kept:
                path.unlink(missing_ok=True)
        log("import_accepted", import_id=import_id)
        self._pool.submit(self._work, import_id)
        return import_id

    def resume(self) -> None:
        """Take up what an earlier process left unfinished, and remove files that belong to no import."""
        with self._database.read() as connection:
            left = [
                row["id"]
                for row in connection.execute("SELECT id FROM imports WHERE status = 'processing' ORDER BY created_at")
            ]
        for path in self._folder.iterdir():
            if path.stem not in left:
                path.unlink(missing_ok=True)
        for import_id in left:
            log("import_resumed", import_id=import_id)
            self._pool.submit(self._work, import_id)

    def stop(self) -> None:
        """Finish the batches at hand and leave the rest to the next start."""
        self._stopping.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _known(self, key: str, digest: str) -> str | None:
        with self._database.read() as connection:
            return _known_import(connection, key, digest)

    def _path(self, import_id: str) -> Path:
        return self._folder / f"{import_id}.csv"

    def _work(self, import_id: str) -> None:
        try:
            self._work_through(import_id)
        except Exception as failure:  # noqa: BLE001 - the last place that can tell the client
            log_failure("import_failed", failure, import_id=import_id)
            self._finish(import_id, "failed")

    def _work_through(self, import_id: str) -> None:
        started = time.monotonic()
        rows = records(self._path(import_id))
        with self._database.read() as connection:
            for _ in range(_counts(connection, import_id)["received"]):
                next(rows)
        cut_off = False
        for batch in _batches(rows, BATCH_ROWS):
            if self._stopping.is_set():
                return
            self._store(import_id, batch)
            self._on_news()
            cut_off = batch[-1].last
        counts = self._finish(import_id, "failed" if cut_off else "completed")
        log("import_finished", import_id=import_id, seconds=round(time.monotonic() - started, 3), **counts)

    def _store(self, import_id: str, batch: list[Record]) -> None:
        counts = {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0}
        errors = []
        now = time.time()
        with self._database.write() as connection:
            for record in batch:
                key = email_key(record.values.get("email", ""))
                error = record.error or _email_error(key)
                if error:
                    counts["rejected"] += 1
                    errors.append((import_id, record.row, error.field, error.code, error.message))
                    continue
                outcome = merge_row(
                    connection,
                    {**record.values, "email": key},
                    import_id=import_id,
                    row=record.row,
                    now=now,
                    integrations=self._integrations,
                )
                counts[outcome] += 1
            connection.executemany("INSERT INTO import_errors VALUES (?, ?, ?, ?, ?)", errors)
            connection.execute(
                "UPDATE imports SET created = created + :created, updated = updated + :updated,"
                " unchanged = unchanged + :unchanged, rejected = rejected + :rejected WHERE id = :id",
                {**counts, "id": import_id},
            )

    def _finish(self, import_id: str, status: str) -> dict[str, int]:
        with self._database.write() as connection:
            connection.execute("UPDATE imports SET status = ? WHERE id = ?", (status, import_id))
            counts = _counts(connection, import_id)
        if status == "failed":
            warn("import_not_completed", import_id=import_id)
        self._path(import_id).unlink(missing_ok=True)
        return counts


def get_import(database: Database, import_id: str) -> dict[str, Any]:
    """An import as clients see it. Raises ApiError (404) when there is none."""
    with database.read() as connection:
        row = connection.execute("SELECT * FROM imports WHERE id = ?", (import_id,)).fetchone()
        if row is None:
            raise ApiError(404, "not_found", "There is no import with this id.")
        errors = connection.execute(
            "SELECT row, field, code, message FROM import_errors WHERE import_id = ? ORDER BY row",
            (import_id,),
        )
        return {
            "id": row["id"],
            "status": row["status"],
            **_counts(connection, import_id),
            "errors": [dict(error) for error in errors],
        }


def _counts(connection: sqlite3.Connection, import_id: str) -> dict[str, int]:
    """`received` is the sum of the four and is stored nowhere, so they can't drift apart."""
    row = connection.execute(
        "SELECT created, updated, unchanged, rejected FROM imports WHERE id = ?", (import_id,)
    ).fetchone()
    return {"received": sum(row), **dict(row)}


def _keep(upload: BinaryIO, path: Path) -> str:
    """Copy the upload to `path`; its SHA-256. Raises ApiError when it is larger than FILE_LIMIT."""
    digest = hashlib.sha256()
    size = 0
    with path.open("wb") as file:
        while chunk := upload.read(1 << 18):
            size += len(chunk)
            if size > FILE_LIMIT:
                raise ApiError(413, "too_large", "The file is larger than 25 MB.")
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


def _known_import(connection: sqlite3.Connection, key: str, digest: str) -> str | None:
    row = connection.execute("SELECT * FROM idempotency_keys WHERE key = ?", (key,)).fetchone()
    if row is None:
        return None
    if row["digest"] != digest:
        raise ApiError(409, "idempotency_conflict", "This Idempotency-Key was used with another file.")
    return str(row["import_id"])


def _email_error(key: str) -> RowError | None:
    if not key:
        return RowError("email", "missing_email", "The row has no email.")
    if not is_email(key):
        return RowError("email", "invalid_email", "The email is not a valid address.")
    return None


def _batches(rows: Iterator[Record], size: int) -> Iterator[list[Record]]:
    while batch := list(islice(rows, size)):
        yield batch
