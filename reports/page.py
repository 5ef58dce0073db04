"""report.html: one page for the interviewer, a function of the report and of nothing else.

No script, no request, no font. Every text of the submission is escaped by Jinja and cleaned by reports.text. When
a submission has more to say than two megabytes, quotes and lists get shorter until the page fits.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from graders import Outcome
from reports import text
from reports.links import anchor
from reports.matrix import TIERS, WORDS, State
from reports.report import Cell, FindingRecord, Report
from reports.timeline import AXIS, COMMIT_LANE, ENTRY_LANE, LEFT, RIGHT, WIDTH, duration
from reports.view import Room, view

PAGE_LIMIT = 2 * 1000 * 1000
"""Bytes of the page: it is mailed and opened on phones."""

ROOMS = (Room(4_000, 280, 300), Room(1_500, 280, 150), Room(500, 160, 80), Room(160, 80, 40), Room(60, 40, 12))
"""How much is shown, from the most to the least; the first that fits is taken."""

OUTCOME_WORDS = {
    Outcome.PASSED: ("✓", "seen", "handled"),
    Outcome.FAILED: ("✗", "not met", "not-handled"),
    Outcome.SKIPPED: ("•", "noted", "not-reached"),
    Outcome.ERROR: ("?", "we could not tell", "not-told"),
}
"""Glyph, word and style of a finding that is no hidden test."""

SHORT_WORDS = {
    State.HANDLED: "handled",
    State.NOT_HANDLED: "not handled",
    State.NOT_REACHED: "not reached",
    State.NOT_TOLD: "not told",
    State.RAISED: "to ask",
}
"""The states in the narrow heads of the first screen's table; a line below it explains the last two."""

PICTURE = {
    "width": WIDTH,
    "left": LEFT,
    "right": WIDTH - RIGHT,
    "commits": COMMIT_LANE,
    "entries": ENTRY_LANE,
    "axis": AXIS,
}
"""Where the time line's lanes are drawn."""

GRADE_TITLES = {"ai_usage_log": "AI usage log"}


def render_page(report: Report) -> str:
    """The whole page as text; the same report gives the same bytes."""
    page = ""
    for room in ROOMS:
        page = _environment().get_template("report.html.j2").render(view(report, room))
        if len(page.encode("utf-8")) <= PAGE_LIMIT:
            break
    return page


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        line=text.line,
        block=text.block,
        anchor=anchor,
        duration=duration,
        figure=figure,
        heading=heading,
        share=share,
        short=short,
    )
    environment.globals.update(
        count=text.count,
        State=State,
        WORDS=WORDS,
        short_words=SHORT_WORDS,
        TIERS=TIERS,
        OUTCOME_WORDS=OUTCOME_WORDS,
        picture=PICTURE,
    )
    return environment


def figure(value: Cell, limit: int = 200) -> str:
    """A measure or a cell as people write it: `1,240`, `0.81`, `–` for nothing."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}" if abs(value) < 10**12 else f"{value:.3g}"
    if isinstance(value, float):
        odd = abs(value) >= 10**6 or 0 < abs(value) < 0.01
        return f"{value:.3g}" if odd else f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.line(value, limit)


def heading(name: str) -> str:
    """`line_coverage` as `Line coverage`."""
    return GRADE_TITLES.get(name) or text.line(name.replace("_", " ").replace(".", ", "), 60).capitalize()


def short(finding: FindingRecord) -> str:
    """A name of two or three words for a chip: a test's name without `test_`, else the head of the title."""
    file, _, test = finding.id.partition("::")
    words = test.removeprefix("test_").replace("_", " ") if test and file.startswith("hidden_tests.") else finding.title
    return text.line(words, 46)


def share(value: float | None) -> str:
    """A share of lines as `87 %`, `–` when it was not measured. Never used for hidden tests."""
    return "–" if value is None else f"{value * 100:.0f} %"
