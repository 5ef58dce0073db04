"""Correction hunks: the change in the history that a stated correction is, where it can be found."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.corrections import Change
from graders.grade import Evidence
from graders.redaction import redact_short
from sandbox import Hunk

PATCHES = 120
"""Commits whose lines are read in all."""
NEAR = 60
"""Commits that are looked at for one correction."""
SECONDS = 45.0
"""What reading all of them may take."""
_NOT_COMMITTED = "No commit holds the version before; what is corrected before the first commit leaves no trace."


@dataclass(frozen=True, slots=True)
class Joined:
    """A claim on a correction; `size` are the lines of the hunk that did it, 0 where none was found."""

    change: Change
    claim: Claim
    size: int = 0


Read = Callable[[str], Sequence[Hunk]]


class Patches:
    """The hunks of commits, each read once and only so many in all and for so long; further ones are empty."""

    def __init__(self, read: Read, limit: int = PATCHES) -> None:
        self._read = read
        self._limit = limit
        self._held: dict[str, Sequence[Hunk]] = {}
        self._ends = time.monotonic() + SECONDS

    def of(self, commit: str) -> Sequence[Hunk]:
        if commit not in self._held:
            if len(self._held) >= self._limit or time.monotonic() > self._ends:
                return ()
            self._held[commit] = self._read(commit)
        return self._held[commit]


def joined(changes: Sequence[Change], nearest: Callable[[int], Sequence[str]], patches: Patches) -> tuple[Joined, ...]:
    """Each stated change with the hunk that did it.

    `nearest` gives the ids of the commits to look at for an entry, the likeliest first. A change that is not found is
    "could not check": drafts are mostly corrected before they are committed.
    """
    return tuple(_join(change, nearest(change.entry)[:NEAR], patches) for change in changes)


def _join(change: Change, commits: Sequence[str], patches: Patches) -> Joined:
    claim = Claim(
        "correction",
        change.words,
        change.entry,
        change.path,
        change.line,
        Level.STATED,
        Result.UNCHECKED,
        _NOT_COMMITTED,
    )
    only_new: tuple[str, Hunk, int] | None = None
    for commit in commits:
        hunks = patches.of(commit)
        found: tuple[Hunk, int] | None = None
        taken = [hunk.path for hunk in hunks if _line_with(change.old, hunk.removed) is not None]
        for hunk in hunks:
            added = _line_with(change.new, hunk.added)
            removed = _line_with(change.old, hunk.removed)
            if change.how == "removed":
                if removed is not None and _line_with(change.old, hunk.added) is None:
                    return _found(change, claim, commit, hunk, 0, f"took out `{change.old}`")
            elif added is None or _line_with(change.new, hunk.removed) is not None:
                continue
            elif removed is not None:
                return _found(change, claim, commit, hunk, added, f"put `{change.new}` in place of `{change.old}`")
            else:
                found = found or (hunk, added)
        if found is not None and taken and change.sure:
            where = "" if found[0].path in taken else f" in {taken[0]}"
            what = f"took out `{change.old}`{where} and put in `{change.new}`"
            return _found(change, claim, commit, *found, what)
        only_new = only_new or ((commit, *found) if found else None)
    if only_new is not None and change.sure:
        commit, hunk, added = only_new
        if change.how == "added":
            return _found(change, claim, commit, hunk, added, f"put in `{change.new}`")
        place = _place(commit, hunk, added)
        told = f"`{change.new}` came with commit {commit[:7]} ({hunk.path}:{place.line}). {_NOT_COMMITTED}"
        return Joined(change, replace(claim, level=Level.CHECKABLE, found=told, evidence=(place,)))
    return Joined(change, claim)


def _found(change: Change, claim: Claim, commit: str, hunk: Hunk, at: int, what: str) -> Joined:
    place = _place(commit, hunk, at)
    told = f"Commit {commit[:7]} {what} ({hunk.path}:{place.line})."
    done = replace(claim, level=Level.CHECKABLE, result=Result.CONFIRMED, found=told, evidence=(place,))
    # A file that came whole says nothing of the correction's own size.
    return Joined(change, done, len(hunk.added) + len(hunk.removed) if hunk.removed else 1)


def _place(commit: str, hunk: Hunk, at: int) -> Evidence:
    lines = [f"- {line}" for line in hunk.removed[:3]] + [f"+ {line}" for line in hunk.added[at : at + 3]]
    return Evidence(
        "place", redact_short("\n".join(lines))[:600], hunk.path, hunk.line + (at if hunk.added else 0), commit
    )


def _line_with(name: str, lines: Sequence[str]) -> int | None:
    """The place of the first line that holds an identifier as a whole word; None for no name."""
    if not name:
        return None
    for pattern in _patterns(name):
        for number, line in enumerate(lines):
            if pattern.search(line):
                return number
    return None


@lru_cache(maxsize=256)
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """As it is written; then, for longer names, in any letter case (the package of SQLAlchemy is sqlalchemy)."""
    word = re.escape(name)
    before = r"(?<!\w)" if re.match(r"\w", name) else r"(?<![=!<>+*/-])"
    after = r"(?!\w)" if re.search(r"\w$", name) else r"(?![=<>])"
    exact = re.compile(before + word + after)
    return (exact, re.compile(exact.pattern, re.IGNORECASE)) if len(name) >= 5 else (exact,)
