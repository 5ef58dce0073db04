"""Moments as texts: when something happened, and what other people's texts mean."""

from __future__ import annotations

from datetime import UTC, datetime


def now_text() -> str:
    """This moment in UTC, in ISO 8601 with milliseconds."""
    return as_text(datetime.now(UTC), "milliseconds")


def as_text(moment: datetime, precision: str = "microseconds") -> str:
    """A moment in UTC; texts of one precision sort as their moments do."""
    return moment.astimezone(UTC).isoformat(timespec=precision).replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """An ISO 8601 text; without an offset it is taken as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("beyond the calendar") from None
