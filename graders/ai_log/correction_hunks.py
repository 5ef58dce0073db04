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
from graders.path_kinds import kind_of
from graders.redaction import redact_short
from sandbox import Hunk

PATCHES = 120
"""Commits whose lines are read in all."""
NEAR = 60
"""Commits that are looked at for one correction."""
SECONDS = 45.0
"""What reading all of them may take."""
_FILE_NAME = re.compile(r"^[\w./\\-]{1,120}\.[A-Za-z]{1,5}$")
_NOT_COMMITTED = "No commit holds the version before; what is corrected before the first commit leaves no trace."


@dataclass(frozen=True, slots=True)
class Joined:
    """A claim on a correction; `size`: the lines of the hunk that did it, 0 where none was found. `moved`: a file."""

    change: Change
    claim: Claim
    size: int = 0
    moved: bool = False


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
    found = [_join(change, nearest(change.entry)[:NEAR], patches) for change in changes]
    # A plain word ("added retries") that no import and no definition holds is nothing that could be looked for.
    return tuple(
        one for one in found if one.change.sure or one.change.how == "replaced" or one.claim.result is Result.CONFIRMED
    )


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
    if _FILE_NAME.search(change.old) and _FILE_NAME.search(change.new):
        return _renamed(change, claim, commits, patches)
    if change.how != "replaced" and not change.sure:
        return _by_name(change, claim, commits, patches)
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
    if not change.sure and change.new:
        only_new = _came(change.new, commits, patches)
    if only_new is not None:
        commit, hunk, added = only_new
        if change.how == "added":
            return _found(change, claim, commit, hunk, added, f"put in `{change.new}`")
        place = _place(commit, hunk, added)
        told = f"`{change.new}` came with commit {commit[:7]} ({hunk.path}:{place.line}). {_NOT_COMMITTED}"
        return Joined(change, replace(claim, level=Level.CHECKABLE, found=told, evidence=(place,)))
    return Joined(change, claim)


def _renamed(change: Change, claim: Claim, commits: Sequence[str], patches: Patches) -> Joined:
    """A file under another name: a commit that empties the one and fills the other."""
    for commit in commits:
        hunks = patches.of(commit)
        gone = [hunk for hunk in hunks if not hunk.added and _is_at(change.old, hunk.path)]
        came = [hunk for hunk in hunks if not hunk.removed and _is_at(change.new, hunk.path)]
        if gone and came:
            found = _found(change, claim, commit, came[0], 0, f"moved {gone[0].path} to {came[0].path}")
            return replace(found, size=1, moved=True)
    return Joined(change, claim)


def _is_at(name: str, path: str) -> bool:
    name = name.replace("\\", "/").removeprefix("./").casefold()
    return f"/{path.casefold()}".endswith(f"/{name}")


def _by_name(change: Change, claim: Claim, commits: Sequence[str], patches: Patches) -> Joined:
    """A plain word: what was imported or defined under it, and is so no more, or the other way round."""
    word = change.old or change.new
    names = _introduces(word)
    for commit in commits:
        hunks = [hunk for hunk in patches.of(commit) if kind_of(hunk.path) != "test"]
        sides = {
            side: [(hunk, at) for hunk in hunks for at, line in enumerate(lines(hunk)) if names.search(line)]
            for side, lines in (("removed", _removed), ("added", _added))
        }
        here, other = sides[change.how], sides["added" if change.how == "removed" else "removed"]
        if here and not other:
            hunk, at = here[0]
            line = (hunk.added if change.how == "added" else hunk.removed)[at].strip()[:80]
            what = f"{'put in' if change.how == 'added' else 'took out'} `{line}`"
            return _found(change, claim, commit, hunk, at if change.how == "added" else 0, what)
    return Joined(change, claim)


def _removed(hunk: Hunk) -> Sequence[str]:
    return hunk.removed


def _added(hunk: Hunk) -> Sequence[str]:
    return hunk.added


@lru_cache(maxsize=256)
def _introduces(word: str) -> re.Pattern[str]:
    """Lines that import or define something whose name holds the word."""
    part = re.escape(word)
    return re.compile(
        rf"(?i)^\s{{0,40}}(?:(?:async |export |default |pub ){{0,3}}"
        rf"(?:class|def|function|const|func|fn|interface) \w{{0,60}}{part}|"
        rf"(?:import|from|use)\s.{{0,120}}(?<![^\W_]){part}(?![^\W_])|"
        rf"\w{{0,60}}{part}\w{{0,60}} ?(?::[^=]{{1,60}})?=[^=]|"
        rf"{part}(?:\[[\w,]{{1,40}}\])?(?:[=~<>!]=|\s*$))"
    )


def _came(word: str, commits: Sequence[str], patches: Patches) -> tuple[str, Hunk, int] | None:
    """Where a plain word was first imported or defined: the commit, its hunk, and the line in it."""
    names = _introduces(word)
    for commit in commits:
        for hunk in patches.of(commit):
            at = next((at for at, line in enumerate(hunk.added) if names.search(line)), None)
            if at is not None and kind_of(hunk.path) != "test":
                return commit, hunk, at
    return None


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
