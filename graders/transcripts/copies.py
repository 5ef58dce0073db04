"""Copies: the same session in several files, whole, in part, or as the beginning of another one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from graders.transcripts.session import Event, Session


def distinct(sessions: Iterable[Session]) -> tuple[Session, ...]:
    """The sessions without copies, and without those that hold nothing but prompts which another one holds too.

    Tools keep the same session in several files: a history of inputs beside the chats, what was shown beside what
    was sent. The richer of two stays.
    """
    found = list(sessions)
    texts = [frozenset(" ".join(prompt.text.split()) for prompt in session.prompts) for session in found]
    holders: dict[tuple[str, str], list[int]] = {}
    copies: set[tuple[Event, ...]] = set()
    kept: list[int] = []
    for place in sorted(range(len(found)), key=lambda place: (-_weight(found[place]), place)):
        mine, session = texts[place], found[place]
        others = holders.get((session.tool, min(mine)), []) if mine else []
        told = any(mine == texts[other] or (mine < texts[other] and not _weight(session)) for other in others[:50])
        if told or (session.events and session.events in copies):
            continue
        kept.append(place)
        copies.add(session.events)
        for text in mine:
            holders.setdefault((session.tool, text), []).append(place)
    return _without_repeats([found[place] for place in sorted(kept)])


def _weight(session: Session) -> int:
    """How many events there are that only a whole transcript holds."""
    return sum(
        event.kind not in ("prompt", "interrupt", "reject") and event.command is None for event in session.events
    )


def _without_repeats(sessions: Sequence[Session]) -> tuple[Session, ...]:
    """The sessions; one that was forked from another (or resumed it) without what it repeats of that one.

    It is one when it begins with the same prompt at the same time. The one that stands first keeps all.
    """
    told: dict[tuple[str, datetime, str], set[tuple[object, ...]]] = {}
    kept = []
    for session in sessions:
        first = next(iter(session.prompts), None)
        if first is None or first.when is None:
            kept.append(session)
            continue
        before = told.setdefault((session.tool, first.when, first.text), set())
        own = tuple(event for event in session.events if event.when is None or _what(event) not in before)
        before.update(_what(event) for event in session.events)
        repeated = len(session.events) - len(own)
        if repeated:
            said = f"It goes on from another session; {repeated} events that it repeats are counted there."
            kept.append(replace(session, events=own, problems=(*session.problems, said)))
        else:
            kept.append(session)
    return tuple(kept)


def _what(event: Event) -> tuple[object, ...]:
    return event.kind, event.when, event.text, event.path, event.command
