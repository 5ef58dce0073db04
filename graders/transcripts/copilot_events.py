"""Copilot's event transcripts, of the CLI and of VS Code: one event a line, with the session's commit in the first."""

from __future__ import annotations

from typing import Any

from graders.transcripts.conversation import add_result
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, flag, name, objects, word
from graders.transcripts.session import Session
from graders.transcripts.source import Source
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import text_of, typed_in

_FAMILIES = (
    *("session.", "user.", "assistant.", "tool.", "subagent.", "hook.", "skill.", "permission.", "system.", "model."),
    *("external_tool.", "command.", "elicitation.", "user_input.", "exit_plan_mode.", "mcp.", "sampling.", "pending_"),
)
_MARKS = ("session.start", "session.resume", "user.message", "assistant.message", "tool.execution_start")


def fits(source: Source) -> bool:
    return any(data.get("type") in _MARKS and isinstance(data.get("data"), dict) for data in source.sample)


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft("Copilot CLI", source.path)
    for record in source.records():
        draft.lines += 1
        if record.data is None:
            draft.bad_lines += 1
            continue
        kind, data = word(record.data.get("type")), fields(record.data.get("data"))
        if kind != "abort" and not kind.startswith(_FAMILIES):
            draft.unknown += 1
        else:
            _event(kind, data, record.line, record.data.get("timestamp"), draft)
    return (draft.session(),)


def _event(kind: str, data: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    if kind in ("session.start", "session.resume"):
        _started(data, draft)
    elif kind == "session.model_change":
        draft.model(data.get("newModel"))
    elif kind == "session.compaction_complete":
        draft.add("compact", line, when)
    elif kind == "user.message":
        said = typed_in(data.get("content"))
        own = (
            not said or bool(first(data, "parentToolCallId", "agentId")) or word(data.get("source")) not in ("", "user")
        )
        draft.add("prompt", line, when, text_of(data.get("content"))[:400] if own else said, synthetic=own)
    elif kind == "assistant.message":
        draft.model(data.get("model"))
        draft.add("reply", line, when, text_of(data.get("content")))
        for call in objects(data.get("toolRequests")):
            events = tool_events(call.get("name"), call.get("arguments"), line, when, draft)
            draft.call(call.get("toolCallId"), events)
    elif kind in ("tool.execution_start", "tool.user_requested"):
        events = tool_events(data.get("toolName"), data.get("arguments"), line, when, draft)
        draft.call(data.get("toolCallId"), events)
    elif kind == "tool.execution_complete":
        _completed(data, line, when, draft)
    elif kind == "permission.completed":
        if word(fields(data.get("result")).get("kind")).startswith("denied-interactively"):
            draft.refuse(data.get("toolCallId"), line, when)
    elif kind == "abort":
        draft.add("interrupt", line, when, word(data.get("reason")))


def _started(data: dict[str, Any], draft: Draft) -> None:
    context = fields(data.get("context"))
    draft.id = draft.id or name(data.get("sessionId"))
    draft.version = draft.version or name(data.get("copilotVersion"))
    draft.cwd = draft.cwd or name(first(context, "gitRoot", "cwd"))
    draft.branch = draft.branch or name(context.get("branch"))
    draft.head_commit = draft.head_commit or name(context.get("headCommit"))
    draft.model(data.get("selectedModel"))
    if "vscodeVersion" in data:
        draft.tool = "Copilot Chat"


def _completed(data: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    result, error = fields(data.get("result")), fields(data.get("error"))
    kind = word(first(result, "result_type", "resultType"))
    if kind in ("rejected", "denied") or word(error.get("code")) in ("rejected", "denied"):
        draft.refuse(data.get("toolCallId"), line, when)
        return
    good = flag(data.get("success"))
    if good is None and kind:
        good = kind == "success"
    text = first(result, "text_result_for_llm", "textResultForLlm", "content", "detailedContent")
    add_result(data.get("toolCallId"), text, None if good is None else not good, line, when, draft)
