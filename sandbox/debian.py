"""A root file system made of Debian's packages: Python and the libraries that wheels expect, and nothing else.

For machines whose engine reaches no image registry. mmdebstrap fetches and unpacks the packages; which mirror
it asks is its own default, or HARNESS_DEBIAN_MIRROR. The tar that comes out is raw material: image_archive
makes an image of it that depends on nothing but the packages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sandbox.engine import SandboxError

PACKAGES = ("python3", "python-is-python3", "tzdata", "libstdc++6", "libgomp1")
"""What a wheel and a Python service need beyond Debian's essential packages."""

LEFT_OUT = ("doc", "man", "info", "locale", "lintian", "bash-completion", "zsh")
"""Folders of /usr/share that no program reads at run time."""

EPOCH = 1_735_689_600
"""Seconds (2025-01-01): the newest time stamp in the tar, so that the same packages make the same bytes."""

SECONDS = 900.0
"""How long a build may take. It takes 20 to 90 seconds; a slow mirror and a busy machine several times that."""

ARCHITECTURES = {"amd64": "amd64", "x86_64": "amd64", "arm64": "arm64", "aarch64": "arm64"}
"""The engine's words for an architecture, in Debian's."""


def build_root(
    suite: str,
    tar: Path,
    *,
    architecture: str,
    report: Callable[[str], None],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Write a tar of a fresh root file system of `suite` (say "trixie") to `tar`, whole or not at all.

    Raises SandboxError when mmdebstrap is missing, fails, takes longer than SECONDS, or `stopped` says so meanwhile.
    """
    program = shutil.which("mmdebstrap")
    if program is None:
        raise SandboxError(
            "no image registry answers and mmdebstrap is not installed, so no sandbox image can be made: "
            "run `harness doctor --fix`, or install Debian's package mmdebstrap"
        )
    debian_architecture = ARCHITECTURES.get(architecture)
    if debian_architecture is None:
        raise SandboxError(
            f"no sandbox image can be built for the engine's architecture {architecture}: "
            "set HARNESS_IMAGE_PYTHON_3_13 to an image by digest"
        )
    partial = tar.with_name(f".{tar.name}.{os.getpid()}")
    report(f"building the {suite} image from Debian's packages (once, about half a minute)")
    command = [
        program,
        "--variant=essential",
        "--format=tar",
        f"--architectures={debian_architecture}",
        f"--include={','.join(PACKAGES)}",
        '--aptopt=APT::Install-Recommends "false"',
        *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in LEFT_OUT),
        suite,
        str(partial),
    ]
    mirror = os.environ.get("HARNESS_DEBIAN_MIRROR")
    if mirror:
        command.append(mirror)
    try:
        _run(command, report, stopped)
        partial.replace(tar)
    finally:
        partial.unlink(missing_ok=True)


def _run(command: list[str], report: Callable[[str], None], stopped: Callable[[], bool]) -> None:
    environment = {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as problem:
        raise SandboxError(f"mmdebstrap could not be started: {problem}") from problem
    ended, ended_for = threading.Event(), [""]

    def watch() -> None:
        ends = time.monotonic() + SECONDS
        while not ended.wait(0.2):
            if time.monotonic() > ends or stopped():
                ended_for[0] = "was stopped" if stopped() else f"took longer than {SECONDS:.0f} s"
                process.terminate()  # mmdebstrap cleans up after SIGTERM
                return

    threading.Thread(target=watch, name="mmdebstrap-watch", daemon=True).start()
    tail: list[str] = []
    try:
        assert process.stderr is not None
        for line in process.stderr:
            tail = [*tail[-19:], line.strip()[:500]]
            if line.startswith("I: ") and line[3:12] in ("downloadi", "installin"):
                report(line[3:].strip()[:120])
        code = process.wait(timeout=60)
    except BaseException:
        process.terminate()
        process.wait(timeout=60)
        raise
    finally:
        ended.set()
        if process.stderr is not None:
            process.stderr.close()
    if code != 0:
        why = ended_for[0] or f"ended with {code}"
        said = next((line for line in reversed(tail) if line.startswith("E: ")), tail[-1] if tail else "nothing")
        raise SandboxError(
            f"mmdebstrap {why} and said: {said}. It needs root (or user namespaces) and a Debian mirror: "
            "see `harness doctor`, or set HARNESS_DEBIAN_MIRROR"
        )


_INHERITED = (
    "PATH", "HOME", "TMPDIR", "http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
)  # fmt: skip


def python_version(root: tarfile.TarFile) -> str | None:
    """Return the version of Debian's Python in a root file system ("3.13.5"), read from dpkg's own record."""
    try:
        status = root.extractfile("./var/lib/dpkg/status")
    except KeyError:
        return None
    if status is None:
        return None
    wanted = False
    for raw in status.read().decode(errors="replace").splitlines():
        if raw.startswith("Package: "):
            name = raw.removeprefix("Package: ")
            wanted = name.startswith("python3.") and name.endswith("-minimal") and not name.startswith("lib")
        elif wanted and raw.startswith("Version: "):
            version = raw.removeprefix("Version: ")
            return version.partition("-")[0].partition("+")[0]
    return None
