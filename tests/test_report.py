"""The report as data: the fields that others rely on, strict reading, the same bytes, sound under hostile input."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import report_grades as told
import report_samples as samples
from pydantic import BaseModel

import reports.report
from graders import Evidence, Finding, Grade, Outcome
from reports import Report, ReportError, make_report, read_report
from reports.json_schema import report_schema
from reports.report import READ_LIMIT, Record
from reports.text import HIDDEN

SCHEMA = Path(reports.report.__file__).with_name("schema") / "report.schema.json"


@pytest.fixture(scope="module", params=samples.EACH)
def sample(request: pytest.FixtureRequest) -> Report:
    return samples.SAMPLES[request.param]()


def test_fields_that_others_rely_on_are_there() -> None:
    """DESIGN §6 fixes names and places; other programs read them."""
    data = json.loads(samples.mixed().to_json())
    assert data["schema_version"] == 1
    assert data["challenge"].keys() >= {"id", "version", "digest"}
    assert data["submission"].keys() >= {"repository", "commit", "tree"}
    assert data["complete"] is False
    grade = data["grades"]["hidden_tests"]
    assert grade.keys() >= {"outcome", "summary", "measures", "findings"}
    assert grade["findings"][0].keys() >= {"id", "title", "outcome", "detail", "evidence", "tier", "category"}
    assert data["questions"][0].keys() >= {"id", "core_question", "text", "evidence"}
    assert data["provenance"].keys() >= {"harness_version", "engine", "images", "limits", "timings"}


def test_reading_gives_back_what_was_written(sample: Report) -> None:
    """Nothing is lost or changed on the way through a file."""
    text = sample.to_json()
    again = read_report(text.encode())
    assert again == sample
    assert again.to_json() == text


def test_the_same_input_gives_the_same_bytes() -> None:
    """The digest of a report can be logged: nothing in it depends on chance or on the order of a mapping."""
    assert samples.hostile().to_json() == samples.hostile().to_json()
    text = samples.mixed().to_json()
    assert text.endswith("}\n")
    assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def test_the_published_schema_is_current() -> None:
    """`python -m reports.json_schema > reports/schema/report.schema.json` has been run since the model last changed."""
    assert SCHEMA.read_text(encoding="utf-8") == report_schema()


def test_reports_satisfy_the_published_schema(sample: Report) -> None:
    """What we write is what we publish; and fields may be added without breaking who validates."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    data = json.loads(sample.to_json())
    validator.validate(data)
    validator.validate({**data, "added_later": 1})


def test_complete_only_when_no_grade_is_an_error() -> None:
    """`complete` says whether we came to an answer, never how the candidate did."""
    assert samples.strong().complete
    assert samples.weak().complete
    assert not samples.unsure().complete


def test_there_is_no_field_for_a_verdict() -> None:
    """No total, rank, score, percentile or level has a place in the model: the judgement is a person's."""
    names: set[str] = set()
    queue: list[type[BaseModel]] = [Record]
    while queue:
        queue += (kinds := queue.pop().__subclasses__())
        names |= {name for kind in kinds for name in kind.model_fields}
    verdict = {"total", "rank", "score", "percentile", "rating", "verdict", "recommendation", "pass_rate"}
    assert not names & verdict
    assert "level" in names, "only as the heading of an anchor on the blank form"
    assert "level" not in set(Report.model_fields) | set(reports.report.GradeRecord.model_fields)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"schema_version": NaN}',
        b" " * (READ_LIMIT + 1),
        samples.strong().to_json().replace('"schema_version": 1', '"schema_version": 2').encode(),
        samples.strong().to_json().replace('"complete": true', '"complete": "yes"').encode(),
        samples.strong().to_json().replace('"complete": true', '"complete": true, "score": 7').encode(),
        samples.strong().to_json().replace('"outcome": "passed"', '"outcome": "excellent"', 1).encode(),
        samples.strong().to_json().replace('"fetch": 0.8', '"fetch": Infinity').encode(),
    ],
    ids=lambda data: data[:24].decode("latin-1"),
)
def test_what_is_no_report_is_refused_in_one_line(data: bytes) -> None:
    """Bytes from outside are checked whole, whatever they are, and the message says where they do not fit."""
    with pytest.raises(ReportError) as refusal:
        read_report(data)
    assert "\n" not in str(refusal.value)


def test_a_number_that_json_cannot_hold_becomes_null_with_a_note() -> None:
    """A grader's slip does not cost the report: the measure is null, and the report says so."""
    grade = Grade(Outcome.PASSED, "Fine.", {"share": float("nan"), "many": 10**30})
    report = told.report("x", {"own_tests": grade})
    assert report.grades["own_tests"].measures == {"share": None, "many": None}
    assert sum("own_tests." in note for note in report.provenance.notes) == 2
    assert not re.search(r"\b(NaN|Infinity)\b", samples.hostile().to_json())


@pytest.mark.slow
def test_a_report_stays_within_bounds_however_much_there_is_to_say() -> None:
    """Fifty thousand findings with long evidence make a report that can be read, and say what is left out."""
    report = samples.enormous()
    assert len(report.to_json().encode()) < READ_LIMIT
    assert any("findings of hidden_tests are left out" in note for note in report.provenance.notes)
    assert any("are cut" in note for note in report.provenance.notes)


def test_finding_ids_are_unique_in_a_report() -> None:
    """A question points at exactly one finding, even when two graders or test names collide."""
    report = samples.hostile()
    ids = [finding.id for grade in report.grades.values() for finding in grade.findings]
    assert len(ids) == len(set(ids))


def test_the_file_does_nothing_to_a_terminal() -> None:
    """Escape sequences, direction controls and unseen characters are written as JSON escapes."""
    text = samples.hostile().to_json()
    assert not HIDDEN.search(text)
    assert "\\u001b" in text
    assert "\\u202e" in text


def test_a_mapping_that_does_not_fit_names_the_field() -> None:
    """make_report says what to mend, in one line."""
    with pytest.raises(ReportError, match="SubmissionFacts: tree"):
        make_report(
            challenge={"id": "c", "version": "1", "digest": "d", "title": "t"},
            submission={"repository": "r", "commit": "c", "name": "n"},
            grades={},
            provenance={"harness_version": "0"},
        )


def test_a_report_can_hold_almost_nothing() -> None:
    """A submission that could not be read still gets a report with what is known."""
    report = make_report(
        challenge={"id": "c", "version": "1", "digest": "d", "title": "t"},
        submission={"repository": "r", "commit": "", "tree": "", "name": ""},
        grades={},
        provenance={"harness_version": "0"},
    )
    assert report.complete
    assert report.questions == ()


def test_nested_limits_are_flattened() -> None:
    """The pipeline hands over what it has; the report holds scalars by dotted name."""
    assert samples.strong().provenance.limits["own_tests.seconds"] == 300


def test_values_are_frozen() -> None:
    """A report is never changed after it is made."""
    report = samples.strong()
    with pytest.raises(ValueError, match="frozen"):
        report.complete = False  # type: ignore[misc]


def test_evidence_keeps_its_place() -> None:
    """Path, line and commit of a piece of evidence survive as they were."""
    finding = Finding("design.x", "X.", Outcome.SKIPPED, "", (Evidence("place", "", "app/a b.py", 7, "abc"),))
    record = told.report("x", {"design": Grade(Outcome.PASSED, "", {}, (finding,))}).finding("design.x")
    assert record is not None
    assert (record.evidence[0].path, record.evidence[0].line, record.evidence[0].commit) == ("app/a b.py", 7, "abc")
