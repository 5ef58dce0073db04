"""A session with an AI tool as a transcript records it: events in the order of the file, each with its line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Kind = Literal[
    "prompt",
    "reply",
    "plan",
    "edit",
    "write",
    "shell",
    "read",
    "search",
    "interrupt",
    "reject",
    "accept",
    "user_edit",
    "compact",
    "subagent",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. What the format does not record is None, never a guess.

    `line` is where the record starts in the file (from 1). `when` is UTC. `path` is the file that was read or
    changed, relative to the session's folder where that is known. `ok` is the tool's own word on success, `exit_code`
    the command's. `added` and `removed` are lines. `synthetic`: text that a tool put under the person's name.
    A tool call that the person refused is a `reject` with its `path` or `command`, and nothing else.
    """

    kind: Kind
    line: int
    when: datetime | None
    text: str = ""
    path: str | None = None
    command: str | None = None
    exit_code: int | None = None
    ok: bool | None = None
    added: int | None = None
    removed: int | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """One session of `tool`, read from the file at `path`.

    `lines` counts the records that were met, `bad_lines` those that are not readable, `unknown` readable ones of a
    type that is not known here. `truncated`: the file ends (or was cut) in the middle, or starts after a compaction.
    `local_times`: the times were written without a zone and were read as UTC, so they may be off by up to 14 hours.
    `problems` are sentences for a reader.
    """

    tool: str
    path: str
    events: tuple[Event, ...]
    id: str | None = None
    version: str | None = None
    models: tuple[str, ...] = ()
    cwd: str | None = None
    branch: str | None = None
    head_commit: str | None = None
    lines: int = 0
    bad_lines: int = 0
    unknown: int = 0
    compactions: int = 0
    truncated: bool = False
    problems: tuple[str, ...] = ()
    local_times: bool = False

    @property
    def prompts(self) -> tuple[Event, ...]:
        """What the person typed."""
        return tuple(event for event in self.events if event.kind == "prompt" and not event.synthetic)

    @property
    def edits(self) -> tuple[Event, ...]:
        """Changes of files that the tool made; those that it says failed are left out."""
        return tuple(event for event in self.events if event.kind in ("edit", "write") and event.ok is not False)

    @property
    def shells(self) -> tuple[Event, ...]:
        """Commands that were run, whatever came of them."""
        return tuple(event for event in self.events if event.kind == "shell")

    @property
    def started(self) -> datetime | None:
        return min((event.when for event in self.events if event.when), default=None)

    @property
    def ended(self) -> datetime | None:
        return max((event.when for event in self.events if event.when), default=None)
