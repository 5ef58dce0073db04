"""A scorecard: what a person writes, read strictly, whole before it can be locked."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest
import report_samples as samples

from reports import Report
from reports.json_schema import scorecard_schema
from reports.report import Anchor
from reports.scorecard import (
    SCORECARD_LIMIT,
    Asked,
    Score,
    Scorecard,
    ScorecardError,
    empty_scorecard,
    read_scorecard,
    report_digest,
    shortcomings,
)
from reports.scorecard_form import render_form

SCHEMA = Path(__file__).parent.parent / "reports" / "schema" / "scorecard.schema.json"
REASON = "The merge rules hold and the candidate showed where."


@pytest.fixture(scope="module")
def report() -> Report:
    return samples.mixed()


def whole(report: Report, **change: object) -> Scorecard:
    """A scorecard with every dimension filled in; `change` replaces fields of the first score."""
    card = empty_scorecard(report, "Ana")
    scores = [score.model_copy(update={"level": "Hire", "reason": REASON}) for score in card.scores]
    scores[0] = scores[0].model_copy(update=change)
    return card.model_copy(update={"scores": tuple(scores)})


def test_the_published_schema_is_the_model_s(report: Report) -> None:
    """`python -m reports.json_schema scorecard` has been run since the model changed, and takes what the page saves."""
    assert SCHEMA.read_text(encoding="utf-8") == scorecard_schema()
    jsonschema.validate(json.loads(whole(report).to_json()), json.loads(scorecard_schema()))


def test_a_new_scorecard_suggests_nothing(report: Report) -> None:
    """Every dimension of the challenge is there, in its order, and open."""
    card = empty_scorecard(report, "  Ana \n B ")

    assert card.rater == "Ana B"
    assert [score.dimension for score in card.scores] == [d.id for d in report.challenge.dimensions]
    assert all(score == Score(dimension=score.dimension) for score in card.scores)
    assert card.report_digest == report_digest(report)


def test_json_comes_back_as_it_was(report: Report) -> None:
    """Canonical text: the same scorecard, the same bytes, the same digest."""
    card = whole(report).model_copy(update={"notes": "Grüße, \u202e\x1b[0m ☃", "questions_asked": (Asked(id="risks"),)})

    again = read_scorecard(card.to_json().encode())

    assert again == card
    assert again.digest() == card.digest()
    assert card.to_json().isascii()


def test_the_form_is_read_back(report: Report) -> None:
    """What `score init` writes is a scorecard already: the same one, open."""
    card = empty_scorecard(report, 'Ana "the \\ hammer"')

    form = render_form(card, report)

    assert read_scorecard(form.encode()) == card
    for dimension in report.challenge.dimensions:
        assert f'dimension = "{dimension.id}"' in form
        for anchor in dimension.anchors:
            assert f"#   {anchor.level}\n" in form


def test_the_form_keeps_what_is_filled_in(report: Report) -> None:
    """Text with quotes, backslashes and line ends comes back word for word."""
    reason = 'It said """done""" and \\n stayed;\nthe second line ends in a backslash \\'
    card = whole(report, reason=reason + "\n", evidence=("history.course",), confidence="low")

    assert read_scorecard(render_form(card, report).encode()).scores[0].reason == reason + "\n"


def test_a_hostile_report_makes_a_sound_form() -> None:
    """Names and anchors with line ends, quotes and controls can't add a line to the TOML."""
    report = samples.hostile()
    first = report.challenge.dimensions[0].model_copy(
        update={
            "id": 'x"\nrater = "Mallory',
            "title": "a\nrater = 'M'\r\x00",
            "anchors": (Anchor(level="L\n]", text="t\n[[scores]]"),),
        }
    )
    report = report.model_copy(
        update={
            "challenge": report.challenge.model_copy(update={"dimensions": (first, *report.challenge.dimensions[1:])})
        }
    )
    card = empty_scorecard(report, "Ana")

    form = render_form(card, report)

    assert tomllib.loads(form)["rater"] == "Ana"
    assert read_scorecard(form.encode()) == card


def test_a_whole_scorecard_lacks_nothing(report: Report) -> None:
    """A level of the rubric and a sentence for each dimension are enough."""
    assert shortcomings(whole(report, evidence=("history.course",)), report, report_digest(report)) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"level": None}, "correctness: no level"),
        ({"level": "Maybe"}, "'Maybe' is no level"),
        ({"level": "hire"}, "'hire' is no level"),
        ({"reason": "Fine."}, "correctness: the reason needs a sentence"),
        ({"reason": "   \n "}, "the reason needs a sentence"),
        ({"evidence": ("hidden_tests.no_such",)}, "no finding 'hidden_tests.no_such'"),
        ({"dimension": "charm"}, "charm: no dimension of this challenge"),
        ({"dimension": "edge_cases"}, "edge_cases: scored more than once"),
    ],
)
def test_what_is_missing_is_named(report: Report, change: dict[str, object], told: str) -> None:
    """Each shortcoming names its dimension."""
    assert any(told in each for each in shortcomings(whole(report, **change), report, report_digest(report)))


def test_a_dimension_left_out_is_named(report: Report) -> None:
    """A scorecard without one of the dimensions is not whole."""
    card = whole(report)
    card = card.model_copy(update={"scores": card.scores[1:]})

    assert shortcomings(card, report, report_digest(report)) == ("correctness: no score",)


def test_another_report_s_scorecard_is_refused(report: Report) -> None:
    """The scores belong to the bytes that the rater looked at."""
    (told,) = shortcomings(whole(report), report, report_digest(samples.weak()))

    assert "another report" in told


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe{}",
        b"{",
        b"[]",
        b"null",
        b"{" * 100_000,
        b'{"schema_version": 2}',
        b'rater = "Ana"\nrater = "Ben"',
        b"rater = 2026-06-02",
        b"x" * (SCORECARD_LIMIT + 1),
    ],
)
def test_what_is_no_scorecard_is_refused_in_one_line(data: bytes) -> None:
    """Anything else is one clear line."""
    with pytest.raises(ScorecardError) as refusal:
        read_scorecard(data)

    assert str(refusal.value)
    assert "\n" not in str(refusal.value).strip()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total", 4),
        ("rater", ""),
        ("rater", "x" * 200),
        ("rater", 7),
        ("rater", " \n"),
        ("rater", "Ana\u202e"),
        ("report_digest", "sha256:abc"),
        ("report_digest", "sha256:" + "0" * 64 + "\n"),
        ("notes", "x" * 50_000),
        ("scores", [{"dimension": "correctness", "level": "Hire", "weight": 2}]),
        ("scores", [{"dimension": "correctness", "confidence": "certain"}]),
        ("scores", [{"dimension": "correctness", "evidence": ["x"] * 200}]),
        ("scores", [{"dimension": f"d{n}"} for n in range(60)]),
        ("questions_asked", [{"id": "x"}] * 300),
    ],
)
def test_fields_are_strict_and_bounded(report: Report, field: str, value: object) -> None:
    """No total, no unknown field, no text without end."""
    data = json.loads(whole(report).to_json())
    data[field] = value

    with pytest.raises(ScorecardError, match=field.split("_", maxsplit=1)[0]):
        read_scorecard(json.dumps(data).encode())
