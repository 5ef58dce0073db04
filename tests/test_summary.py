"""report.md: the summary of a CI step; inert Markdown, no workflow command, within the size that CI takes."""

from __future__ import annotations

import re

import pytest
import report_grades as told
import report_material as material
import report_samples as samples
from markdown_it import MarkdownIt

from graders import Evidence, Finding, Grade, Outcome
from reports import Report, read_report, render_summary
from reports.summary import SUMMARY_LIMIT, escaped, quoted
from reports.text import HIDDEN


@pytest.fixture(scope="module", params=samples.EACH)
def summary(request: pytest.FixtureRequest) -> tuple[Report, str]:
    report = samples.SAMPLES[request.param]()
    return report, render_summary(report)


def html_of(markdown: str) -> str:
    """The most permissive rendering: raw HTML on, tables and bare addresses linked as a forge does."""
    return MarkdownIt("commonmark", {"html": True, "linkify": False}).enable("table").render(markdown)


def test_the_summary_is_a_function_of_the_report(summary: tuple[Report, str]) -> None:
    """The same report gives the same bytes, also after a trip through report.json."""
    report, markdown = summary
    assert render_summary(report) == markdown
    assert render_summary(read_report(report.to_json().encode())) == markdown


def test_the_summary_is_small_enough_for_ci(summary: tuple[Report, str]) -> None:
    """A step's summary above 1024 KiB is dropped whole."""
    assert len(summary[1].encode()) <= SUMMARY_LIMIT


def test_no_line_is_a_workflow_command(summary: tuple[Report, str]) -> None:
    """Showing the file in a CI log sets no output, masks nothing and stops nothing."""
    for line in summary[1].splitlines():
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


def test_text_of_others_stays_text(summary: tuple[Report, str]) -> None:
    """Rendered, there is nothing but our own paragraphs, lists, tables, code and line breaks: no link, no image."""
    elements = set(re.findall(r"<([a-zA-Z!/?][^\s>]*)", html_of(summary[1])))
    ours = {
        "h1",
        "h2",
        "p",
        "ol",
        "ul",
        "li",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "code",
        "br",
        "em",
        "strong",
    }
    assert {element.lstrip("/") for element in elements} <= ours, elements


def test_tables_keep_their_columns(summary: tuple[Report, str]) -> None:
    """No name breaks out of its cell."""
    html = html_of(summary[1])
    for table in re.findall(r"<table>.*?</table>", html, re.DOTALL):
        widths = {len(re.findall(r"<t[hd][ >]", row)) for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)}
        assert len(widths) == 1, widths


def test_hidden_characters_are_written_out(summary: tuple[Report, str]) -> None:
    """No escape sequence, direction control or unseen character is left."""
    assert not HIDDEN.search(summary[1])


def test_nobody_is_mentioned() -> None:
    """An @ outside of code would call people on a forge."""
    markdown = render_summary(samples.hostile())
    assert "@" not in re.sub(r"(`+) .*? \1", "", markdown)


def test_a_code_span_cannot_be_left() -> None:
    """The fence is longer than any run of backticks inside, and a pipe cannot end the cell."""
    for text in ("`", "``", "a ``` b", "`|`", "\\`", "|", ""):
        html = html_of(f"| a |\n|---|\n| {quoted(text)} |\n")
        assert html.count("<code>") == 1
        assert html.count("<td>") == 1


def test_escaping_leaves_plain_words_alone() -> None:
    """And turns every mark of Markdown into itself."""
    assert escaped("plain words, 3 leads") == "plain words, 3 leads"
    assert (
        html_of(str(escaped("*a* _b_ [c](d) <e> `f` # g ~h~ | i")))
        == "<p>*a* _b_ [c](d) &lt;e&gt; `f` # g ~h~ | i</p>\n"
    )


def test_a_difference_at_the_end_of_long_values_is_seen() -> None:
    """Expected and observed are cut for their cells, and never so that they look the same."""
    codes = '["invalid_email"' + ', "invalid_email"' * 40
    evidence = (Evidence("expected", f"{codes}, 1]"), Evidence("observed", f"{codes}]"))
    finding = Finding("hidden_tests.test_csv.py::test_x", "Bad ones", Outcome.FAILED, "", evidence, "contract", "csv")
    other = Finding("hidden_tests.test_csv.py::test_y", "It answers.", Outcome.PASSED, "", (), "contract", "csv")
    grade = Grade(Outcome.FAILED, "One.", {}, (finding, other))
    lines = render_summary(told.report("x", {"hidden_tests": grade})).split("\n")
    row = next(line for line in lines if line.startswith("| Bad ones"))
    expected, observed = row.split(" | ")[2:4]
    assert expected.rstrip(" |").strip("` ") != observed.rstrip(" |").strip("` ")
    assert ", 1]" in expected


def test_questions_and_counts_are_there() -> None:
    """The three questions, the twelve categories, what we could not tell."""
    report = samples.mixed()
    html = html_of(render_summary(report))
    assert html.count("<li>") >= 3
    assert all(title in html for _, title, _ in material.CATEGORIES)
    assert "What we could not tell" in html
    assert "Strong Hire" not in html
