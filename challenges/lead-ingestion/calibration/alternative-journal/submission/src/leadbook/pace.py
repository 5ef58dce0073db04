"""How fast calls may follow one another."""

from __future__ import annotations

import time
from collections.abc import Callable


class Pace:
    """`rate` calls a second after a burst of `burst`, by the generic cell rate algorithm.

    It keeps one number: the moment at which the calls so far would have ended, had they come evenly spaced. A call may
    go when that moment lies no more than `burst - 1` intervals ahead.
    """

    def __init__(
        self, rate: float, burst: float, *, spent: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`spent`: the burst was used up just now, for all we know (by the process before this one)."""
        self._interval = 1.0 / rate
        self._ahead = (burst - 1.0) * self._interval
        self._clock = clock
        self._even = clock() + (burst * self._interval if spent else 0.0)

    def wait(self) -> float:
        """Seconds until a call may go; 0 when it may go now."""
        return max(0.0, self._even - self._ahead - self._clock())

    def take(self) -> None:
        """Count a call that goes now."""
        self._even = max(self._even, self._clock()) + self._interval
