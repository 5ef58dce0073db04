"""What the page prepares before it draws: joins by words, the coverage map, the time line, the AI section's rows."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import report_grades as told
import report_samples as samples

from graders import Evidence, Finding, Grade, Outcome, design
from reports import Report
from reports.ai_lens import looks
from reports.ai_use import ai_use
from reports.coverage_map import coverage_map
from reports.happenings import Happening, happenings
from reports.matrix import matrix
from reports.own_words import chosen, own_words, telling
from reports.page import MEASURE_TITLES, clock, grouped, own_test, render_page, short
from reports.questions import follow_ups, ranked_candidates, told_and_asked
from reports.reading import FileCoverage, ai_entries, commits
from reports.report import EvidenceRecord, FindingRecord
from reports.text import apart, line
from reports.timeline import timeline

DESIGN = Grade(
    Outcome.PASSED,
    "Two files.",
    {"code_lines": 1407, "files": 17, "largest_file": 232, "lint": 9, "longest_function": 49},
    (),
    {
        "files": (
            {
                "functions": 4,
                "imports": 2,
                "kind": "code",
                "lines": 87,
                "lint": 0,
                "longest_function": "push",
                "longest_lines": 20,
                "path": "leads/clay.py",
            },
        )
    },
)
"""As the grader gives it: exhibits come in the order of their columns' names."""


def with_own_tests(*ids: str, quote: str = "") -> Report:
    """A report with these own tests by name, and one sentence in the README."""
    own = told.own_tests((), len(ids))
    own = replace(own, exhibits={"own_tests": tuple({"id": i, "outcome": "passed", "seconds": 0.1} for i in ids)})
    written = told.written_evidence((), True, 200)
    if quote:
        piece = Evidence("quote", quote, "README.md", 27)
        readme = Finding("written_evidence.readme", "README", Outcome.PASSED, "", (piece,))
        written = replace(written, findings=(readme,))
    failed = ("test_clay_out.py::test_rate", "test_csv.py::test_quoted_newline", "test_clay_out.py::test_nothing_lost")
    return told.report(
        "x", {"hidden_tests": told.hidden_tests(failed=failed), "own_tests": own, "written_evidence": written}
    )


def finding(report: Report, name: str) -> FindingRecord:
    found = report.finding(f"hidden_tests.{name}")
    assert found is not None
    return found


def test_an_own_test_is_joined_by_rare_words_in_its_name() -> None:
    """Two shared words, one of them rare: words of many hidden tests join nothing, and neither does a file's name."""
    report = with_own_tests(
        "tests/test_csv.py::test_quoted_line_break", "tests/test_csv.py::test_lead", "tests/test_clay.py::test_import"
    )
    words = own_words(report.grades)
    assert words.tests_on(finding(report, "test_csv.py::test_quoted_newline")) == (
        "tests/test_csv.py::test_quoted_line_break",
    )
    assert words.tests_on(finding(report, "test_clay_out.py::test_rate")) == ()


def test_an_own_test_counts_for_the_category_that_its_words_fit() -> None:
    """By the category's own words, or by the hidden tests that share most with it; one word alone says nothing."""
    report = with_own_tests("tests/test_clay.py::test_same_delivery", "tests/test_x.py::test_dedupe", "tests/a.py::b")
    rows = matrix(report.grades, report.challenge)
    found = {choice.title: choice.tests for choice in chosen(own_words(report.grades), rows)}
    assert found["Clay, inbound"] == ("tests/test_clay.py::test_same_delivery",)
    assert found["Clay, outbound"] == ()
    assert found["Dedupe and merge"] == ("tests/test_x.py::test_dedupe",)
    assert not any("tests/a.py::b" in tests for tests in found.values())


