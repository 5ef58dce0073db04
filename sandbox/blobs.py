"""Blobs: the contents of files, read from a bare repository through one `git cat-file`; no file is ever checked out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.engine import SandboxError
from sandbox.git import Stream, stream_git

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Blob:
    """One content on its way: its size in bytes, and `read(n)` for the next at most n bytes of it (b"" at its end)."""

    size: int
    read: Callable[[int], bytes]


@contextmanager
def open_blobs(git_dir: Path, ids: Sequence[str], seconds: float) -> Iterator[Iterator[Blob]]:
    """The contents of `ids` (40 hex each), in their order; each must be read before the next is asked for.

    What is left unread of one is skipped. Raises SandboxError when git stops short: all of them have been seen to
    exist, so that is the machine's fault.
    """
    with tempfile.TemporaryFile() as feed:
        feed.write("".join(f"{blob}\n" for blob in ids).encode())
        feed.seek(0)
        arguments = ["cat-file", "--batch", "--buffer"]
        with stream_git(arguments, git_dir=git_dir, feed=feed, seconds=seconds) as stream:
            yield _each(stream, ids)


def read_blobs(git_dir: Path, ids: Sequence[str], limit: int, seconds: float = 60) -> dict[str, bytes]:
    """The first `limit` bytes of each of `ids`."""
    if not ids:
        return {}
    wanted = list(dict.fromkeys(ids))
    contents: dict[str, bytes] = {}
    with open_blobs(git_dir, wanted, seconds) as blobs:
        for blob_id, blob in zip(wanted, blobs, strict=True):
            contents[blob_id] = _whole(blob, limit)
    return contents


def _whole(blob: Blob, limit: int) -> bytes:
    pieces: list[bytes] = []
    room = min(limit, blob.size)
    while room and (piece := blob.read(room)):
        pieces.append(piece)
        room -= len(piece)
    return b"".join(pieces)


def _each(stream: Stream, ids: Sequence[str]) -> Iterator[Blob]:
    failed = SandboxError("git stopped before it had read all files. Run this again; if it stays, check the disk.")
    for blob_id in ids:
        header = stream.readline(200).split()
        if len(header) != 3 or header[0] != blob_id.encode() or header[1] != b"blob" or not header[2].isdigit():
            raise failed
        size = int(header[2])
        left = size

        def read(amount: int) -> bytes:
            nonlocal left
            piece = stream.read(min(amount, left, PIECE))
            if left and amount and not piece:
                raise failed
            left -= len(piece)
            return piece

        yield Blob(size, read)
        while left:
            read(left)
        if stream.read(1) != b"\n":
            raise failed
