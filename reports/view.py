"""What the page's template needs, prepared from the report: which findings have room, and where each one stands."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC

from graders import Outcome
from reports.links import place_url, repository_url
from reports.matrix import ORDER, TIERS, Row, State, Tested, is_hidden_test, matrix, started
from reports.questions import follow_ups
from reports.reading import ai_entries, commits, coverage_by_file, number
from reports.report import EvidenceRecord, FindingRecord, GradeRecord, Question, Report
from reports.text import count
from reports.timeline import duration, seconds, timeline

KNOWN_EXHIBITS = {
    "ai_usage_log": {"entries"},
    "written_evidence": {"decisions"},
    "history": {"commits"},
    "own_tests": {"coverage_by_file", "own_tests"},
}
"""Exhibits that a section draws itself; every other one is shown as a plain table."""

SECTION_GRADES = ("hidden_tests", "own_tests", "ai_usage_log", "written_evidence", "design", "history")
"""Grades that have a section of their own; any other grade is shown under the last of these."""


DOCUMENTS = {
    "written_evidence.decision_log": "decision log",
    "written_evidence.readme": "README",
    "written_evidence.walkthrough": "walkthrough",
    "written_evidence.time_box": "time spent",
}
"""What the brief may ask for in writing, as the first screen names it."""

UNCOVERED = "own_tests.uncovered."
"""Findings on files with lines that no own test runs: the table of coverage shows them."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much one rendering shows: characters of a quote, of a cell of a table, rows of a list."""

    quote: int
    cell: int
    rows: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The findings that have room, and how many have none (report.json holds all)."""

    findings: tuple[FindingRecord, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A category: its counts (of all tests), and as far as there is room its tests, those to look at first."""

    row: Row
    attention: tuple[Tested, ...]
    others: tuple[Tested, ...]
    left_out: int


def view(report: Report, room: Room) -> Mapping[str, object]:
    """The variables of report.html.j2."""
    grades = report.grades
    rows = matrix(grades, report.challenge)
    told_commits = commits(grades.get("history"))
    zone = next((commit.at.tzinfo for commit in told_commits if commit.at and commit.at.tzinfo), UTC)
    entries = ai_entries(grades.get("ai_usage_log"), zone)
    coverage = coverage_by_file(grades.get("own_tests"))
    in_table = {f"{UNCOVERED}{file.path}" for file in coverage[: room.rows]}
    work = [commit for commit in told_commits if not commit.starter]
    moments = [seconds(commit.at) for commit in work if commit.at]
    suggested = follow_ups(grades, report.challenge)
    used = _used([*report.questions, *(q for questions in suggested.values() for q in questions)])
    categories = [_row(row, room, used) for row in rows]
    detail = _detail(rows, room, used)
    findings = {name: _shown(grade, room, used, in_table) for name, grade in sorted(grades.items())}
    return {
        "report": report,
        "room": room,
        "categories": categories,
        "states": [s for s in State if s in _ALWAYS or any(row.number(s) for row in rows)],
        "detail": detail,
        "detailed": {tested.finding.id for tested in detail},
        "started": started(grades),
        "findings": findings,
        "by_id": {finding.id: finding for grade in grades.values() for finding in grade.findings},
        "hidden_states": {tested.finding.id: tested.state for row in rows for tested in row.tests},
        "anchored": _anchored(categories, detail, findings.values()) | in_table,
        "follow_ups": suggested,
        "untold": _untold(report),
        "commits": told_commits,
        "entries": entries,
        "span": duration(max(moments) - min(moments)) if len(moments) > 1 else None,
        "timeline": timeline(work, entries, report.challenge.time_box_minutes),
        "coverage": coverage,
        "in_table": in_table,
        "uncovered": UNCOVERED,
        "exhibits": _exhibits(grades),
        "other_grades": sorted(grades.keys() - set(SECTION_GRADES)),
        "documents": _documents(report),
        "stated": _stated(report),
        "repository_url": repository_url(report),
        "place_url": _placing(report),
        "path_url": lambda path: place_url(report, path),
        "again": again(report),
    }


_ALWAYS = (State.HANDLED, State.NOT_HANDLED, State.NOT_TOLD)


def again(report: Report) -> str:
    """The command that grades the same bytes again."""
    submission, challenge = report.submission, report.challenge
    ref = ["--ref", submission.commit] if submission.commit else []
    return shlex.join(["harness", "grade", submission.repository, *ref, "--challenge", challenge.id])


