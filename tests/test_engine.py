"""The engine: found or not, answering or not, restarted or not; every call ends, and nothing stays behind."""

from __future__ import annotations

import gc
import json
import signal
import socket
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from private_engine import PrivateEngine

from sandbox.cache import cache_root
from sandbox.engine import Engine, Gone, SandboxError
from sandbox.exam import hold_exam
from sandbox.images import Image
from sandbox.launch import Launched
from sandbox.owner import Owner, boot_id, host_id, read_owner, started_at, this_process
from sandbox.profile import Limits, Profile, draw_user
from sandbox.run import run
from sandbox.scratch import open_scratch

QUICK = Limits(seconds=4, memory_mib=64, processes=16, writable_mib=4)


untidy = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")
"""docker-py leaves its sockets to the garbage collector when an engine fails it."""


@pytest.fixture(autouse=True)
def _collect_sockets() -> Iterator[None]:
    """Have left sockets collected in the test that left them, not in whichever comes next."""
    yield
    gc.collect()


@pytest.fixture
def mute(tmp_path: Path) -> Iterator[str]:
    """The address of an engine that takes connections and never says a word, like a stopped one."""
    path = tmp_path / "mute.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(path))
        server.listen(64)
        yield f"unix://{path}"


def answering(path: Path, answer: bytes) -> socket.socket:
    """An engine that gives one answer to everything."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(path))
    server.listen(8)

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.recv(65_536)
                    connection.sendall(answer)

    threading.Thread(target=serve, daemon=True).start()
    return server


def test_no_engine_says_what_to_do(tmp_path: Path) -> None:
    """Where no engine answers, the message has the address and the way out; no folder stays."""
    with pytest.raises(SandboxError, match=r"no container engine answers at unix:///nonexistent.*harness doctor --fix"):
        Engine.connect(tmp_path)

    assert list((tmp_path / "runs").iterdir()) == []


@pytest.mark.slow
@untidy
def test_mute_engine_is_given_up(mute: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine that hangs is not waited for: the call ends in its time."""
    monkeypatch.setattr("sandbox.engine.CALL_SECONDS", 1.0)
    began = time.monotonic()
    with pytest.raises(SandboxError, match="engine"):
        Engine.connect(tmp_path, address=mute)

    assert time.monotonic() - began < 5


@untidy
@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nnot json!",
        b"\x00\x01\x02 this is not an engine\r\n\r\n",
        b"",
    ],
)
def test_something_else_at_the_address(answer: bytes, tmp_path: Path) -> None:
    """Whatever sits at the socket, the answer is one line of ours."""
    server = answering(tmp_path / "odd.sock", answer)
    try:
        with pytest.raises(SandboxError, match="engine") as raised:
            Engine.connect(tmp_path, address=f"unix://{tmp_path}/odd.sock")
    finally:
        server.close()

    assert "\n" not in str(raised.value)


def test_a_cache_that_cannot_be_used_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk or a folder that is none: one line with the way out."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(SandboxError, match="HARNESS_CACHE"):
        Engine.connect(tmp_path / "file")
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(SandboxError, match="HARNESS_CACHE"):
        Engine.connect()


def test_importing_costs_no_docker() -> None:
    """docker and its libraries are imported when an engine is used, not before: `--help` must be quick."""
    modules = "sandbox.engine, sandbox.container, sandbox.launch, sandbox.exam, sandbox.sweep"
    script = f"import sys, {modules}; print('docker' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)

    assert told.stdout == "False\n"


def test_a_run_has_a_private_folder(tmp_path: Path) -> None:
    """The folder lets nobody else in, names its owner, and goes with the run."""
    engine = Engine(tmp_path)
    with open_scratch(engine) as folder:
        (folder / "file").write_text("x")
        assert engine.folder.stat().st_mode & 0o777 == 0o700
        assert json.loads((engine.folder / "owner.json").read_text()) == {"owner": str(this_process())}
        assert folder.parent == engine.folder
    assert not folder.exists()
    engine.close()

    assert not engine.folder.exists()


def test_a_run_folder_with_closed_folders_goes_too(tmp_path: Path) -> None:
    """Modes that forbid do not keep a folder alive, and links out of it are not followed."""
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    engine = Engine(tmp_path / "cache")
    (engine.folder / "closed" / "in").mkdir(parents=True)
    (engine.folder / "out").symlink_to(kept)
    (engine.folder / "closed").chmod(0)
    engine.close()

    assert not engine.folder.exists()
    assert (kept / "file").exists()


