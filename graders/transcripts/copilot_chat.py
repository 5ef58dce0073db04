"""Copilot Chat in VS Code: a session as one JSON document, or as a journal of changes to such a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graders.transcripts.changes import line_count
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, items, name, number, objects, word
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Located, Source, line_of
from graders.transcripts.tools import command_of, kind_of, path_of, tool_events
from graders.transcripts.typed import text_of, typed

TOOL = "Copilot Chat"
_NO_CONSENT = (0, 5)
"""How a confirmation ended: refused, or skipped (the other numbers are ways of consent)."""
_FILE_EVENTS = {1: "accept", 2: "reject", 3: "user_edit"}


def fits(source: Source) -> bool:
    if _journal(source):
        return True
    document = fields(source.document)
    known = ("sessionId", "requesterUsername", "responderUsername", "initialLocation")
    return isinstance(document.get("requests"), list) and any(key in document for key in known)


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft(TOOL, source.path)
    if _journal(source):
        root = _replayed(source, draft)
    else:
        root = fields(source.document)
        draft.lines = source.text.count("\n") + 1
        draft.truncated = source.cut
    draft.id = name(root.get("sessionId"))
    for request in objects(root.get("requests")):
        _request(request, line_of(request, 1), draft)
    if draft.truncated:
        draft.problems.append("It ends in the middle; what stands before was read.")
    return (draft.session(),)


def _journal(source: Source) -> bool:
    return any(
        type(data.get("kind")) is int and 0 <= data["kind"] <= 3 and ("v" in data or "k" in data)
        for data in source.sample[:20]
    )


def _replayed(source: Source, draft: Draft) -> dict[str, Any]:
    """The document that a journal ends with. Requests know the line that brought them."""
    root: dict[str, Any] = {}
    for record in source.records():
        draft.lines += 1
        data = record.data
        if data is None:
            draft.bad_lines += 1
            continue
        value, path = data.get("v"), items(data.get("k"))[:30]
        kind = data.get("kind")
        if kind == 0 and isinstance(value, dict):
            root = value
            root["requests"] = [_at(request, record.line) for request in objects(value.get("requests"))]
        elif kind in (1, 2, 3) and path:
            if path[0] == "requests" and len(path) <= 2:
                value = [_at(one, record.line) for one in value] if isinstance(value, list) else _at(value, record.line)
            _change(root, path, kind, value, number(data.get("i")))
        elif kind not in (0, 1, 2, 3):
            draft.unknown += 1
    return root


def _at(value: Any, line: int) -> Any:
    if not isinstance(value, dict):
        return value
    known = Located(value)
    known.line = line
    return known


def _change(root: dict[str, Any], path: list[Any], kind: int, value: Any, index: int | None) -> None:
    """Set, append to or delete what stands at a path; a path that leads nowhere changes nothing."""
    here: Any = root
    for key in path[:-1]:
        if isinstance(here, dict) and isinstance(key, str):
            here = here.setdefault(key, {})
        elif isinstance(here, list) and type(key) is int and 0 <= key < len(here):
            here = here[key]
        else:
            return
    last = path[-1]
    if isinstance(here, list):
        if type(last) is not int or not 0 <= last <= len(here):
            return
        if kind == 1:
            here[last : last + 1] = [value]
        elif kind == 3:
            del here[last : last + 1]
        elif last < len(here) and isinstance(here[last], list):
            here[last].extend(items(value))
    elif isinstance(here, dict) and isinstance(last, str):
        if kind == 1:
            here[last] = value
        elif kind == 3:
            here.pop(last, None)
        elif isinstance(here.get(last), list):
            if index is not None and 0 <= index <= len(here[last]):
                del here[last][index:]
            here[last].extend(items(value))
        else:
            here[last] = items(value)


def _request(request: dict[str, Any], line: int, draft: Draft) -> None:
    when = request.get("timestamp")
    draft.model(request.get("modelId"))
    draft.version = draft.version or name(fields(request.get("agent")).get("extensionVersion"))
    message = request.get("message")
    text = text_of(message) if isinstance(message, str) else text_of(fields(message).get("text"))
    draft.add("prompt", line, when, typed(text))
    metadata = fields(fields(request.get("result")).get("metadata"))
    calls = [call for turn in objects(metadata.get("toolCallRounds")) for call in objects(turn.get("toolCalls"))]
    parts = objects(request.get("response"))
    groups = any(part.get("kind") in ("textEditGroup", "notebookEditGroup") for part in parts)
    detail = _details(calls)
    said: list[str] = []
    used = False
    for part in parts:
        kind = word(part.get("kind"))
        if kind in ("", "markdownContent"):
            value = first(part, "value", "content")
            said.append(text_of(value) or text_of(fields(value).get("value")))
        elif kind in ("textEditGroup", "notebookEditGroup"):
            _edited(part, line_of(part, line), when, draft)
        elif kind == "toolInvocationSerialized":
            used = True
            _invoked(part, line_of(part, line), when, draft, detail, edits=not groups)
    if not used:
        for call in calls:
            if not (groups and kind_of(call.get("name")) in ("edit", "write")):
                events = tool_events(call.get("name"), call.get("arguments"), line_of(call, line), when, draft)
                draft.call(call.get("id"), events)
    draft.add("reply", line, when, "".join(said))
    if request.get("isCanceled") is True:
        draft.add("interrupt", line, when, "cancelled")
    for event in objects(request.get("editedFileEvents")):
        _file_event(event, line, when, draft)


def _details(calls: list[dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    """The inputs of the calls that the model made, to be taken kind by kind in their order: the ids do not match."""
    waiting: dict[str, list[dict[str, Any]]] = {}
    for call in reversed(calls):
        kind = kind_of(call.get("name"))
        if kind:
            waiting.setdefault(kind, []).append(call)

    def take(kind: str) -> dict[str, Any]:
        queue = waiting.get(kind)
        return queue.pop() if queue else {}

    return take


def _invoked(
    part: dict[str, Any], line: int, when: Any, draft: Draft, detail: Callable[[str], dict[str, Any]], *, edits: bool
) -> None:
    tool = first(part, "toolId", "toolName")
    data = fields(part.get("toolSpecificData"))
    kind = "shell" if word(data.get("kind")) == "terminal" else kind_of(tool)
    if kind is None or (kind in ("edit", "write") and not edits):
        return
    call = detail(kind)
    consent = part.get("isConfirmed")
    state = consent if isinstance(consent, bool) else number(fields(consent).get("type"))
    refused = state is False or (not isinstance(state, bool) and state in _NO_CONSENT)
    key = part.get("toolCallId")
    if kind == "shell":
        written = fields(data.get("commandLine"))
        command = command_of(first(data, "command")) or command_of(
            first(written, "userEdited", "toolEdited", "original")
        )
        code = number(fields(data.get("terminalCommandState")).get("exitCode"))
        events = tool_events("bash", call.get("arguments"), line, when, draft)
        command = command or (events[0].command if events else None)
        good = None if code is None else code == 0
        draft.call(key, [Event("shell", line, draft.time(when), command=command, exit_code=code, ok=good)])
    else:
        draft.call(key, tool_events(call.get("name") or tool, call.get("arguments"), line, when, draft))
    if refused:
        draft.refuse(key, line, when)


def _edited(part: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    """An applied group of edits to one file: each a new text for a range of lines."""
    added = removed = 0
    changes = [edit for group in items(part.get("edits")) for edit in (objects(group) or [fields(group)]) if edit]
    if not changes and part.get("kind") == "textEditGroup" and part.get("done") is not True:
        return
    for edit in changes:
        place = fields(edit.get("range"))
        start, end = number(place.get("startLineNumber")), number(place.get("endLineNumber"))
        text = edit.get("text")
        added += line_count(text) if isinstance(text, str) else 0
        empty = start == end and place.get("startColumn") == place.get("endColumn")
        if start is not None and end is not None and not empty:
            removed += max(0, min(end - start, 1_000_000)) + (number(place.get("endColumn")) != 1)
    path = path_of({"uri": part.get("uri")}, draft)
    draft.put(Event("edit", line, draft.time(when), path=path, added=added, removed=removed))


def _file_event(event: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    """What the person did with the edits of a file: kept, took back, or changed."""
    kind: Any = _FILE_EVENTS.get(number(event.get("eventKind")) or 0)
    if kind:
        draft.put(Event(kind, line, draft.time(when), path=path_of({"uri": event.get("uri")}, draft)))
