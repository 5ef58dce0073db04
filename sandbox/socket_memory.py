"""Memory of the kernel's that a container's sockets hold: bounded here where the engine can't.

Control groups of version 2 count it against the limit of memory. Those of version 1 have a limit of its own for it,
which runc no longer sets (it has ignored kernel memory settings since 1.0.0-rc94): without one, a sandbox of 64 MiB
held 2.2 GiB in sockets. Only sockets made after it was set are counted, so it has to come before the program does.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

PROCESSES = Path("/proc")
MOUNT = Path("/sys/fs/cgroup/memory")
LIMIT = "memory.kmem.tcp.limit_in_bytes"
SHARE = 4
"""A quarter of the memory on top of it: in an exam of the reference submission a container held 3 MiB at most."""
LEAST = 16 * 2**20


def bound_socket_memory(container: str, process: int, memory: int) -> bool:
    """Bound what the sockets of a container may hold, by its id, its PID 1 and its limit of memory (bytes).

    Returns whether a bound stands. False where we may not (not root), where the container is on another machine, or
    where its control groups lie elsewhere; nothing raises.
    """
    with suppress(OSError, ValueError):
        groups = (PROCESSES / str(process) / "cgroup").read_text("utf-8", "replace")
        for line in groups.splitlines():
            _, controllers, path = line.split(":", 2)
            if "memory" in controllers.split(",") and container in path and ".." not in path:
                (MOUNT / path.lstrip("/") / LIMIT).write_text(str(max(memory // SHARE, LEAST)))
                return True
    return False
