"""An attack as data: what it tries, what it lays over a submission, and what may not come of it.

The attacks that ship, for any challenge pack, are the folders of `harness/attacks`; the project's own tests hold many
more, in the same form. Everything in such a file is ours.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

FOLDER = Path(__file__).with_name("attacks")
"""The attacks that ship."""
CANARY = re.compile(r"canary-[0-9a-f]{32}")
"""The form of a planted secret. An attack may search for the form; it can't know the value."""

Kind = Literal["forged", "leak", "marker", "broke", "missing", "slow", "memory", "disk"]
"""How an attack succeeds: an outcome moved, a secret came out, a file appeared on the host, its own sign of success was
seen, what has to be said was not, or it cost more than allowed."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Part):
    """What has to be seen. `outcomes` maps names (a test, a grade, what the way of trying tells) to outcomes.

    `findings` are ids that must be there (an end `*` stands for anything), `words` texts; `never` are texts and
    `never_matching` regular expressions (by line) that may stand nowhere. The figures are the most that it may cost on
    the host: seconds in all, growth of this process's memory, growth of what lies on the disk.
    """

    outcomes: dict[str, str] = Field(default_factory=dict)
    findings: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    never_matching: tuple[str, ...] = ()
    seconds: float = Field(default=60, gt=0, le=240)
    memory_mib: float = Field(default=96, gt=0, le=512)
    disk_mib: float = Field(default=8, gt=0, le=256)


class AttackFile(_Part):
    """attack.toml. `row` is the attack's stable number: a letter for the surface, and what follows."""

    surface: Literal["T", "S", "N", "G", "D", "P", "E", "O", "R"]
    row: str = Field(pattern=r"^[TSNGDPEOR]\d\d[a-z]?$")
    tries: str = Field(min_length=20, max_length=300)
    defence: str = Field(min_length=5, max_length=200)
    way: str
    told: dict[str, Any] = Field(default_factory=dict, alias="with")
    expected: Expected = Expected()


@dataclass(frozen=True)
class Attack:
    """One attack: its folder's name is its id; `told` is what its way of trying needs to know."""

    id: str
    folder: Path
    tries: str
    defence: str
    way: str
    told: Mapping[str, Any]
    expected: Expected

    @property
    def files(self) -> dict[str, bytes]:
        """What it lays over, by path."""
        return files_of(self.folder)


@dataclass(frozen=True)
class Objection:
    """One way in which an attack succeeded."""

    kind: Kind
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


def shipped() -> tuple[Attack, ...]:
    """The attacks for any pack, by id."""
    return tuple(_read(path.parent) for path in sorted(FOLDER.glob("*/attack.toml")))


def _read(folder: Path) -> Attack:
    file = AttackFile.model_validate(tomllib.loads((folder / "attack.toml").read_text("utf-8")))
    return Attack(folder.name, folder, file.tries, file.defence, file.way, file.told, file.expected)


def files_of(folder: Path) -> dict[str, bytes]:
    """What the attack in this folder lays over, by path."""
    inside = folder / "files"
    found = sorted(path for path in inside.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(inside).as_posix(): path.read_bytes() for path in found}


def objections(
    expected: Expected, outcomes: Mapping[str, str], text: str, secrets: Mapping[str, str]
) -> list[Objection]:
    """What may not be and is, in the outcomes and in all that could be read afterwards; none when it was held.

    `secrets` maps what a secret belongs to, to its value.
    """
    found: list[Objection] = []
    for name, outcome in expected.outcomes.items():
        if outcomes.get(name) != outcome:
            found.append(Objection("forged", f"{name} is {outcomes.get(name)}, not {outcome}"))
    for identifier in expected.findings:
        head = identifier.removesuffix("*")
        if not any(name == identifier or (head != identifier and name.startswith(head)) for name in outcomes):
            found.append(Objection("missing", f"no finding {identifier}"))
    found += [Objection("missing", f"{word!r} is not said") for word in expected.words if word not in text]
    found += [Objection("broke", around(text, text.index(word))) for word in expected.never if word in text]
    for pattern in expected.never_matching:
        if match := re.search(pattern, text, re.MULTILINE):
            found.append(Objection("broke", around(text, match.start())))
    for name, secret in secrets.items():
        if secret in text:
            found.append(Objection("leak", f"the secret of the {name}: {around(text, text.index(secret))}"))
    return found


def around(text: str, place: int) -> str:
    """The text near a place in it, quoted."""
    return repr(text[max(0, place - 60) : place + 120])
