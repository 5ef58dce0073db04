"""The pytest plug-in of the examiner: reads the hidden tests' markers, holds their deadlines, writes their results.

A test fails by Unmet or CandidateFault alone. Whatever else goes wrong in a hidden test is our failure: `error`.
"""

from __future__ import annotations

import gc
import random
import signal
import time
import traceback
from collections.abc import Generator
from typing import Any

import pytest

from .expect import CandidateFault, ExaminerError, Unmet, show
from .fixtures import ROOM
from .order import TIERS, Vocabulary
from .records import Outcome, Records
from .room import Room

TEST_SECONDS = 60.0
"""What the waits of one test may take together, unless its marker `deadline` says otherwise."""

GRACE_SECONDS = 20.0
"""Past its deadline by this much a test is cut off: it hangs in our own code."""

MARKERS = (
    "tier(name): contract (the brief states it), robustness (reasonable, unstated) or probe (only raises a question)",
    "category(name): one of the challenge's categories",
    "dimension(name): one of the challenge's dimensions",
    "requirement(*ids): the requirements of the brief that the test checks",
    "deadline(seconds): what the waits of the test may take together",
)


class Overdue(BaseException):
    """The hard deadline: not an Exception, so that no test catches it."""


def _shuffled(items: list[pytest.Item], seed: int) -> list[pytest.Item]:
    """The modules in another order, and the tests within each: what a module's tests share stays shared."""
    chance = random.Random(seed)  # noqa: S311 - an order that can be had again, no secret
    modules: dict[str, list[pytest.Item]] = {}
    for item in items:
        modules.setdefault(item.nodeid.partition("::")[0], []).append(item)
    names = list(modules)
    chance.shuffle(names)
    for group in modules.values():
        chance.shuffle(group)
    return [item for name in names for item in modules[name]]


