"""A pytest plug-in for the cross-checks: the submission's tests once more, while what they test is broken on purpose.

It says who raises when (harness_probe), gives every test a short time, and goes on after failures: here they are
what is expected. Its order is that of plant.py, with `mode` (what the tests meet), `seconds` (for all of them),
`test_seconds` (for a phase of one) and `most_lines` (so many tests first meet a planted line of theirs alone).
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import harness_probe
import harness_recorder
import pytest
from _pytest.runner import runtestprotocol

with Path(os.environ["HARNESS_ORDER"]).open(encoding="utf-8") as _file:
    ORDER = json.load(_file)
with Path(harness_probe.FOLDER, "planted.json").open(encoding="utf-8") as _file:
    PLANTED = json.load(_file)
LINES: dict[str, int] = {}
for _number in sorted(PLANTED["lines"]):
    _test = ORDER["lines"][_number][2]
    if _test and _test not in LINES and len(LINES) < ORDER["most_lines"]:
        LINES[_test] = _number
CANARY = ORDER["canary"]["name"] if ORDER["canary"] else None
ENDS = time.monotonic() + ORDER["seconds"]
SIGNAL = signal.SIGRTMIN + 7
RINGS = 0.1


class OverdueError(BaseException):
    """Raised in a test that has had its time: no Exception, so that it is not taken for one of the program's."""


class OverdueAroundError(Exception):
    """The same while a test is set up or taken down, where pytest goes on after an Exception alone."""


class Watch(threading.Thread):
    """Rings (a signal to the main thread, which also ends its waiting) when a phase of a test takes too long."""

    def __init__(self) -> None:
        super().__init__(name="harness-watch", daemon=True)
        self.until: float | None = None
        self.kind: type[BaseException] = OverdueError
        signal.signal(SIGNAL, self.ring)

    def run(self) -> None:
        while True:
            time.sleep(RINGS)
            until = self.until
            if until is not None and time.monotonic() > until:
                signal.pthread_kill(threading.main_thread().ident or 0, SIGNAL)

    def ring(self, *_: object) -> None:
        if self.until is not None and time.monotonic() > self.until:
            self.until = time.monotonic() + 1.0
            raise self.kind("the harness gave this test no more time")


WATCH = Watch()


OPTIONS: dict[str, object] = {
    "maxfail": 0,
    "usepdb": False,
    "numprocesses": None,
    "dist": "no",
    "tx": [],  # pytest-xdist's
    "tbstyle": "no",
    "fulltrace": False,
    "showlocals": False,  # telling a failure takes longer than it does
}


@pytest.hookimpl(hookwrapper=True)
def pytest_cmdline_main(config: pytest.Config) -> Iterator[None]:
    """One process, no end at the first failure, and few words on each."""
    for name, value in OPTIONS.items():
        if hasattr(config.option, name):
            setattr(config.option, name, value)
    yield


def pytest_sessionstart() -> None:
    harness_probe.switch("")
    if not WATCH.is_alive():
        WATCH.start()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First what must not be missed for want of time."""
    items.sort(key=lambda item: (item.name != CANARY, item.nodeid not in LINES))


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    if time.monotonic() > ENDS:
        item.session.shouldstop = "the harness gave these tests no more time"
    if item.nodeid in LINES:
        number = LINES[item.nodeid]
        harness_probe.switch(f"line {number}")
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        outcome = "failed" if any(report.failed for report in reports) else "passed"
        harness_recorder.write(kind="line", id=item.nodeid, line=number, outcome=outcome)
    before = harness_probe.raises()
    harness_probe.switch("" if item.name == CANARY else ORDER["mode"])
    yield
    harness_probe.switch("")
    harness_recorder.write(kind="met", id=item.nodeid, times=min(harness_probe.raises() - before, 1_000_000))


def _timed(kind: type[BaseException] = OverdueError) -> Iterator[None]:
    WATCH.kind = kind
    WATCH.until = time.monotonic() + ORDER["test_seconds"]
    yield
    WATCH.until = None


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup() -> Iterator[None]:
    harness_probe.State.error = harness_probe.PlantedSetupError
    yield from _timed(OverdueAroundError)
    harness_probe.State.error = harness_probe.PlantedError


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    yield from _timed()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Nothing raises here: pytest would leave what it takes down as it is, and no test after it could be set up."""
    harness_probe.switch("")
    yield from _timed(OverdueAroundError)
