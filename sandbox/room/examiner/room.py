"""The room in which a hidden test works: the program, its twins, a seed of its own, and the record of what was said."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path
from typing import TypeVar

from .channel import Channel
from .client import Log
from .command import Command
from .expect import ExaminerError
from .journal import Call
from .library import Library
from .order import Order
from .patience import Patience
from .program import Program
from .twin import Twin
from .worker import Worker

EXAM_SHARE, EXAM_REST = 0.9, 3.0
"""Of the exam's time that tests may use; the rest, three seconds at least, is for the examiner's own start and end."""
LEAST_SECONDS = 1.0
"""With less than that left of the exam a program is not asked any more."""
JOURNAL_LINES = 30
"""Calls a twin that a record shows."""

T = TypeVar("T", bound=Twin)


class Room:
    """One for the whole exam. Tests get it as the fixture `room`."""

    def __init__(self, order: Order, channel_folder: Path) -> None:
        self.order = order
        self.patience = Patience()
        self.log = Log()
        self.program = Program(
            Channel(channel_folder),
            self.patience,
            self.log,
            start_seconds=order.start_seconds,
            ours=order.contract != "http-service",
        )
        self._command = Command(Worker(self.program, self.patience, "command"), self.log, order.command)
        self._library = Library(Worker(self.program, self.patience, "library"), self.log)
        self._twins: list[Twin] = []
        self._marks: dict[int, int] = {}
        self._began = time.monotonic()
        self._ends = self._began + min(EXAM_SHARE * order.exam_seconds, order.exam_seconds - EXAM_REST)

    @property
    def command(self) -> Command:
        """The submission's command, where the contract is a command line."""
        self._only("command-line")
        return self._command

    @property
    def library(self) -> Library:
        """The submission's library, where the contract is one."""
        self._only("library")
        return self._library

    def _only(self, contract: str) -> None:
        if self.order.contract != contract:
            raise ExaminerError(
                f'The challenge\'s contract is "{self.order.contract}"; this needs contract = "{contract}" in '
                "challenge.toml."
            )

    def add(self, twin: T) -> T:
        """Take a twin into the room: its journal goes into the records, and it ends with the exam."""
        self._twins.append(twin)
        return twin

    def begin_test(self, seconds: float) -> None:
        """A new test: nothing said yet, a fresh budget of time, of at most half of what is left of the exam.

        So the exam comes to its end with every program. One that is slow enough would else have it cut off, and
        whatever it was not asked any more would be an error of ours.
        """
        left = max(0.0, self._ends - time.monotonic())
        self.patience.begin_test(min(seconds, left / 2 if left > LEAST_SECONDS else 0.0))
        self.log.clear()
        self._began = time.monotonic()
        self._marks = {id(twin): len(twin.journal) for twin in self._twins}
        for twin in self._twins:
            twin.shown.clear()

    def dice(self, test_id: str) -> random.Random:
        """Randomness that follows from the exam's seed and the test's id alone, so that a rerun meets the same data."""
        return random.Random(f"{self.order.seed}:{test_id}")  # noqa: S311  (data for tests, no secret hangs on it)

    def journal(self) -> list[str]:
        """What the twins saw of what the test looked at, or else since it began: a line a call."""
        lines: list[str] = []
        for twin in self._twins:
            heard = twin.journal.lines(partial(self._belongs, twin), self._began, JOURNAL_LINES)
            lines += [f"[{twin.name}] {line}" for line in heard]
        return lines

    def _belongs(self, twin: Twin, call: Call) -> bool:
        if twin.shown:
            return twin.key(call) in twin.shown
        return call.number > self._marks.get(id(twin), 0)

    def trouble(self) -> str | None:
        """A failure of our own in a twin, told once."""
        for twin in self._twins:
            if twin.trouble:
                trouble, twin.trouble = twin.trouble, None
                return trouble
        return None

    def close(self) -> None:
        for twin in self._twins:
            twin.close()
