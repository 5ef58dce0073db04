"""Stopping a grading, gently or not, at each of its steps: in seconds, in one line, and with nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny_pack import PROGRAM, make_pack, make_submission

from sandbox.debian import build_root
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("python_image", "examiner_image")]

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 10.0
"""What an interrupted run may take to remove all that it made."""
STEP_SECONDS = 90.0
KEPT = ("environments", "images", "programs", "uv")
SLOW_GIT = """#!/bin/sh
for word in "$@"; do
    if [ "$word" = fetch ]; then echo $$ > {told}; exec sleep 60; fi
done
PATH={path} exec git "$@"
"""


@dataclass
class Grading:
    """A `harness grade` of its own process and cache; `lines` are what it has said on stderr so far."""

    process: subprocess.Popen[str]
    cache: Path
    engine: Engine
    lines: list[str]

    @property
    def run_id(self) -> str:
        return next((path.name for path in self.runs if not path.name.startswith(".")), "none")

    @property
    def runs(self) -> list[Path]:
        return list((self.cache / "runs").iterdir()) if (self.cache / "runs").is_dir() else []

    def heard(self, words: str) -> bool:
        return any(words in line for line in self.lines)

    def running(self, role: str) -> int:
        """How many containers of this role the run has running."""
        mine = {"label": [f"harness.run={self.run_id}", f"harness.role={role}"], "status": "running"}
        return len(self.engine.call("looking", lambda api: api.containers(filters=mine)))

    def wait_for(self, what: Callable[[], bool]) -> None:
        ends = time.monotonic() + STEP_SECONDS
        while not what():
            assert self.process.poll() is None, self.lines
            assert time.monotonic() < ends, self.lines
            time.sleep(0.05)


def left_of(engine: Engine, run_id: str) -> list[str]:
    """What carries the run's label on the engine: containers, volumes, networks."""
    mine = {"label": f"harness.run={run_id}"}

    def look(api: Any) -> list[str]:
        found = [str(one["Names"]) for one in api.containers(all=True, filters=mine)]
        found += [str(one["Name"]) for one in api.volumes(filters=mine)["Volumes"] or ()]
        return found + [str(one["Name"]) for one in api.networks(filters=mine)]

    return engine.call("looking", look)


def environment_of(folder: Path, cache: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), "HARNESS_CACHE": str(cache)} | {
        name: os.environ[name] for name in os.environ if name.startswith("DOCKER_")
    }


@contextmanager
def grading(step: str, folder: Path, cache_folder: Path, engine: Engine) -> Iterator[Grading]:
    """A grading that has come to `step`, and would stay there for a minute."""
    cache = folder / "cache"
    cache.mkdir()
    fresh = ("environments",) if step == "prepare" else ()
    for name in set(KEPT) - set(fresh):
        (cache_folder / name).mkdir(exist_ok=True)
        (cache / name).symlink_to(cache_folder / name)
    environment = environment_of(folder, cache)
    changes: dict[str | bytes, Any] = {}
    if step == "fetch":
        (folder / "bin").mkdir()
        slow = folder / "bin" / "git"
        slow.write_text(SLOW_GIT.format(told=folder / "git.pid", path=environment["PATH"]))
        slow.chmod(0o755)
        environment["PATH"] = f"{folder / 'bin'}:{environment['PATH']}"
    if step == "control":
        changes["program.py"] = PROGRAM.replace('b"hello"', 'b"good-bye"')
    if step == "own_tests":
        changes["tests/test_program.py"] = "import time\n\n\ndef test_long():\n    time.sleep(60)\n"
    packs = make_pack(folder / "packs", seconds=0 if step == "own_tests" else 50, reference=True)
    command = [sys.executable, "-m", "harness", "grade", str(make_submission(folder / "them", changes))]
    command += ["--challenge", "tiny", "--challenges", str(packs), "--out", str(folder / "out"), "-v"]
    # Under nohup SIGHUP is ignored, and the harness keeps what it finds ignored: here it must find it as usual.
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGHUP, before)
    lines: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: lines.extend(iter(process.stderr.readline, "")), daemon=True)  # type: ignore[union-attr]
    reader.start()
    one = Grading(process, cache, engine, lines)
    come = {
        "fetch": (folder / "git.pid").exists,
        "prepare": lambda: one.running("prepare") > 0,
        "exam": lambda: one.heard("· hidden tests") and one.running("sandbox") > 1 and one.heard("✓ own tests"),
        "own_tests": lambda: one.heard("✓ hidden tests") and one.running("sandbox") > 0,
        "control": lambda: one.heard("✓ the reference") and one.running("sandbox") > 1,
    }
    try:
        one.wait_for(come[step])
        yield one
    finally:
        process.kill()
        process.wait()
        reader.join(5)
        process.stderr.close()


@pytest.fixture(scope="module")
def foreign(engine: Engine, python_image: Image) -> Iterator[list[str]]:
    """A container and a volume of somebody else's, with labels of somebody else's."""
    labels = {"someone.else": "yes", "harness": "not ours"}
    container = engine.call("making", lambda api: api.create_container(python_image.id, "true", labels=labels))["Id"]
    volume = engine.name("foreign")
    engine.call("making", lambda api: api.create_volume(volume, labels=labels))
    yield [container, volume]
    engine.remove_container(container)
    engine.remove_volume(volume)


