"""Many reports on one page: by id alone until all scores are locked, then counts per behaviour; never an order."""

from __future__ import annotations

import dataclasses
import html
import json
import os
import re
from pathlib import Path

import pytest
import report_samples as samples
from click.testing import CliRunner
from cohort_material import AT, HARD, NAMES, cohort, filled, locked_by, varied, write_folder
from report_material import LEVELS

from harness.cli import cli
from harness.cohort_files import find_reports, read_folders, with_ids
from harness.scoring import LOG_NAME, begin, lock_scorecard, log_reveal, read_scored
from reports.agreement import ENOUGH, agreement, weighted_kappa
from reports.audit_log import START, next_line, read_log
from reports.cohort import Comparison, Member, compare, standings
from reports.cohort_page import render_index
from reports.reveal_page import render_reveal, reveal_lines

CSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
LINE = next_line(read_log(b""), "Ana", "revealed", {}, at=AT)


@pytest.fixture(scope="module")
def seven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort of seven, all scores locked by two people."""
    folder = tmp_path_factory.mktemp("seven")
    for number, each in enumerate(cohort(folder, 7)):
        os.utime(each / "report.json", (1_780_900_000 + 3_600 * (9 - number),) * 2)
    return folder


def members(folder: Path) -> list[Member]:
    return read_folders(find_reports([folder]))


def page(folder: Path) -> str:
    return render_index(members(folder))


def words(text: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.S)).split())


def test_the_same_folders_give_the_same_bytes(seven: Path) -> None:
    """Also when they are found in another order."""
    found = members(seven)

    assert render_index(found) == render_index(list(reversed(found)))


def test_before_all_is_locked_there_is_no_figure(tmp_path: Path) -> None:
    """One open submission: ids, times and what is there; no count, no level, no test, not even in the source."""
    folders = cohort(tmp_path, 5, locked=False)
    told = page(tmp_path)

    assert "3 of 5 submissions are not locked yet" in words(told)
    assert not any(level in words(told) for level in LEVELS)
    assert "not handled" not in told
    assert 'class="heat"' not in told
    assert "Agreement" not in told
    for finding in read_scored(folders[0]).report.grades["hidden_tests"].findings:
        assert html.escape(finding.title) not in told


def test_before_all_is_locked_rows_stand_by_id_alone(tmp_path: Path) -> None:
    """No other order can be chosen."""
    cohort(tmp_path, 5, locked=False)
    told = page(tmp_path)

    assert "Order by" not in told
    assert told.count("<caption>") == 1
    assert re.findall(r'class="id">([a-z]+)<', told) == sorted(NAMES[:5])


def test_a_scorecard_that_is_still_open_keeps_it_closed(seven: Path, tmp_path: Path) -> None:
    """Two have locked and a third has begun: the page waits for the third."""
    folders = cohort(tmp_path, 2)
    assert "All scores are locked" in page(tmp_path)

    begin(read_scored(folders[0]), "Cleo", AT)

    assert "1 of 2 submissions is not locked yet" in words(page(tmp_path))
    assert "no, 2 of 3" in page(tmp_path)


def test_a_log_that_does_not_hold_keeps_it_closed(tmp_path: Path) -> None:
    """Scores that nothing vouches for count as open, and the line is named."""
    folders = cohort(tmp_path, 2)
    log = folders[0] / LOG_NAME
    log.write_bytes(log.read_bytes().replace(b'"who":"Ben"', b'"who":"Bob"'))

    told = words(page(tmp_path))

    assert "1 of 2 submissions is not locked yet" in told
    assert "line 3 of the log breaks the chain" in told


def test_a_score_on_an_earlier_report_does_not_count(tmp_path: Path) -> None:
    """Graded again with another outcome, a submission is open again."""
    folders = cohort(tmp_path, 2)

    write_folder(folders[0], varied("ash", 5))

    assert "1 of 2 submissions is not locked yet" in words(page(tmp_path))


def test_once_all_is_locked_the_cohort_is_shown(seven: Path) -> None:
    """Heat map, every test with its share, people's levels, agreement."""
    told = words(page(seven))

    assert "All scores are locked" in told
    assert "0 of 6 everyone failed: check the brief" in told
    assert "6 of 6 everyone passed" in told
    assert "did not start" in told
    assert "discrimination" in told
    for heading in ("Where the edges are", "Every hidden test", "What people locked", "Agreement between raters"):
        assert heading in told


