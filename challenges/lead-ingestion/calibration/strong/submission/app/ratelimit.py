"""A token bucket: how often something may be done, shared by all who do it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

HEADROOM = 0.95
"""We pace a little below the limit: the other side counts arrivals, and the network bunches what we spaced out."""


_WHOLE = 1 - 1e-9
"""One token, as far as sums of fractions can tell: waiting for the last 1e-14 of it can take for ever."""


class TokenBucket:
    """At most `burst` at once, and `rate` a second after that. Waiters are served in the order they came."""

    def __init__(
        self,
        rate: float,
        burst: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rate = rate * HEADROOM
        self._burst = float(burst)
        self._tokens = float(burst)
        self._clock = clock
        self._sleep = sleep
        self._filled_at = clock()
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Wait for a token and take it."""
        async with self._turn:
            self._fill()
            while self._tokens < _WHOLE:
                await self._sleep((1 - self._tokens) / self._rate)
                self._fill()
            self._tokens = max(0.0, self._tokens - 1)

    def _fill(self) -> None:
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
