"""Our worker as a plain process of this machine, running sample code of ours; and workers that mean harm."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from examination import ROOM
from examiner import Client, Log, Patience
from examiner.command import Command
from examiner.library import Library
from examiner.program import free_port
from examiner.worker import Worker


class Started:
    """Stands for the examiner's Program: a port, and what was asked to be done to it."""

    def __init__(self, port: int, process: subprocess.Popen[bytes] | None = None) -> None:
        self.port, self.process = port, process
        self.asked: list[str] = []

    def ensure(self, settings: Mapping[str, str]) -> Client:
        return Client(self.port, Patience())

    def start(self, settings: Mapping[str, str]) -> Client:
        self.asked.append("start")
        return self.ensure(settings)

    def state(self) -> dict[str, Any]:
        self.asked.append("state")
        return {"running": self.process is not None and self.process.poll() is None, "out_of_memory": False}

    def kill(self) -> dict[str, Any]:
        self.asked.append("kill")
        return {}


@contextmanager
def worker(folder: Path, files: Mapping[str, str], command: str = "") -> Iterator[Started]:
    """The worker, up, over a submission of these files; what it started is gone with it."""
    submission, data = folder / "submission", folder / "data"
    data.mkdir(parents=True)
    for name, content in files.items():
        (submission / name).parent.mkdir(parents=True, exist_ok=True)
        (submission / name).write_text(content)
    port = free_port()
    # In the sandbox the worker is stopped with its container; here its group goes with the test.
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(ROOM / "worker" / "main.py")],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{submission}:{submission}/src",
            "PYTHONUNBUFFERED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "LC_ALL": "C.UTF-8",
            "PORT": str(port),
            "DATA_DIR": str(data),
            "HARNESS_FOLDER": str(submission),
            "HARNESS_COMMAND": command,
            "HARNESS_PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        },
    )
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        yield Started(port, process)
    finally:
        process.kill()
        process.wait()


def command(started: Started, log: Log | None = None, line: str = "tool") -> Command:
    patience = Patience()
    return Command(Worker(started, patience, "command"), log or Log(), line)  # type: ignore[arg-type]


def library(started: Started, log: Log | None = None) -> Library:
    patience = Patience()
    return Library(Worker(started, patience, "library"), log or Log())  # type: ignore[arg-type]
