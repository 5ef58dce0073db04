"""A call as a twin takes it in: a head and a body of bounded size, whatever the caller sends."""

from __future__ import annotations

from http.client import LineTooLong
from typing import Any

HEAD_LIMIT = 64 * 1024
"""Bytes of a call's first line and headers together; the library alone would take a hundred times as much."""
BODY_KEPT = 128 * 1024
PIECE = 32 * 1024


class Head:
    """The head of a call, read by lines up to its limit."""

    def __init__(self, file: Any, left: int) -> None:
        self._file, self._left = file, left

    def readline(self, limit: int) -> bytes:
        line: bytes = self._file.readline(min(limit, self._left + 1))
        self._left -= len(line)
        if self._left < 0:
            raise LineTooLong("head")
        return line


class Body:
    """The body of a call as it is read: its size, and the beginning that is kept."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.kept, self.size = bytearray(), 0

    def read(self, size: int) -> None:
        """Take `size` bytes more, or as many as come."""
        while size > 0 and (piece := self._file.read(min(size, PIECE))):
            self.kept += piece[: BODY_KEPT - len(self.kept)]
            self.size += len(piece)
            size -= len(piece)
