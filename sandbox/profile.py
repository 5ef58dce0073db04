"""The hardened profile of every container: what it may use, reach and see. Data, and its form for the engine.

Where a figure comes from a try on a real engine, the comment says what was tried.
"""

from __future__ import annotations

import secrets
import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.engine import Engine

SANDBOX_USERS = range(0x7000_0000, 0x7FFE_0000)
"""One user id for every sandbox (see `draw_user`): 268 million that no distribution gives to anybody, so that they are
no person's, no service's and no other container's on the engine's machine."""
FEW_USERS = range(20_000, 52_768)
"""The same for an engine in a user namespace, which has 65,536 ids in all and maps them to ones of its own."""
EXAMINER_USER, KEEPER_USER = 65533, 65534
"""Never root: under a read-only root file system /dev is still writable for user 0. Examiner and sandbox never share
an id: files, sockets and processes of the one are closed to the other. (65531 installs dependencies.)"""
SMALLEST_MEMORY_MIB, FEWEST_PROCESSES = 64, 32
"""The engine refuses less than 6 MiB; its own runtime needs some threads and memory inside the limits to start at all
(with 8 and 32 MiB one start in some hundred failed), and PID 1 with a Python in it some 12 MiB."""
HOST_THREADS = 8
"""What a process under gVisor may cost in threads of the host, which are what can be bounded there: a program with some
seventy children met 512 of them, and its whole sandbox ended."""
OPEN_FILES = 1024
GIVES_WAY_SHARES = 128
"""An eighth of what every other container has."""
SHARED_MEMORY_MIB, SHARED_MEMORY_FILES = 16, 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use.

    `seconds` of wall time; `memory_mib` with all tmpfs counted in; `processes` with threads; `cpus` (1.5 is one and a
    half); `writable_mib` and `files` (inodes) that it may write to /submission and again to /tmp; `file_mib` for
    one file; `output_kib` of output kept, from the end. One that `gives_way` has little of the processors while others
    want them.
    """

    seconds: float = 60.0
    memory_mib: int = 512
    processes: int = 128
    cpus: float = 1.0
    writable_mib: int = 128
    files: int = 16_384
    file_mib: int = 64
    output_kib: int = 256
    gives_way: bool = False


@dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of the host's, seen in the container at `target`."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True, slots=True)
class Tmpfs:
    """A folder in memory. Nothing in it may be setuid or a device; programs can be run from it only with `programs`."""

    target: str
    mib: int
    inodes: int
    user: int
    programs: bool = False
    shared: bool = False

    def options(self) -> str:
        mode = "1777" if self.shared else "0700"
        programs = ",exec" if self.programs else ",noexec"  # left out, Docker takes noexec
        return (
            f"rw,nosuid,nodev{programs},size={self.mib}m,nr_inodes={self.inodes},"
            f"uid={self.user},gid={self.user},mode={mode}"
        )


@dataclass(frozen=True, slots=True)
class Profile:
    """One container's confinement. `network` is "none" or "container:<id>"; `volume` is (name, target) or None.

    `log_kib` is what the engine keeps of the container's output, at least; at most it keeps twice as much. `runtime` is
    one that the engine knows by that name; "" is its default.
    """

    role: str
    user: int
    limits: Limits
    network: str = "none"
    binds: tuple[Bind, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()
    volume: tuple[str, str] | None = None
    folder: str = "/"
    log_kib: int = 1024
    file_mib: int | None = None
    runtime: str = ""


_drawn: deque[int] = deque(maxlen=1024)
_drawing = threading.Lock()


def draw_user(engine: Engine) -> int:
    """A user id for one sandbox, drawn at random; a sandbox that is made anew for the same /data keeps it.

    Limits by user (inotify, pipe buffers, signals, keyrings) count over all containers of a machine, so that two
    sandboxes with one id could starve each other. Among a hundred at once two meet once in 50,000 times; among those
    of one process never.
    """
    options = [str(option) for option in engine.info.get("SecurityOptions") or ()]
    mapped = any("name=userns" in option or "name=rootless" in option for option in options)
    with _drawing:
        while (user := secrets.choice(FEW_USERS if mapped else SANDBOX_USERS)) in _drawn:
            continue
        _drawn.append(user)
    return user


def brings_own_kernel(engine: Engine, runtime: str) -> bool:
    """Whether a runtime of the engine's is gVisor, by its program: the host then sees the threads of its kernel."""
    about = (engine.info.get("Runtimes") or {}).get(runtime or engine.default_runtime) or {}
    return PurePath(str(about.get("path", ""))).name.startswith("runsc")


