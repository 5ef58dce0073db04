"""results.json as Gradescope reads it, for teams that collect submissions there; a function of the report alone.

There is no score in it, neither a total nor one for each test: Gradescope shows tests without one as checks with a
status. Everything is hidden from who handed in. A status knows right and wrong alone, so what has neither (beyond the
brief and not handled, raised as a question, not reached, not told) is kept as extra data and not shown as a check.
"""

from __future__ import annotations

import json

from reports import text
from reports.matrix import WORDS, State, Tested, matrix
from reports.report import Report

NAME = 250
OUTPUT = 4_000
TESTS_LIMIT = 2_000


def render_gradescope(report: Report) -> str:
    """The report as results.json; the same report gives the same bytes."""
    tested = [t for row in matrix(report.grades, report.challenge) for t in row.tests][:TESTS_LIMIT]
    whole = {
        "visibility": "hidden",
        "stdout_visibility": "hidden",
        "output": "Graded." if report.complete else "Graded in part; it is safe to grade again.",
        "output_format": "text",
        "test_name_format": "text",
        "test_output_format": "text",
        "tests": [check for t in tested if (check := _check(t)) is not None],
        "extra_data": {
            "challenge": {"id": report.challenge.id, "version": report.challenge.version},
            "complete": report.complete,
            "no_status": [
                {"id": _line(t.finding.id), "name": _line(t.finding.title), "state": WORDS[t.state][1]}
                for t in tested
                if _status(t) is None
            ],
        },
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=2, sort_keys=True) + "\n"


def _status(tested: Tested) -> str | None:
    if tested.state is State.HANDLED:
        return "passed"
    return "failed" if tested.state is State.NOT_HANDLED and tested.finding.tier == "contract" else None


def _check(tested: Tested) -> dict[str, object] | None:
    """A test with a status; None for one that has no right and wrong."""
    status = _status(tested)
    if status is None:
        return None
    finding = tested.finding
    pieces = [piece for piece in finding.evidence if piece.kind in ("given", "expected", "observed")]
    check: dict[str, object] = {
        "name": _line(finding.title),
        "status": status,
        "visibility": "hidden",
        "tags": [tag for tag in (finding.category, finding.tier) if tag],
        "extra_data": {"id": _line(finding.id)},
    }
    if pieces and status == "failed":
        told = "\n".join(f"{piece.kind}: {text.block(piece.text, OUTPUT // 3)}" for piece in pieces[:6])
        check["output"] = told
    return check


def _line(value: str) -> str:
    return text.line(value, NAME)
