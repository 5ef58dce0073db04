"""The container engine: the only place that holds a connection to it. Every call ends, also when the engine hangs.

One Engine is one run: what it makes on the engine carries the run's labels, and its folder lies in the cache.
"""

from __future__ import annotations

import os
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sandbox.cache import cache_root, make_run_folder, remove_folder
from sandbox.owner import Owner, started_at, this_process

if TYPE_CHECKING:
    from docker import APIClient, DockerClient

T = TypeVar("T")

CALL_SECONDS = 30.0
"""What one call to the engine may take. A loaded machine took 2.8 s for the slowest; a hung engine takes for ever."""
SUSPECT_SECONDS = 2.0
"""What a call may take once the engine has failed to answer: cleaning up must not wait 30 s a container."""
LONG_SECONDS = 120
"""What a question asked through `client` may take: loading an image, say."""
REMEDY = "see `harness doctor`; a hung engine needs a restart (systemctl restart docker, or however yours is started)"

FILES_REMEDY = "raise the limit (ulimit -n 1024), and run it again"
FOLDER_REMEDY = "free some disk space, or set HARNESS_CACHE to a folder that can be written"


class SandboxError(Exception):
    """Our fault or the machine's, never the submission's. The message says what happened and what to do."""


class Gone(SandboxError):  # noqa: N818 - it reads as what it says: the container, volume or image is gone
    """What was asked for is not on the engine (any more)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which engine answered: its id, and on this machine its process. Another process means that it was restarted."""

    engine: str
    process: str


