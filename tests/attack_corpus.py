"""The attack corpus: each folder of tests/attacks is one attack as data, and what was seen of it is judged here.

`attack.toml` says what is tried, what is laid over which submission, and what may not come of it (see
harness/attack_file.py); `files/` is laid over; `make.py` makes what no file can hold (odd names, gigabytes, git
objects, a hostile server). An attack that ships lies in harness/attacks, and its folder here says what differs.
"""

from __future__ import annotations

import importlib.util
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from harness import attack_file
from harness.attack_file import Expected, Kind, Objection

FOLDER = Path(__file__).with_name("attacks")
SURFACES = {
    "T": "own tests, coverage and hidden tests",
    "S": "sandbox",
    "N": "network",
    "G": "git",
    "D": "dependencies",
    "P": "our parsers",
    "E": "the examiner's client",
    "O": "outputs",
    "R": "resources",
}


class Contrast(BaseModel):
    """The weak variant `without` the defence, and how the same attack then succeeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    without: str
    succeeds: Kind


class AttackFile(attack_file.AttackFile):
    """attack.toml of the corpus. `over`: the submission below the files; `shipped`: the rest is in harness/attacks."""

    over: str = ""
    slow: bool = False
    shipped: bool = False
    contrast: Contrast | None = None


@dataclass(frozen=True)
class Attack:
    """One attack: its folder's name is its id; `told` is what its way of trying needs to know."""

    id: str
    folder: Path
    surface: str
    row: str
    tries: str
    defence: str
    way: str
    over: str
    slow: bool
    shipped: bool
    told: Mapping[str, Any]
    expected: Expected
    contrast: Contrast | None

    def files(self, planted: Planted) -> dict[str, bytes]:
        """What it lays over, by path: `files/`, with the places of this run written in."""
        folders = [attack_file.FOLDER / self.id] * self.shipped + [self.folder]
        found = {name: content for folder in folders for name, content in attack_file.files_of(folder).items()}
        return {name: planted.filled(content) for name, content in found.items()}

    @property
    def maker(self) -> ModuleType:
        """Its make.py."""
        spec = importlib.util.spec_from_file_location(f"attack_{self.id.replace('-', '_')}", self.folder / "make.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


@cache
def attacks() -> tuple[Attack, ...]:
    """All of them, by id; a file that is wrong fails here, for all."""
    return tuple(_read(path.parent) for path in sorted(FOLDER.glob("*/attack.toml")))


def _read(folder: Path) -> Attack:
    try:
        told = tomllib.loads((folder / "attack.toml").read_text("utf-8"))
        if told.get("shipped"):
            told = _over(tomllib.loads((attack_file.FOLDER / folder.name / "attack.toml").read_text("utf-8")), told)
        return Attack(id=folder.name, folder=folder, **dict(iter(AttackFile.model_validate(told))))
    except (ValueError, OSError) as reason:
        raise AssertionError(f"{folder / 'attack.toml'}: {reason}") from reason


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Tables laid over tables; all else of `above` stands for itself."""
    both = {key for key in below if isinstance(below[key], dict) and isinstance(above.get(key), dict)}
    return {**below, **above, **{key: {**below[key], **above[key]} for key in both}}


@dataclass(frozen=True)
class Planted:
    """What an attack is after, new each time: secrets that may come out nowhere, and a folder that must stay empty.

    `hidden` stands in the hidden tests and twins, `environment` in the harness's environment, `stored` in the file
    `store` on the host; `markers` is a folder on the host whose path the attack knows.
    """

    hidden: str
    environment: str
    stored: str
    store: Path
    markers: Path
    folder: Path

    @classmethod
    def into(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Planted:
        """Plant all of it in and beside `folder`."""
        hidden, environment, stored = (f"canary-{secrets.token_hex(16)}" for _ in range(3))
        store, markers = folder / "secret-of-the-host.txt", folder / "markers"
        store.write_text(f"{stored}\n")
        markers.mkdir()
        monkeypatch.setenv("HARNESS_TEST_SECRET", environment)
        return cls(hidden, environment, stored, store, markers, folder)

    @property
    def secrets(self) -> dict[str, str]:
        return {"hidden tests": self.hidden, "environment": self.environment, "host's file": self.stored}

    def filled(self, content: bytes) -> bytes:
        """The attack's bytes with `@MARKER@` and `@STORE@` exchanged for the paths of this run."""
        marker = str(self.markers / "marker").encode()
        return content.replace(b"@MARKER@", marker).replace(b"@STORE@", str(self.store).encode())


@dataclass(frozen=True)
class Seen:
    """What came of an attack. `text` is all that a person or a program could read afterwards."""

    outcomes: Mapping[str, str]
    text: str
    seconds: float = 0.0
    memory_mib: float = 0.0
    disk_mib: float = 0.0


def objections(attack: Attack, seen: Seen, planted: Planted) -> list[Objection]:
    """Everything that may not be and is; none when the attack was held."""
    expected = attack.expected
    found = attack_file.objections(expected, seen.outcomes, seen.text, planted.secrets)
    found += [Objection("marker", str(path)) for path in sorted(planted.markers.rglob("*"))]
    costs: tuple[tuple[Kind, float, float], ...] = (
        ("slow", seen.seconds, expected.seconds),
        ("memory", seen.memory_mib, expected.memory_mib),
        ("disk", seen.disk_mib, expected.disk_mib),
    )
    found += [Objection(kind, f"{cost:.1f} where {most:g} is the most") for kind, cost, most in costs if cost > most]
    return found
