"""Transcripts: what an AI tool itself recorded. Only the person's prompts are taken from them.

The formats are undocumented by their makers, so every field is optional here, and what is not known is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from graders.ai_log.entry import Entry, Part, make
from graders.ai_log.records import Record, Records

_NOT_A_PERSON = (
    *("<command-", "<local-command-", "<bash-", "<system-reminder", "<task-notification", "<ide_", "Caveat:"),
    *("[Request interrupted", "This session is being continued", "Operation stopped by hook"),
    *("<environment_context", "<user_instructions"),
)
"""How texts begin that a tool puts under the person's name (Claude Code, Codex)."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Which tool seems to have written it, and the person's prompts as entries."""

    tool: str
    entries: tuple[Entry, ...]


def read_transcript(records: Records, path: str) -> Transcript | None:
    """The transcript in these records, None when they are not of a known kind."""
    if not records.found:
        return None
    first = [record.data for record in records.found[:50]]
    tool = _tool(first)
    if tool is None:
        return None
    said = [(text, when, record.line) for record in records.found for text, when in _prompts(record, tool)]
    if tool == "Codex" and not said:
        # Both streams of a session usually hold the prompts; taking them from both would count them twice.
        said = [(text, when, record.line) for record in records.found for text, when in _of_codex_items(record.data)]
    entries = []
    for text, when, line in said:
        written = {"prompt": Part(text, line)} | ({"when": Part(when, line)} if when else {})
        entries.append(make(text.split("\n")[0][:120], path, line, written))
    return Transcript(tool, tuple(entries))


def _tool(sample: list[dict[str, Any]]) -> str | None:
    for data in sample:
        kind = data.get("type")
        if "sessionId" in data and "uuid" in data and isinstance(data.get("message"), dict):
            return "Claude Code"
        if kind in ("session_meta", "event_msg", "response_item") and "payload" in data:
            return "Codex"
        if isinstance(kind, str) and kind in ("session.start", "user.message") and "data" in data:
            return "Copilot"
        if isinstance(data.get("chat_messages"), list):
            return "Claude.ai"
        if isinstance(data.get("mapping"), dict):
            return "ChatGPT"
        if "requestId" in data and isinstance(data.get("message"), dict):
            return "Copilot Chat"
        if "display" in data and "sessionId" in data:
            return "Claude Code"
        if isinstance(data.get("kind"), int) and isinstance(_dict(data.get("v")).get("requests"), list):
            return "Copilot Chat"
    roles = {_role(data) for data in sample}
    if roles & {"user", "human", "user_input"} and roles & {"assistant", "model", "gemini", "ai", "planner_response"}:
        return "an AI tool"
    return None


def _prompts(record: Record, tool: str) -> Iterable[tuple[str, str]]:
    data = record.data
    when = data.get("timestamp") if isinstance(data.get("timestamp"), str) else ""
    if tool == "Claude.ai":
        for message in _dicts(data.get("chat_messages")):
            if message.get("sender") == "human":
                yield from _said(message.get("text") or message.get("content"), message.get("created_at"))
    elif tool == "ChatGPT":
        for node in _dicts(list(_dict(data.get("mapping")).values())):
            said = _dict(node.get("message"))
            if _dict(said.get("author")).get("role") == "user":
                content = said.get("content")
                yield from _said(content.get("parts") if isinstance(content, dict) else content, "")
    elif tool == "Copilot Chat":
        requests = _dict(data.get("v")).get("requests") if data.get("kind") == 0 else None
        if data.get("kind") == 2 and data.get("k") == ["requests"]:
            requests = data.get("v")
        for request in [data, *_dicts(requests)]:
            yield from _said(_dict(request.get("message")).get("text"), "")
    elif tool == "Codex":
        payload = _dict(data.get("payload"))
        if data.get("type") == "event_msg" and payload.get("type") == "user_message":
            yield from _said(payload.get("message"), when)
    elif tool == "Copilot":
        if data.get("type") == "user.message":
            yield from _said(_dict(data.get("data")).get("content"), when)
    elif "display" in data and "message" not in data:
        yield from _said(data.get("display"), when)
    elif _of_a_person(data):
        outer = data.get("message", data)
        content = outer.get("content") if isinstance(outer, dict) else outer
        yield from _said(_dict(data.get("user_input")).get("user_response") or content or data.get("text"), when)


def _of_codex_items(data: dict[str, Any]) -> Iterable[tuple[str, str]]:
    payload = _dict(data.get("payload"))
    if (
        data.get("type") == "response_item"
        and payload.get("type") in ("message", None)
        and payload.get("role") == "user"
    ):
        yield from _said(payload.get("content"), data.get("timestamp"))


def _of_a_person(data: dict[str, Any]) -> bool:
    if data.get("isMeta") or data.get("isSidechain") or data.get("isCompactSummary"):
        return False
    return _role(data) in ("user", "human", "user_input")


def _role(data: dict[str, Any]) -> str:
    """Who speaks in a record: "user", "assistant", ... by whichever of the known fields says so."""
    inner = _dict(data.get("message")).get("role")
    role = inner or data.get("role") or data.get("type") or data.get("sender")
    return role.casefold() if isinstance(role, str) else ""


def _said(content: Any, when: Any) -> Iterable[tuple[str, str]]:
    """The text in a message's content, when a person can have written it."""
    if isinstance(content, list):
        pieces = [
            block if isinstance(block, str) else str(block.get("text") or "")
            for block in content[:200]
            if isinstance(block, str)
            or (isinstance(block, dict) and block.get("type") in ("text", "input_text", None) and "text" in block)
        ]
        content = "\n".join(pieces)
    if not isinstance(content, str):
        return
    text = content.replace("<user_query>", "").replace("</user_query>", "").strip()
    if text and not text.startswith(_NOT_A_PERSON):
        yield text, when if isinstance(when, str) else ""


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value[:20_000] if isinstance(item, dict)] if isinstance(value, list) else []