def test_orders_are_by_id_and_by_time_alone(seven: Path) -> None:
    """Every order holds every row; no order is by how somebody did, and the heat map has one: by id."""
    told = page(seven)
    orders = [
        re.findall(r'<th scope="row" class="id">([a-z]+)</th>', part) for part in told.split('class="order">')[1:4]
    ]
    orders[2] = orders[2][:7]

    assert re.findall(r"<caption>7 submissions, by ([a-z ]+)</caption>", told) == ["id", "last commit", "graded"]
    assert orders[0] == sorted(NAMES[:7])
    assert orders[2] == sorted(NAMES[:7], reverse=True)
    assert all(sorted(order) == orders[0] for order in orders)


@pytest.mark.parametrize("name", ["index", "reveal"])
def test_no_total_and_no_order_of_people(seven: Path, name: str) -> None:
    """Neither page adds up, ranks or suggests."""
    found = members(seven)
    reports = [member.report for member in found if member.report]
    told = render_index(found) if name == "index" else render_reveal(compare(reports[0], reports), LINE)

    told = words(told).replace("no total", "").replace("need a total for each person", "").casefold()
    for word in (
        "total",
        "rank",
        "percentile",
        "score of",
        "best",
        "worst",
        "top ",
        "pass rate",
        "average",
        "recommend",
    ):
        assert word not in told


@pytest.mark.parametrize("name", ["index", "reveal"])
def test_pages_are_closed(seven: Path, name: str) -> None:
    """No script, no address to load, the same policy as the report's page, under two megabytes."""
    found = members(seven)
    reports = [member.report for member in found if member.report]
    told = render_index(found) if name == "index" else render_reveal(compare(reports[0], reports), LINE)

    assert CSP in told
    assert "<script" not in told
    assert "http://" not in told
    assert "https://" not in told
    assert len(told.encode()) < 2_000_000


def test_different_challenges_are_never_compared(tmp_path: Path) -> None:
    """Another digest is another challenge: its own section, its own counts."""
    folders = cohort(tmp_path, 3)
    other = varied("yew", 1)
    other = other.model_copy(
        update={"challenge": other.challenge.model_copy(update={"digest": "sha256:" + "cd34" * 16})}
    )
    locked_by(write_folder(tmp_path / "yew", other), ("Ana",))

    told = words(page(tmp_path))
    comparison = compare(other, [read_scored(folder).report for folder in folders])

    assert "3 submissions · challenge sha256:ab12ab12ab12ab12" in told
    assert "1 submission · challenge sha256:cd34cd34cd34cd34" in told
    assert (comparison.size, comparison.others) == (1, 3)


BROKEN = {
    "empty": b"",
    "list": b"[]",
    "cut": b'{"schema_version": 1, "challenge": {',
    "newer": b'{"schema_version": 9}',
    "deep": b"[" * 100_000,
    "bytes": b"\xff\xfe\x00",
    "nan": b'{"a": NaN}',
    "script": b'<script>alert("report")</script>',
}


def test_broken_reports_are_listed_and_stop_nothing(tmp_path: Path) -> None:
    """Each with its problem, in one line; the others are compared as if it were not there."""
    cohort(tmp_path, 2)
    for name, data in BROKEN.items():
        (tmp_path / f"x-{name}").mkdir()
        (tmp_path / f"x-{name}" / "report.json").write_bytes(data)
    (tmp_path / "y-folder" / "report.json").mkdir(parents=True)
    (tmp_path / "z-link").symlink_to(tmp_path / "nowhere")

    told = words(page(tmp_path))

    assert "All scores are locked" in told
    for name in BROKEN:
        assert f"x-{name} " in told
    assert "alert" not in told


