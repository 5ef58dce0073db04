"""Agent files: the instructions for AI agents that a repository holds, and who wrote them (AIL-16)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

FILES = 60
_KINDS: tuple[tuple[str, str], ...] = (
    ("", r"(?:^|/)AGENTS?(?:\.local)?\.md$|^\.mcp\.json$|^\.ai/rules/|^memory-bank/"),
    ("Claude", r"(?:^|/)CLAUDE(?:\.local)?\.md$|(?:^|/)\.claude/(?!projects/|todos/)[^/]+"),
    ("Gemini", r"(?:^|/)GEMINI\.md$|^\.gemini/"),
    ("Cursor", r"(?:^|/)\.cursorrules$|(?:^|/)\.cursor/[^/]+"),
    ("Windsurf", r"^\.windsurfrules$|^\.windsurf/"),
    ("Cline", r"^\.clinerules(?:/|$)|^\.roo(?:/|rules)|^\.kilocode/"),
    (
        "Copilot",
        r"^\.github/(?:copilot-instructions\.md$|instructions/|prompts/|chatmodes/|agents/)|^\.copilot/",
    ),
    ("Aider", r"(?:^|/)\.aider\.conf\.yml$|^\.aiderignore$"),
    ("ChatGPT", r"^\.codex/"),
    ("OpenCode", r"^opencode\.jsonc?$|^\.opencode/"),
    ("Kiro", r"^\.kiro/"),
    ("JetBrains AI", r"^\.junie/"),
)
_PATTERNS = tuple((tool, re.compile(pattern, re.IGNORECASE)) for tool, pattern in _KINDS)


@dataclass(frozen=True, slots=True)
class AgentFile:
    """One such file. `tool`: whose it is, "" for files that several tools read. `from_starter`: as it came."""

    path: str
    tool: str
    lines: int
    from_starter: bool


def agent_files(
    paths: Sequence[str], read: Callable[[Sequence[str]], Mapping[str, bytes]], starter: Mapping[str, bytes]
) -> tuple[AgentFile, ...]:
    """The agent files among a submission's paths; `read` gives the contents of several."""
    found = {path: tool for path in paths if (tool := tool_of(path)) is not None}
    chosen = sorted(found, key=lambda path: (path.count("/"), path))[:FILES]
    contents = read(chosen) if chosen else {}
    return tuple(
        AgentFile(
            path,
            found[path],
            len(contents[path].splitlines()),
            path in starter and starter[path].split() == contents[path].split(),
        )
        for path in chosen
        if path in contents
    )


def tool_of(path: str) -> str | None:
    """Whose agent file a path is ("" for several tools'), None for any other file."""
    return next((tool for tool, pattern in _PATTERNS if pattern.search(path)), None)
