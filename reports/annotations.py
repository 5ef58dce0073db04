"""Job annotations, as the workflow commands that a GitHub runner reads from a step's output.

A function of the report and of nothing else. A warning is ours (something that we could not tell), a notice is for the
interviewer (a question, a stated behaviour that was not seen); nothing is an `error`, because a submission's result is
no failure of the job. A step shows ten of each kind, so no more are written. Titles are ours; text of others stands in
the message alone, on one line, behind the command's own `::`, with `%`, carriage returns and line feeds encoded.
They name hidden tests, so they belong where candidates cannot look.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from graders import Outcome
from reports import text
from reports.matrix import State, matrix
from reports.report import Report

PER_KIND = 10
"""Annotations of a kind that GitHub shows for a step."""
MESSAGE = 500

Kind = Literal["error", "warning", "notice"]


def render_annotations(report: Report) -> str:
    """One command a line; the same report gives the same bytes."""
    return "".join(f"{line}\n" for line in (*_bounded("warning", _ours(report)), *_bounded("notice", _theirs(report))))


def workflow_command(kind: Kind, title: str, message: str) -> str:
    """A workflow command that shows `message` under `title`; neither can end it or start another one."""
    return f"::{kind} title={_property(title)}::{_data(text.line(message, MESSAGE))}"


def _data(value: str) -> str:
    """Text as a command's data. `##[` is broken up: older runners take it for a command wherever it stands."""
    encoded = value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return encoded.replace("##[", "#\\#[")


def _property(value: str) -> str:
    return _data(text.line(value, MESSAGE)).replace(":", "%3A").replace(",", "%2C")


def _bounded(kind: Kind, told: Iterable[tuple[str, str]]) -> list[str]:
    """At most ten commands; the last one says how many have no room."""
    every = list(told)
    shown = every if len(every) <= PER_KIND else every[: PER_KIND - 1]
    lines = [workflow_command(kind, title, message) for title, message in shown]
    if len(every) > PER_KIND:
        lines.append(workflow_command(kind, "More", f"{len(every) - len(shown):,} more are in the report."))
    return lines


def _ours(report: Report) -> Iterable[tuple[str, str]]:
    """What we could not tell."""
    for name, grade in sorted(report.grades.items()):
        mine = [finding for finding in grade.findings if finding.outcome is Outcome.ERROR]
        for finding in mine:
            yield "We could not tell", f"{finding.title.rstrip('.')}: {finding.detail}"
        if grade.outcome is Outcome.ERROR and not mine:
            yield "We could not tell", f"{name}: {grade.summary}"


def _theirs(report: Report) -> Iterable[tuple[str, str]]:
    """The questions, then the behaviours of the brief that were not seen."""
    for question in report.questions:
        yield "Question to ask", question.text
    for row in matrix(report.grades, report.challenge):
        for tested in row.tests:
            if tested.state is State.NOT_HANDLED and tested.finding.tier == "contract":
                yield "Not handled, in the brief", tested.finding.title