def test_a_hostile_report_is_data(tmp_path: Path) -> None:
    """Names, titles and categories that hold markup are shown, and nothing of them runs."""
    folder = write_folder(tmp_path / "hostile", samples.hostile())
    lock_scorecard(read_scored(folder), filled(folder, "<b>Ana</b> {{ 7*7 }}"), AT)
    report = read_scored(folder).report

    for told in (page(tmp_path), render_reveal(compare(report, [report]), LINE)):
        assert "<script" not in told
        assert "<img" not in told
        assert "onload=" not in re.sub(r"&[a-z0-9#]+;", "", re.sub(r">[^<]*<", "><", told))
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert "{{" not in told.replace("{{ 7", "")
        assert ">49<" not in told


def test_reports_are_found_one_and_two_folders_down(tmp_path: Path) -> None:
    """A folder itself, folders in it, and those below; each once, links to reports not followed."""
    for place in ("", "a", "b/c", "b/c/too-deep"):
        write_folder(tmp_path / place, varied("ash", 0))
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "report.json").symlink_to(tmp_path / "a" / "report.json")

    found = find_reports([tmp_path, tmp_path / "a", tmp_path / "b"])

    assert [path.relative_to(tmp_path).as_posix() for path in found] == [".", "a", "b/c", "b/c/too-deep"]


def test_standings_count_what_could_be_told() -> None:
    """Handled, not handled, and neither; probes left out; nothing for a submission that did not start."""
    found = standings(samples.mixed())

    assert found["csv"].not_handled == 1
    assert found["enrichment"].other == 1
    assert standings(samples.does_not_start()) == {}


def test_a_comparison_counts_the_submission_once() -> None:
    """It is one of its cohort, whether it was given among the others or not."""
    mine, others = samples.mixed(), [samples.strong(), samples.weak(), samples.does_not_start()]

    one, two = compare(mine, others), compare(mine, [*others, mine])

    assert (one.size, one.not_started) == (4, 1)
    assert (two.size, two.not_started) == (4, 1)
    row = next(row for row in two.categories if row.id == "csv")
    assert sum(row.bars) == 3
    assert row.mine in row.cohort


def test_a_test_s_share_is_of_those_that_could_be_told() -> None:
    """What we could not tell, and what was not reached, is in neither number."""
    comparison = compare(None, [samples.mixed(), samples.strong(), samples.weak(), samples.does_not_start()])
    row = next(test for test in comparison.tests if test.id.endswith("test_retry_after"))

    assert (row.handled, row.told) == (1, 2)


@pytest.mark.parametrize(
    ("handled", "told", "remark"),
    [(0, 3, "everyone failed: check the brief"), (3, 3, "everyone passed"), (0, 2, ""), (1, 3, "")],
)
def test_what_is_worth_a_look(handled: int, told: int, remark: str) -> None:
    """All or none, from three submissions on."""
    comparison = compare(None, [samples.mixed()])

    assert dataclasses.replace(comparison.tests[0], handled=handled, told=told).remark == remark


def test_a_small_cohort_says_so() -> None:
    """Below five a comparison means little, on the page and on the terminal."""
    comparison = compare(samples.mixed(), [samples.strong(), samples.weak()])

    assert "a comparison means little" in words(render_reveal(comparison, LINE))
    assert any("a comparison means little" in line for line in reveal_lines(comparison))


def test_the_digest_of_a_comparison_is_of_its_figures() -> None:
    """The same figures, the same digest; another cohort, another one."""
    one = compare(samples.mixed(), [samples.strong()])

    assert one.digest() == compare(samples.mixed(), [samples.strong()]).digest()
    assert one.digest() != compare(samples.mixed(), [samples.weak()]).digest()


def test_the_picture_has_words_beside_it() -> None:
    """What the bars show stands in the row as counts too."""
    comparison: Comparison = compare(samples.mixed(), [samples.strong(), samples.weak()])
    told = render_reveal(comparison, LINE)

    assert told.count('role="img"') == len(comparison.categories)
    for row in comparison.categories:
        for handled, number in row.counted:
            assert f"{number} {'handles' if number == 1 else 'handle'} {handled}</span>" in told


