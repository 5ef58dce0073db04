"""Where uploads are taken in, and the threads that turn them into leads."""

from __future__ import annotations

import queue
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from leadledger.intake import merging
from leadledger.intake.csv_file import Bad, Good, Torn, read_header, read_rows
from leadledger.intake.upload import Readable, Upload, receive
from leadledger.logs import crash, note
from leadledger.refusal import Refusal
from leadledger.settings import Settings
from leadledger.storage.database import Database
from leadledger.storage.schema import imports, row_errors

BATCH = 250
"""Rows in a transaction: a few hundredths of a second, for which deliveries from Clay wait at most."""

ERRORS = 1000

MESSAGES = {
    "missing_email": "The email is empty.",
    "invalid_email": "The email is not a valid address.",
    "wrong_column_count": "The row has more or fewer cells than the header.",
    "field_too_large": "A cell has more than 1 MB.",
    "malformed_row": "The quotes in this row don't match; rows right after it may have become part of it.",
    "unclosed_quote": "A quote opens here and never closes; nothing was read from here on.",
}
OF_THE_EMAIL = ("missing_email", "invalid_email")


@dataclass(frozen=True)
class _Job:
    number: int
    identity: str


class Desk:
    """Takes uploads at once and imports them afterwards, on two threads: a small file need not wait for a large one.

    An upload lies in DATA_DIR until its import has ended. `imported` is called after each batch.
    """

    def __init__(self, settings: Settings, database: Database, imported: Callable[[], None]) -> None:
        self._settings = settings
        self._database = database
        self._imported = imported
        self._folder = settings.data_dir / "uploads"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"import-{n}", daemon=True) for n in (1, 2)]

    def start(self) -> None:
        """Take up what the last run left unfinished, then wait for more."""
        self._resume()
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Stop between two batches; the next start goes on from there."""
        self._stopping.set()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(seconds)

    def take(self, body: Readable, content_type: str, key: str | None) -> str:
        """Take an upload and answer its import's id. Raises Refusal, and has stored nothing then."""
        identity = f"imp_{secrets.token_hex(8)}"
        path = self._path(identity)
        kept = False
        try:
            upload = receive(body, content_type, path)
            with self._database.read() as connection:
                earlier = _earlier(connection, key, upload)
            if earlier is None:
                _check(upload, path)
                job, kept = self._register(identity, upload, key)
                earlier = job.identity
        finally:
            if not kept:
                path.unlink(missing_ok=True)
        if kept:
            note("import accepted", import_id=identity, bytes=upload.size)
            self._jobs.put(job)
        return earlier

    def report(self, identity: str) -> dict[str, Any] | None:
        """The counts of an import so far; None when there is none with this id."""
        with self._database.read() as connection:
            row = connection.execute(select(imports).where(imports.c.id == identity)).one_or_none()
        if row is None:
            return None
        counts = {name: row._mapping[name] for name in ("created", "updated", "unchanged", "rejected")}
        return {"id": row.id, "status": row.status, "received": sum(counts.values()), **counts}

    def errors(self, identity: str, most: int) -> Iterator[dict[str, Any]]:
        """The rejected rows of an import up to row `most`, a thousand at a time: there may be millions."""
        after = 0
        while True:
            wanted = select(row_errors).join(imports, imports.c.number == row_errors.c.import_number)
            wanted = wanted.where(imports.c.id == identity, row_errors.c.row > after, row_errors.c.row <= most)
            with self._database.read() as connection:
                rows = connection.execute(wanted.order_by(row_errors.c.row).limit(ERRORS)).all()
            yield from map(_error, rows)
            if len(rows) < ERRORS:
                return
            after = rows[-1].row

    def _path(self, identity: str) -> Path:
        return self._folder / f"{identity}.csv"

    def _register(self, identity: str, upload: Upload, key: str | None) -> tuple[_Job, bool]:
        """The import for an upload, and whether it is a new one: the same upload may have come in meanwhile."""
        with self._database.write() as connection:
            earlier = _earlier(connection, key, upload)
            if earlier is not None:
                return _Job(0, earlier), False
            number = (connection.scalar(select(func.max(imports.c.number))) or 0) + 1
            row = {"number": number, "id": identity, "status": "processing"}
            row |= {"idempotency_key": key, "digest": upload.digest}
            connection.execute(insert(imports).values(row))
        return _Job(number, identity), True

    def _resume(self) -> None:
        with self._database.read() as connection:
            wanted = select(imports.c.number, imports.c.id).where(imports.c.status == "processing")
            open_jobs = [_Job(*row) for row in connection.execute(wanted.order_by(imports.c.number))]
        needed = {self._path(job.identity) for job in open_jobs}
        for path in self._folder.iterdir():
            if path not in needed:  # An upload that broke off, or was imported a moment before the end.
                path.unlink()
        for job in open_jobs:
            note("import resumed", import_id=job.identity)
            self._jobs.put(job)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None and not self._stopping.is_set():
            try:
                status = self._import(job)
            except Exception as error:  # A thread must outlive whatever one file brings up.
                crash("import crashed", error, import_id=job.identity)
                status = "failed"
            if status:
                self._close(job, status)

    def _import(self, job: _Job) -> str:
        """Store the rows that are not stored yet; how it ended, or nothing when the program stops."""
        # Closed at once, also when a batch fails: an open file would keep its room on a disk that is full.
        with closing(read_rows(self._path(job.identity), skip=self._stored(job))) as rows:
            while not self._stopping.is_set():
                batch, torn = _next(rows)
                if batch:
                    with self._database.write() as connection:
                        merging.store(connection, job.number, batch, self._settings)
                    self._imported()
                if torn or not batch:
                    return "failed" if torn else "completed"
        return ""

    def _stored(self, job: _Job) -> int:
        total = imports.c.created + imports.c.updated + imports.c.unchanged + imports.c.rejected
        with self._database.read() as connection:
            return connection.scalar(select(total).where(imports.c.number == job.number)) or 0

    def _close(self, job: _Job, status: str) -> None:
        if status == "failed":  # First of all make room: the disk may be full, and then nothing can be stored.
            self._path(job.identity).unlink(missing_ok=True)
        try:
            with self._database.write() as connection:
                connection.execute(update(imports).where(imports.c.number == job.number).values(status=status))
        except SQLAlchemyError as error:  # Nothing can be written; the next start will try the import again.
            crash("import not closed", error, import_id=job.identity)
            return
        self._path(job.identity).unlink(missing_ok=True)
        counts = self.report(job.identity) or {}
        told = {name: count for name, count in counts.items() if name not in ("id", "status")}
        note(f"import {status}", import_id=job.identity, **told)