def _placing(report: Report) -> Callable[[EvidenceRecord], str | None]:
    def place(piece: EvidenceRecord) -> str | None:
        return place_url(report, piece.path, piece.line)

    return place


def _used(questions: Iterable[Question]) -> set[str]:
    """Ids on which a question rests: they are shown however little room there is."""
    return {identifier for question in questions for identifier in question.evidence}


def _room_for(items: Sequence[Tested], room: Room, used: Set[str]) -> tuple[Tested, ...]:
    return tuple(t for n, t in enumerate(items) if n < room.rows or t.finding.id in used)


def _row(row: Row, room: Room, used: Set[str]) -> ShownRow:
    attention = [t for t in row.tests if t.state is not State.HANDLED]
    others = [t for t in row.tests if t.state is State.HANDLED]
    shown = _room_for(attention, room, used), _room_for(others, room, used)
    return ShownRow(row, *shown, len(row.tests) - len(shown[0]) - len(shown[1]))


def _detail(rows: Sequence[Row], room: Room, used: Set[str]) -> tuple[Tested, ...]:
    """Tests that left evidence: what is not handled before what is, the brief before what is beyond it."""
    tiers = list(TIERS)
    tests = [tested for row in rows for tested in row.tests if tested.finding.evidence]
    tests.sort(key=lambda t: (ORDER.index(t.state), tiers.index(t.finding.tier or "probe")))
    return _room_for(tests, room, used)


def _shown(grade: GradeRecord, room: Room, used: Set[str], elsewhere: Set[str]) -> Shown:
    """A grade's findings without the hidden tests and those that a table shows (`elsewhere`)."""
    mine = [finding for finding in grade.findings if not is_hidden_test(finding) and finding.id not in elsewhere]
    shown = tuple(f for n, f in enumerate(mine) if n < room.rows or f.id in used)
    return Shown(shown, len(mine) - len(shown))


def _anchored(categories: Iterable[ShownRow], detail: Iterable[Tested], findings: Iterable[Shown]) -> set[str]:
    """Ids that the page can jump to."""
    tests = [t.finding.id for c in categories for t in (*c.attention, *c.others)]
    return {*tests, *(t.finding.id for t in detail), *(f.id for shown in findings for f in shown.findings)}


def _untold(report: Report) -> list[tuple[str, FindingRecord | None]]:
    """What we could not tell: each finding of ours that failed, and each grade that is an error without one."""
    untold: list[tuple[str, FindingRecord | None]] = []
    for name, grade in sorted(report.grades.items()):
        mine = [finding for finding in grade.findings if finding.outcome is Outcome.ERROR]
        untold += [(name, finding) for finding in mine]
        if grade.outcome is Outcome.ERROR and not mine:
            untold.append((name, None))
    return untold


def _exhibits(grades: Mapping[str, GradeRecord]) -> dict[str, list[tuple[str, list[str], tuple[object, ...]]]]:
    """For each grade its other exhibits: name, columns (names of things first), rows."""
    found: dict[str, list[tuple[str, list[str], tuple[object, ...]]]] = {}
    for name, grade in sorted(grades.items()):
        for title, rows in sorted(grade.exhibits.items()):
            if rows and title not in KNOWN_EXHIBITS.get(name, ()):
                columns = sorted({key for row in rows for key in row}, key=lambda c: (c not in _NAMING, c))
                found.setdefault(name, []).append((title, columns[:12], rows))
    return found


_NAMING = ("path", "id", "name", "title", "start", "entry", "commit")


def _stated(report: Report) -> str | None:
    """The time that the candidate states, as people write it."""
    written = report.grades.get("written_evidence")
    minutes = number(written.measures.get("minutes_stated")) if written else None
    return duration(minutes * 60) if minutes is not None and 0 <= minutes < 10**6 else None


def _documents(report: Report) -> list[tuple[Outcome, str, str | None]]:
    """The evidence that the brief asks for: the AI usage log, then each piece of written evidence."""
    documents: list[tuple[Outcome, str, str | None]] = []
    log = report.grades.get("ai_usage_log")
    if log:
        entries = number(log.measures.get("entries"))
        told = f", {count(entries, 'entry', 'entries')}" if entries else ""
        if log.outcome is not Outcome.SKIPPED:
            documents.append((log.outcome, f"AI usage log{told}", None))
    written = report.grades.get("written_evidence")
    for finding in written.findings[:8] if written else ():
        name = DOCUMENTS.get(finding.id, finding.title)
        if finding.outcome is not Outcome.SKIPPED:
            documents.append((finding.outcome, name, finding.id))
    return documents
