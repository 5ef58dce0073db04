"""One command of a submission in a throw-away sandbox without any network."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sandbox.container import State
from sandbox.engine import Engine, SandboxError
from sandbox.launch import GRACE_SECONDS, Account, Launched, Order, log_kib, measure, sizes
from sandbox.profile import Bind, Limits, Profile, Tmpfs, draw_user

if TYPE_CHECKING:
    from sandbox.images import Image
    from sandbox.prepare import Environment

Ended = Literal["exited", "deadline", "memory", "output", "vanished"]

VARIABLES = {
    "PATH": "/environment/bin:/usr/local/bin:/usr/bin:/bin",
    "PYTHONPATH": "/submission:/submission/src",
    "HOME": "/submission",
    "TMPDIR": "/tmp",  # noqa: S108 - the sandbox's own
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONUNBUFFERED": "1",  # what was printed must be there when the command is killed
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""All that a command in a sandbox finds in its environment; nothing of the host's is handed in."""


@dataclass(frozen=True, slots=True)
class Run:
    """What came out of a sandbox. All of it is the command's word but for how it ended and the figures.

    `ended`: "exited" by itself, stopped for "deadline", "memory" or "output"; "vanished" means that it was lost to a
    fault that is not the command's. `exit_code` is 128 + n after signal n, None when the command was stopped.
    `output` is the end of what it printed (stdout and stderr as they came). `files` holds those asked for that
    were there; `refused` says why of the others. `memory_peak_mib` counts its tmpfs in; None where it is hidden.
    """

    ended: Ended
    exit_code: int | None
    output: str
    output_truncated: bool
    files: dict[str, bytes]
    seconds: float
    memory_peak_mib: float | None
    out_of_memory: bool = False
    cpu_seconds: float = 0.0
    refused: dict[str, str] | None = None


def run(
    engine: Engine,
    image: Image,
    command: str | Sequence[str],
    *,
    environment: Environment | None = None,
    tools: Environment | None = None,
    pack: Path | None = None,
    files: Mapping[str, bytes] | None = None,
    collect: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - a frozen value
    runtime: str | None = None,
) -> Run:
    """Run `command` (a shell line, or an argument list) in /submission and bring back what it left.

    `pack` is a tar of the submission; `files` are laid over it (relative names) or put under /harness/input (absolute
    names). `collect` names regular files by their absolute paths. `runtime` is another than the run's own. Raises
    SandboxError for our faults alone.
    """
    extra = dict(files or {})
    user = draw_user(engine)
    profile = Profile(
        role="sandbox",
        user=user,
        limits=limits,
        binds=mounted(environment, tools),
        tmpfs=folders(limits, pack, extra, user),
        log_kib=log_kib(limits.output_kib, collects=bool(collect)),
        file_mib=file_mib(limits, pack, extra),
        runtime=engine.runtime if runtime is None else runtime,
    )
    order = Order(
        command=("/bin/sh", "-c", command) if isinstance(command, str) else tuple(command),
        variables={**VARIABLES, **(variables or {})},
        seconds=limits.seconds,
        folder="/submission",
        file_mib=limits.file_mib,
        output_kib=limits.output_kib,
        collect=tuple(collect),
    )
    before = engine.identity()
    with Launched(engine, profile, image.id, pack=pack, files=extra) as launched:
        launched.give(order)
        launched.container.start()
        began = time.monotonic()
        account, state = launched.finish(limits.seconds + GRACE_SECONDS)
        seconds = time.monotonic() - began
    restarted = account.end is None and engine.identity() != before
    return _judged(account, state, order, limits, seconds, restarted=restarted)


def _judged(
    account: Account, state: State | None, order: Order, limits: Limits, seconds: float, *, restarted: bool
) -> Run:
    end = account.end
    if end is not None and end.reason == "unready":
        raise SandboxError(f"the sandbox could not be made ready: {end.detail}; this is a fault of the harness")
    if end is None and state is not None and not state.out_of_memory and not account.ready:
        said = account.stray or state.error or "not a word of it came"  # as when its log can't be written
        raise SandboxError(
            f"the sandbox's launcher did not start (exit code {state.exit_code}): {said}; does the image hold python3, "
            "or is there no space left on the engine's disk?"
        )
    ended: Ended
    if end is None:
        if state is not None and state.out_of_memory:
            ended = "memory"  # so much that PID 1 went too
        else:
            late = seconds >= limits.seconds + GRACE_SECONDS
            ended = "deadline" if late and not restarted else "vanished"
    elif end.reason == "exited":
        ended = "memory" if out_of_memory(account, state, limits) else "exited"
    else:  # "killed": by the command itself, which sent PID 1 its signal, since nobody else was to
        ended = "deadline" if end.reason == "deadline" else "output" if end.reason == "output" else "exited"
    files = {order.collect[index]: content for index, content in account.files.items() if index < len(order.collect)}
    return Run(
        ended=ended,
        exit_code=exit_code(account),
        output=account.output.decode("utf-8", "replace"),
        output_truncated=account.printed > len(account.output),
        files=files,
        seconds=end.seconds if end else seconds,
        memory_peak_mib=memory_peak_mib(account),
        out_of_memory=out_of_memory(account, state, limits),
        cpu_seconds=end.cpu_seconds if end else 0.0,
        refused=dict(end.refused) if end else {},
    )


def exit_code(account: Account, *, asked: bool = False) -> int | None:
    """The command's exit code, 128 + n after signal n; None when it was stopped. `asked`: the harness had it killed."""
    end = account.end
    if end is not None and end.reason == "killed" and not asked:
        return 128 + 9
    if end is None or end.reason != "exited":
        return None
    return end.exit_code if end.signal is None else 128 + end.signal


def memory_peak_mib(account: Account) -> float | None:
    return None if account.memory_peak is None else round(account.memory_peak / 2**20, 1)


def out_of_memory(account: Account, state: State | None, limits: Limits) -> bool:
    """Whether the kernel killed here for want of memory: the engine's word, the cgroup's, or the signs of it."""
    end = account.end
    if (state is not None and state.out_of_memory) or (end is not None and (end.memory_kills or 0) > 0):
        return True
    if end is None or end.memory_kills is not None or end.memory_peak is None:
        return False
    return end.signal == 9 and end.memory_peak >= limits.memory_mib * 2**20 * 0.95  # Podman does not always say


def mounted(environment: Environment | None, tools: Environment | None) -> tuple[Bind, ...]:
    """Installed packages, read-only, each at its place."""
    return tuple(Bind(found.path, found.mount) for found in (environment, tools) if found is not None)


def folders(limits: Limits, pack: Path | None, files: Mapping[str, bytes], user: int) -> tuple[Tmpfs, ...]:
    """The folders that a command of `user` may write to; what we unpack there comes on top of its own share."""
    mib, count = measure(pack) if pack else (0, 0)
    return (
        Tmpfs(
            "/submission",
            limits.writable_mib + mib + sizes(files, absolute=False),
            limits.files + count + 8 * len(files),
            user,
            programs=True,
        ),
        Tmpfs("/tmp", limits.writable_mib, limits.files, user, shared=True),  # noqa: S108 - the sandbox's own
        Tmpfs("/harness/input", 1 + sizes(files, absolute=True), 1024 + 8 * len(files), user),
    )


def file_mib(limits: Limits, pack: Path | None, files: Mapping[str, bytes]) -> int:
    """The longest file that the launcher itself may have to write."""
    mib, _ = measure(pack) if pack else (0, 0)
    return max(limits.file_mib, mib, sizes(files, absolute=False), sizes(files, absolute=True))
