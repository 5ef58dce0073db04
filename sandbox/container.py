"""A container: made, started, waited for, killed and removed. It is a context manager and leaves nothing behind.

Nothing here attaches to a container's streams, runs exec in it or copies out of its file system: each of these lets a
hostile container wedge the engine or write to the host (see SECURITY.md). What a container says is read from its log.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.engine import Engine, Gone, SandboxError
from sandbox.profile import Profile, creation
from sandbox.socket_memory import bound_socket_memory

KILL_SECONDS = 10.0
"""How long a kill may take to be confirmed; after that the process is killed past the engine, where we can."""
WAIT_STEP = 20.0
"""How long one question "has it ended?" stays open."""


@dataclass(frozen=True, slots=True)
class State:
    """What the engine says of a container. `exit_code` is None while it runs; it proves nothing by itself."""

    running: bool
    exit_code: int | None
    out_of_memory: bool
    pid: int
    error: str


class Container:
    """One container of a run, by its profile. `id` is set once it is made."""

    def __init__(
        self,
        engine: Engine,
        profile: Profile,
        image: str,
        command: Sequence[str],
        variables: Mapping[str, str] | None = None,
        *,
        overdue: float | None = None,
    ) -> None:
        self.engine, self.profile, self.image = engine, profile, image
        self.command, self.variables = list(command), dict(variables or {})
        self.overdue = profile.limits.seconds + 60 if overdue is None else overdue
        self.name = engine.name(profile.role)
        self.id = ""
        self.pid = 0
        self.start_seconds = 0.0

    def __enter__(self) -> Self:
        try:
            self.create()
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def create(self) -> None:
        """Make it, without starting it. Raises SandboxError: all that is asked for is ours."""
        options = creation(self.engine, self.profile, self.image, self.command, self.variables, self.overdue)

        def ask(api: Any) -> str:
            host = api.create_host_config(**options["host_config"])
            return str(api.create_container(**{**options, "host_config": host}, name=self.name)["Id"])

        self.id = self.engine.call(f"making the {self.profile.role} container", ask)

    def start(self) -> None:
        """Start it, and remember its process, for the case that the engine stops answering later."""
        began = time.monotonic()
        doing = f"starting the {self.profile.role} container"
        try:
            self.engine.call(doing, lambda api: api.start(self.id))
        except SandboxError as reason:
            if "OCI runtime" not in str(reason):
                raise
            # The runtime stumbles now and then on a loaded machine; all that it is given is ours, so once more.
            self.engine.call(doing, lambda api: api.start(self.id))
        self.start_seconds = time.monotonic() - began
        self.pid = self.state().pid
        if self.engine.cgroup_version == 1 and self.pid:
            bound_socket_memory(self.id, self.pid, self.profile.limits.memory_mib * 2**20)

    def state(self) -> State:
        """What the engine says of it now; raises Gone when it was removed under us."""
        told: Mapping[str, Any] = self.engine.call(
            f"looking at the {self.profile.role} container", lambda api: api.inspect_container(self.id)
        )["State"]
        if told.get("Status") in ("removing", "dead"):
            raise Gone(f"the {self.profile.role} container is being removed by someone else")
        running = bool(told.get("Running")) or told.get("Status") == "created"
        return State(
            running=running,
            exit_code=None if running else int(told.get("ExitCode", -1)),
            out_of_memory=bool(told.get("OOMKilled")),
            pid=int(told.get("Pid") or 0),
            error=str(told.get("Error") or "")[:500],
        )

    def wait(self, seconds: float) -> bool:
        """Wait for its end, at most so long; returns whether it has ended. Raises SandboxError, Gone."""
        import docker.errors
        import requests

        deadline = time.monotonic() + seconds
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return not self.state().running
            step = max(0.05, min(left, WAIT_STEP))
            try:
                self.engine.client.api.wait(self.id, timeout=step)  # type: ignore[arg-type]  # fractions work; the stub says int
            except docker.errors.NotFound as reason:
                raise Gone(f"the {self.profile.role} container was removed by someone else") from reason
            except (requests.ConnectionError, requests.Timeout):
                if not self.state().running:  # asks again, so that a hung engine is told from a long run
                    return True
            except (docker.errors.DockerException, requests.RequestException) as reason:
                # the engine went away in the middle of an answer
                raise SandboxError(f"the engine was lost while waiting: {type(reason).__name__}") from reason
            else:
                return True

    def signal(self, name: str) -> None:
        """Send a signal to its PID 1; no complaint when it has ended."""
        try:
            self.engine.call(f"signalling the {self.profile.role} container", lambda api: api.kill(self.id, name))
        except Gone:
            return
        except SandboxError:
            if self.state().running:
                raise

    def kill(self) -> None:
        """Kill it and see it dead. Where the engine fails and we are root on its machine, the kernel is asked instead.

        Raises SandboxError when neither works: the container may still be running.
        """
        try:
            self.signal("SIGKILL")
            if self.wait(KILL_SECONDS):
                return
        except Gone:
            return
        except SandboxError:
            if self.kill_past_engine():
                return
            raise
        if not self.kill_past_engine():
            raise SandboxError(
                f"the container {self.name} could not be killed in {KILL_SECONDS:g} s: restart the engine, remove it"
            )

    def kill_past_engine(self) -> bool:
        """SIGKILL to its PID 1 from the host, if the kernel confirms whose it is. Returns whether it was done."""
        if not self.pid or not self.id:
            return False
        try:
            groups = Path(f"/proc/{self.pid}/cgroup").read_text("utf-8", "replace")
        except OSError:
            return False
        if self.id not in groups:  # the number belongs to another process by now
            return False
        with suppress(OSError):
            descriptor = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else -1
            if descriptor >= 0:
                try:
                    if self.id in Path(f"/proc/{self.pid}/cgroup").read_text("utf-8", "replace"):
                        signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                        return True
                finally:
                    os.close(descriptor)
        return False

    def log(self, limit: int) -> bytes:
        """What the engine kept of its output, at most `limit` bytes, from the end. Never follows."""
        kept: bytes = self.engine.call(
            "reading a log", lambda api: api.logs(self.id, stdout=True, stderr=True, stream=False, follow=False)
        )
        return kept[-limit:]

    def remove(self) -> None:
        """Remove it, running or not. What cannot be removed now is left to the end of the run and to the next sweep."""
        try:
            self.engine.remove_container(self.id or self.name)
        except Gone:
            return
        except SandboxError:
            self.kill_past_engine()
