"""A twin's record of every call it saw, with the moment of each on a clock that only goes forward."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .expect import CandidateFault

CALLS_LIMIT = 50_000
MEMORY_LIMIT = 96 * 1024 * 1024
"""Calls that a journal keeps, and bytes that they take, more or less; a program that floods a twin is cut off there.
An examiner without memory would make the program's doing a failure of ours. A usual call takes some thousands."""
CALL_COST, FIELD_COST = 1_000, 130
"""Bytes of the objects around a call's texts, and around those of one header or of one field of its query."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it arrived. `at` is time.monotonic() when its last byte was read; header names are lower-case."""

    number: int
    at: float
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = field(repr=False)
    size: int
    """Bytes of the body, also when `body` keeps fewer."""

    def cost(self) -> int:
        """The bytes that it takes, more or less."""
        fields = [*self.headers.items(), *self.query.items()]
        texts = sum(len(name) + len(value) + FIELD_COST for name, value in fields)
        return CALL_COST + len(self.path) + len(self.body) + texts

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Journal:
    """Calls in the order of their arrival, and what was answered. Safe to use from several threads."""

    def __init__(self) -> None:
        self._calls: list[Call] = []
        self._answers: dict[int, str] = {}
        self._lock = threading.Lock()
        self._cost = 0
        self.overrun = False

    def add(self, make: Callable[[int], Call]) -> Call | None:
        """Keep the call that `make` gives for its number; None when the journal is full."""
        with self._lock:
            if self.overrun or len(self._calls) >= CALLS_LIMIT:
                self.overrun = True
                return None
            call = make(len(self._calls) + 1)
            self._cost += call.cost()
            if self._cost > MEMORY_LIMIT:
                self.overrun = True
                return None
            self._calls.append(call)
            return call

    def answered(self, call: Call, answer: str) -> None:
        """Keep what was answered to a call."""
        with self._lock:
            self._answers[call.number] = answer

    def calls(self, wanted: Callable[[Call], bool]) -> list[Call]:
        """The calls that fit, oldest first; CandidateFault where there were more than can be kept.

        Else a program could fill the journal, and whatever it did then would look as if it had not.
        """
        with self._lock:
            if self.overrun:
                raise CandidateFault(
                    "too large",
                    f"The program called a service so often, or with so much, that its calls beyond the first"
                    f" {len(self._calls)} could not be kept.",
                    expected=f"less than {CALLS_LIMIT} calls, and {MEMORY_LIMIT >> 20} MiB of them",
                )
            return [call for call in self._calls if wanted(call)]

    def __len__(self) -> int:
        with self._lock:
            return len(self._calls)

    def lines(self, wanted: Callable[[Call], bool], began: float, limit: int) -> list[str]:
        """The last `limit` calls that fit, a line each, with seconds since `began`."""
        with self._lock:
            shown = [call for call in self._calls if wanted(call)][-limit:]
            return [
                f"{call.at - began:+.3f} s {_line(call)} -> {self._answers.get(call.number, 'not answered yet')}"
                for call in shown
            ]


def _line(call: Call) -> str:
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    body = call.body[:300].decode("utf-8", errors="replace")
    more = f" [{call.size} bytes]" if call.size > 300 else ""
    return f"{call.method} {call.path[:200]}{'?' + query[:200] if query else ''} {body}{more}".strip()
