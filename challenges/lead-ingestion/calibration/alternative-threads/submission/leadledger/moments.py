"""Moments in time, as they are stored and shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now_text() -> str:
    """Now, as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def microseconds(text: str) -> int:
    """The moment that an ISO 8601 text names, in microseconds since 1970; without an offset it is taken as UTC.

    Raises ValueError when the text is no such moment. A number rather than a datetime, because the first and the
    last day of the calendar can't be turned into UTC from every offset.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1)
