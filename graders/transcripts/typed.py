"""Typed: what a person wrote of a text under the person's name, without what the tools put there themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from graders.transcripts.fields import items, prose

_STARTS = (
    *("<command-", "<local-command-", "<bash-", "<system-reminder", "<system_reminder", "<task-notification", "<ide_"),
    *("Caveat:", "[Request interrupted", "This session is being continued", "Operation stopped by hook"),
    *("<environment_context", "<user_instructions", "<turn_aborted", "<user_shell_command", "<subagent_notification"),
    *("<skill>", "<user_action", "<permissions instructions", "<collaboration_mode", "# AGENTS.md instructions for "),
    *("[Tool ", "<hook_", "<teammate-message", "<agent-message", "<post-tool-use-hook", "<user-prompt-submit-hook"),
    *("Warning: apply_patch was requested via", "Warning: The maximum number of unified exec processes"),
    *("Another language model started to solve this problem",),
    *("This is the Gemini CLI. We are setting up", "<channel "),
    *("<tick>", "<apps_instructions", "<skills_instructions", "<session_context", "<INSTRUCTIONS>"),
)
"""How whole texts begin that a tool wrote."""
_WHOLE = ("user_query", "userRequest", "user_request", "user_message", "task", "feedback", "answer", "user-prompt")
"""Wrappers around what the person wrote; all that stands beside them is the tool's."""
_INSERTED = (
    *("system-reminder", "system_reminder", "environment_context", "environment_details", "user_instructions"),
    *("attached_files", "additional_data", "open_and_recently_viewed_files", "git_status", "user_info", "rules"),
    *("manually_attached_skills", "ide_opened_file", "ide_selection", "ide_diagnostics", "attachments", "attachment"),
    *("editorContext", "reminderInstructions", "reminder", "context", "timestamp", "current_datetime", "file_content"),
    *("manually_added_selection", "code_selection", "project_layout", "agent_skills", "agent_transcripts", "slug"),
    *("environment_info", "workspace_info", "userPreferences", "toolReferences", "repoContext", "folder_content"),
    *("uploaded_files", "INSTRUCTIONS", "terminal_files_information", "always_applied_workspace_rules", "image_files"),
    *("session_context", "system_notification", "user_shell_command", "current_time", "linter_errors"),
)
"""Blocks that tools put before or behind it."""
_REQUEST = ("## My request for Codex:", "## My request:")
_RESULT = re.compile(r"\[[a-z_]{3,40}(?: for [^\n]{0,400}?)?\] Result:")
_ATTACHED = re.compile(r"Contents of \S{1,500} \(lines \d")
_TAG = re.compile(r"<(/?)([A-Za-z][\w-]{0,40})(?: [^<>\n]{0,300})?>")


def typed(text: str) -> str:
    """The person's own words of a text, "" when there are none."""
    said = text.strip()
    for mark in _REQUEST:
        if mark in said and said.startswith("# "):
            said = said.split(mark, 1)[1].strip()
    if is_result(said):
        said = said_to_result(said)
    if "<" in said[:200_000]:
        inner = _inside(said, _WHOLE)
        said = inner if inner is not None else _without(said, _INSERTED).strip()
    return "" if said.startswith(_STARTS) or _ATTACHED.match(said) else said


def is_result(text: str) -> bool:
    """Whether a text under the person's name is the result of a tool (`[read_file for 'a.py'] Result:`)."""
    return bool(_RESULT.match(text.lstrip()))


def said_to_result(text: str) -> str:
    """The part of a tool's result in which the person answers, from its tag on; "" when nobody does."""
    start = min((at for name in _WHOLE if (at := text.find(f"<{name}>")) >= 0), default=-1)
    return text[start:] if start >= 0 else ""


def text_of(content: Any, types: Sequence[str | None] = ("text", "input_text", "output_text", None)) -> str:
    """The text of a message's content: a string, or a list of blocks of which those of these types are taken."""
    if isinstance(content, str):
        return content
    if isinstance(content, dict):
        return text_of([content], types)
    pieces = []
    for block in items(content)[:400]:
        if isinstance(block, str):
            pieces.append(block)
        elif isinstance(block, dict) and isinstance(block.get("text"), str):
            kind = block.get("type")
            if (kind if isinstance(kind, str) else None) in types:
                pieces.append(block["text"])
    return "\n".join(pieces)


def typed_in(content: Any) -> str:
    """The person's own words in a message's content; each block is looked at alone, since tools add whole blocks."""
    if isinstance(content, list):
        said = [typed(text_of([block])) for block in content[:400]]
        return "\n".join(piece for piece in said if piece)
    return typed(text_of(content))


def tail(content: Any, limit: int = 800) -> str:
    """The end of a tool's output, where test runners say how it went."""
    text = text_of(content) if not isinstance(content, str) else content
    return prose(text[-limit:], limit)


def _inside(text: str, names: Sequence[str]) -> str | None:
    """What stands inside these tags, None when the text does not begin with a tag or holds none of them."""
    if not text.startswith("<"):
        return None
    found: list[str] = []
    for name in names:
        opening, closing = f"<{name}>", f"</{name}>"
        at = text.find(opening)
        while at >= 0 and len(found) < 50:
            end = text.find(closing, at)
            found.append(text[at + len(opening) : end if end >= 0 else None].strip())
            at = text.find(opening, end) if end >= 0 else -1
        if found:
            return "\n".join(found)
    return None


def _without(text: str, names: Sequence[str]) -> str:
    """The text without the blocks of these tags; one that is never closed goes up to the end."""
    pieces: list[str] = []
    known = set(names)
    done = at = 0
    while (tag := _TAG.search(text, at)) is not None:
        at = tag.end()
        if tag[1] or tag[2] not in known:
            continue
        pieces.append(text[done : tag.start()])
        end = text.find(f"</{tag[2]}>", at)
        if end < 0:
            return "".join(pieces)
        done = at = end + len(tag[2]) + 3
    return "".join(pieces) + text[done:]
