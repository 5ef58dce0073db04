"""The control channel: what must be done to the program is asked of the harness by files in one folder.

A request is `requests/000001.json`, its answer `answers/000001.json`; both appear by a rename, so that none
is read half.
Only the examiner and the harness hold the folder.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from .expect import ExaminerError

POLL = 0.005
"""Seconds between two looks for an answer (plan of the channel: both sides look every 5 ms)."""

ANSWER_LIMIT = 8 * 1024 * 1024
"""Bytes of an answer that are read; the output of a program is the only long one, and the harness cuts it."""


class Channel:
    """Asks one question at a time. `folder` holds requests/ and answers/; `seconds` is how long an answer may take."""

    def __init__(self, folder: Path, seconds: float = 120.0) -> None:
        self._requests = folder / "requests"
        self._answers = folder / "answers"
        self._seconds = seconds
        self._count = 0

    def ask(self, op: str, **fields: object) -> dict[str, Any]:
        """The `value` of the harness's answer; ExaminerError when it answers with an error, wrongly or not at all."""
        self._requests.mkdir(exist_ok=True)
        self._count += 1
        name = f"{self._count:06d}.json"
        draft = self._requests / f".{name}.tmp"
        draft.write_text(json.dumps({"op": op, **fields}), encoding="utf-8")
        draft.rename(self._requests / name)
        return self._value(op, self._answer(op, self._answers / name))

    def _answer(self, op: str, path: Path) -> bytes:
        ends = time.monotonic() + self._seconds
        while not path.exists():
            if time.monotonic() > ends:
                raise ExaminerError(f"The harness did not answer {op!r} within {self._seconds:g} s.")
            time.sleep(POLL)
        with path.open("rb") as file:
            return file.read(ANSWER_LIMIT)

    def _value(self, op: str, answer: bytes) -> dict[str, Any]:
        try:
            content = json.loads(answer)
            if content["ok"] is True:
                return dict(content.get("value") or {})
            reason = str(content.get("error"))
        except (ValueError, KeyError, TypeError, AttributeError) as trouble:
            raise ExaminerError(f"The harness answered {op!r} in a form that can't be read: {trouble}") from trouble
        raise ExaminerError(f"The harness could not do {op!r}: {reason}")
