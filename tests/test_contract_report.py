"""What a report says of a command's runs and a library's calls: that they answered, in words that fit."""

from __future__ import annotations

import pytest
import report_grades

from graders import Evidence, Finding, Grade, Outcome
from reports import render_page
from reports.matrix import started


def graded(response: str) -> Grade:
    """A grade with one hidden test, which failed with this exchange."""
    exchange = (Evidence("request", "$ python3 -m greet Ada"), Evidence("response", response))
    finding = Finding("hidden_tests.x", "Greets", Outcome.FAILED, "No.", exchange, "contract", "csv", "correctness")
    return Grade(Outcome.FAILED, "0 of 1 hidden tests passed.", {"failed": 1, "total": 1}, (finding,))


@pytest.mark.parametrize(
    ("response", "answered"),
    [
        ("exit code 2 after 0.05 s\n[stderr]\nno", True),
        ('returned "Hello"\nafter 0.05 s', True),
        ("returned what is not JSON: bytes at .text", True),
        ("raised ValueError: no (greeting.py:7)", True),
        ("404 after 0.01 s", True),
        ("did not end within 5.0 s; it was ended. It had printed nothing.", False),
        ("The harness's own process in the sandbox, which runs the command, was ended meanwhile.", False),
        ("[no answer: connection refused]", False),
    ],
)
def test_a_run_or_a_call_that_came_to_its_end_is_an_answer(response: str, answered: bool) -> None:
    """An exit code, a value and an exception show that the program works at all, as a status does."""
    report = report_grades.report("x", {"hidden_tests": graded(response)})
    assert started(report.grades) is answered


def test_the_page_does_not_speak_of_http() -> None:
    """What was asked and what came back stand there side by side, under words that fit every contract."""
    page = render_page(report_grades.report("x", {"hidden_tests": graded("exit code 2 after 0.05 s")}))

    assert "$ python3 -m greet Ada" in page
    assert '<p class="label">asked</p>' in page
    assert '<p class="label">came back</p>' in page
    assert "HTTP" not in page
    assert "over the wire" not in page
