"""Fields: what can be taken from a value of undocumented JSON. Whatever the value is, each of these answers."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

ITEMS = 50_000
"""Items of one list that are looked at."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
"""Control characters, turns of the writing direction, and halves of characters, which no report could hold."""
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_FIRST, _LAST = datetime(2015, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""No assistant is older; a time outside is no time."""


def fields(value: Any) -> dict[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value[:ITEMS] if isinstance(value, list) else []


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list."""
    return [item for item in items(value) if isinstance(item, dict)]


def word(value: Any) -> str:
    """A short text (a type, a name, an id), "" when the value is none."""
    return _CONTROL.sub("", value[:400]).strip() if isinstance(value, str) else ""


def name(value: Any) -> str | None:
    """The same, None instead of ""."""
    return word(value) or None


def prose(value: Any, limit: int = 8_000) -> str:
    """A text for people, without what a report could not hold."""
    return _CONTROL.sub("", value[:limit]).strip() if isinstance(value, str) else ""


def number(value: Any) -> int | None:
    """A whole number, None for anything else (a bool is none)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and (not math.isfinite(value) or value != int(value)):
        return None
    return int(value) if abs(value) < 2**53 else None


def flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def first(data: dict[str, Any], *names: str) -> Any:
    """The value under the first of these names that holds one (0 and false are values)."""
    for key in names:
        value = data.get(key)
        if value is not None and not (isinstance(value, str | list | dict) and not value):
            return value
    return None


def moment(value: Any) -> datetime | None:
    """A time: ISO 8601 (without a zone it is read as UTC), or seconds or milliseconds since 1970; None otherwise."""
    return _moment(value)[0]


def zoneless(value: Any) -> bool:
    """Whether a time was written without its zone."""
    return _moment(value)[1]


def _moment(value: Any) -> tuple[datetime | None, bool]:
    return _of_text(value[:60]) if isinstance(value, str) else _read_moment(value)


@lru_cache(maxsize=2_000)
def _of_text(value: str) -> tuple[datetime | None, bool]:
    """The events of one record share its time, and each is asked for it more than once."""
    return _read_moment(value)


def _read_moment(value: Any) -> tuple[datetime | None, bool]:
    found, local = None, False
    try:
        if isinstance(value, str) and (match := _ISO.match(value.strip()[:60])):
            year, month, day, hour, minute, second = (int(match[group] or 0) for group in range(1, 7))
            micro = int((match[7] or "0")[:6].ljust(6, "0"))
            zone, local = _zone(match[8]), match[8] is None
            found = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=zone).astimezone(UTC)
        elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 16:
            found = _epoch(int(value))
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            found = _epoch(value)
    except (ValueError, OverflowError):
        return None, False
    return (found, local) if found and _FIRST <= found <= _LAST else (None, False)


def _epoch(value: float) -> datetime | None:
    for scale in (1, 1_000, 1_000_000):
        if 1.4e9 <= value / scale < 4.2e9:
            return datetime.fromtimestamp(value / scale, UTC)
    return None


def _zone(text: str | None) -> timezone:
    if text is None or text.upper() in ("Z", "UTC"):
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))
