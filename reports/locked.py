"""A locked scorecard: the scorecard as it was, and the line of the log that says so.

It is written once. Other content from the same person is an amendment: a locked scorecard of its own beside the first,
marked by whether it came before or after that person had seen the cohort.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from reports.audit_log import Line, Log
from reports.report import Record
from reports.scorecard import SCORECARD_LIMIT, Digest, Scorecard, ScorecardError

Phase = Literal["before reveal", "after reveal"]


class Locked(Record):
    """The scorecard, its digest, and the log's line (number and digest) that it was locked by."""

    schema_version: Literal[1] = 1
    scorecard: Scorecard
    digest: Digest
    phase: Phase
    line: Annotated[int, Field(ge=1)]
    line_digest: Digest
    amends: Digest | None = None
    why: Annotated[str, StringConstraints(max_length=2_000)] = ""

    def to_json(self) -> str:
        """Canonical text: the same locked scorecard gives the same bytes."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=True, indent=2, sort_keys=True) + "\n"

    def trouble(self, log: Log) -> str | None:
        """What does not fit between this file and the log; None when all fits."""
        if self.scorecard.digest() != self.digest:
            return "its scores are not the ones that were locked (the digest does not fit)"
        line = next((line for line in log.lines if line.n == self.line), None)
        if line is None or line.own != self.line_digest:
            return f"line {self.line} of the log, by which it was locked, is not there any more"
        if line.digests.get("scorecard") != self.digest or line.what not in ("locked", "amended"):
            return f"line {self.line} of the log is about something else"
        return None


def lock_by(card: Scorecard, line: Line, phase: Phase, *, amends: str | None = None, why: str = "") -> Locked:
    """The scorecard, locked by this line of the log."""
    return Locked(
        scorecard=card, digest=card.digest(), phase=phase, line=line.n, line_digest=line.own, amends=amends, why=why
    )


def read_locked(data: bytes) -> Locked:
    """The locked scorecard in these bytes. Raises ScorecardError."""
    if len(data) > 2 * SCORECARD_LIMIT:
        raise ScorecardError("a locked scorecard is not that large")
    try:
        return Locked.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:200] or "the top"
        raise ScorecardError(f"not a locked scorecard: at {where}: {first['msg']}") from None


def file_stem(rater: str) -> str:
    """A rater's name as part of a file's name: `ana-b`; `rater` when no letter of it is ASCII."""
    plain = unicodedata.normalize("NFKD", rater).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "rater"


def locked_name(rater: str, line: int) -> str:
    """The file's name; the line's number makes it the only one."""
    return f"scorecard-{file_stem(rater)}.locked-{line}.json"
