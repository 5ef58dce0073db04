"""Cursor: an agent's transcript, one message a line, without times and results; what was typed is in a tag."""

from __future__ import annotations

import re
from typing import Any

from graders.transcripts.conversation import add_message
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, name, number, word
from graders.transcripts.session import Session
from graders.transcripts.source import Source
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import text_of

TOOL = "Cursor"
_QUIET = frozenset({"turn_ended", "system", "result", "thinking"})
_SUBAGENT = re.compile(r"(?:^|[/_])subagents[/_]")


def fits(source: Source) -> bool:
    for data in source.sample:
        message = data.get("message")
        if data.get("role") in ("user", "assistant") and isinstance(message, dict) and "type" not in data:
            return True
        if data.get("type") == "turn_ended" and "status" in data:
            return True
        if data.get("type") == "tool_call" and isinstance(data.get("tool_call"), dict):
            return True
    return False


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft(TOOL, source.path)
    # The first text of a subagent is what the main agent asked of it; no tag is around it.
    tagged = "<user_query>" in source.text
    for record in source.records():
        draft.lines += 1
        data = record.data
        if data is None:
            draft.bad_lines += 1
            continue
        message = fields(data.get("message"))
        kind = word(data.get("type"))
        role = word(data.get("role")) or (kind if kind in ("user", "assistant") else "")
        if kind == "tool_call":
            _called(data, record.line, draft)
            continue
        if not role:
            draft.cwd = draft.cwd or name(data.get("cwd"))
            draft.unknown += kind not in _QUIET
            continue
        own = bool(_SUBAGENT.search(source.path)) or (tagged and role == "user" and not _tagged(message))
        add_message({"role": role, **_content(message)}, record.line, data.get("timestamp"), draft, own=own)
    draft.problems.append("It holds no times and no results of commands.")
    return (draft.session(),)


def _called(data: dict[str, Any], line: int, draft: Draft) -> None:
    """A call as `cursor-agent --output-format stream-json` tells it: when it begins, and again with its result."""
    for tool, said in list(fields(data.get("tool_call")).items())[:5]:
        call, key = fields(said), data.get("call_id")
        draft.call(
            key, tool_events(tool.removesuffix("ToolCall"), call.get("args"), line, data.get("timestamp_ms"), draft)
        )
        result = fields(call.get("result"))
        if "rejected" in result:
            draft.refuse(key, line)
        elif result:
            code = number(fields(result.get("success")).get("exitCode"))
            good = "success" in result if not code else False
            shell = any(event.kind == "shell" for event in draft.of_call(key))
            draft.result(key, ok=good, exit_code=code if shell else None)


def _tagged(message: dict[str, Any]) -> bool:
    return "<user_query>" in text_of(message.get("content"))


def _content(message: dict[str, Any]) -> dict[str, Any]:
    """The message's content without the mark that stands where Cursor took a text out."""
    content = message.get("content")
    if not isinstance(content, list):
        return {"content": content, "model": message.get("model")}
    kept = []
    for block in content[:2_000]:
        text = fields(block).get("text")
        if isinstance(text, str) and text.rstrip().endswith("[REDACTED]"):
            kept.append({"type": "text", "text": text.rstrip().removesuffix("[REDACTED]").rstrip()})
        else:
            kept.append(block)
    return {"content": kept, "model": message.get("model")}
