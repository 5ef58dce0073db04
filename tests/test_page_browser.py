"""The page in a real browser: nothing leaves it, no text of others runs, all opens and prints, everyone can read it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import report_samples as samples
from playwright.sync_api import Browser, Page, sync_playwright

from reports import render_page
from reports.scorecard import read_scorecard, report_digest, shortcomings

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("HARNESS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
LOST_ON_PAPER = """width => {
  const lost = [];
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!node.data.trim()) continue;
    if (node.parentElement.closest('.unseen, .saving, #unsaved, datalist, svg title, svg desc')) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width <= 0 || box.height <= 0 || box.right > width + 1) lost.push(node.data.trim().slice(0, 60));
  }
  for (const e of document.querySelectorAll('main pre, main .scroll, main .inside'))
    if (e.scrollHeight > e.clientHeight + 2 && getComputedStyle(e).overflowY !== 'visible') lost.push(e.className);
  return lost.slice(0, 10);
}"""
NAMES = ("strong", "mixed", "weak", "does-not-start", "unsure", "hostile")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: set HARNESS_CHROMIUM")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    found = {name: folder / f"{name}.html" for name in NAMES}
    for name, path in found.items():
        path.write_text(render_page(samples.SAMPLES[name]()), encoding="utf-8")
    return found


class Watch:
    """What a page did that it should not: requests, dialogs, console messages, errors."""

    def __init__(self, page: Page) -> None:
        self.requests: list[str] = []
        self.trouble: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", lambda dialog: (self.trouble.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("console", lambda message: self.trouble.append(f"console {message.text}"))
        page.on("pageerror", lambda error: self.trouble.append(f"error {error}"))


@pytest.mark.parametrize("name", NAMES)
def test_no_request_leaves_the_page_and_nothing_runs(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """Only the file itself is read, even with script allowed; no dialog, no console message, every fold opened."""
    page = browser.new_page()
    watch = Watch(page)
    page.goto(pages[name].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.mouse.move(300, 300)
    page.wait_for_timeout(100)
    assert watch.requests == [pages[name].as_uri()]
    assert watch.trouble == []
    assert page.evaluate("document.querySelectorAll('img, iframe, object, embed, form, link').length") == 0
    assert page.evaluate("[...document.scripts].filter(s => s.src || s !== document.body.lastElementChild).length") == 0
    page.close()


def test_the_scorecard_saves_what_the_command_line_reads(
    browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    """Levels, reasons, evidence and questions reach scorecard.json, which locks against the same report."""
    report = samples.mixed()
    finding = "hidden_tests.test_dedupe.py::test_same_email_twice"
    page = browser.new_page()
    watch = Watch(page)
    page.goto(pages["mixed"].as_uri())
    page.get_by_role("button", name="Save scorecard.json").click()
    assert "name is missing" in page.locator("#saved").inner_text()
    page.get_by_label("Your name").fill('  Ada "L" ')
    for number, dimension in enumerate(report.challenge.dimensions, 1):
        box = page.locator("fieldset").nth(number - 1)
        box.locator(f'input[value="{dimension.anchors[number % 4].level}"]').check()
        box.get_by_label("What I saw, and why this level").fill(f"A sentence about <b>dimension</b> {number}.")
        box.get_by_label("high").check()
        box.get_by_label("Evidence 1").fill(finding)
    page.get_by_label("asked: What tests did you choose").check()
    page.get_by_label("Your note on question 4").fill("Named three.")
    page.get_by_label("Your note on ownership").fill("Knew every line.")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save scorecard.json").click()
    assert "Every dimension has a level and a reason" in page.locator("#saved").inner_text()
    assert waiting.value.suggested_filename == "scorecard.json"
    saved = tmp_path / "scorecard.json"
    waiting.value.save_as(saved)
    card = read_scorecard(saved.read_bytes())
    assert shortcomings(card, report, report_digest(report)) == ()
    assert card.rater == 'Ada "L"'
    assert [score.level for score in card.scores] == [
        dimension.anchors[n % 4].level for n, dimension in enumerate(report.challenge.dimensions, 1)
    ]
    assert card.scores[0].confidence == "high"
    assert card.scores[0].evidence == (finding,)
    assert [(asked.id, asked.note) for asked in card.questions_asked] == [("tests", "Named three.")]
    assert card.notes == "Ownership: Knew every line."
    assert watch.trouble == []
    page.close()


def test_without_script_the_form_says_that_it_does_not_save(browser: Browser, pages: dict[str, Path]) -> None:
    """The button is not offered, everything else is there, with the network off."""
    context = browser.new_context(java_script_enabled=False, offline=True)
    page = context.new_page()
    page.goto(pages["mixed"].as_uri())
    assert page.locator("#save").is_hidden()
    assert page.get_by_text("Script is off").is_visible()
    page.locator("fieldset").first.get_by_role("radio").first.check()
    context.close()


def test_every_fold_opens_without_script(browser: Browser, pages: dict[str, Path]) -> None:
    """`details` is the only thing that moves, and it needs no script."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["mixed"].as_uri())
    folds = page.locator("details:not([open]) > summary")
    while folds.count():
        folds.first.click()
    assert page.locator("details").count() > 15
    hidden = [text for text in page.locator("details > .inside").all() if not text.is_visible()]
    assert hidden == []
    context.close()


