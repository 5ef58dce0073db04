"""A calibration submission: an example submission whose outcomes the challenge declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from challenges.challenge import Challenge
from challenges.pack import ChallengeError, read_toml

OUTCOMES = ("passed", "failed", "skipped", "error")
Bound = int | float | str | dict[str, float]


class _Commit(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    message: str
    date: datetime
    author: str
    paths: tuple[str, ...] = Field(min_length=1)


class _Commits(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    commit: tuple[_Commit, ...] = Field(min_length=1)


class _Expected(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = ""
    alternative: bool = False
    grades: dict[str, str]
    measures: dict[str, dict[str, Bound]] = Field(default_factory=dict)
    hidden_tests: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedCommit:
    """A commit of the submission's history: its message, time, author ("Name <mail>") and the files it adds (globs)."""

    message: str
    date: datetime
    author: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """One example submission: its files, its history, and what grading it must give.

    `grades` maps a grade to its outcome, `measures` a grade's measure to a value or to {min, max},
    `hidden_tests` a test id to its outcome; `others` is the outcome of every contract test not named. `alternative`:
    it is correct too, and built otherwise than the reference, so it must pass every contract test.
    """

    name: str
    folder: Path
    commits: tuple[PlannedCommit, ...]
    description: str = ""
    grades: dict[str, str] = field(default_factory=dict)
    measures: dict[str, dict[str, Bound]] = field(default_factory=dict)
    hidden_tests: dict[str, str] = field(default_factory=dict)
    others: str | None = None
    alternative: bool = False


def load_calibration(challenge: Challenge, name: str) -> Calibration:
    """The calibration submission `name` of a challenge. Raises ChallengeError when it is missing or wrong."""
    folder = challenge.folder / "calibration" / name
    if name not in challenge.examples:
        known = ", ".join(challenge.examples) or "none"
        raise ChallengeError(f"{challenge.id} has no calibration submission {name!r}. Known: {known}.")
    commits = read_toml(folder / "commits.toml", _Commits)
    expected = read_toml(folder / "expected.toml", _Expected)
    for outcome in (*expected.grades.values(), *expected.hidden_tests.values()):
        if outcome not in OUTCOMES:
            raise ChallengeError(f"{folder / 'expected.toml'}: {outcome!r} is no outcome ({', '.join(OUTCOMES)}).")
    telling = dict(expected.hidden_tests)
    others = telling.pop("others", None)
    return Calibration(
        name=name,
        folder=folder / "submission",
        commits=tuple(PlannedCommit(c.message, c.date, c.author, c.paths) for c in commits.commit),
        description=expected.description,
        grades=dict(expected.grades),
        measures=dict(expected.measures),
        hidden_tests=telling,
        others=others,
        alternative=expected.alternative,
    )
