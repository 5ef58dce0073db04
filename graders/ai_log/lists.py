"""Entries as dated bullets or dated headings, without labels: each is an entry whose parts a person has to read out."""

from __future__ import annotations

import re

from graders.ai_log.entry import Entry, Part, make, time_in
from graders.markdown import Page, plain

_BULLET = re.compile(r"^ {0,3}(?:[-*+•]|\d{1,3}[.)])\s{1,4}(.{1,4000})$")
_DATED_FIRST = 24
"""Characters into an item within which its date stands; a date further on is part of the text."""


def read_dated(page: Page, path: str) -> tuple[Entry, ...]:
    """The dated items of a page, or its dated headings; () when there are fewer than two of a kind."""
    bullets: list[tuple[int, list[str]]] = []
    headings: list[tuple[int, list[str]]] = []
    current: list[str] | None = None
    for line in page.lines:
        bullet = _BULLET.match(line.text) if not line.opaque and not line.level else None
        if line.level:
            current = None
            if _dated(line.text):
                current = [line.text]
                headings.append((line.number, current))
        elif bullet and _dated(bullet[1]):
            current = [bullet[1]]
            bullets.append((line.number, current))
        elif current is not None and line.text.strip():
            current.append(line.text.strip())
    found = bullets if len(bullets) >= 2 else headings
    if len(found) < 2:
        return ()
    return tuple(
        make(plain(lines[0])[:160], path, line, {"text": Part("\n".join(lines), line)}) for line, lines in found
    )


def _dated(text: str) -> bool:
    when = time_in(plain(text))
    return when is not None and plain(text).find(when) <= _DATED_FIRST
