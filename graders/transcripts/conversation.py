"""A conversation's message, in the shapes that the model vendors gave it: blocks, parts, or a list of tool calls."""

from __future__ import annotations

import re
from typing import Any

from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, flag, items, number, objects, word
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import tail, text_of, typed_in

PEOPLE = frozenset({"user", "human"})
MODELS = frozenset({"assistant", "model", "gemini", "ai", "agent", "bot"})
_TOOLS = frozenset({"tool", "toolresult", "tool_result", "function"})
_CALLS = frozenset({"tool_use", "toolcall", "tool_call", "tool-call", "function_call", "server_tool_use"})
_RESULTS = frozenset({"tool_result", "toolresult", "tool-result", "function_call_output"})
_EXIT = re.compile(
    r"(?:exit(?:ed)?(?: with)?(?: exit)? (?:code|status)|exit_code)[\"']?:? ?(\d{1,5})\b|\(exit (\d{1,5})\)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"^.{0,120}?\b(?:rejected by (?:the )?user|user (?:rejected|denied|declined|refused|cancel+ed)|"
    r"denied by (?:the )?user|"
    r"the user (?:denied|rejected|doesn't want)|user (?:chose|decided) not to)",
    re.IGNORECASE | re.DOTALL,
)


def add_message(message: dict[str, Any], line: int, when: Any, draft: Draft, *, own: bool = False) -> bool:
    """Put what a message holds into the draft; False when nobody known speaks. `own`: no person does (a subagent)."""
    role = word(first(message, "role", "type", "sender")).casefold()
    content = first(message, "content", "parts", "text")
    if role in PEOPLE:
        for block in objects(content):
            _result_block(block, line, when, draft)
        text = text_of(content)
        if text.strip():
            said = typed_in(content)
            draft.add("prompt", line, when, text[:400] if own or not said else said, synthetic=own or not said)
        return True
    if role in MODELS:
        draft.model(first(message, "model", "modelID", "modelId"))
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else items(content):
            _block(block, line, when, draft)
        for call in objects(first(message, "tool_calls", "toolCalls")):
            _call(call, line, when, draft)
        return True
    if role in _TOOLS:
        key = first(message, "tool_call_id", "toolCallId", "call_id", "id")
        failed = flag(first(message, "isError", "is_error"))
        add_result(key, content, failed, line, when, draft)
        return True
    return role in ("system", "developer")


def add_result(key: Any, content: Any, failed: bool | None, line: int, when: Any, draft: Draft) -> None:
    """Join what a tool gave to its call; `failed` None: the format does not say."""
    text = text_of(content)
    if _REFUSED.match(text[:300]):
        draft.refuse(key, line, when)
        return
    good = None if failed is None else not failed
    events = draft.of_call(key)
    if events and events[0].kind == "shell":
        code = exit_code(text)
        draft.result(key, ok=good if code is None else code == 0, exit_code=code, text=tail(text) or None)
    else:
        draft.result(key, ok=good)


def exit_code(text: str) -> int | None:
    """The exit code that a tool's output names in its first or last words."""
    found = _EXIT.search(text[:400]) or _EXIT.search(text[-400:])
    return int(found[1] or found[2]) if found else None


def _block(block: Any, line: int, when: Any, draft: Draft) -> None:
    data = {"type": "text", "text": block} if isinstance(block, str) else fields(block)
    kind = word(data.get("type")).casefold()
    if isinstance(data.get("functionCall"), dict) or isinstance(data.get("function_call"), dict):
        _call(fields(first(data, "functionCall", "function_call")), line, when, draft)
    elif kind in _CALLS:
        _call(data, line, when, draft)
    elif kind in ("text", "", "output_text") and not data.get("thought"):
        draft.add("reply", line, when, data.get("text"))


def _call(call: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    inner = fields(call.get("function")) or call
    name = first(inner, "name", "toolName", "tool", "tool_name")
    given = first(inner, "input", "arguments", "args", "parameters")
    draft.call(first(call, "id", "toolCallId", "call_id", "callID"), tool_events(name, given, line, when, draft))


def _result_block(block: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    if word(block.get("type")).casefold() in _RESULTS:
        run = fields(block.get("run"))
        status = word(run.get("status"))
        failed = flag(first(block, "is_error", "isError"))
        if failed is None and status:
            failed = None if status in ("in-progress", "queued") else status not in ("done", "success")
        key = first(block, "tool_use_id", "toolUseID", "tool_call_id", "toolCallId", "call_id")
        if status in ("rejected-by-user", "cancelled"):
            draft.refuse(key, line, when)
            return
        result = fields(run.get("result"))
        add_result(key, first(block, "content", "output") or result.get("output"), failed, line, when, draft)
        code = number(first(result, "exitCode", "exit_code"))
        if code is not None:
            draft.result(key, exit_code=code, ok=code == 0)
    elif isinstance(block.get("functionResponse"), dict):
        response = fields(block["functionResponse"])
        add_result(response.get("id"), fields(response.get("response")).get("output"), None, line, when, draft)
