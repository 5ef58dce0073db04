"""Runs: the sentences of a log that tell of a run or a number of tests, read as commands and figures.

Claims are taken from what the author says of the work, never from a prompt or an answer. A sentence that plans, asks,
quotes the model or denies is none; nor is a number of other things. What is read wrongly here would be held against
somebody, so a doubtful sentence is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from graders.ai_log import run_words as words
from graders.ai_log.entry import Entry, Part
from graders.ai_log.run_tokens import Token, bare_of, clauses, part_of

PARTS = ("verification", "correction", "notes", "text")
"""The parts that tell of the work. "text" holds what stands under no label."""
TEXT = 4_000
LINE = 1_000
CLAIMS, OF_AN_ENTRY = 120, 12
WORDS = 240
KEPT_LINES = 4
"""Lines after a command in which its figures are looked for, outside a block of code."""

Kind = Literal["run", "number", "added", "part", "failing", "coverage", "lint"]


@dataclass(frozen=True, slots=True)
class Stated:
    """What one sentence states. `text`: its words; `part`: where it stands.

    "run": a run's figures or its command; "number": so many tests, of which nothing is said; "added": so many more;
    "part": so many tests that are `about` one thing; "failing": what failed at first; "coverage": `percent`;
    "lint": a linter or type checker was content.
    `tests` is a total. `close`: nothing but known words stands between command and figures. `all_passed`: said so.
    """

    kind: Kind
    text: str
    entry: int
    path: str
    line: int
    part: str
    command: str | None = None
    passed: int | None = None
    failed: int | None = None
    skipped: int | None = None
    tests: int | None = None
    percent: float | None = None
    all_passed: bool = False
    close: bool = True
    about: str = ""

    @property
    def figure(self) -> int | None:
        """The number that a run's own figures are held against: of those that passed, else of all."""
        return self.passed if self.passed is not None else self.tests


def read_runs(entries: Iterable[Entry]) -> tuple[Stated, ...]:
    """Everything the entries state about test runs, in their order; the same statement once an entry."""
    found: list[Stated] = []
    for entry in entries:
        seen: set[tuple[object, ...]] = set()
        for name in PARTS:
            part = entry.parts.get(name)
            if part is None or len(found) >= CLAIMS:
                continue
            for stated in _in_part(part):
                key = (stated.kind, stated.command, stated.passed, stated.failed, stated.tests, stated.percent)
                if key not in seen and len(seen) < OF_AN_ENTRY and len(found) < CLAIMS:
                    seen.add(key)
                    found.append(replace(stated, entry=entry.n, path=entry.path, part=name))
    return tuple(found)


def shas_in(text: str) -> tuple[str, ...]:
    """Commit ids in a text: seven hexadecimal digits or more, figures and letters mixed."""
    found = re.findall(r"(?<![\w/.:#-])[0-9a-f]{7,40}(?![\w/-])", text[:TEXT])
    return tuple(dict.fromkeys(sha for sha in found if re.search("[0-9]", sha) and re.search("[a-f]", sha)))


def _in_part(part: Part) -> Iterator[Stated]:
    group = _Group()
    fenced = False
    for offset, raw in enumerate(part.text[:TEXT].split("\n")):
        line = raw[:LINE]
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            continue
        for start, stop, clause, tokens in clauses(line, fenced):
            guarded = words.PLANNED.search(bare_of(clause)) or words.NOT_RUN.search(bare_of(clause))
            if guarded:
                yield from group.close()
                continue
            some = part_of(clause)
            if some is not None:  # "all pass" is said of these
                words_of = " ".join(clause.split())[:WORDS]
                yield Stated("part", words_of, 0, "", part.line + offset, "", tests=some[0], about=some[1])
            for token in (one for one in tokens if some is None or one.kind != "all"):
                yield from group.take(token, line[start:stop], line, part.line + offset, fenced)
            yield from group.end_of_clause()
            yield from _others(clause, part.line + offset)
        group.end_of_line(fenced)
    yield from group.close()


_AT_COMMIT = re.compile(r"(?:\b(?:at|on|commit) |@)[`(]?[0-9a-f]{7,40}(?![\w-])")


