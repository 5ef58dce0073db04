"""Claude.ai's export: conversations, each a list of messages."""

from __future__ import annotations

from typing import Any

from graders.transcripts.draft import Draft
from graders.transcripts.fields import first, name, objects, word
from graders.transcripts.session import Session
from graders.transcripts.source import Source, line_of
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import text_of, typed

TOOL = "Claude.ai"
CONVERSATIONS = 2_000


def fits(source: Source) -> bool:
    return any(isinstance(one.get("chat_messages"), list) for one in _conversations(source)[:20])


def read(source: Source) -> tuple[Session, ...]:
    """One session for every conversation."""
    sessions = []
    for conversation in _conversations(source)[:CONVERSATIONS]:
        draft = Draft(TOOL, source.path)
        draft.id = name(conversation.get("uuid"))
        draft.model(conversation.get("model"))
        seen: set[str] = set()
        for message in objects(conversation.get("chat_messages")):
            draft.lines += 1
            key = word(message.get("uuid"))
            if not key or key not in seen:
                _message(message, line_of(message, line_of(conversation, 1)), draft)
            seen.add(key)
        draft.truncated = source.cut
        sessions.append(draft.session())
    return tuple(sessions)


def _conversations(source: Source) -> list[dict[str, Any]]:
    document = source.document
    if isinstance(document, dict):
        inner = objects(document.get("conversations"))
        return inner or [document]
    return objects(document) or list(source.sample)


def _message(message: dict[str, Any], line: int, draft: Draft) -> None:
    when = message.get("created_at")
    text = text_of(message.get("text")) or text_of(message.get("content"))
    sender = word(first(message, "sender", "role"))
    if sender in ("human", "user"):
        draft.add("prompt", line, when, typed(text))
    elif sender == "assistant":
        draft.add("reply", line, when, text)
        for block in objects(message.get("content")):
            if block.get("type") == "tool_use":
                draft.call(block.get("id"), tool_events(block.get("name"), block.get("input"), line, when, draft))
    else:
        draft.unknown += 1
