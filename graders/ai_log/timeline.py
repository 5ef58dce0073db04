"""The time line: the times of a log, read in the way that fits the commits best, and said to be read so.

People stamp local times with Z and write 6/2 for the second of June. So offsets and date orders are tried before
anything is said about a time, and another reading than the written one is taken only where it fits clearly better.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

from graders.ai_log.document import Document
from graders.ai_log.entry import Entry
from graders.ai_log.timeline_page import Page, time_of
from graders.ai_log.timeline_words import Written

OFFSETS = tuple(sorted({*range(-12 * 60, 14 * 60 + 1, 60), -570, -210, 210, 270, 330, 345, 390, 570, 765}))
"""Minutes east of UTC, from -12 to +14 hours: every whole hour, and the other offsets in use."""
BETTER = 0.5
"""Another reading is taken where it halves the median distance to the commits at the least,"""
FAR = timedelta(minutes=45)
"""and only where the written reading is further off than this: below, chance alone makes some offset fit better."""
ENOUGH = 3
"""Timed entries below which one offset or another always fits."""
BEFORE, BESIDE = timedelta(days=7), timedelta(days=1)
"""Work starts before the first commit; and a day beyond that is nobody's mistake (AIL-08)."""
ROUND_ENTRIES, ROUND_SHARE, ROUND_MINUTES = 10, 0.9, 30
"""So many entries, and such a share of them at full five minutes or evenly apart, make times approximate (AIL-10)."""
DAY_MINUTES = 720
ENTRIES = 300
"""Entries that are put in time."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read the times. `offset` in minutes, None: as it stands with each time."""

    offset: int | None = None
    month_first: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """An entry with its time as read, UTC; `uncertain` minutes to either side."""

    entry: Entry
    at: datetime
    uncertain: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """`moments` in the log's order. `told` says how the times were read. `inside` of them lie in the commits' period.

    `outside` are entries more than a day outside it in every reading. `rounded`: the times look approximate.
    """

    moments: tuple[Moment, ...] = ()
    told: str = ""
    inside: int = 0
    outside: tuple[Entry, ...] = ()
    rounded: bool = False


def make_timeline(entries: Sequence[Entry], commits: Sequence[datetime], texts: Mapping[str, Document]) -> Timeline:
    """Read the entries' times beside the (aware) times of the commits. `texts`: the entries' documents by path."""
    year = min(commits).year if commits else None
    pages: dict[str, Page] = {}
    times = []
    for entry in entries[:ENTRIES]:
        if entry.path in texts and entry.path not in pages:
            pages[entry.path] = Page(texts[entry.path], year)
        found = time_of(entry, year, pages.get(entry.path))
        if found is not None:
            times.append((entry, _in_year(found, commits)))
    if not times:
        return Timeline()
    marks = sorted(moment.astimezone(UTC) for moment in commits)
    home = _home(commits)
    reading, told = _best([one for _, one in times], marks, home)
    rounded = _rounded([one for _, one in times])
    moments = tuple(
        Moment(entry, _at(one, reading, home), DAY_MINUTES if one.clock is None else ROUND_MINUTES if rounded else 0)
        for entry, one in times
    )
    if not marks:
        return Timeline(moments, told, len(moments), (), rounded)
    inside = sum(not _is_outside(moment.at, marks) for moment in moments)
    return Timeline(moments, told, inside, _outside(times, marks, home), rounded)


def _in_year(one: Written, commits: Sequence[datetime]) -> Written:
    """A date without its year, in the year that puts it nearest to the commits: December goes before January."""
    if not one.year_guessed or not commits:
        return one
    first = min(commits).date()
    days = []
    for year in (one.day.year - 1, one.day.year, one.day.year + 1):
        with contextlib.suppress(ValueError):  # 29 February
            days.append(one.day.replace(year=year))
    return replace(one, day=min(days, key=lambda day: abs(day - first)))


