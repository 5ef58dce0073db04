"""Preparing environments: whose fault a failure is, what runs on the way (nothing), and that the work is done once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from package_index import Served, serve_index

from sandbox import growth, installer, prepare, tools, uv_program
from sandbox.container import Container
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image
from sandbox.index import Index, user_index
from sandbox.installer import Limits, Outcome
from sandbox.prepare import Environment, PreparationRefused
from sandbox.profile import Bind, Profile
from sandbox.profile import Limits as RunLimits

NOT_FOUND = "error: No solution found\n  cause: Because x was not found in the package registry and you require x"


def outcome(text: str, *, code: int = 1, ended: str = "exited", trouble: tuple[str, ...] = ()) -> Outcome:
    return Outcome(code, ended, text, trouble)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (NOT_FOUND, "not found"),
        ("error: No solution\n  cause: Because there is no version of fastapi==99.0 and you require", "not found"),
        ("error: No solution found\n  cause: Because pyspark==3.5.0 has no usable wheels and you", "no wheel"),
        ("error: Failed to download `httpx==0.28.1`\n  cause: Hash mismatch for `httpx==0.28.1`", "hash mismatch"),
        ("error: No solution found when resolving\n  cause: Because you require a==1 and a==2", "conflict"),
        ("error: Couldn't parse requirement in `/harness/input/requirements.txt`", "invalid"),
        (NOT_FOUND.replace("x was", "sshtunnel-certificate was"), "not found"),
    ],
)
def test_the_requirements_are_at_fault(text: str, kind: str) -> None:
    """What uv says of requirements that can't be had is the submission's, with uv's own words."""
    refused = prepare._refused(outcome(f"Using Python 3.13.5 environment at: /environment\n{text}"), "uv.lock")
    assert refused.kind == kind
    assert refused.text == text
    assert refused.source == "uv.lock"


@pytest.mark.parametrize(
    "failed",
    [
        outcome("error: Failed to fetch: `https://index.example/simple/x/`\n  cause: error sending request"),
        outcome("error: Failed to fetch: `https://index.example/`\n HTTP status server error (503)"),
        outcome("error: No space left on device (os error 28)", code=2),
        outcome("something new", code=2),
        outcome("", code=137),
        outcome(NOT_FOUND, trouble=("index.example:443: [Errno 104] Connection reset by peer",)),
        outcome(NOT_FOUND, ended="deadline", code=137),
        outcome(NOT_FOUND, ended="memory", code=137),
        outcome(NOT_FOUND, ended="disk", code=137),
    ],
)
def test_the_machine_or_the_network_is_at_fault(failed: Outcome) -> None:
    """What shows that the network, the disk or the engine failed is ours, also beside words that blame a package."""
    with pytest.raises(SandboxError):
        prepare._refused(failed, "uv.lock")


def test_text_from_the_container_is_made_harmless() -> None:
    """No escapes, no passwords, bounded."""
    text = installer.cleaned("\x1b[31mred\x1b[0m https://me:hunter2@index.example/x\x07\n" + "y" * 100_000)
    assert len(text) <= installer.TEXT_BYTES
    assert installer.cleaned("\x1b[31mred\x1b[0m https://me:hunter2@a.example/x\x07") == "red https://a.example/x"


def test_our_own_tools_are_pinned_by_hash_and_name_no_index() -> None:
    """Every line of our requirements is a pin with hashes; no address is written into the files."""
    for name in ("examiner", "sandbox-tools"):
        text = tools.requirements(cast("tools.Toolset", name))
        assert "://" not in text
        pins = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
        assert all("==" in line and "--hash=sha256:" in line for line in pins)


