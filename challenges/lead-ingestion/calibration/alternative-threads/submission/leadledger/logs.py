"""Log lines: an event and a few ids and counts. Nothing that people typed, and nothing secret, ever gets here."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

_LOG = logging.getLogger("leadledger")


class PlacesFormatter(logging.Formatter):
    """Prints where an exception came from and of what type it is, and leaves out its message.

    Messages of exceptions carry values: a row that could not be stored, an address that could not be reached.
    """

    def formatException(self, ei: Any) -> str:
        kind, error, trace = ei
        return f"{kind.__name__} at {_places(trace)}" if error is not None else ""

    def formatStack(self, stack_info: str) -> str:
        return ""


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-6:]
    return " < ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames))


def set_up_logs() -> None:
    """One handler to standard error for everybody; libraries only from warnings on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlacesFormatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _LOG.setLevel(logging.INFO)
    threading.excepthook = lambda args: crash("thread died", args.exc_value)


def note(event: str, **facts: str | int) -> None:
    """Print one event with ids and counts."""
    _LOG.info("%s", " ".join([event, *(f"{name}={value}" for name, value in facts.items())]))


def crash(event: str, error: BaseException | None, **facts: str | int) -> None:
    """Print an event that should not have happened: the error's type and places, without its message."""
    told = " ".join([event, *(f"{name}={value}" for name, value in facts.items())])
    info = (type(error), error, error.__traceback__) if error else None
    _LOG.error("%s", told, exc_info=info)
