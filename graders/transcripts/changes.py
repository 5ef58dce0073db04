"""Changes: how many lines an edit added and removed, from whatever a format records of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from graders.transcripts.fields import fields, items, objects

FILES = 500
"""Files of one patch that are told apart."""
_SECTION = re.compile(r"^\*\*\* (Add|Update|Delete) File: (.{1,1000})$")
_TARGET = re.compile(r"^\+\+\+ (?:b/)?([^\t\n]{1,1000})")


@dataclass(frozen=True, slots=True)
class Change:
    """One file of a patch: "write" for a new file, "edit" for every other. None: not recorded."""

    kind: str
    path: str | None
    added: int | None = None
    removed: int | None = None


def line_count(text: str) -> int:
    return text.count("\n") + (not text.endswith("\n")) if text else 0


def replaced(old: str, new: str) -> tuple[int, int]:
    """Lines added and removed when `old` becomes `new`: what is left without the lines both begin and end with."""
    before, after = old.splitlines(), new.splitlines()
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return len(after) - start - end, len(before) - start - end


def signs(lines: list[str]) -> tuple[int, int]:
    """Lines of a diff that begin with + and with -, its headers left out."""
    added = sum(line.startswith("+") and not line.startswith("+++ ") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("--- ") for line in lines)
    return added, removed


def structured(value: Any) -> tuple[int, int] | None:
    """The counts of a list of hunks (`lines` with their signs); None when it is none."""
    hunks = objects(value)
    if not hunks:
        return None
    lines = [line for hunk in hunks for line in items(hunk.get("lines")) if isinstance(line, str)]
    # The lines of a hunk carry no headers: "--- x" in one is a removed line "-- x".
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def is_patch(text: str) -> bool:
    return "*** Begin Patch" in text or ("\n@@ " in text and "+++ " in text)


def patch(text: str) -> list[Change]:
    """The files of a patch: the `*** Update File:` kind, or a unified diff. [] when it names none."""
    found: list[tuple[str, str, list[str]]] = []
    own = "*** Begin Patch" in text or "*** Update File: " in text or "*** Add File: " in text
    for line in text.splitlines():
        section = _SECTION.match(line) if own else None
        target = None if own else _TARGET.match(line)
        if section:
            found.append(("write" if section[1] == "Add" else "edit", section[2].strip(), []))
        elif target:
            found.append(("edit", target[1].strip(), []))
        elif found and line[:1] in ("+", "-") and not line.startswith("--- "):
            found[-1][2].append(line)
        if len(found) > FILES:
            break
    return [Change(kind, path, *signs(lines)) for kind, path, lines in found[:FILES]]


def of_input(data: dict[str, Any]) -> tuple[int | None, int | None]:
    """The counts from a tool call's input: old and new text, a list of such pairs, or a whole new content."""
    pairs = [data, *objects(data.get("edits")), *objects(data.get("replacements"))]
    added = removed = 0
    seen = False
    for pair in pairs:
        old, new = _text(pair, _OLD), _text(pair, _NEW)
        if new is None:
            continue
        more, less = replaced(old or "", new)
        added, removed, seen = added + more, removed + less, True
    if seen:
        return added, removed
    for key in ("diff", "patch", "unified_diff", "input"):
        value = data.get(key)
        if isinstance(value, str) and value:
            if "<<<<<<< SEARCH" in value or "------- SEARCH" in value:
                return _search_replace(value)
            return signs(value.splitlines())
    content = _text(data, _CONTENT)
    return (line_count(content), None) if content is not None else (None, None)


_OLD = ("old_string", "oldString", "old_str", "oldText", "old_text", "search", "original_content", "target_content")
_NEW = (
    "new_string",
    "newString",
    "new_str",
    "newText",
    "new_text",
    "replace",
    "new_content",
    "insert_text",
    "new_source",
)
_CONTENT = ("content", "contents", "file_text", "text", "code_edit", "CodeContent")
_MARK = re.compile(r"^(?:<{5,9}|-{5,9}) SEARCH|^={5,9}$|^(?:>{5,9}|\+{5,9}) REPLACE")


def _text(data: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((data[key] for key in names if isinstance(data.get(key), str)), None)


def _search_replace(text: str) -> tuple[int, int]:
    """The counts of blocks of SEARCH and REPLACE."""
    added = removed = 0
    old: list[str] = []
    new: list[str] = []
    side: list[str] | None = None
    for line in text.splitlines():
        if mark := _MARK.match(line):
            if "SEARCH" in mark[0]:
                old, new = [], []
                side = old
            elif "REPLACE" in mark[0]:
                more, less = replaced("\n".join(old), "\n".join(new))
                added, removed, side = added + more, removed + less, None
            elif side is old:
                side = new
        elif side is not None and not re.match(r"^:start_line:|^-{5,9}$", line):
            side.append(line)
    return added, removed


def of_result(data: Any) -> tuple[int, int] | None:
    """The counts from a tool's own record of its result: hunks, or a diff. None when it holds neither."""
    result = fields(data)
    counts = structured(result.get("structuredPatch")) or structured(result.get("hunks"))
    if counts:
        return counts
    for key in ("unified_diff", "fileDiff", "diff"):
        value = result.get(key)
        if isinstance(value, str) and value:
            return signs(value.splitlines())
    return None
