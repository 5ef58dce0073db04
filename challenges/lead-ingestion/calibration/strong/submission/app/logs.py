"""Logs: one JSON object a line on standard output. Ids and counts, never a value of a lead, a key or a secret."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

_log = logging.getLogger("app")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(line | getattr(record, "facts", {}), default=str)


def set_up() -> None:
    """Send our events to standard output, and keep the HTTP client from printing URLs: they hold emails."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    _log.handlers = [handler]
    _log.setLevel(logging.INFO)
    _log.propagate = False
    for library in ("httpx", "httpcore"):
        logging.getLogger(library).setLevel(logging.WARNING)


def log(event: str, **facts: Any) -> None:
    _log.info(event, extra={"facts": facts})


def warn(event: str, **facts: Any) -> None:
    _log.warning(event, extra={"facts": facts})


def log_failure(event: str, failure: BaseException, **facts: Any) -> None:
    """An unexpected exception: its type and where it came from. Its message may hold a lead's values: left out."""
    places = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(failure.__traceback__)]
    _log.error(event, extra={"facts": {**facts, "exception": type(failure).__name__, "at": places[-6:]}})
