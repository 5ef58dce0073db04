"""What this machine has of what grading needs, and what is missing: looked at, and where it counts, measured.

Nothing here changes the machine; repair does, when it is asked to.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox import images, registry
from sandbox.cache import cache_root
from sandbox.engine import Engine, SandboxError
from sandbox.index import problem_with, user_index
from sandbox.installer import shares_sockets
from sandbox.measure import measure
from sandbox.profile import brings_own_kernel
from sandbox.runtime import SETTING, chosen

DISK_MIB = 4096
"""Free disk that images (1 GiB), environments and one run's files need."""

MEMORY_MIB = 2048
"""Memory for one grading: examiner, sandbox, and an installation beside them."""

FIX = "run `harness doctor --fix`"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that grading needs. `held` is None where it could not be told, or where it is only worth knowing."""

    name: str
    held: bool | None
    detail: str
    remedy: str = ""


def checks(cache: Path | None = None, *, quick: bool = False, runtime: str | None = None) -> tuple[Check, ...]:
    """Look at everything; with `quick` but for what is measured in containers. `runtime` is measured too.

    Never raises for what is missing: that is the answer.
    """
    folder = cache or cache_root()
    found = [*_machine(folder), _git(), _index()]
    try:
        with Engine.connect(folder) as engine:
            found += _engine(engine)
            found += _images(engine)
            found += _confined(engine, quick=quick, runtime=runtime)
    except SandboxError as problem:
        found.append(
            Check("container engine", False, str(problem), f"install Docker or start it; on Debian as root: {FIX}")
        )
    return tuple(found)


def _machine(cache: Path) -> list[Check]:
    free = shutil.disk_usage(cache).free // 2**20
    disk = Check(
        "free disk for the cache",
        free >= DISK_MIB,
        f"{free} MiB at {cache}",
        f"make {DISK_MIB} MiB free, or set HARNESS_CACHE to a larger disk",
    )
    found = [disk]
    if sys.platform == "linux":
        pattern = _text(Path("/proc/sys/kernel/core_pattern"))
        piped = pattern.startswith("|")
        found.append(
            Check(
                "crashes stay in the container",
                None if piped else True,
                f"core_pattern is {pattern[:80]!r}",
                "a program of this machine is fed every crash, candidates' too: sysctl kernel.core_pattern=core",
            )
        )
    return found


def _git() -> Check:
    """Git 2.31 (2021) takes settings from the environment, which is how a clone is kept from the user's own."""
    said = _said(["git", "--version"])
    version = re.search(r"(\d+)\.(\d+)", said)
    held = version is not None and (int(version[1]), int(version[2])) >= (2, 31)
    return Check("git", held, said.strip()[:80] or "not found", "install git 2.31 or later")


def _index() -> Check:
    remedy = "set UV_DEFAULT_INDEX (and HARNESS_INDEX_HOSTS) to your index, or mend the way to it"
    try:
        index = user_index()
        problem = problem_with(index)
    except SandboxError as reason:
        return Check("package index", False, str(reason), remedy)
    hosts = ", ".join(sorted(index.registries))
    if problem is None:
        return Check("package index", True, f"{index.shown} (from {index.source}; hosts {hosts})")
    return Check("package index", False, f"{index.shown}: {problem}", remedy)


def _engine(engine: Engine) -> list[Check]:
    facts = engine.facts()
    info = engine.info
    components = {
        str(part.get("Name")): str(part.get("Version"))
        for part in engine.call("telling its version", lambda api: dict(api.version())).get("Components") or ()
    }
    root = Path(str(info.get("DockerRootDir", "/")))
    memory = int(facts["memory_mib"])
    driver = str(info.get("Driver", "unknown"))
    found = [
        Check(
            "container engine",
            True,
            f"{facts['name']} {facts['version']} (API {facts['api_version']}) on {facts['system']}",
        ),
        Check(
            "control groups", True, f"version {facts['cgroup_version']}, driver {info.get('CgroupDriver', 'unknown')}"
        ),
        Check(
            "storage",
            None if driver == "vfs" else True,
            driver,
            "use overlay2: vfs copies the whole image for every container",
        ),
        Check(
            "memory",
            True if memory >= MEMORY_MIB else None,
            f"{memory} MiB, {facts['cpus']} processors",
            f"grading needs {MEMORY_MIB} MiB",
        ),
    ]
    channel = shares_sockets(engine)
    found.append(
        Check(
            "index-only channel for installing",
            True if channel else None,
            "a unix socket to the package index" if channel else "not possible with an engine on another machine",
            "dependencies are then installed over the engine's own network",
        )
    )
    if root.is_dir():
        free = shutil.disk_usage(root).free // 2**20
        found.append(
            Check("free disk for the engine", free >= DISK_MIB, f"{free} MiB at {root}", "remove images you don't need")
        )
    runtime = components.get("runc")
    if runtime:
        found.append(_runtime(runtime))
    return found


