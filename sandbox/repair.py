"""Makes a machine ready: an engine where none answers (Debian, as root), the images, our tools.

Each thing is said before it is done. On a machine whose engine answers nothing is installed or started system-wide.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sandbox import images
from sandbox.engine import Engine, SandboxError
from sandbox.tools import Toolset, provide_tools

PACKAGES = ("docker.io", "mmdebstrap")
"""Debian's packages: the engine, and what builds images where no registry answers."""

LOCKED = ("-o", "DPkg::Lock::Timeout=300")
"""Wait for another apt-get: a machine that has just started is often updating itself."""

INSTALL_SECONDS = 900.0
START_SECONDS = 60.0
"""How long an engine may take until it answers; it takes 1 to 5 seconds."""

Report = Callable[[str], None]


def repair(report: Report, cache: Path) -> None:
    """Make this machine ready to grade. Raises SandboxError with what a person has to do."""
    problem = _problem(cache)
    if problem is not None:
        if os.environ.get("DOCKER_HOST") or isinstance(problem.__cause__, PermissionError):
            raise problem  # an engine of this machine's would not be the one that is asked for
        install_engine(report)
        start_engine(report, cache / "engine.log", answers=lambda: _problem(cache) is None)
    elif not shutil.which("mmdebstrap"):
        report(
            "mmdebstrap is not installed; it is only needed where no image registry answers: apt-get install mmdebstrap"
        )
    with Engine.connect(cache) as engine:
        for profile in images.PROFILES:
            image = images.provide(engine, profile, cache, report)
            report(f"the image {profile} is there: Python {image.python} from {image.source}")
            toolset: Toolset = "examiner" if profile == "examiner" else "sandbox-tools"
            tools = provide_tools(engine, image, toolset, cache, report)
            report(f"the tools for it are there: {', '.join(f'{name} {version}' for name, version in tools.packages)}")


def install_engine(report: Report) -> None:
    """Install Debian's engine with apt-get, if it is not installed; refuse where that is not ours to do."""
    if shutil.which("dockerd"):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SandboxError(
            "no container engine answers, and only root on Debian can have one installed from here: install Docker "
            "(or run `harness doctor --fix` as root), start it, and run this again"
        )
    install = ["apt-get", "install", "-y", "--no-install-recommends", *LOCKED, *PACKAGES]
    for command in (["apt-get", "update", *LOCKED], install):
        report(f"running {' '.join(command)}")
        _run(command)


def start_engine(
    report: Report, log: Path, *, answers: Callable[[], bool], arguments: Sequence[str] = ()
) -> subprocess.Popen[bytes] | None:
    """Start the engine: by systemd where that runs, else by hand with its output in `log`. Wait until it answers.

    Returns the process when it was started by hand; it outlives this one. Raises SandboxError.
    """
    if os.geteuid() != 0:
        raise SandboxError(
            "the engine is installed but does not run, and only root can start it: systemctl start docker"
        )
    process = None
    if Path("/run/systemd/system").is_dir() and not arguments:
        report("running systemctl start docker")
        _run(["systemctl", "start", "docker"])
    else:
        program = shutil.which("dockerd")
        if program is None:
            raise SandboxError("dockerd is not installed: install Docker, start it, and run this again")
        report(f"starting {program} in the background, since no systemd runs here; its output goes to {log}")
        with log.open("ab") as output:
            process = subprocess.Popen(
                [program, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                cwd="/",
            )
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process is not None and process.poll() is not None:
            raise SandboxError(f"dockerd ended at once with {process.returncode}{_last_words(log)}: see {log}")
        if time.monotonic() > deadline:
            raise SandboxError(f"the engine did not answer within {START_SECONDS:.0f} s: see {log}")
        time.sleep(0.5)
    report("the engine answers")
    return process


def _last_words(log: Path) -> str:
    """Why dockerd ended, in its own last line; and what to do where that is the rest of an engine that was killed."""
    try:
        lines = log.read_text("utf-8", "replace")[-4_000:].strip().splitlines()
    except OSError:
        return ""
    told = "".join(letter for letter in lines[-1][:200] if letter.isprintable()) if lines else ""
    stale = "; an engine that was killed left its folder behind: end a containerd that still runs, remove that folder "
    remedy = f"{stale}(/var/run/docker, or what --exec-root names)" if "waiting for containerd" in told else ""
    return f" ({told}{remedy})" if told else ""


def _problem(cache: Path) -> SandboxError | None:
    """Why no engine answers, or None where one does."""
    try:
        with Engine.connect(cache):
            return None
    except SandboxError as problem:
        return problem


def _run(command: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=INSTALL_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as problem:
        raise SandboxError(f"{' '.join(command)} could not be run: {problem}; do it by hand") from problem
    if result.returncode != 0:
        said = result.stderr.decode(errors="replace").strip()[-300:]
        raise SandboxError(f"{' '.join(command)} ended with {result.returncode}: {said}; do it by hand")
