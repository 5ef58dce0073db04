"""The time line's geometry: where each commit and each entry of the AI usage log stands.

The axis is the time since the first event. Where nothing happened for long (a night), the axis is broken and the
gap gets a fixed width with its length written in it, so that an evening and a morning stay readable side by side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from reports.reading import Commit, Entry
from reports.text import line

WIDTH, LEFT, RIGHT = 1000.0, 110.0, 24.0
COMMIT_LANE, ENTRY_LANE, AXIS = 56.0, 122.0, 160.0
GAP_SECONDS = 3 * 3600
GAP_WIDTH = 56.0
GAPS_SHARE = 0.45
"""Of the width, at most this much goes to gaps."""
TICK_STEPS = (900, 1800, 3600, 7200, 14400, 43200, 86400, 604800)
TICK_APART = 70.0
TICKS_LIMIT = 60
MARKS_LIMIT = 400
SMALLEST, LARGEST = 5.0, 17.0
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mark:
    """A thing on a lane: x and radius in the picture's units, and what it is."""

    x: float
    radius: float
    label: str
    tests: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture: marks of two lanes, ticks, breaks of the axis (x in the middle), the time box (x, width)."""

    commits: tuple[Mark, ...]
    entries: tuple[Mark, ...]
    ticks: tuple[Tick, ...]
    breaks: tuple[Tick, ...]
    box: tuple[float, float] | None
    box_label: str
    left_out: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of the axis: from `start` to `end` (seconds since the first event), drawn from `x` on, `width` wide."""

    start: float
    end: float
    x: float
    width: float
    gap: bool


def duration(seconds: float) -> str:
    """`3 h 05 min`, `12 min`, `2 d 4 h`."""
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02d} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days:,} d {hours} h"


def seconds(moment: datetime) -> float:
    """Seconds since a fixed moment: unlike time stamps, good for every year that a commit can claim."""
    return (moment - EPOCH).total_seconds()


def timeline(commits: Sequence[Commit], entries: Sequence[Entry], time_box_minutes: int | None) -> Timeline | None:
    """The picture, or None when fewer than two events carry a time."""
    timed_commits = [(seconds(commit.at), commit) for commit in commits if commit.at]
    timed_entries = [(seconds(entry.at), entry) for entry in entries if entry.at]
    left_out = max(0, len(timed_commits) - MARKS_LIMIT) + max(0, len(timed_entries) - MARKS_LIMIT)
    timed_commits, timed_entries = timed_commits[:MARKS_LIMIT], timed_entries[:MARKS_LIMIT]
    moments = sorted({at for at, _ in timed_commits} | {at for at, _ in timed_entries})
    if len(moments) < 2:
        return None
    first = moments[0]
    stretches = _stretches([at - first for at in moments])
    largest = max((_lines(commit) for _, commit in timed_commits), default=1) or 1
    box = None
    if time_box_minutes:
        start, end = _place(stretches, 0.0), _place(stretches, time_box_minutes * 60.0)
        box = (start, round(end - start, 1))
    return Timeline(
        commits=tuple(
            Mark(
                _place(stretches, at - first),
                round(SMALLEST + (LARGEST - SMALLEST) * math.sqrt(_lines(commit) / largest), 1),
                f"{duration(at - first)}: {line(commit.subject, 80)} (+{commit.added:,} −{commit.removed:,})",
                commit.tests,
            )
            for at, commit in timed_commits
        ),
        entries=tuple(
            Mark(_place(stretches, at - first), 8.0, f"{duration(at - first)}: {line(entry.title, 80)}")
            for at, entry in timed_entries
        ),
        ticks=_ticks(stretches),
        breaks=tuple(Tick(round(s.x + s.width / 2, 1), duration(s.end - s.start)) for s in stretches if s.gap),
        box=box,
        box_label=f"time box {duration(time_box_minutes * 60)}" if time_box_minutes else "",
        left_out=left_out,
    )


def _lines(commit: Commit) -> int:
    """Changed lines, within what can be drawn."""
    return max(0, min(commit.added + commit.removed, 10_000_000))


def _stretches(moments: Sequence[float]) -> list[Stretch]:
    """The axis in pieces: stretches of work as wide as they are long, long gaps at a fixed width."""
    bounds: list[tuple[float, float, bool]] = []
    start = moments[0]
    for before, after in pairwise(moments):
        if after - before > GAP_SECONDS:
            bounds += [(start, before, False), (before, after, True)]
            start = after
    bounds.append((start, moments[-1], False))
    available = WIDTH - LEFT - RIGHT
    gaps = sum(gap for *_, gap in bounds)
    gap_width = min(GAP_WIDTH, available * GAPS_SHARE / gaps) if gaps else 0.0
    # A stretch of one event still needs room for its mark: each counts at least ten minutes.
    lengths = [0.0 if gap else max(end - begin, 600.0) for begin, end, gap in bounds]
    scale = (available - gaps * gap_width) / sum(lengths)
    stretches, x = [], LEFT
    for (begin, end, gap), length in zip(bounds, lengths, strict=True):
        width = gap_width if gap else length * scale
        stretches.append(Stretch(begin, end, x, width, gap))
        x += width
    return stretches


def _place(stretches: Sequence[Stretch], at: float) -> float:
    """Where the moment stands; what lies after the last event stands at the end."""
    for stretch in stretches:
        if at <= stretch.end:
            length = stretch.end - stretch.start
            inside = (at - stretch.start) / length if length else 0.5
            return round(stretch.x + max(0.0, min(1.0, inside)) * stretch.width, 1)
    return round(WIDTH - RIGHT, 1)


def _ticks(stretches: Sequence[Stretch]) -> tuple[Tick, ...]:
    ticks: list[Tick] = []
    last = -TICK_APART
    for stretch in (s for s in stretches if not s.gap):
        length = max(stretch.end - stretch.start, 600.0)
        step = next((s for s in TICK_STEPS if s / length * stretch.width >= TICK_APART), TICK_STEPS[-1])
        at = stretch.start if stretch.start == 0 else math.ceil(stretch.start / step) * step
        while at <= stretch.end and len(ticks) < TICKS_LIMIT:
            x = _place(stretches, at)
            if x - last >= TICK_APART:
                ticks.append(Tick(x, duration(at) if at else "start"))
                last = x
            at += step
    return tuple(ticks)
