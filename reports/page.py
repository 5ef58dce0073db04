"""report.html: one page for the interviewer, a function of the report and of nothing else.

No request, no font, and one small script of ours (the policy names its digest) that saves the scorecard; without it
everything can be read and printed. Every text of the submission is escaped by Jinja and cleaned by reports.text. When
a submission has more to say than two megabytes, quotes and lists get shorter until the page fits.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from graders import Outcome
from reports import text
from reports.ai_use import LEVELS, RESULTS
from reports.happenings import LANES
from reports.links import anchor
from reports.matrix import TIERS, WORDS, State
from reports.questions import told_and_asked
from reports.reading import moment
from reports.report import Cell, EvidenceRecord, FindingRecord, Report
from reports.scorecard import ScorecardError, empty_scorecard
from reports.timeline import LEFT, RIGHT, WIDTH, duration
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

PICTURE = {"width": WIDTH, "left": LEFT, "right": WIDTH - RIGHT}
"""Where the time line's lanes run."""

GRADE_TITLES = {"ai_usage_log": "AI usage log"}
MEASURE_TITLES = {
    "code_lines": "Lines of code",
    "complex_functions": "Functions with complexity over 10",
    "import_cycles": "Circles of imports",
    "largest_file": "Lines in the largest file",
    "lint": "Places that the lint points at",
    "longest_function": "Lines in the longest function",
    "ruff": "The lint",
    "switched_off_comments": "Comments that switch the lint off",
    "unread_files": "Files that can't be read",
}
"""Measures whose name alone does not say what is counted."""
COLUMN_TITLES = {"longest_lines": "Its lines"}


def render_page(report: Report) -> str:
    """The whole page as text; the same report gives the same bytes."""
    page = ""
    form = _form(report)
    for room in ROOMS:
        page = _environment().get_template("report.html.j2").render(view(report, room), form=form)
        if len(page.encode("utf-8")) <= PAGE_LIMIT:
            break
    return page


def _form(report: Report) -> str | None:
    """The scorecard that the page's form fills, as JSON; None where no sound one can be made."""
    try:
        return json.dumps(json.loads(empty_scorecard(report, "-").to_json()), separators=(",", ":"), sort_keys=True)
    except ScorecardError:
        return None


@cache
def script() -> tuple[Markup, str]:
    """Our script, and its digest for the page's policy. It is a file of ours, so it stands as it is."""
    source = resources.files("reports").joinpath("templates/scorecard.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode("ascii")
    return Markup(source), f"sha256-{digest}"  # noqa: S704 - a file of ours without any value in it


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
        clock=clock,
        column=column,
        duration=duration,
        figure=figure,
        grouped=grouped,
        heading=heading,
        measured=measured,
        own_test=own_test,
        share=share,
        short=short,
        told_and_asked=told_and_asked,
    )
    environment.globals.update(
        apart=text.apart,
        count=text.count,
        State=State,
        WORDS=WORDS,
        short_words=SHORT_WORDS,
        TIERS=TIERS,
        OUTCOME_WORDS=OUTCOME_WORDS,
        picture=PICTURE,
        lanes=LANES,
        LEVELS=LEVELS,
        RESULTS=RESULTS,
        script=script,
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


def measured(name: str) -> str:
    """What a measure counts, in words."""
    return MEASURE_TITLES.get(name) or heading(name)


def column(name: str) -> str:
    """The head of an exhibit's column."""
    return COLUMN_TITLES.get(name) or heading(name)


def short(finding: FindingRecord) -> str:
    """A name of two or three words for a chip: a test's name without `test_`, else the head of the title."""
    file, _, test = finding.id.partition("::")
    if test and file.startswith("hidden_tests."):
        return text.line(test.removeprefix("test_").replace("_", " ").replace("[", " [", 1), 46)
    return text.line(finding.title, 46)


def clock(value: Cell) -> str:
    """A moment as `2026-06-02 09:15 +02:00`; what is none stays as it is."""
    found = moment(value)
    if not isinstance(value, str) or found is None:
        return figure(value, 40)
    zone = found.strftime("%z")
    return f"{found:%Y-%m-%d %H:%M} {zone[:3]}:{zone[3:5]}"


def own_test(identifier: str) -> str:
    """`tests/test_csv.py::test_last_row[crlf]` as `test_csv.py › last row [crlf]`: short enough for a cell."""
    file, _, test = identifier.partition("::")
    name = test.replace("::", " › ").replace("test_", "", 1).replace("_", " ").replace("[", " [", 1)
    return text.line(f"{file.rsplit('/', 1)[-1]} › {name}" if name else file, 80)


GROUPS = (("given", "expected", "observed"), ("request", "response"))


def grouped(pieces: Sequence[EvidenceRecord]) -> list[list[EvidenceRecord]]:
    """Pieces of evidence that are read side by side: given, expected, observed; a request with its response."""
    groups: list[list[EvidenceRecord]] = []
    for piece in pieces:
        last = [old.kind for old in groups[-1]] if groups else []
        family = next((kinds for kinds in GROUPS if piece.kind in kinds), ())
        if last and all(kind in family for kind in last) and piece.kind not in last:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def share(value: float | None) -> str:
    """A share of lines as `87 %`, `–` when it was not measured. Never used for hidden tests."""
    return "–" if value is None else f"{value * 100:.0f} %"
