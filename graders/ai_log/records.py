"""Records: the objects of a JSON or JSON Lines file, each with its line; and the entries that such objects are."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from graders.ai_log.entry import PARTS, Entry, Part, make
from graders.ai_log.words import LABELS

RECORDS = 50_000
LINE_LIMIT = 2_000_000
"""Characters of one JSON line; a longer one is counted as not readable."""
DEPTH = 60
"""Brackets that may stand inside one another before a text is not handed to the JSON parser."""
_LISTS = ("entries", "log", "logs", "interactions", "prompts", "conversation", "messages", "items", "sessions", "usage")
_DECODER = json.JSONDecoder()
_STRUCTURE = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*+"', re.DOTALL)
"""Brackets, and whole strings (so that the brackets in them do not count); possessive, so it never goes back."""
_SPACE = re.compile(r"[\s,]{0,1000}")


@dataclass(frozen=True, slots=True)
class Record:
    """One object and the line where it starts."""

    line: int
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """What could be read, and the numbers of the lines that could not."""

    found: tuple[Record, ...]
    unreadable: tuple[int, ...] = ()
    lines: int = 0


def read_records(text: str) -> Records | None:
    """The objects of a text that is JSON or JSON Lines; None for a text that is neither."""
    start = text.lstrip()[:1]
    if start not in ("{", "["):
        return None
    whole = _whole(text)
    if whole is not None:
        return Records(whole)
    found: list[Record] = []
    unreadable: list[int] = []
    lines = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        lines += 1
        data = _load(line) if len(line) <= LINE_LIMIT else None
        if isinstance(data, dict) and len(found) < RECORDS:
            found.append(Record(number, data))
        else:
            unreadable.append(number)
    return Records(tuple(found), tuple(unreadable), lines) if found else None


def read_entries(records: Records, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """The records that have a prompt, a correction or a verification under any of the known names."""
    entries: list[Entry] = []
    for record in records.found:
        written: dict[str, Part] = {}
        for key, value in record.data.items():
            name = LABELS.field(str(key).replace("_", " ").replace("-", " ")) if isinstance(key, str) else None
            if name in PARTS and isinstance(value, dict | list) and LABELS.field(key, clear=False) is None:
                continue  # "message": {...} is a tool's envelope, and no prompt
            if name and (name not in written or key.casefold() == name):
                written[name] = Part(flat(value), record.line)
        if any(name in written for name in PARTS):
            title = written["purpose"].text if "purpose" in written else written.get("prompt", Part("", 0)).text
            entries.append(make(title.split("\n")[0][:120], path, record.line, written, template))
    return tuple(entries)


def flat(value: Any, depth: int = 0) -> str:
    """A JSON value as a sentence: the texts in it, joined. Bounded in depth and length."""
    if value is None or depth > 6:
        return ""
    if isinstance(value, str):
        return value[:8_000]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)[:40]
    if isinstance(value, list):
        return "; ".join(piece for piece in (flat(item, depth + 1) for item in value[:50]) if piece)[:8_000]
    if isinstance(value, dict):
        if "cmd" in value or "kind" in value:
            head = ": ".join(flat(value[key], depth + 1) for key in ("kind", "cmd", "note") if value.get(key))
            return head + (f" -> {flat(value['result'], depth + 1)}" if value.get("result") else "")
        return "; ".join(f"{key}: {flat(item, depth + 1)}" for key, item in list(value.items())[:30])[:8_000]
    return ""


def _whole(text: str) -> tuple[Record, ...] | None:
    """The objects of a text that is one JSON value: an array of objects, or an object that holds one."""
    position = len(text) - len(text.lstrip())
    if text[position] == "[":
        return _array(text, position)
    data = _load(text)
    if not isinstance(data, dict):
        return None
    for key in sorted(data, key=lambda name: _LISTS.index(name) if name in _LISTS else len(_LISTS)):
        value = data[key]
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value[:20]):
            named = re.search(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s{0,20}:\s{0,20}\[", text)
            found = _array(text, named.end() - 1) if named else None
            return found or tuple(Record(1, item) for item in value[:RECORDS] if isinstance(item, dict))
    return (Record(1, data),)


def _array(text: str, position: int) -> tuple[Record, ...] | None:
    """The objects of the array that starts here, with their lines; None when it is broken."""
    if _deep(text):
        return None
    found: list[Record] = []
    line = text.count("\n", 0, position) + 1
    at = position + 1
    while len(found) < RECORDS:
        space = _SPACE.match(text, at)
        end = space.end() if space else at
        line += text.count("\n", at, end)
        if end >= len(text):
            return None
        if text[end] == "]":
            return tuple(found)
        try:
            value, stop = _DECODER.raw_decode(text, end)
        except (ValueError, RecursionError):
            return None
        if isinstance(value, dict):
            found.append(Record(line, value))
        line += text.count("\n", end, stop)
        at = stop
    return tuple(found)


def _load(text: str) -> Any:
    if _deep(text):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _deep(text: str) -> bool:
    """Whether brackets are nested beyond what a log can need; the parser is not asked to go there."""
    if text.count("[") + text.count("{") <= DEPTH:
        return False
    depth = 0
    for match in _STRUCTURE.finditer(text):
        if match[0] in "[{":
            depth += 1
        elif match[0] in "]}":
            depth -= 1
        if depth > DEPTH:
            return True
    return False
