"""The keeper: the book in memory and its journal on disk, always in step."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import time
from pathlib import Path

from leadbook import logs
from leadbook.book import Book, Event
from leadbook.journal import Journal

JOURNAL_LIMIT = 16 * 1024 * 1024
"""Bytes after which a journal gives way to a snapshot. The folder's disk holds 128 MiB, uploads included."""

PATIENCE_FOR_A_PREDECESSOR = 5.0


class Occupied(Exception):
    """Another process works on the same folder."""


class Keeper:
    """Writes each event down before it lets it happen. Raises Occupied or journal.Damaged when it can't open."""

    def __init__(self, folder: Path, journal_limit: int = JOURNAL_LIMIT) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _locked(folder / "lock")
        self._journal = Journal(folder)
        self._limit = journal_limit
        self._rotation: asyncio.Task[None] | None = None
        self.uploads = folder / "uploads"
        self.uploads.mkdir(mode=0o700, exist_ok=True)
        self.book = Book()
        try:
            for event in self._journal.replay():
                self.book.apply(event)
        except BaseException:
            os.close(self._lock)
            raise

    def record(self, event: Event) -> str:
        """Write an event down and let it happen; answers what `Book.apply` does.

        Raises OSError when it can't be written; then it has not happened. A check of the book and the record that
        follows from it belong together without an `await` between them: that is what makes them one step.
        """
        self._journal.append(event)
        effect = self.book.apply(event)
        if self._journal.size > self._limit and self._rotation is None:
            self._rotation = asyncio.create_task(self._rotate())
        return effect

    async def settled(self) -> None:
        """Return when everything recorded so far would survive a power cut."""
        await self._journal.settled()

    async def close(self) -> None:
        """Finish what is being written, and let go of the folder."""
        if self._rotation is not None:
            await self._rotation
        self._journal.close()
        os.close(self._lock)

    async def _rotate(self) -> None:
        try:
            await self._journal.rotate(self.book.frozen)
            logs.say("snapshot_written", leads=len(self.book.leads))
        except OSError as trouble:
            # The journals that we have are whole; the next one that grows too large brings the next try.
            logs.say("snapshot_failed", reason=trouble.strerror or type(trouble).__name__)
        finally:
            self._rotation = None


def _locked(path: Path) -> int:
    """A file that this process alone holds; the system lets go of it when the process dies, however it does."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    ends = time.monotonic() + PATIENCE_FOR_A_PREDECESSOR
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        if time.monotonic() > ends:
            os.close(handle)
            raise Occupied(f"another process works on {path.parent}")
        time.sleep(0.05)
