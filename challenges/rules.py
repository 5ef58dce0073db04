"""The rules of a sound pack that can be held without running anything: each gives objections, or none."""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from challenges.challenge import Challenge
from challenges.export import export
from challenges.pack import pack_files
from challenges.seeded_bugs import SeededBug

LEVELS = ("Strong Hire", "Hire", "Mixed", "No Hire")
IN_A_ROW, TELLING = 3, 90
"""Lines in a row, and characters in them, from which on a passage of a hidden file that stands in the export is a
leak: programs that read the same contract share single lines by coincidence."""
_IDENTIFIER = re.compile(r"\[(R-[A-Za-z0-9-]+)\]")
_DEFINITION = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)


class HiddenTest(Protocol):
    """What the rules need to know of a collected hidden test."""

    @property
    def id(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def requirements(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a pack is refused: the rule, what of the pack breaks it (a test, a file, a bug), how, and what to do."""

    rule: str
    subject: str
    what: str
    remedy: str


def requirements_rule(challenge: Challenge, tests: Sequence[HiddenTest]) -> list[Objection]:
    """Each contract test rests on a sentence of the brief, by an id in both; each such sentence has a contract test."""
    stated = set(_IDENTIFIER.findall(challenge.brief))
    checked: set[str] = set()
    objections = []
    for test in tests:
        strangers = sorted(set(test.requirements) - stated)
        if strangers:
            objections.append(
                Objection(
                    "requirements",
                    test.id,
                    f"It names {', '.join(strangers)}, which the brief does not state{_meant(strangers, stated)}.",
                    "State the behaviour in brief.md as [R-…], or name the requirement that it checks.",
                )
            )
        if test.tier == "contract":
            checked |= set(test.requirements)
            if not test.requirements:
                objections.append(
                    Objection(
                        "requirements",
                        test.id,
                        "It is a contract test, and names no requirement of the brief.",
                        "Add @pytest.mark.requirement(…), or make it a robustness test.",
                    )
                )
    objections += [
        Objection(
            "requirements",
            name,
            "The brief states it, and no contract test checks it.",
            "Write a contract test for it, or take the sentence out of the brief.",
        )
        for name in sorted(stated - checked)
    ]
    return objections


def _meant(strangers: Sequence[str], stated: Iterable[str]) -> str:
    """What the brief states that looks like the first of these, as words to add; empty when nothing does."""
    near = difflib.get_close_matches(strangers[0], sorted(stated), 1)
    return f" (is {near[0]} meant?)" if near else ""


def titles_rule(tests: Sequence[HiddenTest]) -> list[Objection]:
    """Each hidden test's docstring is a sentence of its own: it is the test's title in the report."""
    objections = []
    seen: dict[str, str] = {}
    for test in tests:
        # A test with parameters is one function, whose docstring its runs share.
        function = test.id.partition("[")[0]
        if len(test.title.split()) < 2:
            objections.append(
                Objection("titles", test.id, "Its docstring is no sentence.", "Say in the docstring what it demands.")
            )
        elif seen.setdefault(test.title, function) != function:
            other = seen[test.title]
            objections.append(
                Objection("titles", test.id, f"It has the title of {other}.", "Say what it demands beyond the other.")
            )
    return objections


def rubric_rule(challenge: Challenge) -> list[Objection]:
    """Each dimension has an anchor for each of the four levels, and the round has core questions."""
    objections = []
    for dimension in challenge.dimensions:
        have: list[str] = [anchor.level for anchor in challenge.rubric.anchors.get(dimension.id, ())]
        missing = [level for level in LEVELS if have.count(level) != 1]
        if missing:
            objections.append(
                Objection(
                    "rubric",
                    dimension.id,
                    f"It needs one anchor each for {', '.join(missing)}.",
                    f"Add them to rubric.toml under [[anchors.{dimension.id}]].",
                )
            )
    if not challenge.rubric.questions:
        objections.append(
            Objection("rubric", "questions", "There is no core question.", "Add [[questions]] to rubric.toml.")
        )
    return objections


def bugs_rule(bugs: Sequence[SeededBug], tests: Sequence[HiddenTest]) -> list[Objection]:
    """Each seeded bug names contract tests that exist, at least one."""
    contract = {test.id for test in tests if test.tier == "contract"}
    objections = []
    for bug in bugs:
        if not bug.noticed_by:
            objections.append(
                Objection(
                    "seeded-bugs", bug.name, "It names no hidden test.", "Name the contract tests that must notice it."
                )
            )
        strangers = sorted(set(bug.noticed_by) - contract)
        if strangers:
            objections.append(
                Objection(
                    "seeded-bugs",
                    bug.name,
                    f"It names {', '.join(strangers[:3])}, which is no contract test.",
                    "Mend noticed_by in seeded_bugs.toml.",
                )
            )
    return objections


def export_rule(challenge: Challenge) -> list[Objection]:
    """Nothing hidden is in what `export` writes: no hidden file, no passage of one, no name of a hidden test."""
    hidden = [file for part in ("hidden_tests", "twins", "seeded_bugs") for file in _files(challenge.folder / part)]
    passages: dict[str, str] = {}
    names: set[str] = set()
    for path in hidden:
        where = path.relative_to(challenge.folder).as_posix()
        for passage in _passages(path):
            passages.setdefault(passage, where)
        if path.parent == challenge.hidden_tests and path.suffix == ".py":
            names |= set(_DEFINITION.findall(path.read_text(encoding="utf-8", errors="replace")))
    objections = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "export"
        for path in export(challenge, folder):
            where = path.relative_to(folder).as_posix()
            own = path.read_text(encoding="utf-8", errors="replace")
            public = set(_DEFINITION.findall(own))
            leaked = {f"a passage of {passages[passage]}" for passage in _passages(path) if passage in passages}
            leaked |= {f"the hidden test {name}" for name in names - public if re.search(rf"\b{name}\b", own)}
            objections += [
                Objection("export", where, f"It holds {leak}.", "Take it out: candidates are sent this file.")
                for leak in sorted(leaked)
            ]
    return objections


def _files(folder: Path) -> Iterable[Path]:
    return pack_files(folder)


def _passages(path: Path) -> list[str]:
    """Every few lines in a row that say enough to be told apart; blank lines and indentation don't count."""
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    rows = ("\n".join(lines[at : at + IN_A_ROW]) for at in range(len(lines) - IN_A_ROW + 1))
    return [row for row in rows if len(row) >= TELLING]
