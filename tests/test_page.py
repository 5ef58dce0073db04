"""report.html: a function of the report alone, self-contained, inert, readable, within its size."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import report_grades as told
import report_material as material
import report_samples as samples

import reports
from reports import Report, read_report, render_page
from reports.page import PAGE_LIMIT, figure
from reports.text import HIDDEN

SCRIPT = Path(reports.__file__).parent / "templates" / "scorecard.js"
NEVER = ("cheating", "fake", "fabricated", "suspicious", "dishonest", "tampered")
VERDICTS = ("percentile", "score:", "overall", "recommend", "rank:", "grade:", "total:")
ELEMENTS = """
    html head meta title style body a div header p h1 h2 h3 span code nav ul li main section dl dt dd ol b small
    br table colgroup col caption thead tbody tr th td details summary pre svg desc rect circle line path text footer
    blockquote fieldset legend input label textarea datalist option button script
"""
ATTRIBUTES = """
    lang charset http-equiv content name class href id rel aria-label aria-labelledby aria-hidden scope rowspan
    colspan open role tabindex viewbox x y width height x1 x2 y1 y2 cx cy r transform dy text-anchor
    preserveaspectratio data-name d type value for rows maxlength list autocomplete hidden
    data-asked data-look data-note data-dimension data-card
"""
VOID = {"meta", "br", "col", "input"}


class Page(HTMLParser):
    """What the page holds: elements with attributes, ids, links, text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open[-1] == tag, (self.open[-3:], tag)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@cache
def sample(name: str) -> tuple[Report, str, Page]:
    report = samples.SAMPLES[name]()
    html = render_page(report)
    return report, html, Page(html)


@pytest.fixture(params=samples.EACH)
def rendered(request: pytest.FixtureRequest) -> tuple[Report, str, Page]:
    return sample(request.param)


def test_the_page_is_a_function_of_the_report(rendered: tuple[Report, str, Page]) -> None:
    """The same report gives the same bytes, after a trip through report.json."""
    report, html, _ = rendered
    assert render_page(read_report(report.to_json().encode())) == html


def test_the_page_fits_into_two_megabytes(rendered: tuple[Report, str, Page]) -> None:
    """Quotes and lists get shorter until it does."""
    assert len(rendered[1].encode()) <= PAGE_LIMIT


def test_only_our_elements_and_attributes_are_there(rendered: tuple[Report, str, Page]) -> None:
    """No text of others becomes markup: no script of theirs, no handler, no image, no frame, no style of its own."""
    _, _, page = rendered
    assert {tag for tag, _ in page.elements} <= set(ELEMENTS.split())
    assert {name for _, attributes in page.elements for name in attributes} <= set(ATTRIBUTES.split())
    assert page.open == [], "every element is closed"


def test_links_lead_into_the_page_or_to_a_known_forge(rendered: tuple[Report, str, Page]) -> None:
    """Nothing that a candidate wrote becomes a link; every link into the page arrives."""
    _, _, page = rendered
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    for link in page.all("a"):
        href = link["href"] or ""
        assert href.startswith(("#", "https://github.com/example/")), href
        if href.startswith("#"):
            assert href[1:] in ids, href
        else:
            assert link["rel"] == "noreferrer noopener"


def test_ids_are_unique_and_references_hold(rendered: tuple[Report, str, Page]) -> None:
    """Also for assistive technology: every aria-labelledby names an element."""
    _, _, page = rendered
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert max(ids.values()) == 1, ids.most_common(3)
    for _, attributes in page.elements:
        for reference in (attributes.get("aria-labelledby") or "").split():
            assert reference in ids


def test_nothing_is_loaded_and_only_our_script_could_run(rendered: tuple[Report, str, Page]) -> None:
    """The policy names the digest of the one script, which is a file of ours and the same on every page."""
    _, html, page = rendered
    policy = next(meta["content"] for meta in page.all("meta") if meta.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert len(page.all("script")) == 1
    ours = html.split("<script>")[1].split("</script>")[0]
    assert ours == SCRIPT.read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(ours.encode()).digest()).decode()
    assert re.findall(r"script-src ([^;]*)", policy) == [f"'sha256-{digest}'"]
    assert any(meta.get("name") == "referrer" and meta["content"] == "no-referrer" for meta in page.all("meta"))
    style = html.split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style


def test_hidden_characters_are_written_out(rendered: tuple[Report, str, Page]) -> None:
    """No escape sequence, direction control or unseen character reaches the reader's screen."""
    assert not HIDDEN.search(rendered[1])


