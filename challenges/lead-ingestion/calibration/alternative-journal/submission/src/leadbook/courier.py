"""The courier: runs errands about leads when they are due, some at a time, none during a pause.

It serves both integrations; what an errand is, and when it has to be repeated, its `carry` knows.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Awaitable, Callable

from leadbook import logs
from leadbook.pace import Pace

Carry = Callable[[str], Awaitable[float | None]]
"""Does the errand about the lead with this id; answers when to come again (as time.time() tells it), or None."""

AFTER_TROUBLE = 30.0
"""Seconds before an errand is tried again that broke in a way nobody foresaw (a full disk, a mistake of ours)."""

SHORTEST_NAP = 0.001
"""Seconds. A nap shorter than a clock's tick would not bring the clock forward."""


class Courier:
    """Errands by the moment they are due. A lead has one errand at a time, however often it is put."""

    def __init__(self, name: str, carry: Carry, *, lanes: int, pace: Pace | None = None) -> None:
        self.name = name
        self._carry = carry
        self._pace = pace
        self._lanes = asyncio.Semaphore(lanes)
        self._queue: list[tuple[float, int, str]] = []
        self._known: set[str] = set()
        self._count = 0
        self._held_until = 0.0
        self._more = asyncio.Event()

    def put(self, lead_id: str, due: float = 0.0) -> None:
        """Add the errand about a lead, unless it waits or runs already."""
        if lead_id not in self._known:
            self._known.add(lead_id)
            self._enqueue(lead_id, due)

    def hold(self, seconds: float) -> None:
        """Let nobody go for so long."""
        self._held_until = max(self._held_until, time.time() + seconds)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as under_way:
            while True:
                await self._lanes.acquire()
                lead_id = await self._next()
                await self._cleared()
                under_way.create_task(self._one(lead_id))

    async def _next(self) -> str:
        while not self._queue or self._queue[0][0] > time.time():
            nap = max(SHORTEST_NAP, self._queue[0][0] - time.time()) if self._queue else None
            self._more.clear()
            try:
                await asyncio.wait_for(self._more.wait(), nap)
            except TimeoutError:
                continue
        return heapq.heappop(self._queue)[2]

    async def _cleared(self) -> None:
        while (nap := max(self._held_until - time.time(), self._pace.wait() if self._pace else 0.0)) > 0:
            await asyncio.sleep(max(nap, SHORTEST_NAP))
        if self._pace:
            self._pace.take()

    async def _one(self, lead_id: str) -> None:
        again: float | None
        try:
            again = await self._carry(lead_id)
        except Exception as trouble:  # noqa: BLE001  (one errand must not stop the others)
            logs.say_trouble("errand_trouble", trouble, courier=self.name, lead=lead_id)
            again = time.time() + AFTER_TROUBLE
        finally:
            self._lanes.release()
        if again is None:
            self._known.discard(lead_id)
        else:
            self._enqueue(lead_id, again)

    def _enqueue(self, lead_id: str, due: float) -> None:
        self._count += 1
        heapq.heappush(self._queue, (due, self._count, lead_id))
        self._more.set()
