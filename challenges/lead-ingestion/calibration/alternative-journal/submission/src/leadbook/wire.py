"""What both directions of HTTP need: bodies of a bounded size, JSON that is really JSON, and Retry-After."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from aiohttp import StreamReader


class NotJson(ValueError):
    """Bytes that are no JSON text in UTF-8."""


async def read_limited(stream: StreamReader, limit: int) -> bytes | None:
    """The whole body, or None when it has more than `limit` bytes; no more than that is ever held."""
    body = bytearray()
    async for chunk in stream.iter_chunked(64 * 1024):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)


def parse_json(body: bytes) -> Any:
    """The value in a JSON text. Raises NotJson, also for what Python alone takes for JSON (NaN, half a surrogate)."""
    try:
        value = json.loads(body.decode("utf-8"))
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise NotJson from None
    return value


def retry_after(text: str | None) -> float:
    """Seconds that a Retry-After header asks for, given as a number or as a date; 0 when it says nothing useful."""
    if not text:
        return 0.0
    try:
        seconds = float(text)
    except ValueError:
        seconds = _seconds_until(text)
    return seconds if math.isfinite(seconds) and seconds > 0 else 0.0


def _seconds_until(text: str) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime.now(UTC)).total_seconds()