def _next(rows: Iterator[Good | Bad]) -> tuple[list[Good | Bad], bool]:
    """The next batch, and whether the file breaks off after it."""
    batch: list[Good | Bad] = []
    try:
        for row in islice(rows, BATCH):
            batch.append(row)
    except Torn as torn:
        return [*batch, Bad(torn.row, "unclosed_quote")], True
    return batch, False


def _check(upload: Upload, path: Path) -> None:
    if upload.size == 0:
        raise Refusal(400, "empty_file", "The file is empty.")
    if not upload.is_text:
        raise Refusal(400, "not_text", "The file is not UTF-8 text. Please save it as CSV UTF-8.")
    read_header(path)


def _earlier(connection: Connection, key: str | None, upload: Upload) -> str | None:
    """The import that this key has made before, if any. Raises Refusal when it was of other bytes."""
    if key is None:
        return None
    wanted = select(imports.c.id, imports.c.digest).where(imports.c.idempotency_key == key)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    if row.digest != upload.digest:
        raise Refusal(409, "idempotency_conflict", "This Idempotency-Key was used with another file.")
    return str(row.id)


def _error(error: Row[Any]) -> dict[str, Any]:
    field = "email" if error.code in OF_THE_EMAIL else None
    return {"row": error.row, "field": field, "code": error.code, "message": MESSAGES[error.code]}
