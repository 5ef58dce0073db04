"""Processes of the candidate's: watched with a time and caps on what they print, and ended with all that they started.

Stdlib only, Python 3.9 to 3.14: this runs inside the sandbox.
"""
# ruff: noqa: PTH123, PTH208
# plain paths of /proc

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

PR_SET_CHILD_SUBREAPER = 36
SLICE = 0.02
STALL = 0.5
"""A wait that ends this many seconds late was a stall of the machine, and not the command's."""
STOPS = [0]
"""How often this process was stopped by a signal, as a machine never does it: the command shares our user."""
END_SECONDS = 5.0
PIECE = 65_536


def adopt_orphans() -> None:
    """Become the parent of every process below this one that loses its own, so that none can get away."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def count_stops() -> None:
    """Count from now on how often this process goes on after a SIGSTOP: no stall, and no more time for the command."""

    def goes_on(*_: object) -> None:
        STOPS[0] += 1

    signal.signal(signal.SIGCONT, goes_on)


class Drain:
    """What comes out of a pipe: the first `limit` bytes are kept, all are counted."""

    def __init__(self, descriptor: int, limit: int) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor, self.limit = descriptor, limit
        self.open = True
        self.kept, self.count = bytearray(), 0

    def read(self) -> bool:
        """Take in what is there; False when there is nothing now, or never again."""
        if not self.open:
            return False
        try:
            piece = os.read(self.descriptor, PIECE)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        if not piece:
            self.open = False
            return False
        self.count += len(piece)
        self.kept += piece[: max(0, self.limit - len(self.kept))]
        return True

    def rest(self, most: int) -> None:
        """Take in what still lies in the pipe."""
        while self.count <= most and self.read():
            pass

    def clear(self) -> None:
        self.kept, self.count = bytearray(), 0


class Feed:
    """What goes into a pipe, as fast as it is taken; with `close` the pipe ends after it."""

    def __init__(self, descriptor: int, content: bytes, *, close: bool) -> None:
        os.set_blocking(descriptor, False)
        self.descriptor, self.left, self.close = descriptor, memoryview(content), close
        self.open = True
        self.write()

    def write(self) -> None:
        try:
            while self.left:
                self.left = self.left[os.write(self.descriptor, self.left[:PIECE]) :]
        except BlockingIOError:
            return
        except OSError:  # nobody reads it any more
            self.left = memoryview(b"")
        self.open = False
        if self.close:
            os.close(self.descriptor)


def watch(
    process: subprocess.Popen[bytes],
    drains: Sequence[Drain],
    feed: Feed,
    seconds: float,
    most: int,
    enough: Callable[[], bool] = lambda: False,
) -> str:
    """Let the process work until something ends that: "enough", "exited", "deadline", "output" (over `most` bytes)."""
    ends = time.monotonic() + seconds
    stops = STOPS[0]
    while True:
        if STOPS[0] > stops and time.monotonic() >= ends:
            return "deadline"
        if enough():
            return "enough"
        if process.poll() is not None:
            return "exited"
        _reap_others(process.pid)
        if sum(drain.count for drain in drains) > most:
            return "output"
        began = time.monotonic()
        if began >= ends:
            return "deadline"
        reading = [drain.descriptor for drain in drains if drain.open]
        planned = min(SLICE if reading else SLICE / 10, ends - began)
        ready, writable, _ = select.select(reading, [feed.descriptor] if feed.open else [], [], planned)
        late = time.monotonic() - began - planned
        ends += late if late > STALL and STOPS[0] == stops else 0.0
        for drain in drains:
            if drain.descriptor in ready:
                drain.read()
        if writable:
            feed.write()


def end_all(process: subprocess.Popen[bytes]) -> int:
    """End the process and every other that was started below this one; gives the process's status.

    Where that can't be done in time this process ends too, and its parent (PID 1 of the room) clears all away.
    """
    until = time.monotonic() + END_SECONDS
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_SECONDS)
    while _children_left():
        _freeze(until)
        for found in _descendants():
            with contextlib.suppress(OSError):
                os.kill(found, signal.SIGKILL)
        if time.monotonic() > until:
            os._exit(3)
        time.sleep(0.001)
    return process.returncode if process.returncode is not None else -signal.SIGKILL


def _freeze(until: float) -> None:
    """Stop all below this process, until none is new: what is stopped starts nothing while the others are ended."""
    stopped: set[int] = set()
    while time.monotonic() < until:
        fresh = _descendants() - stopped
        if not fresh:
            return
        for found in fresh:
            with contextlib.suppress(OSError):
                os.kill(found, signal.SIGSTOP)
        stopped |= fresh


def _children_left() -> bool:
    """Take the dead off the table; whether any child is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _reap_others(main: int) -> None:
    """Take dead orphans off the table while the process itself still runs: they count against the room's limit."""
    try:
        while (dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) and dead.si_pid != main:
            os.waitpid(dead.si_pid, os.WNOHANG)
    except ChildProcessError:
        pass


def _descendants() -> set[int]:
    """Every living process below this one."""
    below: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError), open(f"/proc/{name}/stat", "rb") as file:
                state, parent = file.read(4_096).rpartition(b")")[2].split()[:2]
                if state not in (b"Z", b"X"):
                    below.setdefault(int(parent), []).append(int(name))
                else:  # a dead thread leader may have children yet
                    below.setdefault(int(parent), []).append(-int(name))
    found: set[int] = set()
    level = [os.getpid()]
    while level:
        level = [child for parent in level for child in below.get(abs(parent), ())]
        found.update(child for child in level if child > 0)
    return found


def memory_kills() -> int:
    """How often the kernel has killed in this room for want of memory; 0 where the engine hides it."""
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        with contextlib.suppress(OSError, ValueError), open(path) as file:
            return next(int(line.split()[1]) for line in [*file, "oom_kill 0"] if line.startswith("oom_kill "))
    return 0


def exit_code(status: int) -> int:
    """An exit code as a shell tells it: 128 + n after signal n."""
    return status if status >= 0 else 128 - status


def out_of_memory(kills_before: int, status: int) -> bool:
    """Whether a process with this status was killed for want of memory."""
    return exit_code(status) == 128 + signal.SIGKILL and memory_kills() > kills_before


if sys.platform != "linux":
    raise SystemExit("the worker runs inside a sandbox, which is Linux")