def creation(
    engine: Engine, profile: Profile, image: str, command: list[str], variables: Mapping[str, str], overdue: float
) -> dict[str, Any]:
    """The arguments of the engine's create call. `image` is an id; `overdue` goes into the deadline label (seconds)."""
    from docker.types import LogConfig, Mount, Ulimit

    limits = profile.limits
    memory = max(limits.memory_mib, SMALLEST_MEMORY_MIB) * 2**20
    processes = max(limits.processes, FEWEST_PROCESSES)
    if brings_own_kernel(engine, profile.runtime):
        processes *= HOST_THREADS
    file_bytes = (profile.file_mib or limits.file_mib) * 2**20
    mounts = [
        Mount(target=bind.target, source=str(bind.source.absolute()), type="bind", read_only=not bind.writable)
        for bind in profile.binds  # a Mount fails when the source is missing; the shorthand would make it, as root
    ]
    if profile.volume:
        mounts.append(Mount(target=profile.volume[1], source=profile.volume[0], type="volume", no_copy=True))
    host: dict[str, Any] = {
        "network_mode": profile.network,
        "read_only": True,
        "tmpfs": {mount.target: mount.options() for mount in (*profile.tmpfs, _shared_memory(profile.user))},
        "mounts": mounts,
        "cap_drop": ["ALL"],
        "privileged": False,
        "security_opt": ["no-new-privileges:true"],  # the engine's own seccomp profile stays; the launcher adds one
        "pids_limit": processes,
        "mem_limit": memory,
        "memswap_limit": memory,
        "nano_cpus": int(max(0.01, min(limits.cpus, float(engine.cpus))) * 1e9),  # more than there are is refused
        "ipc_mode": "private",  # "none" would break multiprocessing's locks
        "shm_size": SHARED_MEMORY_MIB * 2**20,  # for engines that mount their own over ours
        "oom_score_adj": 500,  # before the harness, when the whole machine runs out of memory
        "ulimits": [
            Ulimit(name="nofile", soft=OPEN_FILES, hard=OPEN_FILES),
            Ulimit(name="fsize", soft=file_bytes, hard=file_bytes),
            Ulimit(name="core", soft=0, hard=0),
            Ulimit(name="msgqueue", soft=0, hard=0),
            Ulimit(name="memlock", soft=0, hard=0),
        ],  # no nproc: it counts by user over all containers
        "log_config": LogConfig(type="json-file", config={"max-size": f"{profile.log_kib}k", "max-file": "2"}),
        "restart_policy": {"Name": "no"},
    }
    if limits.gives_way:
        host["cpu_shares"] = GIVES_WAY_SHARES
    if profile.runtime:
        host["runtime"] = profile.runtime
    if engine.cgroup_version == 1:
        host["mem_swappiness"] = 0
    options: dict[str, Any] = {
        "image": image,
        "command": command,
        "user": f"{profile.user}:{profile.user}",
        "working_dir": profile.folder,
        "environment": dict(variables),
        "labels": engine.labels(profile.role, overdue),
        "stop_signal": "SIGKILL",
        "host_config": host,
    }
    if not profile.network.startswith("container:"):  # it has the name of the container that it joins
        options["hostname"] = profile.role
    return options


def _shared_memory(user: int) -> Tmpfs:
    """Shared memory, which the engine would bound in size and not in files."""
    return Tmpfs("/dev/shm", SHARED_MEMORY_MIB, SHARED_MEMORY_FILES, user, shared=True)  # noqa: S108 - the container's
