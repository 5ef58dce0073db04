"""The views of a report by name: what `harness report --format` offers, and the file that each one is written to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.annotations import render_annotations
from reports.check_run import render_check_run
from reports.gradescope import render_gradescope
from reports.junit import render_junit
from reports.page import render_page
from reports.public_summary import render_public_summary
from reports.report import Report
from reports.sarif import render_sarif
from reports.summary import render_summary


@dataclass(frozen=True, slots=True)
class View:
    """A view: its usual file name, and the function of the report that gives its text."""

    file: str
    render: Callable[[Report], str]


VIEWS: dict[str, View] = {
    "html": View("report.html", render_page),
    "markdown": View("report.md", render_summary),
    "json": View("report.json", Report.to_json),
    "junit": View("junit.xml", render_junit),
    "sarif": View("findings.sarif", render_sarif),
    "gradescope": View("results.json", render_gradescope),
    "check-run": View("check-run.json", render_check_run),
    "step-summary": View("step-summary.md", render_summary),
    "annotations": View("annotations.txt", render_annotations),
    "public": View("public-summary.md", render_public_summary),
}
"""Every view but `public` may name hidden tests: it belongs where candidates cannot look."""
