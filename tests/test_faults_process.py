"""The harness itself is stopped, frozen, starved or talked over: nobody's failure, no half report, no rest.

Row ids (F06 ...) are those of docs/faults.md. Interruptions at each step are in test_interruption.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from grading_process import Ending, environment_of, grading, left_of, nobody_failed, plain
from private_engine import PrivateEngine
from test_sweep import DEAD, ELSEWHERE

from sandbox.engine import Engine
from sandbox.images import Image
from sandbox.sweep import sweep

pytestmark = [
    pytest.mark.docker,
    pytest.mark.slow,
    # docker-py leaves its sockets to the garbage collector when an engine fails it.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"),
]

ENOUGH = 60.0
See = Callable[[Ending], None]
JUMPS = """
import time
began, told = time.monotonic(), time.time
def jumping():
    seconds = time.monotonic() - began
    return told() + (0 if seconds < 1 else 86_400 if seconds < 2.5 else -86_400)
time.time = jumping
"""
"""A day forwards one second after the start, and two days back a little later."""
STRANGER = "import os\nos.getuid = lambda: 61_234\n"
"""Makes a process of another user's, as far as owners of runs go: its containers and folders carry that user's mark."""
LEFT_BY_ANOTHER = """
import sys, time
from pathlib import Path
from sandbox.container import Container
from sandbox.engine import Engine
from sandbox.profile import KEEPER_USER, Limits, Profile
engine = Engine.connect(Path(sys.argv[1]))
profile = Profile(role="keeper", user=KEEPER_USER, limits=Limits())
container = Container(engine, profile, sys.argv[2], ("sleep", "300"))
container.create()
container.start()
print(container.name, flush=True)
time.sleep(300)
"""


@pytest.fixture
def probe(private_engine: PrivateEngine) -> Iterator[Engine]:
    """The test's own connection to the private engine; at the end nothing of any run is left there."""
    private_engine.empty()
    with private_engine.connect() as engine:
        yield engine
        sweep(engine)
        assert left_of(engine) == []


@pytest.fixture
def see(request: pytest.FixtureRequest) -> See:
    """Writes down what was seen, for the table of faults."""
    return lambda ending: request.node.user_properties.append(("seen", f"exit {ending.code}: {plain(ending.line)}"))


def environments(cache: Path) -> dict[str, int]:
    """The finished environments of a cache, each with the moment in which it was made."""
    return {path.parent.name: path.stat().st_mtime_ns for path in (cache / "environments").glob("[0-9a-f]*/about.json")}


@pytest.mark.parametrize("step", ["prepare", "exam"])
def test_a_killed_run_is_run_again(step: str, probe: Engine, cache_folder: Path, tmp_path: Path, see: See) -> None:
    """F06. What a killed run had finished is used by the next one, what it left is removed, and the report is whole."""
    with grading(step, tmp_path, cache_folder, probe) as one:
        run_id = one.run_id
        if step == "prepare":
            one.wait_for(lambda: bool(environments(one.cache)) and one.running("prepare") > 0)
        one.process.kill()
        one.process.wait(10)
    finished = environments(one.cache)
    half = [path.name for path in (one.cache / "environments").iterdir() if path.name.startswith(".")]
    assert finished
    assert left_of(probe, run_id)
    assert not one.out.exists()

    (tmp_path / "packs" / "tiny" / "hidden_tests" / "test_tiny.py").write_text(
        (tmp_path / "packs" / "tiny" / "hidden_tests" / "test_tiny.py").read_text().replace("sleep(50", "sleep(0")
    )
    with grading("", tmp_path, cache_folder, probe, fresh=("environments",) if step == "prepare" else ()) as again:
        ending = again.ended(ENOUGH)

    assert ending.code == 0, ending.said
    assert again.heard("Killed runs had left something; removed: ")
    assert ending.report is not None
    nobody_failed(ending.report)
    assert {name: environments(again.cache)[name] for name in finished} == finished, "made a second time"
    if step == "exam":
        assert not again.heard("installing")
    assert left_of(probe, run_id) == []
    assert half or step == "exam"
    see(ending)


def test_the_kernel_kills_the_harness(probe: Engine, cache_folder: Path, tmp_path: Path, see: See) -> None:
    """F08. Out of memory in a control group of its own: no report, and the next run removes what it left."""
    group = Path("/sys/fs/cgroup/memory") / f"harness-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("a control group for memory can't be made here")
    try:
        with grading("exam", tmp_path, cache_folder, probe) as one:
            run_id = one.run_id
            (group / "cgroup.procs").write_text(str(one.process.pid))
            (group / "memory.limit_in_bytes").write_text("64k")
            code = one.process.wait(ENOUGH)
    finally:
        group.rmdir()
    assert code == -signal.SIGKILL
    assert not one.out.exists()
    assert left_of(probe, run_id)
    sweep(probe)
    assert left_of(probe, run_id) == []


@pytest.mark.parametrize(
    ("limit", "told"), [("--nofile=32", "open files"), ("--as=140000000", "too little memory")], ids=["files", "memory"]
)
def test_a_starved_harness(limit: str, told: str, probe: Engine, cache_folder: Path, tmp_path: Path, see: See) -> None:
    """F08, F21. No descriptors or no memory left for the harness: one line or an error, never the candidate's."""
    with grading("", tmp_path, cache_folder, probe, seconds=0, prefix=("prlimit", limit)) as one:
        ending = one.ended(ENOUGH, rest=True)
    assert gc(tmp_path, one.cache, str(probe.address)).returncode == 0

    assert ending.code in (1, 3)
    assert told in ending.line.lower()
    if ending.report is not None:
        nobody_failed(ending.report)
    assert (one.runs, left_of(probe)) == ([], [])
    see(ending)


