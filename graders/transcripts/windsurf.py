"""Windsurf: a hook's transcript, one step a line, each under the name of its type; without times."""

from __future__ import annotations

from typing import Any

from graders.transcripts.changes import replaced
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, number, word
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Source
from graders.transcripts.tools import command_of, path_of, tool_events
from graders.transcripts.typed import tail, text_of, typed

TOOL = "Windsurf"
_MARKS = ("user_input", "planner_response", "code_action", "run_command")


def fits(source: Source) -> bool:
    return any(data.get("type") in _MARKS and isinstance(data.get(data["type"]), dict) for data in source.sample)


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft(TOOL, source.path)
    for record in source.records():
        draft.lines += 1
        if record.data is None:
            draft.bad_lines += 1
            continue
        kind = word(record.data.get("type"))
        if not kind or not isinstance(record.data.get(kind), dict):
            draft.unknown += 1
        else:
            _step(kind, record.data[kind], record.line, record.data.get("timestamp"), draft)
    return (draft.session(),)


def _step(kind: str, data: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    if kind == "user_input":
        draft.add("prompt", line, when, typed(text_of(data.get("user_response"))))
    elif kind == "planner_response":
        draft.add("reply", line, when, text_of(data.get("response")))
    elif kind == "code_action":
        _code(data, line, when, draft)
    elif kind == "run_command":
        draft.cwd = draft.cwd or word(data.get("cwd")) or None
        command, code = command_of(data.get("command")), number(data.get("exit_code"))
        if data.get("user_rejected") is True:
            draft.put(Event("reject", line, draft.time(when), command=command, ok=False))
        else:
            good = None if code is None else code == 0
            out = tail(text_of(data.get("output")))
            draft.put(Event("shell", line, draft.time(when), out, command=command, exit_code=code, ok=good))
    else:
        for event in tool_events(kind, {**data, "query": first(data, "query", "pattern")}, line, when, draft):
            draft.put(event)


def _code(data: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    answer = word(data.get("acknowledgement_type"))
    path = path_of(fields(data), draft)
    old, new = data.get("original_content"), data.get("new_content")
    counts = replaced(old if isinstance(old, str) else "", new) if isinstance(new, str) else (None, None)
    if "REJECT" in answer:
        draft.put(Event("reject", line, draft.time(when), path=path, ok=False))
        return
    kind: Any = "edit" if old else "write"
    draft.put(Event(kind, line, draft.time(when), path=path, added=counts[0], removed=counts[1]))
    if "ACCEPT" in answer:
        draft.put(Event("accept", line, draft.time(when), path=path))
