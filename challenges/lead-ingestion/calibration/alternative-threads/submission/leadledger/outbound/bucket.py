"""A limit for calls: so many a second, after so many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Bucket:
    """Gives each caller the moment of its call, first come, first served.

    `full` is False after a restart: the last run may have spent its burst a second ago, so this one has none to give
    until time has passed.
    """

    def __init__(
        self, rate: float, burst: float, *, full: bool = True, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = 1 / rate
        self._lead = (max(burst, 1.0) - 1) * self._interval
        self._clock = clock
        self._lock = threading.Lock()
        self._next = clock() - self._lead if full else clock() + self._interval

    def reserve(self) -> float:
        """Take the next free moment; answers the seconds until then."""
        with self._lock:
            now = self._clock()
            moment = max(self._next, now - self._lead)
            self._next = moment + self._interval
            return max(0.0, moment - now)
