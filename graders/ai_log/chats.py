"""Chats: a conversation with names in front of what each side said. Every turn of the person is an entry's prompt."""

from __future__ import annotations

import re

from graders.ai_log.entry import Entry, Part, make
from graders.ai_log.words import LABELS
from graders.labels import listed, normal, without_lead
from graders.markdown import Page, tables

_PEOPLE = listed(
    "user, human, me, you, i, q, candidate, you said, me to ai, developer, dev, myself, prompt from user, "
    "user prompt, "
    "usuario, usuaria, yo, humano, tú, dijiste, has dicho, пользователь, я, человек, вы сказали, ты, "
    "kullanıcı, ben, insan, sen, dediniz ki, 사용자, 나, 유저, 나의 말, 나의 질문"
)
_MACHINES = listed(
    "assistant, ai, model, bot, chatgpt, gpt, gpt-4, gpt-4o, gpt-5, claude, claude code, cursor, copilot, "
    "github copilot, gemini, codex, agent, llm, chatgpt said, claude said, copilot said, gemini said, "
    "ai said, a, cursor ai, "
    "deepseek, grok, llama, mistral, perplexity, windsurf, cline, aider, sonnet, opus, claude sonnet, "
    "claude opus, bard, "
    "gpt-3.5, gpt-4.1, o1, o3, system reply, response, asistente, ia, ассистент, ии, модель, чат, нейросеть, "
    "asistan, "
    "yapay zeka, chatgpt dijo, chatgpt сказал, 어시스턴트, 챗지피티, 챗gpt, 클로드, 인공지능, 모델"
)
_CLOCK = re.compile(
    r"^[\s>*_-]{0,8}[\[(]?(?:\d{4}-\d\d-\d\d[T ,]{0,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4},? )?\d{1,2}:\d\d(?::\d\d)?"
    r"(?: ?[AaPp][Mm])?[\])]?[\s*_|-]{0,6}(?=[^\W\d_])"
)
"""A time in front of the speaker's name."""
_SPEAKER = re.compile(
    r"^[\s>#_*<|@-]{0,12}([^\W\d_][^:：*_\n(]{0,30}?)\s?(?:\([^()\n]{0,80}\))?\s?(?:[*_]{1,4}[:：]?|"
    r"[:：][*_]{0,4})[*_]{0,4}(?:\s(.*))?$"
)
_PICTURE = re.compile(r"^([\s>#*_-]{0,12})[\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d]{1,6}\s{0,3}(?=[^\W\d_])")
"""A pictogram in front of the speaker's name."""
_AIDER = re.compile(r"^#### (.{1,4000})$")
_AIDER_START = "# aider chat started at"


def read_chat(page: Page, path: str) -> tuple[Entry, ...]:
    """The person's turns; () unless both sides speak, and the person at least once."""
    turns = _turns(page)
    if not any(turn[0] for turn in turns):
        turns = _rows(page) or turns
    people = [turn for turn in turns if turn[0]]
    if not people or len(people) == len(turns):
        return ()
    entries = []
    for _, line, lines in people:
        text = "\n".join(lines).strip().strip("-").strip()
        if text:
            entries.append(make(text.split("\n")[0][:120], path, line, {"prompt": Part(text, line)}))
    return tuple(entries)


def _turns(page: Page) -> list[tuple[bool, int, list[str]]]:
    """Who speaks (True for the person), from which line, and what."""
    aider = any(line.level == 1 and f"# {line.text}".startswith(_AIDER_START) for line in page.lines)
    turns: list[tuple[bool, int, list[str]]] = []
    person = "" if aider else _person(page)
    bare = {} if aider else _alone(page)
    for line in page.lines:
        if aider:
            asked = line.level == 4
            if line.level == 1:
                turns.append((False, line.number, []))
            elif asked and turns and turns[-1][0]:
                turns[-1][2].append(line.text)
            elif asked:
                turns.append((True, line.number, [line.text]))
            elif turns and turns[-1][0] and line.text.strip():
                turns.append((False, line.number, [line.text]))
            continue
        spoken = None if line.opaque else speaker(line.text, person, heading=bool(line.level))
        if line.number in bare:
            spoken = bare[line.number], ""
        if spoken is not None:
            turns.append((spoken[0], line.number, [spoken[1]] if spoken[1] else []))
        elif turns:
            turns[-1][2].append(line.text)
    return turns


def _alone(page: Page) -> dict[int, bool]:
    """Lines that are a speaker's name and no more, as a page of a chat is copied; {} unless both sides speak so."""
    found: dict[int, bool] = {}
    before = ""
    for line in page.lines:
        name = normal(line.text) if len(line.text) <= 24 and not before.strip() and not line.opaque else ""
        if len(name) > 1 and (name in _PEOPLE or name in _MACHINES):
            found[line.number] = name in _PEOPLE
        before = line.text
    return found if len(set(found.values())) == 2 else {}


def _rows(page: Page) -> list[tuple[bool, int, list[str]]]:
    """The turns of a table with the speaker in its first column."""
    turns = []
    for table in tables(page):
        told = [(normal(cells[0]), number, cells[-1]) for number, cells in table.rows if len(cells) > 1]
        if told and all(name in _PEOPLE or name in _MACHINES for name, _, _ in told):
            turns += [(name in _PEOPLE, number, [text]) for name, number, text in told]
    return turns


def _person(page: Page) -> str:
    """The name that speaks in turns with a model's ("Dana: ... Claude: ..."), where nobody else does; "" for none."""
    last = ""
    before: dict[str, int] = {}
    for line in page.lines:
        match = None if line.opaque or line.level else _SPEAKER.match(line.text[:200])
        if match is None:
            continue
        name = normal(match[1])
        if name in _PEOPLE:
            return ""
        if name in _MACHINES and last and last not in _MACHINES:
            before[last] = before.get(last, 0) + 1
        last = name if len(name.split()) <= (3 if match[1][:1].isupper() else 1) else ""
    name, count = max(before.items(), key=lambda item: item[1], default=("", 0))
    return name if count >= 2 and LABELS.field(name) is None else ""


def speaker(text: str, person: str = "", *, heading: bool = False) -> tuple[bool, str] | None:
    """Who a line lets speak (True for the person, whose name may be `person`) and what; None for any other line."""
    text = _PICTURE.sub(r"\1", text[:4_200], count=1)
    text = without_lead(_CLOCK.sub("", text[:4_200], count=1))[0] if text[:1] != "#" else text
    if heading:
        text = re.sub(r"\([^()\n]{0,80}\)", "", text[:300]).strip()
    match = _SPEAKER.match(text[:4_200] + (":" if heading and ":" not in text else ""))
    if match is None:
        return None
    name = normal(match[1])
    if name in _PEOPLE or name == person:
        return True, (match[2] or "").strip()
    if name in _MACHINES:
        return False, (match[2] or "").strip()
    return None
