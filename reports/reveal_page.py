"""reveal.html: what a rater sees after locking; the cohort per behaviour, beside this submission. Nothing added up."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reports.audit_log import Line
from reports.cohort import SMALL, Comparison
from reports.cohort_environment import cohort_environment
from reports.text import line as one_line

REVEAL_NAME = "reveal.html"
_HEAD = re.compile(rb'<meta name="log-line" content="(sha256:[0-9a-f]{64})">')


def render_reveal(comparison: Comparison, line: Line) -> str:
    """The page; `line` is the log's line on this reveal, and the page names its digest."""
    template = cohort_environment().get_template("reveal.html.j2")
    return template.render(c=comparison, log=line, small=SMALL)


def head_of(page: bytes) -> str | None:
    """The digest of the log's line that this page names."""
    match = _HEAD.search(page)
    return match[1].decode("ascii") if match else None


def reveal_lines(comparison: Comparison) -> Iterator[str]:
    """The categories as a short table for the terminal."""
    started = comparison.size - comparison.not_started
    yield f"{one_line(comparison.challenge, 60)} {one_line(comparison.version, 20)}: {comparison.size} submissions"
    if started < SMALL:
        yield f"Only {started} of them ran: a comparison means little."
    width = max((len(one_line(row.title, 30)) for row in comparison.categories), default=8)
    yield f"  {'':<{width}}  {'this one':<22}  the cohort handles (least, middle, most)"
    for row in comparison.categories:
        mine = f"✓ {row.mine.handled} ✗ {row.mine.not_handled} of {row.tests}" if row.mine else "did not start"
        spread = f"{row.spread[0]}, {row.spread[1]}, {row.spread[2]}" if row.spread else "–"
        yield f"  {one_line(row.title, 30):<{width}}  {mine:<22}  {spread}"
