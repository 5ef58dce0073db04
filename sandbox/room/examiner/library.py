"""A library contract: functions of the submission are called out of process; arguments and results cross as JSON.

Each call has a fresh process, unless it belongs to a session, whose calls share one: module state and the objects that
`make` keeps live as long as that. What a call should have given stays here.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .called import VALUE_BYTES, Called, read_called, shown_called
from .client import Log
from .expect import CandidateFault, ExaminerError
from .worker import SECONDS, Worker, encoded, settings_of

TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


class Session:
    """Calls that share one process. `number` is None for a single call."""

    def __init__(self, worker: Worker, log: Log, number: int | None, settings: Mapping[str, str]) -> None:
        self._worker, self._log, self._number = worker, log, number
        self._settings = settings_of(settings)
        self._fresh = True
        self._made = 0

    def call(
        self,
        target: str,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> Called:
        """Call "package.module:name"; what it returned or raised. CandidateFault when neither came."""
        return self.ask(_target(target), None, target, args, kwargs, seconds=seconds)

    def get(self, target: str, *, seconds: float = SECONDS) -> Any:
        """The value of "package.module:name" itself, as JSON; CandidateFault when it is none."""
        return self.ask(_target(target), None, target, get=True, seconds=seconds).value

    def make(
        self,
        target: str,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> Made:
        """Call it and keep what it returns there, an object of any kind; CandidateFault when it raises."""
        if self._number is None:
            raise ExaminerError("An object lives in a session: with room.library.session() as session: session.make(…)")
        number = self._made + 1
        called = self.ask(_target(target), None, target, args, kwargs, keep=number, seconds=seconds)
        if called.types:
            raise CandidateFault("raised", f"{called.shown} raised {called.told()}", expected="an object")
        self._made = number
        return Made(self, number, f"{target.partition(':')[2]}#{number}")

    def close(self) -> None:
        """End the process."""
        if self._number is not None and not self._fresh:
            self._worker.ask("/close", {})

    def ask(
        self,
        target: str,
        on: int | None,
        shown: str,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
        *,
        get: bool = False,
        keep: int | None = None,
        seconds: float = SECONDS,
    ) -> Called:
        """One call as the worker makes it; for `call`, `get`, `make` and the methods of what was made."""
        if isinstance(args, str):
            raise ExaminerError(f"The arguments of a call are a list, not the text {args!r}.")
        call = {"on": on, "target": target, "args": list(args), "kwargs": dict(kwargs or {}), "get": get, "keep": keep}
        encoded(call, "The arguments of a call")
        asked = shown if get else f"{shown}({_arguments(args, kwargs or {})})"
        fields = {
            "session": self._number,
            "fresh": self._fresh,
            "settings": self._settings,
            "answer_bytes": VALUE_BYTES,
            "call": call,
        }
        self._fresh = self._number is None
        try:
            called = read_called(self._worker.ask("/call", fields, seconds), asked, made=keep is not None)
        except CandidateFault as fault:
            if fault.kind != "start":  # that is told in the same words each time, and rerun once for all
                self._log.add(asked, str(fault).removeprefix(f"{asked} "))
            raise
        self._log.add(asked, shown_called(called, made=keep is not None))
        return called


class Made:
    """An object of the submission's that lives in a session's process."""

    def __init__(self, session: Session, number: int, shown: str) -> None:
        self._session, self._number, self._shown = session, number, shown

    def call(
        self,
        method: str,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> Called:
        """Call a method of it; what that returned or raised."""
        return self._session.ask(_name(method), self._number, f"{self._shown}.{method}", args, kwargs, seconds=seconds)

    def get(self, attribute: str, *, seconds: float = SECONDS) -> Any:
        """The value of an attribute, as JSON."""
        shown = f"{self._shown}.{attribute}"
        return self._session.ask(_name(attribute), self._number, shown, get=True, seconds=seconds).value


class Library:
    """Calls the submission's library."""

    def __init__(self, worker: Worker, log: Log) -> None:
        self._worker, self._log = worker, log
        self._numbers = itertools.count(1)

    def call(
        self,
        target: str,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
        *,
        settings: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
    ) -> Called:
        """Call "package.module:name" in a fresh process; what it returned or raised.

        CandidateFault when the module can't be imported or has no such name, when the result is no JSON, and when the
        call does not end in time, ends the process, prints without end or takes too much memory.
        """
        return Session(self._worker, self._log, None, settings or {}).call(target, args, kwargs, seconds=seconds)

    def get(self, target: str, *, settings: Mapping[str, str] | None = None, seconds: float = SECONDS) -> Any:
        """The value of "package.module:name" itself, as JSON; CandidateFault when it is none."""
        return Session(self._worker, self._log, None, settings or {}).get(target, seconds=seconds)

    @contextmanager
    def session(self, *, settings: Mapping[str, str] | None = None) -> Iterator[Session]:
        """Calls that share one process, which ends with the `with`; one session at a time."""
        session = Session(self._worker, self._log, next(self._numbers), settings or {})
        try:
            yield session
        finally:
            session.close()

    def restart(self) -> None:
        """A new sandbox: whatever earlier calls left beside the submission's files is gone too."""
        self._worker.restart()


def _target(target: str) -> str:
    if not TARGET.fullmatch(target):
        raise ExaminerError(f'{target!r} is no target of a call: "package.module:name" is.')
    return target


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ExaminerError(f"{name!r} is no name of a method or attribute.")
    return name


def _arguments(args: Sequence[object], kwargs: Mapping[str, object]) -> str:
    told = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
    text = ", ".join(told)
    return text if len(text) <= 400 else f"{text[:400]} …"
