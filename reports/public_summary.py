"""public-summary.md: what may be shown where the candidate can look; a function of the report and of nothing else.

It gives away nothing of the hidden tests. From their grade it takes one fact, whether the program answered at all, and
whether we could make it. No name, title, category, count, expected value or time of a hidden test is in it; no question
either, because questions rest on them; and no output of the program, because a program may print what it was asked
during the exam. All the rest is about the candidate's own files and own tests, as numbers and as sentences of ours; of
what the candidate wrote it quotes the submission's name, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from graders import Outcome
from reports.matrix import started
from reports.reading import number, share
from reports.report import GradeRecord, Report
from reports.summary import markdown
from reports.text import count

TITLES = {
    "hidden_tests": "the exam",
    "own_tests": "own tests",
    "ai_usage_log": "AI usage log",
    "written_evidence": "written evidence",
    "design": "design",
    "history": "history",
}
ANSWERED = {
    True: "✓ yes",
    False: "✗ no, it answered nothing",
    None: "? we could not tell",
}
DELIVERABLES = {
    "written_evidence.readme": "README",
    "written_evidence.decision_log": "decision log",
    "written_evidence.walkthrough": "walkthrough",
    "written_evidence.time_box": "time spent, as stated",
}
FOUND = {
    Outcome.PASSED: "✓ found",
    Outcome.FAILED: "✗ not found",
    Outcome.SKIPPED: "– not asked for",
    Outcome.ERROR: "? we could not tell",
}


def render_public_summary(report: Report) -> str:
    """The public summary as Markdown; the same report gives the same bytes."""
    grades = report.grades
    commit = report.submission.commit
    return (
        markdown()
        .get_template("public_summary.md.j2")
        .render(
            name=report.submission.name,
            commit=commit[:12] if re.fullmatch(r"[0-9a-f]{40,64}", commit) else "",
            challenge=report.challenge,
            complete=report.complete,
            gaps=[TITLES.get(name, "another grade") for name, grade in sorted(grades.items()) if _gap(grade)],
            answered=ANSWERED[started(grades)],
            deliverables=_deliverables(grades),
            own_tests=_own_tests(grades.get("own_tests")),
            facts=_facts(grades),
        )
    )


def _gap(grade: GradeRecord) -> bool:
    return grade.outcome is Outcome.ERROR


def _deliverables(grades: Mapping[str, GradeRecord]) -> list[tuple[str, str]]:
    """What the brief asks for besides code, and whether it was found."""
    told: list[tuple[str, str]] = []
    log = grades.get("ai_usage_log")
    if log:
        entries = number(log.measures.get("entries"))
        many = f", {count(entries, 'entry', 'entries')}" if entries and log.outcome is not Outcome.ERROR else ""
        told.append(("AI usage log", ("✓ found" if entries else FOUND[log.outcome]) + many))
    written = grades.get("written_evidence")
    outcomes = {finding.id: finding.outcome for finding in written.findings} if written else {}
    told += [(title, FOUND[outcomes[id_]]) for id_, title in DELIVERABLES.items() if id_ in outcomes]
    return told


def _own_tests(grade: GradeRecord | None) -> str:
    """The candidate's own tests in one sentence: how many, and how much of the candidate's code they run."""
    if grade is None or grade.outcome is Outcome.ERROR:
        return "We could not tell."
    collected, passed, failed = (number(grade.measures.get(name)) for name in ("collected", "passed", "failed"))
    if not collected:
        return "No test was recorded."
    covered = [
        f"{value * 100:.0f} % of the {what}"
        for name, what in (("line_coverage", "lines"), ("branch_coverage", "branches"))
        if (value := share(grade.measures.get(name))) is not None
    ]
    ran = f" They run {' and '.join(covered)}." if covered else ""
    return f"{count(collected, 'test')}: {passed or 0:,} passed, {failed or 0:,} failed.{ran}"


def _facts(grades: Mapping[str, GradeRecord]) -> list[tuple[str, str]]:
    """Sizes of the candidate's own work."""
    wanted = (
        ("design", "files", "Files of code"),
        ("design", "code_lines", "Lines of code"),
        ("history", "commits", "Commits"),
    )
    told = []
    for name, measure, title in wanted:
        value = number(grades[name].measures.get(measure)) if name in grades else None
        if value is not None and value >= 0:
            told.append((title, f"{value:,}"))
    return told
