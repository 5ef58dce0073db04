"""Tokens: the commands and the figures in a line of a log, sentence by sentence, in the order in which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from graders.ai_log import run_words as words


@dataclass(frozen=True, slots=True)
class Token:
    """One thing in a line: a "command", a "count" (`word` says of what), or an "all".

    `sure`: that a command was run, not just spoken of. `spelled`: it stands there itself, and not just a test file.
    """

    kind: Literal["command", "count", "all"]
    start: int
    stop: int
    word: str = ""
    number: int = 0
    of: int | None = None
    sure: bool = True
    spelled: bool = True


_PIECE = re.compile(r"`{1,2}[^`\n]{1,400}`{1,2}|[.!?](?=[\s)\"*_]|$)|[;。]")
_NO_END = re.compile(r"(?i)(?:\b(?:e\.g|i\.e|approx|vs|etc|no|cf|incl|resp)|\d)$")


def bare_of(clause: str) -> str:
    """A clause without its code: a test's name may hold any word."""
    return re.sub(r"`[^`]{0,400}`", " ` ", clause)


def clauses(line: str, fenced: bool) -> Iterator[tuple[int, int, str, list[Token]]]:
    """The sentences of a line, with what stands in each."""
    ends: list[int] = []
    if not fenced:
        for match in _PIECE.finditer(line):
            piece = match[0]
            if piece[0] != "`" and not (piece == "." and _NO_END.search(line[max(match.start() - 8, 0) : match.start()])
                                        and not line[match.end() : match.end() + 2].strip()[:1].isupper()):  # fmt: skip
                ends.append(match.end())
    start = 0
    for stop in [*ends, len(line)]:
        clause = line[start:stop]
        if clause.strip():
            yield start, stop, clause, sorted(_tokens(clause, start, fenced), key=lambda token: token.start)
        start = stop


def _tokens(clause: str, base: int, fenced: bool) -> Iterator[Token]:
    taken: list[tuple[int, int]] = []

    def free(start: int, stop: int) -> bool:
        return all(stop <= a or start >= b for a, b in taken)

    def token(kind: Literal["command", "count", "all"], match: re.Match[str], word: str = "") -> Token:
        taken.append(match.span())
        told = bool(fenced or ran or (clause[: match.start()].strip(" -*:") == "" and match[0][0] == "`"))
        return Token(kind, base + match.start(), base + match.end(), word, sure=told)

    ran = words.RAN.search(clause)
    figures_of = (words.COUNT, words.FRACTION, *(() if words.ADDED.search(clause) else (words.TOTAL,)))
    counts = sorted(match.start() for name in figures_of for match in name.finditer(clause))

    def gave(start: int, stop: int) -> bool:
        """Whether a test file was run, by the words about it: figures stand right after it, or are said to be its."""
        before = clause[max(start - 40, 0) : start]
        if ran or words.OF_PATH.search(before) or (words.IN_PATH.search(before) and not words.ADDED.search(clause)):
            return True
        figures = next((count for count in counts if count >= stop), None)
        return figures is not None and figures - stop <= 40 and bool(words.RESULTING.fullmatch(clause[stop:figures]))

    for match in re.finditer(r"`{1,2}([^`\n]{1,400})`{1,2}", clause):
        if words.RUNNER.search(match[1]) and not words.COUNT.search(match[1]):
            yield token("command", match, match[1].strip())
        elif words.TEST_PATH.fullmatch(match[1]) and gave(*match.span()):
            yield replace(token("command", match, f"pytest {match[1]}"), spelled=False)
        elif not words.COUNT.search(match[1]):
            taken.append(match.span())
    if fenced and (told := re.match(r"\s{0,8}(?:\$|>|❯|%) ?(.{1,400})", clause)) and words.RUNNER.search(told[1]):
        yield token("command", told, told[1])
    for match in words.COMMAND.finditer(clause):
        if free(*match.span()):
            command = re.sub(r" (?:on|for|in|against)(?= |$)", "", match[0]).rstrip(".,:; ")
            yield token("command", match, command)
    for match in words.RUNNER.finditer(clause):
        if free(*match.span()):
            yield token("command", match, match[0].rstrip(":-"))
    for match in words.TEST_PATH.finditer(clause):
        if free(*match.span()) and gave(*match.span()):
            yield replace(token("command", match, f"pytest {match[0]}"), spelled=False)
    for pattern in (words.TURNED, words.COUNT, words.KOREAN, words.TOTAL, words.KOREAN_TOTAL):
        for match in pattern.finditer(clause):
            if not free(*match.span()):
                continue
            if words.OTHER_COUNT.search(clause[: match.start()]) and not words.TESTED.search(clause):
                continue
            found = _counted(pattern, match, clause)
            if found is not None:
                word, number, of = found
                yield replace(token("count", match, word), number=number, of=of)
    commands = [stop for _, stop in taken]
    for match in (*words.FRACTION.finditer(clause), *words.OKAY.finditer(clause)):
        near = any(
            words.RESULTING.fullmatch(clause[stop : match.start()]) for stop in commands if stop <= match.start()
        )
        of = int(match["of"]) if "of" in match.groupdict() else None
        if near and free(*match.span()) and (of is None or int(match["n"]) <= of):
            yield replace(token("count", match, "passed"), number=int(match["n"]), of=of)
    for match in words.ALL_PASSED.finditer(clause):
        if any(a <= match.start() and match.end() <= b for a, b in taken):
            continue
        yield token("all", match)
        beside = words.BESIDE_ALL.search(clause, max(match.start() - 30, 0), match.end() + 30)
        inside = beside is not None and match.start() <= beside.start() and beside.end() <= match.end()
        if beside and (inside or free(*beside.span())):
            number = int(next(group for group in beside.groups() if group))
            yield replace(token("count", beside, "passed"), number=number)