def _home(commits: Sequence[datetime]) -> int:
    """The offset that most commits carry, in minutes: where the author's clock seems to be."""
    offsets = [int((moment.utcoffset() or timedelta()).total_seconds() // 60) for moment in commits]
    return max(set(offsets), key=lambda offset: (offsets.count(offset), -offset)) if offsets else 0


def _at(one: Written, reading: Reading, home: int) -> datetime:
    offset = reading.offset
    if offset is None:
        offset = one.offset if one.offset is not None else home
    return one.at(reading.month_first).replace(tzinfo=timezone(timedelta(minutes=offset))).astimezone(UTC)


def _best(times: Sequence[Written], marks: Sequence[datetime], home: int) -> tuple[Reading, str]:
    """The reading to take, and how to say it."""
    plain = Reading()
    zoned = sum(one.offset is not None for one in times)
    zulu = sum(one.zulu for one in times)
    said = "with the offsets that stand with them"
    if not zoned:
        said = f"in the commits' zone, {_zone(home)}; they name none"
    elif zoned < len(times):
        said = f"with the offsets that stand with them, the others in the commits' zone, {_zone(home)}"
    if not marks:
        return plain, f"Times read {said}."
    base, _ = _distance(times, plain, marks, home)
    orders = (False, True) if any(one.swapped for one in times) else (False,)
    clocks = sum(one.clock is not None for one in times)
    offsets = (None, *OFFSETS) if clocks >= ENOUGH else (None,)
    others = [Reading(offset, month_first) for month_first in orders for offset in offsets]
    best = min(others, key=lambda one: (_distance(times, one, marks, home), one.offset is not None, one.month_first))
    # The order of day and month alone may do: it is the smaller step.
    swapped = min(
        (Reading(None, order) for order in orders),
        key=lambda one: (_distance(times, one, marks, home), one.month_first),
    )
    for other in (swapped, best):
        if other != plain and base > FAR and _distance(times, other, marks, home)[0] <= base * BETTER:
            where = [] if other.offset is None else [f"as {_zone(other.offset)}" + (" (stamped Z)" if zulu else "")]
            order = ["with the month before the day"] if other.month_first else []
            why = "the written reading lies further from the commits"
            return other, f"Times read {' and '.join(where + order)}: {why}."
    return plain, f"Times read {said}."


def _distance(
    times: Sequence[Written], reading: Reading, marks: Sequence[datetime], home: int
) -> tuple[timedelta, timedelta]:
    """The median and the summed distance to the nearest commit; a date alone is near every commit of its day."""
    distances = []
    for one in times:
        at = _at(one, reading, home)
        place = bisect_left(marks, at)
        nearest = min(abs(at - mark) for mark in marks[max(place - 1, 0) : place + 1])
        distances.append(max(nearest - timedelta(hours=12), timedelta()) if one.clock is None else nearest)
    return sorted(distances)[(len(distances) - 1) // 2], sum(distances, timedelta())


def _is_outside(at: datetime, marks: Sequence[datetime]) -> bool:
    return marks[0] - at > BEFORE + BESIDE or at - marks[-1] > BESIDE


def _outside(times: Sequence[tuple[Entry, Written]], marks: Sequence[datetime], home: int) -> tuple[Entry, ...]:
    """The entries outside in the reading that leaves the fewest of them there: so at least as many are in every one."""
    fewest: tuple[Entry, ...] | None = None
    for month_first in (False, True):
        for offset in (None, *OFFSETS):
            reading = Reading(offset, month_first)
            out = tuple(entry for entry, one in times if _is_outside(_at(one, reading, home), marks))
            if fewest is None or len(out) < len(fewest):
                fewest = out
            if not fewest:
                return ()
    return fewest or ()


def _rounded(times: Sequence[Written]) -> bool:
    clocks = [one for one in times if one.clock is not None]
    if len(clocks) < ROUND_ENTRIES:
        return False
    even = sum(one.at().minute % 5 == 0 and not one.at().second for one in clocks)
    gaps = [later.at() - earlier.at() for earlier, later in pairwise(clocks)]
    same = max(gaps.count(gap) for gap in set(gaps)) if gaps else 0
    return even >= ROUND_SHARE * len(clocks) or same >= ROUND_SHARE * len(gaps)


def _zone(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    sign = "-" if minutes < 0 else "+"
    return "UTC" if not minutes else f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")
