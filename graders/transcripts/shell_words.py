"""Shell words: a command line cut into its simple commands, with quotes, comments and here-documents in mind."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN = re.compile(r"[^'\"\\\s;&|()#]+")
LIMIT = 4_000
"""Characters of a command line that are looked at."""
_HEREDOC = re.compile(r"<<-?\s{0,4}(['\"]?)([A-Za-z_][\w.-]{0,60})\1")
_OPERATORS = ("&&", "||", ";;", "|&", ";", "|", "&", "\n", "(", ")")


@dataclass(frozen=True, slots=True)
class Simple:
    """One simple command: its words, and the operator behind it ("" at the end)."""

    words: tuple[str, ...]
    then: str


def simple_commands(command: str) -> tuple[Simple, ...]:
    """The simple commands of a command line, in order. Whatever the text is, it is cut somehow."""
    text = _without_heredocs(command[:LIMIT].replace("\\\n", " "))
    found: list[Simple] = []
    words: list[str] = []
    word: list[str] | None = None
    place = 0
    while place < len(text):
        sign = text[place]
        if sign in "'\"":
            end = _closing(text, place)
            word = [*(word or []), text[place + 1 : end]]
            place = end + 1
            continue
        if sign == "\\" and place + 1 < len(text):
            word = [*(word or []), text[place + 1]]
            place += 2
            continue
        if sign == "#" and word is None:
            end = text.find("\n", place)
            place = len(text) if end < 0 else end
            continue
        operator = None
        if sign in ";|&\n()":
            operator = next((mark for mark in _OPERATORS if text.startswith(mark, place)), None)
        if operator == "&" and (text[place - 1 : place] == ">" or text[place + 1 : place + 2] == ">"):
            operator = None  # 2>&1 and &> are no operators between commands
        if operator or sign.isspace():
            if word is not None:
                words.append("".join(word))
                word = None
            if operator and words:
                found.append(Simple(tuple(words), ";" if operator in ("\n", "(", ")") else operator))
                words = []
            place += len(operator or sign)
            continue
        plain = _PLAIN.match(text, place + 1)
        end = plain.end() if plain else place + 1
        word = [*(word or []), text[place:end]]
        place = end
    if word is not None:
        words.append("".join(word))
    if words:
        found.append(Simple(tuple(words), ""))
    return tuple(found)


def _closing(text: str, place: int) -> int:
    """Where the quote that opens here ends; the end of the text when nothing closes it."""
    quote = text[place]
    at = place + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" and quote == '"' else 1
    return min(at, len(text))


def _without_heredocs(text: str) -> str:
    """The text without the bodies of here-documents: they are data, however much they look like commands."""
    if "<<" not in text:
        return text
    kept: list[str] = []
    waiting: str | None = None
    for line in text.split("\n"):
        if waiting is not None:
            waiting = None if line.strip() == waiting else waiting
            continue
        mark = _HEREDOC.search(line)
        kept.append(_HEREDOC.sub(" ", line))
        waiting = mark[2] if mark else None
    return "\n".join(kept)