def part_of(clause: str) -> tuple[int, str] | None:
    """The number and the subject of tests that are some of all: "the 12 webhook tests"; None for none."""
    for match in words.PART.finditer(clause):
        before = clause[max(match.start() - 24, 0) : match.start()]
        if words.APPROXIMATE.search(before) or words.OTHER_THING.search(before) or words.TAKEN_OUT.search(before):
            continue
        names = match["words"].split()
        if any(words.PART_NOT.fullmatch(name) for name in names):
            continue
        about = [name for name in names if not words.PART_KNOWN.fullmatch(name)]
        if about:
            return int(match["n"]), " ".join(about)
    return None


def _counted(pattern: re.Pattern[str], match: re.Match[str], clause: str) -> tuple[str, int, int | None] | None:
    """What a count is of ("passed", "failed", "skipped", "tests"), the number, and the number that it is out of."""
    groups = match.groupdict()
    digits = groups.get("n") or groups.get("a") or groups.get("b") or ""
    before = clause[max(match.start() - 24, 0) : match.start()]
    if pattern is words.TURNED:
        before = ""
    if not digits or words.APPROXIMATE.search(before) or words.OTHER_THING.search(before):
        return None
    if clause[match.end() : match.end() + 1] == "+" or words.TAKEN_OUT.search(clause[: match.start()]):
        return None
    number, of = int(digits), int(groups["of"]) if groups.get("of") else None
    if of is not None and number > of:
        return None
    if pattern is words.TURNED:
        word = match["word"].casefold()
        kind = "tests" if word in ("ran", "run") else "failed" if re.fullmatch(words.FAILED, word) else "passed"
        return kind, number, of
    kind = next((name for name in ("passed", "failed", "skipped") if groups.get(name)), "tests")
    if kind == "tests" and re.match(r"(?i)[ ]?(?:per|files?|modules?|classes)\b", clause[match.end() :]):
        return None
    return kind, number, of
