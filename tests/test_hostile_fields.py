"""The hostile corpus in every field that a submission can choose, through every view: nothing runs, nothing breaks.

Each output is read by a parser of its format. A payload may change words, never the structure: what is compared is
the output for plain words in the same fields.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import hostile_corpus as corpus
import jsonschema
import pytest
import view_schemas as schemas
from markdown_it import MarkdownIt

from harness.pipeline import Graded
from harness.terminal import tell_report
from reports import VIEWS, Report, read_report
from reports.blind import blind_report
from reports.cohort import Member
from reports.cohort_page import render_index
from reports.text import HIDDEN

NAMES = tuple(corpus.payloads())
COMMAND = re.compile(r"::(warning|notice) title=[A-Z][A-Za-z ]*(%2C in the brief)?::[^\r\n]*")
LIVE = set(
    re.findall(
        r"\w+", "script style link meta base title img image iframe object embed form input button textarea select"
    )
) | {"svg", "math", "template", "comment", "processing instruction"}
"""Elements of which a page has as many as with plain words, no one more."""
INERT = {"text", "text_special", "code_inline", "em_open", "em_close", "html_inline", "softbreak"}
REFERENCE = re.compile(r"@\w|[#!]\d|\bgh-\d", re.IGNORECASE)


@cache
def poisoned(name: str) -> Report:
    return corpus.poisoned({**corpus.taken_in(), **corpus.grouped()}[name])


@cache
def plain() -> Report:
    return corpus.poisoned(corpus.PLAIN)


EVERY = pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["one", "every"])
"""One report with the payloads in turn; when slow tests are run too, each payload in each field."""


def mixed(view: str) -> Iterator[tuple[str, str]]:
    """The view of a report with one payload after the other in its fields, and of one that begins elsewhere."""
    texts = list(corpus.taken_in().values())
    for start in (0, 31):
        output = VIEWS[view].render(corpus.full_of([*texts[start:], *texts[:start]]))
        assert not HIDDEN.search(output)
        yield f"from {start}", output


def outputs(view: str, names: Iterable[str] = NAMES) -> Iterator[tuple[str, str]]:
    """(Payload's id, the view of a report that holds it everywhere), after what holds for every view."""
    for name in names:
        output = VIEWS[view].render(poisoned(name))
        found = HIDDEN.search(output)
        assert found is None, (name, output[max(0, found.start() - 40) : found.end() + 40])
        yield name, output


def test_the_corpus_is_large_and_aims_at_every_reader() -> None:
    """At least forty payloads, for page, Markdown, runner, terminal, spreadsheet, XML, JSON, templates and people."""
    assert len(NAMES) >= 40
    assert max(len(text) for text in corpus.payloads().values()) >= 10_000_000
    aims = {entry["aim"] for entry in tomllib.loads(corpus.FILE.read_text(encoding="utf-8"))["payload"]}
    assert aims >= {"page", "markdown", "runner", "terminal", "spreadsheet", "xml", "json", "template", "path", "size"}


def test_every_field_that_a_submission_chooses_holds_the_payload() -> None:
    """The walk reaches submission, grades (findings, evidence, measures, exhibits), questions and notes."""
    told = corpus.poisoned("☠").to_json()
    data = json.loads(told)
    assert data["submission"]["name"] == data["submission"]["notes"][0]["path"] == "☠"
    assert data["provenance"]["notes"][-1] == data["questions"][0]["text"] == "☠"
    for grade in data["grades"].values():
        assert grade["summary"] == grade["measures"]["told"] == "☠"
        for finding in grade["findings"]:
            assert finding["title"] == "☠"
            assert all(piece["path"] in ("☠", None) and piece["text"] == "☠" for piece in finding["evidence"])
    rows = [row for grade in data["grades"].values() for rows in grade["exhibits"].values() for row in rows]
    cells = [cell for row in rows for key, cell in row.items() if isinstance(cell, str) and key not in corpus.OURS]
    assert len(cells) > 50
    assert {cell.rpartition(".")[2] for cell in cells} == {"☠"}


class Elements(HTMLParser):
    """What a page is made of: its elements with their attributes, and where its links lead."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self.links: set[str] = set()
        self.feed(page)
        self.close()

    def live(self) -> Counter[str]:
        """How many there are of each element that could do something."""
        counts: Counter[str] = Counter()
        for (tag, _), number in self.found.items():
            if tag in LIVE:
                counts[tag] += number
        return counts

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found[tag, tuple(name for name, _ in attributes)] += 1
        self.links |= {value or "" for name, value in attributes if name in ("href", "src", "action", "data", "style")}

    def handle_decl(self, decl: str) -> None:
        self.found[decl, ()] += 1

    def handle_comment(self, data: str) -> None:
        self.found["comment", ()] += 1

    def handle_pi(self, data: str) -> None:
        self.found["processing instruction", ()] += 1


@EVERY
def test_the_page_has_no_element_but_ours(every: bool) -> None:
    """No payload makes an element or attribute that the page of plain words does not have."""
    expected = Elements(VIEWS["html"].render(plain() if every else corpus.full_of([corpus.PLAIN])))
    for name, output in outputs("html", corpus.grouped()) if every else mixed("html"):
        page = Elements(output)
        assert not set(page.found) - set(expected.found), name
        assert page.live() == expected.live(), name
        assert not {link for link in page.links if re.search(r"(?i)evil|script|data:|file:|url\(", link)}, name


@pytest.mark.parametrize("locked", [False, True])
def test_the_cohort_page_has_no_element_but_ours(locked: bool) -> None:
    """Many hostile reports beside each other, ids and folders hostile as well; before and after scores are locked."""

    def page(texts: Iterable[str]) -> str:
        members = [
            Member(text[:80], text[:80], corpus.poisoned(text), is_locked=locked, trouble=text) for text in texts
        ]
        members += [Member(text[:80], text[:80], problem=text) for text in texts]
        return render_index(members)

    texts = list(corpus.taken_in().values())[::3]
    output, expected = page(texts), page([f"{corpus.PLAIN} {n:02}" for n in range(len(texts))])
    assert not HIDDEN.search(output)
    hostile, plain_page = Elements(output), Elements(expected)
    assert not set(hostile.found) - set(plain_page.found)
    assert hostile.live() == plain_page.live()
    assert not {link for link in hostile.links if not link.startswith("#")}


@pytest.mark.parametrize("start", [0, 20, 40])
def test_a_blind_report_is_as_sound(start: int) -> None:
    """Blinding goes through every text; what comes out is a report, and every view of it is clean."""
    texts = list(corpus.taken_in().values())
    report, _ = blind_report(corpus.full_of([*texts[start:], *texts[:start]]), b"secret", [("<b>\n", "::error::@x")])
    assert read_report(report.to_json().encode()) == report
    for name in ("html", "markdown", "junit", "annotations"):
        assert not HIDDEN.search(VIEWS[name].render(report))


@cache
def markdown() -> MarkdownIt:
    """The most permissive reading: HTML, tables and strikethrough on."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def read(text: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The blocks of a Markdown text, and its inline pieces (kind, content)."""
    blocks = markdown().parse(text)
    return [b.type for b in blocks], [(i.type, i.content) for b in blocks for i in b.children or ()]


@EVERY
@pytest.mark.parametrize("view", ["markdown", "public"])
def test_markdown_keeps_its_shape_and_holds_nothing_live(view: str, every: bool) -> None:
    """The same headings, lists and cells as with plain words; no link, image, HTML, mention or reference."""
    shape, _ = read(VIEWS[view].render(plain() if every else corpus.full_of([corpus.PLAIN])))
    for name, output in outputs(view) if every else mixed(view):
        blocks, inline = read(output)
        assert blocks == shape, name
        assert {kind for kind, _ in inline} <= INERT, name
        assert {content for kind, content in inline if kind == "html_inline"} <= {"<br>"}, name
        words = "".join(content if kind in ("text", "text_special") else " " for kind, content in inline)
        assert not REFERENCE.search(words), name
        assert not [line for line in output.splitlines() if line.lstrip().startswith("::") or "##[" in line], name


def test_the_step_s_summary_is_the_markdown_view() -> None:
    """So what holds for one holds for the other."""
    assert VIEWS["step-summary"].render is VIEWS["markdown"].render


def shape(value: Any) -> Any:
    """A JSON value without its words."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return type(value).__name__


@pytest.mark.parametrize(("view", "schema"), [("gradescope", schemas.GRADESCOPE), ("check-run", schemas.CHECK_RUN)])
def test_json_views_keep_their_shape(view: str, schema: dict[str, Any]) -> None:
    """They satisfy their schema, with the same keys and items as for plain words."""
    validator = jsonschema.Draft202012Validator(schema)
    expected = shape(json.loads(VIEWS[view].render(plain())))
    for name, output in outputs(view, corpus.grouped()):
        whole = json.loads(output)
        validator.validate(whole)
        assert shape(whole) == expected, name


def test_sarif_stays_sound() -> None:
    """Each place is inside the submission; a rule's id holds nothing of a payload."""
    validator = jsonschema.Draft202012Validator(schemas.SARIF)
    rules: set[str] = set()
    for _, output in outputs("sarif"):
        whole = json.loads(output)
        validator.validate(whole)
        rules |= {rule["id"] for rule in whole["runs"][0]["tool"]["driver"]["rules"]}
    assert rules <= {
        rule["id"] for rule in json.loads(VIEWS["sarif"].render(plain()))["runs"][0]["tool"]["driver"]["rules"]
    }


def test_junit_keeps_its_shape() -> None:
    """An XML parser reads it, and finds the elements that plain words give."""

    def elements(text: str) -> list[tuple[str, list[str]]]:
        return [(e.tag, sorted(e.attrib)) for e in ElementTree.fromstring(text).iter() if e.tag != "system-out"]

    expected = elements(VIEWS["junit"].render(plain()))
    for name, output in outputs("junit"):
        assert elements(output) == expected, name
        assert "##[" not in output, name


def test_report_json_gives_back_what_it_holds() -> None:
    """Strictly read again, it is the same report."""
    for name, output in outputs("json", corpus.grouped()):
        assert read_report(output.encode()) == poisoned(name), name


def test_annotations_are_commands_of_ours() -> None:
    """Each line is one command with a title of ours; there are as many as with plain words."""
    expected = len(VIEWS["annotations"].render(plain()).splitlines())
    for name, output in outputs("annotations"):
        lines = output.split("\n")
        assert lines.pop() == ""
        assert len(lines) == expected, name
        assert all(COMMAND.fullmatch(line) and "##[" not in line for line in lines), name


def test_the_terminal_is_told_words_only(capsys: pytest.CaptureFixture[str]) -> None:
    """No control character, and no line that a CI log obeys."""
    for name in NAMES:
        tell_report(Graded(poisoned(name), Path("grading")))
        told = capsys.readouterr().out
        assert all(line.isprintable() for line in told.removesuffix("\n").split("\n")), name
        assert not [line for line in told.split("\n") if line.lstrip().startswith("::") or "##[" in line], name


@pytest.mark.parametrize("name", ["ten-megabytes", "invalid-utf-8", "nul", "file-name-with-line-feed"])
def test_raw_texts_come_in_bounded_and_sound(name: str) -> None:
    """What no file can hold or no reader wants (10 MB, surrogates, NUL) passes the intake, and every view of it."""
    report = corpus.raw(corpus.payloads()[name])
    assert len(report.to_json()) < 2_000_000
    for view in VIEWS.values():
        output = view.render(report)
        assert not HIDDEN.search(output)
        output.encode("utf-8")


CHROMIUM = os.environ.get("HARNESS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.mark.browser
def test_a_browser_runs_and_loads_nothing(tmp_path: Path) -> None:
    """The page full of the corpus, every fold open: no dialog, request or console message, no sideways scrolling."""
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: set HARNESS_CHROMIUM")
    page_file = tmp_path / "hostile.html"
    page_file.write_text(VIEWS["html"].render(corpus.full_of(corpus.taken_in().values())), encoding="utf-8")
    trouble: list[str] = []

    def note(what: str) -> Callable[[Any], None]:
        return lambda event: trouble.append(f"{what}: {event}")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on(
            "request", lambda request: request.url == page_file.as_uri() or trouble.append(f"request: {request.url}")
        )
        page.on("dialog", lambda dialog: (trouble.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("console", note("console"))
        page.on("pageerror", note("error"))
        page.on("popup", note("popup"))
        page.goto(page_file.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.mouse.move(width / 2, 300)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                trouble.append(f"scrolls sideways at {width}")
        live = page.evaluate("document.querySelectorAll('img, iframe, object, embed, base').length")
        scripts = page.evaluate("[...document.querySelectorAll('script')].map(e => e.textContent)")
        outside = page.evaluate(
            "[...document.querySelectorAll('[href], [src]')].map(e => e.getAttribute('href') || e.getAttribute('src'))"
            ".filter(a => !a.startsWith('#'))"
        )
        browser.close()
    assert trouble == []
    assert live == 0
    assert scripts == re.findall(r"<script[^>]*>(.*?)</script>", VIEWS["html"].render(plain()), re.DOTALL)
    assert outside == []
