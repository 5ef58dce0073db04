"""JUnit XML: the hidden tests as a CI server shows them; a function of the report and of nothing else.

A suite a category, after one on the grading itself. What a CI server paints red is what the brief states and the
program does not do; DESIGN's outcomes map so:

    handled                          passed
    not handled, in the brief        failure
    not handled, beyond the brief    skipped, with a message that says so: an unstated convention fails nobody
    raised as a question             skipped, with what was observed
    not reached                      skipped
    we could not tell                error: ours, never the candidate's

The counts that the format wants stand on each suite; there is none over all of them. It names hidden tests, so it
belongs where candidates cannot look.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from graders import Outcome
from reports import text
from reports.matrix import HIDDEN_TESTS, State, Tested, matrix, started
from reports.report import FindingRecord, Report

MESSAGE = 300
QUOTE = 2_000
TESTS_LIMIT = 2_000
"""Test cases in the file; report.json holds at most a thousand findings a grade."""

_NOT_XML = re.compile("[\ufffe\uffff\U0001fffe\U0001ffff]")
_SAID = ("given", "expected", "observed")


def render_junit(report: Report) -> str:
    """The report as JUnit XML; the same report gives the same bytes."""
    root = ElementTree.Element("testsuites", name=_line(f"{report.challenge.id} {report.challenge.version}"))
    root.append(_suite("grading", "Grading", _grading(report)))
    left = TESTS_LIMIT
    for row in matrix(report.grades, report.challenge):
        cases = [_case(f"{HIDDEN_TESTS}.{row.category.id}", tested) for tested in row.tests[:left]]
        left -= len(cases)
        root.append(_suite(row.category.id, row.category.title, cases))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(identifier: str, title: str, cases: list[ElementTree.Element]) -> ElementTree.Element:
    def number(tag: str) -> str:
        return str(sum(case.find(tag) is not None for case in cases))

    suite = ElementTree.Element(
        "testsuite", name=_line(title), tests=str(len(cases)), failures=number("failure"), errors=number("error"),
        skipped=number("skipped"),
    )  # fmt: skip
    properties = ElementTree.SubElement(suite, "properties")
    ElementTree.SubElement(properties, "property", name="category", value=_line(identifier))
    suite.extend(cases)
    return suite


def _grading(report: Report) -> list[ElementTree.Element]:
    """Whether the program answered, and a case for each grade: an error when we could not make it, else passed."""
    answered = ElementTree.Element("testcase", classname="grading", name="The program was built, started and answered")
    match started(report.grades):
        case False:
            _outcome(answered, "failure", "No hidden test got an answer from the program.", "", kind="contract")
        case None:
            _outcome(answered, "skipped", "We could not tell whether the program starts.", "")
    cases = [answered]
    for name, grade in sorted(report.grades.items()):
        case = ElementTree.Element("testcase", classname="grading", name=_line(name))
        if grade.outcome is Outcome.ERROR:
            _outcome(case, "error", f"We could not tell: {grade.summary}", "Safe to grade again.", kind="harness")
        else:
            ElementTree.SubElement(case, "system-out").text = _block(grade.summary)
        cases.append(case)
    return cases


def _case(classname: str, tested: Tested) -> ElementTree.Element:
    finding = tested.finding
    case = ElementTree.Element("testcase", classname=_line(classname), name=_line(f"{finding.title} [{finding.id}]"))
    said = _said(finding)
    match tested.state:
        case State.NOT_HANDLED if finding.tier == "contract":
            _outcome(case, "failure", _first(finding) or finding.title, said, kind="contract")
        case State.NOT_HANDLED:
            told = "Not handled; the brief does not state it, so it is no failure."
            _outcome(case, "skipped", f"{told} {_first(finding)}".rstrip(), said)
        case State.RAISED:
            _outcome(case, "skipped", f"No right answer; worth a question. {_first(finding)}".rstrip(), said)
        case State.NOT_REACHED:
            _outcome(case, "skipped", finding.detail or "Not reached.", "")
        case State.NOT_TOLD:
            _outcome(case, "error", finding.detail or "We could not tell.", said, kind="harness")
    return case


def _outcome(case: ElementTree.Element, tag: str, message: str, said: str, *, kind: str | None = None) -> None:
    """How a case ended. What a skipped one has to say goes to system-out: no reader shows the text of `skipped`."""
    outcome = ElementTree.SubElement(case, tag, message=_line(message))
    if kind:
        outcome.set("type", kind)
        outcome.text = said or None
    elif said:
        ElementTree.SubElement(case, "system-out").text = said


def _first(finding: FindingRecord) -> str:
    observed = next((piece.text for piece in finding.evidence if piece.kind == "observed"), "")
    return f"Observed: {observed}" if observed else ""


def _said(finding: FindingRecord) -> str:
    """Given, expected and observed, as far as the finding has them, and its detail."""
    pieces = [piece for kind in _SAID for piece in finding.evidence if piece.kind == kind][: len(_SAID) * 2]
    told = [f"{piece.kind}: {_block(piece.text)}" for piece in pieces]
    return "\n".join([*told, *([_block(finding.detail)] if finding.detail else [])])


def _line(value: str) -> str:
    return _sound(text.line(value, MESSAGE))


def _block(value: str) -> str:
    return _sound(text.block(value, QUOTE))


def _sound(value: str) -> str:
    """Only characters that XML 1.0 knows, and no `##[`, which a CI log takes for a command wherever it stands."""
    return _NOT_XML.sub("\ufffd", value).replace("##[", "#\\#[")
