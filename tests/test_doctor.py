"""The doctor tells what is missing, measures what counts, and mends only what is its to mend."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from package_index import serve_index

from harness.cli import cli
from sandbox import doctor, launch, leftovers, measure, profile, repair
from sandbox.doctor import Check
from sandbox.engine import Engine, SandboxError
from sandbox.images import Image


def by_name(checks: tuple[Check, ...]) -> dict[str, Check]:
    return {check.name: check for check in checks}


@pytest.fixture
def _own_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test of the doctor asks the real index."""
    with serve_index() as served:
        index = served.index
    monkeypatch.setattr(doctor, "user_index", lambda: index)


@pytest.mark.usefixtures("_own_index")
def test_without_an_engine_everything_else_is_still_told(tmp_path: Path) -> None:
    """No engine, and an index that does not answer: two checks fail, each with a remedy, and nothing raises."""
    found = by_name(doctor.checks(tmp_path))
    assert found["container engine"].held is False
    assert "doctor --fix" in found["container engine"].remedy
    assert found["package index"].held is False
    assert found["package index"].remedy
    assert found["git"].held is True
    assert found["free disk for the cache"].held is not None


def test_too_little_disk_and_old_git_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Figures that are too low fail, with what to do."""
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=1))
    assert by_name(tuple(doctor._machine(tmp_path)))["free disk for the cache"].held is False
    monkeypatch.setattr(doctor, "_said", lambda _: "git version 2.30.9\n")
    assert doctor._git().held is False
    monkeypatch.setattr(doctor, "_said", lambda _: "")
    assert doctor._git().detail == "not found"


@pytest.mark.parametrize(
    ("version", "held"),
    [
        ("1.1.5+ds1", None),
        ("1.2.7", None),
        ("1.2.8", True),
        ("1.3.2", None),
        ("1.3.3", True),
        ("1.4.0", True),
        ("x", None),
    ],
)
def test_an_old_runtime_is_pointed_at(version: str, held: bool | None) -> None:
    """Versions with known escapes are worth a look, though a distribution may have mended them."""
    check = doctor._runtime(version)
    assert check.held is held
    assert bool(check.remedy) == (held is None)


NAMES = {
    "files of this machine reach containers", "forks bounded", "memory bounded", "disk bounded", "inodes bounded",
    "no egress", "host out of reach", "no DNS", "vsock refused", "AF_ALG refused", "io_uring refused",
    "user namespaces refused", "no new privileges", "setuid useless", "read-only root", "killed under a flood",
    "output bounded", "socket memory bounded",
}  # fmt: skip
"""All that is measured; SECURITY.md promises these."""


@pytest.mark.docker
def test_what_is_measured_holds(engine: Engine, python_image: Image) -> None:
    """On an engine that is fit for grading, every limit and every wall of the profile holds when it is tried."""
    found = measure.measure(engine, python_image)
    assert {one.name for one in found} == NAMES
    assert [one for one in found if not one.held] == []


@pytest.fixture
def open_network(engine: Engine) -> Iterator[str]:
    """A network of the engine's that leads outside, for the length of a test."""
    name = engine.name("open")
    engine.client.api.create_network(name, driver="bridge", labels=engine.labels("sandbox", 600))
    yield name
    engine.client.api.remove_network(name)


