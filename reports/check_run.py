"""The body of a GitHub check run: the summary as Markdown within its limit; a function of the report alone.

The conclusion is `neutral`, whatever was found: a check says that there is a report, never how the candidate did.
Whoever sends it adds `head_sha`, a commit of the team's own repository. It names hidden tests.
"""

from __future__ import annotations

import json

from reports.report import Report
from reports.summary import render_summary

CHECK_RUN_LIMIT = 65_000
"""Bytes of Markdown: GitHub takes 65,535 characters."""


def render_check_run(report: Report) -> str:
    """The check run as JSON; the same report gives the same bytes."""
    whole = {
        "name": "Pre-review report",
        "status": "completed",
        "conclusion": "neutral",
        "output": {
            "title": "The report is written" if report.complete else "The report is written, with gaps",
            "summary": render_summary(report, CHECK_RUN_LIMIT),
        },
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n"
