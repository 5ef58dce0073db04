"""Removes what dead runs left: containers, volumes, networks and run folders; nothing else.

Ours is what carries an owner in our form. An owner is dead when it was a process of this machine and user, and that
process has ended. All else (other hosts, other users, other programs' labels, older forms) stays.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cache import folder_owner, remove_folder
from sandbox.engine import Engine, Gone, SandboxError
from sandbox.owner import read_owner

STILLBORN_SECONDS = 3_600
PATIENCE_SECONDS = 10.0
"""What removing one thing may take: a container that can't be removed must not hold up every later run for long."""
OWNED = {"label": "harness.owner"}
OURS = re.compile(r"harness/[a-z0-9.-]+:(registry|debian)-[0-9a-f]{12}")
"""The names of images that `provide` makes."""


@dataclass(frozen=True, slots=True)
class Swept:
    """How many of each were removed, and what could not be (`problems`, sentences). True when anything was removed.

    `removed` names each thing that was removed, `kept` each that has our labels and stays, with the reason.
    """

    containers: int = 0
    volumes: int = 0
    networks: int = 0
    folders: int = 0
    problems: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

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


class _Sweep:
    """A sweep under way: what was removed so far, what could not be, and what stays."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.removed: list[str] = []
        self.kept: list[str] = []

    def over(self, kind: str, found: Iterable[tuple[str, str, str]], remove: Callable[[str], None]) -> int:
        """Remove those of (name for the engine, name for people, owner) whose owner is dead; returns how many."""
        count = 0
        for name, shown, label in found:
            owner = read_owner(label)
            if owner is None or not owner.is_dead:
                self.kept.append(f"the {kind} {shown}: {_why_kept(label)}")
                continue
            try:
                remove(name)
            except Gone:
                continue  # another run sweeps too
            except SandboxError as reason:
                self.problems.append(f"the {kind} {shown} could not be removed: {reason}")
                continue
            self.removed.append(f"the {kind} {shown}")
            count += 1
        return count


def sweep(engine: Engine) -> Swept:
    """Remove what dead runs left on this engine and in this cache. Raises SandboxError only when nothing answers.

    One thing that can't be removed does not keep the others: it becomes a problem in the answer.
    """
    work = _Sweep()

    # The list as the engine gives it: asking about each container in turn would hang on one that is wedged.
    containers = engine.call("listing containers", lambda api: api.containers(all=True, filters=OWNED))
    removed_containers = work.over(
        "container",
        ((str(one["Id"]), _name_of(one), _owner_of(one)) for one in containers),
        lambda name: engine.remove_container(name, seconds=PATIENCE_SECONDS),
    )

    listed: Mapping[str, Any] = engine.call("listing volumes", lambda api: api.volumes(filters=OWNED))
    removed_volumes = work.over(
        "volume",
        ((str(one["Name"]), str(one["Name"]), _owner_of(one)) for one in listed.get("Volumes") or ()),
        engine.remove_volume,
    )

    networks: Iterable[Mapping[str, Any]] = engine.call("listing networks", lambda api: api.networks(filters=OWNED))
    removed_networks = work.over(
        "network",
        ((str(one["Id"]), str(one["Name"]), _owner_of(one)) for one in networks),
        lambda name: engine.call("removing a network", lambda api: api.remove_network(name)),
    )
    removed_folders = _sweep_folders(engine, work)
    counts = (removed_containers, removed_volumes, removed_networks, removed_folders)
    return Swept(*counts, tuple(work.problems), tuple(work.removed), tuple(work.kept))


def remove_images(engine: Engine) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove the images that the harness brought to this engine: their names, and what could not be (sentences).

    One that a container uses stays. Raises SandboxError when the engine does not answer.
    """
    listed = engine.call("listing images", lambda api: api.images(filters={"reference": "harness/*"}))
    names = sorted(str(name) for one in listed for name in one.get("RepoTags") or () if OURS.fullmatch(str(name)))
    removed, problems = [], []
    for name in names:
        try:
            engine.call("removing an image", lambda api, name=name: api.remove_image(name))  # type: ignore[misc]  # a lambda's default
        except Gone:
            continue
        except SandboxError as reason:
            problems.append(f"the image {name} could not be removed: {reason}")
        else:
            removed.append(name)
    return tuple(removed), tuple(problems)


def _sweep_folders(engine: Engine, work: _Sweep) -> int:
    removed = 0
    with suppress(OSError):
        for folder in (engine.cache / "runs").iterdir():
            owner = folder_owner(folder)
            dead = _is_stillborn(folder) if owner is None else owner.is_dead
            if not dead or folder.is_symlink():
                continue
            remove_folder(folder)
            if folder.exists():
                work.problems.append(f"the folder {folder} could not be removed: mend its rights, or remove it by hand")
            else:
                work.removed.append(f"the folder {folder}")
                removed += 1
    return removed


def _is_stillborn(folder: Path) -> bool:
    """Whether this is the draft of a run folder whose run ended before it could write its owner's name."""
    return folder.name.startswith(".") and time.time() - folder.stat().st_mtime > STILLBORN_SECONDS


def _owner_of(found: Mapping[str, Any]) -> str:
    return str((found.get("Labels") or {}).get("harness.owner", ""))


def _name_of(container: Mapping[str, Any]) -> str:
    names = container.get("Names") or ()
    return str(names[0]).lstrip("/") if names else str(container["Id"])[:12]


def _why_kept(label: str) -> str:
    owner = read_owner(label)
    if owner is None:
        return "its owner is named in a form that this version does not know"
    return "its run goes on" if owner.is_here else "it belongs to another user or machine"
