"""Reading JSON whose shape nobody promises: what is not there is None, never an exception."""

from __future__ import annotations

from typing import Any


def pick(value: Any, *path: str | int) -> Any:
    """The value at the end of a path of names and positions, None where the path breaks off."""
    for step in path:
        if (isinstance(step, str) and isinstance(value, dict)) or (isinstance(step, int) and _within(value, step)):
            value = value.get(step) if isinstance(value, dict) else value[step]
        else:
            return None
    return value


def pick_list(value: Any, *path: str | int) -> list[Any]:
    """The list at the end of a path; an empty one where there is none."""
    found = pick(value, *path)
    return found if isinstance(found, list) else []


def _within(value: Any, position: int) -> bool:
    return isinstance(value, list) and -len(value) <= position < len(value)
