"""report.md: the summary of a CI step, for the team's own pipeline; a function of the report and of nothing else.

Like the page it holds facts and questions, no total. It names hidden tests, so it belongs where candidates cannot
look. Every value is escaped for Markdown as it is put in: text of others becomes inert (no link, image, mention,
HTML or table cell of its own), on one line, behind a character of ours, so that no line can be a workflow command.
"""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from graders import Outcome
from reports import text
from reports.matrix import TIERS, WORDS, State
from reports.page import OUTCOME_WORDS, figure, heading
from reports.report import Report
from reports.timeline import duration
from reports.view import Room, view

SUMMARY_LIMIT = 900 * 1024
"""Bytes: a CI step's summary is dropped above 1024 KiB."""

ROOMS = (Room(400, 200, 200), Room(200, 120, 60), Room(120, 80, 15))

_REFERENCE = re.compile(r"[#!](?=\d)|(?<=\bGH)-(?=\d)", re.IGNORECASE)
_WIDE = {"#": "＃", "!": "！", "-": "‑"}
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+\-.!|<>~:&$=^\"']")


def render_summary(report: Report, limit: int = SUMMARY_LIMIT) -> str:
    """The summary as Markdown of at most `limit` bytes; the same report gives the same bytes."""
    summary = ""
    for room in ROOMS:
        summary = markdown().get_template("report.md.j2").render(view(report, room))
        if len(summary.encode("utf-8")) <= limit:
            return summary
    return _cut(summary, limit)


def _cut(summary: str, limit: int) -> str:
    """As many whole lines as fit, and a sentence on the rest."""
    told = "\n\nCut here: there is more in report.html than a summary may hold.\n"
    head = summary.encode("utf-8")[: limit - len(told.encode("utf-8"))].decode("utf-8", "ignore")
    return head.rpartition("\n")[0] + told


def escaped(value: object) -> Markup:
    """A value as Markdown text that means nothing but itself. Markup that a filter here made passes unchanged.

    An @ becomes its full-width form, and so do the marks before a number that forges read as one of their issues
    (#1, !1, GH-1): no escape keeps them from it, because they look for those in the rendered text.
    """
    if isinstance(value, Markup):
        return value
    flat = _REFERENCE.sub(lambda match: _WIDE[match.group()], text.line(str(value), 1_000))
    return Markup(_SPECIAL.sub(lambda match: "\\" + match.group(), flat).replace("@", "＠"))  # noqa: S704 - all escaped


def quoted(value: object, limit: int = 200) -> Markup:
    """Text of others as a code span on one line, fit for a cell of a table.

    `##[` is broken up, because a CI runner takes it for a command wherever it stands.
    """
    flat = text.line(str(value), limit).replace("##[", "#\\#[").replace("|", "¦")
    longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
    fence = "`" * (longest + 1)
    return Markup(f"{fence} {flat or '–'} {fence}")  # noqa: S704 - a code span takes nothing but its own fence for markup


@cache
def markdown() -> Environment:
    """The templates of Markdown views; every value is escaped as it is put in."""
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        finalize=escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(quoted=quoted, line=text.line, figure=figure, heading=heading, duration=duration)
    environment.globals.update(
        State=State,
        WORDS=WORDS,
        TIERS=TIERS,
        OUTCOME_WORDS=OUTCOME_WORDS,
        Outcome=Outcome,
        apart=text.apart,
        count=text.count,
    )
    return environment
