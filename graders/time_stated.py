"""Stated times: sentences in which somebody says how long the work took, read as minutes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graders.markdown import read_page

_TIME = re.compile(
    r"(?i)\b(?:time[ -]?(?:spent|box(?:ed)?|taken|used|log|tracking|budget)?|spent|took|taken|worked|total|hours|"
    r"effort|stopped|"
    r"tiempo|horas|затрачено|заняло|времени|süre|harcanan|소요|시간)\b"
)
_SPENT = re.compile(
    r"(?i)\b(?:spent|took|taken|total|actual(?:ly)?|stopped|worked|used|затрач\w*|заняло|harcan\w*)\b|소요"
)
_NUMBERS: dict[str, float] = dict(
    (
        *(("one", 1), ("two", 2), ("three", 3), ("four", 4), ("five", 5), ("six", 6), ("seven", 7), ("eight", 8)),
        *(("nine", 9), ("ten", 10), ("a", 1), ("an", 1), ("half an", 0.5)),
    )
)
_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_HOUR = r"(?:h|hrs?|hours?|horas?|часа?|часов|saat|시간)"
_MINUTE = r"(?:m|mins?|minutes?|minutos?|минут|dakika|분)"
_AMOUNT = re.compile(
    rf"(?i)(?<![\w.:/-])(?:"
    rf"(?P<decimal>\d{{1,2}}[.,]\d{{1,2}})\s?{_HOUR}|"
    rf"(?P<part>\d{{1,2}}(?:[.,]\d)?)\s?{_HOUR}?\s(?:out )?of (?:the |my )?\d{{1,2}}\s?{_HOUR}|"
    rf"(?P<hours>\d{{1,2}})\s?{_HOUR}(?:\s?(?:and |y |и )?(?P<rest>\d{{1,2}})(?:\s?{_MINUTE})?)?|"
    rf"(?P<minutes>\d{{1,3}})\s?{_MINUTE}|"
    rf"(?P<clock_hours>\d{{1,2}}):(?P<clock_minutes>[0-5]\d)(?:\s?{_HOUR})?|"
    rf"(?P<word>{_WORDS})(?P<half> and a half)? hours?(?P<half_after> and a half)?"
    rf")(?!\w)"
)
_LONGEST = 600


@dataclass(frozen=True, slots=True)
class Stated:
    """Minutes, as the quoted line states them. `spent`: it speaks of time spent, and not only of time given."""

    minutes: int
    text: str
    path: str
    line: int
    spent: bool


def times_stated(path: str, text: str, written: Iterable[tuple[int, str]]) -> tuple[Stated, ...]:
    """The stated times in a document; only in the lines `written` (number, line) by the candidate."""
    headings = {line.number: line.text for line in read_page(text).lines if line.level and not line.opaque}
    numbers = sorted(headings)
    found: list[Stated] = []
    at = 0
    heading = ""
    for number, line in written:
        while at < len(numbers) and numbers[at] <= number:
            heading = headings[numbers[at]]
            at += 1
        under = bool(_TIME.search(heading[:200]))
        if len(line) > _LONGEST or not (under or _TIME.search(line)):
            continue
        match = _AMOUNT.search(line)
        if match and len(found) < 20:
            found.append(Stated(_minutes(match), line.strip()[:300], path, number, under or bool(_SPENT.search(line))))
    return tuple(found)


def _minutes(match: re.Match[str]) -> int:
    said = match.groupdict()
    if said["decimal"] or said["part"]:
        return round(float((said["decimal"] or said["part"]).replace(",", ".")) * 60)
    if said["minutes"]:
        return int(said["minutes"])
    if said["clock_hours"]:
        return int(said["clock_hours"]) * 60 + int(said["clock_minutes"])
    if said["word"]:
        half = 0.5 if said["half"] or said["half_after"] else 0
        return round((_NUMBERS[said["word"].casefold()] + half) * 60)
    return int(said["hours"]) * 60 + int(said["rest"] or 0)
