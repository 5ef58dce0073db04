"""Markdown as lines: which are headings, which stand in a code fence, which tables there are; each with its number.

A scanner of lines, and no full parser: it is linear on hostile input, it keeps every line's number, and it can
mend what people get wrong (a fence that is never closed does not swallow the rest of the document).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

_FENCE = re.compile(r"^[\s>]{0,40}(?:[-*+]\s{1,4})?(`{3,20}|~{3,20})([^`]{0,200})$")
_FENCE_LONGEST = 20
_FENCES_TRIED = 61
"""Marks of fences up to which it is tried out which one was left open."""
_STRUCTURE = re.compile(
    r"^(?: {0,3}#{1,6}\s+\S|\s{0,6}(?:[-*+]\s{1,3})?\*\*[^*\n]{1,60}(?::\*\*|\*\*\s?:|\*\*\s{0,4}$))"
)
"""Lines that give a page its structure: headings, and labels in bold."""
_HEADING = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+|(?<=##)(?=[^#\s]))(.*)$")
_UNDERLINE = re.compile(r"^ {0,3}(={3,200}|-{3,200}) {0,20}$")
_RULE = re.compile(r"^ {0,3}(?:-[ -]{2,80}|\*[ *]{2,80}|_[ _]{2,80})$")
_DELIMITER = re.compile(r"^:?-{1,100}:?$")
_LONGEST_LINE = 100_000
"""Characters of a line that are looked at; what lies beyond is neither heading nor label nor table."""
FRONT_MATTER_LINES = 60
TABLE_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number (from 1). `level` is 1 to 6 for a heading, whose `text` is then its title.

    `opaque` lines stand in a fence or in front matter: no heading, no label, no table.
    """

    number: int
    text: str
    level: int = 0
    opaque: bool = False

    @property
    def rule(self) -> bool:
        """Whether it is a line drawn across the page."""
        return not self.opaque and bool(_RULE.match(self.text))


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the header's cells, and its rows with their line numbers."""

    line: int
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A document's lines. `open_fence` is the line of a fence that is never closed, else 0."""

    lines: tuple[Line, ...]
    open_fence: int = 0


def read_page(text: str) -> Page:
    """Read a text as Markdown. Comments are left out; their lines stay, empty."""
    raw = [line[:_LONGEST_LINE] for line in text.split("\n")]
    opaque, open_fence = _fences(raw)
    shown = _without_comments(raw, opaque)
    front = _front_matter(raw)
    lines: list[Line] = []
    for number, content in enumerate(shown, start=1):
        if number <= front or opaque[number - 1]:
            lines.append(Line(number, content, opaque=True))
            continue
        heading = _HEADING.match(content)
        if heading:
            lines.append(Line(number, heading[2].strip().rstrip("#").strip(), level=len(heading[1])))
            continue
        underline = _UNDERLINE.match(content)
        if underline and lines and _underlined(lines):
            above = lines[-1]
            lines[-1] = Line(above.number, above.text.strip(), level=1 if underline[1][0] == "=" else 2)
            lines.append(Line(number, ""))
            continue
        lines.append(Line(number, content))
    return Page(tuple(lines), open_fence)


def tables(page: Page) -> tuple[Table, ...]:
    """The tables of a page, in order."""
    found: list[Table] = []
    index = 0
    lines = page.lines
    while index + 1 < len(lines):
        header = _cells(lines[index])
        if header is None or not _is_delimiter(_cells(lines[index + 1])):
            index += 1
            continue
        rows: list[tuple[int, tuple[str, ...]]] = []
        at = index + 2
        while at < len(lines) and len(rows) < TABLE_ROWS:
            cells = _cells(lines[at])
            if cells is None:
                break
            rows.append((lines[at].number, cells))
            at += 1
        found.append(Table(lines[index].number, header, tuple(rows)))
        index = at
    return tuple(found)


def plain(text: str) -> str:
    """A title or cell without its marks of emphasis, links reduced to their words."""
    text = re.sub(r"\[([^\[\]]{0,200})\]\([^()\s]{0,500}\)", r"\1", text[:2_000])
    return re.sub(r"[*`]{1,10}|(?<!\w)_{1,3}|_{1,3}(?!\w)", "", text).strip()


def _fences(raw: list[str]) -> tuple[list[bool], int]:
    """Which lines stand in a fence. A fence that is never closed is taken for plain text; its line is returned."""
    opaque, open_fence = _fenced(raw, -1)
    if open_fence:
        ignored = _forgotten(raw)
        if ignored >= 0:
            opaque, left = _fenced(raw, ignored)
            return opaque, ignored + 1 if not left else open_fence
    return opaque, open_fence


def _fenced(raw: list[str], ignored: int) -> tuple[list[bool], int]:
    """The same, with one line (by its index) that is not read as the start or end of a fence."""
    opaque = [False] * len(raw)
    closers = _closers(raw, ignored)
    index = 0
    open_fence = 0
    while index < len(raw):
        opening = _FENCE.match(raw[index]) if "```" in raw[index] or "~~~" in raw[index] else None
        if opening is None or index == ignored:
            index += 1
            continue
        end = _closing(closers, opening[1], index)
        if end < 0:
            open_fence = open_fence or index + 1
            index += 1
            continue
        for at in range(index, end + 1):
            opaque[at] = True
        index = end + 1
    return opaque, open_fence


