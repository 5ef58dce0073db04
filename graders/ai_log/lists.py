"""Entries as dated bullets or dated headings, without labels: each is an entry whose parts a person has to read out."""

from __future__ import annotations

import re
from itertools import islice

from graders.ai_log.entry import DAY_AND_MONTH, PARTS, WEEKDAYS, Entry, Part, make, time_in
from graders.ai_log.words import LABELS
from graders.markdown import Page, plain

_BULLET = re.compile(r"^ {0,3}(?:[-*+•]|\d{1,3}[.)])\s{1,4}(.{1,4000})$")
_DAY = re.compile(
    r"(?i)^[\W_]{0,6}(?:(?:day|tag|día|dia|день|gün|jour)\s{0,2}#?\d{1,3}\b|\d{1,2}일차|\d{1,2}\. ?gün\b|"
    rf"(?:{WEEKDAYS})\b|(?:{WEEKDAYS})?[,.]?\s{{0,2}}(?:{DAY_AND_MONTH})|\d{{1,2}}[./]\d{{1,2}}\.?(?=[\s,:)—–-]|$)|"
    r"\d{1,2}:\d\d\b|\d{1,2}월 ?\d{1,2}일)"
)
"""A day without its year, or a time alone, in front of an item: "Day 2", "Mon 2 June", "10:40"."""
_ASKED = re.compile(
    r"(?i)(?:i )?(?:also )?(?:asked|prompted|requested|told)\b|(?:le )?pedí\b|попросила?\b|спросила?\b|"
    r"[“\"«„][^“”\"«»„\n]{6,2000}[”\"»“]\s{0,3}(?=$|->|→|=>|—|–|-)"
)
_ARROW = re.compile(r"\s{1,3}(?:->|→|=>|—|–|-)\s{1,3}")
_OUTCOME = re.compile(
    r"(?i)[\W_]{0,4}(?:i )?(?:used|kept|took|taken|accepted|adapted|adopted|changed|edited|modified|fixed|rewrote|"
    r"rewritten|rejected|discarded|dropped|threw|ignored|not used|did not use|didn['’]t use|had to|as is|fine as is|"
    r"merged|replaced|"
    r"usé|acept|cambi|rechac|descart|взял|принял|исправил|переписал|отклонил|выкинул|оставил)"
)
"""How it goes on when it tells what became of the answer."""
_FIELDS = 8
"""Pieces that an announced order can have."""
_ARROWS = 20
"""Arrows and dashes of an item behind which its outcome is looked for."""
_FIRST = re.compile(r"^(?:\*\*(?=[^*\n]{3,40}\*\*)|(?:19|20)\d\d[-./]\d\d[-./]\d\d\b)")
"""How a paragraph begins that its date announces: the date in bold, or written with all its digits."""
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
        elif not line.opaque and _FIRST.match(line.text[:60]) and _dated(line.text[:80]):
            current = [line.text]
            bullets.append((line.number, current))
        elif current is not None and line.text.strip():
            current.append(line.text.strip())
    found = bullets if len(bullets) >= 2 else headings
    if len(found) < 2:
        return ()
    return tuple(
        make(plain(lines[0])[:160], path, line, {"text": Part("\n".join(lines), line)}) for line, lines in found
    )


def read_rows(page: Page, path: str) -> tuple[Entry, ...]:
    """Items in the order that the page announces with arrows ("prompt → what I changed → how I checked")."""
    fields: list[str | None] = []
    entries: list[Entry] = []
    for line in page.lines:
        if line.opaque or line.level or not _ARROW.search(line.text[:2_000]):
            continue
        pieces = _ARROW.split(plain(line.text[:4_000]))
        if not 2 <= len(pieces) <= _FIELDS:
            continue
        if not fields:
            head = pieces[0].rpartition(":")[2]
            named = [LABELS.field(piece.strip(" .*_`()")) for piece in (head, *pieces[1:])]
            fields = named if len(set(named) & set(PARTS)) >= 2 and None not in named else []
        elif len(pieces) == len(fields) and (item := _BULLET.match(line.text)):
            texts = [_ARROW.split(plain(item[1]))[0], *pieces[1:]]
            written = {name: Part(text.strip(), line.number) for name, text in zip(fields, texts, strict=True) if name}
            entries.append(make(texts[0][:160], path, line.number, written))
    return tuple(entries) if len(entries) >= 2 else ()


def read_asked(page: Page, path: str) -> tuple[Entry, ...]:
    """Items that tell what was asked and, behind an arrow or a dash, what came of it; () for fewer than two."""
    bullets = ((line.number, _BULLET.match(line.text)) for line in page.lines if not line.opaque and not line.level)
    items = [(number, plain(bullet[1])) for number, bullet in bullets if bullet]
    told = [(number, text, match) for number, text in items if (match := _ASKED.match(text))]
    if len(told) < 2 or len(told) * 2 < len(items):
        return ()
    entries = []
    for number, text, match in told:
        arrows = islice(_ARROW.finditer(text, max(0, match.end() - 3)), _ARROWS)
        arrow = next((arrow for arrow in arrows if _OUTCOME.match(text, arrow.end())), None)
        written = {"prompt": Part(text[: arrow.start() if arrow else None].strip(), number)}
        if arrow:
            written["correction"] = Part(text[arrow.end() :].strip(), number)
        entries.append(make(text[:160], path, number, written))
    return tuple(entries)


def _dated(text: str) -> bool:
    bare = plain(text)
    when = time_in(bare)
    if when is not None:
        return bare.find(when) <= _DATED_FIRST
    return bool(_DAY.match(bare))
