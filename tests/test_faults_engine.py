"""The engine fails in the middle of a grading, in every way that can be had: nobody's failure, no false pass, no rest.

Row ids (F01 ...) are those of docs/faults.md. All of it happens to a second, private engine.
"""

from __future__ import annotations

import gc as garbage
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from grading_process import Ending, Grading, environment_of, grading, left_of, nobody_failed, plain
from private_engine import DISK_MIB, PrivateEngine
from test_sweep import DEAD

from sandbox.engine import Engine, SandboxError
from sandbox.images import Image
from sandbox.repair import start_engine
from sandbox.sweep import sweep

pytestmark = [
    pytest.mark.docker,
    pytest.mark.slow,
    # docker-py leaves its sockets to the garbage collector when an engine fails it.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

ENOUGH = 60.0
"""What a broken grading may take to end here; most take a second or two. No grading hangs: beyond it the test fails."""
IMPATIENT = """
import sys, sandbox.engine, sandbox.container, sandbox.sweep
sys.modules["sandbox.sweep"].PATIENCE_SECONDS = 2.0
sandbox.engine.CALL_SECONDS, sandbox.engine.SUSPECT_SECONDS, sandbox.container.WAIT_STEP = 3.0, 0.5, 3.0
"""
"""Less patience with an engine that says nothing: as a rule it is 30 s a call, and 2 s once it has failed to answer."""

See = Callable[[Ending], None]


@pytest.fixture
def probe(private_engine: PrivateEngine) -> Iterator[Engine]:
    """The test's own connection to the private engine; at the end that engine runs, with nothing of any run on it."""
    private_engine.empty()
    with private_engine.connect() as engine:
        yield engine
        if not private_engine.runs:
            private_engine.restart()
        sweep(engine)
        assert left_of(engine) == []
    garbage.collect()


@pytest.fixture
def see(request: pytest.FixtureRequest) -> See:
    """Writes down what was seen, for the table of faults."""
    return lambda ending: request.node.user_properties.append(("seen", f"exit {ending.code}: {plain(ending.line)}"))


def gc(folder: Path, cache: Path, address: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """`harness gc` with that cache and engine."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\nfrom harness.cli import main\nmain()", "gc"],
        cwd=folder,
        env=environment_of(folder, cache, address),
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )


@pytest.mark.parametrize(
    ("number", "step"),
    [
        (signal.SIGTERM, "prepare"),
        (signal.SIGTERM, "exam"),
        (signal.SIGKILL, "own_tests"),
        (signal.SIGKILL, "control"),
    ],
)
def test_an_engine_that_ends(
    number: int, step: str, private_engine: PrivateEngine, probe: Engine, cache_folder: Path, tmp_path: Path, see: See
) -> None:
    """F01, F02. Stopped or killed: exit 3, one line, no report; what stays on it goes when it runs again."""
    with grading(step, tmp_path, cache_folder, probe) as one:
        run_id = one.run_id
        private_engine.end(number)
        ending = one.ended(ENOUGH)
    private_engine.restart()

    assert ending.code == 3
    assert "the engine is gone, or was restarted, while" in ending.line
    assert left_of(probe, run_id)
    swept = gc(tmp_path, one.cache, private_engine.address)
    assert (swept.returncode, swept.stderr) == (0, "")
    assert left_of(probe, run_id) == []
    see(ending)


def test_an_engine_that_is_restarted(
    private_engine: PrivateEngine, probe: Engine, cache_folder: Path, tmp_path: Path, see: See
) -> None:
    """F01. It is back in a second, and all containers ended with 137: that is not the program's own end."""
    with grading("exam", tmp_path, cache_folder, probe) as one:
        private_engine.end()
        private_engine.restart()
        ending = one.ended(ENOUGH)

    assert ending.code in (1, 3)
    if ending.report is not None:
        nobody_failed(ending.report)
    see(ending)


def test_an_engine_that_hangs(
    private_engine: PrivateEngine, probe: Engine, cache_folder: Path, tmp_path: Path, see: See
) -> None:
    """F03. Every question to it ends in its time, and so does the grading; its containers are dead all the same."""
    with grading("exam", tmp_path, cache_folder, probe, before=IMPATIENT) as one:
        running = [*one.programs(), *one.containers("examiner")]
        pids = [int(private_engine.docker("inspect", "--format", "{{.State.Pid}}", name)) for name in running]
        private_engine.send(signal.SIGSTOP)
        try:
            ending = one.ended(ENOUGH)
        finally:
            private_engine.send(signal.SIGCONT)

    assert ending.code == 3
    assert "the engine did not answer within" in ending.line
    assert len(pids) >= 3
    assert [pid for pid in pids if lives(pid)] == []
    see(ending)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def chosen(one: Grading, role: str) -> list[str]:
    return one.programs() if role == "program" else one.containers(role)


def remove(engine: PrivateEngine, one: Grading, role: str) -> None:
    engine.docker("rm", "-f", *chosen(one, role))


def kill(engine: PrivateEngine, one: Grading, role: str) -> None:
    engine.docker("kill", *chosen(one, role))


def pause(engine: PrivateEngine, one: Grading, role: str) -> None:
    engine.docker("pause", *chosen(one, role))


@pytest.mark.parametrize(
    ("step", "role", "do", "told"),
    [
        ("exam", "examiner", kill, "we could not tell"),
        ("exam", "program", remove, ""),
        ("exam", "program", kill, ""),
        ("exam", "program", pause, ""),
        ("exam", "examiner", pause, "we could not tell"),
        ("own_tests", "sandbox", remove, "did not come to their end"),
        ("prepare", "prepare", remove, "We could not tell: "),
    ],
    ids=lambda value: value.__name__ if callable(value) else "" if " " in value else value,
)
def test_someone_else_at_the_containers(
    step: str,
    role: str,
    do: Callable[[PrivateEngine, Grading, str], None],
    told: str,
    private_engine: PrivateEngine,
    probe: Engine,
    cache_folder: Path,
    tmp_path: Path,
    see: See,
) -> None:
    """F14, F15, F25, F26. Removed, killed or paused over our head: exit 1, an error that is nobody's failure."""
    # No reference solution: nothing but the runs themselves keeps a fault from being taken for a failure.
    limit = 10 if do is pause else 60
    with grading(step, tmp_path, cache_folder, probe, seconds=3, exam_seconds=limit, reference=False) as one:
        do(private_engine, one, role)
        ending = one.ended(ENOUGH)
        left = left_of(probe, one.run_id)

    assert ending.code == 1
    assert ending.report is not None
    nobody_failed(ending.report)
    assert told in ending.line
    assert left == []
    see(ending)


def test_a_stale_folder_of_a_killed_engine(
    private_engine: PrivateEngine, probe: Engine, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """F04. An engine that was killed with its containerd does not start again by itself: what to remove is told."""
    private_engine.end(signal.SIGKILL)
    private_engine.end_daemons()
    stale = next(private_engine.exec.rglob("containerd.pid"))
    stale.write_text(f"{os.getpid()}")  # the number is another process's by now, as after many hours or a restart
    command = private_engine.command
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "dockerd"
    program.write_text(f"#!/bin/sh\nexec {' '.join(command)}\n")
    program.chmod(0o755)
    environment = environment_of(tmp_path, tmp_path / "cache", private_engine.address)
    doctor = subprocess.run(
        [sys.executable, "-m", "harness", "doctor", "--quick"],
        env=environment, capture_output=True, text=True, timeout=ENOUGH, check=False,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{tmp_path / 'bin'}:{environment['PATH']}")
        with pytest.raises(SandboxError, match=r"left its folder behind: .* remove that folder") as raised:
            start_engine(print, tmp_path / "log", answers=private_engine.answers, arguments=["--all"])

    assert doctor.returncode == 3
    assert "✗ not held" in doctor.stdout
    assert f"no container engine answers at {private_engine.address}" in doctor.stdout
    request.node.user_properties.append(("seen", plain(f"{raised.value}")))


def test_a_wedged_container(
    private_engine: PrivateEngine, probe: Engine, python_image: Image, cache_folder: Path, tmp_path: Path, see: See
) -> None:
    """F05. Somebody attached to a flood and does not read: its container can't be removed, and is named; we go on."""
    flood = "sleep 1; while :; do echo flood flood flood flood; done"
    labels = (f"--label=harness.owner={DEAD}", "--label=harness.run=dead", "--name=wedged-for-good")
    name = private_engine.docker("run", "-d", *labels, python_image.id, "sh", "-c", flood)
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(private_engine.address.removeprefix("unix://"))
        asked = f"POST /v1.40/containers/{name}/attach?stream=1&stdout=1 HTTP/1.1"
        door.sendall(f"{asked}\r\nHost: engine\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n".encode())
        time.sleep(3)
        swept = gc(tmp_path, tmp_path / "cache", private_engine.address, IMPATIENT)
        with grading("", tmp_path, cache_folder, probe, seconds=0, before=IMPATIENT) as one:
            ending = one.ended(ENOUGH)
        private_engine.end(signal.SIGKILL)

    assert swept.returncode == 3
    assert "harness: the container wedged-for-good could not be removed: the engine did not answer" in swept.stderr
    assert one.heard("the container wedged-for-good could not be removed")
    assert ending.code == 0
    see(ending)


def test_a_full_disk_under_the_engine(
    private_engine: PrivateEngine, probe: Engine, cache_folder: Path, tmp_path: Path, see: See
) -> None:
    """F09. Full before the grading: small containers may still start, or it is told; full in the middle: as well."""
    if not private_engine.disk:
        pytest.skip("a small disk takes the right to mount")
    for number, step in enumerate(("", "exam")):
        folder = tmp_path / str(number)
        folder.mkdir()
        if not step:
            private_engine.resize(None)
        try:
            with grading(step, folder, cache_folder, probe, seconds=3 if step else 0) as one:
                private_engine.resize(None)
                ending = one.ended(ENOUGH)
        finally:
            private_engine.resize(DISK_MIB)
        assert ending.code in (0, 1, 3)
        if ending.report is not None:
            nobody_failed(ending.report)
        if ending.code:
            assert "no space left on" in ending.said.lower()  # the device, or, where no log can be written, "?"
        assert left_of(probe, one.run_id) == []
        see(ending)


def test_images_that_are_gone(
    private_engine: PrivateEngine,
    probe: Engine,
    python_image: Image,
    cache_folder: Path,
    tmp_path: Path,
    see: See,
) -> None:
    """F11. No image, no registry, and nothing to build one with: exit 3 that says what is missing."""
    private_engine.docker("tag", python_image.id, "kept:here")
    private_engine.docker("rmi", python_image.name)
    nothing = tmp_path / "bin"
    nothing.mkdir()
    for program in ("git", "sh"):
        (nothing / program).symlink_to(str(shutil.which(program)))
    variables = {"PATH": str(nothing)}
    try:
        with grading(
            "", tmp_path, cache_folder, probe, seconds=0, variables=variables, fresh=("images", "environments")
        ) as one:
            ending = one.ended(ENOUGH)
    finally:
        private_engine.docker("tag", "kept:here", python_image.name)
        private_engine.docker("rmi", "kept:here")

    assert ending.code == 3
    assert "mmdebstrap is not installed" in ending.line
    assert "harness doctor --fix" in ending.line
    see(ending)


def test_an_image_whose_name_moves(
    private_engine: PrivateEngine,
    probe: Engine,
    python_image: Image,
    examiner_image: Image,
    cache_folder: Path,
    tmp_path: Path,
    see: See,
) -> None:
    """F12. A run keeps the image's id: what the name means in the middle of it changes nothing."""
    with grading("exam", tmp_path, cache_folder, probe, seconds=3) as one:
        private_engine.docker("tag", python_image.id, "kept:here")
        private_engine.docker("tag", examiner_image.id, python_image.name)
        try:
            ending = one.ended(ENOUGH)
        finally:
            private_engine.docker("tag", "kept:here", python_image.name)
            private_engine.docker("rmi", "kept:here")

    assert ending.code == 0, ending.said
    assert ending.report is not None
    nobody_failed(ending.report)
    assert ending.report.provenance.images["python-3.13"] == python_image.digest
    see(ending)
