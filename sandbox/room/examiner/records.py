"""The records of an exam: JSON lines that the harness reads, each with the nonce of the order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from .expect import SHOWN, show

Outcome = Literal["passed", "failed", "skipped", "error"]

OUTPUT_SHOWN = 4_000
"""Characters of the program's output that a result keeps: the last ones."""


class Records:
    """Appends to one file; every line is complete when it is written."""

    def __init__(self, path: Path, nonce: str) -> None:
        self._path = path
        self._nonce = nonce

    def write(self, kind: str, **fields: object) -> None:
        """One record. A text with half a surrogate pair is written with its escape, never refused."""
        line = json.dumps({"kind": kind, "nonce": self._nonce, **fields}, ensure_ascii=True)
        with self._path.open("a", encoding="ascii") as file:
            file.write(line + "\n")

    def problem(self, text: str) -> None:
        """Our own side can't hold the exam; the text says why."""
        self.write("problem", text=text[: 2 * SHOWN])

    def result(
        self,
        test_id: str,
        outcome: Outcome,
        seconds: float,
        *,
        message: str = "",
        given: str = "",
        expected: str = "",
        observed: str = "",
        exchanges: list[dict[str, str]] | None = None,
        journal: list[str] | None = None,
        output: str = "",
    ) -> None:
        """The result of one test. The last five are empty for a test that passed."""
        self.write(
            "result",
            id=test_id,
            outcome=outcome,
            seconds=round(seconds, 3),
            message=show(message),
            given=given,
            expected=expected,
            observed=observed,
            exchanges=exchanges or [],
            journal=journal or [],
            output=output[-OUTPUT_SHOWN:],
        )
