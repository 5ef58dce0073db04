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
_COMMENT = re.compile(r"(?m)^[ \t]{0,40}//[^\n]{0,2000}$")
_LAST_COMMA = re.compile(r",(?=\s{0,100}[\]}])")
"""Lines of comment, and commas after the last item: people write them into JSON."""
_OPENING = re.compile(r"\s{0,20}:\s{0,20}[\[{]")
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
    told = _by_line(text)
    if told is not None and len(told.unreadable) <= len(told.found):
        return told
    mended = _LAST_COMMA.sub("", _COMMENT.sub("", text))
    whole = _whole(mended) if mended != text else None
    if whole is None and start == "{" and not _deep(text):
        whole = _in_a_row(text)
    return Records(whole) if whole else told


def _by_line(text: str) -> Records | None:
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


def _in_a_row(text: str) -> tuple[Record, ...] | None:
    """Objects of several lines each, one after the other; None unless the text is made of them."""
    found: list[Record] = []
    at, line = 0, 1
    while len(found) < RECORDS:
        space = _SPACE.match(text, at)
        end = space.end() if space else at
        line += text.count("\n", at, end)
        if end >= len(text):
            break
        try:
            value, stop = _DECODER.raw_decode(text, end)
        except (ValueError, RecursionError):
            return None
        if isinstance(value, dict):
            found.append(Record(line, value))
        line += text.count("\n", end, stop)
        at = stop
    return tuple(found) or None


def read_entries(records: Records, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """The records that have a prompt, a correction or a verification under any of the known names."""
    entries: list[Entry] = []
    for record in records.found:
        written: dict[str, Part] = {}
        for key, value in record.data.items():
            name = LABELS.field(_spaced(key)) if len(key) <= 80 else None
            envelope = isinstance(value, dict) or (
                isinstance(value, list) and any(isinstance(v, dict) for v in value[:9])
            )
            if name in PARTS and envelope and LABELS.field(key, clear=False) is None:
                continue  # "message": {...} is a tool's envelope, and no prompt
            if name and (name not in written or key.casefold() == name):
                written[name] = Part(flat(value), record.line)
        if any(name in written for name in PARTS):
            title = written["purpose"].text if "purpose" in written else written.get("prompt", Part("", 0)).text
            entries.append(make(title.split("\n")[0][:120], path, record.line, written, template))
    return tuple(entries)


def _spaced(key: str) -> str:
    """A key as words: "whatIChanged" and "what_i_changed" are "what I changed"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", key).replace("_", " ").replace("-", " ")


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
        return None if _deep(text) else _array(text, position, text.count("\n", 0, position) + 1)
    data = _load(text)
    if not isinstance(data, dict):
        return None
    best = _most_telling(data)
    if best is None:
        return (Record(1, data),)
    key, items = best
    if isinstance(items, list):
        start = _opened(text, key, "[", 0)
        found = _array(text, start, text.count("\n", 0, start) + 1) if start >= 0 else None
        if found and len(found) == sum(isinstance(item, dict) for item in items):
            return found
        return tuple(Record(1, item) for item in items[:RECORDS] if isinstance(item, dict))
    told: list[Record] = []
    position = 0
    line = 1
    for name, item in items.items():
        start = _opened(text, name, "[{", position)
        if start >= 0:
            line += text.count("\n", position, start)
            position = start
        if isinstance(item, list):
            told.extend(_array(text, start, line) or () if start >= 0 else (Record(1, one) for one in item))
        elif isinstance(item, dict) and len(told) < RECORDS:
            told.append(Record(line, item))
    return tuple(told[:RECORDS])


def _opened(text: str, key: str, brackets: str, position: int) -> int:
    """Where the list or object under a key opens, looked for from a position; -1 when the key is spelled otherwise."""
    wanted = json.dumps(key, ensure_ascii=False)
    for _ in range(20):
        at = text.find(wanted, position)
        if at < 0:
            return -1
        opening = _OPENING.match(text, at + len(wanted))
        if opening and text[opening.end() - 1] in brackets:
            return opening.end() - 1
        position = at + len(wanted)
    return -1


def _most_telling(data: dict[str, Any], depth: int = 0) -> tuple[str, list[Any] | dict[str, Any]] | None:
    """The list of objects (or the object of objects) that holds most of the asked parts, with its name."""
    best: tuple[str, list[Any] | dict[str, Any]] | None = None
    most = 0
    for key, value in list(data.items())[:200]:
        inner = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
        objects = [item for item in inner[:20] if isinstance(item, dict)]
        if objects and len(objects) == len(inner[:20]):
            told = 1 + 10 * sum(_asks(item) for item in objects) + (key.casefold() in _LISTS)
            if (isinstance(value, list) or told >= 10) and told > most:
                best, most = (key, value), told
        lists = value if isinstance(value, dict) else {}
        listed = [item for items in lists.values() if isinstance(items, list) for item in items[:20]]
        if listed and all(isinstance(items, list) for items in lists.values()):
            told = 1 + 10 * sum(_asks(item) for item in listed)
            if told > 10 and told > most and all(isinstance(item, dict) for item in listed):
                best, most = (key, lists), told
                continue
        if isinstance(value, dict) and depth < 4:
            deeper = _most_telling(value, depth + 1)
            if deeper is not None:
                told = 10 * sum(_asks(item) for item in _objects(deeper[1])[:20])
                if told > most:
                    best, most = deeper, told
    if depth == 0:
        inside = {name for name, item in data.items() if isinstance(item, dict) and _asks(item)}
        if len(inside) >= 1 and 10 * len(inside) > most:
            return "", {name: data[name] for name in data if name in inside}
    return best


def _objects(items: list[Any] | dict[str, Any]) -> list[Any]:
    return items if isinstance(items, list) else list(items.values())


def _asks(item: Any) -> bool:
    """Whether an object has a part of an entry under a clear name."""
    return isinstance(item, dict) and any(
        LABELS.field(_spaced(key)) in PARTS for key, value in list(item.items())[:60] if len(key) <= 80 and value
    )


def _array(text: str, position: int, line: int) -> tuple[Record, ...] | None:
    """The objects of the array that starts here, on this line, with their lines; None when it is broken."""
    found: list[Record] = []
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