def test_what_was_said_to_be_left_out_is_joined_to_its_test() -> None:
    """A sentence of the README that names the behaviour stands next to it, with its place, and in the question."""
    report = with_own_tests("tests/test_a.py::test_b", quote="Not done for lack of time: the rate of ten a second.")
    words = own_words(report.grades)
    said = words.left_out_on(finding(report, "test_clay_out.py::test_rate"))
    assert [(piece.path, piece.line) for piece in said] == [("README.md", 27)]
    assert words.left_out_on(finding(report, "test_csv.py::test_quoted_newline")) == ()
    question = next(c for c in ranked_candidates(report.grades, report.challenge) if c.key == "contract:clay-outbound")
    assert "named as left out in README.md:27" in question.because
    assert question.evidence[0].endswith("test_nothing_lost"), "what surprises comes first"
    assert "<b>left out</b>, it says: <a" in render_page(report)


def test_an_entry_is_called_by_its_name() -> None:
    """Its number and its time stand beside it, so the name repeats neither."""
    rows = ({"n": 1, "title": "1. CSV parsing 2026-06-02 18:55", "when": "2026-06-02 18:55"}, {"n": 2, "title": "2."})
    grade = Grade(Outcome.PASSED, "", {}, (), {"entries": rows})
    report = told.report("x", {"ai_usage_log": grade})
    assert [entry.name for entry in ai_entries(report.grades["ai_usage_log"])] == ["CSV parsing", "2."]


def test_words_lose_their_endings() -> None:
    """`deliveries` and `delivery` are one word; common words say nothing."""
    assert telling("the deliveries") == telling("delivery") == frozenset({"deliver"})
    assert telling("all of them are in it") == frozenset()


def test_the_coverage_map_marks_the_lines_that_no_test_runs() -> None:
    """Bars are as long as their files; ranges become parts of them; what is no range is passed over."""

    def file(path: str, missing: str, statements: int = 10) -> FileCoverage:
        return FileCoverage(path, statements, 5, 0.5, None, 1, missing)

    grade = Grade(Outcome.PASSED, "", {}, (), {"files": ({"path": "a.py", "lines": 200},)})
    design = told.report("x", {"design": grade})
    bars = coverage_map(
        [file("a.py", "1-20, 100"), file("b.py", "91-100"), file("c.py", "x, 9-3, 0, 5-99999999999")],
        design.grades["design"],
    )
    assert [(bar.lines, bar.width) for bar in bars] == [(200, 100.0), (100, 50.0), (10, 5.0)]
    assert bars[0].missing == ((0.0, 10.0), (49.5, 0.7))
    assert bars[1].missing == ((45.0, 5.0),)
    assert bars[2].missing == ()
    assert coverage_map([], None) == ()


def test_the_time_line_has_a_lane_for_each_kind_of_event() -> None:
    """Commits and log entries come from their own exhibits, recorded events from theirs; unknown lanes are left out."""
    report = samples.mixed()
    grades = report.grades
    found = happenings(commits(grades["history"]), ai_entries(grades["ai_usage_log"]), grades)
    picture = timeline(found, 240)
    assert picture is not None
    assert [lane.name for lane in picture.lanes] == [
        "commits", "AI log entries", "log edits", "prompts", "agent edits", "test runs", "interrupts",
    ]  # fmt: skip
    assert [mark.shape for mark in picture.lanes[5].marks] == ["test-failed", "test-passed", "test"]
    assert picture.uncertain
    assert picture.lanes[5].marks[2].span is not None


def test_an_event_without_a_time_is_in_the_table_only() -> None:
    """Nothing is drawn at a guessed place."""
    at = datetime(2026, 6, 2, 9, tzinfo=UTC)
    marks = (Happening(at, "entry", "entry", "a"), Happening(None, "entry", "entry", "b"))
    assert timeline(marks, None) is None
    picture = timeline((*marks, Happening(at.replace(hour=10), "prompt", "prompt", "c")), None)
    assert picture is not None
    assert [len(lane.marks) for lane in picture.lanes] == [1, 1]


def test_the_ai_section_counts_levels_and_results_apart() -> None:
    """What a claim rests on is one thing, what came of it another; what does not agree comes first."""
    used = ai_use(samples.mixed().grades["ai_usage_log"])
    assert used is not None
    assert dict(used.levels) == {"machine-recorded": 1, "checkable in the repository": 3, "stated only": 1}
    assert dict(used.results) == {"confirmed": 3, "contradicted": 1, "could not check": 1}
    assert used.claims[0]["result"] == "contradicted"
    assert used.tools == ("Aider (1 session)", "Claude Code (1 session)")
    assert [(share.folder, share.mentioned) for share in used.coverage][1] == ("app/billing", 0)


