"""Transcripts: what AI tools themselves record of a session, in one neutral model; one module a format."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

from graders.transcripts import (
    aider,
    aider_input,
    cascade_markdown,
    chatgpt,
    claude_ai,
    claude_code,
    claude_export,
    claude_history,
    cline,
    cline_markdown,
    codex,
    copilot_chat,
    copilot_events,
    cursor,
    cursor_markdown,
    cursor_text,
    gemini,
    loose,
    messages,
    mixed,
    neutral,
    opencode,
    specstory,
    windsurf,
)
from graders.transcripts.attribution import Attribution, read_attributions
from graders.transcripts.commands import is_build_command, is_lint_command, is_test_command
from graders.transcripts.copies import distinct
from graders.transcripts.session import Event, Kind, Session
from graders.transcripts.source import Source, open_source

__all__ = [
    "IMPORTERS",
    "Attribution",
    "Event",
    "Importer",
    "Kind",
    "Session",
    "distinct",
    "is_build_command",
    "is_lint_command",
    "is_test_command",
    "read_attributions",
    "read_sessions",
    "read_text",
]


class Importer(NamedTuple):
    """`fits` says by its content whether a source has the format, `read` gives its sessions."""

    fits: Callable[[Source], bool]
    read: Callable[[Source], tuple[Session, ...]]


def _importer(module: ModuleType) -> Importer:
    return Importer(module.fits, module.read)


IMPORTERS: dict[str, Importer] = {
    "Harness": _importer(neutral),
    "Claude Code": _importer(claude_code),
    "Claude Code history": _importer(claude_history),
    "Codex": _importer(codex),
    "Copilot events": _importer(copilot_events),
    "Copilot Chat": _importer(copilot_chat),
    "Gemini CLI": _importer(gemini),
    "Windsurf": _importer(windsurf),
    "Cursor": _importer(cursor),
    "ChatGPT": _importer(chatgpt),
    "Claude.ai": _importer(claude_ai),
    "Cline": _importer(cline),
    "OpenCode": _importer(opencode),
    "SpecStory": _importer(specstory),
    "Aider": _importer(aider),
    "Aider input": _importer(aider_input),
    "Cursor Markdown": _importer(cursor_markdown),
    "Cursor text": _importer(cursor_text),
    "Cascade Markdown": _importer(cascade_markdown),
    "Claude Code text": _importer(claude_export),
    "Cline Markdown": _importer(cline_markdown),
    "messages": _importer(messages),
}
"""Every format, in the order in which they are tried: those with the clearest marks first."""


def read_sessions(path: str, content: bytes) -> tuple[Session, ...]:
    """The sessions in a file's bytes, () when no format fits. `path` is only carried along; never raises on content."""
    source = open_source(path, content)
    return _read(source) if source else ()


def read_text(path: str, text: str) -> tuple[Session, ...]:
    """The same for a text that is decoded already."""
    return _read(Source(path, text)) if text.strip() else ()


def _read(source: Source) -> tuple[Session, ...]:
    listed = loose.listed(source)
    found = (_of_one(listed) if listed else ()) or _of_one(source)
    if any(session.unknown for session in found) and (several := mixed.parts(source)):
        return tuple(session for part in several for session in _of_one(part))
    if found:
        return found
    torn = loose.torn(source)
    found = _of_one(torn) if torn else ()
    if any(session.events for session in found):
        return found
    return tuple(session for part in loose.documents(source) for session in _of_one(part) if session.events)


def _of_one(source: Source) -> tuple[Session, ...]:
    for importer in IMPORTERS.values():
        if importer.fits(source):
            sessions = importer.read(source)
            if sessions:
                return sessions
    return ()
