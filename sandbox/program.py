"""The candidate's program during an exam: started, stopped, killed and looked at, one container a start.

The next start's container is prepared while the program of the last one works: created, started, the submission
unpacked, waiting for its order. It is used once and thrown away like any other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.container import Container
from sandbox.engine import Engine, Gone, SandboxError
from sandbox.launch import Launched, Order, log_kib
from sandbox.profile import KEEPER_USER, Limits, Profile, draw_user
from sandbox.record import Start
from sandbox.run import VARIABLES, exit_code, file_mib, folders, memory_peak_mib, mounted, out_of_memory
from sandbox.worker import COMMAND as WORKER
from sandbox.worker import Contract, worker_files, worker_variables

if TYPE_CHECKING:
    from sandbox.images import Image
    from sandbox.prepare import Environment

END_SECONDS = 3.0
"""How long PID 1 may take to kill all and give its account, before the container is killed over its head."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `exit_code` is None when it was killed."""

    exit_code: int | None
    out_of_memory: bool
    memory_peak_mib: float | None


class Data:
    """/data: a volume in memory that outlives the program's restarts, because a keeper of ours holds it mounted.

    It belongs to `user`, as whom every start of the program runs.
    """

    def __init__(self, engine: Engine, image: Image, limits: Limits, network: str, seconds: float) -> None:
        self.engine, self.limits, self.seconds = engine, limits, seconds
        self.name, self.user = engine.name("data"), draw_user(engine)
        profile = Profile(
            role="keeper",
            user=KEEPER_USER,
            limits=Limits(seconds=seconds, memory_mib=64, processes=32, cpus=1.0),
            network=network,
            volume=(self.name, "/data"),
        )
        self.keeper = Container(engine, profile, image.id, ("sleep", str(int(seconds) + 60)))

    def __enter__(self) -> Data:
        options = (
            f"size={self.limits.writable_mib}m,nr_inodes={self.limits.files},"
            f"uid={self.user},gid={self.user},mode=0700,nosuid,nodev"
        )
        try:
            self.engine.call(
                "making the data volume",
                lambda api: api.create_volume(
                    self.name,
                    driver="local",
                    driver_opts={"type": "tmpfs", "device": "tmpfs", "o": options},
                    labels=self.engine.labels("data", self.seconds + 60),
                ),
            )
            self.keeper.create()
            self.keeper.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.keeper.remove()
        with suppress(SandboxError):  # the end of the run tries again, and so does a sweep
            self.engine.remove_volume(self.name)


