"""PID 1 of every sandbox and of the examiner: prepares the room, runs one command, and gives an account of it.

Stdlib only, Python 3.9 to 3.14; started as `python3 -I -S /harness/launcher.py`. What it reads:

    HARNESS_NONCE      (environment) marks every line of the account; never reaches the command
    HARNESS_PATIENCE   (environment) seconds to wait for the order
    /harness/submission.tar   unpacked into /submission (optional)
    /harness/input.tar        laid over: names under "submission/" and "input/" (optional)
    /harness/order.json       the order; may appear later, so that a room can be prepared ahead

What it writes, on its own stdout, which nothing else in the room can open: lines `<nonce> <number> <kind> <base64>`
with the kinds `ready`, `output` (what the command printed, as it comes), `tail` (its end, where it printed too much),
`memory` (the peak so far, in bytes), `file-<index>` (zlib, pieces in order) and `end` (JSON).

The command runs in a child with a second system call filter. It has our user id, so the account's secrets are
kept by PR_SET_DUMPABLE, and what it sends to PID 1 is met by the kernel: SIGKILL from within a pid namespace never
reaches its PID 1. The deadline is kept here too, so it holds when the engine has stopped answering.
"""
# ruff: noqa: PTH110, PTH123
# os.open and its flags are the point

from __future__ import annotations

import base64
import collections
import contextlib
import json
import os
import platform
import resource
import select
import signal
import sys
import tarfile
import time
from typing import Any

sys.path.insert(0, "/harness")  # read-only, and ours: python3 -I leaves the script's own folder out

from sandbox.room.belongings import BadNameError, empty, hand_over, unpack
from sandbox.room.system_calls import UnknownMachineError, install, prctl, seccomp_filter

QUEUE_LIMIT = 1024 * 1024
"""Bytes that may wait for the log; beyond, the command's output is left in its pipe and the command blocks."""
GATHER_SECONDS, FLUSH_SECONDS, FLUSH_BYTES = 0.002, 0.02, 16_384
"""Small pieces of output are gathered for so long, or up to so much, before they are told."""
CLEAR_SECONDS = 5
MEASURE_SECONDS = 0.5
LEAVE_SECONDS = 2.0
LAST_WORDS_SECONDS = 10
"""How long the account may take to leave after the end; then PID 1 goes all the same."""
PR_SET_DUMPABLE, PR_GET_DUMPABLE = 4, 3
RESET = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD)


