"""The record that our plug-in left of a submission's own test run, read with a strict, bounded parser."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

RECORD_LIMIT = 8 * 1024 * 1024
TESTS_LIMIT = 20_000


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    kind: str = Field(max_length=40)
    id: str = Field(default="", max_length=1_000)
    outcome: str = Field(default="", max_length=20)
    when: str = Field(default="", max_length=20)
    message: str = Field(default="", max_length=4_000)
    seconds: float = Field(default=0.0, ge=0, le=1e6, allow_inf_nan=False)
    expected_failure: bool = False
    tests: list[str] = Field(default_factory=list, max_length=TESTS_LIMIT)
    exit_status: int | None = Field(default=None, ge=0, le=255)


@dataclass(frozen=True, slots=True)
class RecordedTest:
    """One test as its own process told it: "passed", "failed" or "skipped"; seconds of its call."""

    id: str
    outcome: str
    seconds: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded. `exit_status` is None when the session never reported its end."""

    collected: tuple[str, ...] = ()
    tests: tuple[RecordedTest, ...] = ()
    collection_errors: tuple[RecordedTest, ...] = ()
    exit_status: int | None = None
    unreadable_lines: int = 0

    @property
    def passed(self) -> tuple[RecordedTest, ...]:
        return tuple(test for test in self.tests if test.outcome == "passed")

    @property
    def failed(self) -> tuple[RecordedTest, ...]:
        return tuple(test for test in self.tests if test.outcome == "failed")

    @property
    def skipped(self) -> tuple[RecordedTest, ...]:
        return tuple(test for test in self.tests if test.outcome == "skipped")


def read_recording(content: bytes) -> Recording:
    """Read JSON lines; unknown kinds are passed over, lines that cannot be read are counted, never guessed."""
    collected: list[str] = []
    results: dict[str, RecordedTest] = {}
    errors: list[RecordedTest] = []
    exit_status: int | None = None
    unreadable = 0
    for raw in content[:RECORD_LIMIT].splitlines():
        line = _parse(raw)
        if line is None:
            unreadable += 1
        elif line.kind == "collected":
            collected = [_clean(name) for name in line.tests]
        elif line.kind == "collection_error":
            errors.append(RecordedTest(_clean(line.id), "failed", 0.0, _clean(line.message)))
        elif line.kind == "result" and len(results) < TESTS_LIMIT:
            _keep(results, line)
        elif line.kind == "finished":
            exit_status = line.exit_status
    return Recording(tuple(collected), tuple(results.values()), tuple(errors), exit_status, unreadable)


def _keep(results: dict[str, RecordedTest], line: _Line) -> None:
    """A test has up to three phases; the worst of them is its outcome."""
    outcome = line.outcome if line.outcome in ("passed", "failed", "skipped") else "failed"
    name = _clean(line.id)
    before = results.get(name)
    if before is None or (outcome == "failed" and before.outcome != "failed"):
        results[name] = RecordedTest(name, outcome, line.seconds, _clean(line.message))


def _parse(raw: bytes) -> _Line | None:
    try:
        data: Any = json.loads(raw)
        return _Line.model_validate(data)
    except (ValueError, RecursionError, ValidationError):
        return None


def _clean(text: str) -> str:
    """A lone surrogate would break the writing of the report; nothing else is changed here, views escape."""
    return text.encode("utf-8", "replace").decode("utf-8")
