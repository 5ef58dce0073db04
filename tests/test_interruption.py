"""Stopping a grading, gently or not, at each of its steps: in seconds, in one line, and with nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from grading_process import environment_of, grading, left_of

from sandbox.debian import build_root
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("python_image", "examiner_image")]

STOP_SECONDS = 10.0
"""What an interrupted run may take to remove all that it made."""


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
