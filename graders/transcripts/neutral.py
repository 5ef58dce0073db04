"""The harness's own neutral transcript: one header line, then one event per line as JSON. Written and read here."""

from __future__ import annotations

import json
from typing import Any, get_args

from graders.transcripts.draft import Draft
from graders.transcripts.fields import flag, items, name, number, prose, word
from graders.transcripts.session import Event, Kind, Session
from graders.transcripts.source import Source

FORMAT = "harness-transcript"
VERSION = 1
_KINDS = frozenset(get_args(Kind))
_HEADER = ("id", "version", "cwd", "branch", "head_commit")


def fits(source: Source) -> bool:
    return any(data.get("format") == FORMAT for data in source.sample[:3])


def read(source: Source) -> tuple[Session, ...]:
    """The sessions of a file; several may stand one after the other, each with its header line."""
    drafts: list[Draft] = []
    sessions = []
    for record in source.records():
        data = record.data
        if data is not None and data.get("format") == FORMAT:
            drafts.append(_opened(data, source.path))
            continue
        if not drafts:
            drafts.append(Draft("unknown tool", source.path))
        draft = drafts[-1]
        draft.lines += 1
        if data is None:
            draft.bad_lines += 1
        elif word(data.get("kind")) not in _KINDS:
            draft.unknown += 1
        else:
            draft.put(_event(data, record.line, draft))
    for draft in drafts[:500]:
        if draft.tool != "unknown tool" or draft.events:
            sessions.append(draft.session())
    return tuple(sessions)


def write(session: Session) -> str:
    """The text of a neutral transcript. Fields that hold nothing are left out."""
    header: dict[str, Any] = {"format": FORMAT, "v": VERSION, "tool": session.tool}
    header |= {key: value for key in _HEADER if (value := getattr(session, key))}
    header |= {"source": session.path}
    for key in ("models", "problems"):
        if value := getattr(session, key):
            header[key] = list(value)
    for key in ("bad_lines", "unknown", "truncated", "local_times"):
        if value := getattr(session, key):
            header[key] = value
    rows = [header, *(_row(event) for event in session.events)]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _opened(data: dict[str, Any], path: str) -> Draft:
    draft = Draft(word(data.get("tool")) or "unknown tool", path)
    draft.id, draft.version = name(data.get("id")), name(data.get("version"))
    draft.cwd, draft.branch, draft.head_commit = (name(data.get(key)) for key in ("cwd", "branch", "head_commit"))
    for model in items(data.get("models")):
        draft.model(model)
    draft.truncated = data.get("truncated") is True
    draft.local_times = data.get("local_times") is True
    if unreadable := number(data.get("bad_lines")):
        # Counted where the transcript was exported: the neutral file itself holds only what could be read.
        draft.problems.append(f"Lines of the original that could not be read: {unreadable}.")
    return draft


def _row(event: Event) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": event.kind}
    if event.when:
        row["when"] = event.when.isoformat().replace("+00:00", "Z")
    for key in ("text", "path", "command"):
        if value := getattr(event, key):
            row[key] = value
    for key in ("exit_code", "ok", "added", "removed"):
        if (value := getattr(event, key)) is not None:
            row[key] = value
    if event.synthetic:
        row["synthetic"] = True
    return row


def _event(data: dict[str, Any], line: int, draft: Draft) -> Event:
    kind: Any = word(data.get("kind"))
    return Event(
        kind,
        line,
        draft.time(data.get("when")),
        prose(data.get("text")),
        path=name(data.get("path")),
        command=prose(data.get("command"), 4_000) or None,
        exit_code=number(data.get("exit_code")),
        ok=flag(data.get("ok")),
        added=number(data.get("added")),
        removed=number(data.get("removed")),
        synthetic=data.get("synthetic") is True,
    )
