"""What parsers of a submission's dependency files write down: requirements found, lines refused, facts noted."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

FILE_BYTES = 4 * 1024 * 1024
"""The longest file that is parsed. Real locks of 300 packages have 1 to 2 MiB."""

READ_BYTES = FILE_BYTES + 1
"""How much of a file a Read has to give: one byte more, so that a longer file is seen to be longer."""

KEPT = 50
"""Refusals, and notes, that are kept: more would tell nobody anything new."""

Read = Callable[[str], bytes | None]


Line = int | Callable[[], int | None] | None
"""A line's number, or how to find it (looked for only when it is needed)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that a submission asks for and that is not done: where, what, why, and what to do about it."""

    path: str
    line: int | None
    text: str
    reason: str
    remedy: str


@dataclass
class Notebook:
    """Where parsers write down what they refuse and what they note, for one submission."""

    registries: Callable[[], Collection[str]]
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refuse(self, path: str, line: Line, text: str, reason: str, remedy: str) -> None:
        """Refuse a line. The text is cut and loses control characters and passwords; at most KEPT are kept."""
        if len(self.refusals) < KEPT:
            number = line() if callable(line) else line
            self.refusals.append(Refusal(path, number, shown(text), reason, remedy))

    def note(self, text: str) -> None:
        """Note a fact once."""
        if text not in self.notes and len(self.notes) < KEPT:
            self.notes.append(text)

    def knows(self, address: str) -> bool:
        """Say whether an index address is the user's own index; asked only where it makes a difference."""
        return (host_of(address) or "") in self.registries()


@dataclass(frozen=True, slots=True)
class Found:
    """What one file says: requirement lines, constraint lines, and the Python that it asks for."""

    source: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    complete: bool = False
    requires_python: str | None = None


def shown(text: str) -> str:
    """Return a candidate's text for people: one line, printable, no passwords in addresses, at most 300 characters."""
    text = "".join(character if character.isprintable() else " " for character in text[:2_000])
    return re.sub(r"://[^/@\s]{1,200}@", "://", text).strip()[:300]


def host_of(address: str) -> str | None:
    """Return the host of an http(s) address in lower case, or None."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return parts.hostname.lower() if parts.scheme in ("http", "https") and parts.hostname else None


def decoded(content: bytes) -> str:
    """Decode a text file as people write it: UTF-8 with or without a mark, or UTF-16 as PowerShell's `>` makes it."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    return content.decode("utf-8-sig", errors="replace")


def tables(value: Any) -> list[dict[str, Any]]:
    """Return the tables of a list, whatever `value` is."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def table(value: Any) -> dict[str, Any]:
    """Return `value` if it is a table, else an empty one."""
    return value if isinstance(value, dict) else {}


def texts(value: Any) -> list[str]:
    """Return the strings of a list, whatever `value` is."""
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def line_of(text: str, needle: str) -> int | None:
    """Return the number of the first line that holds `needle`, or None."""
    place = text.find(needle)
    return None if place < 0 else text.count("\n", 0, place) + 1


def content_of(path: str, read: Read, notebook: Notebook) -> bytes | None:
    content = read(path)
    if content is not None and len(content) > FILE_BYTES:
        notebook.refuse(path, None, "", f"the file is larger than {FILE_BYTES // 1024**2} MiB", "commit a smaller one")
        return None
    return content
