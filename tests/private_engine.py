"""A container engine of the tests' own, to be stopped, killed, filled and restarted; this machine's is left alone.

Its data lie on a small disk in memory, where mounting is allowed: what holds them can be made full at a stroke.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from sandbox.engine import Engine
from sandbox.owner import started_at

START_SECONDS = 30.0
STOP_SECONDS = 30.0
DISK_MIB = 2048
WHY_NOT = "a second container engine needs root and dockerd on PATH"


class PrivateEngine:
    """A dockerd beside the machine's own, with its own data and its own network namespace.

    `disk` says whether its data lie on a disk of its own, whose size can be changed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data, self.exec = folder / "data", folder / "exec"
        self.address = f"unix://{folder}/docker.sock"
        self.program = shutil.which("dockerd") or "dockerd"
        self.process: subprocess.Popen[bytes] | None = None
        self.disk = False

    def _prepare(self) -> None:
        """Make the place of its data."""
        self.data.mkdir()
        self.disk = _ran("mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "none", str(self.data))

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it and wait until it answers; what an earlier one left that died is cleared away first."""
        if not self.data.exists():
            self._prepare()
        self.launch()
        ends = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.runs or time.monotonic() > ends:
                pytest.fail(f"a second dockerd does not start here: {self.log[-300:]}")
            time.sleep(0.05)

    def launch(self) -> None:
        """Start it, and wait for nothing."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, start_new_session=True)

    @property
    def command(self) -> list[str]:
        return [
            *("unshare", "--net"),  # in this machine's network, --bridge=none would take docker0 away from its engine
            *(self.program, "--data-root", str(self.data), "--exec-root", str(self.exec)),
            *("-H", self.address, "--bridge=none", "--iptables=false", "--pidfile", str(self.folder / "pid")),
        ]

    def answers(self) -> bool:
        with suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(2)
            probe.connect(self.address.removeprefix("unix://"))
            probe.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b"OK" in probe.recv(4096)
        return False

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8", "replace")

    def send(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self, number: int = signal.SIGTERM) -> None:
        """End the daemon by a signal and wait for it; its containers are another matter."""
        self.send(number)
        assert self.process is not None
        self.process.wait(STOP_SECONDS)

    def restart(self) -> None:
        """Start it again after whatever has happened to it, with its images and its containers' records."""
        self.clear()
        self.start()

    def clear(self) -> None:
        """End all that runs of it, containers and their keepers too, and remove what keeps a new one from starting."""
        if self.runs:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)  # type: ignore[union-attr]  # it runs
        if self.runs:
            self.end(signal.SIGKILL)
        self.end_daemons()
        for place in _mounts(self.exec):
            _ran("umount", "-l", place)
        shutil.rmtree(self.exec, ignore_errors=True)
        for name in ("pid", "docker.sock"):
            (self.folder / name).unlink(missing_ok=True)

    def end_daemons(self) -> None:
        """Kill what outlives a killed dockerd: containerd, containers and their keepers."""
        for _ in range(100):
            left = self.processes()
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            if not left:
                return
            time.sleep(0.05)

    def processes(self) -> list[int]:
        """The processes of this engine: its daemons name its folder, and so do their containers' control groups."""
        marks = [str(self.folder).encode(), *(one.encode() for one in self.container_ids())]
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                # "/docker/<id>" in the control groups; of the command lines only those of daemons
                told = (path / "cmdline").read_bytes()
                daemon = Path(os.fsdecode(told.split(b"\0")[0])).name.startswith(("dockerd", "containerd"))
                if (daemon and marks[0] in told) or any(m in (path / "cgroup").read_bytes() for m in marks[1:]):
                    found.append(int(path.name))
        return found

    def container_ids(self) -> list[str]:
        with suppress(OSError):
            return [path.name for path in (self.data / "containers").iterdir()]
        return []

    def resize(self, mib: int | None) -> None:
        """Give the disk another size: None is no more than what lies there, and one page."""
        size = f"{mib}m" if mib else f"{(shutil.disk_usage(self.data).used // 4096 + 1) * 4}k"
        assert _ran("mount", "-o", f"remount,size={size}", str(self.data))

    def connect(self) -> Engine:
        """A connection for a test's own questions, with a cache of its own."""
        return Engine.connect(self.folder / "cache", address=self.address)

    def docker(self, *arguments: str) -> str:
        """What the engine's command line answers."""
        done = subprocess.run(
            ["docker", "-H", self.address, *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def empty(self) -> None:
        """Remove every container and volume: what another test left when it ended with the engine stopped."""
        for listing, removal in ((("ps", "-aq"), ("rm", "-f", "-v")), (("volume", "ls", "-q"), ("volume", "rm", "-f"))):
            left = self.docker(*listing).split()
            if left:
                self.docker(*removal, *left)

    def load(self, images: Sequence[str]) -> None:
        """Take images over from this machine's engine, under the same names and ids."""
        with subprocess.Popen(["docker", "save", *images], stdout=subprocess.PIPE) as saved:
            command = ["docker", "-H", self.address, "load"]
            subprocess.run(command, stdin=saved.stdout, check=True, capture_output=True, timeout=300)

    def remove(self) -> None:
        ids = self.container_ids()
        self.clear()
        for place in _mounts(self.folder):
            _ran("umount", "-l", place)
        shutil.rmtree(self.folder, ignore_errors=True)
        for group in (group for one in ids for group in Path("/sys/fs/cgroup").glob(f"**/docker/{one}")):
            with suppress(OSError):
                group.rmdir()


@contextmanager
def open_private_engine(images: Sequence[str]) -> Iterator[PrivateEngine]:
    """A second engine with these images, for a block; skips the test, with the reason, where there can be none."""
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip(WHY_NOT)
    for folder in Path("/tmp").glob("harness-engine-*-*"):  # of tests that were killed
        owner = folder.name.split("-")[2]
        if owner.isdigit() and started_at(int(owner)) is None:
            PrivateEngine(folder).remove()
    # A folder with a short name: a socket's path may have 107 bytes.
    engine = PrivateEngine(Path(tempfile.mkdtemp(prefix=f"harness-engine-{os.getpid()}-", dir="/tmp")))
    try:
        engine.start()
        engine.load(images)
        yield engine
    finally:
        engine.remove()


def _mounts(below: Path) -> list[str]:
    """The places of mounts at or below a folder, the innermost first."""
    places = [line.split(" ")[1] for line in Path("/proc/self/mounts").read_text("utf-8").splitlines()]
    mine = [place for place in places if place == str(below) or place.startswith(f"{below}/")]
    return sorted(mine, key=len, reverse=True)


def _ran(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, timeout=30, check=False).returncode == 0
