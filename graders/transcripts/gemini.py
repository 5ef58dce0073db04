"""Gemini CLI: a session as one JSON document, or (newer) one message a line with `$set` lines between."""

from __future__ import annotations

import re
from typing import Any

from graders.transcripts.changes import line_count, replaced, signs
from graders.transcripts.conversation import add_message, add_result, exit_code
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, name, objects, word
from graders.transcripts.session import Session
from graders.transcripts.source import Source, line_of
from graders.transcripts.tools import arguments, tool_events
from graders.transcripts.typed import tail, text_of, typed, typed_in

TOOL = "Gemini CLI"
_COMMAND = re.compile(r"/[a-z]{1,40}(?: |$)|[?]$")
_QUIET = frozenset({"info", "error", "warning", "system", "summary", "session_metadata", "message_update"})


def fits(source: Source) -> bool:
    others = any(data.get("type") in ("assistant", "ai", "human") for data in source.sample)
    for data in source.sample:
        kind = data.get("type")
        if "$set" in data or "$rewindTo" in data or "projectHash" in data:
            return True
        own = kind == "user" and "content" in data and "timestamp" in data and "message" not in data
        if kind == "gemini" or (own and not others):
            return True
    if _inputs(source) or _streamed(source):
        return True
    document = fields(source.document)
    messages = objects(document.get("messages"))
    return bool(messages) and (
        "projectHash" in document
        or any(message.get("type") in ("gemini", *_QUIET) for message in messages[:40])
        or any(message.get("role") == "model" for message in messages[:40])
    )


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft(TOOL, source.path)
    seen: set[str] = set()
    if inputs := _inputs(source):
        return _of_inputs(inputs, source)
    if source.sample and "messages" not in source.sample[0]:
        for record in source.records():
            draft.lines += 1
            if record.data is None:
                draft.bad_lines += 1
            else:
                _record(record.data, record.line, draft, seen)
        return (draft.session(),)
    document = fields(source.document)
    draft.lines = source.text.count("\n") + 1
    draft.id = name(document.get("sessionId"))
    for message in objects(document.get("messages")):
        _record(message, line_of(message, 1), draft, seen)
    if source.cut:
        draft.truncated = True
        draft.problems.append("It ends in the middle; what stands before was read.")
    return (draft.session(),)


def _inputs(source: Source) -> list[dict[str, Any]]:
    """What `logs.json` holds: every input, with its session and its number; [] for any other file."""
    listed = objects(source.document) if not source.sample else []
    known = listed and all("messageId" in one and isinstance(one.get("message"), str) for one in listed[:20])
    return listed if known else []


def _of_inputs(inputs: list[dict[str, Any]], source: Source) -> tuple[Session, ...]:
    drafts: dict[str, Draft] = {}
    for data in inputs:
        key = word(data.get("sessionId"))
        if key not in drafts and len(drafts) < 200:
            drafts[key] = Draft(TOOL, source.path)
            drafts[key].id = key or None
            drafts[key].problems.append("It holds what was typed, and nothing else.")
        draft = drafts.get(key) or next(iter(drafts.values()))
        draft.lines += 1
        text = text_of(data.get("message")).strip()
        if data.get("type") == "user" and not _COMMAND.match(text):
            draft.add("prompt", line_of(data, 1), data.get("timestamp"), typed(text))
    return tuple(draft.session() for draft in drafts.values())


def _streamed(source: Source) -> bool:
    """`gemini --output-format stream-json`."""
    return any(data.get("type") in ("tool_use", "tool_result") and "tool_id" in data for data in source.sample)


def _record(data: dict[str, Any], line: int, draft: Draft, seen: set[str]) -> None:
    kind, when = word(data.get("type")), data.get("timestamp")
    draft.id = draft.id or name(data.get("sessionId"))
    key = word(data.get("id"))
    again = bool(key) and key in seen
    if key:
        seen.add(key)
    if kind == "user":
        if not again:
            content = data.get("content")
            text, said = text_of(content), typed_in(content)
            draft.add("prompt", line, when, said or text[:400], synthetic=not said)
    elif kind in ("gemini", "model", "assistant"):
        draft.model(data.get("model"))
        if not again:
            draft.add("reply", line, when, text_of(data.get("content")))
        for call in objects(data.get("toolCalls")):
            _call(call, line, when, draft)
    elif kind == "tool_use":
        draft.call(data.get("tool_id"), tool_events(data.get("tool_name"), data.get("parameters"), line, when, draft))
    elif kind == "tool_result":
        failed = word(data.get("status")) not in ("success", "")
        add_result(data.get("tool_id"), data.get("output"), failed, line, when, draft)
    elif kind in ("init", "result"):
        draft.id = draft.id or name(data.get("session_id"))
        draft.model(data.get("model"))
    elif kind in _QUIET or "$set" in data or "$rewindTo" in data or "startTime" in data or "projectHash" in data:
        for message in objects(fields(data.get("$set")).get("messages")):
            _record(message, line, draft, seen)
    elif not add_message(data, line, when, draft):
        draft.unknown += 1


def _call(call: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    """A tool call holds its own result."""
    key = call.get("id")
    at = call.get("timestamp") or when
    given = arguments(call.get("args"))
    before = len(draft.events)
    events = tool_events(call.get("name"), given, line_of(call, line), at, draft)
    draft.call(key, events)
    if len(draft.events) > before and not word(key):
        draft.calls["the last call"] = list(range(before, len(draft.events)))
        key = "the last call"
    status = word(call.get("status")).casefold()
    if status in ("cancelled", "canceled"):
        draft.refuse(key, line, at)
        return
    if status in ("success", "error"):
        draft.result(key, ok=status == "success")
    shown = call.get("resultDisplay")
    output = _output(call.get("result")) or text_of(shown)
    if events and events[0].kind == "shell":
        code = exit_code(output)
        good = None if code is None else code == 0
        draft.result(key, text=tail(output) or None, exit_code=code, ok=good)
    elif events and events[0].kind in ("edit", "write") and isinstance(shown, dict):
        _counted(key, shown, draft)


def _counted(key: Any, shown: dict[str, Any], draft: Draft) -> None:
    diff, old, new = shown.get("fileDiff"), shown.get("originalContent"), shown.get("newContent")
    if isinstance(diff, str):
        added, removed = signs(diff.splitlines())
        draft.result(key, added=added, removed=removed)
    elif isinstance(new, str):
        added, removed = replaced(old, new) if isinstance(old, str) else (line_count(new), 0)
        draft.result(key, added=added, removed=removed)


def _output(result: Any) -> str:
    for part in objects(result):
        response = fields(fields(part.get("functionResponse")).get("response"))
        if text := text_of(first(response, "output", "error")):
            return text
    return text_of(result)
