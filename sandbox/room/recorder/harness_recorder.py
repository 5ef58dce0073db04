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
NESTED = "PYTEST_CURRENT_TEST" in os.environ
"""A pytest that one of the tests starts: what it runs are no own tests."""


def write(**event: object) -> None:
    if not NESTED:
        with RECORD.open("a", encoding="utf-8", errors="backslashreplace") as record:
            record.write(json.dumps(event) + "\n")


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker of pytest-xdist, whose results the main process tells."""
    return hasattr(config, "workerinput")


class Recorder:
    """What is told once a result: by the main process alone."""

    def pytest_sessionstart(self) -> None:
        write(kind="started")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            write(kind="result", **result(report))

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        stopped = str(session.shouldfail or session.shouldstop or "")[:LONGEST_MESSAGE]
        write(kind="finished", exit_status=int(exitstatus), collected=session.testscollected, stopped=stopped)


def result(report: pytest.TestReport) -> dict[str, object]:
    """One phase of a test, as the record tells it."""
    return {
        "id": report.nodeid,
        "when": report.when,
        "outcome": report.outcome,
        "expected_failure": bool(getattr(report, "wasxfail", None) is not None),
        "seconds": round(report.duration, 3),
        "message": str(report.longrepr)[-LONGEST_MESSAGE:] if report.failed else "",
    }


def pytest_configure(config: pytest.Config) -> None:
    if not is_worker(config):
        config.pluginmanager.register(Recorder(), "harness-recorder-of-results")


def pytest_collection_finish(session: pytest.Session) -> None:
    write(kind="collected", tests=[item.nodeid for item in session.items])


def pytest_deselected(items: list[pytest.Item]) -> None:
    write(kind="deselected", tests=[item.nodeid for item in items])


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed:
        write(kind="collection_error", id=report.nodeid, message=str(report.longrepr)[-LONGEST_MESSAGE:])
    elif report.outcome == "skipped":
        write(kind="collection_skipped", id=report.nodeid)
