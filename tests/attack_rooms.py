"""Weak variants of what is ours in a sandbox: the worker that runs a command, and the launcher of the next start.

Both have the user of what they run, so nothing keeps a submission from signalling the one and leaving traps for the
other.
"""

from __future__ import annotations

import shutil

import contract_worker
from attack_calling import calling
from attack_corpus import Attack, Seen
from attack_grading import grading
from attack_ground import Ground, Way
from examination import ROOM


def blind_to_stops(attack: Attack, ground: Ground) -> Seen:
    """A worker that takes every wait that ends late for a stall of the machine."""
    room = ground.fresh("weak")
    shutil.copytree(ROOM / "worker", room / "worker")
    shutil.copy(ROOM / "belongings.py", room)
    with (room / "worker" / "processes.py").open("a") as file:
        file.write("\n\ndef count_stops():\n    return None\n")
    ground.monkeypatch.setattr(contract_worker, "ROOM", room)
    try:
        return calling(attack, ground)
    finally:
        ground.monkeypatch.undo()


FORESEEN = """

def empty(folder):
    moved = 0
    while names := os.listdir(folder):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isdir(path):
                os.unlink(path)
                continue
            for child in os.listdir(path):
                moved += 1
                os.rename(os.path.join(path, child), os.path.join(folder, f".harness-{os.getpid()}-{moved}"))
            os.rmdir(path)
"""


def emptied_by_foreseen_names(attack: Attack, ground: Ground) -> Seen:
    """A launcher that moves what it removes to names that anybody can tell beforehand."""
    room = ground.fresh("room")
    shutil.copytree(ROOM, room, dirs_exist_ok=True)
    with (room / "belongings.py").open("a") as file:
        file.write(FORESEEN)
    ground.monkeypatch.setattr("sandbox.launch.ROOM", room)
    try:
        return grading(attack, ground)
    finally:
        ground.monkeypatch.undo()


WEAK: dict[str, Way] = {
    "stops that count as stalls": blind_to_stops,
    "names that can be foreseen": emptied_by_foreseen_names,
}