def test_the_ai_section_says_nothing_on_what_it_has_not() -> None:
    """Without sessions and claims there are no empty tables."""
    page = render_page(samples.unsure())
    for title in ("Recorded sessions", "Moments worth reading", "held against the evidence", "Files that instruct"):
        assert title not in page


def test_reference_ranges_are_said_not_to_be_a_norm() -> None:
    """A figure from elsewhere stands in its own column under that name."""
    page = render_page(samples.mixed())
    assert "Elsewhere, not a norm" in page
    assert "one professional team, n=277, not a norm: 0.8 to 3.1" in page


def test_four_ways_to_look_point_at_evidence_and_leave_a_blank() -> None:
    """Pointers with places, no word on what they amount to; without a log there is nothing to look at."""
    report = samples.mixed()
    log = report.grades["ai_usage_log"]
    used = ai_use(log)
    assert used is not None
    found = {look.name: look.pointers for look in looks(used, ai_entries(log))}
    assert list(found) == ["Decomposition", "Course correction", "Verification", "Ownership"]
    assert found["Decomposition"][1].row == {"path": "AI_LOG.md", "line": 11}
    assert found["Verification"][0].label == "“pytest tests/test_csv.py, 12 passed”, contradicted"
    assert found["Ownership"][0].row == {"path": "tests"}
    nothing = ai_use(samples.weak().grades["ai_usage_log"])
    assert nothing is not None
    assert looks(nothing, ()) == ()


def gap(kind: str, title: str, line: int) -> Finding:
    piece = Evidence("entry", "its words", "AI_LOG.md", line)
    return Finding(f"ai_usage_log.gap.{kind}.1", title, Outcome.SKIPPED, "Worth asking.", (piece,))


def test_gaps_of_the_log_become_questions_with_file_and_line() -> None:
    """Each kind has its question; what the log says otherwise comes first; none supposes a reason."""
    log = told.ai_usage_log(samples.ENTRIES, told.ai_exhibits())
    gaps = (
        gap("accepted", "Entry 4 was accepted without change", 22),
        gap("otherwise", "Entry 1 says “12 passed”; something else was found", 9),
        gap("folder", "No log entry mentions app/billing/ (96 added lines)", 1),
        gap("of-tomorrow", "Something that this version does not know", 5),
    )
    report = told.report("x", {"ai_usage_log": replace(log, findings=(*log.findings, *gaps))})
    asked = [question.text for question in follow_ups(report.grades, report.challenge)["ai-use"]]
    assert asked[0].startswith("Entry 1 says “12 passed”; something else was found (AI_LOG.md:9).")
    assert asked[0].endswith("What was different when you saw it?")
    assert "Entry 4 was accepted without change (AI_LOG.md:22). What made you trust it as it came?" in asked
    assert any(text.endswith("How was it built?") for text in asked)
    keys = [candidate.key for candidate in ranked_candidates(report.grades, report.challenge)]
    assert not [key for key in keys if key.startswith("ai:claim")], "the grader's own gaps replace ours"
    assert not [key for key in keys if key == "ai:unmentioned"]


def test_claims_become_questions_where_the_grader_names_no_gap() -> None:
    """What does not agree, a correction that the code bears out, a verification that is stated only."""
    report = samples.mixed()
    keys = {candidate.key: candidate for candidate in ranked_candidates(report.grades, report.challenge)}
    assert "(AI_LOG.md:9)" in keys["ai:claim:contradicted"].text
    assert "It shows in app/imports.py:41." in keys["ai:claim:corrected"].text
    assert "a 200,000-row file by hand" in keys["ai:claim:stated"].text
    assert "app/billing" in keys["ai:unmentioned"].text
    assert ".aider.chat.history.md" in keys["ai:untested"].text