def _forgotten(raw: list[str]) -> int:
    """The index of the fence that somebody forgot to close, when the later ones tell; -1 for the last one.

    Without its end every later fence turns inside out and swallows headings and labels: the reading that swallows the
    fewest is taken.
    """
    marks = [index for index, line in enumerate(raw) if ("```" in line or "~~~" in line) and _FENCE.match(line)]
    if not 3 <= len(marks) <= _FENCES_TRIED or len(marks) % 2 == 0:
        return -1
    held = [0]
    for line in raw:
        held.append(held[-1] + bool(_STRUCTURE.match(line[:200])))
    matches = [_FENCE.match(raw[index]) for index in marks]
    kinds = [(match[1], bool(match[2].strip())) if match else ("", True) for match in matches]
    best, fewest = -1, _swallowed(marks, kinds, held, -1)
    for ignored in range(len(marks)):
        count = _swallowed(marks, kinds, held, ignored)
        if count < fewest:
            best, fewest = marks[ignored], count
    return best


def _swallowed(marks: list[int], kinds: list[tuple[str, bool]], held: list[int], ignored: int) -> int:
    """How many headings and labels stand in fences, when one mark is not read as one."""
    count = 0
    at = 0
    while at < len(marks):
        mark, _ = kinds[at]
        end = at + 1
        while end < len(marks) and (
            end == ignored or kinds[end][1] or kinds[end][0][:1] != mark[:1] or len(kinds[end][0]) < len(mark)
        ):
            end += 1
        if at == ignored or end >= len(marks):
            at += 1
            continue
        count += held[marks[end]] - held[marks[at] + 1]
        at = end + 1
    return count


def _closers(raw: list[str], ignored: int) -> dict[str, list[int]]:
    """The lines that can close a fence, by what they consist of (three to twenty marks)."""
    found: dict[str, list[int]] = {}
    for index, line in enumerate(raw):
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if match and index != ignored and not match[2].strip():
            found.setdefault(match[1], []).append(index)
    return found


def _closing(closers: dict[str, list[int]], mark: str, opened: int) -> int:
    """The first line after `opened` that closes a fence of this mark: the same sign, at least as often; -1 if none."""
    nearest = -1
    for length in range(len(mark), _FENCE_LONGEST + 1):
        places = closers.get(mark[0] * length, [])
        at = bisect_right(places, opened)
        if at < len(places) and (nearest < 0 or places[at] < nearest):
            nearest = places[at]
    return nearest


def _without_comments(raw: list[str], opaque: list[bool]) -> list[str]:
    """The lines without `<!-- ... -->`; a comment that is never closed stays as text."""
    ends = [index for index, line in enumerate(raw) if "-->" in line and not opaque[index]]
    last_end = ends[-1] if ends else -1
    shown: list[str] = []
    inside = False
    for index, line in enumerate(raw):
        if opaque[index] and not inside:
            shown.append(line)
            continue
        kept: list[str] = []
        rest = line
        while rest:
            if inside:
                _, closed, rest = rest.partition("-->")
                inside = not closed
                continue
            before, opened, after = rest.partition("<!--")
            kept.append(before)
            if opened and "-->" not in after and index >= last_end:
                kept.append(opened + after)
                break
            inside = bool(opened)
            rest = after
        shown.append("".join(kept))
    return shown


def _front_matter(raw: list[str]) -> int:
    """How many lines a leading `---` or `+++` block takes; 0 without one."""
    if not raw or raw[0].strip() not in ("---", "+++"):
        return 0
    for index in range(1, min(len(raw), FRONT_MATTER_LINES)):
        if raw[index].strip() == raw[0].strip():
            return index + 1
    return 0


def _underlined(lines: list[Line]) -> bool:
    """Whether the last line can be a heading that an underline makes: short, and alone."""
    last = lines[-1]
    if last.level or last.opaque or not last.text.strip() or len(last.text) > 100 or "|" in last.text:
        return False
    if last.text.lstrip()[:1] in (">", "-", "*", "+", "#") and not last.text.lstrip().startswith("**"):
        return False
    return len(lines) == 1 or not lines[-2].text.strip()


def _cells(line: Line) -> tuple[str, ...] | None:
    """The cells of a table row, None for a line that is none. A bar behind a backslash or in code is text."""
    text = line.text.strip()
    if line.opaque or line.level or "|" not in text:
        return None
    cells: list[str] = []
    cell: list[str] = []
    in_code = False
    escaped = False
    code_left = text.count("`")
    for letter in text:
        if letter == "`":
            code_left -= 1
            in_code = not in_code and code_left > 0
        if letter == "|" and not escaped and not in_code:
            cells.append("".join(cell).strip())
            cell = []
        else:
            cell.append(letter)
        escaped = letter == "\\" and not escaped
    cells.append("".join(cell).strip())
    if text.startswith("|"):
        cells = cells[1:]
    if cells and not cells[-1] and text.endswith("|"):
        cells = cells[:-1]
    return tuple(cells[:30]) or None


def _is_delimiter(cells: tuple[str, ...] | None) -> bool:
    return bool(cells) and all(_DELIMITER.match(cell) for cell in cells or ())
