"""How large an installation grows: looked at while it runs, since no limit of the engine counts files on the host."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

SPARE_MIB = 512
"""Free disk below which we stop."""


class Growth:
    """Looks how large an installation grows: its environment, what uv unpacks in its cache, the machine's free disk."""

    def __init__(self, tree_mib: int, tree: Path, uv_cache: Path | None) -> None:
        self.tree_mib, self.tree, self.uv_cache = tree_mib, tree, uv_cache
        self.known = set(self._unpacked())
        self.said = ""
        self.by_cache = False
        """Whether it was uv's cache, and not the environment, that passed the limit: others may have filled it."""

    def _unpacked(self) -> list[str]:
        if self.uv_cache is None:
            return []
        found = [str(path) for path in self.uv_cache.glob(".tmp*")]
        return found + [str(path) for path in self.uv_cache.glob("archive-v*/*")]

    def fresh(self) -> list[Path]:
        """What uv has unpacked in its cache since this began to look, whole or half."""
        return [Path(path) for path in self._unpacked() if path not in self.known]

    def verdict(self) -> str | None:
        """Return "size" or "disk" when a limit is passed, else None."""
        if shutil.disk_usage(self.tree).free < SPARE_MIB * 1024**2:
            return "disk"
        limit = self.tree_mib * 1024**2
        own = [self.tree]
        for places in (own, self.fresh()):
            if size_of(places, limit) > limit:
                self.said = f"the installed packages take more than {self.tree_mib} MiB"
                self.by_cache = places is not own
                return "size"
        return None


def size_of(places: list[Path], enough: int) -> int:
    """Return the bytes that files take, links not followed; stop counting beyond `enough`."""
    total = 0
    todo = [str(place) for place in places]
    while todo and total <= enough:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    else:
                        total += max(entry.stat(follow_symlinks=False).st_size, 512)
        except OSError:
            continue  # uv renames while we look
    return total
