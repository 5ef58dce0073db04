"""The journal: events as lines of JSON in files that only grow, and snapshots that let old files go.

    journal-000003.jsonl     events since snapshot 3
    snapshot-000003.jsonl.gz the state before them; there is none before the first

A line is complete when it ends with a line feed. The last line of the last journal may be torn (the process died in
the middle of a write): it is cut off. A broken line anywhere else is damage that nobody should guess about.
"""

from __future__ import annotations

import asyncio
import errno
import gzip
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

Event = dict[str, Any]


class Damaged(Exception):
    """A journal or a snapshot holds a line that can't be read."""


def line_of(event: Event) -> bytes:
    """An event as a line of the journal."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class Journal:
    """Where events are kept. Everything but the snapshots is done in the event loop's thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.size = 0
        self._number_in_use = 0
        self._number = max(_numbers(folder, "snapshot"), default=1)
        self._file = -1
        self._written = 0
        self._durable = 0
        self._turn = asyncio.Lock()

    def _journal(self, number: int) -> Path:
        return self.folder / f"journal-{number:06d}.jsonl"

    def _snapshot(self, number: int) -> Path:
        return self.folder / f"snapshot-{number:06d}.jsonl.gz"

    # -- reading ---------------------------------------------------------------------------------------

    def replay(self) -> Iterator[Event]:
        """All events that are kept, oldest first; afterwards the journal is open for more. Raises Damaged."""
        if self._snapshot(self._number).exists():
            yield from _snapshot_events(self._snapshot(self._number))
        # A crash between a rotation and its snapshot leaves two journals or more: they follow one another.
        numbers = [number for number in sorted(_numbers(self.folder, "journal")) if number >= self._number]
        for number in numbers:
            yield from _journal_events(self._journal(number), is_last=number == numbers[-1])
        self._remove_before(self._number)
        self._open(numbers[-1] if numbers else self._number)

    # -- writing ---------------------------------------------------------------------------------------

    def append(self, event: Event) -> None:
        """Hand an event to the operating system: it outlives the process from here on. Raises OSError, wholly undone."""
        line = line_of(event)
        try:
            if os.write(self._file, line) < len(line):
                raise OSError(errno.ENOSPC, "the journal's disk is full")
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.size += len(line)
        self._written += 1

    async def settled(self) -> None:
        """Return when everything appended so far is on disk: it outlives the machine. Callers share one fsync."""
        wanted = self._written
        while self._durable < wanted:
            async with self._turn:
                if self._durable < wanted:
                    await self._sync()

    async def rotate(self, freeze: Callable[[], Iterable[Event]]) -> None:
        """Begin a new journal with a snapshot of the state before it, and remove what is older.

        `freeze` answers the events that lead to the state of this moment; they are read in a thread, later.
        """
        async with self._turn:
            await asyncio.to_thread(os.fsync, self._file)
            self.close()  # once more to disk: only what was appended meanwhile, so that nobody waits for long
            self._open(self._number_in_use + 1)
            self._durable = self._written
            number, state = self._number_in_use, freeze()
        await asyncio.to_thread(_write_snapshot, self._snapshot(number), state)
        self._number = number
        self._remove_before(number)

    def close(self) -> None:
        """Put everything on disk and close."""
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    async def _sync(self) -> None:
        mark = self._written
        await asyncio.to_thread(os.fsync, self._file)
        self._durable = mark

    def _open(self, number: int) -> None:
        self._number_in_use = number
        self._file = os.open(self._journal(number), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self.size = os.fstat(self._file).st_size
        sync_folder(self.folder)

    def _remove_before(self, number: int) -> None:
        for kind, path in (("journal", self._journal), ("snapshot", self._snapshot)):
            for old in _numbers(self.folder, kind):
                if old < number:
                    path(old).unlink()
        for unfinished in self.folder.glob("snapshot-*.part"):
            unfinished.unlink()


def private(path: Path) -> BinaryIO:
    """A new file that only this user may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _numbers(folder: Path, kind: str) -> list[int]:
    pattern = re.compile(rf"{kind}-(\d+)\.jsonl(\.gz)?")
    return [int(found[1]) for path in folder.iterdir() if (found := pattern.fullmatch(path.name))]


def _journal_events(path: Path, *, is_last: bool) -> Iterator[Event]:
    whole = 0
    with path.open("rb") as file:
        for line in file:
            event = _event(line)
            if event is None:
                if not is_last or file.read(1):
                    raise Damaged(f"{path.name} can't be read from byte {whole} on")
                break
            whole += len(line)
            yield event
    os.truncate(path, whole)


def _event(line: bytes) -> Event | None:
    if not line.endswith(b"\n"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _snapshot_events(path: Path) -> Iterator[Event]:
    with gzip.open(path, "rb") as file:
        for line in file:
            event = _event(line)
            if event is None:
                raise Damaged(f"{path.name} can't be read")
            yield event


def _write_snapshot(path: Path, state: Iterable[Event]) -> None:
    part = path.with_suffix(".part")
    try:
        with private(part) as file:
            with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=1, filename="", mtime=0) as packed:
                packed.writelines(map(line_of, state))
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
