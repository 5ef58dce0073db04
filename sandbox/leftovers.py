"""Half-made things in the cache whose maker was killed: found by their names, removed when they are old."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from sandbox.cache import remove_folder

OLD_SECONDS = 24 * 3600.0
"""Nothing takes this long to make; what is younger may still be in the making."""


def sweep_leftovers(folder: Path) -> int:
    """Remove what begins with a dot in a folder of the cache and is a day old, but for locks; return how many."""
    removed = 0
    oldest = time.time() - OLD_SECONDS
    for path in folder.glob(".*"):
        with suppress(OSError):
            if path.name.endswith(".lock") or path.lstat().st_mtime > oldest:
                continue
            if path.is_dir() and not path.is_symlink():
                remove_folder(path)
            else:
                path.unlink()
            removed += 1
    return removed
