"""What uv unpacks in its cache: an installation that was ended leaves half of it there, and nobody else removes it.

A wheel that unpacks to gigabytes is stopped at a limit; without this, each such submission would keep what it filled.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sandbox.cache import remove_folder

LOCK = "uv-at-work.lock"
"""Beside uv's cache: shared by the installations that work with it, so that who is alone knows it."""


@contextmanager
def at_work(uv_cache: Path) -> Iterator[None]:
    """While an installation works with uv's cache. Before and after, if no other does, what is half unpacked goes."""
    with (uv_cache.parent / LOCK).open("ab") as lock:
        _clear(lock, uv_cache)
        fcntl.flock(lock, fcntl.LOCK_SH)
        try:
            yield
        finally:
            _clear(lock, uv_cache)


def _clear(lock: IO[bytes], uv_cache: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another installation is at work: what lies there may be its own
        return
    for half in uv_cache.glob(".tmp*"):
        remove_folder(half)