def test_growth_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment, or what uv unpacks beside it, that grows over the limit is noticed; older things don't count."""
    tree, cache = tmp_path / "tree", tmp_path / "uv"
    for folder in (tree / "lib", cache / "archive-v0" / "old"):
        folder.mkdir(parents=True)
    with (cache / "archive-v0" / "old" / "big").open("wb") as file:
        file.truncate(3 * 2**20)
    (tree / "loop").symlink_to(tree)
    watch = growth.Growth(1, tree, cache)
    assert watch.verdict() is None
    (cache / ".tmpX").mkdir()
    with (cache / ".tmpX" / "bomb").open("wb") as file:
        file.truncate(3 * 2**20)
    assert watch.verdict() == "size"
    (cache / ".tmpX" / "bomb").unlink()
    monkeypatch.setattr(growth.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    assert watch.verdict() == "disk"


def test_too_many_requirements_are_refused_without_an_engine(tmp_path: Path) -> None:
    """A text over the limit is refused before anything is started."""
    engine, image = cast("Engine", None), cast("Image", SimpleNamespace(id="sha256:x"))
    refused = prepare.prepare(engine, image, "x" * (4 * 2**20 + 1), tmp_path, print)
    assert isinstance(refused, PreparationRefused)
    assert refused.kind == "too large"


def test_the_forwarder_passes_bytes_both_ways(tmp_path: Path) -> None:
    """The program inside the container joins its loopback with the socket and ends with its command's exit code."""
    import socket

    with socket.socket(socket.AF_UNIX) as server, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        server.bind(str(tmp_path / "s"))
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(connection.recv(100).upper())

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        client = (
            "import socket, sys; s = socket.create_connection(('127.0.0.1', int(sys.argv[1])));"
            "s.sendall(b'hello'); sys.exit(7 if s.recv(100) == b'HELLO' and s.recv(1) == b'' else 1)"
        )
        command = [sys.executable, "-I", "-S", str(installer.FORWARDER), str(tmp_path / "s"), str(port)]
        result = subprocess.run([*command, sys.executable, "-c", client, str(port)], timeout=30)
        thread.join(5)
    assert result.returncode == 7


@pytest.fixture
def served() -> Iterator[Served]:
    with serve_index() as index:
        index.add("hello", "1.0", {"hello.py": "GREETING = 'hello'\n", "hello-world.py": "not python ("})
        yield index


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache of one's own: nothing is found that another test prepared."""
    return tmp_path / "cache"


def install(engine: Engine, image: Image, text: str, cache: Path, index: Index, **more: Any) -> Any:
    return prepare.prepare(engine, image, text, cache, print, index=index, **more)


def kept(cache: Path) -> list[str]:
    """What lies in the store of environments, but for lock files."""
    return [path.name for path in (cache / "environments").iterdir() if not path.name.endswith(".lock")]


def run_in(engine: Engine, image: Image, environment: Environment, command: list[str]) -> tuple[int | None, str]:
    """Run a command with an environment mounted as it is for a submission."""
    profile = Profile("sandbox", 65532, RunLimits(), binds=(Bind(environment.path, environment.mount),))
    with Container(engine, profile, image.id, command) as container:
        container.start()
        assert container.wait(30)
        return container.state().exit_code, container.log(10_000).decode()


@pytest.mark.docker
def test_install_once_and_find_again(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """An environment works at /environment, has its bytecode, and the second time is found in milliseconds."""
    first = install(engine, python_image, "hello==1.0\n", cache, served.index, source="requirements.txt")
    assert isinstance(first, Environment)
    assert (first.packages, first.reused, first.note) == ((("hello", "1.0"),), False, "")
    assert run_in(
        engine, python_image, first, ["/environment/bin/python", "-c", "import hello; print(hello.GREETING)"]
    ) == (
        0,
        "hello\n",
    )
    assert list(first.path.glob("lib/python3.*/site-packages/__pycache__/hello.*.pyc"))
    served.fault = "500"
    began = time.monotonic()
    again = install(engine, python_image, "hello==1.0\n", cache, served.index, source="requirements.txt")
    assert time.monotonic() - began < 0.5
    assert again == replace(first, reused=True, seconds=again.seconds)
    assert [path.name for path in (cache / "environments").iterdir() if not path.name.endswith(".lock")] == [
        first.digest
    ]
    assert sorted(path.name for path in first.path.parent.iterdir()) == ["about.json", "tree"]
    assert stat.S_IMODE(first.path.parent.stat().st_mode) == 0o755


@pytest.mark.docker
def test_no_code_of_a_package_runs(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """A package whose .pth file runs at every start of Python does not run while it is installed."""
    mark = "import os; open('/environment/ran', 'w').close(); open('/harness/cache/ran', 'w').close()\n"
    served.add("evil", "1.0", {"evil.pth": mark, "evil.py": mark, "sitecustomize.py": mark, "usercustomize.py": mark})
    environment = install(engine, python_image, "evil\nhello\n", cache, served.index)
    assert isinstance(environment, Environment)
    assert not list(cache.rglob("ran"))
    code, _ = run_in(engine, python_image, environment, ["/environment/bin/python", "-c", ""])
    assert code == 0  # the package's code runs only now, where everything is read-only


@pytest.mark.docker
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("no-such-package==1.0\n", "not found"),
        ("hello==2.0\n", "not found"),
        (f"hello==1.0 --hash=sha256:{'0' * 64}\n", "hash mismatch"),
        ("hello==1.0\nhello==2.0\n", "conflict"),
    ],
)
def test_requirements_that_cannot_be_had(
    engine: Engine, python_image: Image, cache: Path, served: Served, text: str, kind: str
) -> None:
    """A package or version that the index does not have, or that has another hash, is the submission's fault."""
    refused = install(engine, python_image, text, cache, served.index)
    assert isinstance(refused, PreparationRefused)
    assert refused.kind == kind
    assert not kept(cache)


@pytest.mark.docker
@pytest.mark.parametrize("fault", ["500", "drop", "cut"])
def test_an_index_that_fails_is_not_the_submissions_fault(
    engine: Engine, python_image: Image, cache: Path, served: Served, fault: str
) -> None:
    """Errors, dropped connections and half files are ours: the run may be repeated, and nothing half is kept."""
    served.fault = fault
    with pytest.raises(SandboxError):
        install(engine, python_image, "hello==1.0\n", cache, served.index)
    served.fault = ""
    assert isinstance(install(engine, python_image, "hello==1.0\n", cache, served.index), Environment)


@pytest.mark.docker
def test_whose_fault_a_hash_is(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """A lock with the hash of another file is the submission's; bytes that the index does not list are not."""
    listed = served.add("hello", "1.0", {"hello.py": "GREETING = 'hello'\n"})
    refused = install(engine, python_image, f"hello==1.0 --hash=sha256:{'0' * 64}\n", cache, served.index)
    assert isinstance(refused, PreparationRefused)
    assert refused.kind == "hash mismatch"
    served.fault = "other bytes"
    for wanted in (listed, "0" * 64):
        with pytest.raises(SandboxError, match="gave a file of hello that is not one of those it lists"):
            install(engine, python_image, f"hello==1.0 --hash=sha256:{wanted}\n", cache, served.index)
    served.fault = ""
    assert isinstance(
        install(engine, python_image, f"hello==1.0 --hash=sha256:{listed}\n", cache, served.index), Environment
    )


@pytest.mark.docker
def test_an_index_that_is_not_there(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """An index that nobody serves is ours, and the message names it."""
    gone = Index(("http://127.0.0.1:9/simple",), frozenset({"127.0.0.1:9"}), None, None, "a test")
    with pytest.raises(SandboxError, match=r"127\.0\.0\.1:9"):
        install(engine, python_image, "hello==1.0\n", cache, gone)


@pytest.mark.docker
def test_other_hosts_are_out_of_reach(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """Even requirements that name another address reach nothing: the proxy knows the index alone."""
    text = f"hello @ http://127.0.0.1:{served.port}/files/hello-1.0-py3-none-any.whl\n"
    elsewhere = replace(served.index, hosts=frozenset({"index.example:443"}))
    with pytest.raises(SandboxError, match="HARNESS_INDEX_HOSTS"):
        install(engine, python_image, text, cache, elsewhere)
    assert not served.asked


@pytest.mark.docker
def test_too_large_an_environment(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """A package that unpacks to more than the limit is stopped, and is the submission's fault."""
    served.add("huge", "1.0", {f"huge/{number}.bin": "0" * (16 << 20) for number in range(40)})
    refused = install(engine, python_image, "huge\n", cache, served.index, limits=Limits(tree_mib=16))
    assert isinstance(refused, PreparationRefused)
    assert refused.kind == "too large"


@pytest.mark.docker
def test_a_package_that_was_quicker_than_we_look(
    engine: Engine, python_image: Image, cache: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is too large all the same, nothing of it stays in uv's cache, and where it is allowed it installs again."""
    served.add("huge", "1.0", {f"huge/{number}.bin": "0" * (8 << 20) for number in range(4)})
    wait = Container.wait
    with monkeypatch.context() as patching:
        patching.setattr(Container, "wait", lambda self, _: wait(self, 60))
        refused = install(engine, python_image, "huge\n", cache, served.index, limits=Limits(tree_mib=16))
    assert isinstance(refused, PreparationRefused)
    assert refused.kind == "too large"
    assert list((cache / "uv").rglob("*.bin")) == []
    assert isinstance(install(engine, python_image, "huge\n", cache, served.index), Environment)


@pytest.mark.docker
def test_what_others_unpack_is_not_charged(
    engine: Engine, python_image: Image, cache: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another installation fills uv's cache meanwhile: this one is done again, alone, and comes out."""
    ran = installer._run

    def beside_another(*arguments: Any) -> installer.Outcome:
        monkeypatch.setattr(installer, "_run", ran)
        other = cache / "uv" / "archive-v0" / "of-another"
        other.mkdir(parents=True)
        (other / "large").write_bytes(bytes(32 << 20))
        owner = (cache / "uv").stat()
        os.chown(other.parent, owner.st_uid, owner.st_gid)
        return ran(*arguments)

    monkeypatch.setattr(installer, "_run", beside_another)
    made = install(engine, python_image, "hello\n", cache, served.index, limits=Limits(tree_mib=16))
    assert isinstance(made, Environment)
    assert made.packages == (("hello", "1.0"),)


@pytest.mark.docker
def test_two_at_once_install_once(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """Two runs that want the same environment at the same time make it once."""
    made: list[Environment] = []
    threads = [
        threading.Thread(target=lambda: made.append(install(engine, python_image, "hello\n", cache, served.index)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(environment.reused for environment in made) == [False, True]


@pytest.mark.docker
def test_an_environment_that_nobody_used_for_long_goes(
    engine: Engine, python_image: Image, cache: Path, served: Served
) -> None:
    """When the next one is made; one that was found again meanwhile stays."""
    served.add("other", "1.0", {"other.py": ""})
    made = [install(engine, python_image, text, cache, served.index) for text in ("hello\n", "hello==1.0\n")]
    for environment in made:
        os.utime(environment.path.parent, (1_700_000_000, 1_700_000_000))
    assert install(engine, python_image, "hello\n", cache, served.index).reused
    install(engine, python_image, "other\n", cache, served.index)
    assert [environment.path.exists() for environment in made] == [True, False]


@pytest.mark.docker
def test_nothing_is_left_on_the_engine(engine: Engine, python_image: Image, cache: Path, served: Served) -> None:
    """After success and after failure no container of ours remains."""
    install(engine, python_image, "hello\n", cache, served.index)
    install(engine, python_image, "no-such-package\n", cache, served.index)
    left = engine.client.api.containers(all=True, filters={"label": f"harness.run={engine.run_id}"})
    assert not left


@pytest.mark.docker
def test_our_tools_install_and_run(engine: Engine, python_image: Image, cache_folder: Path) -> None:
    """pytest, coverage and ruff work from /tools, from the real index, and are found again afterwards."""
    environment = tools.provide_tools(engine, python_image, "sandbox-tools", cache_folder, print)
    assert environment.mount == "/tools"
    assert dict(environment.packages)["ruff"] == "0.17.6"
    command = ["/bin/sh", "-c", "PYTHONPATH=/tools python3 -m pytest --version && /tools/bin/ruff --version"]
    code, text = run_in(engine, python_image, environment, command)
    assert (code, "ruff 0.17.6" in text) == (0, True)


@pytest.mark.docker
def test_the_real_index_has_what_locks_name(engine: Engine, python_image: Image, cache: Path) -> None:
    """Through TLS, with the user's own index and certificates, a locked package comes with its hash checked."""
    text = tools.requirements("examiner")
    environment = install(engine, python_image, text, cache, user_index(), complete=True)
    assert isinstance(environment, Environment)
    assert ("pytest", "9.2.0") in environment.packages


@pytest.mark.docker
def test_uv_is_the_one_we_came_with(engine: Engine, cache: Path) -> None:
    """The uv that containers see has the version that is recorded, and can be run by anyone."""
    program = uv_program.uv_binary(engine, cache)
    assert os.access(program, os.X_OK)
    assert program == uv_program.uv_binary(engine, cache)
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, timeout=30).stdout
    assert uv_program.uv_version() in said


def test_an_unfinished_environment_is_not_used(tmp_path: Path) -> None:
    """Without a readable record a folder does not count as an environment."""
    folder = tmp_path / "x"
    assert prepare._present(folder, "/environment", "x", "") is None
    (folder / "tree").mkdir(parents=True)
    for about in ("", "[]", "{}", json.dumps({"packages": 1, "seconds": "x", "note": ""})):
        (folder / "about.json").write_text(about)
        assert prepare._present(folder, "/environment", "x", "") is None
