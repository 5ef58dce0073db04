"""Gaps of a session: what its transcript does not hold, in sentences (AIL-15). Common reasons are harmless."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from graders.transcripts import Session
from graders.transcripts.paths import plain, same_file

FILES = 200
"""Files of one session that are looked for."""


def with_gaps(sessions: Iterable[Session], files: Iterable[str]) -> tuple[Session, ...]:
    """The sessions, each with its gaps among its problems. `files`: the paths in the repository, now or ever."""
    named: dict[str, list[str]] = {}
    for path in files:
        named.setdefault(_last(path), []).append(path)
    return tuple(replace(session, problems=(*session.problems, *_gaps(session, named))) for session in sessions)


def _gaps(session: Session, named: Mapping[str, Sequence[str]]) -> list[str]:
    said = []
    edited = list(dict.fromkeys(event.path for event in session.edits if event.path))
    if edited and not any(_known(path, named) for path in edited[:FILES]):
        many = (
            f"None of the {len(edited)} files that it changes is"
            if len(edited) > 1
            else "The file that it changes is not"
        )
        said.append(f"{many} in the repository: {edited[0][:120]}. It may be a session of other work.")
    if session.events and not session.prompts:
        said.append("It holds no prompt: it is an agent's own session, or its prompts were not kept.")
    if session.events and session.started is None and not any("times" in problem for problem in session.problems):
        said.append("It holds no times.")
    return said


def _known(path: str, named: Mapping[str, Sequence[str]]) -> bool:
    """Whether a path and a file of the repository end alike: the session's folder may be above or below the root."""
    return any(same_file(path, file) for file in named.get(_last(path), ())[:500])


def _last(path: str) -> str:
    return plain(path).rsplit("/", 1)[-1].casefold()
