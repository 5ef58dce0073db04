"""What the page's template needs, prepared from the report: which findings have room, and where each one stands."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC

from graders import Outcome
from reports.ai_lens import looks
from reports.ai_use import DRAWN, ai_use
from reports.coverage_map import coverage_map
from reports.happenings import happenings
from reports.links import place_url, repository_url
from reports.matrix import ORDER, TIERS, Row, State, Tested, is_hidden_test, matrix, started
from reports.own_words import chosen, own_words
from reports.questions import follow_ups
from reports.reading import ai_entries, commits, coverage_by_file, number
from reports.report import Cell, EvidenceRecord, FindingRecord, GradeRecord, Question, Report
from reports.text import count, line
from reports.timeline import duration, seconds, timeline

KNOWN_EXHIBITS: Mapping[str, Set[str]] = {
    "ai_usage_log": DRAWN,
    "written_evidence": {"decisions"},
    "history": {"commits"},
    "own_tests": {"coverage_by_file", "own_tests", "cross_checks"},
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

WALKTHROUGH = "written_evidence.walkthrough"

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
    told = happenings(told_commits, entries, grades, zone)
    drawn = [happening for happening in told if not happening.starter]
    suggested = follow_ups(grades, report.challenge)
    words = own_words(grades)
    used_ai = ai_use(grades.get("ai_usage_log"))
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
        "category_titles": {row.category.id: row.category.title for row in rows},
        "detailed": {tested.finding.id for tested in detail},
        "started": started(grades),
        "findings": findings,
        "by_id": {finding.id: finding for grade in grades.values() for finding in grade.findings},
        "hidden_states": {tested.finding.id: tested.state for row in rows for tested in row.tests},
        "anchored": _anchored(categories, detail, findings.values()) | in_table,
        "follow_ups": suggested,
        "untold": _untold(report),
        "happenings": told,
        "entries": entries,
        "time_reading": _time_reading(report),
        "ai": used_ai,
        "looks": looks(used_ai, entries) if used_ai else (),
        "span": duration(max(moments) - min(moments)) if len(moments) > 1 else None,
        "timeline": timeline(drawn, report.challenge.time_box_minutes),
        "coverage": coverage_map(coverage, grades.get("design")),
        "own_words": words,
        "chosen": chosen(words, rows),
        "citable": _citable(rows, grades, room),
        "in_table": in_table,
        "uncovered": UNCOVERED,
        "exhibits": _exhibits(grades),
        "other_grades": sorted(grades.keys() - set(SECTION_GRADES)),
        "documents": _documents(report),
        "start_told": _start_told(report),
        "stated": _stated(report),
        "repository_url": repository_url(report),
        "place_url": _placing(report),
        "path_url": _pathing(report),
        "again": again(report),
    }


_ALWAYS = (State.HANDLED, State.NOT_HANDLED, State.NOT_TOLD)


_EXAMPLE = re.compile(r"the calibration submission '([a-z0-9-]{1,60})' of [a-z0-9-]{1,60}")
"""How the harness names a calibration submission that was graded as an example."""


def again(report: Report) -> str:
    """The command that grades the same bytes again."""
    submission, challenge = report.submission, report.challenge
    if submission.repository.startswith("(hidden: "):  # blind: who holds the map knows the address
        return shlex.join(["harness", "grade", "REPOSITORY", "--blind", "--challenge", challenge.id])
    example = _EXAMPLE.fullmatch(submission.repository)
    if example:
        return shlex.join(["harness", "grade", "--example", example[1], "--challenge", challenge.id])
    ref = ["--ref", submission.commit] if submission.commit else []
    return shlex.join(["harness", "grade", submission.repository, *ref, "--challenge", challenge.id])


def _placing(report: Report) -> Callable[[EvidenceRecord], str | None]:
    def place(piece: EvidenceRecord) -> str | None:
        return place_url(report, piece.path, piece.line)

    return place


def _pathing(report: Report) -> Callable[[str, Cell], str | None]:
    def place(path: str, at: Cell = None) -> str | None:
        return place_url(report, path, number(at))

    return place


def _start_told(report: Report) -> str:
    """How long the first start took, and the dependencies before it; empty when neither was measured."""
    record = report.grades.get("hidden_tests")
    first = record.measures.get("first_start_seconds") if record else None
    prepared = report.provenance.timings.get("prepare")
    told = []
    if started(report.grades) is False:
        return ""
    if isinstance(first, int | float) and 0 <= first < 10**6:
        told.append(f"first start {first:.1f} s" if first >= 0.1 else "first start at once")
    if prepared is not None and 0 <= prepared < 10**6:
        told.append(f"dependencies {prepared:.1f} s")
    return ", ".join(told)


def _time_reading(report: Report) -> str:
    """How the grader read the times of the log's entries, in its own sentence; empty when it says nothing."""
    log = report.grades.get("ai_usage_log")
    told = log.measures.get("time_reading") if log else None
    return told if isinstance(told, str) else ""


def _citable(rows: Sequence[Row], grades: Mapping[str, GradeRecord], room: Room) -> list[tuple[str, str]]:
    """Findings that a scorecard may name, with a few words each: hidden tests that ask for attention first."""
    tests = [t for row in rows for t in row.tests]
    tests.sort(key=lambda t: ORDER.index(t.state))
    found = [(t.finding.id, t.finding.title) for t in tests]
    found += [(f.id, f.title) for _, g in sorted(grades.items()) for f in g.findings if not is_hidden_test(f)]
    return [(identifier, line(title, 80)) for identifier, title in found[: room.rows] if line(identifier) == identifier]


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
                columns = sorted({key for row in rows for key in row}, key=_order)
                found.setdefault(name, []).append((title, columns[:12], rows))
    return found


_NAMING = ("path", "id", "name", "title", "start", "entry", "commit")
_TOGETHER = ("kind", "lines", "functions", "longest_function", "longest_lines", "imports", "imported_by")
"""Columns that are read after one another; all others follow by name."""


def _order(column: str) -> tuple[bool, int, str]:
    return column not in _NAMING, _TOGETHER.index(column) if column in _TOGETHER else len(_TOGETHER), column


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
        if not entries and log.outcome is Outcome.PASSED:
            told = ", without entries"
        if log.outcome is not Outcome.SKIPPED:
            documents.append((log.outcome, f"AI usage log{told}", None))
    written = report.grades.get("written_evidence")
    for finding in written.findings[:8] if written else ():
        name = DOCUMENTS.get(finding.id, finding.title)
        if finding.outcome is not Outcome.SKIPPED:
            documents.append((finding.outcome, name, finding.id))
        elif finding.id == WALKTHROUGH:
            documents.append((finding.outcome, "walkthrough: none asked for", finding.id))
    return documents
