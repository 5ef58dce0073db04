"""What holds in a container here, measured: the hardened profile is put to the test on the engine that will grade.

Settings say what was asked for; these probes say what the engine and the kernel do. They are our own programs, run
in the same profile as a submission, with the limits made small.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.container import Container
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image
from sandbox.profile import SANDBOX_USER, Bind, Limits, Profile, Tmpfs
from sandbox.scratch import open_scratch

PROCESSES = 32
MEMORY_MIB = 64
LOG_KIB = 64
SECONDS = 20.0
"""What a probe may take; they take well under a second."""

_INSIDE = r"""
import json, os, socket, time
found = {}
with open("/proc/self/status") as file:
    found["status"] = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
found["interfaces"] = sorted(name for _, name in socket.if_nameindex())
with open("/proc/net/route") as file:
    found["routes"] = len(file.read().splitlines()) - 1
try:
    socket.create_connection(("192.0.2.1", 9), 1).close()  # an address that is nobody's
    found["reached"] = True
except OSError as problem:
    found["reached"] = problem.errno != 101  # anything but "network is unreachable" was on its way
written = []
for folder in ("/", "/etc", "/usr/bin", "/dev", "/var/tmp"):
    try:
        with open(os.path.join(folder, "harness-probe"), "w"):
            written.append(folder)
    except OSError:
        pass
found["written"] = written
try:
    with open("/harness/nonce") as file:
        found["nonce"] = file.read()
except OSError:
    found["nonce"] = ""
try:
    with open("/tmp/large", "wb") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    found["filled"] = True
except OSError:
    found["filled"] = False
os.path.exists("/tmp/large") and os.unlink("/tmp/large")
children = []
try:
    for _ in range(200):
        child = os.fork()
        if child == 0:
            time.sleep(60)
            os._exit(0)
        children.append(child)
except OSError:
    pass
for child in children:
    os.kill(child, 9)
found["children"] = len(children)
print(json.dumps(found), flush=True)
"""

_EATER = "b = []\nwhile True: b.append(bytearray(8 << 20))"
_FLOOD = "import signal\nfor n in (1, 2, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: print('x' * 4000)"


@dataclass(frozen=True, slots=True)
class Measured:
    """One thing that was tried: whether it held, and what was seen."""

    name: str
    held: bool
    detail: str


def measure(engine: Engine, image: Image) -> tuple[Measured, ...]:
    """Put the profile to the test. Raises SandboxError when a probe can't be run at all."""
    with open_scratch(engine) as folder:
        return (*_look_inside(engine, image, folder), _memory(engine, image), *_flood(engine, image))


def _profile(binds: tuple[Bind, ...] = ()) -> Profile:
    limits = Limits(seconds=SECONDS, memory_mib=MEMORY_MIB, processes=PROCESSES, writable_mib=16)
    scratch = Tmpfs("/tmp", mib=16, inodes=64, user=SANDBOX_USER)  # noqa: S108  # the container's own
    return Profile("sandbox", SANDBOX_USER, limits, binds=binds, tmpfs=(scratch,), log_kib=LOG_KIB)


def _look_inside(engine: Engine, image: Image, folder: Path) -> tuple[Measured, ...]:
    nonce = secrets.token_hex(8)
    (folder / "nonce").write_text(nonce)
    (folder / "nonce").chmod(0o644)
    command = ["python3", "-I", "-S", "-c", _INSIDE]
    with Container(engine, _profile((Bind(folder / "nonce", "/harness/nonce"),)), image.id, command) as container:
        container.start()
        if not container.wait(SECONDS):
            raise SandboxError("a probe of ours did not end in the sandbox: is the machine very busy? Try again")
        said = container.log(64 * 1024).decode(errors="replace")
    try:
        found: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
        status: dict[str, str] = found["status"]
    except (ValueError, LookupError, TypeError) as problem:
        raise SandboxError(f"a probe of ours failed in the sandbox: {said[-300:]!r}; report this") from problem
    children = int(found["children"])
    shown = found["nonce"] == nonce
    confined = status.get("NoNewPrivs") == "1" and int(status.get("CapEff", "1"), 16) == 0
    network = f"interfaces: {', '.join(found['interfaces'])}; routes: {found['routes']}"
    writable = ", ".join(found["written"]) or "nothing"
    filled = "64 MiB were written to a folder of 16 MiB" if found["filled"] else "64 MiB did not fit into 16 MiB"
    return (
        Measured("files of this machine reach containers", shown, "a file was read" if shown else "a file is missing"),
        Measured("no network", found["interfaces"] == ["lo"] and not found["routes"] and not found["reached"], network),
        Measured(
            "limit on processes", 0 < children < PROCESSES, f"{children} could be started, the limit is {PROCESSES}"
        ),
        Measured("limit on files in memory", not found["filled"], filled),
        Measured("seccomp", status.get("Seccomp") == "2", f"mode {status.get('Seccomp', 'unknown')}"),
        Measured(
            "no new privileges, no capabilities",
            confined,
            f"NoNewPrivs {status.get('NoNewPrivs')}, CapEff {status.get('CapEff')}",
        ),
        Measured("read-only file system", not found["written"], f"could be written to: {writable}"),
    )


def _memory(engine: Engine, image: Image) -> Measured:
    with Container(engine, _profile(), image.id, ["python3", "-I", "-S", "-c", _EATER]) as container:
        began = time.monotonic()
        container.start()
        ended = container.wait(SECONDS)
        seconds = time.monotonic() - began
        if not ended:
            container.kill()
        state = container.state()
    held = ended and (state.out_of_memory or state.exit_code in (1, 137))  # Podman does not say "out of memory"
    told = f"a program that eats memory was ended after {seconds:.1f} s (limit {MEMORY_MIB} MiB)"
    return Measured(
        "limit on memory", held, told if held else f"it still ran after {seconds:.1f} s: the limit is not kept"
    )


def _flood(engine: Engine, image: Image) -> tuple[Measured, ...]:
    """A program that ignores signals and prints without end is killed in time, and its log stays small."""
    with Container(engine, _profile(), image.id, ["python3", "-I", "-S", "-c", _FLOOD]) as container:
        container.start()
        container.wait(1.0)
        began = time.monotonic()
        container.kill()
        seconds = time.monotonic() - began
        size = len(container.log(64 * 1024 * 1024))
    return (
        Measured("a program that ignores signals is killed", seconds < 2.0, f"dead after {seconds:.2f} s"),
        Measured("limit on output", size <= 3 * LOG_KIB * 1024, f"{size // 1024} KiB kept of an endless stream"),
    )
