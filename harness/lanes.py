"""Lanes: threads that work in sandboxes side by side, and end their containers first when the run is interrupted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from harness.progress import Progress
from sandbox import Engine

LANE_THREADS = "lane"
LAST_SECONDS = 5.0
"""What the lanes may take to end after an interruption; none of them can make a container any more."""


@contextmanager
def open_lanes(engine: Engine, progress: Progress, most: int | None = None) -> Iterator[ThreadPoolExecutor]:
    """Threads (at `most` so many). Whatever ends the block early ends their containers, so that none waits for one."""
    pool = ThreadPoolExecutor(max_workers=most, thread_name_prefix=LANE_THREADS)
    try:
        yield pool
    except BaseException:
        progress.hush()
        engine.abandon()
        pool.shutdown(wait=False, cancel_futures=True)
        ends = time.monotonic() + LAST_SECONDS
        for thread in threading.enumerate():
            if thread.name.startswith(LANE_THREADS):
                thread.join(max(0.0, ends - time.monotonic()))
        raise
    pool.shutdown()
