"""What uv unpacks in its cache: what an installation leaves there that nobody will use, and how large all may grow.

A wheel that unpacks to gigabytes is stopped at a limit; without this, each such submission would keep what it filled:
half unpacked, or, where uv was faster than we look, whole. uv fetches again what it finds gone.
"""

from __future__ import annotations

import fcntl
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from sandbox.cache import remove_folder
from sandbox.growth import size_of

LOCK = "uv-at-work.lock"
"""Beside uv's cache: shared by the installations that work with it, so that who is alone knows it."""
UNWANTED = "uv-unwanted.jsonl"
"""Beside it too: names of what was unpacked for refused requirements, for whoever is alone next."""
KEPT_MIB = 4096
"""What of whole wheels stays: some forty times what the reference submission and our own tools need together."""


class AtWork:
    """An installation at work with uv's cache."""

    def __init__(self, uv_cache: Path) -> None:
        self.uv_cache = uv_cache

    def drop(self, unpacked: Iterable[Path]) -> None:
        """Have these folders removed as soon as no other installation may be copying from them."""
        names = [path.relative_to(self.uv_cache).as_posix() for path in unpacked]
        if names:
            with (self.uv_cache.parent / UNWANTED).open("a", encoding="utf-8") as file:
                file.write(json.dumps(names) + "\n")


@contextmanager
def at_work(uv_cache: Path, *, alone: bool = False) -> Iterator[AtWork]:
    """While an installation works with uv's cache. Before and after, if no other does, what is unwanted goes.

    `alone` waits until no other does, and keeps others waiting.
    """
    with (uv_cache.parent / LOCK).open("ab") as lock:
        _clear(lock, uv_cache)
        fcntl.flock(lock, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        try:
            yield AtWork(uv_cache)
        finally:
            _clear(lock, uv_cache)


def _clear(lock: IO[bytes], uv_cache: Path) -> None:
    """Remove what nobody wants, if no other installation is at work; the lock is then held exclusively."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # another installation is at work: what lies there may be its own
        return
    for half in uv_cache.glob(".tmp*"):
        remove_folder(half)
    unwanted = uv_cache.parent / UNWANTED
    with suppress(OSError, ValueError):
        names = {name for line in unwanted.read_text("utf-8").splitlines() for name in json.loads(line)}
        for folder in _archives(uv_cache):
            if folder.relative_to(uv_cache).as_posix() in names:
                remove_folder(folder)
    unwanted.unlink(missing_ok=True)
    _shrink(uv_cache)


def _shrink(uv_cache: Path) -> None:
    """Of whole wheels, the oldest go until half of what may stay is left, once there is more than that."""
    sizes = {folder: size_of([folder], sys.maxsize) for folder in _archives(uv_cache)}
    total, most = sum(sizes.values()), KEPT_MIB * 2**20
    if total <= most:
        return
    for folder in sorted(sizes, key=lambda folder: folder.lstat().st_mtime):
        if total <= most // 2:
            return
        remove_folder(folder)
        total -= sizes[folder]


def _archives(uv_cache: Path) -> list[Path]:
    return [path for path in uv_cache.glob("archive-v*/*") if path.is_dir() and not path.is_symlink()]
