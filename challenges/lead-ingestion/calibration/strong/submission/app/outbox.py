"""Outboxes: calls still to be made, kept in a table until their outcome is stored, so that a crash loses none."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.database import Database
from app.logs import log_failure

IDLE_SECONDS = 30.0
AFTER_FAILURE_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 24 * 3600.0


class Outbox:
    """Makes the calls of one table (columns `lead` and `due_at`), some at a time, each when it is due.

    `call` makes the call for a lead's number and stores its outcome: it removes the row, or moves its `due_at`.
    """

    def __init__(self, database: Database, table: str, call: Callable[[int], Awaitable[None]], slots: int) -> None:
        self._database = database
        self._table = table
        self._call = call
        self._slots = slots
        self._in_flight: set[int] = set()
        self._paused_until = 0.0
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There may be something to do. Call it on the event loop's thread."""
        self._news.set()

    def pause(self, seconds: float) -> None:
        """Start no call for so long: the other side wants to be left alone, whichever lead it is about."""
        self._paused_until = max(self._paused_until, time.time() + seconds)

    @property
    def pause_left(self) -> float:
        return max(0.0, self._paused_until - time.time())

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as calls:
            while True:
                self._news.clear()
                wait = self.pause_left
                if not wait:
                    due, wait = await asyncio.to_thread(self._due)
                    for lead in due:
                        self._in_flight.add(lead)
                        calls.create_task(self._make(lead))
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), wait)

    async def _make(self, lead: int) -> None:
        try:
            await self._call(lead)
        except Exception as failure:  # noqa: BLE001 - a bug of ours must not stop the other calls
            log_failure("call_failed", failure, outbox=self._table)
            await asyncio.to_thread(self._put_off, lead)
        finally:
            self._in_flight.discard(lead)
            self._news.set()

    def _due(self) -> tuple[list[int], float]:
        """The leads whose calls can start now, and the seconds until it is worth looking again."""
        free = self._slots - len(self._in_flight)
        if free <= 0:
            return [], IDLE_SECONDS  # a call that ends wakes us
        now = time.time()
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT lead, due_at FROM {self._table} ORDER BY due_at, lead LIMIT ?",
                (self._slots + len(self._in_flight),),
            ).fetchall()
        waiting = [row for row in rows if row["lead"] not in self._in_flight]
        due = [row["lead"] for row in waiting if row["due_at"] <= now][:free]
        later = [row["due_at"] - now for row in waiting if row["due_at"] > now]
        return due, min([IDLE_SECONDS, *later])

    def _put_off(self, lead: int) -> None:
        with self._database.write() as connection:
            connection.execute(
                f"UPDATE {self._table} SET due_at = ? WHERE lead = ?",
                (time.time() + AFTER_FAILURE_SECONDS, lead),
            )


def retry_after(header: str | None) -> float:
    """The seconds that a Retry-After header asks for, as a number or as a date; 0 without a usable one."""
    text = (header or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return 0.0
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return 0.0 if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_WAIT_SECONDS)