class ExaminerPlugin:
    """Registered with pytest for one exam."""

    def __init__(self, room: Room, records: Records, vocabulary: Vocabulary) -> None:
        self._room = room
        self._records = records
        self._vocabulary = vocabulary
        self._finished = 0
        self._problems: list[str] = []
        self._in_test = False
        self._collected = False

    # -- collection --------------------------------------------------------------------------------------

    def pytest_configure(self, config: pytest.Config) -> None:
        for line in MARKERS:
            config.addinivalue_line("markers", line)
        config.stash[ROOM] = self._room

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        if self._room.order.shuffle is not None:
            items[:] = _shuffled(items, self._room.order.shuffle)
        only = self._room.order.only
        if only is None:
            return
        missing = only - {item.nodeid for item in items}
        if missing:
            self._problems.append(f"the order names tests that are not there: {', '.join(sorted(missing)[:5])}")
        left_out = [item for item in items if item.nodeid not in only]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item.nodeid in only]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._records.problem(f"{report.nodeid} can't be collected: {report.longreprtext[-1500:]}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.testsfailed:
            return
        tests = [self._described(item, self._problems) for item in session.items]
        if self._problems:
            self._records.problem("; ".join(self._problems[:10]))
            raise pytest.UsageError("; ".join(self._problems))
        self._records.write("collected", tests=tests)
        self._collected = True

    def _described(self, item: pytest.Item, problems: list[str]) -> dict[str, object]:
        def word(marker: str, known: frozenset[str]) -> str:
            value = _argument(item, marker)
            if value not in known:
                problems.append(f"{item.nodeid}: unknown or missing {marker} {value!r}")
            return str(value)

        documentation = getattr(getattr(item, "function", None), "__doc__", None) or ""
        title = " ".join(documentation.strip().partition("\n\n")[0].split())
        if not title:
            problems.append(f"{item.nodeid}: no docstring, so the report has no title for it")
        case = getattr(getattr(item, "callspec", None), "id", None)
        requirements = [str(name) for mark in item.iter_markers("requirement") for name in mark.args]
        tier = word("tier", TIERS)
        if tier == "contract" and not requirements:
            problems.append(f"{item.nodeid}: a contract test names the requirements that it checks")
        return {
            "id": item.nodeid,
            "title": f"{title} [{case}]" if case else title,
            "tier": tier,
            "category": word("category", self._vocabulary.categories),
            "dimension": word("dimension", self._vocabulary.dimensions),
            "requirements": requirements,
        }

    # -- running -----------------------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Give the test its time, run it, write its one result."""
        seconds = float(_argument(item, "deadline") or TEST_SECONDS)
        self._room.begin_test(seconds)
        item.stash[_FAULT] = None
        began = time.monotonic()
        former = signal.signal(signal.SIGALRM, self._cut_off)
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_SECONDS)
        try:
            return (yield)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, former)
            self._write_result(item.nodeid, item.stash[_FAULT], time.monotonic() - began)
            _let_go(item)
            self._finished += 1

    def _cut_off(self, *_: object) -> None:
        # Only inside a phase of a test: anywhere else it would end pytest itself, and with it the exam.
        if self._in_test:
            raise Overdue("The test hung in the examiner's own code past its deadline.")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self) -> Generator[None, object, object]:
        return (yield from self._phase())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        return (yield from self._phase())

    def _phase(self) -> Generator[None, object, object]:
        self._in_test = True
        try:
            return (yield)
        finally:
            self._in_test = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        """Keep what ended the test: the first thing that was raised, in its setup, itself or its teardown."""
        if call.excinfo is not None and item.stash[_FAULT] is None:
            item.stash[_FAULT] = call.excinfo.value
        return (yield)

    def pytest_sessionfinish(self) -> None:
        if self._collected:
            self._records.write("finished", count=self._finished)

    def _write_result(self, test_id: str, fault: BaseException | None, seconds: float) -> None:
        trouble = self._room.trouble()
        if fault is None and trouble is None:
            self._records.result(test_id, "passed", seconds)
            return
        if isinstance(fault, pytest.skip.Exception):
            self._records.result(test_id, "skipped", seconds, message=str(fault.msg))
            return
        outcome: Outcome = "failed"
        given = expected = observed = output = ""
        message = str(fault)
        if trouble is not None:
            outcome, message = "error", f"A twin failed: {trouble}"
        elif isinstance(fault, Unmet):
            given, expected, observed = fault.given, fault.expected, fault.observed
            message = f"Expected {_short(expected)}; observed {_short(observed)}"
        elif isinstance(fault, CandidateFault):
            expected, observed, output = fault.expected, show(message), fault.output
        else:
            outcome, message = "error", _told(fault)
        self._records.result(
            test_id,
            outcome,
            seconds,
            message=message,
            given=given,
            expected=expected,
            observed=observed,
            exchanges=self._room.log.exchanges(),
            journal=self._room.journal(),
            output=output or self._output(outcome),
        )

    def _output(self, outcome: Outcome) -> str:
        """What the program printed last; a channel that fails here takes nothing from the result."""
        if outcome != "failed" or not self._room.program.started:
            return ""
        try:
            return self._room.program.output(4)
        except ExaminerError:
            return ""


_FAULT = pytest.StashKey[BaseException | None]()


def _let_go(item: pytest.Item) -> None:
    """Keep no failure longer than its result: it holds every value of its test, and answers of megabytes."""
    if item.stash[_FAULT] is not None:
        item.stash[_FAULT] = None
        gc.collect()  # values and traceback hold each other


def _argument(item: pytest.Item, marker: str) -> Any:
    found = item.get_closest_marker(marker)
    return found.args[0] if found is not None and found.args else None


def _short(text: str) -> str:
    return text if len(text) <= 400 else f"{text[:400]} …"


def _told(fault: BaseException | None) -> str:
    """Kind, text and the place in our own code where it was raised."""
    if fault is None:
        return ""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if "/tests/" in frame.filename or "/examiner/" in frame.filename]
    place = (ours or frames)[-1] if frames else None
    at = f" at {place.filename.rsplit('/', 1)[-1]}:{place.lineno}" if place else ""
    return f"{type(fault).__name__}{at}: {fault}"
