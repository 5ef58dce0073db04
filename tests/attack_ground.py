"""The ground that attacks are tried on: what was planted, the engine and its images, and what trying costs the host."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attack_corpus import Attack, Planted, Seen

if TYPE_CHECKING:
    from sandbox.engine import Engine
    from sandbox.images import Image

MIB = 2**20


@dataclass
class Ground:
    """`folder` is the test's own; `resource` gives a fixture by name when it is first needed."""

    planted: Planted
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    resource: Callable[[str], Any]
    logs: list[int] = field(default_factory=list)
    """What the engine had on its disk of each container's log when it was removed, in bytes."""

    @property
    def engine(self) -> Engine:
        engine: Engine = self.resource("engine")
        return engine

    @property
    def image(self) -> Image:
        image: Image = self.resource("python_image")
        return image

    def fresh(self, name: str) -> Path:
        """A new folder of that name."""
        folder = self.folder / name
        folder.mkdir()
        return folder


Way = Callable[[Attack, Ground], Seen]
"""Tries an attack; fills in outcomes and text, the meter adds what it cost."""


@contextmanager
def watching_logs(ground: Ground) -> Iterator[None]:
    """Note how large each container's log on the engine's disk is, when the container is removed."""
    from sandbox.container import Container

    remove = Container.remove

    def noting(self: Container) -> None:
        try:
            told = self.engine.call("looking", lambda api: api.inspect_container(self.id)) if self.id else {}
            path = Path(told.get("LogPath") or "/nonexistent")
            ground.logs.append(sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*")))
        except Exception:  # noqa: BLE001 - it is gone already, or we may not look
            ground.logs.append(0)
        remove(self)

    ground.monkeypatch.setattr(Container, "remove", noting)
    try:
        yield
    finally:
        ground.monkeypatch.setattr(Container, "remove", remove)


def metered(way: Way, attack: Attack, ground: Ground) -> Seen:
    """Try the attack, and add what it cost this machine: seconds, this process's memory, bytes on its disk."""
    _reset_peak()
    memory, disk, began = _memory("VmRSS"), _size(ground.folder), time.monotonic()
    with watching_logs(ground):
        seen = way(attack, ground)
    seconds = time.monotonic() - began
    grown = _size(ground.folder) - disk + max(ground.logs, default=0)
    return Seen(
        seen.outcomes,
        seen.text,
        round(seconds, 2),
        round(max(0.0, _memory("VmHWM") - memory), 1),
        round(max(0.0, grown / MIB - float(attack.told.get("own_disk_mib", 0))), 1),
    )


def _reset_peak() -> None:
    """Linux forgets the highest memory use of this process, so that the next reading is of what comes now."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def _memory(name: str) -> float:
    """A figure of this process's memory in MiB."""
    try:
        with Path("/proc/self/status").open() as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(f"{name}:"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (MIB if sys.platform == "darwin" else 1024)


def _size(folder: Path) -> int:
    """Bytes that lie on the disk below a folder; sparse files count what they hold."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH118 - many, and bytes names too
            except OSError:
                continue
    return total