@pytest.mark.parametrize("name", NAMES)
def test_the_page_never_scrolls_sideways(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """Tables scroll or stack within their own box, with every fold open: phone, tablet, desk."""
    page = browser.new_page()
    page.goto(pages[name].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_no_table_of_an_exhibit_is_cut_off_on_a_phone(browser: Browser, pages: dict[str, Path]) -> None:
    """Its columns stand below one another there, each with its name."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(pages["mixed"].as_uri())
    wide = "[...document.querySelectorAll('#design .scroll')].map(e => e.scrollWidth - e.clientWidth)"
    assert page.evaluate(wide)
    assert max(page.evaluate(wide)) <= 0
    assert page.locator("#design td[data-name=lines]").count() > 0
    page.close()


def test_a_chip_leads_to_open_evidence(browser: Browser, pages: dict[str, Path]) -> None:
    """Following a link into folded evidence shows it."""
    page = browser.new_page()
    page.goto(pages["mixed"].as_uri())
    chip = page.locator("ol.first .chips a").first
    target = page.locator(chip.get_attribute("href") or "none")
    assert not target.is_visible()
    chip.click()
    page.wait_for_timeout(600)
    assert target.is_visible()
    page.close()


def test_targets_are_large_enough(browser: Browser, pages: dict[str, Path]) -> None:
    """Links that stand alone and folds are at least 24 pixels high (WCAG 2.2, 2.5.8; links in sentences are exempt)."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(pages["mixed"].as_uri())
    small = page.evaluate(
        "[...document.querySelectorAll('nav a, .chips a, table.matrix a, summary, input, textarea, button')]"
        ".map(e => [e.textContent.trim().slice(0, 40), e.getBoundingClientRect().height])"
        ".filter(([, h]) => h > 0 && h < 24)"
    )
    assert small == []
    page.close()


def test_print_shows_what_is_folded(browser: Browser, pages: dict[str, Path]) -> None:
    """On paper nothing stays folded away, and the sections' links are gone."""
    page = browser.new_page()
    page.goto(pages["mixed"].as_uri())
    page.emulate_media(media="print")
    assert page.locator("nav").is_hidden()
    heights = page.evaluate(
        "[...document.querySelectorAll('details > .inside')].map(e => e.getBoundingClientRect().height)"
    )
    assert len(heights) > 15
    assert all(height > 0 for height in heights)
    page.close()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("width", [680, 700])
def test_print_loses_no_text(browser: Browser, pages: dict[str, Path], name: str, width: int) -> None:
    """Every text of the page has a place on A4 and on Letter, within the paper's width; nothing scrolls there."""
    page = browser.new_page(viewport={"width": width, "height": 1000})
    page.goto(pages[name].as_uri())
    page.emulate_media(media="print")
    lost = page.evaluate(LOST_ON_PAPER, width)
    assert lost == []
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["strong", "mixed", "weak", "does-not-start", "hostile"])
def test_axe_finds_nothing(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    """axe-core knows no violation of WCAG 2.2 AA in either scheme, with every fold open."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    page.evaluate(script)
    tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
    found = page.evaluate(
        f"axe.run(document, {{runOnly: {{type: 'tag', values: {tags}}}}})"
        ".then(r => ({ran: r.passes.length, violations: r.violations.map(v => "
        "[v.id, v.help, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])}))"
    )
    assert found["violations"] == []
    assert found["ran"] > 20
    context.close()
