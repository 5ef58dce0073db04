"""How far raters agree: per dimension, over every two people who scored the same submission, each on their own.

Only scores that were locked before their rater saw the cohort count. Weighted kappa takes chance out: 1 is full
agreement, 0 what the same levels would give when dealt out at random. A pair counts both ways (nobody is the first
rater), and two levels apart weigh twice as much as one (linear weights).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from reports.cohort import Member
from reports.locked import Locked
from reports.report import Dimension

ENOUGH = 10
"""Pairs from which on a kappa is told: with fewer, one other level moves it too far to mean anything."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """One dimension: pairs of scores, how many are the same, how many are two levels apart or more.

    `kappa` is None below ENOUGH pairs, and when everyone gave one and the same level; `why` says which.
    """

    dimension: str
    title: str
    pairs: int
    same: int
    far: int
    kappa: float | None
    why: str


def first_locks(member: Member) -> tuple[Locked, ...]:
    """Each rater's first locked scorecard on this very report, locked before they saw the cohort."""
    found: dict[str, Locked] = {}
    for locked in member.locked:
        if locked.scorecard.report_digest == member.digest and locked.phase == "before reveal":
            found.setdefault(" ".join(locked.scorecard.rater.split()).casefold(), locked)
    return tuple(found.values())


def agreement(dimensions: Sequence[Dimension], members: Sequence[Member]) -> tuple[Agreement, ...]:
    """A row for each dimension."""
    return tuple(_dimension(dimension, members) for dimension in dimensions)


def _dimension(dimension: Dimension, members: Sequence[Member]) -> Agreement:
    places = {anchor.level: place for place, anchor in enumerate(dimension.anchors)}
    pairs: list[tuple[int, int]] = []
    for member in members:
        levels = [
            places[score.level]
            for locked in first_locks(member)
            for score in locked.scorecard.scores
            if score.dimension == dimension.id and score.level in places
        ]
        pairs += combinations(levels, 2)
    same = sum(one == other for one, other in pairs)
    far = sum(abs(one - other) >= 2 for one, other in pairs)
    kappa, why = weighted_kappa(pairs)
    return Agreement(dimension.id, dimension.title, len(pairs), same, far, kappa, why)


def weighted_kappa(pairs: Sequence[tuple[int, int]]) -> tuple[float | None, str]:
    """Linear weighted kappa of pairs taken both ways, or None and why there is none."""
    if len(pairs) < ENOUGH:
        return None, "too few to say"
    levels = [level for pair in pairs for level in pair]
    shares = {level: levels.count(level) / len(levels) for level in set(levels)}
    by_chance = sum(p * q * abs(one - other) for one, p in shares.items() for other, q in shares.items())
    if by_chance == 0:
        return None, "one level only"
    seen = sum(abs(one - other) for one, other in pairs) / len(pairs)
    return 1 - seen / by_chance, ""
