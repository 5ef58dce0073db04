"""A conversation of a tool without marks of its own: records or a list of messages, each with who speaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graders.transcripts.conversation import MODELS, PEOPLE, add_message
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, name, number, objects, word
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Source, line_of

_LISTS = ("messages", "chatMessages", "history", "conversation", "chat", "turns", "transcript")


def fits(source: Source) -> bool:
    """Whether both sides speak in it."""
    found = _inner(source)[:60] or list(source.sample)
    roles = {_role(one) for one in found}
    return bool(roles & PEOPLE) and bool(roles & MODELS)


def read(source: Source) -> tuple[Session, ...]:
    """The one session of a file. Which tool wrote it is told by the few marks that are known."""
    draft = Draft("an AI tool", source.path)
    listed = _inner(source)
    _named(fields(source.document) if listed else next(iter(source.sample), {}), draft)
    for line, data in _records(source, listed, draft):
        kind = word(data.get("type"))
        inner = fields(data.get("message"))
        if inner and (word(inner.get("role")) or "content" in inner or "parts" in inner):
            meta = fields(inner.get("meta")) or fields(data.get("meta"))
            when = first(data, "timestamp", "ts", "createdAt") or first(inner, "timestamp", "ts") or meta.get("sentAt")
            known = _ran(inner, line, when, draft) or add_message({"role": _role(data), **inner}, line, when, draft)
            if inner.get("stopReason") == "aborted":
                draft.add("interrupt", line, when, "aborted")
        else:
            meta, usage = fields(data.get("meta")), fields(data.get("usage"))
            when = first(data, "timestamp", "ts", "created_at", "createdAt", "time", "date") or meta.get("sentAt")
            draft.model(usage.get("model"))
            known = add_message(data, line, when or usage.get("timestamp"), draft)
        if kind in ("compactionSummary", "compaction", "compaction_state"):
            draft.add("compact", line, data.get("timestamp"))
        elif kind == "model_change":
            draft.model(data.get("modelId"))
        elif not known and kind not in _QUIET:
            draft.unknown += 1
        _states(data, line, draft)
    return (draft.session(),)


_QUIET = frozenset(
    {"session", "session_start", "todo_state", "session_end", "custom", "branchSummary", "branch_summary", "label"}
    | {"thinking_level_change", "session_info", "custom_message", "model_change", "compactionSummary", "compaction"}
)


def _named(data: dict[str, Any], draft: Draft) -> None:
    draft.id = name(first(data, "id", "sessionId", "session_id"))
    draft.cwd = name(first(data, "cwd", "workspaceDirectory", "directory", "workspace"))
    kind = word(data.get("type"))
    env = fields(fields(data.get("env")).get("initial"))
    if kind == "session_start":
        draft.tool = "Factory Droid"
    elif "parts" in fields(data.get("message")) and "uuid" in data:
        draft.tool = "Qwen Code"
    elif kind == "session":
        draft.tool = "Pi"
    elif "workspaceDirectory" in data and "history" in data:
        draft.tool = "Continue"
    elif "chatMessages" in data:
        draft.tool = "Copilot CLI"
    elif word(data.get("id")).startswith("T-") and "messages" in data:
        draft.tool = "Amp"
        draft.version = name(fields(env.get("platform")).get("clientVersion"))
        for tree in objects(env.get("trees"))[:1]:
            repository = fields(tree.get("repository"))
            draft.cwd = name(tree.get("uri"))
            draft.head_commit = name(repository.get("sha"))
            draft.branch = (name(repository.get("ref")) or "").removeprefix("refs/heads/") or None


def _inner(source: Source) -> list[dict[str, Any]]:
    """The messages of a document; [] for a file of records."""
    document = source.document
    if isinstance(document, list):
        found = objects(document)
        return found if len(found) == 1 or any(_role(one) for one in found[:60]) else []
    if isinstance(document, dict):
        for key in _LISTS:
            if isinstance(document.get(key), list):
                return objects(document[key])
        # Google AI Studio
        chunks = objects(fields(document.get("chunkedPrompt")).get("chunks"))
        return [chunk for chunk in chunks if chunk.get("isThought") is not True]
    return []


def _records(source: Source, listed: list[dict[str, Any]], draft: Draft) -> Iterator[tuple[int, dict[str, Any]]]:
    if listed:
        draft.lines = source.text.count("\n") + 1
        draft.truncated = source.cut
        for data in listed:
            yield line_of(data, 1), data
        return
    for record in source.records():
        draft.lines += 1
        if record.data is None:
            draft.bad_lines += 1
        else:
            yield record.line, record.data


def _role(data: dict[str, Any]) -> str:
    inner = fields(data.get("message"))
    return word(first(inner, "role") or first(data, "role", "sender", "from", "type")).casefold()


def _ran(message: dict[str, Any], line: int, when: Any, draft: Draft) -> bool:
    """Pi's own roles: a command that the person ran (`!ls`), and what extensions put there."""
    if word(message.get("role")) == "bashExecution":
        code = number(message.get("exitCode"))
        good = None if code is None else code == 0
        command = word(message.get("command")) or None
        draft.put(Event("shell", line, draft.time(when), "run by the person", None, command, code, good))
    return word(message.get("role")) in ("bashExecution", "custom", "branchSummary", "compactionSummary")


def _states(data: dict[str, Any], line: int, draft: Draft) -> None:
    """Continue keeps beside a message what came of its tool calls."""
    for state in objects(data.get("toolCallStates")):
        status = word(state.get("status"))
        if status in ("canceled", "cancelled", "rejected"):
            draft.refuse(state.get("toolCallId"), line)
        elif status in ("done", "errored"):
            draft.result(state.get("toolCallId"), ok=status == "done")