class Engine:
    """A connection to the engine for the length of one run; a context manager that leaves nothing behind.

    `run_id` names the run, `owner` this process, `folder` the run's private folder on the host; `runtime` is what
    sandboxes without a shared network are started with ("" is the engine's default). May be used from several
    threads: each gets a client of its own.
    """

    def __init__(self, cache: Path, address: str | None = None) -> None:
        self.cache, self.address = cache, address
        self.run_id = secrets.token_hex(6)
        self.owner: Owner = this_process()
        self.runtime = ""
        self.silent = False
        self._abandoned = threading.Event()
        self._threads = threading.local()
        self._clients: list[DockerClient] = []
        self._lock = threading.Lock()
        self._version = "auto"
        self._count = 0
        try:
            self.folder = make_run_folder(cache, self.run_id, self.owner)
        except OSError as reason:
            raise SandboxError(f"no folder for this run can be made: {reason}; {FOLDER_REMEDY}") from reason

    @classmethod
    def connect(cls, cache: Path | None = None, *, address: str | None = None) -> Self:
        """Connect to the engine that DOCKER_HOST names, or the local one (`address` overrides both).

        Raises SandboxError when none answers.
        """
        try:
            engine = cls(cache or cache_root(), address)
        except OSError as reason:
            raise SandboxError(f"the cache can't be used: {reason}; {FOLDER_REMEDY}") from reason
        try:
            engine.call("connecting", lambda api: api.ping())
        except BaseException:  # Ctrl-C too: the run's folder is there already
            engine.close()
            raise
        return engine

    @property
    def client(self) -> DockerClient:
        """This thread's client. Its calls are bounded, but for streams, exec and attach, which are not used here."""
        client: DockerClient | None = getattr(self._threads, "client", None)
        if client is None:
            import docker
            import docker.errors
            from docker.utils import kwargs_from_env

            self._knock()
            try:
                settings: dict[str, Any] = {**kwargs_from_env()}
                if self.address:
                    settings["base_url"] = self.address
                client = docker.DockerClient(version=self._version, timeout=int(self._patience), **settings)
            except docker.errors.DockerException as reason:
                raise self._absent(reason) from reason
            self._version = client.api.api_version  # what was negotiated: other threads need not ask again
            client.api.timeout = LONG_SECONDS
            self._threads.client = client
            with self._lock:
                self._clients.append(client)
        return client

    def _knock(self) -> None:
        """Ask the kernel whether anybody listens at a local address: docker-py would leave a socket open over it."""
        path = self._told_address().removeprefix("unix://")
        if path.startswith("/"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
                door.settimeout(SUSPECT_SECONDS)
                try:
                    door.connect(path)
                except OSError as reason:
                    raise self._absent(reason) from reason

    def _absent(self, reason: Exception) -> SandboxError:
        if isinstance(reason, PermissionError):
            return SandboxError(
                f"this user may not use the container engine at {self._told_address()}: join the group that owns the "
                "socket (usually docker), or run as root"
            )
        return SandboxError(
            f"no container engine answers at {self._told_address()} ({_first_line(reason)}): start it, or set "
            "DOCKER_HOST; `harness doctor --fix` installs and starts one on Debian"
        )

    def call(self, doing: str, ask: Callable[[APIClient], T], *, seconds: float | None = None) -> T:
        """Ask the engine one thing; `doing` completes the sentence "the engine … while <doing>".

        Raises Gone when the engine knows no such thing, SandboxError when it refuses, fails or does not answer in
        `seconds`, and KeyboardInterrupt's like untouched.
        """
        import docker.errors
        import requests

        if self._abandoned.is_set() and threading.current_thread() is not threading.main_thread():
            raise SandboxError("the run was interrupted")
        api = self.client.api
        patience = min(seconds or CALL_SECONDS, SUSPECT_SECONDS) if self.silent else seconds or CALL_SECONDS
        api.timeout = patience  # type: ignore[assignment]  # requests takes fractions; the stub says int
        try:
            answer = ask(api)
        except docker.errors.NotFound as reason:
            raise Gone(f"gone from the engine while {doing}: {_first_line(reason.explanation or reason)}") from reason
        except docker.errors.APIError as reason:
            told = _first_line(reason.explanation or reason)
            if "marked for removal" in told or "already in progress" in told:
                raise Gone(f"being removed by someone else while {doing}: {told}") from reason
            raise SandboxError(f"the engine refused while {doing}: {told}") from reason
        except (requests.Timeout, requests.ConnectionError) as reason:
            if "Too many open files" in str(reason):
                raise SandboxError(f"too many open files for the harness while {doing}: {FILES_REMEDY}") from reason
            self.silent = True
            late = isinstance(reason, requests.Timeout) or "timed out" in str(reason)
            how = f"did not answer within {patience:g} s" if late else "is gone, or was restarted,"
            raise SandboxError(f"the engine {how} while {doing}: {REMEDY}") from reason
        except (docker.errors.DockerException, requests.RequestException, ValueError) as reason:
            raise SandboxError(f"the engine failed while {doing}: {_first_line(reason)}; {REMEDY}") from reason
        finally:
            api.timeout = LONG_SECONDS
        self.silent = False
        return answer

    @property
    def _patience(self) -> float:
        return SUSPECT_SECONDS if self.silent else CALL_SECONDS

    def name(self, role: str) -> str:
        """A name that nothing else has, so that a thing can be removed though its id was never heard."""
        with self._lock:
            self._count += 1
            return f"harness-{self.run_id}-{role}-{self._count}"

    def labels(self, role: str, seconds: float) -> dict[str, str]:
        """The labels that everything made on the engine carries; `seconds` from now it is overdue."""
        return {
            "harness.run": self.run_id,
            "harness.role": role,
            "harness.owner": str(self.owner),
            "harness.deadline": str(int(time.time() + seconds)),
        }

    @cached_property
    def info(self) -> Mapping[str, Any]:
        """What the engine says about itself, asked once."""
        return self.call("describing itself", lambda api: api.info())

    def facts(self) -> dict[str, str | int | float]:
        """The engine in a few words, for reports."""
        version: Mapping[str, Any] = self.call("telling its version", lambda api: api.version())
        options = ", ".join(str(option) for option in self.info.get("SecurityOptions") or ())
        return {
            "name": _engine_name(version),
            "version": str(version.get("Version", "")),
            "api_version": str(version.get("ApiVersion", "")),
            "system": str(self.info.get("OperatingSystem", "")),
            "kernel": str(version.get("KernelVersion", "")),
            "machine": str(version.get("Arch", "")),
            "cgroup_version": self.cgroup_version,
            "cpus": self.cpus,
            "memory_mib": int(self.info.get("MemTotal", 0)) // 2**20,
            "security": options,
            "runtime": self.runtime or self.default_runtime,
            "exam_runtime": self.default_runtime,
        }

    @property
    def default_runtime(self) -> str:
        return str(self.info.get("DefaultRuntime") or "runc")

    @property
    def cgroup_version(self) -> int:
        return 1 if str(self.info.get("CgroupVersion", "1")) == "1" else 2

    @property
    def cpus(self) -> int:
        return max(1, int(self.info.get("NCPU", 1)))

    def identity(self) -> Identity:
        """Which engine this is now: compare before and after, a restart in between explains what went missing."""
        info: Mapping[str, Any] = self.call("describing itself", lambda api: api.info())
        return Identity(str(info.get("ID", "")), self._process())

    def _process(self) -> str:
        """The process behind a local socket with its start, as the kernel tells it; "" for engines elsewhere."""
        path = self._told_address().removeprefix("unix://")
        if not path.startswith("/") or not hasattr(socket, "SO_PEERCRED"):
            return ""
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(SUSPECT_SECONDS)
            peer.connect(path)
            pid = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[0]
            return f"{pid}:{started_at(pid)}"
        return ""

    def _told_address(self) -> str:
        return self.address or os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"

    @property
    def is_abandoned(self) -> bool:
        """Whether the run was interrupted: what takes long without the engine looks here now and then."""
        return self._abandoned.is_set()

    def abandon(self) -> None:
        """End every container of this run at once, from the main thread, so that no other thread waits for one.

        Calls from other threads raise SandboxError from now on.
        """
        self._abandoned.set()
        with suppress(SandboxError):
            self.remove_own()

    def remove_own(self) -> None:
        """Remove what this run made on the engine and did not remove itself."""
        mine = {"label": f"harness.run={self.run_id}"}
        containers = self.call("listing this run's containers", lambda api: api.containers(all=True, filters=mine))
        for found in containers:
            with suppress(SandboxError):
                self.remove_container(str(found["Id"]))
        volumes: Mapping[str, Any] = self.call("listing this run's volumes", lambda api: api.volumes(filters=mine))
        for found in volumes.get("Volumes") or ():
            with suppress(SandboxError):
                self.remove_volume(str(found["Name"]))

    def remove_container(self, name: str, *, seconds: float | None = None) -> None:
        """Remove a container by id or name, running or not, with its anonymous volumes. Raises Gone, SandboxError."""
        self.call("removing a container", lambda api: api.remove_container(name, force=True, v=True), seconds=seconds)

    def remove_volume(self, name: str) -> None:
        """Remove a volume that no container uses. Raises Gone, SandboxError."""
        self.call("removing a volume", lambda api: api.remove_volume(name, force=True))

    def close(self) -> None:
        """Remove what is left of the run on the engine and on the host, and close the connections."""
        if self._clients:
            with suppress(SandboxError):
                self.remove_own()
        remove_folder(self.folder)
        with self._lock:
            for client in self._clients:
                with suppress(Exception):
                    client.close()
            self._clients.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _engine_name(version: Mapping[str, Any]) -> str:
    names = [str(part.get("Name", "")) for part in version.get("Components") or ()]
    return "Podman" if any("podman" in name.lower() for name in names) else "Docker"


def _first_line(reason: object) -> str:
    lines = str(reason).strip().splitlines()
    return "".join(letter for letter in lines[0][:300] if letter.isprintable()) if lines else "no reason given"
