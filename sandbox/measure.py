"""What holds in a container here, measured: the hardened profile is put to the test on the engine that will grade.

Settings say what was asked for; these probes say what the engine and the kernel do. They are our own programs, run
in the same profile and behind the same launcher as a submission, with the limits made small.
"""

from __future__ import annotations

import json
import secrets
import select
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sandbox.container import Container
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image
from sandbox.profile import Limits, Profile, brings_own_kernel, draw_user
from sandbox.run import Run, run

PROBE = Path(__file__).parent / "room" / "probe.py"
MEASURED = Limits(seconds=20.0, memory_mib=64, processes=32, writable_mib=16, files=64)
"""The probe takes about a third of a second."""
MEASURED_IN_GUEST = replace(MEASURED, memory_mib=256, processes=64)
"""The same for gVisor, whose own kernel lives on the sandbox's memory: with 64 MiB it ended before the probe did."""
LOG_KIB = 64
FLOOD_SECONDS = 1.0
KILL_SECONDS = 2.0
"""How soon a container that floods must be dead: on a sound engine it takes a tenth of a second."""

_FLOOD = "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: print('x' * 4000)"


@dataclass(frozen=True, slots=True)
class Measured:
    """One thing that was tried, and what was seen. `held` is None where another limit holds in its place."""

    name: str
    held: bool | None
    detail: str


Door = tuple[str, int]
"""An address and a port of the host's."""
UNREACHABLE = {"ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"}
"""What is answered at once where there is no way; the last two come of no IPv6."""
IDLE = ("tunl", "sit", "gre", "erspan", "ip_vti", "ip6")
"""Interfaces that some kernels put into every network namespace, switched off."""
BINDING = frozenset(("forks bounded", "memory bounded", "disk bounded", "no egress"))
"""Without these a submission can take the machine with it, or talk to somebody: nothing is graded then unasked."""


def measure(engine: Engine, image: Image, runtime: str = "") -> tuple[Measured, ...]:
    """Put the profile to the test, under the engine's default runtime or another of its own.

    Raises SandboxError when a probe can't be run at all.
    """
    return (*look_inside(engine, image, runtime), *flood(engine, image, runtime))


def look_inside(engine: Engine, image: Image, runtime: str = "") -> tuple[Measured, ...]:
    """What a program meets in a sandbox. Raises SandboxError.

    One container; under gVisor two, since there the program that forks too much ends its whole sandbox.
    """
    guest = brings_own_kernel(engine, runtime)
    limits = MEASURED_IN_GUEST if guest else MEASURED
    found: dict[str, Any] = {}
    with _doors(engine) as (doors, visited):
        parts = ("look", "fill", "eat") if guest else ("look", "fill", "fork", "buffer", "eat")
        looked = _probe(engine, image, runtime, limits, parts, doors)
        forked = _probe(engine, image, runtime, limits, ("fork",), ()) if guest else None
        came = visited()
    try:
        for done in (looked, forked):
            for line in (done.output if done else "").splitlines():
                found.update(json.loads(line))
        if forked is not None and forked.ended in ("memory", "vanished"):
            found["children"] = None
        return tuple(_told(found, limits, came, died=looked.out_of_memory, guest=guest))
    except (ValueError, LookupError, TypeError, AttributeError) as problem:
        raise SandboxError(
            f"a probe of ours did not come to its end in the sandbox ({looked.ended}): {looked.output[-300:]!r}; is "
            "the machine very busy? Try again"
        ) from problem


def _probe(
    engine: Engine, image: Image, runtime: str, limits: Limits, parts: Sequence[str], doors: Sequence[Door]
) -> Run:
    nonce = secrets.token_hex(8)
    asked = {
        "parts": parts,
        "nonce": nonce,
        "doors": doors,
        "processes": limits.processes,
        "memory_mib": limits.memory_mib,
        "mib": limits.writable_mib,
        "files": limits.files,
    }
    return run(
        engine,
        image,
        ("python3", "-I", "-S", "/harness/input/probe.py"),
        files={
            "/harness/input/probe.py": PROBE.read_bytes(),
            "/harness/input/nonce": nonce.encode(),
            "/harness/input/asked.json": json.dumps(asked).encode(),
        },
        limits=limits,
        runtime=runtime,
    )


