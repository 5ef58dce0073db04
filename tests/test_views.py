"""The other views: JUnit, SARIF, Gradescope, check run, annotations, public summary, each as its reader needs it."""

from __future__ import annotations

import json
import re
from functools import cache
from xml.etree import ElementTree

import jsonschema
import pytest
import report_grades as told
import report_material as material
import report_samples as samples
import view_schemas as schemas

from graders import Evidence, Finding, Grade, Outcome
from reports import VIEWS, Report, read_report, workflow_command

COMMAND = re.compile(r"::(warning|notice) title=[^:,\r\n]*::[^\r\n]*")


@cache
def sample(name: str) -> Report:
    return samples.SAMPLES[name]()


def view(name: str, report: Report) -> str:
    return VIEWS[name].render(report)


def suites(report: Report) -> dict[str, ElementTree.Element]:
    """The suites of the JUnit view by the category that they are on."""
    root = ElementTree.fromstring(view("junit", report))
    return {suite.findall("properties/property")[0].get("value", ""): suite for suite in root}


def seen(outcome: Outcome, tier: str, name: str = "test_a.py::test_a", *, evidence: bool = False) -> Finding:
    pieces = (Evidence("given", "a file"), Evidence("expected", "one"), Evidence("observed", "two")) if evidence else ()
    return Finding(f"hidden_tests.{name}", "One lead.", outcome, "Seen.", pieces, tier, "csv", "correctness")  # type: ignore[arg-type]


def report_of(*findings: Finding, **grades: Grade) -> Report:
    exam = Grade(Outcome.PASSED, "Held.", {}, (*findings, seen(Outcome.PASSED, "contract", "test_b.py::test_ok")))
    return told.report("x", {"hidden_tests": exam, **grades})


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_is_a_function_of_the_report(name: str) -> None:
    """The same report gives the same bytes, also after a trip through report.json."""
    report = sample("mixed")
    assert view(name, report) == view(name, report)
    assert view(name, read_report(report.to_json().encode())) == view(name, report)


@pytest.mark.parametrize(
    ("outcome", "tier", "evidence", "shown"),
    [
        (Outcome.PASSED, "contract", False, None),
        (Outcome.FAILED, "contract", True, "failure"),
        (Outcome.FAILED, "robustness", True, "skipped"),
        (Outcome.FAILED, "probe", True, "skipped"),
        (Outcome.SKIPPED, "contract", False, "skipped"),
        (Outcome.ERROR, "contract", False, "error"),
        (Outcome.ERROR, "robustness", False, "error"),
    ],
)
def test_junit_shows_as_failed_what_the_brief_states_and_nothing_else(
    outcome: Outcome, tier: str, evidence: bool, shown: str | None
) -> None:
    """An unstated convention fails nobody, and our failure is an error, never a failure."""
    suite = suites(report_of(seen(outcome, tier, evidence=evidence)))["csv"]
    case = next(case for case in suite.iter("testcase") if "test_a" in case.get("name", ""))
    assert [child.tag for child in case if child.tag != "system-out"] == ([shown] if shown else [])
    if shown:
        assert case.find(shown).get("message")  # type: ignore[union-attr]
        assert {key: suite.get(key) for key in ("failures", "errors", "skipped")} == {
            key: str(int(key.startswith(shown[:4]))) for key in ("failures", "errors", "skipped")
        }


def test_junit_names_what_was_given_expected_and_observed() -> None:
    """A failure can be followed up from the CI server alone."""
    failure = suites(report_of(seen(Outcome.FAILED, "contract", evidence=True)))["csv"].find("testcase/failure")
    assert failure is not None
    assert failure.text == "given: a file\nexpected: one\nobserved: two\nSeen."


def test_junit_has_a_suite_a_category_and_one_on_the_grading() -> None:
    """In the challenge's order; a grade of ours that failed is an error there, and a failed grade is none."""
    found = suites(sample("unsure"))
    assert list(found) == ["grading", *(identifier for identifier, _, _ in material.CATEGORIES)]
    errors = {case.get("name") for case in found["grading"].iter("testcase") if case.find("error") is not None}
    assert errors == {"hidden_tests", "own_tests"}
    assert suites(sample("weak"))["grading"].get("errors") == "0"


