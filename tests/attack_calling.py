"""Attacks on the worker that runs a submission's command for the hidden tests; and the plain calls that they beat."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from attack_corpus import Attack, Seen
from attack_ground import Ground, Way
from contract_worker import command, worker
from examiner import CandidateFault

SECONDS = 2.0


def calling(attack: Attack, ground: Ground) -> Seen:
    """Run `tool.py` of the attack's once with each of `words` as its argument, in this order, by our worker.

    Outcomes by the word: the exit code, or the kind of fault; `left` is how many of its processes live on afterwards.
    """
    outcomes, told = {}, []
    with worker(ground.fresh("room"), _files(attack, ground), "python3 tool.py") as started:
        tool = command(started, line="python3 tool.py")
        for word in attack.told["words"]:
            try:
                ran = tool.run([word], stdin=b"x" * 100_000, seconds=attack.told.get("seconds", SECONDS))
            except CandidateFault as fault:
                outcomes[word] = fault.kind
                told.append(str(fault))
            else:
                outcomes[word] = str(ran.exit_code)
                told.append((ran.stdout + ran.stderr)[:100_000].decode("utf-8", "replace"))
        outcomes["left"] = str(len(_left(ground.folder)))
    return Seen(outcomes, "\n".join(told))


def _files(attack: Attack, ground: Ground) -> dict[str, str]:
    return {name: content.decode() for name, content in attack.files(ground.planted).items()}


def _left(folder: Path) -> list[int]:
    """Which processes have the attack's file in this folder on their command line, once those about to end are gone."""
    ends = time.monotonic() + 2
    while True:
        found = [process for process, line in _command_lines() if b"tool.py" in line and bytes(folder) in line]
        if not found or time.monotonic() > ends:
            return found
        time.sleep(0.05)


def _command_lines() -> Iterator[tuple[int, bytes]]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            yield int(process.name), (process / "cmdline").read_bytes()


def plainly(attack: Attack, ground: Ground) -> Seen:
    """The same calls as most would make them: a shell, its output by pipes, and a time-out."""
    folder = ground.fresh("room")
    for name, content in _files(attack, ground).items():
        (folder / name).write_text(content)
    outcomes, told = {}, []
    try:
        for word in attack.told["words"]:
            try:
                ran = subprocess.run(
                    f"{sys.executable} {folder}/tool.py {word}; exit $?",
                    shell=True,
                    cwd=folder,
                    input=b"x" * 100_000,
                    capture_output=True,
                    timeout=attack.told.get("seconds", SECONDS),
                )
            except subprocess.TimeoutExpired:
                outcomes[word] = "slow"
            else:
                outcomes[word] = str(ran.returncode)
                told.append((ran.stdout + ran.stderr).decode("utf-8", "replace"))
        outcomes["left"] = str(len(_left(ground.folder)))
    finally:
        for process in _left(ground.folder):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
    return Seen(outcomes, "\n".join(told))


WEAK: dict[str, Way] = {"plain calls": plainly}
