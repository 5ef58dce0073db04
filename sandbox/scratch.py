"""The scratch folder of one grading: its clone, its tar, its copies; gone when the grading is over."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.cache import remove_folder
from sandbox.engine import Engine, SandboxError

LEAST_FREE_MIB = 128
"""What a grading needs of the cache's disk at the least: the repository, a tar of it, the exam's folders."""


@contextmanager
def open_scratch(engine: Engine) -> Iterator[Path]:
    """A private folder for the files of one grading, removed at its end; a killed run's is removed by a later sweep.

    Raises SandboxError when its disk is full.
    """
    free = shutil.disk_usage(engine.folder).free // 2**20
    if free < LEAST_FREE_MIB:
        raise SandboxError(
            f"no space left for a grading: the disk of the cache {engine.cache} has {free} MiB free, {LEAST_FREE_MIB} "
            "are needed; free some there, or set HARNESS_CACHE to a folder on another disk"
        )
    folder = Path(tempfile.mkdtemp(prefix="grading-", dir=engine.folder))
    try:
        yield folder
    finally:
        remove_folder(folder)
