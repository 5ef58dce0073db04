"""The cohort's pages in a real browser: all can read them, nothing leaves them, and orders change without script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import report_samples as samples
from cohort_material import AT, cohort, filled, write_folder
from playwright.sync_api import Browser, sync_playwright

from harness.cohort_files import find_reports, read_folders
from harness.scoring import lock_scorecard, read_scored
from reports.audit_log import next_line, read_log
from reports.cohort import compare
from reports.cohort_page import render_index
from reports.reveal_page import render_reveal

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("HARNESS_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
NAMES = ("locked", "unlocked", "reveal", "hostile")


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
    """Each page's file by name."""
    folder = tmp_path_factory.mktemp("cohorts")
    for name, locked in (("locked", True), ("unlocked", False)):
        for number, each in enumerate(cohort(folder / name, 12 if locked else 5, locked=locked)):
            os.utime(each / "report.json", (1_780_900_000 + 3_600 * (20 - number),) * 2)
        (folder / name / "broken").mkdir()
        (folder / name / "broken" / "report.json").write_bytes(b"{")
    bad = write_folder(folder / "hostile" / "x", samples.hostile())
    lock_scorecard(read_scored(bad), filled(bad, "<script>alert(1)</script>"), AT)
    content = {
        name: render_index(read_folders(find_reports([folder / name]))) for name in ("locked", "unlocked", "hostile")
    }
    reports = [member.report for member in read_folders(find_reports([folder / "locked"])) if member.report]
    line = next_line(read_log(b""), "Ana", "revealed", {}, at=AT)
    content["reveal"] = render_reveal(compare(reports[5], reports), line)
    found = {name: folder / f"{name}.html" for name in NAMES}
    for name, path in found.items():
        path.write_text(content[name], encoding="utf-8")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_nothing_leaves_and_nothing_runs(browser: Browser, pages: dict[str, Path], name: str) -> None:
    """One request, for the file; no dialog, no message, and no way sideways at any width."""
    page = browser.new_page()
    requests: list[str] = []
    trouble: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(pages[name].as_uri())
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert requests == [pages[name].as_uri()]
    assert trouble == []
    page.close()


def test_orders_change_without_script(browser: Browser, pages: dict[str, Path]) -> None:
    """Choosing an order by mouse or keyboard shows that table, and that one alone."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["locked"].as_uri())
    tables = page.locator(".order table")
    first = [table.locator("tbody th").first.inner_text() for table in tables.all() if table.is_visible()]
    page.get_by_text("graded", exact=True).click()
    then = [table.locator("tbody th").first.inner_text() for table in tables.all() if table.is_visible()]
    page.keyboard.press("ArrowLeft")
    visible = [table.locator("caption").inner_text() for table in tables.all() if table.is_visible()]

    assert first == ["ash"]
    assert then == ["rowan"]
    assert visible == ["12 submissions, by last commit"]
    context.close()


def test_targets_are_large_enough(browser: Browser, pages: dict[str, Path]) -> None:
    """Choices and links that stand alone are at least 24 pixels high (WCAG 2.2, 2.5.8)."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(pages["locked"].as_uri())
    small = page.evaluate(
        "[...document.querySelectorAll('nav a, .sortable label')]"
        ".map(e => e.getBoundingClientRect().height).filter(h => h < 24)"
    )
    assert small == []
    page.close()


def test_print_holds_one_order_and_everything_else(browser: Browser, pages: dict[str, Path]) -> None:
    """On paper the choices are gone, and nothing is cut off at the side."""
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.goto(pages["locked"].as_uri())
    page.emulate_media(media="print")
    assert page.locator(".sortable label").first.is_hidden()
    assert page.locator("table.heat").is_visible()
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(browser: Browser, pages: dict[str, Path], name: str, scheme: str) -> None:
    """axe-core knows no violation of WCAG 2.2 AA in either scheme."""
    axe = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    page.goto(pages[name].as_uri())
    page.evaluate(script)
    tags = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
    found = page.evaluate(
        f"axe.run(document, {{runOnly: {{type: 'tag', values: {tags}}}}})"
        ".then(r => ({ran: r.passes.length, violations: r.violations.map(v => "
        "[v.id, v.help, v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])}))"
    )
    assert found["violations"] == []
    assert found["ran"] > 15
    context.close()
