"""index.html: many reports on one page. By id alone until all scores of a challenge are locked; then what they show.

A function of the members and of nothing else. Before the scores are locked no figure of a submission is even in the
page's source. Afterwards there are counts per behaviour and people's own levels; never a total and never an order by
how somebody did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from graders import Outcome
from reports.agreement import ENOUGH, Agreement, agreement, first_locks
from reports.cohort import SMALL, Comparison, Group, Member, Standing, compare, groups, standings
from reports.cohort_environment import cohort_environment
from reports.matrix import started
from reports.reading import moment
from reports.report import Dimension, Report
from reports.text import count, line

MISSING = {
    "written_evidence.decision_log": "decision log",
    "written_evidence.readme": "README",
    "written_evidence.walkthrough": "walkthrough",
    "written_evidence.time_box": "time spent",
}
"""Findings on what the brief asks for in writing, as the table names them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the overview: what is known without looking at how the submission did."""

    member: Member
    committed: str
    built: str
    missing: tuple[str, ...]
    untold: int
    raters: str
    revealed: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What a group shows once all its scores are locked."""

    comparison: Comparison
    heat: tuple[tuple[Member, Mapping[str, Standing]], ...]
    dimensions: tuple[Dimension, ...]
    levels: tuple[tuple[Member, str, Mapping[str, str], str], ...]
    agreement: tuple[Agreement, ...]


def render_index(members: Sequence[Member]) -> str:
    """The whole page as text; the same members give the same bytes."""
    found = groups(members)
    unread = sorted((m for m in members if m.report is None), key=lambda m: (m.id, m.folder))
    template = cohort_environment().get_template("cohort.html.j2")
    shown = []
    for number, group in enumerate(found, 1):
        entries = [_entry(member) for member in group.members]
        shown.append((number, group, _orders(entries, group), _opened(group) if group.is_locked else None))
    return template.render(groups=shown, unread=unread, total=len(members), small=SMALL, enough=ENOUGH)


def _orders(entries: Sequence[Entry], group: Group) -> tuple[tuple[str, Sequence[Entry]], ...]:
    """The overview in its orders. Nothing that says how somebody did is one of them."""
    by_id = ("id", entries)
    if not group.is_locked:
        return (by_id,)
    return (
        by_id,
        ("last commit", sorted(entries, key=lambda e: (e.committed, e.member.id))),
        ("graded", sorted(entries, key=lambda e: (e.member.written, e.member.id))),
    )


def _entry(member: Member) -> Entry:
    report = member.report
    assert report is not None
    untold = sum(grade.outcome is Outcome.ERROR for grade in report.grades.values())
    untold += sum(f.outcome is Outcome.ERROR for grade in report.grades.values() for f in grade.findings)
    runs = {True: "yes", False: "no", None: "we could not tell"}[started(report.grades)]
    locked = len(first_locks(member)) or len(member.locked)
    raters = f"yes, {count(locked, 'person', 'people')}" if member.is_locked else "no"
    if not member.is_locked and (locked or member.open_raters):
        raters = f"no, {locked} of {locked + len(member.open_raters)}"
    return Entry(member, _committed(report), runs, _missing(report), untold, raters, _minute(member.revealed))


def _minute(when: str | None) -> str:
    """The log's time without its seconds."""
    return f"{when[:10]} {when[11:16]}" if when else "no"


def _committed(report: Report) -> str:
    """The last commit's time in UTC, as the history tells it."""
    history = report.grades.get("history")
    rows = history.exhibits.get("commits", ()) if history else ()
    told = [at.astimezone(UTC) for row in rows if (at := moment(row.get("time"))) and 1 < at.year < 9999]
    return f"{max(told):%Y-%m-%d %H:%M}" if told else ""


def _missing(report: Report) -> tuple[str, ...]:
    """What the brief asks for in writing and the submission does not have."""
    found = []
    log = report.grades.get("ai_usage_log")
    if log is not None and log.outcome is Outcome.FAILED and log.measures.get("entries") in (0, None):
        found.append("AI usage log")
    written = report.grades.get("written_evidence")
    for finding in written.findings if written else ():
        if finding.outcome is Outcome.FAILED:
            found.append(MISSING.get(finding.id, line(finding.title, 60)))
    return tuple(found[:6])


def _opened(group: Group) -> Opened:
    dimensions = group.reports[0].challenge.dimensions
    levels = []
    for member in group.members:
        for locked in member.locked:
            if locked.scorecard.report_digest == member.digest:
                told = {score.dimension: score.level or "" for score in locked.scorecard.scores}
                levels.append((member, locked.scorecard.rater, told, _remark(locked.phase, locked.amends)))
    return Opened(
        comparison=compare(None, group.reports),
        heat=tuple((m, standings(m.report)) for m in group.members if m.report is not None),
        dimensions=dimensions,
        levels=tuple(levels),
        agreement=agreement(dimensions, group.members),
    )


def _remark(phase: str, amends: str | None) -> str:
    if amends is None:
        return "" if phase == "before reveal" else phase
    return f"amended {phase}"
