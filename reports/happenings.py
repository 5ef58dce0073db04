"""What happened when: commits, log entries, decisions with a date and recorded AI events, in one form.

The time line draws them and its table twin lists them, so that both hold the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from reports.reading import Commit, Entry, moment, number, text
from reports.report import GradeRecord

LANES = {
    "commit": "commits",
    "entry": "AI log entries",
    "log-edit": "log edits",
    "decision": "decisions",
    "prompt": "prompts",
    "edit": "agent edits",
    "test": "test runs",
    "interrupt": "interrupts",
}
"""Lanes from the top, with their names; only those on which something stands are drawn."""

EVENTS = "events"
EVENTS_LIMIT = 400


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened. `lines` counts changed lines, `told` says more (`+12 −3`, `failed`), `id` is a commit's,
    and a `starter` commit brought only the challenge's own files.

    `uncertain_minutes`: the moment may lie that far off, before or after.
    """

    at: datetime | None
    lane: str
    shape: str
    label: str
    told: str = ""
    lines: int = 0
    uncertain_minutes: int = 0
    place: str = ""
    id: str = ""
    starter: bool = False


def happenings(
    commits: Sequence[Commit], entries: Sequence[Entry], grades: Mapping[str, GradeRecord], zone: tzinfo = UTC
) -> tuple[Happening, ...]:
    """Everything that can carry a time, in its order; what has no time comes last."""
    found = [*_commits(commits), *_decisions(grades.get("written_evidence"), zone)]
    events = [event for event in _events(grades.get("ai_usage_log"), zone) if event.lane != "commit"]
    # The grader knows better how sure an entry's time is: where it tells one, the entry's own is not read.
    told = {event.place for event in events if event.lane == "entry"}
    found += [*events, *(entry for entry in _entries(entries, bool(told)) if entry.place not in told)]
    latest = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(found, key=lambda h: (h.at is None, h.at or latest)))


def _commits(commits: Iterable[Commit]) -> Iterable[Happening]:
    for commit in commits:
        yield Happening(
            commit.at,
            "commit",
            "commit-tests" if commit.tests else "commit",
            commit.subject,
            f"+{commit.added:,} −{commit.removed:,}{', starter' if commit.starter else ''}",
            # Within what can be drawn, whatever a history claims.
            max(0, min(commit.added + commit.removed, 10_000_000)),
            id=commit.id,
            starter=commit.starter,
        )


def _entries(entries: Iterable[Entry], told: bool) -> Iterable[Happening]:
    for entry in entries:
        yield Happening(None if told else entry.at, "entry", "entry", entry.name, place=entry.place)


def _decisions(record: GradeRecord | None, zone: tzinfo) -> Iterable[Happening]:
    for row in record.exhibits.get("decisions", ()) if record else ():
        at = moment(text(row, "when", "date", "at"), zone)
        if at:
            place = f"{text(row, 'path')}:{text(row, 'line')}".strip(":")
            yield Happening(at, "decision", "decision", text(row, "title"), place=place)


def _events(record: GradeRecord | None, zone: tzinfo) -> Iterable[Happening]:
    for row in (record.exhibits.get(EVENTS, ()) if record else ())[:EVENTS_LIMIT]:
        lane = text(row, "lane")
        if lane not in LANES:
            continue
        ok = row.get("ok")
        ended = "" if ok is None or lane != "test" else "passed" if ok else "failed"
        path, place = text(row, "path"), text(row, "line")
        yield Happening(
            moment(text(row, "when"), zone),
            lane,
            f"test-{ended}" if ended else lane,
            text(row, "label") or LANES[lane],
            ended,
            uncertain_minutes=min(max(number(row.get("uncertain_minutes")) or 0, 0), 100_000),
            place=f"{path}:{place}" if path and place else path,
        )
