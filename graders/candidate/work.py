"""Pieces of work: the stretches that a session falls into, so that each can become one entry of the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from graders.candidate.history import OwnCommit
from graders.transcripts import Event, Session, is_test_command

PIECES = 8
"""Entries that a draft holds at most: a log is asked for the four to eight moments that changed the work."""
_PAUSE = timedelta(minutes=45)
_AFTER = timedelta(minutes=30)
"""How long after the last recorded event a commit still belongs to it (nine of ten measured ones came sooner)."""
_COMMITS = 4
_LETTERS = 16
CORRECTIONS = frozenset({"reject", "interrupt", "user_edit"})


@dataclass(frozen=True, slots=True)
class Piece:
    """Some prompts of one session and what followed on them. `source` is the transcript's path, `tool` its tool."""

    tool: str
    source: str
    events: tuple[Event, ...]

    @property
    def prompts(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.kind == "prompt" and not event.synthetic)

    @property
    def first(self) -> Event | None:
        """The first prompt that says something."""
        return next((event for event in self.prompts if any(sign.isalnum() for sign in event.text)), None)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the tool changed, in order, each once."""
        changed = (event.path for event in self.events if event.kind in ("edit", "write") and event.ok is not False)
        return tuple(dict.fromkeys(path for path in changed if path))

    @property
    def tests(self) -> tuple[Event, ...]:
        """The test runs that it records."""
        return tuple(e for e in self.events if e.kind == "shell" and e.command and is_test_command(e.command))

    @property
    def corrections(self) -> tuple[Event, ...]:
        return tuple(event for event in self.events if event.kind in CORRECTIONS)

    @property
    def started(self) -> datetime | None:
        return min((event.when for event in self.events if event.when), default=None)

    @property
    def ended(self) -> datetime | None:
        return max((event.when for event in self.events if event.when), default=None)

    @property
    def weight(self) -> int:
        """How much it has to tell: corrections first, then test runs, files and prompts."""
        return 4 * len(self.corrections) + 2 * len(self.tests) + 2 * len(self.files) + len(self.prompts)

    @property
    def tells(self) -> bool:
        """Whether it is more than a word or two on which nothing followed."""
        said = sum(len(prompt.text.strip()) for prompt in self.prompts)
        return said >= _LETTERS or self.weight > len(self.prompts)

    def commits(self, known: Sequence[OwnCommit]) -> tuple[OwnCommit, ...]:
        """The commits near it in time; where some of them touch its files, those alone. Oldest first."""
        started, ended = self.started, self.ended
        if started is None or ended is None:
            return ()
        near = [commit for commit in known if started <= commit.when <= ended + _AFTER]
        touching = [commit for commit in near if set(commit.paths) & set(self.files)]
        return tuple(sorted(touching or near, key=lambda commit: commit.when)[:_COMMITS])


def pieces(sessions: Iterable[tuple[str, Session]]) -> tuple[Piece, ...]:
    """The pieces of work of sessions (each with its transcript's path), in order of time, those without times last."""
    found = [piece for source, session in sessions for piece in _of_one(source, session)]
    return tuple(
        sorted(found, key=lambda piece: (piece.started is None, piece.started.timestamp() if piece.started else 0.0))
    )


def chosen(found: Sequence[Piece]) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """The pieces with most to tell, in their order, and those left out: small talk, and what is over PIECES."""
    telling = [place for place, piece in enumerate(found) if piece.tells] or list(range(len(found)))
    kept = set(sorted(telling, key=lambda place: (-found[place].weight, place))[:PIECES])
    return (
        tuple(piece for place, piece in enumerate(found) if place in kept),
        tuple(piece for place, piece in enumerate(found) if place not in kept),
    )


def _of_one(source: str, session: Session) -> list[Piece]:
    """A piece ends at a long pause, and where a prompt turns to other files than those before."""
    turns: list[list[Event]] = []
    for event in session.events:
        if (event.kind == "prompt" and not event.synthetic) or not turns:
            turns.append([])
        turns[-1].append(event)
    groups: list[list[Event]] = []
    for turn in turns:
        if groups and not _new(
            Piece(session.tool, source, tuple(groups[-1])), Piece(session.tool, source, tuple(turn))
        ):
            groups[-1].extend(turn)
        else:
            groups.append(list(turn))
    made = [Piece(session.tool, source, tuple(group)) for group in groups]
    return [piece for piece in made if piece.first]


def _new(before: Piece, turn: Piece) -> bool:
    if not before.prompts:
        return False
    if before.ended and turn.started and turn.started - before.ended > _PAUSE:
        return True
    return bool(before.files and turn.files) and not set(before.files) & set(turn.files)
