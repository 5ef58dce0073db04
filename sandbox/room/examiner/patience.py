"""How long the examiner waits for the program: bounded a test, and less for what has never come before.

A program that hangs must not hold the exam for minutes: after some full waits of one kind in a row that ended in
nothing, further waits of that kind are short, until one of them succeeds. A working program never gets there.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from .clock import lost
from .expect import CandidateFault, Unmet, show

SHORTER = ((2, 2.0), (5, 0.5))
"""After so many full waits in vain a wait lasts so many seconds at most."""

T = TypeVar("T")


class Patience:
    """The time that is left: of the test at hand, and for each kind of wait."""

    def __init__(self) -> None:
        self._in_vain: Counter[str] = Counter()
        self._test_ends = float("inf")

    def begin_test(self, seconds: float) -> None:
        """From now on all waits together may take `seconds`."""
        self._test_ends = time.monotonic() + seconds

    def allow(self, kind: str, wanted: float) -> float:
        """Seconds that a wait of this kind may take now; CandidateFault when the test's time is used up."""
        left = self._test_ends - time.monotonic()
        if left <= 0:
            raise CandidateFault("slow", "The program took so long that the time of this test was used up.")
        for waits, seconds in SHORTER:
            if self._in_vain[kind] >= waits:
                wanted = min(wanted, seconds)
        return min(wanted, left)

    def came(self, kind: str) -> None:
        """What was waited for came: be patient again."""
        self._in_vain[kind] = 0

    def in_vain(self, kind: str) -> None:
        """A whole wait ended in nothing."""
        self._in_vain[kind] += 1

    def rest(self, seconds: float) -> None:
        """Watch and do nothing for a while: what must not happen has its time to happen."""
        if seconds > 0:
            time.sleep(self.allow("rest", seconds))

    def until(
        self,
        look: Callable[[], T],
        good: Callable[[T], bool],
        *,
        kind: str,
        seconds: float,
        given: object,
        expected: object,
        every: float = 0.02,
    ) -> T:
        """Look again and again until what is seen is good, and return it; Unmet with the last sight when time ends.

        `every` is the first pause in seconds; the pauses grow to a tenth of a second, so that waiting costs the
        program little.
        """
        ends = time.monotonic() + (allowed := self.allow(kind, seconds))
        pause = every
        while True:
            seen = look()
            if good(seen):
                self.came(kind)
                return seen
            if time.monotonic() >= ends:
                self.in_vain(kind)
                raise Unmet(
                    show(given), f"{show(expected)} within {seconds:g} s", f"after {allowed:.0f} s: {show(seen)}"
                )
            began = time.monotonic()
            time.sleep(planned := min(pause, max(0.0, ends - began)))
            ends += lost(planned, time.monotonic() - began)
            pause = min(pause * 1.3, 0.1)