def _runtime(version: str) -> Check:
    """runc below 1.2.8 (CVE-2025-31133, -52565, -52881) or 1.1.12 (CVE-2024-21626) could be escaped from.

    Distributions repair old versions without raising them, so that an old number is no proof.
    """
    match = re.match(r"(\d+)\.(\d+)\.(\d+)", version)
    numbers = tuple(int(part) for part in match.groups()) if match else (0, 0, 0)
    if numbers >= (1, 3, 3) or (1, 2, 8) <= numbers < (1, 3, 0):
        return Check("runc", True, version)
    return Check(
        "runc",
        None,
        version,
        "escapes were fixed in 1.2.8 and 1.3.3; distributions carry the fixes back: keep this machine up to date",
    )


def _images(engine: Engine) -> list[Check]:
    found, missing = [], False
    for profile in images.PROFILES:
        name = f"image {profile}"
        try:
            image = images.find(engine, profile)
        except SandboxError as problem:
            found.append(
                Check(name, False, str(problem), f"unset {images.PROFILES[profile].setting}, or name another image")
            )
            continue
        if image is None:
            missing = True
            found.append(
                Check(name, None, "not there yet: made on first use, in about half a minute", f"{FIX} to make it now")
            )
        else:
            found.append(Check(name, True, f"Python {image.python}, from {image.source}, {image.digest[:19]}"))
    if missing:
        found.append(_image_source(engine))
    return found


def _image_source(engine: Engine) -> Check:
    tag = images.PROFILES["python-3.13"].tag
    answers = registry.current_digest(engine, tag) is not None
    builder = shutil.which("mmdebstrap")
    as_root = os.geteuid() == 0
    told = [
        "a registry answers" if answers else "no registry answers",
        f"mmdebstrap {'is' if builder else 'is not'} installed",
        "root" if as_root else "not root (mmdebstrap then needs user namespaces)",
    ]
    remedy = "let the engine reach an image registry, or install Debian's package mmdebstrap"
    return Check("where images come from", answers or builder is not None, "; ".join(told), remedy)


def _confined(engine: Engine, *, quick: bool, runtime: str | None) -> list[Check]:
    """What confines a sandbox, under the engine's default runtime, which exams need, and the chosen one."""
    found = []
    if brings_own_kernel(engine, ""):
        found.append(
            Check(
                "runtime of the exam",
                False,
                f"{engine.default_runtime}, the engine's default, lets no two containers share a loopback",
                f"make runc the engine's default, and choose {engine.default_runtime} with {SETTING}",
            )
        )
    try:
        other = chosen(engine, runtime)
    except SandboxError as problem:
        found.append(Check("runtime", False, str(problem), f"unset {SETTING}, or name one that the engine has"))
        other = ""
    else:
        used = f"{other or engine.default_runtime} for own tests, {engine.default_runtime} for exams"
        found.append(
            Check("runtime", True, f"{used}; the engine has {', '.join(sorted(engine.info.get('Runtimes') or ()))}")
        )
    if quick:
        return found
    for one in dict.fromkeys(("", other)):
        found += _measured(engine, one)
    return found


def _measured(engine: Engine, runtime: str) -> list[Check]:
    prefix = f"{runtime}: " if runtime else ""
    image = images.find(engine, "python-3.13")
    if image is None:
        told = "can be measured once the image python-3.13 is there"
        return [Check(f"{prefix}limits and isolation", None, told, FIX)]
    remedy = "this engine does not keep what it promises: grade elsewhere, or on a machine that you can lose"
    try:
        return [Check(prefix + one.name, one.held, one.detail, remedy) for one in measure(engine, image, runtime)]
    except SandboxError as problem:
        return [Check(f"{prefix}limits and isolation", False, str(problem), remedy)]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _said(command: list[str]) -> str:
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return result.stdout if result.returncode == 0 else ""


def fix(report: Callable[[str], None], cache: Path | None = None) -> None:
    """Mend what can be mended without asking further: see repair. Raises SandboxError with what is left to do."""
    from sandbox.repair import repair

    repair(report, cache or cache_root())
