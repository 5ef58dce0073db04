"""The manifest: what a submission says about itself in `submission.toml`; read strictly, believed in little.

Nothing in it configures the harness: it names the challenge, and how the program and its own tests start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox import toml

MANIFEST_NAME = "submission.toml"
MANIFEST_LIMIT = 64 * 1024
"""Bytes; a manifest holds three lines, and a TOML parser is no place for a flood."""
INSTEAD = "the challenge's own lines to start and to test serve instead"
COMMAND_LIMIT = 1_000
"""Characters of a start or test command."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `submission.toml` says. `start` and `test` are shell commands, None where it is silent.

    `problems` are sentences about what could not be read: a candidate can cause every one of them.
    """

    present: bool = False
    challenge: str | None = None
    start: str | None = None
    test: str | None = None
    problems: tuple[str, ...] = ()


def read_manifest(content: bytes | None) -> Manifest:
    """Read the bytes of `submission.toml` (None: there is none, and the challenge's defaults serve)."""
    if content is None:
        return Manifest()
    if len(content) > MANIFEST_LIMIT:
        return Manifest(present=True, problems=(f"{MANIFEST_NAME} is larger than {MANIFEST_LIMIT} bytes; {INSTEAD}.",))
    try:
        data = toml.parse(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Manifest(present=True, problems=(f"{MANIFEST_NAME} is not UTF-8 text; {INSTEAD}.",))
    except ValueError as reason:
        first_line = str(reason).splitlines()[0][:200]
        return Manifest(present=True, problems=(f"{MANIFEST_NAME} is not valid TOML: {first_line}; {INSTEAD}.",))
    problems: list[str] = []

    def text(section: str, key: str) -> str | None:
        table: Any = data.get(section, {})
        value = table.get(key) if isinstance(table, dict) else None
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            problems.append(f"{MANIFEST_NAME}: [{section}] {key} is not a text.")
            return None
        if len(value) > COMMAND_LIMIT or any(ord(letter) < 32 for letter in value):
            problems.append(
                f"{MANIFEST_NAME}: [{section}] {key} is longer than {COMMAND_LIMIT} characters or holds a line break."
            )
            return None
        return value.strip()

    return Manifest(
        present=True,
        challenge=text("submission", "challenge"),
        start=text("run", "start"),
        test=text("run", "test"),
        problems=tuple(problems),
    )
