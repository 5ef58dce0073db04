"""The record of an exam: what the examiner wrote about each hidden test, read while it is written.

The examiner is ours and trusted with the outcomes; its process speaks to a hostile program all the same, so its
records are read with limits and a strict parser, and count only under the nonce of the order.
"""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

RESULTS_LIMIT = 64 * 2**20
"""Bytes of all records of an exam."""
LINE_LIMIT = 2 * 2**20
TESTS_LIMIT = 5_000
TEXT_LIMIT = 64_000
"""Characters of one text in a result; longer ones are cut, and say so."""


def _cut(value: object) -> object:
    if isinstance(value, str):
        clean = value.encode("utf-8", "replace").decode("utf-8")
        return clean if len(clean) <= TEXT_LIMIT else clean[:TEXT_LIMIT] + " [cut]"
    return value


Text = Annotated[str, BeforeValidator(_cut)]
Name = Annotated[str, Field(min_length=1, max_length=500), BeforeValidator(_cut)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class CollectedTest(_Strict):
    """A hidden test that the examiner was going to run. `tier`, `category` and `dimension` are its markers."""

    id: Name
    title: Text
    tier: Name
    category: Name
    dimension: Name
    requirements: list[Name] = Field(default_factory=list, max_length=100)


class Exchange(_Strict):
    """One request to the program and its answer, as texts."""

    request: Text = ""
    response: Text = ""


class TestResult(_Strict):
    """The outcome of one hidden test; texts are empty where they say nothing. `output` is the program's."""

    __test__ = False  # the name is ours, not a test class of pytest's

    id: Name
    outcome: Literal["passed", "failed", "skipped", "error"]
    seconds: float = Field(ge=0, le=86_400, allow_inf_nan=False)
    message: Text = ""
    given: Text = ""
    expected: Text = ""
    observed: Text = ""
    exchanges: list[Exchange] = Field(default_factory=list, max_length=1_000)
    journal: list[Text] = Field(default_factory=list, max_length=2_000)
    output: Text = ""


class _Collected(_Strict):
    tests: list[CollectedTest] = Field(max_length=TESTS_LIMIT)


class _Finished(_Strict):
    count: int = Field(ge=0, le=TESTS_LIMIT)


class _Problem(_Strict):
    text: Text


@dataclass(frozen=True, slots=True)
class Start:
    """One start of the candidate's program.

    `seconds` until it ran (the harness's time, not the program's); `exit_code` is None when it was stopped, or
    still running; `output` is the end of what it printed. `memory_peak_mib` is None where the engine hides it.
    """

    seconds: float
    exit_code: int | None
    out_of_memory: bool
    output: str
    memory_peak_mib: float | None = None


@dataclass(frozen=True, slots=True)
class ExamRecord:
    """What an exam gave. `finished` only when every collected test has its one result and the examiner said so.

    `problem` says what went wrong on our side (None: nothing): then tests without a result were not run, and their
    absence says nothing about the submission.
    """

    tests: tuple[CollectedTest, ...]
    results: tuple[TestResult, ...]
    finished: bool
    problem: str | None
    starts: tuple[Start, ...]
    seconds: float


@dataclass
class Reading:
    """Reads the growing file of records. `problem` is the first thing that was wrong with it, or told in it."""

    folder: int
    nonce: str
    tests: dict[str, CollectedTest] = field(default_factory=dict)
    results: dict[str, TestResult] = field(default_factory=dict)
    collected: bool = False
    finished: bool = False
    problem: str | None = None
    _file: int | None = None
    _rest: bytes = b""
    _read: int = 0

    def read_on(self) -> bool:
        """Take in what has been written since; `folder` is a descriptor. Returns whether anything was new."""
        if self._file is None and not self._open():
            return False
        assert self._file is not None
        new = False
        while self.problem is None and (piece := os.read(self._file, 1 << 18)):
            new = True
            self._read += len(piece)
            *lines, self._rest = (self._rest + piece).split(b"\n")
            if self._read > RESULTS_LIMIT or any(len(line) > LINE_LIMIT for line in (*lines, self._rest)):
                self._complain("they are too large")
                break
            for line in lines:
                self._take(line)
        return new

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> bool:
        try:
            file = os.open(
                "results.jsonl", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=self.folder
            )
        except FileNotFoundError:
            return False
        except OSError as reason:
            self._complain(f"they can't be opened ({reason.strerror})")
            return False
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            self._complain("they are not a file")
            return False
        self._file = file
        return True

    def _take(self, line: bytes) -> None:
        try:
            record: Any = json.loads(line, object_pairs_hook=_no_duplicates)
            if record["nonce"] != self.nonce:
                self._complain("one does not belong to this exam")
                return
            kind = record["kind"]
            if kind == "collected":
                self._take_collected(_Collected.model_validate(record))
            elif kind == "result":
                self._take_result(TestResult.model_validate(record))
            elif kind == "finished":
                self._take_finished(_Finished.model_validate(record))
            elif kind == "problem":
                self.problem = self.problem or f"The examiner: {_Problem.model_validate(record).text[:2_000]}"
        except (ValueError, KeyError, TypeError, RecursionError, ValidationError) as reason:
            self._complain(f"one can't be read ({str(reason).splitlines()[0][:200]})")

    def _take_collected(self, record: _Collected) -> None:
        if self.collected:
            self._complain("the tests were collected twice")
            return
        self.collected = True
        self.tests = {test.id: test for test in record.tests}
        if len(self.tests) != len(record.tests):
            self._complain("two tests have one name")

    def _take_result(self, result: TestResult) -> None:
        if result.id not in self.tests or result.id in self.results or self.finished:
            self._complain(f"a result for {result.id[:100]} was not expected")
            return
        self.results[result.id] = result

    def _take_finished(self, record: _Finished) -> None:
        if record.count != len(self.tests) or set(self.results) != set(self.tests) or not self.collected:
            self._complain(
                f"{record.count} results were announced as all, {len(self.results)} of {len(self.tests)} are there"
            )
            return
        self.finished = True

    def _complain(self, what: str) -> None:
        self.problem = self.problem or f"The examiner's records can't be used: {what}."


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands there twice")
    return found
