"""The time line's geometry: where each commit, log entry and recorded AI event stands, lane by lane.

The axis is the time since the first event. Where nothing happened for long (a night), the axis is broken and the
gap gets a fixed width with its length written in it, so that an evening and a morning stay readable side by side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from reports.happenings import LANES, Happening
from reports.text import line

WIDTH, LEFT, RIGHT = 1000.0, 118.0, 24.0
TOP, LANE_HEIGHT = 46.0, 36.0
GAP_SECONDS = 3 * 3600
GAP_WIDTH = 56.0
GAPS_SHARE = 0.45
"""Of the width, at most this much goes to gaps."""
TICK_STEPS = (900, 1800, 3600, 7200, 14400, 43200, 86400, 604800)
TICK_APART = 70.0
TICKS_LIMIT = 60
MARKS_LIMIT = 400
"""Marks of one lane; the table twin holds the rest."""
SMALLEST, LARGEST = 5.0, 15.0
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Mark:
    """A thing on a lane: x and radius in the picture's units, shape, label, how far it may lie off (x, width)."""

    x: float
    radius: float
    shape: str
    label: str
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: its name, where it runs, what stands on it."""

    name: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place on the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture: lanes from the top, ticks, breaks of the axis (x in the middle), the time box (x, width)."""

    lanes: tuple[Lane, ...]
    axis: float
    ticks: tuple[Tick, ...]
    breaks: tuple[Tick, ...]
    box: tuple[float, float] | None
    box_label: str
    left_out: int

    @property
    def shapes(self) -> frozenset[str]:
        """The shapes that were drawn: what the legend has to explain."""
        return frozenset(mark.shape for lane in self.lanes for mark in lane.marks)

    @property
    def uncertain(self) -> bool:
        """Whether a mark shows how far it may lie off."""
        return any(mark.span for lane in self.lanes for mark in lane.marks)


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


def timeline(happenings: Sequence[Happening], time_box_minutes: int | None) -> Timeline | None:
    """The picture, or None when fewer than two moments are known."""
    by_lane: dict[str, list[tuple[float, Happening]]] = {}
    for happening in happenings:
        if happening.at:
            by_lane.setdefault(happening.lane, []).append((seconds(happening.at), happening))
    left_out = sum(max(0, len(found) - MARKS_LIMIT) for found in by_lane.values())
    by_lane = {lane: found[:MARKS_LIMIT] for lane, found in by_lane.items()}
    moments = sorted({at for found in by_lane.values() for at, _ in found})
    if len(moments) < 2:
        return None
    first = moments[0]
    stretches = _stretches([at - first for at in moments])
    largest = max((happening.lines for happening in happenings), default=1) or 1
    box = None
    if time_box_minutes:
        start, end = _place(stretches, 0.0), _place(stretches, time_box_minutes * 60.0)
        box = (start, round(end - start, 1))
    drawn = [lane for lane in LANES if by_lane.get(lane)]
    lanes = tuple(
        Lane(
            LANES[name],
            TOP + LANE_HEIGHT * (position + 0.5),
            tuple(_mark(stretches, at - first, happening, largest) for at, happening in by_lane[name]),
        )
        for position, name in enumerate(drawn)
    )
    return Timeline(
        lanes=lanes,
        axis=TOP + LANE_HEIGHT * len(drawn) + 6,
        ticks=_ticks(stretches),
        breaks=tuple(Tick(round(s.x + s.width / 2, 1), duration(s.end - s.start)) for s in stretches if s.gap),
        box=box,
        box_label=f"time box {duration(time_box_minutes * 60)}" if time_box_minutes else "",
        left_out=left_out,
    )


def _mark(stretches: Sequence[Stretch], at: float, happening: Happening, largest: int) -> Mark:
    radius = 5.0
    if happening.lane == "commit":
        radius = round(SMALLEST + (LARGEST - SMALLEST) * math.sqrt(happening.lines / largest), 1)
    span = None
    if happening.uncertain_minutes:
        before = _place(stretches, at - happening.uncertain_minutes * 60.0)
        span = (before, round(_place(stretches, at + happening.uncertain_minutes * 60.0) - before, 1))
    told = f" ({happening.told})" if happening.told else ""
    label = f"{duration(at)}: {line(happening.label, 80)}{told}"
    return Mark(_place(stretches, at), radius, happening.shape, label, span)


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
