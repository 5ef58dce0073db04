"""The files of scoring, in a report's folder: scorecards to fill in, locked scorecards, and the log of who did what."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.output import write_whole
from reports import (
    LOG_LIMIT,
    READ_LIMIT,
    SCORECARD_LIMIT,
    Line,
    Locked,
    Log,
    Phase,
    Report,
    Scorecard,
    ScorecardError,
    What,
    digest_of,
    lock_by,
    locked_name,
    next_line,
    read_locked,
    read_log,
    read_report,
    same_person,
    shortcomings,
)

LOG_NAME = "scoring-log.jsonl"
LOCKED_FILES = "scorecard-*.locked-*.json"
FILES_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Scored:
    """A report's folder as scoring sees it. `troubles` are locked scorecards that can't be relied on, and why."""

    folder: Path
    report: Report
    digest: str
    log: Log
    locked: tuple[Locked, ...]
    troubles: tuple[str, ...]

    def locks_of(self, rater: str) -> tuple[Locked, ...]:
        """This rater's locked scorecards on this very report, in the log's order."""
        return tuple(
            each
            for each in self.locked
            if same_person(each.scorecard.rater, rater) and each.scorecard.report_digest == self.digest
        )

    @property
    def open_raters(self) -> tuple[str, ...]:
        """Who began to score this report and has not locked yet."""
        last = {
            " ".join(line.who.split()).casefold(): line
            for line in self.log.lines
            if line.what in ("begun", "withdrawn") and self._mine(line)
        }
        return tuple(line.who for line in last.values() if line.what == "begun" and not self.locks_of(line.who))

    @property
    def is_locked(self) -> bool:
        """Somebody's scores are locked, nobody's are open, and the log vouches for it."""
        mine = [each for each in self.locked if each.scorecard.report_digest == self.digest]
        return bool(mine) and not self.open_raters and not self.troubles and self.log.trouble is None

    def _mine(self, line: Line) -> bool:
        return line.digests.get("report") == self.digest


def read_scored(folder: Path) -> Scored:
    """The folder's report, log and locked scorecards.

    Raises ScorecardError when there is no report in it, and ReportError for one that can't be read.
    """
    data = _read(folder / "report.json", READ_LIMIT)
    if data is None:
        raise ScorecardError(f"{folder} holds no report.json: name the folder of a report (grading/<submission>).")
    report = read_report(data)
    log = read_log(_read(folder / LOG_NAME, LOG_LIMIT) or b"")
    locked: list[Locked] = []
    troubles: list[str] = []
    for path in sorted(folder.glob(LOCKED_FILES))[:FILES_LIMIT]:
        try:
            each = read_locked(_read(path, 2 * SCORECARD_LIMIT) or b"")
        except ScorecardError as reason:
            troubles.append(f"{path.name}: {reason}")
            continue
        trouble = each.trouble(log)
        if trouble:
            troubles.append(f"{path.name}: {trouble}")
        else:
            locked.append(each)
    known = {each.line for each in locked}
    told = [line for line in log.lines if line.what in ("locked", "amended") and line.n not in known]
    troubles += [f"line {line.n} of the log: the scorecard that {line.who} locked is not there" for line in told]
    return Scored(
        folder, report, digest_of(data), log, tuple(sorted(locked, key=lambda each: each.line)), tuple(troubles)
    )


def begin(scored: Scored, rater: str, at: datetime) -> None:
    """Log that this rater got a scorecard (once, but for one that was given back). Raises LogError."""
    with _log_of(scored.folder) as (log, add):
        before = log.of(rater, "begun", "withdrawn", report=scored.digest)
        if not before or before[-1].what == "withdrawn":
            add(next_line(log, rater, "begun", {"report": scored.digest}, at=at))


def withdraw(scored: Scored, rater: str, why: str, at: datetime) -> None:
    """Log that this rater will not score this report after all: nobody waits. Raises ScorecardError, LogError."""
    if not any(same_person(who, rater) for who in scored.open_raters):
        raise ScorecardError(f"{rater} has no open scorecard on this report.")
    with _log_of(scored.folder) as (log, add):
        add(next_line(log, rater, "withdrawn", {"report": scored.digest}, at=at, note=why))


def lock_scorecard(scored: Scored, card: Scorecard, at: datetime, why: str = "") -> tuple[Locked, bool]:
    """Lock this scorecard; gives it, and whether it is new (the same content is locked once).

    `why`: the reason for other scores than the ones that this rater has locked before. Raises ScorecardError for a
    scorecard that is not whole, and for other scores without a reason; LogError when the log's chain does not hold.
    """
    lacking = shortcomings(card, scored.report, scored.digest)
    if lacking:
        more = f" (and {len(lacking) - 6} more)" if len(lacking) > 6 else ""
        raise ScorecardError(f"the scorecard can't be locked yet: {'; '.join(lacking[:6])}{more}.")
    with _log_of(scored.folder) as (log, add):
        if log.trouble:
            raise ScorecardError(f"{log.trouble}; nothing is locked. Restore {LOG_NAME} from a copy.")
        before = log.of(card.rater, "locked", "amended", report=scored.digest)
        same = next((line for line in before if line.digests.get("scorecard") == card.digest()), None)
        if before and same is None and not why:
            raise ScorecardError(
                f"{card.rater}'s scores are locked (line {before[0].n} of {LOG_NAME}) and these are others: the locked "
                'ones stay. To put these beside them, say why: --amend "...".'
            )
        line = same
        if line is None:
            digests = {"report": scored.digest, "scorecard": card.digest()}
            line = next_line(log, card.rater, "amended" if before else "locked", digests, at=at, note=why)
            add(line)
        seen = any(each.n < line.n for each in log.of(card.rater, "revealed"))
        phase: Phase = "after reveal" if seen else "before reveal"
        amends = before[0].digests.get("scorecard") if before and before[0].n != line.n else None
        locked = lock_by(card, line, phase, amends=amends, why=line.note)
        path = scored.folder / locked_name(card.rater, line.n)
        if not path.exists():
            write_whole(path, locked.to_json().encode("ascii"))
            path.chmod(0o444)
    return locked, same is None


def log_reveal(scored: Scored, rater: str, cohort: str, note: str, at: datetime) -> Line:
    """Log that this rater opens the cohort comparison (`cohort`: its digest). Raises LogError."""
    with _log_of(scored.folder) as (log, add):
        line = next_line(log, rater, "revealed", {"report": scored.digest, "cohort": cohort}, at=at, note=note)
        add(line)
    return line


class _Adder:
    """Adds lines to the end of the opened log, on the disk before anything follows from them."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, line: Line) -> None:
        os.write(self._descriptor, line.to_bytes())
        os.fsync(self._descriptor)


@contextlib.contextmanager
def _log_of(folder: Path) -> Iterator[tuple[Log, _Adder]]:
    """The folder's log, alone with it, and what adds to it."""
    descriptor = os.open(folder / LOG_NAME, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        with os.fdopen(os.dup(descriptor), "rb") as file:
            yield read_log(file.read(LOG_LIMIT + 1)), _Adder(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path, limit: int) -> bytes | None:
    """At most limit + 1 bytes, so that what is too large is seen to be; None when there is no such file."""
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None


def what_of(what: What) -> str:
    """A kind of line as people read it."""
    return {"begun": "got a scorecard", "locked": "locked", "amended": "locked other scores", "revealed": "revealed"}[
        what
    ]