def test_structure_for_everyone(rendered: tuple[Report, str, Page]) -> None:
    """One h1, landmarks, a language, a skip link first, scopes on heads, headings without gaps."""
    _, html, page = rendered
    assert html.startswith("<!doctype html>")
    assert page.all("html")[0]["lang"] == "en"
    assert [len(page.all(tag)) for tag in ("h1", "header", "main", "footer", "nav")] == [1, 1, 1, 1, 1]
    assert page.all("a")[0]["class"] == "skip"
    assert all(head.get("scope") in {"row", "col", "colgroup"} for head in page.all("th"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", ["strong", "mixed", "weak", "does-not-start", "unsure"])
def test_no_verdict_and_no_accusing_word(name: str) -> None:
    """Facts and questions: no total, no percentile, no suggested level, and none of the words that we never use."""
    text = " ".join(sample(name)[2].text).lower()
    assert not [word for word in (*NEVER, *VERDICTS) if word in text]
    before_form = text.split("<style>")[0].split("yours to fill in, here or on paper")[0]
    assert not [level for level in ("strong hire", "no hire") if level in before_form]
    assert "% of hidden" not in text


def test_hidden_tests_are_counted_never_summed() -> None:
    """The first screen shows a count by category; neither a total nor a share of hidden tests is anywhere."""
    report, _, page = sample("mixed")
    text = re.sub(r"\s+", " ", " ".join(page.text))
    measures = report.grades["hidden_tests"].measures
    assert f"{measures['passed']} of {measures['total']}" not in text
    assert (
        "%"
        not in text.split("Tests that the candidate wrote")[0].split("</style>")[-1].split("Behaviour that was seen")[1]
    )


def test_our_failures_stand_apart() -> None:
    """An error is shown as what we could not tell, with its reason, and never as not handled."""
    text = re.sub(r"\s+", " ", " ".join(sample("unsure")[2].text))
    assert "What we could not tell" in text
    assert "The engine stopped answering after 12 s." in text
    assert "✗" not in text.split("Where to spend your 20 minutes")[0].replace("✗ not handled", "")


def test_a_program_that_does_not_start_has_nothing_not_handled() -> None:
    """No behaviour was seen: the counts say not reached."""
    page = sample("does-not-start")[1]
    assert 'class="count not-reached"' in page
    assert 'class="count not-handled"' not in page


def test_a_program_that_answers_otherwise_has_started() -> None:
    """Where every test fails but one response came, the behaviours were seen, and are not handled."""
    names = [name for name, *_ in material.TESTS]
    page = render_page(told.report("x", {"hidden_tests": told.hidden_tests(failed=names)}))
    assert 'class="count not-handled"' in page
    assert 'class="count not-reached"' not in page


def test_every_state_has_a_glyph_and_a_word() -> None:
    """Colour carries nothing alone."""
    page = sample("mixed")[1]
    for glyph, word in (
        ("✓", "handled"),
        ("✗", "not handled"),
        ("?", "we could not tell"),
        ("○", "raised as a question"),
    ):
        assert re.search(rf'<b aria-hidden="true">{re.escape(glyph)}</b> {word}</span>', page)


def test_failed_tests_show_given_expected_observed_and_the_journal() -> None:
    """The interviewer sees what was done, what came back and what the stand-in recorded."""
    text = " ".join(sample("mixed")[2].text)
    for part in (
        "200 leads, 10 a second, burst 20",
        "no second with more than 30 calls",
        "200 calls within 1.2 s",
        "lead_id=L0000",
        "Idempotency-Key: 5c0d",
    ):
        assert part in text


def test_the_time_line_has_a_table_twin() -> None:
    """What the picture shows can be read: every commit is a row, and a night is a break in the axis."""
    html = sample("mixed")[1]
    assert html.count("<circle") == 7
    table = html.split("Everything on the time line, oldest first")[1].split("</table>")[0]
    assert all(f"{subject}</th>" in table for subject in ("csv import", "clay webhooks", "fix tests", "Merge rules"))
    assert "17 h 40 min" in html
    assert "time box 4 h" in html


def test_the_scorecard_is_blank() -> None:
    """Four anchors a dimension, nothing ticked, nothing filled in."""
    html = sample("strong")[1]
    form = html.split('id="scorecard"')[1].split("<script>")[0]
    fields = Page(f"<div>{form.split('>', 1)[1].split('</main>')[0].replace('</section>', '')}</div>").all("input")
    assert sum((field.get("name") or "").startswith("level-") for field in fields) == 4 * len(material.DIMENSIONS)
    assert not [field for field in fields if "checked" in field]
    assert all(field["type"] == "radio" or "value" not in field for field in fields)
    assert set(re.findall(r"<textarea[^>]*>([^<]*)<", form)) == {""}


@pytest.mark.parametrize(
    ("repository", "linked"),
    [
        ("https://github.com/a/b", True),
        ("https://github.com/a/b.git", True),
        ("https://gitlab.com/a/b", True),
        ("http://github.com/a/b", False),
        ("https://github.com/a/b/../..", False),
        ("https://github.com.evil.example/a/b", False),
        ("https://user:secret@github.com:8443/a/b", False),
        ("javascript:alert(1)//github.com/a/b", False),
        ("https://[::1", False),
        ("/srv/repositories/a", False),
    ],
)
def test_places_link_only_to_hosts_that_we_know(repository: str, linked: bool) -> None:
    """A link is built by us from a checked host, two plain names, the commit and a quoted path, or not at all."""
    grades = {"design": told.design((("x", "X.", "app/a \"b'.py", 3),))}
    html = render_page(told.report("x", grades, repository=repository))
    links = [link["href"] or "" for link in Page(html).all("a") if not (link["href"] or "").startswith("#")]
    assert bool(links) is linked
    if linked:
        assert any(link.endswith("/app/a%20%22b%27.py#L3") and "4f2c9e1b" in link for link in links)


def test_the_shortest_rendering_keeps_the_evidence_of_the_questions() -> None:
    """However much is left out, the chips of the first questions lead somewhere."""
    report, _, page = sample("enormous")
    hrefs = {link["href"] for link in page.all("a")}
    from reports.links import anchor

    assert all(f"#{anchor(identifier)}" in hrefs for q in report.questions for identifier in q.evidence[:3])


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "yes"),
        (1240, "1,240"),
        (0.5, "0.5"),
        (12.0, "12"),
        (0.0001, "0.0001"),
        (2**60, "1.15e+18"),
        ("a\nb", "a b"),
    ],
)
def test_figures_are_written_as_people_write_them(value: bool | float | str | None, shown: str) -> None:
    """And nothing measured is a dash, never a nought."""
    assert figure(value) == shown
