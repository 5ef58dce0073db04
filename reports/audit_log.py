"""scoring-log.jsonl: who scored, when, and what was seen; each line carries the digest of the line before it.

The log is only added to. A line that was changed, moved or taken out of the middle breaks the chain at that line. A
chain cannot tell that its *last* lines are missing; so the head's digest is kept elsewhere too: every locked scorecard
and every reveal.html name the line that they belong to, the commands print it, and `Log.holds` finds it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from reports.report import Record
from reports.scorecard import Digest, digest_of

LOG_LIMIT = 8 * 1024 * 1024
"""Bytes of a log: some ten thousand lines, where a submission needs some dozen."""

START = "sha256:" + "0" * 64
"""What the first line names as the line before it."""

What = Literal["begun", "withdrawn", "locked", "amended", "revealed"]
"""Scorecard handed out; given back unused; scores locked; other scores locked by the same person; cohort opened."""


class LogError(Exception):
    """The log's chain does not hold, so nothing is added to it."""


class Line(Record):
    """One line. `digests` say of what: report, scorecard, cohort. `own` is the sha256 of the line without `own`."""

    n: Annotated[int, Field(ge=1)]
    when: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    who: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    what: What
    digests: dict[Annotated[str, StringConstraints(max_length=40)], Digest] = Field(default_factory=dict)
    note: Annotated[str, StringConstraints(max_length=2_000)] = ""
    previous: Digest
    own: Digest = START

    def sealed(self) -> Line:
        """The same line with its own digest."""
        told = self.model_dump(mode="json", exclude={"own"})
        return self.model_copy(update={"own": digest_of(_canonical(told).encode("ascii"))})

    def to_bytes(self) -> bytes:
        """The line as it stands in the file, with its line feed."""
        return (_canonical(self.model_dump(mode="json")) + "\n").encode("ascii")


@dataclass(frozen=True, slots=True)
class Log:
    """The lines that hold, in order; `trouble` names the first line that does not, None when all hold."""

    lines: tuple[Line, ...] = ()
    trouble: str | None = None

    @property
    def head(self) -> str:
        """The digest that the next line names as the one before it."""
        return self.lines[-1].own if self.lines else START

    def of(self, who: str, *what: What, report: str | None = None) -> tuple[Line, ...]:
        """This person's lines of these kinds (about the report with this digest)."""
        return tuple(
            line
            for line in self.lines
            if same_person(line.who, who)
            and line.what in what
            and (report is None or line.digests.get("report") == report)
        )

    def holds(self, digest: str) -> bool:
        """Whether a line with this digest is in the chain (its start always is)."""
        return digest == START or any(line.own == digest for line in self.lines)


def same_person(one: str, other: str) -> bool:
    """Whether two spellings of a rater's name mean the same person: spaces and capitals do not matter."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def read_log(data: bytes) -> Log:
    """The log in these bytes, as far as its chain holds; never raises."""
    if len(data) > LOG_LIMIT:
        return Log((), f"the log has {len(data):,} bytes, more than the {LOG_LIMIT:,} that it can have")
    lines: list[Line] = []
    previous = START
    pieces = data.split(b"\n")
    if pieces[-1] == b"":
        pieces.pop()
    elif data:
        pieces[-1] += b"\xff"  # a line without its line feed was cut short, so it can't be read as a whole one
    for number, piece in enumerate(pieces, 1):
        trouble, line = _check(piece, number, previous)
        if line is None:
            return Log(tuple(lines), f"line {number} of the log breaks the chain: {trouble}")
        lines.append(line)
        previous = line.own
    return Log(tuple(lines))


def _check(piece: bytes, number: int, previous: str) -> tuple[str, Line | None]:
    try:
        line = Line.model_validate_json(piece)
    except ValidationError:
        return "it is no whole line of a log", None
    if line.own != line.sealed().own or line.to_bytes() != piece + b"\n":
        return "what it says is not what was written (its own digest does not fit)", None
    if line.n != number:
        return f"it was written as line {line.n}, so lines are missing or in another order", None
    if line.previous != previous:
        return "it does not follow the line before it", None
    return "", line


def next_line(log: Log, who: str, what: What, digests: Mapping[str, str], *, at: datetime, note: str = "") -> Line:
    """The line to add to this log. Raises LogError when the chain does not hold."""
    if log.trouble:
        raise LogError(f"{log.trouble}; nothing is added to it. Restore the log from a copy.")
    line = Line(
        n=len(log.lines) + 1,
        when=at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        who=" ".join(who.split()),
        what=what,
        digests=dict(digests),
        note=note,
        previous=log.head,
    )
    return line.sealed()


def _canonical(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
