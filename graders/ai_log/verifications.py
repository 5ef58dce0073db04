"""Verification statements: what an entry says was done to check, and what a machine recorded of it (AIL-07)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from graders.ai_log.answers import is_not_tested
from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.entry import Entry
from graders.ai_log.links import Link
from graders.grade import Evidence
from graders.path_kinds import kind_of
from graders.redaction import redact_quote
from graders.transcripts import Event, Session, is_lint_command, is_test_command

PER_ENTRY, IN_ALL = 6, 200
_SPLIT = re.compile(r"`[^`\n]{0,300}`|(?P<end>[;!?。]\s|\.\s{1,4}(?=[A-ZÀ-ÞА-ЯĞİŞ가-힣`*])|\n)")
_CODE = re.compile(r"`([^`\n]{2,300})`")
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("lint", r"\b(?:mypy|pyright|ruff|flake8|eslint|tsc|linter?|type[- ]?check\w{0,4}|types? pass)\b|линтер"),
        (
            "test",
            r"\btests?\b|\bpytest\b|\btest_\w|\bunittest\b|\bjest\b|\bvitest\b|\b\d{1,5} passed\b|\bsuite\b|"
            r"\bcoverage\b|\bpruebas\b|\bтест|\btestler|테스트",
        ),
        (
            "by hand",
            r"\bby hand\b|\bmanual|\btried\b|\bcurl\b|\bpostman\b|\bbrowser\b|\bclicked\b|\bstarted (?:it|the)\b|"
            r"\b(?:ran|run) (?:it|the app|the server|locally)\b|\bkill -9\b|\bdocker\b|a mano|вручную|руками|elle\b|"
            r"직접|수동",
        ),
        (
            "reading",
            r"\bread\b|\bdiff\b|\breview|\bline by line\b|\binspect|\bdocument|\bcompared\b|\bwent through\b|"
            r"\bchecked\b|revis[éeó]|leí\b|прочита|прочёл|просмотр|okudum|inceledim|읽|검토",
        ),
    )
)
_NEGATED = re.compile(
    r"(?i)\b(?:not|never|n['’]t|un)[ -]?(?:yet |been |itself )?(?:tested|verified|checked)\b|"
    r"\bno (?:tests?|verification)\b|\bsin probar\b|не (?:проверен|тестиров)|test edilmedi|검증하지|테스트하지"
)
_NO_TRACE = "Reading and trying by hand leave no trace; ask."
_NO_RECORD = "No machine record of it was handed in; that is common."


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that an entry says was done to check. `kind`: "test", "lint", "by hand", "reading" or "other"."""

    entry: int
    path: str
    line: int
    text: str
    kind: str
    command: str = ""


def statements(entries: Iterable[Entry]) -> tuple[Statement, ...]:
    """The statements under "verification", each with its line; "not tested" states nothing that could be held."""
    found: list[Statement] = []
    for entry in entries:
        part = entry.parts.get("verification")
        if part is None:
            continue
        count = 0
        for text, offset in _pieces(part.text[:4_000]):
            if count >= PER_ENTRY or len(found) >= IN_ALL:
                break
            if is_not_tested(text) or _NEGATED.search(text) or len(re.findall(r"\w+", text)) < 2:
                continue
            count += 1
            commands = [code for code in _CODE.findall(text) if is_test_command(code) or is_lint_command(code)]
            kind = "test" if any(is_test_command(code) for code in commands) else _kind(text)
            found.append(
                Statement(
                    entry.n, entry.path, part.line + offset, text[:240], kind, commands[0][:200] if commands else ""
                )
            )
    return tuple(found)


def _pieces(text: str) -> Iterable[tuple[str, int]]:
    start = 0
    for match in _SPLIT.finditer(text):
        if match["end"] is not None:
            if text[start : match.start()].strip():
                yield text[start : match.start()].strip(" -*•\t\n;."), text.count("\n", 0, start)
            start = match.end()
    if text[start:].strip():
        yield text[start:].strip(" -*•\t\n;."), text.count("\n", 0, start)


def _kind(text: str) -> str:
    return next((name for name, pattern in _KINDS if pattern.search(text)), "other")


