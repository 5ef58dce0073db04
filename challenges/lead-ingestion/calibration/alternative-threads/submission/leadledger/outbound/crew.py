"""Threads that run errands of one kind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from leadledger.logs import crash
from leadledger.storage.database import Database
from leadledger.storage.errands import Errand, first_due, put_off

NAP = 30.0
"""Seconds after which a thread looks again though nobody woke it, and after which a crashed errand is tried again."""


class Crew:
    """`size` threads that hand each errand, when it is due, to `work`. No errand is in two hands at once."""

    def __init__(self, database: Database, kind: str, size: int, work: Callable[[Errand], None]) -> None:
        self.kind = kind
        self._database = database
        self._size = size
        self._work = work
        self._taken: set[int] = set()
        self._changed = threading.Condition()
        self._paused_until = 0.0
        self._stopping = threading.Event()

    def start(self) -> None:
        for number in range(self._size):
            threading.Thread(target=self._run, name=f"{self.kind}-{number}", daemon=True).start()

    def stop(self) -> None:
        """Let nobody take another errand; those under way go on until their call ends."""
        self._stopping.set()
        self.wake()

    def wake(self) -> None:
        """There may be something to do."""
        with self._changed:
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Take no errand for so long."""
        with self._changed:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    def paused(self) -> float:
        """Seconds until the pause ends."""
        return max(0.0, self._paused_until - time.monotonic())

    def sleep(self, seconds: float) -> bool:
        """Wait; False when the crew is stopped before it is over."""
        return not self._stopping.wait(seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                errand = self._claim()
            except SQLAlchemyError as error:
                crash("no errand can be read", error, kind=self.kind)
                self.sleep(1.0)
            else:
                if errand is not None:
                    self._do(errand)

    def _do(self, errand: Errand) -> None:
        try:
            self._work(errand)
        except Exception as error:  # A thread must outlive whatever one lead brings up.
            crash("errand crashed", error, kind=self.kind, errand=errand.number)
            self._set_aside(errand)
        finally:
            with self._changed:
                self._taken.discard(errand.number)
                self._changed.notify()

    def _claim(self) -> Errand | None:
        with self._changed:
            while not self._stopping.is_set():
                pause = self.paused()
                errand = None if pause else self._first()
                wait = pause or (errand.due - time.time() if errand else NAP)
                if errand and wait <= 0:
                    self._taken.add(errand.number)
                    return errand
                self._changed.wait(min(wait, NAP))
        return None

    def _first(self) -> Errand | None:
        with self._database.read() as connection:
            return first_due(connection, self.kind, self._taken)

    def _set_aside(self, errand: Errand) -> None:
        try:
            with self._database.write() as connection:
                put_off(connection, errand, NAP)
        except SQLAlchemyError as error:  # The disk may be full; then all that is left is not to try at once.
            crash("errand stuck", error, kind=self.kind, errand=errand.number)
            self.sleep(1.0)
