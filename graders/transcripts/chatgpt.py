"""ChatGPT's export: conversations as trees of messages; the branch that the person last saw is read."""

from __future__ import annotations

from typing import Any

from graders.transcripts.conversation import MODELS
from graders.transcripts.draft import Draft
from graders.transcripts.fields import fields, first, items, name, objects, word
from graders.transcripts.session import Session
from graders.transcripts.source import Source, line_of
from graders.transcripts.typed import text_of, typed

TOOL = "ChatGPT"
CONVERSATIONS = 2_000


def fits(source: Source) -> bool:
    return any(isinstance(one.get("mapping"), dict) for one in _conversations(source)[:20])


def read(source: Source) -> tuple[Session, ...]:
    """One session for every conversation."""
    sessions = []
    for conversation in _conversations(source)[:CONVERSATIONS]:
        draft = Draft(TOOL, source.path)
        draft.id = name(first(conversation, "conversation_id", "id"))
        draft.model(conversation.get("default_model_slug"))
        mapping = fields(conversation.get("mapping"))
        branch = _branch(mapping, word(conversation.get("current_node")))
        for node in branch:
            draft.lines += 1
            _message(fields(node.get("message")), line_of(node, line_of(conversation, 1)), draft)
        asked = sum(1 for node in list(mapping.values()) if _author(fields(fields(node).get("message"))) == "user")
        others = asked - len([event for event in draft.events if event.kind == "prompt"])
        if others > 0:
            draft.problems.append(f"Prompts on branches that were left (edited, or asked again): {others}.")
        if source.cut:
            draft.truncated = True
        sessions.append(draft.session())
    return tuple(sessions)


def _conversations(source: Source) -> list[dict[str, Any]]:
    document = source.document
    if isinstance(document, dict):
        inner = objects(document.get("conversations"))
        return inner or [document]
    return objects(document) or list(source.sample)


def _branch(mapping: dict[str, Any], current: str) -> list[dict[str, Any]]:
    """The nodes from the root to the current one; without a current one, to the end of the longest branch."""
    if current not in mapping:
        current = _deepest(mapping)
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    while current in mapping and current not in seen:
        seen.add(current)
        node = fields(mapping[current])
        found.append(node)
        current = word(node.get("parent"))
    return found[::-1]


def _deepest(mapping: dict[str, Any]) -> str:
    """The node farthest from its root; every node is met once, so that circles in the tree end."""
    depth: dict[str, int] = {}
    for start in mapping:
        chain: list[str] = []
        on_chain: set[str] = set()
        here = start
        while here in mapping and here not in depth and here not in on_chain:
            chain.append(here)
            on_chain.add(here)
            here = word(fields(mapping[here]).get("parent"))
        known = depth.get(here, 0)
        for key in reversed(chain):
            known += 1
            depth[key] = known
    return max(depth, key=lambda key: depth[key], default="")


def _author(message: dict[str, Any]) -> str:
    return word(fields(message.get("author")).get("role"))


def _message(message: dict[str, Any], line: int, draft: Draft) -> None:
    role, when = _author(message), message.get("create_time")
    metadata, content = fields(message.get("metadata")), fields(message.get("content"))
    hidden = metadata.get("is_visually_hidden_from_conversation") is True
    text = "\n".join(piece for piece in (_part(part) for part in items(content.get("parts"))[:200]) if piece)
    text = text or text_of(content.get("text"))
    if role == "user":
        own = hidden or word(content.get("content_type")) == "user_editable_context"
        draft.add("prompt", line, when, text[:400] if own else typed(text), synthetic=own)
    elif role in MODELS:
        draft.model(metadata.get("model_slug"))
        if word(content.get("content_type")) in ("", "text", "multimodal_text", "code") and not hidden:
            draft.add("reply", line, when, text)


def _part(part: Any) -> str:
    return part if isinstance(part, str) else text_of(fields(part).get("text"))
