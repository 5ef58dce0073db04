"""OpenCode: an exported session, or the many small files of its storage (one a session, a message and a part)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graders.transcripts.changes import of_result
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, name, number, objects, word
from graders.transcripts.session import Session
from graders.transcripts.source import Source, line_of, open_source
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import tail, text_of, typed

TOOL = "OpenCode"
_PARTS = frozenset(
    {
        *("text", "tool", "reasoning", "step-start", "step-finish", "snapshot", "patch", "file", "agent", "subtask"),
        *("retry", "compaction"),
    }
)
_REFUSED = "rejected permission"
FILES = 5_000


def fits(source: Source) -> bool:
    document = source.document
    if not isinstance(document, dict):
        return False
    return (isinstance(document.get("info"), dict) and isinstance(document.get("messages"), list)) or bool(
        _piece(document)
    )


def read(source: Source) -> tuple[Session, ...]:
    """The session of an export; of one file of the storage, what that file alone can tell."""
    document = fields(source.document)
    draft = Draft(TOOL, source.path)
    draft.lines = source.text.count("\n") + 1
    if isinstance(document.get("messages"), list):
        _named(fields(document.get("info")), draft)
        for message in objects(document.get("messages")):
            info = fields(message.get("info"))
            draft.model(info.get("modelID"))
            for part in objects(message.get("parts")):
                _part(part, word(info.get("role")), _time(part, info), line_of(part, 1), draft)
        if source.cut:
            draft.truncated = True
            draft.problems.append("It ends in the middle; what stands before was read.")
        return (_closed(draft, fields(document.get("info"))),)
    kind = _piece(document)
    if kind == "session":
        _named(document, draft)
    elif kind == "message":
        draft.id = name(document.get("sessionID"))
        draft.model(document.get("modelID"))
    elif word(document.get("type")) == "text":
        draft.problems.append("Who wrote this text stands in another file of the session.")
    else:
        _part(document, "", _time(document, {}), 1, draft)
    return (draft.session(),)


def read_tree(files: Mapping[str, bytes]) -> tuple[Session, ...]:
    """The sessions of a storage folder, put together from its files (path to bytes); other files are passed over."""
    pieces: dict[str, list[tuple[str, dict[str, Any]]]] = {"session": [], "message": [], "part": []}
    for path, content in list(files.items())[:FILES]:
        source = open_source(path, content) if path.endswith(".json") else None
        document = source.document if source else None
        if isinstance(document, dict) and (kind := _piece(document)):
            pieces[kind].append((path, document))
    drafts: dict[str, Draft] = {}
    infos: dict[str, dict[str, Any]] = {}
    for path, data in pieces["session"]:
        _named(data, _draft(drafts, word(data.get("id")), path))
        infos[word(data.get("id"))] = data
    parts: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path, data in pieces["part"]:
        parts.setdefault(word(data.get("messageID")) or _folder(path), []).append((path, data))
    for path, data in sorted(pieces["message"], key=lambda item: (_order(item[1]), item[0])):
        draft = _draft(drafts, word(data.get("sessionID")) or _folder(path), path)
        draft.model(data.get("modelID"))
        for where, part in sorted(parts.get(word(data.get("id")), []), key=lambda item: item[0]):
            draft.lines += 1
            _part(part, word(data.get("role")), _time(part, data), 1, draft)
            draft.path = draft.path or where
    return tuple(_closed(draft, infos.get(key, {})) for key, draft in drafts.items())


def _closed(draft: Draft, info: Mapping[str, Any]) -> Session:
    """The session. In one that an agent opened for a subagent (its title says so) no person speaks."""
    if name(info.get("parentID")) and "subagent)" in word(info.get("title")):
        draft.events = [replace(one, synthetic=True) if one.kind == "prompt" else one for one in draft.events]
    return draft.session()


def _draft(drafts: dict[str, Draft], key: str, path: str) -> Draft:
    if key not in drafts:
        drafts[key] = Draft(TOOL, path)
        drafts[key].id = key or None
    return drafts[key]


def _folder(path: str) -> str:
    parts = path.split("/")
    return parts[-2] if len(parts) > 1 else ""


def _piece(document: Mapping[str, Any]) -> str:
    """Which file of the storage an object is: "session", "message", "part", or "" for none."""
    key = word(document.get("id"))
    if not key:
        return ""
    if word(document.get("type")) in _PARTS and not {"message", "role", "data"} & set(document):
        told = {"messageID", "sessionID", "callID", "state", "tool"} & set(document)
        return "part" if told or isinstance(document.get("time"), dict) or "synthetic" in document else ""
    time = document.get("time")
    if word(document.get("role")) in ("user", "assistant") and "content" not in document:
        return "message" if isinstance(time, dict) or "sessionID" in document else ""
    if isinstance(document.get("directory"), str) and not {"messages", "history", "role"} & set(document):
        return "session"
    return ""


def _named(info: dict[str, Any], draft: Draft) -> None:
    draft.id = name(info.get("id")) or draft.id
    draft.version = name(info.get("version"))
    draft.cwd = name(info.get("directory"))


def _time(part: Mapping[str, Any], message: Mapping[str, Any]) -> Any:
    state = fields(part.get("state"))
    for holder in (state, part, message):
        found = first(fields(holder.get("time")), "start", "created")
        if found is not None:
            return found
    return None


def _order(message: Mapping[str, Any]) -> int:
    return number(fields(message.get("time")).get("created")) or 0


def _part(part: dict[str, Any], role: str, when: Any, line: int, draft: Draft) -> None:
    kind = word(part.get("type"))
    if kind == "text":
        text = text_of(part.get("text"))
        if role == "user":
            said = "" if part.get("synthetic") is True or part.get("ignored") is True else typed(text)
            draft.add("prompt", line, when, said or text[:400], synthetic=not said)
        else:
            draft.add("reply", line, when, text)
    elif kind == "tool":
        _tool(part, line, when, draft)
    elif kind == "compaction":
        draft.add("compact", line, when)
    elif kind == "subtask":
        draft.add("subagent", line, when, first(part, "description", "prompt"))
    elif kind not in _PARTS:
        draft.unknown += 1


def _tool(part: dict[str, Any], line: int, when: Any, draft: Draft) -> None:
    state = fields(part.get("state"))
    key = word(first(part, "callID", "id")) or f"({len(draft.events)})"
    draft.call(key, tool_events(part.get("tool"), state.get("input"), line, when, draft))
    events = draft.of_call(key)
    status, error = word(state.get("status")), text_of(state.get("error"))
    if status == "error" and _REFUSED in error:
        draft.refuse(key, line, when)
        return
    good = {"completed": True, "error": False}.get(status)
    meta = fields(state.get("metadata"))
    if events and events[0].kind == "shell":
        code = number(meta.get("exit"))
        draft.result(
            key, ok=good if code is None else code == 0, exit_code=code, text=tail(state.get("output")) or None
        )
        return
    draft.result(key, ok=good)
    if len(events) == 1 and (counts := of_result(meta)):
        draft.result(key, added=counts[0], removed=counts[1])
