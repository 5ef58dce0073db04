"""Many reports beside each other: per behaviour, how many submissions handle it. Never an order of people.

Only reports on the same challenge (id, version and digest) are compared. Submissions that did not start say nothing
on single behaviours, and what we could not tell counts nowhere; both are named with their number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median_low

from reports.locked import Locked
from reports.matrix import State, hidden_tests, matrix, started, state
from reports.report import Report
from reports.scorecard import digest_of

SMALL = 5
"""Below this many submissions a comparison means little, and the page says so."""

FLAGGED = 3
"""From this many submissions on it is worth a look when all or none of them handle a behaviour."""


@dataclass(frozen=True, slots=True)
class Member:
    """One report's folder: its report or the problem with it, and how far its scoring is.

    `id` is what pages show. `written`: when report.json was written, in UTC. `revealed`: when the cohort was first
    seen from here. `trouble`: why the folder's log or a locked scorecard can't be relied on.
    """

    id: str
    folder: str
    report: Report | None = None
    problem: str | None = None
    digest: str = ""
    written: str = ""
    locked: tuple[Locked, ...] = ()
    open_raters: tuple[str, ...] = ()
    is_locked: bool = False
    revealed: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """One submission in one category: how many tests it handles, does not handle, and neither (probes left out)."""

    handled: int
    not_handled: int
    other: int


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """One category over the cohort; `mine` is the submission that is looked at, `cohort` all that started."""

    id: str
    title: str
    mine: Standing | None
    cohort: tuple[Standing, ...]

    @property
    def spread(self) -> tuple[int, int, int] | None:
        """The least, the middle and the most tests handled by one submission."""
        counts = sorted(each.handled for each in self.cohort)
        return (counts[0], median_low(counts), counts[-1]) if counts else None

    @property
    def tests(self) -> int:
        """Tests that could be handled."""
        everyone = (*self.cohort, *((self.mine,) if self.mine else ()))
        return max((s.handled + s.not_handled + s.other for s in everyone), default=0)

    @property
    def bars(self) -> tuple[int, ...]:
        """For 0, 1, 2, … tests handled: how many submissions."""
        counts = [0] * (self.tests + 1)
        for each in self.cohort:
            counts[each.handled] += 1
        return tuple(counts)

    @property
    def counted(self) -> tuple[tuple[int, int], ...]:
        """The same as pairs (tests handled, submissions), without those that nobody handles: the picture's twin."""
        return tuple((handled, number) for handled, number in enumerate(self.bars) if number)


@dataclass(frozen=True, slots=True)
class TestRow:
    """One hidden test over the cohort: handled by `handled` of the `told` submissions of which it could be told."""

    __test__ = False  # not one of pytest's

    id: str
    title: str
    tier: str
    category: str
    handled: int
    told: int
    mine: State | None

    @property
    def remark(self) -> str:
        """What is worth a look when everyone, or no one, handles it."""
        if self.told < FLAGGED or 0 < self.handled < self.told:
            return ""
        return "everyone failed: check the brief" if self.handled == 0 else "everyone passed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A cohort, and (for the reveal) one submission of it."""

    challenge: str
    version: str
    name: str
    size: int
    not_started: int
    others: int
    categories: tuple[CategoryRow, ...]
    tests: tuple[TestRow, ...]

    def digest(self) -> str:
        """The digest of the figures: what the log says was shown."""
        return digest_of(json.dumps(asdict(self), ensure_ascii=True, sort_keys=True).encode("ascii"))


def compare(mine: Report | None, reports: Sequence[Report]) -> Comparison:
    """The cohort of `reports` on the same challenge as `mine` (or as the first of them), `mine` among them once.

    `others` counts the reports on another challenge or version, which are left out.
    """
    first = mine or reports[0]
    same = [report for report in reports if key(report) == key(first)]
    if mine is not None and mine not in same:
        same.append(mine)
    running = [report for report in same if started(report.grades)]
    return Comparison(
        challenge=first.challenge.title,
        version=first.challenge.version,
        name=mine.submission.name if mine else "",
        size=len(same),
        not_started=len(same) - len(running),
        others=len(reports) - sum(key(report) == key(first) for report in reports),
        categories=_categories(first, mine, running),
        tests=_tests(mine, running),
    )


def key(report: Report) -> tuple[str, str, str]:
    """What reports must share to be compared."""
    return report.challenge.id, report.challenge.version, report.challenge.digest


def standings(report: Report) -> dict[str, Standing]:
    """Category → how the submission stands in it; {} when it did not start."""
    if not started(report.grades):
        return {}
    found = {}
    for row in matrix(report.grades, report.challenge):
        tests = [tested for tested in row.tests if tested.finding.tier != "probe"]
        handled = sum(tested.state is State.HANDLED for tested in tests)
        missed = sum(tested.state is State.NOT_HANDLED for tested in tests)
        found[row.category.id] = Standing(handled, missed, len(tests) - handled - missed)
    return found


def _categories(first: Report, mine: Report | None, running: Sequence[Report]) -> tuple[CategoryRow, ...]:
    titles = {category.id: category.title for category in first.challenge.categories}
    everyone = [standings(report) for report in running]
    for found in everyone:
        titles |= {name: name for name in sorted(found.keys() - titles.keys())}
    own = standings(mine) if mine is not None else {}
    rows = (
        CategoryRow(name, title, own.get(name), tuple(found[name] for found in everyone if name in found))
        for name, title in titles.items()
    )
    return tuple(row for row in rows if row.tests)


def _tests(mine: Report | None, running: Sequence[Report]) -> tuple[TestRow, ...]:
    order: dict[str, tuple[str, str, str]] = {}
    states: dict[str, list[State]] = {}
    for report in running:
        for finding in hidden_tests(report.grades):
            if finding.tier is None or finding.tier == "probe":
                continue
            order.setdefault(finding.id, (finding.title, finding.tier, finding.category or "other"))
            states.setdefault(finding.id, []).append(state(finding, True))
    own: Mapping[str, State] = {}
    if mine is not None:
        is_started = started(mine.grades)
        own = {finding.id: state(finding, is_started) for finding in hidden_tests(mine.grades)}
    return tuple(
        TestRow(
            id=name,
            title=title,
            tier=tier,
            category=category,
            handled=sum(s is State.HANDLED for s in states[name]),
            told=sum(s in (State.HANDLED, State.NOT_HANDLED) for s in states[name]),
            mine=own.get(name),
        )
        for name, (title, tier, category) in order.items()
    )


@dataclass(frozen=True, slots=True)
class Group:
    """The members of one challenge, version and digest, by id. `is_locked`: everyone's scores are."""

    challenge: str
    version: str
    digest: str
    members: tuple[Member, ...]

    @property
    def is_locked(self) -> bool:
        return all(member.is_locked for member in self.members)

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(member.report for member in self.members if member.report is not None)


def groups(members: Iterable[Member]) -> tuple[Group, ...]:
    """The readable members, those that may be compared together."""
    found: dict[tuple[str, str, str], list[Member]] = {}
    for member in sorted(members, key=lambda m: (m.id, m.folder)):
        if member.report is not None:
            found.setdefault(key(member.report), []).append(member)
    return tuple(
        Group(each[0].report.challenge.title if each[0].report else "", version, digest, tuple(each))
        for (_, version, digest), each in sorted(found.items())
    )
