"""What killed runs leave, and what a sweep takes away: theirs, all of it, and nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cache import make_run_folder
from sandbox.engine import Engine
from sandbox.images import Image
from sandbox.owner import Owner, boot_id, host_id, this_process
from sandbox.sweep import Swept, sweep

DEAD = Owner(host_id(), boot_id(), 2**22 + 1, "1")
ELSEWHERE = Owner("e" * 16, "0" * 16, 1, "1")

RUN = """
import sys, tarfile
from pathlib import Path
from types import SimpleNamespace
from sandbox.engine import Engine
from sandbox.exam import hold_exam
from sandbox.profile import Limits
from sandbox.run import run
cache, what = Path(sys.argv[1]), sys.argv[4]
image, examiner = SimpleNamespace(id=sys.argv[2]), SimpleNamespace(id=sys.argv[3])
engine = Engine.connect(cache)
print(engine.run_id, flush=True)
with engine:
    if what == "run":
        run(engine, image, "sleep 300", limits=Limits(seconds=300))
    pack, empty, main = cache / "s.tar", cache / "empty", cache / "main.py"
    tarfile.open(pack, "w").close()
    main.write_text("import time; time.sleep(300)")
    hold_exam(
        engine, image=image, examiner=examiner, examiner_tools=None, environment=None, pack=pack, start="true",
        hidden_tests=empty, support=empty, seed=1, limits=Limits(), exam_seconds=300, library=[main],
    )
"""


def left_by(engine: Engine, run_id: str) -> list[str]:
    """The names of all on the engine that carries a run's label."""
    mine = {"label": f"harness.run={run_id}"}
    found = [str(one["Names"]) for one in engine.call("looking", lambda api: api.containers(all=True, filters=mine))]
    volumes = engine.call("looking", lambda api: api.volumes(filters=mine))["Volumes"] or []
    return found + [str(one["Name"]) for one in volumes]


def running(engine: Engine, run_id: str) -> int:
    mine = {"label": f"harness.run={run_id}", "status": "running"}
    return len(engine.call("looking", lambda api: api.containers(filters=mine)))


@pytest.mark.docker
@pytest.mark.parametrize(("what", "containers"), [("run", 1), ("exam", 3)])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_of_a_killed_run(
    what: str, containers: int, number: int, tmp_path: Path, engine: Engine, python_image: Image, examiner_image: Image
) -> None:
    """SIGKILL leaves all to the next sweep; Ctrl-C leaves nothing in the first place."""
    (tmp_path / "empty").mkdir()
    command = [sys.executable, "-c", RUN, str(tmp_path), python_image.id, examiner_image.id, what]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        run_id = process.stdout.readline().strip()
        for _ in range(200):
            if running(engine, run_id) >= containers:
                break
            time.sleep(0.05)
        assert running(engine, run_id) >= containers
        sweep(engine)
        assert running(engine, run_id) >= containers, "a living run was swept"
        process.send_signal(number)
        process.wait(20)
    if number == signal.SIGINT:
        assert left_by(engine, run_id) == []
        assert list((tmp_path / "runs").iterdir()) == []
        return
    assert left_by(engine, run_id)

    with Engine.connect(tmp_path) as next_run:
        swept = sweep(next_run)

    assert swept.folders == 1
    assert left_by(engine, run_id) == []
    assert list((tmp_path / "runs").iterdir()) == []


@pytest.fixture
def foreign(engine: Engine, python_image: Image) -> Iterator[list[str]]:
    """Containers and a volume that a sweep must not touch, by all the ways in which a thing is not ours."""
    marks: list[dict[str, str]] = [
        {},
        {"harness.owner": str(ELSEWHERE)},
        {"harness.owner": str(this_process())},
        {"harness.owner": "an older form"},
        {"harness.owner": ""},
        {"harness.run": "abc"},
        {"someone.else": str(DEAD)},
    ]
    made = []
    for labels in marks:
        made.append(
            engine.call(
                "making", lambda api, labels=labels: api.create_container(python_image.id, "true", labels=labels)
            )["Id"]  # type: ignore[misc]  # a lambda's default
        )
    volume = engine.name("foreign")
    engine.call("making", lambda api: api.create_volume(volume, labels={"harness.owner": str(ELSEWHERE)}))
    yield [*made, volume]
    for name in made:
        engine.remove_container(name)
    engine.remove_volume(volume)


@pytest.mark.docker
def test_foreign_things_stay(engine: Engine, foreign: list[str]) -> None:
    """No label, another host's, a living owner's, an older form: a sweep leaves them."""
    sweep(engine)

    there = {str(one["Id"]) for one in engine.call("looking", lambda api: api.containers(all=True))}
    volumes = {str(one["Name"]) for one in engine.call("looking", lambda api: api.volumes())["Volumes"]}
    assert set(foreign) <= there | volumes


@pytest.mark.docker
def test_dead_things_go(engine: Engine, python_image: Image) -> None:
    """A container, a volume and a network of a dead owner."""
    run_id = engine.name("dead")
    labels = {"harness.owner": str(DEAD), "harness.run": run_id}
    engine.call("making", lambda api: api.create_container(python_image.id, "true", labels=labels))
    engine.call("making", lambda api: api.create_volume(engine.name("dead"), labels=labels))
    engine.call("making", lambda api: api.create_network(engine.name("dead"), labels=labels, internal=True))

    swept = sweep(engine)

    assert swept.problems == ()
    assert left_by(engine, run_id) == []
    assert engine.call("looking", lambda api: api.networks(filters={"label": f"harness.run={run_id}"})) == []


@pytest.mark.docker
def test_run_folders_of_dead_owners_go(engine: Engine, tmp_path: Path) -> None:
    """Only folders that name a dead owner of this machine; one without an owner, or behind a link, stays."""
    with Engine.connect(tmp_path) as other:
        make_run_folder(tmp_path, "dead", DEAD)
        make_run_folder(tmp_path, "elsewhere", ELSEWHERE)
        (tmp_path / "runs" / "unnamed").mkdir()
        (tmp_path / "outside").mkdir()
        (tmp_path / "outside" / "owner.json").write_text(json.dumps({"owner": str(DEAD)}))
        (tmp_path / "runs" / "link").symlink_to(tmp_path / "outside")
        swept = sweep(other)

        assert swept.folders == 1
        assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == sorted(
            ["elsewhere", "unnamed", "link", other.run_id]
        )
        assert (tmp_path / "outside" / "owner.json").exists()


def test_a_sweep_tells_what_it_did() -> None:
    """In words, and as a truth value."""
    assert not Swept()
    assert Swept(containers=2, volumes=1)
    assert str(Swept(containers=2, volumes=1)) == "2 containers, 1 volume"
    assert str(Swept()) == "nothing"
