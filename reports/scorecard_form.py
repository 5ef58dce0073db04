"""The scorecard as a person fills it in: TOML, with the rubric's anchors above each dimension as comments."""

from __future__ import annotations

import textwrap

from reports.report import Dimension, Report
from reports.scorecard import Scorecard
from reports.text import line, visible

WIDTH = 100


def render_form(card: Scorecard, report: Report) -> str:
    """The scorecard as TOML with everything that helps to fill it in; `read_scorecard` reads it back."""
    known = {dimension.id: dimension for dimension in report.challenge.dimensions}
    parts = [_head(card, report)]
    for score in card.scores:
        parts.append(_dimension(known[score.dimension]) if score.dimension in known else "")
        parts.append(
            "[[scores]]\n"
            f"dimension = {_quoted(score.dimension)}\n"
            f"level = {_quoted(score.level or '')}\n"
            f'reason = """\n{_block(score.reason)}"""\n'
            f"evidence = [{', '.join(_quoted(piece) for piece in score.evidence)}]\n"
            f"confidence = {_quoted(score.confidence or '')}\n"
        )
    parts.append(_questions(report))
    return "\n".join(part for part in parts if part)


def _head(card: Scorecard, report: Report) -> str:
    return (
        f"# Scorecard: {line(report.challenge.title, 80)}, {line(card.submission.name, 80)}\n"
        "#\n"
        + _comment(
            "For each dimension: read the anchors, choose one level in its own words, and write down what you saw; a "
            "sentence at least. Rate each dimension before you think of the whole. Evidence is optional: ids of "
            "findings in report.json. Confidence is low, medium or high, or stays empty."
        )
        + "#\n# When it is done: harness score lock <this file>. Until then nothing is compared.\n\n"
        "schema_version = 1\n"
        f"rater = {_quoted(card.rater)}\n"
        f"report_digest = {_quoted(card.report_digest)}\n"
        "\n# What else there is to say. The overall word of the round is not asked for here.\n"
        f'notes = """\n{_block(card.notes)}"""\n'
        "\n[submission]\n"
        f"name = {_quoted(card.submission.name)}\n"
        f"commit = {_quoted(card.submission.commit)}\n"
        f"tree = {_quoted(card.submission.tree)}\n"
        "\n[challenge]\n"
        f"id = {_quoted(card.challenge.id)}\n"
        f"version = {_quoted(card.challenge.version)}\n"
        f"digest = {_quoted(card.challenge.digest)}\n"
    )


def _dimension(dimension: Dimension) -> str:
    title = line(dimension.title, 80)
    told = f"\n# {'=' * WIDTH}\n# {title}\n"
    if dimension.about:
        told += _comment(line(dimension.about, 400))
    for anchor in dimension.anchors:
        told += f"#\n#   {line(anchor.level, 40)}\n{_comment(line(anchor.text, 800), '#     ')}"
    return told


def _questions(report: Report) -> str:
    told = (
        f"\n# {'=' * WIDTH}\n# Questions that you asked: take away the marks in front of those, and note the answer.\n"
    )
    for question in report.challenge.core_questions:
        told += f"#\n{_comment(line(question.text, 300))}"
        told += f'#[[questions_asked]]\n#id = {_quoted(line(question.id, 100))}\n#note = ""\n'
    return told if report.challenge.core_questions else ""


def _comment(text: str, mark: str = "# ") -> str:
    return "".join(f"{mark}{piece}\n" for piece in textwrap.wrap(text, WIDTH - len(mark)))


def _quoted(text: str) -> str:
    """A TOML string on one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _block(text: str) -> str:
    """What stands between three quotation marks; nothing in it can end them."""
    escaped = visible(text).replace("\\", "\\\\").replace('"', '\\"')
    return escaped if escaped.endswith("\n") or not escaped else f"{escaped}\n"
