"""Leftovers: files that a tool acts on by itself, and files that seldom belong into a repository; by their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Sort = Literal["auto-run", "agent", "secret", "database", "cache"]

_PATTERNS: tuple[tuple[Sort, str], ...] = (
    (
        "auto-run",
        r"(?:^|/)(?:\.vscode/(?:tasks|settings|launch)\.json|\.envrc|\.husky/[^/]+|\.?githooks/[^/]+|\.devcontainer/[^/]+|"
        r"\.devcontainer\.json|\.idea/runConfigurations/[^/]+|sitecustomize\.py|usercustomize\.py|[^/]+\.pth|\.npmrc|"
        r"\.pre-commit-config\.yaml|\.mcp\.json|mise\.toml|\.mise\.toml)$",
    ),
    (
        "agent",
        r"(?:^|/)(?:CLAUDE(?:\.local)?\.md|AGENTS\.md|GEMINI\.md|\.cursorrules|\.windsurfrules|\.clinerules|"
        r"\.cursor/.+|\.claude/.+|\.github/copilot-instructions\.md|\.aider\.conf\.yml|\.continue/.+|\.roo/.+)$",
    ),
    (
        "secret",
        r"(?:^|/)(?:\.env(?!\.(?:example|sample|template|dist|test|defaults?)$)(?:\.[^/]+)?|[^/]+\.(?:pem|p12|pfx|jks|keystore)|"
        r"id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.pgpass|credentials\.json|service[-_]account[^/]*\.json|"
        r"\.aws/credentials|secrets?\.(?:json|ya?ml|toml))$",
    ),
    ("database", r"(?:^|/)[^/]+\.(?:db|sqlite3?|sqlite-wal|sqlite-shm|db-wal|db-shm|rdb|dump)$"),
    (
        "cache",
        r"(?:^|/)(?:__pycache__/.+|\.pytest_cache/.+|\.mypy_cache/.+|\.ruff_cache/.+|\.tox/.+|htmlcov/.+|node_modules/.+|"
        r"\.venv/.+|venv/.+|site-packages/.+|[^/]+\.py[co]|\.coverage|\.DS_Store|Thumbs\.db|[^/]+\.sw[po]|[^/]+\.egg-info/.+)$",
    ),
)
_RULES = tuple((sort, re.compile(pattern, re.IGNORECASE)) for sort, pattern in _PATTERNS)

WORDS: dict[Sort, tuple[str, str]] = {
    "auto-run": (
        "files that a tool runs or obeys by itself",
        "An editor, a shell or git can act on them when the folder is opened or used: read them first.",
    ),
    "agent": (
        "files that configure an AI tool were added",
        "Many teams ask for them; worth asking which of them earned their place.",
    ),
    "secret": ("files with a name under which secrets are kept", "Their contents are not shown here."),
    "database": (
        "database files were committed",
        "Worth asking whether they were meant to be there, and what is in them.",
    ),
    "cache": ("files that tools write for themselves were committed", "Caches, compiled files or installed packages."),
}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A path and the sort of leftover that its name makes it."""

    path: str
    sort: Sort


def leftovers(paths: Iterable[str]) -> tuple[Leftover, ...]:
    """The paths that are leftovers, each by the first rule that it fits."""
    found = []
    for path in paths:
        for sort, pattern in _RULES:
            if pattern.search(path):
                found.append(Leftover(path, sort))
                break
    return tuple(found)
