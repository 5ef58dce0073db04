"""Memory of sockets: bounded in the container's own control group, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import socket_memory
from sandbox.socket_memory import LIMIT, bound_socket_memory

CONTAINER = "4f" * 32


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up machine with one process, number 7, and a control group of its container's."""
    monkeypatch.setattr(socket_memory, "PROCESSES", tmp_path)
    monkeypatch.setattr(socket_memory, "MOUNT", tmp_path / "memory")
    for group in (f"docker/{CONTAINER}", f"system.slice/docker-{CONTAINER}.scope"):
        (tmp_path / "memory" / group).mkdir(parents=True)
    (tmp_path / "7").mkdir()
    return tmp_path


@pytest.mark.parametrize("group", [f"docker/{CONTAINER}", f"system.slice/docker-{CONTAINER}.scope"])
@pytest.mark.parametrize(("memory", "bound"), [(64, 16), (2048, 512)])
def test_a_share_of_the_memory(machine: Path, group: str, memory: int, bound: int) -> None:
    """A quarter of the limit, and 16 MiB at least, with either driver of control groups."""
    (machine / "7" / "cgroup").write_text(f"12:pids:/other\n9:memory:/{group}\n0::/\n")
    assert bound_socket_memory(CONTAINER, 7, memory << 20)
    assert (machine / "memory" / group / LIMIT).read_text() == str(bound << 20)


@pytest.mark.parametrize(
    "groups",
    [
        "",
        "nonsense\n",
        "9:memory:/docker/another\n",
        f"9:pids:/docker/{CONTAINER}\n",
        f"9:memory:/../{CONTAINER}\n",
        f"9:memory:/not/there/{CONTAINER}\n",
    ],
)
def test_nothing_else_is_touched(machine: Path, groups: str) -> None:
    """Another process has the number by now, or the group lies elsewhere: told, and nothing is written."""
    (machine / "7" / "cgroup").write_text(groups)
    assert not bound_socket_memory(CONTAINER, 7, 64 << 20)
    assert not bound_socket_memory(CONTAINER, 8, 64 << 20)
    assert not list(machine.rglob(LIMIT))