def test_the_clock_jumps(probe: Engine, cache_folder: Path, tmp_path: Path, see: See) -> None:
    """F18. A day forwards or back in the middle of a grading: limits follow another clock, so nothing changes."""
    with grading("", tmp_path, cache_folder, probe, seconds=3, before=JUMPS) as one:
        ending = one.ended(ENOUGH)

    assert ending.code == 0, ending.said
    assert ending.report is not None
    nobody_failed(ending.report)
    assert all(0 <= taken < ENOUGH for taken in ending.report.provenance.timings.values())
    see(ending)


def test_a_frozen_harness(
    private_engine: PrivateEngine, probe: Engine, cache_folder: Path, tmp_path: Path, see: See
) -> None:
    """F34. Frozen beyond the exam's end, as in a laptop that sleeps: containers end by themselves, nobody failed."""
    with grading("exam", tmp_path, cache_folder, probe, seconds=30, exam_seconds=10) as one:
        examiner = one.containers("examiner")
        one.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(200):
                if not one.containers("examiner"):
                    break
                time.sleep(0.1)
            assert one.containers("examiner") == []
        finally:
            one.process.send_signal(signal.SIGCONT)
        ending = one.ended(ENOUGH)

    assert examiner
    assert ending.code == 1
    assert ending.report is not None
    nobody_failed(ending.report)
    see(ending)


@pytest.mark.parametrize("stream", ["stdout", "both"])
def test_nobody_listens(
    stream: str, probe: Engine, cache_folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """F30. `| head`: what it says has no reader any more, and the report is written all the same."""
    read, write = os.pipe()
    os.close(read)
    streams = {"stdout": write, "stderr": write if stream == "both" else subprocess.DEVNULL}
    with grading("", tmp_path, cache_folder, probe, seconds=0, arguments=["--json"], **streams) as one:
        os.close(write)
        code = one.process.wait(ENOUGH)

    assert sorted(path.name for path in one.out.iterdir()) == ["report.html", "report.json", "report.md"]
    assert code == 0
    assert one.runs == []
    assert left_of(probe) == []
    request.node.user_properties.append(("seen", f"exit {code}, with its report"))


def test_two_users_on_one_engine(
    private_engine: PrivateEngine, probe: Engine, python_image: Image, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """F33. What another user's killed run left is listed, and left alone; that user's own sweep removes it."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    environment = environment_of(theirs, theirs / "cache", private_engine.address)
    command = [sys.executable, "-c", STRANGER + LEFT_BY_ANOTHER, str(theirs / "cache"), python_image.id]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        name = run.stdout.readline().strip()
        run.kill()
    assert name.startswith("harness-")

    mine = gc(tmp_path, tmp_path / "cache", private_engine.address)
    there = private_engine.docker("ps", "--all", "--format", "{{.Names}}")
    same = gc(theirs, theirs / "cache", private_engine.address, before=STRANGER)

    assert (mine.returncode, same.returncode) == (0, 0), (mine, same)
    assert f"left alone the container {name}: it belongs to another user or machine" in mine.stdout
    assert name in there.split()
    assert f"removed the container {name}" in same.stdout
    assert private_engine.docker("ps", "--all", "--format", "{{.Names}}") == ""
    request.node.user_properties.append(("seen", plain(mine.stdout.splitlines()[0])))


def gc(folder: Path, cache: Path, address: str, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """`harness gc` with that cache and engine."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\nfrom harness.cli import main\nmain()", "gc", *arguments],
        cwd=folder,
        env=environment_of(folder, cache, address),
        capture_output=True,
        text=True,
        timeout=ENOUGH,
        check=False,
    )


def test_gc_says_what_it_does(
    private_engine: PrivateEngine, probe: Engine, python_image: Image, examiner_image: Image, tmp_path: Path
) -> None:
    """F32. Each thing that is removed, each that stays and why; older forms of label stay; `--images` removes ours."""

    def made(**labels: str) -> str:
        told = [f"--label={name.replace('_', '.')}={text}" for name, text in labels.items()]
        name = private_engine.docker("create", *told, python_image.id, "true")
        return private_engine.docker("inspect", "--format", "{{.Name}}", name).lstrip("/")

    dead, older = made(harness_owner=str(DEAD)), made(harness_owner="older form")
    far, other = made(harness_owner=str(ELSEWHERE)), made(someone_else="yes")
    private_engine.docker("tag", python_image.id, "harness/python-3.11:debian-0123456789ab")
    private_engine.docker("tag", python_image.id, "harness/theirs:latest")
    try:
        done = gc(tmp_path, tmp_path / "cache", private_engine.address)
        images = gc(tmp_path, tmp_path / "cache", private_engine.address, "--images")
        there = private_engine.docker("ps", "--all", "--format", "{{.Names}}").split()
        tags = private_engine.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
    finally:
        private_engine.docker("rm", *({older, far, other} & set(there)))
        private_engine.load([python_image.name, examiner_image.name])
        private_engine.docker("rmi", "harness/theirs:latest")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == f"removed the container {dead}"
    assert f"left alone the container {far}: it belongs to another user or machine" in done.stdout
    assert f"left alone the container {older}: its owner is named in a form that" in done.stdout
    assert "removed: 1 container" in done.stdout
    assert other not in done.stdout
    assert set(there) == {older, far, other}
    assert "removed the image harness/python-3.11:debian-0123456789ab" in images.stdout
    assert f"removed the image {examiner_image.name}" in images.stdout
    assert tags == ["harness/theirs:latest"]
