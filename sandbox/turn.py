"""A turn: two runs must not make the same thing in the cache at once, so one waits for the other."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.engine import SandboxError

LONGEST_SECONDS = 1_200.0
"""What building an image may take, and so the longest that another run waits for it."""


@contextmanager
def taking_turns(file: Path, waiting: str, report: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock on `file` (made where needed); `waiting` is reported once if another run holds it.

    Raises SandboxError when that one does not let go.
    """
    deadline = time.monotonic() + LONGEST_SECONDS
    told = False
    with file.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise SandboxError(f"another run has held {file} for {LONGEST_SECONDS:.0f} s: end it") from None
                if not told:
                    report(waiting)
                    told = True
                time.sleep(0.2)
        yield
