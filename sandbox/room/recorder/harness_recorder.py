"""A pytest plug-in that writes down what a submission's own test run did, a JSON line an event.

Loaded into the candidate's own process, so everything that it writes is a claim: the grader checks it against
the exit code and against itself, and the report says "recorded", never "verified".
"""

import json
import os
from pathlib import Path

import pytest

RECORD = Path(os.environ["HARNESS_RECORD"])
LONGEST_MESSAGE = 2_000


def _write(**event: object) -> None:
    with RECORD.open("a", encoding="utf-8", errors="backslashreplace") as record:
        record.write(json.dumps(event) + "\n")


def pytest_collection_finish(session: pytest.Session) -> None:
    _write(kind="collected", tests=[item.nodeid for item in session.items])


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        _write(kind="collection_error", id=report.nodeid, message=str(report.longrepr)[-LONGEST_MESSAGE:])


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        _write(
            kind="result",
            id=report.nodeid,
            when=report.when,
            outcome=report.outcome,
            expected_failure=bool(getattr(report, "wasxfail", None) is not None),
            seconds=round(report.duration, 3),
            message=str(report.longrepr)[-LONGEST_MESSAGE:] if report.failed else "",
        )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    _write(kind="finished", exit_status=int(exitstatus), collected=session.testscollected)
