"""Chats: a conversation with names in front of what each side said. Every turn of the person is an entry's prompt."""

from __future__ import annotations

import re

from graders.ai_log.entry import Entry, Part, make
from graders.labels import listed, normal
from graders.markdown import Page

_PEOPLE = listed(
    "user, human, me, you, i, candidate, you said, developer, prompt from user, usuario, yo, humano, "
    "пользователь, я, человек, kullanıcı, ben, insan, 사용자, 나, 유저"
)
_MACHINES = listed(
    "assistant, ai, model, bot, chatgpt, gpt, gpt-4, gpt-4o, gpt-5, claude, claude code, cursor, copilot, "
    "github copilot, gemini, codex, agent, llm, chatgpt said, asistente, ia, ассистент, ии, модель, asistan, "
    "yapay zeka, 어시스턴트, 챗지피티, 클로드, 인공지능"
)
_SPEAKER = re.compile(
    r"^[\s>#_*-]{0,12}([^\W\d_][^:：*_\n(]{0,30}?)\s?(?:\([^()\n]{0,80}\))?\s?(?:[*_]{1,4}[:：]?|[:：][*_]{0,4})[*_]{0,4}(?:\s(.*))?$"
)
_AIDER = re.compile(r"^#### (.{1,4000})$")
_AIDER_START = "# aider chat started at"


def read_chat(page: Page, path: str) -> tuple[Entry, ...]:
    """The person's turns; () unless both sides speak, and the person at least once."""
    turns = _turns(page)
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
    for line in page.lines:
        if aider:
            person = line.level == 4
            if line.level == 1:
                turns.append((False, line.number, []))
            elif person and turns and turns[-1][0]:
                turns[-1][2].append(line.text)
            elif person:
                turns.append((True, line.number, [line.text]))
            elif turns and turns[-1][0] and line.text.strip():
                turns.append((False, line.number, [line.text]))
            continue
        speaker = None if line.opaque else _speaker(line.text, heading=bool(line.level))
        if speaker is not None:
            turns.append((speaker[0], line.number, [speaker[1]] if speaker[1] else []))
        elif turns:
            turns[-1][2].append(line.text)
    return turns


def _speaker(text: str, *, heading: bool) -> tuple[bool, str] | None:
    match = _SPEAKER.match(text[:4_200] + (":" if heading and ":" not in text else ""))
    if match is None:
        return None
    name = normal(match[1])
    if name in _PEOPLE:
        return True, (match[2] or "").strip()
    if name in _MACHINES:
        return False, (match[2] or "").strip()
    return None