def test_junit_says_once_that_a_program_does_not_start() -> None:
    """One failure, and no failure for each behaviour that could not be seen."""
    root = ElementTree.fromstring(view("junit", sample("does-not-start")))
    failed = [case.get("name") for case in root.iter("testcase") if case.find("failure") is not None]
    assert failed == ["The program was built, started and answered"]


def test_junit_has_no_count_over_everything() -> None:
    """Counts stand on the suites, which the format demands; there is no total."""
    assert set(ElementTree.fromstring(view("junit", sample("mixed"))).attrib) == {"name"}


@pytest.mark.parametrize("name", samples.EACH)
def test_sarif_is_sound(name: str) -> None:
    """Places are relative to the submission's root, every rule that a result names is described, levels stay low."""
    whole = json.loads(view("sarif", sample(name)))
    jsonschema.Draft202012Validator(schemas.SARIF).validate(whole)
    run = whole["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert sorted(set(rules)) == rules
    assert {result["ruleId"] for result in run["results"]} == set(rules)
    assert "file://" not in view("sarif", sample(name))


def test_sarif_rules_are_the_same_for_every_submission() -> None:
    """A file or a test that a candidate named is no part of a rule's id."""
    found = json.loads(view("sarif", sample("mixed")))["runs"][0]
    assert {result["ruleId"] for result in found["results"]} >= {"own_tests.uncovered", "own_tests.failed"}
    uncovered = next(result for result in found["results"] if result["ruleId"] == "own_tests.uncovered")
    place = uncovered["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "app/imports.py"
    assert place["region"] == {"startLine": 88}
    assert found["versionControlProvenance"][0]["repositoryUri"] == "https://github.com/example/mixed-harbour"


@pytest.mark.parametrize("path", ["/etc/passwd", "../x.py", "a/../x.py", "a//b", "./a", "", "C:\\x"])
def test_sarif_names_no_place_outside_of_the_submission(path: str) -> None:
    """A path that leads out (or may be read so) is no place; a drive letter is a strange name, encoded."""
    finding = Finding("design.size", "Long.", Outcome.SKIPPED, "", (Evidence("place", path=path, line=1),))
    results = json.loads(view("sarif", report_of(design=Grade(Outcome.PASSED, "", {}, (finding,)))))["runs"][0][
        "results"
    ]
    assert [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results] == (
        ["C%3A%5Cx"] if path.startswith("C:") else []
    )


def test_sarif_messages_hold_no_link_and_nothing_to_fill_in() -> None:
    """Brackets would make a link, braces a placeholder."""
    finding = Finding("design.size", "[x](https://evil.example) {0} \\", Outcome.SKIPPED, "",
                      (Evidence("place", path="a.py", line=1),))  # fmt: skip
    result = json.loads(view("sarif", report_of(design=Grade(Outcome.PASSED, "", {}, (finding,)))))["runs"][0][
        "results"
    ][0]
    assert result["message"]["text"] == "\\[x\\](https://evil.example) {{0}} \\\\"


@pytest.mark.parametrize("name", samples.EACH)
def test_gradescope_gets_checks_without_points(name: str) -> None:
    """Everything is hidden from who handed in, and there is no score anywhere."""
    text = view("gradescope", sample(name))
    jsonschema.Draft202012Validator(schemas.GRADESCOPE).validate(json.loads(text))
    assert '"score"' not in text
    assert '"max_score"' not in text


def test_gradescope_keeps_apart_what_has_no_right_and_wrong() -> None:
    """Beyond the brief, raised, not reached, not told: no status, so no check."""
    report = report_of(seen(Outcome.FAILED, "robustness"), seen(Outcome.FAILED, "contract", "test_c.py::test_c"))
    whole = json.loads(view("gradescope", report))
    assert sorted(check["status"] for check in whole["tests"]) == ["failed", "passed"]
    assert [row["state"] for row in whole["extra_data"]["no_status"]] == ["not handled"]


@pytest.mark.parametrize("name", samples.EACH)
def test_a_check_run_is_neutral_and_fits(name: str) -> None:
    """Whatever was found, the check neither passes nor fails; GitHub takes 65,535 characters."""
    whole = json.loads(view("check-run", sample(name)))
    jsonschema.Draft202012Validator(schemas.CHECK_RUN).validate(whole)
    assert len(whole["output"]["summary"].encode()) <= 65_000


def test_a_summary_that_is_too_long_is_cut_between_lines() -> None:
    """And says that it is cut."""
    from reports.summary import render_summary

    whole, cut = render_summary(sample("mixed")), render_summary(sample("mixed"), 2_000)
    assert len(cut.encode()) <= 2_000
    assert "Cut here" in cut
    assert set(cut.partition("\n\nCut here")[0].splitlines()) <= set(
        render_summary(sample("mixed"), 4_000).splitlines()
    ) | set(whole.splitlines())


@pytest.mark.parametrize("name", samples.EACH)
def test_annotations_are_at_most_ten_of_a_kind(name: str) -> None:
    """GitHub drops more; each is one line, and none is an error: a submission's result is no failure of the job."""
    lines = view("annotations", sample(name)).splitlines()
    assert all(COMMAND.fullmatch(line) for line in lines)
    for kind in ("warning", "notice"):
        assert sum(line.startswith(f"::{kind} ") for line in lines) <= 10


def test_annotations_tell_ours_from_theirs() -> None:
    """A warning is what we could not tell; what was seen of the submission is a notice."""
    assert "::warning" not in view("annotations", sample("strong"))
    lines = view("annotations", sample("mixed")).splitlines()
    assert sum(line.startswith("::warning title=We could not tell::") for line in lines) == 1
    assert sum(line.startswith("::notice title=Question to ask::") for line in lines) == 3


def test_many_annotations_end_with_how_many_there_are_more() -> None:
    """Nothing is left out in silence."""
    missed = [seen(Outcome.FAILED, "contract", f"test_m.py::test_{n}") for n in range(30)]
    lines = view("annotations", report_of(*missed)).splitlines()
    assert len(lines) == 10
    assert lines[-1].endswith("more are in the report.")


def test_a_workflow_command_cannot_be_left() -> None:
    """Line ends, percent signs and the properties' own marks are encoded; `##[` is broken up."""
    line = workflow_command("notice", "a:b,c%", "100 %\r\n::set-env name=x::y ##[group]z")
    assert line == "::notice title=a%3Ab%2Cc%25::100 %25 ::set-env name=x::y #\\#[group]z"


PUBLIC = ("strong", "mixed", "weak", "does-not-start", "unsure")


@pytest.mark.parametrize("name", PUBLIC)
def test_the_public_summary_gives_away_nothing_of_the_hidden_tests(name: str) -> None:
    """No name, title, category, evidence or summary of a hidden test is in it, and no question either."""
    report = sample(name)
    public = view("public", report).replace("\\", "")
    exam = report.grades["hidden_tests"]
    secret = {exam.summary, *(q.text for q in report.questions), *(q.because for q in report.questions)}
    for finding in exam.findings:
        secret |= {finding.id, finding.id.rpartition("::")[2], finding.title, finding.detail}
        secret |= {line for piece in finding.evidence for line in piece.text.splitlines()}
    secret |= {title for _, title, _ in material.CATEGORIES} | {about for _, _, about in material.CATEGORIES}
    assert not [text for text in secret if len(text) > 3 and text in public]


def test_the_public_summary_hangs_on_nothing_of_the_exam_but_whether_the_program_answered() -> None:
    """Another set of hidden tests, other outcomes, other times: the same bytes."""
    report = sample("mixed")
    base = view("public", report)
    exam = report.grades["hidden_tests"]
    others = (
        exam.model_copy(update={"findings": exam.findings[:1], "measures": {}, "summary": "Other."}),
        exam.model_copy(update={"findings": tuple(reversed(exam.findings)), "exhibits": {}}),
    )
    for other in others:
        changed = report.model_copy(
            update={
                "grades": {**report.grades, "hidden_tests": other},
                "questions": (),
                "challenge": report.challenge.model_copy(update={"categories": (), "core_questions": ()}),
            }
        )
        assert view("public", changed) == base


def test_the_public_summary_shows_no_output_of_the_program() -> None:
    """A program may print what it was asked during the exam."""
    public = view("public", sample("does-not-start"))
    assert "pandas" not in public
    assert "no, it answered nothing" in public


def test_the_public_summary_says_what_was_found() -> None:
    """Deliverables, own tests and sizes: facts on the candidate's own files."""
    public = view("public", sample("mixed")).replace("\\", "")
    for expected in (
        "AI usage log | ✓ found, 4 entries",
        "README | ✓ found",
        "22 tests: 21 passed, 1 failed.",
        "Commits | 7",
    ):
        assert expected in public