@pytest.mark.parametrize(
    ("pairs", "kappa", "why"),
    [
        ([(0, 1)] * (ENOUGH - 1), None, "too few to say"),
        ([(2, 2)] * ENOUGH, None, "one level only"),
        ([(0, 0), (3, 3)] * 5, 1.0, ""),
        ([(0, 3)] * 10, -1.0, ""),
        ([(0, 0), (0, 1), (1, 0), (1, 1)] * 5, 0.0, ""),
        ([(0, 1), (1, 2), (2, 3), (3, 3), (0, 0)] * 2, 0.55, ""),
    ],
)
def test_weighted_kappa(pairs: list[tuple[int, int]], kappa: float | None, why: str) -> None:
    """Full agreement is 1, chance is 0, and with few pairs or one level nothing is told.

    The last one by hand: 0.6 levels apart on average, 1.34 by chance (shares 0.3, 0.2, 0.2, 0.3).
    """
    value, reason = weighted_kappa(pairs)

    assert reason == why
    assert value is None if kappa is None else value == pytest.approx(kappa, abs=0.005)


def test_the_order_within_a_pair_means_nothing() -> None:
    """Nobody is the first rater."""
    pairs = [(0, 1), (1, 2), (2, 3), (3, 1), (0, 0)] * 3

    assert weighted_kappa(pairs) == weighted_kappa([(other, one) for one, other in pairs])


def test_agreement_counts_scores_from_before_the_reveal(tmp_path: Path) -> None:
    """Three raters make three pairs; what was amended after seeing the cohort changes none."""
    folder = write_folder(tmp_path / "ash", varied("ash", 0))
    for rater, level in (("Ana", "Hire"), ("Ben", "Hire"), ("Cleo", "No Hire")):
        lock_scorecard(read_scored(folder), filled(folder, rater, [level] * 4), AT)
    log_reveal(read_scored(folder), "Cleo", START, "", AT)
    lock_scorecard(read_scored(folder), filled(folder, "Cleo", ["Hire"] * 4), AT, "Others did the same.")
    (member,) = members(tmp_path)
    assert member.report is not None

    row = agreement(member.report.challenge.dimensions, [member])[0]

    assert (row.pairs, row.same, row.far, row.why) == (3, 1, 2, "too few to say")
    assert "amended after reveal" in words(page(tmp_path))


def test_index_by_id_shows_no_name(tmp_path: Path) -> None:
    """`index --blind`: the ids of the blind map, no name of a folder or a submission."""
    cohort(tmp_path / "round", 3)
    (tmp_path / "round" / "broken-zoe").mkdir()
    (tmp_path / "round" / "broken-zoe" / "report.json").write_bytes(b"{")

    places = ["--blind-map", str(tmp_path / "map.json"), "--out", str(tmp_path / "i.html")]
    done = CliRunner().invoke(cli, ["index", str(tmp_path / "round"), "--blind", *places])

    assert done.exit_code == 0, done.stderr
    told = words((tmp_path / "i.html").read_text(encoding="utf-8"))
    assert len(set(re.findall(r"\bC-[0-9A-F]{4}\b", told))) == 3
    for name in (*NAMES[:3], "zoe"):
        assert name not in told.casefold().split()


def test_a_blind_report_keeps_its_id(tmp_path: Path) -> None:
    """Blinding twice would make another id."""
    from harness.blinding import blinded

    kept = tmp_path / "map.json"
    report = blinded(varied("ash", 0), (), kept)
    write_folder(tmp_path / "round" / "x", report)

    assert [member.id for member in with_ids(members(tmp_path / "round"), kept)] == [report.submission.name]
    assert json.loads(kept.read_text())["candidates"].keys() == {report.submission.name}


def test_the_command_writes_the_page(seven: Path, tmp_path: Path) -> None:
    """`harness index` says how many reports it read and where the page is."""
    done = CliRunner().invoke(cli, ["index", str(seven), "--out", str(tmp_path / "i.html")])

    assert done.exit_code == 0, done.stderr
    assert f"7 reports: {tmp_path / 'i.html'}" in done.output
    assert HARD.split("::")[0] not in done.output
