"""What the service prints: one JSON object a line, made of names, ids and counts.

No function here takes a text from a row, a delivery or an answer, so none can be printed. Other people's loggers
(aiohttp, asyncio) may carry such texts in their messages: of theirs only the place and the type of an exception pass.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from typing import Any

from leadbook.moments import now_text


def say(event: str, **facts: str | float) -> None:
    """Print a line about something that happened."""
    print(json.dumps({"at": now_text(), "event": event, **facts}), flush=True)


def say_trouble(event: str, trouble: BaseException, **facts: str | float) -> None:
    """Print the type and the place of an exception, never its message."""
    frames = traceback.extract_tb(trouble.__traceback__)[-3:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    say(event, type=type(trouble).__name__, places=places, **facts)


class _Discreet(logging.Handler):
    """Passes on which logger spoke and of what exception."""

    def emit(self, record: logging.LogRecord) -> None:
        trouble = record.exc_info[1] if record.exc_info else None
        if trouble is not None:
            say_trouble("library_trouble", trouble, logger=record.name)
        else:
            say("library_warning", logger=record.name, level=record.levelname)


def set_up() -> None:
    """Send every logger's warnings through the discreet handler, and print exceptions that nobody caught likewise."""
    logging.basicConfig(handlers=[_Discreet(logging.WARNING)], level=logging.WARNING, force=True)
    logging.getLogger("asyncio").setLevel(logging.ERROR)

    def last_resort(_: type[BaseException], trouble: BaseException, __: Any) -> None:
        say_trouble("stopped", trouble)

    sys.excepthook = last_resort
