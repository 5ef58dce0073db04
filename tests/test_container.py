"""A container's life on the real engine: bounded in time, and gone at the end whatever happens."""

from __future__ import annotations

import ast
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import container as container_module
from sandbox.container import Container
from sandbox.engine import Engine, Gone, SandboxError
from sandbox.images import Image
from sandbox.profile import SANDBOX_USERS, Bind, Limits, Profile

PROFILE = Profile(role="sandbox", user=SANDBOX_USERS[0], limits=Limits(seconds=30, memory_mib=64, processes=16))
FLOOD = ("sh", "-c", "while true; do echo flood flood flood flood flood flood flood; done")


def names(engine: Engine) -> list[str]:
    mine = {"label": f"harness.run={engine.run_id}"}
    return [str(one["Names"]) for one in engine.call("looking", lambda api: api.containers(all=True, filters=mine))]


@pytest.mark.docker
def test_life_of_a_container(engine: Engine, python_image: Image) -> None:
    """Made, started, waited for, read, removed."""
    with Container(engine, PROFILE, python_image.id, ("sh", "-c", "echo out; echo err >&2; exit 4")) as container:
        container.start()

        assert container.wait(20)
        state = container.state()
        assert (state.running, state.exit_code, state.out_of_memory) == (False, 4, False)
        assert sorted(container.log(1_000).split()) == [b"err", b"out"]

    assert names(engine) == []


@pytest.mark.docker
def test_waiting_is_bounded(engine: Engine, python_image: Image) -> None:
    """A wait that runs out says so, and a later one works."""
    with Container(engine, PROFILE, python_image.id, ("sleep", "2")) as container:
        container.start()
        began = time.monotonic()

        assert not container.wait(0.5)
        assert time.monotonic() - began < 1.5
        assert container.wait(10)


@pytest.mark.docker
def test_flood_neither_fills_the_disk_nor_wedges_the_engine(engine: Engine, python_image: Image) -> None:
    """Under endless output the log stays bounded, and kill and remove are quick: nobody is attached."""
    profile = replace(PROFILE, log_kib=256)
    with Container(engine, profile, python_image.id, FLOOD) as container:
        container.start()
        time.sleep(2)
        began = time.monotonic()
        container.kill()

        assert time.monotonic() - began < 3
        assert len(container.log(10**9)) <= 2 * 256 * 1024
        assert len(container.log(1_000)) == 1_000
    assert names(engine) == []


@pytest.mark.docker
def test_a_paused_container_is_killed(engine: Engine, python_image: Image) -> None:
    """Someone paused it: the deadline's kill works all the same."""
    with Container(engine, PROFILE, python_image.id, ("sleep", "60")) as container:
        container.start()
        engine.call("pausing", lambda api: api.pause(container.id))
        container.kill()

        assert not container.state().running


@pytest.mark.docker
def test_kill_past_the_engine_hits_only_its_own(engine: Engine, python_image: Image) -> None:
    """The kernel confirms by the cgroup whose process it is; a number that is another's by now is left alone."""
    with Container(engine, PROFILE, python_image.id, ("sleep", "60")) as container:
        container.start()
        pid = container.pid
        container.pid = 1
        assert not container.kill_past_engine()
        container.pid = 2**22 + 1
        assert not container.kill_past_engine()
        container.pid = pid
        if not Path(f"/proc/{pid}").exists():
            pytest.skip("the engine's processes are not this machine's")

        assert container.kill_past_engine()
        assert container.wait(10)
        assert container.state().exit_code == 137


@pytest.mark.docker
def test_removed_by_someone_else(engine: Engine, python_image: Image) -> None:
    """It is gone: told as such, and leaving it is no error."""
    with Container(engine, PROFILE, python_image.id, ("sleep", "60")) as container:
        container.start()
        engine.remove_container(container.id)
        with pytest.raises(Gone):
            container.state()
        container.kill()


@pytest.mark.docker
def test_missing_bind_is_refused(engine: Engine, python_image: Image, tmp_path: Path) -> None:
    """A source that is not there is an error of ours; it is not made on the host, and no container stays."""
    profile = replace(PROFILE, binds=(Bind(tmp_path / "missing", "/x"),))
    with (
        pytest.raises(SandboxError, match="missing"),
        Container(engine, profile, python_image.id, ("true",)) as container,
    ):
        container.start()

    assert not (tmp_path / "missing").exists()
    assert names(engine) == []


@pytest.mark.docker
def test_missing_image_is_not_pulled(engine: Engine) -> None:
    """An image that is gone ends the run at once; no registry is asked."""
    began = time.monotonic()
    with pytest.raises(Gone), Container(engine, PROFILE, "sha256:" + "0" * 64, ("true",)):
        pass

    assert time.monotonic() - began < 2


@pytest.mark.docker
def test_an_interruption_while_it_is_made(engine: Engine, python_image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C after the engine made it and before its id came back: it is removed by its name."""
    call = engine.call

    def interrupted(doing: str, ask: object, **options: object) -> object:
        answer = call(doing, ask, **options)  # type: ignore[arg-type]  # passed on as it came
        if doing.startswith("making"):
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(engine, "call", interrupted)
    with pytest.raises(KeyboardInterrupt), Container(engine, PROFILE, python_image.id, ("sleep", "60")):
        pass
    monkeypatch.undo()

    assert names(engine) == []


@pytest.mark.docker
def test_many_at_once(engine: Engine, python_image: Image) -> None:
    """Containers from several threads: names, clients and clean-up do not meet."""
    from concurrent.futures import ThreadPoolExecutor

    def one(number: int) -> bytes:
        with Container(engine, PROFILE, python_image.id, ("echo", str(number))) as container:
            container.start()
            container.wait(30)
            return container.log(100)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(one, range(6))) == [f"{number}\n".encode() for number in range(6)]
    assert names(engine) == []


def test_no_dangerous_call_is_in_the_code() -> None:
    """attach, exec, copying in or out, logs that follow, building: none of them, anywhere in the package."""
    forbidden = {
        *("attach", "attach_socket", "exec_run", "exec_create", "exec_start", "put_archive", "get_archive"),
        *("extractall", "build", "commit", "export", "auto_remove"),
    }
    found = []
    for path in Path(container_module.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in forbidden:
                found.append(f"{path.name}:{node.lineno} {node.func.attr}")
            if isinstance(node, ast.keyword) and node.arg == "follow":
                off = isinstance(node.value, ast.Constant) and node.value.value is False
                found += [] if off else [f"{path.name}:{node.value.lineno} {node.arg}"]

    assert found == []
