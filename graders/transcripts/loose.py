"""Loose: records that do not stand one a line (a list of them, each over many lines, a document without its head)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graders.transcripts.fields import objects
from graders.transcripts.source import DEPTH, TOKENS, Source

DOCUMENTS = 20
"""Documents in one file that are read one by one."""
_TOKEN = re.compile(r'[\[\]{}]|"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?')
"""Brackets and texts; a text ends with its line at the latest, so that one that was cut upsets nothing behind it."""
_START = re.compile(r'\{\s{0,200}"')
_SHARE = 0.6
"""Part of the text that must lie in whole values: less is no JSON that was torn apart."""


def listed(source: Source) -> Source | None:
    """The records of a list, each on the line where it starts; None for a text that is no list of a tool's records."""
    start = len(source.text) - len(source.text.lstrip())
    if source.text[start : start + 1] != "[" or source.sample:
        return None
    shown = objects(source.document)[:20]
    if not any(isinstance(one.get(key), dict) for one in shown for key in ("message", "payload", "data")):
        return None
    return _on_lines(source, start + 1)


def torn(source: Source) -> Source | None:
    """The records of a text in which they span lines, or whose head is missing; None when it is no such text."""
    if source.sample or source.document is not None:
        return None
    start = len(source.text) - len(source.text.lstrip())
    if source.text[start : start + 1] not in ("{", "["):
        first = _START.search(source.text, 0, 200_000)
        if first is None:
            return None
        start = first.start()
    return _on_lines(source, start)


def documents(source: Source) -> list[Source]:
    """The documents of a text that holds several, each at its own lines; [] when it holds one or none."""
    text = source.text
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] not in ("{", "[") or source.sample or source.document is not None:
        return []
    found = []
    for begin, end in _values(text, start):
        found.append(Source(source.path, "\n" * text.count("\n", 0, begin) + text[begin:end]))
        if len(found) > DOCUMENTS:
            return []
    return found if len(found) > 1 else []


def _on_lines(source: Source, start: int) -> Source | None:
    text = source.text
    pieces: list[str] = []
    at, inside = start, 0
    line, written = 1 + text.count("\n", 0, start), 1
    for begin, end in _values(text, start):
        line += text.count("\n", at, begin)
        wanted = max(line, written + 1) if pieces else line
        pieces += ["\n" * (wanted - written), text[begin:end].replace("\n", " ")]
        written = wanted
        line += text.count("\n", begin, end)
        at, inside = end, inside + end - begin
    if not pieces or inside < _SHARE * len(text):
        return None
    return Source(source.path, "".join(pieces) + "\n")


def _values(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Where whole objects (or lists) begin and end that no other one holds; brackets without a partner are skipped."""
    depth = begin = 0
    for count, match in enumerate(_TOKEN.finditer(text, start)):
        sign = match[0][0]
        if count > TOKENS or depth > DEPTH:
            return
        if sign in "{[":
            begin = match.start() if not depth else begin
            depth += 1
        elif sign in "}]" and depth:
            depth -= 1
            if not depth:
                yield begin, match.end()