def test_a_run_folder_that_stays_keeps_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be removed now (no descriptors left, say) is still known as whose it is, so that a sweep takes it."""
    engine = Engine(tmp_path)
    (engine.folder / "a" / "b").mkdir(parents=True)
    (engine.folder / "file").write_text("x")
    with monkeypatch.context() as patch:
        patch.setattr("sandbox.cache.shutil.rmtree", lambda *_, **__: None)
        engine.close()
    assert [path.name for path in engine.folder.iterdir() if path.is_file()] == ["owner.json"]

    engine.close()
    assert not engine.folder.exists()


def test_cache_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """HARNESS_CACHE, then XDG_CACHE_HOME, then ~/.cache."""
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "a"))
    assert cache_root() == tmp_path / "a"
    monkeypatch.delenv("HARNESS_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert cache_root() == tmp_path / "b" / "harness"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "c"))
    assert cache_root() == tmp_path / "c" / ".cache" / "harness"


def test_an_owner_lives_while_its_process_does() -> None:
    """This process lives; one that has ended is dead, and so is one of another boot or with another start."""
    ours = this_process()
    child = subprocess.Popen(["sleep", "60"])
    other = Owner(host_id(), boot_id(), child.pid, started_at(child.pid) or "")
    assert not ours.is_dead
    assert not other.is_dead

    child.kill()
    child.wait()

    assert other.is_dead
    assert Owner(ours.host, "0" * 16, ours.pid, ours.started).is_dead
    assert Owner(ours.host, ours.boot, ours.pid, "1").is_dead


def test_owners_elsewhere_are_never_called_dead() -> None:
    """Another machine's, user's or pid namespace's processes can't be seen from here."""
    assert not Owner("f" * 16, "0" * 16, 1, "1").is_dead


@pytest.mark.parametrize(
    "text", ["", "x", "a:b:c:d", "0" * 16 + ":1", f"{'0' * 16}:{'0' * 16}:-1:1", f"{'0' * 16}:{'0' * 16}:1:1\n"]
)
def test_labels_in_another_form_are_not_ours(text: str) -> None:
    """What we can't read, we don't judge."""
    assert read_owner(text) is None


def test_owner_survives_its_label() -> None:
    """An owner is read back as it was written."""
    assert read_owner(str(this_process())) == this_process()


@pytest.mark.docker
def test_facts_and_identity(engine: Engine) -> None:
    """The engine in a few words, and the same engine twice."""
    facts = engine.facts()

    assert facts["name"] in ("Docker", "Podman")
    assert facts["version"]
    assert engine.identity() == engine.identity()
    assert engine.identity().engine


@pytest.mark.docker
def test_gone_is_told_from_refused(engine: Engine) -> None:
    """What is not there raises Gone; what is asked wrongly raises SandboxError alone."""
    with pytest.raises(Gone):
        engine.remove_container("no-such-container-of-ours")
    with pytest.raises(SandboxError) as raised:
        engine.call("asking wrongly", lambda api: api.networks(filters={"no-such-filter": "x"}))
    assert not isinstance(raised.value, Gone)


@pytest.mark.docker
def test_abandon_ends_what_runs(python_image: Image, cache_folder: Path) -> None:
    """An interruption ends the containers of all threads at once, and no thread starts another."""
    with Engine.connect(cache_folder) as engine:
        failures: list[BaseException] = []

        def work() -> None:
            try:
                done = run(engine, python_image, "sleep 60", limits=Limits(seconds=60))
                failures.append(AssertionError(done))
            except SandboxError as reason:
                failures.append(reason)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        mine = {"label": f"harness.run={engine.run_id}", "status": "running"}
        for _ in range(100):
            if engine.call("looking", lambda api: api.containers(filters=mine)):
                break
            time.sleep(0.05)
        began = time.monotonic()
        engine.abandon()
        thread.join(10)

        assert time.monotonic() - began < 5
        assert not thread.is_alive()
        assert [type(failure) for failure in failures] == [SandboxError]


# A second engine, to be stopped, killed and restarted


def processes_with(marker: str) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if marker.encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


@untidy
@pytest.mark.docker
def test_engine_stopped_in_the_middle(
    private_engine: PrivateEngine, python_image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine hangs: the run raises in its time, and the container is dead all the same."""
    monkeypatch.setattr("sandbox.engine.CALL_SECONDS", 3.0)
    monkeypatch.setattr("sandbox.container.WAIT_STEP", 3.0)
    marker = "marker-of-a-stopped-engine"
    threading.Timer(1.5, lambda: private_engine.send(signal.SIGSTOP)).start()
    began = time.monotonic()
    try:
        with (
            Engine.connect(tmp_path, address=private_engine.address) as engine,
            pytest.raises(SandboxError, match="did not answer"),
        ):
            run(engine, python_image, f"sleep 100 # {marker}", limits=Limits(seconds=60))
        took = time.monotonic() - began
        assert processes_with(marker) == []
        assert took < 25
    finally:
        private_engine.send(signal.SIGCONT)