class Program:
    """The program of one exam; at most one runs. A context manager: at the end nothing of it is left.

    `command` is a shell line; `network` joins the examiner's; `deadline` (monotonic) ends every start; `variables` are
    laid over the usual environment. Where the `contract` is no service, our worker is started, and runs the command.
    Methods raise SandboxError, which is our failure.
    """

    def __init__(
        self,
        engine: Engine,
        image: Image,
        *,
        environment: Environment | None,
        pack: Path,
        command: str,
        limits: Limits,
        network: str,
        data: Data,
        deadline: float,
        variables: Mapping[str, str] | None = None,
        contract: Contract = "http-service",
    ) -> None:
        self.variables = {**VARIABLES, **(variables or {})}
        self.engine, self.image, self.pack = engine, image, pack
        self.limits, self.deadline = limits, deadline
        self.files: Mapping[str, bytes] = {}
        self.line: tuple[str, ...] = ("/bin/sh", "-c", command)
        if contract != "http-service":
            self.files, self.line = worker_files(), WORKER
            self.variables = worker_variables(command, self.variables)
        self.profile = Profile(
            role="sandbox",
            user=data.user,
            limits=limits,
            network=network,
            binds=mounted(environment, None),
            tmpfs=folders(limits, pack, self.files, data.user),
            volume=(data.name, "/data"),
            log_kib=log_kib(limits.output_kib, collects=False),
            file_mib=file_mib(limits, pack, self.files),
        )
        self.starts: list[Start] = []
        self.count = 0
        self._current: Launched | None = None
        self._spare: Launched | None = None
        self._start_seconds = 0.0
        self._ended: Ended | None = None
        self._output = b""
        self._asked = False

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        for launched in (self._current, self._spare):
            if launched is not None:
                launched.close()

    def start(self, settings: Mapping[str, str], *, keep_data: bool) -> int:
        """Start it with these settings, killing the one that runs; returns the number of the start."""
        began = time.monotonic()
        if self._current is not None:
            self.kill()
        launched = self._taken_spare() or self._prepared()
        self._current, self._ended, self._output = launched, None, b""
        self._asked = False
        launched.give(
            Order(
                command=self.line,
                variables={**self.variables, **settings, "DATA_DIR": "/data"},
                seconds=max(1.0, self.deadline - time.monotonic()),
                folder="/submission",
                file_mib=self.limits.file_mib,
                output_kib=self.limits.output_kib,
                empty_data=not keep_data,
                live=True,
            )
        )
        self._start_seconds = time.monotonic() - began
        self.count += 1
        return self.count

    def _taken_spare(self) -> Launched | None:
        """The container that was made ready, if it still waits."""
        spare, self._spare = self._spare, None
        if spare is None:
            return None
        try:
            if spare.container.state().running:
                return spare
        except Gone:
            pass
        except BaseException:
            spare.close()
            raise
        spare.close()
        return None

    def prepare_next(self) -> None:
        """Make the container of the next start ready. What goes wrong here is met when it is needed."""
        if self._spare is None:
            with suppress(SandboxError):
                self._spare = self._prepared()

    def _prepared(self) -> Launched:
        left = max(1.0, self.deadline - time.monotonic())
        launched = Launched(
            self.engine,
            self.profile,
            self.image.id,
            pack=self.pack,
            files=self.files,
            patience=left + 60,
            overdue=left + 60,
        )
        try:
            launched.container.create()
            launched.container.start()
        except BaseException:
            launched.close()
            raise
        return launched

    def stop(self, grace: float) -> Ended:
        """Ask it to end (SIGTERM); kill it when it has not within `grace` seconds."""
        launched = self._running()
        if launched is not None:
            launched.container.signal("SIGTERM")
            if not launched.container.wait(grace):
                self._end(launched)
        return self._settle()

    def kill(self) -> Ended:
        """End it at once, with all its processes, as a crash of the machine would; its data stays."""
        launched = self._running()
        if launched is not None:
            self._end(launched)
        return self._settle()

    def kill_if_started(self) -> None:
        """At the end of the exam: whatever still runs ends, and is written down."""
        if self._current is not None:
            self.kill()

    def _end(self, launched: Launched) -> None:
        self._asked = True
        launched.container.signal("SIGUSR1")  # PID 1 kills all at once, then tells what it saw
        if not launched.container.wait(END_SECONDS):
            launched.container.kill()

    def state(self) -> Ended | float | None:
        """How it ended; or, while it runs, the peak of its memory in MiB so far (None: not known)."""
        launched = self._running()
        return self._settle() if launched is None else memory_peak_mib(launched.account())

    def output(self, kib: int) -> str:
        """The end of what it has printed."""
        if self._current is not None:
            self._output = self._current.account().output
        return self._output[-kib * 1024 :].decode("utf-8", "replace")

    def _running(self) -> Launched | None:
        if self._current is None:
            return None
        try:
            return self._current if self._current.container.state().running else None
        except Gone as reason:
            self._lose()
            raise SandboxError("the program's container was removed by someone else") from reason

    def _lose(self) -> None:
        if self._current is not None:
            self._current.close()
            self._current = None
            self._ended = Ended(None, out_of_memory=False, memory_peak_mib=None)

    def _settle(self) -> Ended:
        """Write down how the current start ended, and remove its container."""
        if self._current is None:
            if self._ended is None:
                raise SandboxError("no program has been started")
            return self._ended
        launched = self._current
        try:
            account, state = launched.account(), launched.container.state()
        except Gone as reason:
            self._lose()
            raise SandboxError("the program's container was removed by someone else") from reason
        self._current = None
        launched.close()
        killed_by_memory = out_of_memory(account, state, self.limits)
        self._ended = Ended(exit_code(account, asked=self._asked), killed_by_memory, memory_peak_mib(account))
        self._output = account.output
        self.starts.append(
            Start(
                seconds=round(self._start_seconds, 3),
                exit_code=self._ended.exit_code,
                out_of_memory=killed_by_memory,
                output=account.output[-16_384:].decode("utf-8", "replace"),
                memory_peak_mib=self._ended.memory_peak_mib,
            )
        )
        if account.end is not None and account.end.reason == "unready":
            raise SandboxError(f"the sandbox could not be made ready: {account.end.detail}")
        if account.end is None and not killed_by_memory:
            told = account.stray or state.error or "no account"
            raise SandboxError(f"the program's container ended by a fault that is not the program's ({told[-300:]})")
        return self._ended