@pytest.mark.docker
def test_a_wall_that_is_missing_is_seen(
    engine: Engine, python_image: Image, open_network: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With each wall taken down, the same probes say "not held": they really measure."""

    def weak(*arguments: Any) -> dict[str, Any]:
        options = profile.creation(*arguments)
        host = options["host_config"]
        host |= {"network_mode": open_network, "pids_limit": 512, "mem_limit": 2**29, "memswap_limit": 2**29}
        host |= {"read_only": False, "security_opt": ["seccomp=unconfined"], "ulimits": []}
        host["tmpfs"] = {
            place: re.sub("nr_inodes=[0-9]+", "nr_inodes=9999", re.sub("size=[0-9]+m", "size=64m", told)) + ",mode=1777"
            for place, told in host["tmpfs"].items()
        }
        return options

    room = tmp_path / "room"
    shutil.copytree(launch.ROOM, room)
    with (room / "system_calls.py").open("a") as file:
        file.write("\n\ndef install(program):\n    return None\n")
    monkeypatch.setattr("sandbox.container.creation", weak)
    monkeypatch.setattr("sandbox.container.bound_socket_memory", lambda *_: False)
    monkeypatch.setattr("sandbox.launch.ROOM", room)
    found = {one.name: one.held for one in measure.look_inside(engine, python_image)}

    assert found["files of this machine reach containers"] is True
    assert found["setuid useless"] is True  # the images have no setuid program, whatever the profile
    missing = {name for name, held in found.items() if not held}
    assert missing >= {
        "forks bounded", "memory bounded", "disk bounded", "inodes bounded", "no egress", "host out of reach",
        "socket memory bounded", "vsock refused", "io_uring refused", "user namespaces refused", "no new privileges",
        "read-only root",
    }  # fmt: skip


FOUND: dict[str, Any] = {
    "nonce": True, "interfaces": ["lo"], "routes": 0, "reached": ["ENETUNREACH", "EADDRNOTAVAIL"], "resolved": "",
    "doors": {"192.0.2.7:80": "ENETUNREACH"},
    "asked": dict.fromkeys(("vsock", "AF_ALG", "io_uring", "user namespaces"), "EPERM"),
    "no_new_privileges": 1, "capabilities": "0000000000000000", "written": [], "setuid": False, "setuid_told": "no",
    "filled_mib": 16, "made": 62, "children": 29, "eaten_mib": 40, "eater": 9, "buffered_mib": 18,
}  # fmt: skip
"""What the probe says in a sandbox that holds."""


def not_held(said: dict[str, Any], *, came: bool = False, died: bool = False, guest: bool = False) -> list[str]:
    told = measure._told(said, measure.MEASURED, came, died=died, guest=guest)
    return [one.name for one in told if one.held is False]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"nonce": False}, "files of this machine reach containers"),
        ({"children": 64}, "forks bounded"),
        ({"children": 0}, "forks bounded"),
        ({"eater": 0, "eaten_mib": 192}, "memory bounded"),
        ({"buffered_mib": 160}, "socket memory bounded"),
        ({"filled_mib": 24}, "disk bounded"),
        ({"made": 128}, "inodes bounded"),
        ({"interfaces": ["eth0", "lo"]}, "no egress"),
        ({"routes": 1}, "no egress"),
        ({"reached": ["EAGAIN", "ENETUNREACH"]}, "no egress"),
        ({"reached": ["ENETUNREACH", "ECONNREFUSED"]}, "no egress"),
        ({"doors": {"192.0.2.7:80": "connected"}}, "host out of reach"),
        ({"resolved": "192.0.2.80"}, "no DNS"),
        ({"asked": {**FOUND["asked"], "vsock": "allowed"}}, "vsock refused"),
        ({"asked": {**FOUND["asked"], "AF_ALG": "allowed"}}, "AF_ALG refused"),
        ({"asked": {**FOUND["asked"], "io_uring": "allowed"}}, "io_uring refused"),
        ({"asked": {**FOUND["asked"], "user namespaces": "allowed"}}, "user namespaces refused"),
        ({"no_new_privileges": 0}, "no new privileges"),
        ({"capabilities": "00000000a80425fb"}, "no new privileges"),
        ({"setuid": True}, "setuid useless"),
        ({"written": ["/dev"]}, "read-only root"),
    ],
)
def test_each_thing_that_does_not_hold_is_told_apart(change: dict[str, Any], name: str) -> None:
    """One word of the probe that is not as it should be: one line says "not held", and no other."""
    assert not_held(FOUND) == []
    assert not_held({**FOUND, **change}) == [name]


def test_a_sandbox_that_ends_of_too_much_is_bounded() -> None:
    """The kernel ends the whole sandbox, before the probe could say so: the limit binds. A visitor at the door: not."""
    silent = {name: value for name, value in FOUND.items() if name != "eater"}
    assert not_held(silent, died=True) == []
    assert not_held({**FOUND, "children": None, "made": 128}, guest=True) == []
    assert not_held(FOUND, came=True) == ["host out of reach"]
    assert not_held({**FOUND, "interfaces": ["lo", "sit0", "tunl0"]}) == []  # some kernels have them everywhere, idle
    with pytest.raises(LookupError):
        not_held(silent)


@pytest.mark.usefixtures("_own_index")
def test_the_command_tells_it_as_json() -> None:
    """`harness doctor --quick --json` without an engine: a list of what was looked at, and the exit code for ours."""
    done = CliRunner().invoke(cli, ["doctor", "--quick", "--json", "--runtime", "runsc"])

    told = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.exit_code == 3
    assert told["container engine"]["held"] is False
    assert told["container engine"]["remedy"]
    assert told["git"]["held"] is True


@pytest.mark.docker
def test_a_quick_visit_measures_nothing(engine: Engine, cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --quick no container is made, and the rest is told; a runtime that is not there is told too."""
    monkeypatch.setattr(doctor, "measure", lambda *_: pytest.fail("measured"))
    monkeypatch.setenv("HARNESS_RUNTIME", "no-such-runtime")
    found = by_name(doctor.checks(cache_folder, quick=True))

    assert found["container engine"].held is True
    assert not NAMES & set(found)
    assert found["runtime"].held is False
    assert "no-such-runtime" in found["runtime"].detail
    assert found["runtime"].remedy


@pytest.mark.docker
def test_the_whole_visit(engine: Engine, python_image: Image, cache_folder: Path) -> None:
    """On a machine that grades, nothing fails, each check has a detail, and it takes seconds."""
    began = time.monotonic()
    found = doctor.checks(cache_folder)
    assert time.monotonic() - began < 60
    assert [check for check in found if check.held is False] == []
    assert all(check.detail for check in found)
    assert {check.name for check in found} >= {*NAMES, "runtime"}


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that repair would run, written down instead."""
    ran: list[list[str]] = []
    monkeypatch.setattr(repair, "_run", ran.append)
    return ran


def finds(*programs: str) -> Callable[[str], str | None]:
    return lambda name: f"/usr/bin/{name}" if name in programs else None


def test_installs_an_engine_on_debian_as_root(monkeypatch: pytest.MonkeyPatch, commands: list[list[str]]) -> None:
    """As root on Debian, with no engine at all: apt-get installs it, and each command is said before it runs."""
    said: list[str] = []
    monkeypatch.setattr(repair.os, "geteuid", lambda: 0)
    monkeypatch.setattr(repair.shutil, "which", finds("apt-get"))
    repair.install_engine(said.append)
    assert [command[:2] for command in commands] == [["apt-get", "update"], ["apt-get", "install"]]
    assert {"docker.io", "mmdebstrap"} <= set(commands[1])
    assert [line.startswith("running apt-get") for line in said] == [True, True]


@pytest.mark.parametrize(("user", "programs"), [(1000, ("apt-get",)), (0, ())])
def test_installs_nothing_where_that_is_not_its_to_do(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]], user: int, programs: tuple[str, ...]
) -> None:
    """Not root, or not Debian: it says what to do and runs nothing."""
    monkeypatch.setattr(repair.os, "geteuid", lambda: user)
    monkeypatch.setattr(repair.shutil, "which", finds(*programs))
    with pytest.raises(SandboxError, match="install Docker"):
        repair.install_engine(print)
    assert not commands


def test_an_engine_that_is_installed_is_not_installed_again(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]]
) -> None:
    """dockerd is there and only does not run: nothing is installed."""
    monkeypatch.setattr(repair.shutil, "which", finds("dockerd", "apt-get"))
    repair.install_engine(print)
    assert not commands


def test_where_an_engine_answers_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]], tmp_path: Path
) -> None:
    """With an engine that answers, a missing mmdebstrap is only spoken of."""
    said: list[str] = []
    monkeypatch.setattr(repair, "_problem", lambda _: None)
    monkeypatch.setattr(repair.shutil, "which", finds())
    monkeypatch.setattr(repair.images, "PROFILES", {})
    monkeypatch.setattr(repair.Engine, "connect", classmethod(lambda cls, cache: cls(cache)))
    repair.repair(said.append, tmp_path)
    assert not commands
    assert "apt-get install mmdebstrap" in said[0]


def test_an_engine_elsewhere_that_does_not_answer_brings_none_here(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]], tmp_path: Path
) -> None:
    """DOCKER_HOST names an engine that does not answer: that is told, and nothing is installed or started here."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    monkeypatch.setattr(repair.os, "geteuid", lambda: 0)
    monkeypatch.setattr(repair.shutil, "which", finds("apt-get", "dockerd"))
    with pytest.raises(SandboxError, match=r"nobody\.sock"):
        repair.repair(print, tmp_path)
    assert not commands


def test_a_user_who_may_not_use_the_engine_is_told_so(
    monkeypatch: pytest.MonkeyPatch, commands: list[list[str]], tmp_path: Path
) -> None:
    """The engine runs and this user may not reach it: the advice is the group, not another engine."""

    def refused(*_: object) -> Engine:
        raise SandboxError("join the group that owns the socket") from PermissionError(13, "Permission denied")

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setattr(repair.Engine, "connect", refused)
    monkeypatch.setattr(repair.shutil, "which", finds("apt-get"))
    with pytest.raises(SandboxError, match="join the group"):
        repair.repair(print, tmp_path)
    assert not commands


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dockerd"), reason="only root can start a second engine")
def test_starts_an_engine_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without systemd dockerd is started in the background, waited for, and its output kept.

    The second engine gets a network of its own: with --bridge=none it would remove docker0 from this machine's.
    """
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "dockerd").write_text(f'#!/bin/sh\nexec unshare --net {shutil.which("dockerd")} "$@"\n')
    (tmp_path / "bin" / "dockerd").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    address = f"unix://{tmp_path}/docker.sock"
    arguments = [
        f"--host={address}", f"--data-root={tmp_path}/data", f"--exec-root={tmp_path}/exec", "--storage-driver=vfs",
        f"--pidfile={tmp_path}/docker.pid", "--bridge=none", "--iptables=false",
    ]  # fmt: skip

    def answers() -> bool:
        try:
            with Engine.connect(tmp_path / "cache", address=address):
                return True
        except SandboxError:
            return False

    said: list[str] = []
    process = repair.start_engine(said.append, tmp_path / "engine.log", answers=answers, arguments=arguments)
    assert process is not None
    try:
        assert answers()
        assert process.poll() is None
        assert (tmp_path / "engine.log").stat().st_size > 0
        assert "starting" in said[0]
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("dockerd"), reason="only root can start a second engine")
def test_an_engine_that_ends_at_once_is_told(tmp_path: Path) -> None:
    """dockerd that does not start is a message with the place of its log, not a wait for a minute."""
    began = time.monotonic()
    with pytest.raises(SandboxError, match=r"engine\.log"):
        repair.start_engine(print, tmp_path / "engine.log", answers=lambda: False, arguments=["--no-such-option"])
    assert time.monotonic() - began < 20


def test_old_leftovers_are_removed_and_young_ones_kept(tmp_path: Path) -> None:
    """What a killed run left half-made goes after a day; locks, finished things and fresh work stay."""
    for name in (".old.1", ".young.2"):
        (tmp_path / name / "tree").mkdir(parents=True)
    (tmp_path / ".old.tar.3").write_text("x")
    (tmp_path / ".key.lock").write_text("")
    (tmp_path / "finished").mkdir()
    long_ago = time.time() - 2 * leftovers.OLD_SECONDS
    for name in (".old.1", ".old.tar.3", ".key.lock", "finished"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    assert leftovers.sweep_leftovers(tmp_path) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [".key.lock", ".young.2", "finished"]
