"""The record that our plug-in left of a submission's own test run, read with a strict, bounded parser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

FOLDER = "/tmp/harness"  # noqa: S108 - a path inside the sandbox, on its own tmpfs
RECORD = f"{FOLDER}/record.jsonl"
STARTUP = "/harness/input/startup"
"""Where our part of such a run lies, and where it writes."""
RECORD_LIMIT = 8 * 1024 * 1024
TESTS_LIMIT = 20_000
LINES_LIMIT = 100_000
"""Of a record: eight megabytes of empty lines would take a minute, and what is read after a run has no deadline."""


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
    stopped: str = Field(default="", max_length=4_000)
    line: int = Field(default=0, ge=0, le=10_000_000)
    times: int = Field(default=0, ge=0, le=10_000_000)


@dataclass(frozen=True, slots=True)
class RecordedTest:
    """One test as its own process told it: "passed", "failed" or "skipped"; seconds of its call."""

    id: str
    outcome: str
    seconds: float
    message: str = ""
    expected_failure: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded, of one pytest session or of several. `exit_status`: None when the last one reported no end.

    `sessions` began, `unended` ones of them reported no end; `stopped` says why one ended before its tests did (-x).
    `deselected` tests were left out by options, `skipped_files` by themselves. Of a run with planted statements:
    `lines` is what became of a planted line ((test, line): outcome), `met` how often a function raised in a test.
    """

    collected: tuple[str, ...] = ()
    tests: tuple[RecordedTest, ...] = ()
    collection_errors: tuple[RecordedTest, ...] = ()
    exit_status: int | None = None
    unreadable_lines: int = 0
    sessions: int = 0
    unended: int = 0
    stopped: str = ""
    deselected: tuple[str, ...] = ()
    skipped_files: tuple[str, ...] = ()
    lines: Mapping[tuple[str, int], str] = field(default_factory=dict)
    met: Mapping[str, int] = field(default_factory=dict)

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
    names: dict[str, dict[str, None]] = {"collected": {}, "deselected": {}, "collection_skipped": {}}
    results: dict[str, RecordedTest] = {}
    errors: list[RecordedTest] = []
    lines: dict[tuple[str, int], str] = {}
    met: dict[str, int] = {}
    exit_status: int | None = None
    stopped = ""
    unreadable = began = ended = 0
    for raw in content[:RECORD_LIMIT].split(b"\n", LINES_LIMIT)[:LINES_LIMIT]:
        if not raw:
            continue
        line = _parse(raw)
        if line is None:
            unreadable += 1
        elif line.kind in names and len(names[line.kind]) < TESTS_LIMIT:
            names[line.kind].update(dict.fromkeys(_clean(name) for name in (*line.tests, line.id) if name))
        elif line.kind == "collection_error":
            errors.append(RecordedTest(_clean(line.id), "failed", 0.0, _clean(line.message)))
        elif line.kind == "result" and len(results) < TESTS_LIMIT:
            _keep(results, line)
        elif line.kind == "started":
            began, exit_status = began + 1, None
        elif line.kind == "finished":
            ended, exit_status, stopped = ended + 1, line.exit_status, stopped or _clean(line.stopped)
        elif line.kind == "line" and len(lines) < TESTS_LIMIT:
            lines[_clean(line.id), line.line] = line.outcome
        elif line.kind == "met" and len(met) < TESTS_LIMIT:
            met[_clean(line.id)] = line.times
    return Recording(
        collected=tuple(names["collected"]),
        tests=tuple(results.values()),
        collection_errors=tuple(errors),
        exit_status=exit_status,
        unreadable_lines=unreadable,
        sessions=began,
        unended=max(0, began - ended),
        stopped=stopped,
        deselected=tuple(names["deselected"]),
        skipped_files=tuple(names["collection_skipped"]),
        lines=lines,
        met=met,
    )


def _keep(results: dict[str, RecordedTest], line: _Line) -> None:
    """A test has up to three phases; the worst of them is its outcome."""
    outcome = line.outcome if line.outcome in ("passed", "failed", "skipped") else "failed"
    name = _clean(line.id)
    before = results.get(name)
    if before is None or (outcome == "failed" and before.outcome != "failed"):
        results[name] = RecordedTest(name, outcome, line.seconds, _clean(line.message), line.expected_failure)


def _parse(raw: bytes) -> _Line | None:
    try:
        data: Any = json.loads(raw)
        return _Line.model_validate(data)
    except (ValueError, RecursionError, ValidationError):
        return None


def _clean(text: str) -> str:
    """A lone surrogate would break the writing of the report; nothing else is changed here, views escape."""
    return text.encode("utf-8", "replace").decode("utf-8")
