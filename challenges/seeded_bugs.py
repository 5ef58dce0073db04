"""Seeded bugs: patches on the reference submission, each naming the hidden tests that must notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from challenges.challenge import Challenge
from challenges.pack import ChallengeError, read_toml


class _Bug(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    about: str = Field(min_length=1)
    noticed_by: tuple[str, ...] = ()


class _Bugs(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bug: tuple[_Bug, ...] = ()


@dataclass(frozen=True, slots=True)
class SeededBug:
    """One bug to plant. `noticed_by` names every contract test that fails with it; all other contract tests pass."""

    name: str
    about: str
    noticed_by: tuple[str, ...]
    patch: Path


def load_seeded_bugs(challenge: Challenge) -> tuple[SeededBug, ...]:
    """The seeded bugs of a challenge, in the order of seeded_bugs.toml; none when the pack has no such folder.

    Raises ChallengeError when a bug has no patch, or a patch is no bug's.
    """
    folder = challenge.folder / "seeded_bugs"
    if not folder.is_dir():
        return ()
    told = read_toml(folder / "seeded_bugs.toml", _Bugs)
    names = [bug.name for bug in told.bug]
    for name in names:
        if names.count(name) > 1 or not (folder / f"{name}.patch").is_file():
            raise ChallengeError(f"{folder / 'seeded_bugs.toml'}: {name!r} needs one entry and one {name}.patch.")
    strangers = {patch.stem for patch in folder.glob("*.patch")} - set(names)
    if strangers:
        raise ChallengeError(
            f"{folder / (min(strangers) + '.patch')}: seeded_bugs.toml does not name it. Add it there."
        )
    return tuple(SeededBug(bug.name, bug.about, bug.noticed_by, folder / f"{bug.name}.patch") for bug in told.bug)
