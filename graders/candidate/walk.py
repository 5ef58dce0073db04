"""Walking a tool's folder: regular files alone, never through a link, with limits on number, depth and size."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FILES = 20_000
"""Files of one tool that are looked at; a machine used for years has some thousands."""
DEPTH = 6
HEADS = (64 * 1024, 2 * 1024 * 1024)
"""Bytes from the start of a file in which its folder is looked for: mostly it stands there, seldom far behind."""
WHOLE = 50 * 1024 * 1024
"""Bytes of one session that are read; of a larger one the first so many, up to a whole line."""


@dataclass(slots=True)
class Troubles:
    """What could not be read, as (path, reason), for the list that the candidate is shown."""

    found: list[tuple[Path, str]] = field(default_factory=list)

    def add(self, path: Path, reason: str) -> None:
        if len(self.found) < 200 and (path, reason) not in self.found:
            self.found.append((path, reason))


def files_below(folder: Path, endings: tuple[str, ...], troubles: Troubles, depth: int = DEPTH) -> Iterator[Path]:
    """The regular files below a folder whose names end so, in order; links are passed over."""
    seen = 0
    waiting = [(folder, depth)]
    while waiting:
        current, left = waiting.pop()
        for entry in listed(current, troubles):
            if seen >= FILES:
                troubles.add(folder, f"more than {FILES} files lie there; the others were not looked at")
                return
            if entry.is_dir(follow_symlinks=False):
                if left > 0:
                    waiting.append((Path(entry.path), left - 1))
            elif entry.name.endswith(endings):
                seen += 1
                if entry.is_file(follow_symlinks=False):
                    yield Path(entry.path)
                else:
                    troubles.add(Path(entry.path), "it is a link or no ordinary file; it was not opened")


def folders_in(folder: Path, troubles: Troubles) -> list[Path]:
    """The folders directly in a folder; links are passed over."""
    return [Path(entry.path) for entry in listed(folder, troubles) if entry.is_dir(follow_symlinks=False)]


def listed(folder: Path, troubles: Troubles) -> list[os.DirEntry[str]]:
    """What lies in a folder, by name; nothing when it is missing, a link, or may not be read."""
    try:
        if _linked(folder, troubles) or not stat.S_ISDIR(folder.lstat().st_mode):
            return []
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)[:FILES]
    except FileNotFoundError:
        return []
    except OSError as reason:
        troubles.add(folder, reason.strerror or "it can't be read")
        return []


def in_head(path: Path, troubles: Troubles, look: Callable[[bytes], str]) -> str:
    """What `look` finds near the start of a file, "" when it finds nothing there."""
    for limit in HEADS:
        content, more = read(path, troubles, limit)
        found = look(content)
        if found or not more:
            return found
    return ""


def head(path: Path, troubles: Troubles, limit: int) -> bytes:
    """The first bytes of a file; nothing (and a trouble) when it can't be read."""
    return read(path, troubles, limit)[0]


def read(path: Path, troubles: Troubles, limit: int = WHOLE) -> tuple[bytes, bool]:
    """A file's bytes up to a limit, and whether it goes on; a link, a pipe or a device is not opened for reading."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if _linked(path, troubles):
            return b"", False
        descriptor = os.open(path, flags)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return b"", False
            content = file.read(limit + 1)
    except FileNotFoundError:
        return b"", False
    except OSError as reason:
        troubles.add(path, reason.strerror or "it can't be read")
        return b"", False
    if len(content) <= limit:
        return content, False
    end = content.rfind(b"\n", 0, limit)
    return content[: end if end > 0 else limit], True


def _linked(path: Path, troubles: Troubles) -> bool:
    """Whether a link stands anywhere on the way to a path. The folders that are walked are given resolved."""
    if os.path.normcase(os.path.realpath(path)) == os.path.normcase(path):
        return False
    if os.path.lexists(path):
        troubles.add(path, "a link leads there; it was not followed")
    return True
