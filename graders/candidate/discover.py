"""Discovery: the sessions of one repository among all that the AI tools keep on a machine. Offline, and read-only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from graders.candidate.agents import claude_code, codex, copilot_cli, gemini
from graders.candidate.editors import aider, cline, copilot_chat, cursor, specstory
from graders.candidate.kept import Finder
from graders.candidate.machine import Machine
from graders.candidate.opencode import opencode
from graders.candidate.repository import Repository
from graders.candidate.walk import Troubles
from graders.transcripts import Event, Session, read_sessions

FINDERS: Mapping[str, Finder] = MappingProxyType(
    {
        "claude-code": claude_code,
        "codex": codex,
        "gemini": gemini,
        "copilot-cli": copilot_cli,
        "copilot-chat": copilot_chat,
        "cursor": cursor,
        "aider": aider,
        "cline": cline,
        "opencode": opencode,
        "specstory": specstory,
    }
)
"""Name of a tool (for `--tool`) to what finds its sessions."""
SESSIONS = 500


@dataclass(frozen=True, slots=True)
class Found:
    """One session: its own record first, then those of the agents that it started. `size` is in bytes, of the files."""

    tool: str
    path: Path
    size: int
    sessions: tuple[Session, ...]
    cut: bool = False

    @property
    def prompts(self) -> tuple[Event, ...]:
        return tuple(event for session in self.sessions for event in session.prompts)

    @property
    def started(self) -> datetime | None:
        return min((session.started for session in self.sessions if session.started), default=None)

    @property
    def ended(self) -> datetime | None:
        return max((session.ended for session in self.sessions if session.ended), default=None)


@dataclass(frozen=True, slots=True)
class Discovery:
    """`found` in order of time, those without times last. `troubles` are files with what kept them from being read."""

    found: tuple[Found, ...]
    troubles: tuple[tuple[Path, str], ...] = ()


def discover(
    repository: Repository, machine: Machine, tools: Collection[str] = (), since: datetime | None = None
) -> Discovery:
    """Find the repository's sessions. `tools`: names of FINDERS, all when empty; `since`: what ended before is out."""
    troubles = Troubles()
    found: dict[tuple[str, str], Found] = {}
    for name, finder in FINDERS.items():
        if tools and name not in tools:
            continue
        for kept in finder(machine, repository, troubles):
            sessions = read_sessions(kept.path.name, kept.content)
            if kept.content and not sessions:
                troubles.add(kept.path, "its format is not known here; it was left out")
            if kept.cut:
                troubles.add(kept.path, "it is very large; its first 50 MB were read")
            started_by_another = "subagents" in kept.path.parts
            for session in (_zoned(session) for session in sessions):
                key = (name, session.id or kept.group or f"{kept.path}#{session.path}#{session.started}")
                if kept.notes:
                    if key in found:
                        found[key] = _noted(found[key], session)
                    continue
                one = Found(name, kept.path, len(kept.content), (session,), kept.cut)
                if started_by_another:
                    one = replace(one, sessions=(_of_an_agent(session),))
                found[key] = _joined(found[key], one, started_by_another) if key in found else one
    kept_ones = [
        one for one in found.values() if (one.prompts or any(session.edits for session in one.sessions))
        and not (since and one.ended and one.ended < since)
    ]  # fmt: skip
    if len(kept_ones) > SESSIONS:
        troubles.add(repository.root, f"{len(kept_ones)} sessions were found; the last {SESSIONS} are listed")
    ordered = sorted(kept_ones, key=lambda one: (one.started is None, one.started.timestamp() if one.started else 0.0))
    return Discovery(tuple(ordered[-SESSIONS:]), tuple(troubles.found))


def _joined(first: Found, second: Found, started_by_another: bool) -> Found:
    same = {(session.path, session.events) for session in first.sessions}
    if all((session.path, session.events) in same for session in second.sessions):
        return first
    order = (*first.sessions, *second.sessions) if started_by_another else (*second.sessions, *first.sessions)
    path = first.path if started_by_another else second.path
    return Found(first.tool, path, first.size + second.size, order, first.cut or second.cut)


def _zoned(session: Session) -> Session:
    """A session whose times were written without a zone: here, where they were written, that zone is known."""
    if not session.local_times:
        return session
    events = tuple(
        replace(event, when=event.when.replace(tzinfo=None).astimezone(UTC)) if event.when else event
        for event in session.events
    )
    problems = tuple(problem for problem in session.problems if "no zone" not in problem)
    return replace(session, events=events, problems=problems, local_times=False)


def _noted(one: Found, notes: Session) -> Found:
    """The session with the changes by hand that another of its files notes, each in its place in time."""
    by_hand = [event for event in notes.events if event.kind == "user_edit"]
    first = one.sessions[0]
    late = max((event.when.timestamp() for event in first.events if event.when), default=0.0)
    events = sorted((*first.events, *by_hand), key=lambda event: event.when.timestamp() if event.when else late)
    return replace(one, sessions=(replace(first, events=tuple(events)), *one.sessions[1:]))


def _of_an_agent(session: Session) -> Session:
    """What an agent was told by another is no prompt of the person's."""
    return replace(
        session,
        events=tuple(replace(event, synthetic=True) if event.kind == "prompt" else event for event in session.events),
    )
