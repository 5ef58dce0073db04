"""Removes what dead runs left: containers, volumes, networks and run folders; nothing else.

Ours is what carries an owner in our form. An owner is dead when it was a process of this machine and user, and that
process has ended. All else (other hosts, other users, other programs' labels, older forms) stays.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cache import folder_owner, remove_folder
from sandbox.engine import Engine, Gone, SandboxError
from sandbox.owner import read_owner

STILLBORN_SECONDS = 3_600
OWNED = {"label": "harness.owner"}


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were removed, and what could not be (sentences). True when anything was removed."""

    containers: int = 0
    volumes: int = 0
    networks: int = 0
    folders: int = 0
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.containers or self.volumes or self.networks or self.folders)

    def __str__(self) -> str:
        counted = {
            "container": self.containers,
            "volume": self.volumes,
            "network": self.networks,
            "folder": self.folders,
        }
        told = [f"{count} {name}{'s' if count > 1 else ''}" for name, count in counted.items() if count]
        return "; ".join([", ".join(told) or "nothing", *self.problems])


def sweep(engine: Engine) -> Swept:
    """Remove what dead runs left on this engine and in this cache. Raises SandboxError only when nothing answers.

    One thing that can't be removed does not keep the others: it becomes a problem in the answer.
    """
    problems: list[str] = []

    # The list as the engine gives it: asking about each container in turn would hang on one that is wedged.
    containers = engine.call("listing containers", lambda api: api.containers(all=True, filters=OWNED))
    dead = [str(found["Id"]) for found in containers if _is_dead(found.get("Labels"))]
    removed_containers = _remove(dead, engine.remove_container, problems)

    listed: Mapping[str, Any] = engine.call("listing volumes", lambda api: api.volumes(filters=OWNED))
    dead = [str(found["Name"]) for found in listed.get("Volumes") or () if _is_dead(found.get("Labels"))]
    removed_volumes = _remove(dead, engine.remove_volume, problems)

    networks: Iterable[Mapping[str, Any]] = engine.call("listing networks", lambda api: api.networks(filters=OWNED))
    dead = [str(found["Id"]) for found in networks if _is_dead(found.get("Labels"))]
    removed_networks = _remove(
        dead, lambda name: engine.call("removing a network", lambda api: api.remove_network(name)), problems
    )
    return Swept(removed_containers, removed_volumes, removed_networks, _sweep_folders(engine), tuple(problems))


def _sweep_folders(engine: Engine) -> int:
    removed = 0
    with suppress(OSError):
        for folder in (engine.cache / "runs").iterdir():
            owner = folder_owner(folder)
            dead = _is_stillborn(folder) if owner is None else owner.is_dead
            if dead and not folder.is_symlink():
                remove_folder(folder)
                removed += not folder.exists()
    return removed


def _is_stillborn(folder: Path) -> bool:
    """Whether this is the draft of a run folder whose run ended before it could write its owner's name."""
    return folder.name.startswith(".") and time.time() - folder.stat().st_mtime > STILLBORN_SECONDS


def _is_dead(labels: Mapping[str, str] | None) -> bool:
    owner = read_owner((labels or {}).get("harness.owner", ""))
    return owner is not None and owner.is_dead


def _remove(names: Iterable[str], remove: Any, problems: list[str]) -> int:
    removed = 0
    for name in names:
        try:
            remove(name)
            removed += 1
        except Gone:
            continue  # another run sweeps too
        except SandboxError as reason:
            problems.append(str(reason))
    return removed