def is_there(engine: Engine, foreign: list[str]) -> bool:
    containers = {str(one["Id"]) for one in engine.call("looking", lambda api: api.containers(all=True))}
    volumes = {str(one["Name"]) for one in engine.call("looking", lambda api: api.volumes())["Volumes"]}
    return set(foreign) <= containers | volumes


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("fetch", signal.SIGINT),
        ("fetch", signal.SIGHUP),
        ("prepare", signal.SIGTERM),
        ("exam", signal.SIGINT),
        ("own_tests", signal.SIGTERM),
        ("control", signal.SIGINT),
    ],
)
def test_an_interrupted_run_leaves_nothing(
    step: str, number: signal.Signals, tmp_path: Path, cache_folder: Path, engine: Engine, foreign: list[str]
) -> None:
    """Ctrl-C, SIGTERM, a closed terminal: 130 in seconds, one line, nothing on the engine, in the cache, in --out."""
    with grading(step, tmp_path, cache_folder, engine) as one:
        run_id, said = one.run_id, len(one.lines)
        assert step == "fetch" or left_of(engine, run_id)
        began = time.monotonic()
        one.process.send_signal(number)
        code = one.process.wait(60)
        seconds = time.monotonic() - began

    told = [line.strip() for line in one.lines[said:] if line.strip()]
    assert code == 130, one.lines
    assert seconds < STOP_SECONDS
    assert told == ["harness: interrupted; everything that the run made is removed."]
    assert left_of(engine, run_id) == []
    assert one.runs == []
    assert not (tmp_path / "out").exists()
    assert step != "fetch" or not lives(int((tmp_path / "git.pid").read_text()))
    assert is_there(engine, foreign)


def test_an_interrupted_build_of_an_image_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first grading builds images for a minute; Ctrl-C need not wait for that, and no half image stays."""
    program = tmp_path / "mmdebstrap"
    program.write_text(
        f'#!/bin/sh\nfor last; do :; done\necho part > "$last"\necho $$ > {tmp_path}/pid\nexec sleep 60\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (tmp_path / "images").mkdir()
    began = time.monotonic()
    with pytest.raises(SandboxError, match="was stopped"):
        build_root(
            "trixie",
            tmp_path / "images" / "root.tar",
            architecture="amd64",
            report=print,
            stopped=(tmp_path / "pid").exists,
        )

    assert time.monotonic() - began < 5
    assert not lives(int((tmp_path / "pid").read_text()))
    assert not list((tmp_path / "images").iterdir())


def gc(folder: Path, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", "gc"],
        cwd=folder,
        env=environment_of(folder, cache),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_interruption_does_not_wait(tmp_path: Path, cache_folder: Path, engine: Engine) -> None:
    """Who presses Ctrl-C again means now; the line says who removes the rest, and that does."""
    with grading("exam", tmp_path, cache_folder, engine) as one:
        run_id, said = one.run_id, len(one.lines)
        one.process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        began = time.monotonic()
        one.process.send_signal(signal.SIGINT)
        code = one.process.wait(60)
        seconds = time.monotonic() - began

    told = [line.strip() for line in one.lines[said:] if line.strip()]
    assert (code, len(told)) == (130, 1), one.lines
    assert "harness gc" in told[0]
    assert seconds < 1
    assert gc(tmp_path, one.cache).returncode == 0
    assert left_of(engine, run_id) == []
    assert one.runs == []


@pytest.mark.parametrize("step", ["fetch", "prepare", "exam", "own_tests", "control"])
def test_what_a_killed_run_leaves_is_removed_later(
    step: str, tmp_path: Path, cache_folder: Path, engine: Engine, foreign: list[str]
) -> None:
    """SIGKILL leaves what it leaves; `harness gc` removes all of it and nothing of anybody else's, and says what."""
    with grading(step, tmp_path, cache_folder, engine) as one:
        run_id = one.run_id
        one.process.kill()
        one.process.wait(10)
    assert one.runs
    assert step == "fetch" or left_of(engine, run_id)

    done = gc(tmp_path, one.cache)

    assert done.returncode == 0, done.stderr
    assert "1 folder" in done.stdout
    assert step == "fetch" or "container" in done.stdout
    assert left_of(engine, run_id) == []
    assert one.runs == []
    assert is_there(engine, foreign)


def test_the_next_start_removes_what_a_killed_run_left(tmp_path: Path, cache_folder: Path, engine: Engine) -> None:
    """Nobody has to know of `harness gc`: the next grading says what it removed, whatever becomes of it itself."""
    with grading("exam", tmp_path, cache_folder, engine) as one:
        run_id = one.run_id
        one.process.kill()
        one.process.wait(10)

    again = subprocess.run(
        [sys.executable, "-m", "harness", "grade", str(tmp_path / "nowhere")],
        cwd=tmp_path,
        env=environment_of(tmp_path, one.cache),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert again.returncode == 4, again.stderr
    assert "Killed runs had left something; removed: " in again.stderr
    assert left_of(engine, run_id) == []
    assert one.runs == []
