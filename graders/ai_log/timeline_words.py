"""Times as people write them: ISO, D/M/YYYY or M/D/YYYY, month names in five languages, 12-hour clocks, time alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

_LIMIT = 200
_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        *("jan ene янв oca", "feb fev fév фев şub", "mar mär мар", "apr abr avr апр nis", "may mai мая май"),
        *("jun juin июн haz", "jul juil июл tem", "aug ago aoû авг ağu", "sep сен eyl", "oct okt окт eki"),
        *("nov ноя kas", "dec dic déc dez дек ara"),
    ),
    start=1,
):
    _MONTHS.update(dict.fromkeys(_names.split(), _number))
_ZONES = {"z": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180, "msk": 180}
_ZONES |= {"trt": 180, "ist": 330, "kst": 540, "jst": 540, "est": -300, "edt": -240, "cst": -360, "cdt": -300}
_ZONES |= {"mst": -420, "mdt": -360, "pst": -480, "pdt": -420}
_YEAR_FIRST = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:[-/.]|년 ?)(\d{1,2})(?:[-/.]|월 ?)(\d{1,2})(?!\d)")
_YEAR_LAST = re.compile(r"(?<![\d.])(\d{1,2})([-/.])(\d{1,2})\2((?:19|20)?\d\d)(?![\d])")
_NO_YEAR = re.compile(r"\s*(\d{1,2})/(\d{1,2})(?=\s*$|[ ,]{1,3}\d{1,2}[:h.])")
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)T(\d\d)(\d\d)")
_DOTTED = re.compile(r"^[ ,]{1,4}(\d{1,2})\.(\d\d)(?![\d.])")
"""9.40, a clock time where it stands right after a date."""
_DAY_MONTH = re.compile(
    r"(?i)(?<!\d)(\d{1,2})(?:st|nd|rd|th)?\.?(?: of| de)? ([^\W\d_]{3,12})\.?,?(?: de)?(?: (\d{4}))?(?!\d)"
)
_MONTH_DAY = re.compile(
    r"(?i)(?<![^\W\d_])([^\W\d_]{3,12})\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? ((?:19|20)\d\d))?(?![\d:])"
)
_CLOCK = re.compile(
    r"(?i)(?:(?P<before>오전|오후) ?)?(?<![\d:.])(?P<h>\d{1,2})(?:[:h](?P<m>\d\d)(?::(?P<s>\d\d)(?:[.,]\d{1,9})?)?"
    r"(?: ?(?P<half>[ap])\.?m\b\.?)?| ?(?P<hour_half>[ap])\.?m\b\.?)(?!\d)"
    r"(?: ?\(?(?:(?:UTC|GMT) ?)?(?P<sign>[+−-])(?P<oh>\d{1,2})(?::?(?P<om>\d\d))?(?![\d:])|"
    r" ?\(?(?P<zone>[A-Za-z]{1,4})\b)?"
)
_EPOCH = re.compile(r"\s*(\d{10}|\d{13})(?:\.\d{1,9})?\s*")


@dataclass(frozen=True, slots=True)
class Written:
    """A time as it was written. `offset`: minutes east of UTC that stand with it, None where none does.

    `day` is the date read with the day first; `swapped` the same with the month first, where both are dates. `clock`
    is None for a date alone. `year_guessed`: the year was not written.
    """

    day: date
    swapped: date | None
    clock: time | None
    offset: int | None = None
    zulu: bool = False
    year_guessed: bool = False

    def at(self, month_first: bool = False) -> datetime:
        """Without a zone, as the author's clock showed it; a date alone at noon."""
        day = self.swapped if month_first and self.swapped else self.day
        return datetime.combine(day, self.clock or time(12))


def written(text: str, otherwise: date | None = None, year: int | None = None) -> Written | None:
    """The first time in a text; None where there is none.

    `otherwise` is the day of a clock time that stands alone (the heading above it), `year` that of a date without one.
    """
    text = text[:_LIMIT].replace("\u202f", " ").replace("\u00a0", " ")
    text = _COMPACT.sub(r"\1-\2-\3T\4:\5", text)
    epoch = _EPOCH.fullmatch(text)
    if epoch:
        seconds = int(epoch[1]) / (1_000 if len(epoch[1]) == 13 else 1)
        moment = datetime.fromtimestamp(seconds, timezone(timedelta()))
        return Written(moment.date(), None, moment.time(), 0, True) if 2000 <= moment.year < 2100 else None
    found = _date(text, year)
    rest = text
    if found is not None:
        day, swapped, guessed, end = found
        rest = text[end:]
    elif otherwise is not None:
        day, swapped, guessed = otherwise, None, False
    else:
        return None
    clock, offset, zulu = _clock(_DOTTED.sub(r" \1:\2", rest) if found else rest)
    if clock is None and found is not None:
        clock, offset, zulu = _clock(text[: found[3]])  # "9:40 on June 12"
    if found is None and clock is None:
        return None
    return Written(day, swapped, clock, offset, zulu, guessed)


def _date(text: str, year: int | None) -> tuple[date, date | None, bool, int] | None:
    """The day, the day with the month first, whether the year was guessed, and where the text goes on."""
    match = _YEAR_FIRST.search(text)
    if match:
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        return (day, None, False, match.end()) if day else None
    match = _YEAR_LAST.search(text)
    if match:
        full = int(match[4]) if len(match[4]) == 4 else 2000 + int(match[4])
        first, second = int(match[1]), int(match[3])
        day_first, month_first = _day(full, second, first), _day(full, first, second)
        if match[2] == ".":
            month_first = None if day_first else month_first  # no language writes the month first with dots
        best = day_first or month_first
        return (best, month_first if day_first else None, False, match.end()) if best else None
    match = _NO_YEAR.match(text)
    if match and year:
        first, second = int(match[1]), int(match[2])
        day_first, month_first = _day(year, second, first), _day(year, first, second)
        best = day_first or month_first
        return (best, month_first if day_first else None, True, match.end()) if best else None
    for pattern, day_group, month_group in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(text):
            month = _month(match[month_group])
            full = int(match[3]) if match[3] else year or 0
            day = _day(full, month, int(match[day_group])) if month and full else None
            if day:
                return day, None, match[3] is None, match.end()
    return None


def _month(name: str) -> int:
    name = name.casefold().replace("\u0307", "")
    return next((_MONTHS[name[:length]] for length in (4, 3) if name[:length] in _MONTHS), 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(text: str) -> tuple[time | None, int | None, bool]:
    """The clock time, its offset in minutes, and whether that is written as Z."""
    for match in _CLOCK.finditer(text[:80]):
        hour, minute, second = int(match["h"]), int(match["m"] or 0), int(match["s"] or 0)
        half = (
            match["half"] or match["hour_half"] or {"오전": "a", "오후": "p"}.get(match["before"] or "", "")
        ).lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        if hour > 23 or minute > 59:
            continue
        offset = None
        if match["sign"]:
            offset = (int(match["oh"]) * 60 + int(match["om"] or 0)) * (1 if match["sign"] == "+" else -1)
            until = int(match["oh"]) * 60 + int(match["om"] or 0)
            span = match["sign"] != "+" and until > hour * 60 + minute and "T" not in text[: match.start() + 1]
            offset = None if span or abs(offset) > 14 * 60 else offset  # "9:05-10:00" is from and to
        elif match["zone"]:
            offset = _ZONES.get(match["zone"].casefold())
        zulu = offset == 0 and not match["sign"]
        return time(hour, minute, min(second, 59)), offset, zulu
    return None, None, False
