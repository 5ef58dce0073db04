"""What a tool kept of one session: the file, its bytes, and how the folder that it was started in is found in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graders.candidate.machine import Machine
from graders.candidate.repository import Repository
from graders.candidate.walk import Troubles

_LINES = 300
"""Records from the start of a file in which the folder is looked for."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a session of this repository. `tool` is the finder's name; `cut`: only the first part was read.

    `group` joins files of one session that does not name itself. `notes`: it only adds what was changed by hand.
    """

    tool: str
    path: Path
    content: bytes
    cut: bool = False
    group: str = ""
    notes: bool = False


Finder = Callable[[Machine, Repository, Troubles], Iterator[Kept]]
"""Gives what one tool kept of this repository's sessions, one after the other."""


def records(head: bytes) -> Iterator[dict[str, Any]]:
    """The JSON objects on the first lines of a file; what is not readable is passed over."""
    for line in head.removeprefix(b"\xef\xbb\xbf").split(b"\n", _LINES)[:_LINES]:
        found = parsed(line)
        if isinstance(found, dict):
            yield found


def parsed(content: bytes) -> Any:
    """A JSON value, None for what is none."""
    if content.count(b"[") + content.count(b"{") > 200_000:
        return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def text_at(data: Any, *keys: str) -> str:
    """The text under these keys, one inside the other; "" when there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data if isinstance(data, str) else ""
