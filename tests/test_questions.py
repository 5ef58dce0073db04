"""The first questions: the ones most worth asking, each with its evidence, in neutral words."""

from __future__ import annotations

import re

import pytest
import report_grades as told
import report_material as material
import report_samples as samples

from graders import Evidence, Finding, Grade, Outcome
from reports import Report
from reports.questions import core_question, first_questions, follow_ups, ranked_candidates
from reports.report import CoreQuestion
from reports.wording import CATEGORY_MENTIONS, CATEGORY_QUESTIONS, CATEGORY_TOPICS

NEVER = ("cheat", "fake", "fabricat", "suspicious", "dishonest", "tamper", "lazy", "wrongly", "fail to", "should have")


@pytest.fixture(scope="module", params=samples.EACH)
def sample(request: pytest.FixtureRequest) -> Report:
    return samples.SAMPLES[request.param]()


def test_three_questions_each_ends_with_a_question_mark(sample: Report) -> None:
    """Twenty minutes hold three questions, whatever the submission is like."""
    assert len(sample.questions) == 3
    assert all(question.text.endswith("?") for question in sample.questions)
    assert [question.id for question in sample.questions] == ["q1", "q2", "q3"]


def test_questions_point_at_findings_that_exist(sample: Report) -> None:
    """Every figure leads to its evidence: no id dangles, no core question is invented."""
    ids = {finding.id for grade in sample.grades.values() for finding in grade.findings}
    cores = {core.id for core in sample.challenge.core_questions}
    for question in sample.questions:
        assert set(question.evidence) <= ids
        assert question.core_question in cores


def test_questions_come_from_different_core_questions(sample: Report) -> None:
    """Three questions on one subject would leave the others unasked."""
    assert len({question.core_question for question in sample.questions}) == 3


@pytest.mark.parametrize("name", ["strong", "mixed", "weak", "does-not-start", "unsure"])
def test_words_are_neutral(name: str) -> None:
    """A question asks how someone thought; it supposes no reason."""
    report = samples.SAMPLES[name]()
    suggested = [q for questions in follow_ups(report.grades, report.challenge).values() for q in questions]
    for question in (*report.questions, *suggested):
        assert not any(word in question.text.lower() for word in NEVER), question.text


def test_a_failed_contract_test_comes_first() -> None:
    """What the brief states and was not seen surprises most."""
    first = samples.mixed().questions[0]
    assert first.evidence[0] == "hidden_tests.test_dedupe.py::test_same_email_twice"
    assert "2 leads with ada@lovelace.example" in first.text
    assert first.core_question == "risks"


def test_what_the_decision_log_speaks_of_is_asked_later() -> None:
    """A miss that the candidate wrote about is less of a surprise than one that is nowhere mentioned."""
    failed = ("test_dedupe.py::test_reimport", "test_idempotency.py::test_same_key")

    def order(decisions: str) -> list[str]:
        report = told.report(
            "x",
            {
                "hidden_tests": told.hidden_tests(failed=failed),
                "written_evidence": told.written_evidence((decisions,), True, 200),
            },
        )
        return [c.key for c in ranked_candidates(report.grades, report.challenge)][:2]

    assert order("Duplicates are merged by address.") == ["contract:idempotency", "contract:dedupe"]
    assert order("An import twice is idempotent.") == ["contract:dedupe", "contract:idempotency"]


def test_a_program_that_does_not_start_is_the_first_question() -> None:
    """Then no test says anything on single behaviours, so none of them is asked about."""
    report = samples.does_not_start()
    assert "No module named 'pandas'" in report.questions[0].text
    keys = [candidate.key for candidate in ranked_candidates(report.grades, report.challenge)]
    assert not any(key.startswith(("contract:", "robustness:", "probe:")) for key in keys)


def test_what_we_could_not_tell_is_no_question_to_the_candidate() -> None:
    """An error is ours."""
    report = samples.unsure()
    for question in report.questions:
        for identifier in question.evidence:
            finding = report.finding(identifier)
            assert finding is not None
            assert finding.outcome is not Outcome.ERROR


def test_an_entry_without_verification_is_asked_about() -> None:
    """The AI usage log names no check for a part: reading leaves no trace, so it is a question."""
    report = samples.mixed()
    texts = [q.text for q in follow_ups(report.grades, report.challenge)["ai-use"]]
    assert any("Clay sender" in text and "verification" in text for text in texts)


def test_written_lines_that_no_test_runs_are_asked_about_by_place() -> None:
    """The file with most of them, with its lines."""
    report = samples.strong()
    texts = [q.text for q in follow_ups(report.grades, report.challenge)["tests"]]
    assert any("41-47 of app/enrichment.py" in text for text in texts)


def test_core_questions_are_found_by_their_words() -> None:
    """Ids and texts are the challenge's; the topic is recognised, else the first one takes it."""
    questions = [CoreQuestion(id=i, text=t) for i, t in material.CORE_QUESTIONS]
    found = {topic: core_question(topic, questions) for topic in ("problem", "risks", "ai", "tests", "harden", "trade")}
    assert [q.id for q in found.values() if q] == ["success", "risks", "ai-use", "tests", "harden", "trade-off"]
    other = [CoreQuestion(id="a", text="Who calls you at night?"), CoreQuestion(id="b", text="What is billed?")]
    assert core_question("ai", other) == other[0]
    assert core_question("ai", []) is None


def test_the_order_never_depends_on_chance() -> None:
    """Equal weights are ordered by name."""
    report = samples.weak()
    backwards = dict(reversed(list(report.grades.items())))
    assert first_questions(backwards, report.challenge) == report.questions


def test_quoted_text_stays_on_one_line_and_short() -> None:
    """A question can be read aloud, whatever the candidate put into a name."""
    for question in samples.hostile().questions:
        assert "\n" not in question.text
        assert len(question.text) < 700
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e]", question.text)


def test_each_category_has_words() -> None:
    """The twelve categories of the round's challenge have a topic, a question and (but for the main route) mentions."""
    categories = {identifier for identifier, *_ in material.CATEGORIES}
    assert set(CATEGORY_TOPICS) == set(CATEGORY_QUESTIONS) == categories
    assert set(CATEGORY_MENTIONS) == categories - {"happy-path"}


def test_a_failing_own_test_is_asked_about_without_blame() -> None:
    """The run was offline: the question is what the suite needs."""
    finding = Finding("own_tests.failed.a", "The own test fails: a", Outcome.FAILED, "", (Evidence("output", "boom"),))
    grade = Grade(Outcome.FAILED, "", {"collected": 2}, (finding,))
    report = told.report("x", {"own_tests": grade})
    assert "What does your suite need" in report.questions[0].text
