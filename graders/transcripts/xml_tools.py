"""Tool calls that assistants write as XML into their text (Cline, Roo, Kilo)."""

from __future__ import annotations

import re

NAMES = (
    *("execute_command", "write_to_file", "replace_in_file", "apply_diff", "insert_content", "search_and_replace"),
    *("search_replace", "edit_file", "read_file", "list_files", "search_files", "list_code_definition_names"),
    *("codebase_search", "new_task", "plan_mode_respond", "update_todo_list", "browser_action", "apply_patch"),
)
_OPEN = re.compile("<(" + "|".join(NAMES) + ")>")
_FIELD = re.compile(r"<(path|file_path|command|content|diff|search|replace|regex|query|message|response|todos|patch)>")
CALLS = 500


def xml_calls(text: str) -> tuple[list[tuple[str, dict[str, str]]], str]:
    """The calls (name, input) of a text, and the text without them."""
    if "<" not in text:
        return [], text
    found: list[tuple[str, dict[str, str]]] = []
    spoken: list[str] = []
    at = 0
    while len(found) < CALLS and (tag := _OPEN.search(text, at)) is not None:
        closing = f"</{tag[1]}>"
        end = text.find(closing, tag.end())
        if end < 0:
            break
        spoken.append(text[at : tag.start()])
        found.append((tag[1], _fields(text[tag.end() : end])))
        at = end + len(closing)
    return found, "".join(spoken) + text[at:]


def _fields(body: str) -> dict[str, str]:
    """The first value of every field; a value goes up to the last closing tag, since contents may hold such a tag."""
    found: dict[str, str] = {}
    at = 0
    while (tag := _FIELD.search(body, at)) is not None:
        closing = f"</{tag[1]}>"
        inner = tag[1] in ("content", "diff", "patch")
        end = body.rfind(closing, tag.end()) if inner else body.find(closing, tag.end())
        if end < 0:
            break
        found.setdefault(tag[1], body[tag.end() : end].strip("\n"))
        at = end + len(closing)
    return found