class _Group:
    """A command and the figures that belong to it, gathered from left to right."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.command: str | None = None
        self.close_by = True
        self.sure = True
        self.counts: dict[str, int] = {}
        self.all = False
        self.added = False
        self.of: int | None = None
        self.text = ""
        self.line = 0
        self.last = -1
        self.lines = 0
        self.fresh = False
        """The command stands in the sentence at hand."""

    def take(self, token: Token, clause: str, line: str, number: int, fenced: bool) -> Iterator[Stated]:
        if token.kind == "command":
            if self.command is not None or not self.counts:
                yield from self.close()
            if self.command is None and self.counts:  # "41 passed with pytest"
                self.close_by = False
            self.command, self.fresh, self.lines, self.sure = token.word, True, 0, token.sure
            self.close_by = self.close_by and token.spelled
            self._mark(clause, number)
        else:
            kind = token.word if token.kind == "count" else "all"
            if self.counts.get("failed") and self.last >= 0 and words.LATER.search(line[self.last : token.start]):
                yield from self.close()  # "3 failed, fixed it, 37 passed" are two runs
            if kind in self.counts or (kind == "tests" and self.counts):
                if kind == "tests" or self.counts.get(kind) == token.number:
                    self.last = token.stop
                    return
                yield from self.close()
            between = line[self.last : token.start] if self.fresh and self.last >= 0 else ""
            between = _AT_COMMIT.sub(" ", between)
            if self.command is not None and not self.counts and not self.all and not words.RESULTING.fullmatch(between):
                self.close_by = self.close_by and fenced
            if kind == "all":
                self.all = True
            else:
                self.counts[kind] = token.number
                self.of = token.of if token.of is not None and kind == "passed" else self.of
            if not self.text or token.kind == "count":
                self._mark(clause, number)
            self.added = self.added or bool(kind == "tests" and words.ADDED.search(bare_of(clause)))
        self.last = token.stop

    def _mark(self, clause: str, number: int) -> None:
        if not self.text:
            self.text, self.line = " ".join(clause.split()), number
        elif (more := " ".join(clause.split())) not in self.text and len(self.text) < WORDS:
            self.text = f"{self.text} {more}"

    def end_of_clause(self) -> Iterator[Stated]:
        self.fresh, self.last = False, -1
        if self.counts or self.all:
            yield from self.close()

    def end_of_line(self, fenced: bool) -> None:
        self.lines += not fenced
        if self.lines > KEPT_LINES:
            self.close_by = False

    def close(self) -> Iterator[Stated]:
        """What was gathered, and start anew."""
        stated = self._stated()
        self._reset()
        if stated is not None:
            yield stated

    def _stated(self) -> Stated | None:
        counts = self.counts
        tests = counts.get("tests", self.of)
        stated = Stated(
            "run", self.text[:WORDS], 0, "", self.line, "",
            self.command, counts.get("passed"), counts.get("failed"), counts.get("skipped"), tests,
            None, self.all, self.close_by,
        )  # fmt: skip
        if self.all and stated.passed is None and tests is not None:
            stated = replace(stated, passed=tests)
        if stated.figure is None and not self.all and self.command is None:
            return replace(stated, kind="failing") if stated.failed else None
        if stated.figure is None and not self.all and stated.failed is None and not self.sure:
            return None
        if self.command is None and stated.passed is None and not self.all:
            return replace(stated, kind="added" if self.added else "number") if tests else None
        if stated.passed is None and stated.failed is not None and tests is None:
            return replace(stated, kind="failing")
        return stated


def _others(clause: str, line: int) -> Iterator[Stated]:
    """Coverage and linters, which no test command answers."""
    text = " ".join(clause.split())[:WORDS]
    for match in words.PERCENT.finditer(words.RISE.sub("", clause)):
        percent = float((match["a"] or match["b"]).replace(",", "."))
        if percent <= 100:
            yield Stated("coverage", text, 0, "", line, "", percent=percent)
            break
    if words.LINT.search(bare_of(clause)) or words.LINT.search(clause.replace("`", "")):
        yield Stated("lint", text, 0, "", line, "")


_AT = re.compile(
    r"(?i)(?:(?<![^\W_])(?:at|on|commit|revision|rev|checkout|en|на|коммит[еа]?)|@|커밋|(?=\())[ :]{0,2}(?:commit )?"
    r"[`(\[]{0,2}"
    r"([0-9a-f]{7,40})(?![\w/-])"
)


def named_shas(entry: Entry, stated: Stated) -> tuple[Sequence[str], Sequence[str]]:
    """The commits that a claim itself says it was run at, and the others that its entry names (not in its prompt)."""
    found = _AT.findall(stated.text)
    here = [sha for sha in shas_in(stated.text) if sha in found]
    others = [entry.title, *(entry.text(name) for name in (*PARTS, "links"))]
    return here, [sha for text in others for sha in shas_in(text) if sha not in here]
