"""Ties: the commits that a claim belongs to: those that its entry names, else those about the entry's time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

TIES = 3


class Point(Protocol):
    """A commit, as far as it is needed here."""

    @property
    def id(self) -> str: ...
    @property
    def committed(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Tie:
    """`kind`: "named" beside the claim, "linked" elsewhere in the entry, or "dated": current at the entry's time."""

    kind: Literal["named", "linked", "dated"]
    commit: str


def tied(
    commits: Sequence[Point], here: Sequence[str], elsewhere: Sequence[str], when: datetime | None
) -> tuple[Tie, ...]:
    """The ties of a claim, most telling first. `here` and `elsewhere` are beginnings of commit ids in the entry.

    By its time a claim belongs to the commit that came next (work is committed after it was checked) or to the one
    before it. An entry that names commits is not dated besides.
    """
    ties = [Tie("named", found) for sha in here if (found := _resolved(sha, commits))]
    ties += [Tie("linked", found) for sha in elsewhere if (found := _resolved(sha, commits))]
    if not ties and when is not None and commits:
        later = next((commit.id for commit in commits if commit.committed >= when), None)
        before = next((commit.id for commit in reversed(commits) if commit.committed < when), None)
        ties = [Tie("dated", commit) for commit in (later, before) if commit is not None]
    unique = {tie.commit: tie for tie in reversed(ties)}
    return tuple(tie for tie in ties if unique[tie.commit] is tie)[:TIES]


def _resolved(sha: str, commits: Sequence[Point]) -> str | None:
    found = [commit.id for commit in commits if commit.id.startswith(sha)]
    return found[0] if len(found) == 1 else None
