"""What nobody needs any more in the cache: half-made things whose maker was killed, and what was not used for long."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from sandbox.cache import remove_folder

OLD_SECONDS = 24 * 3600.0
"""Nothing takes this long to make; what is younger may still be in the making."""


UNUSED_SECONDS = 30 * OLD_SECONDS
"""A submission's dependencies are a folder of 50 to 500 MiB, and few submissions are graded again after a month."""


def mark_used(folder: Path) -> None:
    """Say that a finished folder of the cache is used now."""
    with suppress(OSError):  # its time stays; at worst it is made again
        os.utime(folder)


def sweep_unused(folder: Path) -> int:
    """Remove finished folders of the cache that were not used for thirty days; return how many."""
    oldest = time.time() - UNUSED_SECONDS
    unused = [path for path in folder.glob("[0-9a-f]*") if _changed(path) < oldest]
    for path in unused:
        remove_folder(path)
    return len(unused)


def _changed(path: Path) -> float:
    """When a folder was marked last; what is no folder, or is gone by now, is as good as new."""
    try:
        return path.lstat().st_mtime if path.is_dir() and not path.is_symlink() else time.time()
    except OSError:
        return time.time()


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