class Account:
    """The lines to the host. Never blocks: what the log does not take yet waits in a queue."""

    def __init__(self, nonce: str, descriptor: int = 1) -> None:
        self.nonce, self.descriptor, self.number = nonce, descriptor, 0
        self.queue: collections.deque[bytes] = collections.deque()
        self.size = 0
        os.set_blocking(descriptor, False)

    def say(self, kind: str, content: bytes) -> None:
        line = f"{self.nonce} {self.number} {kind} ".encode() + base64.b64encode(content) + b"\n"
        self.number += 1
        self.queue.append(line)
        self.size += len(line)
        self.write()

    def write(self) -> None:
        while self.queue:
            try:
                written = os.write(self.descriptor, self.queue[0][:65536])
            except BlockingIOError:
                return
            except OSError:  # nobody will ever read it
                self.queue.clear()
                self.size = 0
                return
            self.size -= written
            rest = self.queue.popleft()[written:]
            if rest:
                self.queue.appendleft(rest)

    def finish(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.queue and time.monotonic() < until:
            select.select([], [self.descriptor], [], 0.2)
            self.write()


class Watch:
    """The life of one command: its output, its end, its deadline."""

    def __init__(self, account: Account, order: dict[str, Any], wake: int, signals: collections.deque[int]) -> None:
        self.account, self.order, self.wake, self.signals = account, order, wake, signals
        self.child, self.reading = 0, -1
        self.status: int | None = None
        self.ending, self.gone_at = False, 0.0
        self.pending, self.pending_since, self.printed, self.open = b"", 0.0, 0, True
        self.told, self.tail = 0, b""
        self.measured, self.measured_at = 0, 0.0

    def start(self, program: bytes) -> None:
        """Fork; the child takes off all that is ours and becomes the command."""
        self.reading, writing = os.pipe()
        self.child = os.fork()
        if self.child:
            os.close(writing)
            os.set_blocking(self.reading, False)
            return
        try:
            become(self.order, program, writing)
        except BaseException as reason:  # noqa: BLE001 - this is the forked child: nothing may get back from here
            os.write(2, f"could not start: {reason}\n".encode("utf-8", "replace"))
        os._exit(127)

    def until_end(self, deadline: float) -> str:
        """Watch until something ends the run; returns what: exited, deadline, output or killed."""
        while True:
            self.reap()
            while self.signals:
                if self.signals.popleft() == signal.SIGUSR1:
                    return "killed"
                self.ending = True
                with contextlib.suppress(OSError):
                    os.killpg(self.child, signal.SIGTERM)
            if self.status is not None and not self.others_still_leave():
                return "exited"
            if time.monotonic() >= deadline:
                return "deadline"
            if self.printed > self.order["most_output"]:
                return "output"
            self.measure()
            self.listen(deadline)

    def others_still_leave(self) -> bool:
        """Whether, after a SIGTERM, others of the command's group may have some more time: a shell goes before them."""
        if not self.ending:
            return False
        self.gone_at = self.gone_at or time.monotonic()
        try:
            os.killpg(self.child, 0)
        except OSError:
            return False
        return time.monotonic() < self.gone_at + LEAVE_SECONDS

    def measure(self) -> None:
        """Tell the peak of memory when it has grown by a MiB, so that it is known of a program that still runs."""
        now = time.monotonic()
        if now < self.measured_at + MEASURE_SECONDS:
            return
        self.measured_at = now
        peak, _ = memory()
        if peak is not None and peak >= self.measured + 2**20:
            self.measured = peak
            self.account.say("memory", str(peak).encode())

    def listen(self, deadline: float) -> None:
        """Take and pass on what was printed; small pieces are gathered, so a chatty command costs little."""
        self.account.write()
        now = time.monotonic()
        full = self.account.size > QUEUE_LIMIT
        late = now >= self.pending_since + FLUSH_SECONDS or len(self.pending) >= FLUSH_BYTES
        if self.pending and late and not full:
            self.flush()
        gathering = bool(self.pending) or full
        reads = [self.wake] if gathering or not self.open else [self.wake, self.reading]
        writes = [self.account.descriptor] if self.account.queue else []
        pause = GATHER_SECONDS if self.pending and not full else MEASURE_SECONDS
        ready, _, _ = select.select(reads, writes, [], max(0.0, min(pause, deadline - now)))
        if self.wake in ready:
            os.read(self.wake, 4096)
        if self.reading in ready or (self.pending and self.open and not full):
            self.read()

    def read(self) -> bool:
        try:
            piece = os.read(self.reading, 65536)
        except BlockingIOError:
            return False
        if not piece:
            self.open = False
            return False
        if not self.pending:
            self.pending_since = time.monotonic()
        self.pending += piece
        self.printed += len(piece)
        return True

    def flush(self) -> None:
        """Pass on what was printed: at once up to a limit, beyond it only the end, once the command has ended."""
        if self.told < self.order["told_output"]:
            self.account.say("output", self.pending)
            self.told += len(self.pending)
        else:
            self.tail = (self.tail + self.pending)[-self.order["kept_output"] :]
        self.pending = b""

    def reap(self) -> bool:
        """Take every dead process off the table; False when no child is left."""
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if process == 0:
                return True
            if process == self.child:
                self.status = status

    def clear(self) -> None:
        """Kill and reap everything else in the room, then take what is left in the pipe."""
        until = time.monotonic() + CLEAR_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(OSError):
                os.kill(-1, signal.SIGKILL)
            if not self.reap():
                break
            time.sleep(0.002)
        while self.open and len(self.pending) < QUEUE_LIMIT and self.read():
            pass
        if self.pending:
            self.flush()
        if self.tail:
            self.account.say("tail", self.tail)


def become(order: dict[str, Any], program: bytes, writing: int) -> None:
    """In the child: take off all that is ours, and exec the command. Returns only by raising."""
    os.setsid()
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    for number in RESET:
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_bytes"], order["file_bytes"]))
    prctl(PR_SET_DUMPABLE, 1)  # /proc/self becomes ours; nobody else is in the room yet, and exec clears our memory
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")  # when memory ends, the command goes before the one who has to tell it
    os.nice(10)  # within this room only: a hundred busy processes must not keep PID 1 from its deadline
    os.chdir(order["folder"])
    install(program)
    os.execvpe(order["command"][0], order["command"], order["variables"])  # noqa: S606 - without a shell, as meant


def read_order(patience: float, signals: collections.deque[int]) -> dict[str, Any] | None:
    """Wait for the order; None when it did not come or was called off."""
    until = time.monotonic() + patience
    while not signals and time.monotonic() < until:
        try:
            with open("/harness/order.json", encoding="utf-8") as file:
                order: dict[str, Any] = json.load(file)
                return order
        except FileNotFoundError:
            time.sleep(0.005)
    return None


def memory() -> tuple[int | None, int | None]:
    """The peak in bytes and how often the kernel killed for want of memory; None where the engine hides it."""
    peak = kills = None
    for path in ("/sys/fs/cgroup/memory.peak", "/sys/fs/cgroup/memory/memory.max_usage_in_bytes"):
        with contextlib.suppress(OSError, ValueError), open(path) as file:
            peak = int(file.read())
    for path in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        with contextlib.suppress(OSError, ValueError), open(path) as file:
            kills = next(int(line.split()[1]) for line in [*file, "oom_kill 0"] if line.startswith("oom_kill "))
    return peak, kills


def run(account: Account, wake: int, signals: collections.deque[int]) -> dict[str, Any]:
    """Everything between the first line of the account and the last, which it returns."""
    program = seccomp_filter(platform.machine())
    if os.path.exists("/harness/submission.tar"):
        unpack("/harness/submission.tar", {None: "/submission"}, skip_impossible=True)
    if os.path.exists("/harness/input.tar"):
        unpack("/harness/input.tar", {"submission": "/submission", "input": "/harness/input"})
    account.say("ready", b"")
    order = read_order(float(os.environ["HARNESS_PATIENCE"]), signals)
    if order is None:
        return {"reason": "unready", "detail": "no order came"}
    if order["empty_data"]:
        empty("/data")
    watch = Watch(account, order, wake, signals)
    began = time.monotonic()
    watch.start(program)
    reason = watch.until_end(began + order["seconds"])
    seconds = time.monotonic() - began
    watch.clear()
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    refused = hand_over(
        order["collect"], order["collect_bytes"], lambda index, piece: account.say(f"file-{index}", piece)
    )
    peak, kills = memory()
    status = watch.status
    return {
        "reason": reason,
        "exit_code": None if status is None or not os.WIFEXITED(status) else os.WEXITSTATUS(status),
        "signal": None if status is None or not os.WIFSIGNALED(status) else os.WTERMSIG(status),
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "printed": watch.printed,
        "memory_peak": peak,
        "memory_kills": kills,
        "refused": refused,
    }


def main() -> None:
    os.umask(0o022)
    account = Account(os.environ["HARNESS_NONCE"])
    signals: collections.deque[int] = collections.deque(maxlen=64)
    wake, waking = os.pipe()
    os.set_blocking(wake, False)
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGUSR1):
        signal.signal(number, lambda number, _: signals.append(number))
    if prctl(PR_SET_DUMPABLE, 0) or prctl(PR_GET_DUMPABLE):
        end: dict[str, Any] = {"reason": "unready", "detail": "this process could not be closed to the others"}
    else:
        try:
            end = run(account, wake, signals)
        except (BadNameError, UnknownMachineError, OSError, ValueError, KeyError, tarfile.TarError) as reason:
            end = {"reason": "unready", "detail": f"{type(reason).__name__}: {reason}"}
    account.say("end", json.dumps(end).encode())
    account.finish(LAST_WORDS_SECONDS)
    os._exit(70 if end["reason"] == "unready" else 0)


if __name__ == "__main__":
    main()
