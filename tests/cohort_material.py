"""Cohorts made by hand: folders with reports of submissions that differ, and people's scorecards on them."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import report_samples as samples
from report_grades import ai_usage_log, design, hidden_tests, history, own_tests, report, written_evidence
from report_material import LEVELS, TESTS

from harness.scoring import begin, lock_scorecard, read_scored
from reports import Report
from reports.scorecard import Asked, Score, Scorecard, empty_scorecard

AT = datetime(2026, 6, 8, 9, 30, tzinfo=UTC)
NAMES = ("ash", "birch", "cedar", "elder", "fir", "hazel", "juniper", "larch", "maple", "oak", "pine", "rowan")
HARD = "test_csv.py::test_quoted_newline"
"""A test that nobody in these cohorts handles."""


@cache
def varied(name: str, seed: int) -> Report:
    """A submission that handles most tests, which ones depends on the seed; never the hard one."""
    dice = random.Random(seed)
    failed = {test for test, *_ in TESTS if dice.random() < 0.1 + 0.04 * (seed % 8)} | {HARD}
    failed.discard("test_imports.py::test_clean_rows")
    return report(
        name,
        {
            "hidden_tests": hidden_tests(failed=tuple(sorted(failed))),
            "own_tests": own_tests(samples.STRONG_FILES, 20),
            "ai_usage_log": ai_usage_log(samples.ENTRIES if seed % 5 else ()),
            "written_evidence": written_evidence(samples.DECISIONS if seed % 3 else (), True, 200),
            "design": design(()),
            "history": history(samples.STEADY[: 5 + seed % 4]),
        },
    )


def write_folder(folder: Path, content: Report) -> Path:
    """A report's folder, as `harness grade` leaves it for scoring."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(content.to_json(), encoding="utf-8")
    return folder


def filled(folder: Path, rater: str, levels: Sequence[str] | None = None) -> Scorecard:
    """A whole scorecard of this rater on the report in this folder; levels by dimension, else all "Hire"."""
    scored = read_scored(folder)
    card = empty_scorecard(scored.report, rater, scored.digest)
    given = levels or ["Hire"] * len(card.scores)
    scores = (
        Score(dimension=each.dimension, level=level, reason="Seen in the report and in the talk.", confidence="medium")
        for each, level in zip(card.scores, given, strict=True)
    )
    return card.model_copy(update={"scores": tuple(scores), "questions_asked": (Asked(id="risks", note="Named two."),)})


def locked_by(folder: Path, raters: Iterable[str], seed: int = 0, at: datetime = AT) -> None:
    """Let these people get a scorecard and lock it, their levels near each other."""
    dimensions = len(read_scored(folder).report.challenge.dimensions)
    for number, rater in enumerate(raters):
        dice = random.Random(seed * 31 + number)
        middle = random.Random(seed).randrange(4)
        levels = [LEVELS[min(3, max(0, middle + dice.choice((-1, 0, 0, 0, 1))))] for _ in range(dimensions)]
        scored = read_scored(folder)
        begin(scored, rater, at)
        lock_scorecard(scored, filled(folder, rater, levels), at + timedelta(minutes=number + 1))


_MADE: dict[tuple[str, int, bool], dict[str, bytes]] = {}
"""Files of members that were made before: the same every time, so they are made once."""


def cohort(parent: Path, size: int = 7, *, locked: bool = True) -> list[Path]:
    """A cohort in which one submission does not start; scored by two people: all where `locked`, else two."""
    return [_member(parent / name, name, number, locked or number < 2) for number, name in enumerate(NAMES[:size])]


def _member(folder: Path, name: str, number: int, locked: bool) -> Path:
    key = name, number, locked
    if key not in _MADE:
        content = samples.does_not_start() if number == 3 else varied(name, number)
        if number == 3:
            content = content.model_copy(update={"submission": content.submission.model_copy(update={"name": name})})
        write_folder(folder, content)
        if locked:
            locked_by(folder, ("Ana", "Ben"), number)
        _MADE[key] = {path.name: path.read_bytes() for path in folder.iterdir()}
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in _MADE[key].items():
        if not (folder / file).exists():
            (folder / file).write_bytes(data)
    return folder