@pytest.mark.parametrize(
    ("text", "told", "asked"),
    [
        ("It failed. Why so?", "It failed.", "Why so?"),
        ("No: “A. B.” (observed: 3.). What was meant?", "No: “A. B.” (observed: 3.).", "What was meant?"),
        ("Why? And how?", "Why?", "And how?"),
        ("Why so?", "", "Why so?"),
        ("No question here.", "", "No question here."),
        ("", "", ""),
    ],
)  # fmt: skip
def test_a_question_is_told_apart_from_what_it_rests_on(text: str, told: str, asked: str) -> None:
    """The last sentence is what is asked; nothing of the text is lost."""
    assert told_and_asked(text) == (told, asked)


def test_evidence_is_read_side_by_side() -> None:
    """Given, expected and observed together; each request with its response; the rest alone."""
    kinds = ("given", "expected", "observed", "request", "response", "request", "response", "journal", "output")
    groups = grouped([EvidenceRecord(kind=kind, text="x") for kind in kinds])
    assert [[piece.kind for piece in group] for group in groups] == [
        ["given", "expected", "observed"], ["request", "response"], ["request", "response"], ["journal"], ["output"],
    ]  # fmt: skip
    assert grouped([]) == []


def test_names_and_moments_are_short() -> None:
    """A cell has no room for paths and seconds; what is no moment stays as it is."""
    assert own_test("tests/unit/test_csv.py::test_last_row[crlf]") == "test_csv.py › last row [crlf]"
    assert own_test("odd") == "odd"
    assert clock("2026-06-02T09:15:00+02:00") == "2026-06-02 09:15 +02:00"
    assert clock("one evening") == "one evening"
    assert clock(None) == "–"


def test_a_cut_leaves_in_where_two_long_texts_part() -> None:
    """Expected and observed that share a long head must not look the same; short ones, and early differences, stay."""
    shared = "row, " * 100
    one, other = apart(f"{shared}last]", f"{shared}more, last]", 200)
    assert line(one, 200) != line(other, 200)
    assert (one[:3], other[-11:]) == ("[…]", "more, last]")
    assert apart("a", "b", 200) == ("a", "b")
    assert apart(f"x{shared}", f"y{shared}", 200) == (f"x{shared}", f"y{shared}")
    assert apart(shared, f"{shared}more", 200)[1].endswith("more")
    assert apart(shared, shared, 200) == (shared, shared)


def test_figures_on_the_design_say_what_they_count() -> None:
    """Every name that has words of its own is one of the grader's, and "lint 9" is no longer on the page."""
    source = Path(design.__file__).read_text(encoding="utf-8")
    assert [name for name in MEASURE_TITLES if f'"{name}"' not in source] == []
    page = render_page(told.report("x", {"design": DESIGN}))
    assert "<dt>Places that the lint points at</dt><dd>9</dd>" in page
    assert "<dt>Lines in the largest file</dt><dd>232</dd>" in page


def test_an_exhibits_columns_are_read_after_one_another() -> None:
    """A file's kind and lines come before what it imports, and the longest function beside its length."""
    page = render_page(told.report("x", {"design": DESIGN}))
    heads = re.findall(
        r"<th scope=\"col\"[^>]*>([^<]*)</th>", page.partition('id="design"')[2].partition("</table>")[0]
    )
    assert heads == ["Path", "Kind", "Lines", "Functions", "Longest function", "Its lines", "Imports", "Lint"]


def test_a_category_is_called_by_its_title_everywhere() -> None:
    """Beside a hidden test's evidence stands the title, and not the id that the pack gives it."""
    page = render_page(samples.mixed())
    assert '<span class="tail">in the brief, Dedupe and merge</span>' in page
    assert "in the brief, dedupe" not in page


def test_a_tests_parameter_stands_apart_from_its_name() -> None:
    """A chip has room for the name and for what it was tried with."""
    finding = FindingRecord(id="hidden_tests.test_csv.py::test_quoted_fields[CRLF]", title="x", outcome=Outcome.FAILED)
    assert short(finding) == "quoted fields [CRLF]"