def held(
    said: Sequence[Statement],
    sessions: Sequence[Session],
    files: Mapping[int, Collection[str]],
    tests: Mapping[int, Sequence[Link]],
) -> tuple[Claim, ...]:
    """A claim for each statement: recorded in a transcript, naming a test that is there, or stated only.

    `files`: what an entry names, with the files of its commits; `tests`: the tests that it names and that were found.
    """
    return tuple(_hold(one, sessions, files.get(one.entry, ()), tests.get(one.entry, ())) for one in said)


def _hold(said: Statement, sessions: Sequence[Session], files: Collection[str], tests: Sequence[Link]) -> Claim:
    def claim(level: Level, result: Result, found: str, evidence: tuple[Evidence, ...] = ()) -> Claim:
        return Claim("verification", said.text, said.entry, said.path, said.line, level, result, found, evidence)

    if said.kind in ("test", "lint"):
        record = _record(said, sessions, files)
        if record is not None:
            session, event, told = record
            quoted = Evidence("quote", redact_quote(event.command or "")[:300], session.path, event.line)
            return claim(Level.RECORDED, Result.CONFIRMED, told, (quoted,))
        here = [link for link in tests if link.text in said.text]
        tests = here or tests
        if tests:
            named = ", ".join(dict.fromkeys(link.found or link.text for link in tests[:3]))
            there = f"The test that the entry names is there: {named}. What it gave then is not recorded."
            return claim(
                Level.CHECKABLE, Result.UNCHECKED, there, tuple(link.target for link in tests[:3] if link.target)
            )
        return claim(Level.STATED, Result.UNCHECKED, _NO_RECORD)
    return claim(Level.STATED, Result.UNCHECKED, _NO_TRACE if said.kind in ("by hand", "reading") else _NO_RECORD)


def _record(said: Statement, sessions: Sequence[Session], files: Collection[str]) -> tuple[Session, Event, str] | None:
    """The first command of this kind, with a good result, after an edit of what the entry is about.

    A command that names the statement's own test files is about them, whatever was edited before it.
    """
    runs = is_lint_command if said.kind == "lint" else is_test_command
    wanted = _targets(said.command)
    about = [file for file in files if kind_of(file) != "test"]
    for session in sessions:
        edited: Event | None = None
        related: Event | None = None
        for event in session.events:
            if event.kind in ("edit", "write") and event.ok is not False and event.path:
                edited = event
                if not about or any(same_file(event.path, file) for file in about):
                    related = event
            elif event.kind == "shell" and edited is not None and succeeded(event) and runs(event.command or ""):
                targets = _targets(event.command or "")
                if wanted & targets:
                    return session, event, _told(event, related or edited)
                if related is not None and not (wanted and targets):
                    return session, event, _told(event, related)
    return None


def succeeded(event: Event) -> bool:
    """Whether a command is known to have gone well."""
    return event.exit_code == 0 if event.exit_code is not None else event.ok is True


def failed(event: Event) -> bool:
    """Whether a command is known to have failed."""
    return event.exit_code != 0 if event.exit_code is not None else event.ok is False


def same_file(one: str, other: str) -> bool:
    """Whether two paths name the same file: one ends with the other, at a folder's border."""
    first, second = (path.replace("\\", "/").casefold().strip("/").removeprefix("./") for path in (one, other))
    return first == second or first.endswith(f"/{second}") or second.endswith(f"/{first}")


def _targets(command: str) -> set[str]:
    """The files that a command names, without folders."""
    words = re.findall(r"[\w./-]{3,200}\.[A-Za-z]{2,4}(?=[\s:\"']|$)", command[:500])
    return {word.rsplit("/", 1)[-1].casefold() for word in words}


def _told(event: Event, edited: Event) -> str:
    command = " ".join(redact_quote(event.command or "").split())[:100]
    after = ""
    if event.when and edited.when:
        after = f", {_span(event.when - edited.when)} after an edit of {edited.path}"
    return f"A transcript records `{command}` with a good result{after or f', after an edit of {edited.path}'}."


def _span(span: timedelta) -> str:
    minutes = round(abs(span.total_seconds()) / 60)
    return "less than a minute" if not minutes else f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
