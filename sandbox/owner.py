"""Who owns a run: the process that made its containers and folders, named so that another process can tell if it lives.

A process id alone comes back after a reboot or a while; with the boot and the start time it is one process for good.
The host's id holds the user and the pid namespace too: whose processes we can't see, we must not call dead.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SHAPE = re.compile(r"([0-9a-f]{16}):([0-9a-f]{16}):([0-9]{1,10}):([0-9a-f]{1,20})")


@dataclass(frozen=True, slots=True)
class Owner:
    """`host` and `boot` are digests, `pid` a process id, `started` its start in clock ticks (or a digest)."""

    host: str
    boot: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.host}:{self.boot}:{self.pid}:{self.started}"

    @property
    def is_here(self) -> bool:
        """Whether the process belongs to this machine, user and pid namespace: only then can we judge it."""
        return self.host == host_id()

    @property
    def is_dead(self) -> bool:
        """Whether it is certain that the process has ended; False for owners elsewhere."""
        return self.is_here and (self.boot != boot_id() or started_at(self.pid) != self.started)


def this_process() -> Owner:
    """The owner of all that this process makes."""
    pid = os.getpid()
    return Owner(host_id(), boot_id(), pid, started_at(pid) or "0")


def read_owner(text: str) -> Owner | None:
    """The owner that a label or a file names; None when it is not in our form, and so not ours to judge."""
    found = _SHAPE.fullmatch(text)
    return Owner(found[1], found[2], int(found[3]), found[4]) if found else None


@cache
def host_id() -> str:
    machine = _first_text("/etc/machine-id", "/var/lib/dbus/machine-id") or socket.gethostname()
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return _digest(f"{machine}|{os.getuid()}|{namespace}")


@cache
def boot_id() -> str:
    return _digest(_first_text("/proc/sys/kernel/random/boot_id") or _ask("sysctl", "-n", "kern.boottime"))


def started_at(pid: int) -> str | None:
    """When a process started, in a form that is only good for comparing; None when there is no such process."""
    if Path("/proc/self/stat").exists():
        try:
            stat = Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            return None
        fields = stat.rpartition(b")")[2].split()  # the name in parentheses may hold spaces and parentheses
        return None if fields[0] in (b"Z", b"X") else fields[19].decode()
    told = _ask("ps", "-o", "lstart=", "-p", str(pid))
    return _digest(told) if told else None


def _first_text(*paths: str) -> str:
    for path in paths:
        try:
            text = Path(path).read_text("utf-8", "replace").strip()
        except OSError:
            continue
        if text:
            return text
    return ""


def _ask(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=5).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