@untidy
@pytest.mark.docker
def test_deadline_holds_while_the_engine_hangs(
    private_engine: PrivateEngine, python_image: Image, tmp_path: Path
) -> None:
    """PID 1 keeps the deadline by itself: nobody asks it to, the engine is stopped, the host does nothing."""
    marker = "marker-of-a-deadline"
    with Engine.connect(tmp_path, address=private_engine.address) as engine:
        profile = Profile(role="sandbox", user=draw_user(engine), limits=QUICK)
        with Launched(engine, profile, python_image.id) as launched:
            from sandbox.launch import Order

            launched.give(
                Order(
                    # It prints slowly: one that floods is ended for its output, on a fast machine before the deadline.
                    command=("sh", "-c", f"while true; do echo {marker}; sleep 0.05; done"),
                    variables={},
                    seconds=3,
                    folder="/",
                    file_mib=1,
                    output_kib=16,
                )
            )
            launched.container.start()
            try:
                time.sleep(0.5)
                assert processes_with(marker)
                private_engine.send(signal.SIGSTOP)
                for _ in range(100):
                    time.sleep(0.2)
                    if not processes_with(marker):
                        break
                assert processes_with(marker) == []
            finally:
                private_engine.send(signal.SIGCONT)
            assert launched.container.wait(20)
            account = launched.account()

    assert account.end is not None
    assert account.end.reason == "deadline"


@untidy
@pytest.mark.docker
def test_engine_stopped_in_an_exam(
    private_engine: PrivateEngine, python_image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the exam had until then is kept, its problem is told, nobody failed, and no process of it lives on."""
    monkeypatch.setattr("sandbox.engine.CALL_SECONDS", 3.0)
    (tmp_path / "empty").mkdir()
    test = {"id": "a", "title": "t", "tier": "contract", "category": "c", "dimension": "d"}
    main = tmp_path / "main.py"
    main.write_text(
        "import json, pathlib, subprocess, time\n"
        "subprocess.Popen(['sleep', '1234.56789'])\n"
        "channel = pathlib.Path('/exam/channel')\n"
        "nonce = json.loads((channel / 'order.json').read_text())['nonce']\n"
        f"record = {{'kind': 'collected', 'nonce': nonce, 'tests': [{test!r}]}}\n"
        "(channel / 'results.jsonl').write_text(json.dumps(record) + '\\n')\n"
        "time.sleep(100)\n"
    )
    with tarfile.open(tmp_path / "s.tar", "w"):
        pass
    threading.Timer(3, lambda: private_engine.send(signal.SIGSTOP)).start()
    began = time.monotonic()
    try:
        with Engine.connect(tmp_path, address=private_engine.address) as engine:
            record = hold_exam(
                engine,
                image=python_image,
                examiner=python_image,
                examiner_tools=None,
                environment=None,
                pack=tmp_path / "s.tar",
                start="true",
                hidden_tests=tmp_path / "empty",
                support=tmp_path / "empty",
                seed=1,
                limits=QUICK,
                exam_seconds=60,
                library=[main],
            )
        assert [found.id for found in record.tests] == ["a"]
        assert not record.finished
        assert record.problem
        assert "did not answer" in record.problem
        assert processes_with("1234.56789") == []
        assert time.monotonic() - began < 40
    finally:
        private_engine.send(signal.SIGCONT)


@untidy
@pytest.mark.docker
def test_engine_restarted_in_the_middle(private_engine: PrivateEngine, python_image: Image, tmp_path: Path) -> None:
    """A restart kills the container (exit code 137, no reason given): never taken for the command's own end."""

    def restart() -> None:
        private_engine.end()
        private_engine.restart()

    timer = threading.Timer(1.5, restart)
    timer.start()
    with Engine.connect(tmp_path, address=private_engine.address) as engine:
        before = engine.identity()
        ended = "vanished"
        with suppress(SandboxError):  # which of the two depends on when the next question meets the restart
            ended = run(engine, python_image, "sleep 100", limits=Limits(seconds=60)).ended
        assert ended == "vanished"
        timer.join()
        assert engine.identity() != before