def _told(found: dict[str, Any], limits: Limits, came: bool, *, died: bool, guest: bool) -> Iterator[Measured]:
    """Each thing that was tried, from what the probe said; `came`: somebody knocked at a door of this machine."""
    shown = found["nonce"] is True
    yield Measured("files of this machine reach containers", shown, "a file was read" if shown else "a file is missing")
    children, most = found["children"], limits.processes
    told = "the sandbox ended" if children is None else f"{int(children)} processes could be started"
    yield Measured("forks bounded", children is None or 0 < int(children) < most, f"{told}, the limit is {most}")
    yield _memory(found.get("eaten_mib"), found.get("eater"), limits.memory_mib, died=died)
    if guest:
        yield Measured("socket memory bounded", None, "under gVisor it is its own memory, which is bounded")
    else:
        buffered = int(found["buffered_mib"])
        told = f"{buffered} MiB were had in sockets, the limit of memory is {limits.memory_mib} MiB"
        yield Measured("socket memory bounded", buffered <= 2 * limits.memory_mib, told)
    mib, files = int(found["filled_mib"]), int(found["made"])
    room = limits.writable_mib
    yield Measured("disk bounded", mib <= room, f"{mib} MiB went into a folder of {room} MiB")
    told = f"{files} files could be made, the limit is {limits.files}"
    told, instead = (f"{told}; gVisor bounds their memory alone", None) if guest else (told, False)
    yield Measured("inodes bounded", files <= limits.files or instead, told)
    interfaces = [name for name in map(str, found["interfaces"]) if not name.startswith(IDLE)]
    routes, reached = int(found["routes"]), [str(answer) for answer in found["reached"]]
    yield Measured(
        "no egress",
        interfaces == ["lo"] and not routes and set(reached) <= UNREACHABLE,
        f"interfaces: {', '.join(interfaces)}; routes: {routes}; outside addresses: {', '.join(reached)}",
    )
    answers = {str(door): str(answer) for door, answer in found["doors"].items()}
    yield Measured(
        "host out of reach",
        not came and "connected" not in answers.values(),
        "; ".join(f"{door}: {answer}" for door, answer in answers.items()) or "no address of the host is known here",
    )
    yield Measured("no DNS", not found["resolved"], str(found["resolved"] or "no name server answers"))
    for name in ("vsock", "AF_ALG", "io_uring", "user namespaces"):
        answer = str(found["asked"][name])
        yield Measured(f"{name} refused", answer != "allowed", answer)
    yield Measured(
        "no new privileges",
        found["no_new_privileges"] == 1 and int(str(found["capabilities"]), 16) == 0,
        f"no_new_privs {found['no_new_privileges']}, capabilities {found['capabilities']}",
    )
    yield Measured("setuid useless", found["setuid"] is False, str(found["setuid_told"]))
    written = ", ".join(str(folder) for folder in found["written"]) or "nothing"
    yield Measured("read-only root", not found["written"], f"could be written to: {written}")


def _memory(eaten: object, eater: object, limit: int, *, died: bool) -> Measured:
    """Whether the program that ate memory came to its end: it says what it has, step by step."""
    if eater is None and not died:
        raise LookupError("no word of the memory")
    held = died or eater != 0
    told = f"{eaten or 0} MiB were had before the end, the limit is {limit} MiB"
    return Measured("memory bounded", held, told if held else f"{eaten} MiB were had, the limit is {limit} MiB")


@contextmanager
def _doors(engine: Engine) -> Iterator[tuple[list[Door], Callable[[], bool]]]:
    """Doors of this machine that a sandbox must not find: (address, port) each, and whether somebody came."""
    listening: list[socket.socket] = []
    doors: list[Door] = []
    try:
        for address in filter(None, dict.fromkeys((_gateway(engine), _own_address()))):
            door = _opened(address)
            if door is None:
                doors += [(address, 22), (address, 2375)]
            else:
                listening.append(door)
                doors.append((address, int(door.getsockname()[1])))
        yield doors, lambda: bool(listening and select.select(listening, [], [], 0)[0])
    finally:
        for door in listening:
            door.close()


def _opened(address: str) -> socket.socket | None:
    """A door at an address of this machine; None where containers run in another one, whose ports are tried instead."""
    if sys.platform != "linux":
        return None
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        door.bind((address, 0))
        door.listen(4)
    except OSError:
        door.close()
        return None
    return door


def _gateway(engine: Engine) -> str:
    """The address of the engine's machine on its own bridge, where it has one."""
    with suppress(SandboxError, LookupError, TypeError, AttributeError):
        found = engine.call("looking at its network", lambda api: api.inspect_network("bridge"))
        return str(found["IPAM"]["Config"][0]["Gateway"])
    return ""


def _own_address() -> str:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: the kernel only says from where it would be
        return str(probe.getsockname()[0])
    return ""


def flood(engine: Engine, image: Image, runtime: str = "") -> tuple[Measured, ...]:
    """A program that ignores signals and prints without end is killed in time, and its log stays small on the host.

    It is PID 1 here, without our launcher, which would end it by itself.
    """
    user = draw_user(engine)
    limits = MEASURED_IN_GUEST if brings_own_kernel(engine, runtime) else MEASURED
    profile = Profile("sandbox", user, limits, log_kib=LOG_KIB, runtime=runtime)
    with Container(engine, profile, image.id, ["python3", "-I", "-S", "-c", _FLOOD]) as container:
        container.start()
        container.wait(FLOOD_SECONDS)
        began = time.monotonic()
        container.kill()
        seconds = time.monotonic() - began
        kept, where = _kept(engine, container)
    return (
        Measured("killed under a flood", seconds < KILL_SECONDS, f"dead after {seconds:.2f} s, deaf to signals"),
        Measured("output bounded", kept <= 3 * LOG_KIB, f"{kept} KiB {where} of an endless stream"),
    )


def _kept(engine: Engine, container: Container) -> tuple[int, str]:
    """KiB that the engine kept of the output: on its disk where we can see it, else as it hands it out."""
    told = engine.call("looking at a container", lambda api: api.inspect_container(container.id))
    path = Path(str(told.get("LogPath") or "/nowhere"))
    with suppress(OSError):
        sizes = [file.stat().st_size for file in path.parent.glob(f"{path.name}*")]
        if sizes:
            return sum(sizes) // 1024, "on the host's disk"
    return len(container.log(64 * 2**20)) // 1024, "kept by the engine"
