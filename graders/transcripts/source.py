"""A source: the text of one file, as lines, as JSON records or as one JSON document, whichever an importer asks for."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graders.decoding import decode

FILE_LIMIT = 50 * 1024 * 1024
"""Bytes of one file; nothing is read of a larger one."""
LINE_LIMIT = 2_000_000
"""Characters of one JSON line; a longer one is counted as not readable."""
LINES = 400_000
DEPTH = 100
"""Brackets that may stand inside one another before a text is not handed to the JSON parser."""
TOKENS = 1_500_000
"""Brackets and texts of one document that are gone through; a transcript of that many would be far above any limit."""
_SAMPLE = 60
_MARKS = (
    *('"messages"', '"role"', '"requests"', '"mapping"', '"chat_messages"', '"history"', '"say"', '"ask"', '"files"'),
    *('"files_in_context"', '"chunks"', '"sessionID"', '"messageID"', '"directory"', '"type"', '"chatMessages"'),
    *('"messageId"', '"items"'),
)
"""Names of which every known document holds one: other JSON is not parsed here."""
_TOKEN = re.compile(r'[\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""Brackets, and whole strings (an unclosed one up to the end, so that no position is tried twice)."""


class Located(dict[str, Any]):
    """A JSON object of a document that knows the line on which it starts."""

    __slots__ = ("line",)
    line: int


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a JSON Lines file; `data` is None when it is not a JSON object."""

    line: int
    data: dict[str, Any] | None


class Source:
    """A text and where it comes from. Everything is computed when it is first asked for."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.cut = False

    @cached_property
    def head(self) -> str:
        """The first 20,000 characters, for recognising a format."""
        return self.text[:20_000]

    @cached_property
    def lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def sample(self) -> tuple[dict[str, Any], ...]:
        """The first objects of a JSON Lines file, for recognising its format; () for every other file."""
        found: list[dict[str, Any]] = []
        if not self._has_records:
            return ()
        for tried, record in enumerate(self.records()):
            if record.data is not None:
                found.append(record.data)
            if len(found) >= _SAMPLE or tried >= (400 if found else 100):
                break
        return tuple(found)

    @cached_property
    def _has_records(self) -> bool:
        """Whether lines are objects of their own, and not lines inside one document that spans many."""
        start = [line.strip() for line in self.head.split("\n") if line.strip()][:5]
        first = next(self.records(), None)
        if first is None or first.data is not None:
            return first is not None
        if start and start[0][0] == "{":
            # The first line may be broken, or be the start of a document; a document that is whole says so.
            return self.document is None or self.cut
        # Of a file whose beginning is missing, the first line is the rest of a record.
        return len(start) > 1 and all(line[0] == "{" and line[-1] == "}" for line in start[1:-1] or start[1:])

    def records(self) -> Iterator[Record]:
        """Every line that is not blank, read as a JSON object, one after the other."""
        start, line = 0, 1
        while start < len(self.text) and line <= LINES:
            end = self.text.find("\n", start)
            end = len(self.text) if end < 0 else end
            piece = self.text[start:end].strip()
            if len(piece) > LINE_LIMIT:
                piece = _without_pictures(piece)
            if piece:
                value = load(piece) if piece[0] == "{" and len(piece) <= LINE_LIMIT else None
                yield Record(line, value if isinstance(value, dict) else None)
            start, line = end + 1, line + 1

    @cached_property
    def document(self) -> Any:
        """The one JSON value that the whole file is; None when it is none.

        Objects in it know their line. Of a document that ends in the middle the part before is read, and `cut` is set.
        """
        begin = len(self.text) - len(self.text.lstrip())
        if self.text[begin : begin + 1] not in ("{", "[") or not any(mark in self.text for mark in _MARKS):
            return None
        scanned = _scan(self.text, begin)
        if scanned is None:
            return None
        body, opened, self.cut = scanned
        breaks = [match.start() for match in re.finditer("\n", self.text)]
        turn = iter(opened)

        def located(data: dict[str, Any]) -> Located:
            # Objects come in the order of their closing brackets, and so do the places where they open.
            known = Located(data)
            known.line = bisect_right(breaks, next(turn)) + 1
            return known

        try:
            return json.loads(body, object_hook=located)
        except (ValueError, RecursionError, StopIteration):
            self.cut = False
            return None


def open_source(path: str, content: bytes) -> Source | None:
    """The text of a file's bytes, whatever its encoding; None for binary data and for what is too large."""
    if not content or len(content) > FILE_LIMIT:
        return None
    decoded = decode(content)
    return None if decoded.binary or not decoded.text.strip() else Source(path, decoded.text)


def _without_pictures(line: str) -> str:
    """A long line with the middle of its longest texts taken out: a picture that was pasted is one text, and no words.

    A text with a backslash in it is left alone: it may be one of several pieces, and holds words.
    """
    pieces = line.split('"')
    return '"'.join(piece[:64] if len(piece) > 20_000 and "\\" not in piece else piece for piece in pieces)


def line_of(data: Any, otherwise: int) -> int:
    """Where an object of a document starts; `otherwise` for an object that does not know."""
    return data.line if isinstance(data, Located) else otherwise


def load(text: str) -> Any:
    """A JSON value; None for what is none, and for what is nested too deep."""
    if text.count("[") + text.count("{") > DEPTH and _scan(text, 0) is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _scan(text: str, begin: int) -> tuple[str, list[int], bool] | None:
    """The text of one JSON value, where its objects open (in the order in which they close), and whether it was cut.

    None when the brackets do not fit, are too deep, or more follows after the value.
    """
    stack: list[tuple[str, int]] = []
    opened: list[int] = []
    last = 0
    for count, match in enumerate(_TOKEN.finditer(text, begin)):
        sign = match[0][0]
        if count > TOKENS:
            return None
        if sign == '"':
            continue
        if sign in "{[":
            stack.append((sign, match.start()))
            if len(stack) > DEPTH:
                return None
            continue
        if not stack or stack[-1][0] != ("{" if sign == "}" else "["):
            return None
        start = stack.pop()[1]
        last = match.end()
        if sign == "}":
            opened.append(start)
        if not stack:
            return None if text[last:].strip() else (text, opened, False)
    if not last:
        return None
    # It ends in the middle: what stands up to the last closed bracket is kept, and what is open there is closed.
    left = [(sign, start) for sign, start in reversed(stack) if start < last]
    opened.extend(start for sign, start in left if sign == "{")
    return text[:last] + "".join("}" if sign == "{" else "]" for sign, _ in left), opened, True
