"""The time of an entry, read with the page around it: a day stands in a heading, a clock time below it."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from datetime import date
from functools import cached_property

from graders.ai_log.document import Document
from graders.ai_log.entry import PARTS, Entry
from graders.ai_log.timeline_words import Written, written

LINES = 60_000
"""Lines of a document in which a day is looked for."""
_DIGIT = re.compile(r"\d")


class Page:
    """A document's lines, and the days that its headings and short lines name. Read once, when first asked for."""

    def __init__(self, document: Document, year: int | None) -> None:
        self._document = document
        self._year = year

    @cached_property
    def lines(self) -> list[str]:
        return self._document.text.split("\n", LINES)[:LINES]

    @cached_property
    def _days(self) -> list[tuple[int, date]]:
        found = []
        for number, line in enumerate(self.lines, start=1):
            short = line.strip()
            if 0 < len(short) <= 80 and _DIGIT.search(short):
                at = written(short, None, self._year)
                if at is not None and at.clock is None:
                    found.append((number, at.day))
        return found

    def day_above(self, line: int) -> date | None:
        """The day that the nearest such line names, at `line` or above it."""
        at = bisect_right(self._days, line, key=lambda one: one[0])
        return self._days[at - 1][1] if at else None


def time_of(entry: Entry, year: int | None, page: Page | None) -> Written | None:
    """The time of an entry: its own, or a clock time in its first lines with the day of a heading above it."""
    # No year is guessed for a title, which is not said to be a time.
    found = written(entry.title) if entry.when is None else written(entry.when, None, year)
    if page is None or (found is not None and found.clock is not None):
        return found
    day = found.day if found else page.day_above(max(entry.line, 1))
    if day is None:
        return found
    if entry.when is not None and found is None:
        return written(entry.when, day, year)
    first = min((part.line for name, part in entry.parts.items() if name in PARTS), default=entry.line)
    for line in page.lines[max(entry.line, 1) - 1 : first - 1][:20]:
        if line.lstrip().startswith(("#", "**")) and (at := written(line, day, year)) and at.clock is not None:
            return replace(at, swapped=found.swapped if found else None)
    return found
