"""Trailers: lines in a commit's message, or its author's name, by which AI tools say that they took part.

Positive evidence only: every tool lets people switch them off, so their absence says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE = re.compile(r"^([A-Za-z][A-Za-z-]{2,40}):[ \t]{0,4}(.{1,300})$")
_TOOLS = re.compile(
    r"(?i)@anthropic\.com|\bclaude(?: code| opus| sonnet| haiku|[ -]\d)|\+copilot@users\.noreply|"
    r"\bgithub copilot\b|^copilot\b|aider@aider\.chat|\baider \(|cursoragent@cursor|\bcursor(?: agent|<)|\bcodex\b|"
    r"\bgemini(?: cli|-)|\bdevin ai\b|devin-ai|\bchatgpt\b|\bgpt-\d|@openai\.com|\bwindsurf\b|\bopencode\b|"
    r"\bamp(?:code)? <|google-labs-jules|\bjules\[bot\]|\bcline (?:bot|agent)\b|@cline\.bot"
)
"""Names and addresses of tools. People are called Claude, Jules and Cline too, so a bare first name is not enough."""
_NAMED_FOR_AI = frozenset({"assisted-by", "generated-by", "ai-assisted", "entire-checkpoint", "ai-session", "ai-model"})
_BODY = re.compile(r"(?i)generated with \[?(claude code|cursor|codex|copilot|aider|gemini cli|opencode)")
_AUTHOR = re.compile(
    r"(?i) \(aider\)$|(?<!dependabot)(?<!renovate)(?<!github-actions)(?<!pre-commit-ci)\[bot\]$|"
    r"^(?:copilot|cursor agent|claude code|devin ai)(?: ?\[bot\])?$"
)
_FIRST_NAMES = re.compile(r"(?i)^(?:claude|devin|jules)$")
_TOOL_ADDRESS = re.compile(r"(?i)@anthropic\.com$|noreply|\[bot\]|devin-ai|@cognition|google-labs")
_MESSAGE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Trailer:
    """What was read: the trailer's name (or "author", "message"), and its text without mail addresses."""

    name: str
    text: str


def trailers(body: str, author: str, author_email: str = "") -> tuple[Trailer, ...]:
    """The signs of AI tools in a commit's message and author. An author "Claude" is a person, but for the address."""
    found: list[Trailer] = []
    for line in body[:_MESSAGE_LIMIT].split("\n"):
        match = _LINE.match(line.strip())
        if match:
            name = match[1].casefold()
            by_name = name == "co-authored-by" and _TOOLS.search(match[2])
            if by_name or name in _NAMED_FOR_AI:
                found.append(Trailer(match[1], re.sub(r"\s{0,4}<[^<>]{0,200}>", "", match[2]).strip()[:120]))
        told = _BODY.search(line)
        if told:
            found.append(Trailer("message", f"Generated with {told[1]}"))
    named = _FIRST_NAMES.match(author.strip()) and _TOOL_ADDRESS.search(author_email)
    if _AUTHOR.search(author.strip()) or named:
        found.append(Trailer("author", author.strip()[:120]))
    return tuple(found[:10])
