"""The hardened profile, as the engine gets it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.engine import Engine
from sandbox.profile import (
    EXAMINER_USER,
    FEW_USERS,
    KEEPER_USER,
    SANDBOX_USERS,
    Bind,
    Limits,
    Profile,
    Tmpfs,
    brings_own_kernel,
    creation,
    draw_user,
)

USER = SANDBOX_USERS[65]
RUNTIMES = {"runc": {"path": "runc"}, "guest": {"path": "/usr/local/bin/runsc", "runtimeArgs": ["--network=none"]}}


def engine_with(*security: str, cgroup_version: int = 2, cpus: int = 2) -> Engine:
    """What an engine says of itself, as far as the profile asks."""
    told = SimpleNamespace(
        cgroup_version=cgroup_version,
        cpus=cpus,
        labels=lambda role, seconds: {"harness.role": role},
        default_runtime="runc",
        info={"Runtimes": RUNTIMES, "SecurityOptions": list(security)},
    )
    return cast(Engine, told)


def options(profile: Profile, *, cgroup_version: int = 2, cpus: int = 2) -> dict[str, Any]:
    engine = engine_with(cgroup_version=cgroup_version, cpus=cpus)
    return creation(engine, profile, "sha256:abc", ["true"], {"A": "1"}, 60)


def profile(**changes: Any) -> Profile:
    return Profile(**{"role": "sandbox", "user": USER, "limits": Limits(), **changes})


def test_nothing_that_confines_is_missing() -> None:
    """Every line of the profile stands: no root, no network, nothing writable, no capability, every count bounded."""
    made = options(profile())
    host = made["host_config"]

    assert made["user"] == f"{USER}:{USER}"
    assert made["working_dir"] == "/"
    assert host["network_mode"] == "none"
    assert host["read_only"] is True
    assert host["cap_drop"] == ["ALL"]
    assert host["privileged"] is False
    assert host["security_opt"] == ["no-new-privileges:true"]
    assert host["pids_limit"] == 128
    assert host["mem_limit"] == host["memswap_limit"] == 512 * 2**20
    assert host["ipc_mode"] == "private"
    assert host["shm_size"] == 16 * 2**20
    assert host["tmpfs"] == {
        "/dev/shm": f"rw,nosuid,nodev,noexec,size=16m,nr_inodes=1024,uid={USER},gid={USER},mode=1777"
    }
    assert host["oom_score_adj"] == 500
    assert host["restart_policy"] == {"Name": "no"}
    assert {limit["Name"]: limit["Hard"] for limit in host["ulimits"]} == {
        "nofile": 1024,
        "fsize": 64 * 2**20,
        "core": 0,
        "msgqueue": 0,
        "memlock": 0,
    }
    assert host["log_config"]["Config"] == {"max-size": "1024k", "max-file": "2"}
    assert made["stop_signal"] == "SIGKILL"
    assert made["hostname"] == "sandbox"
    assert not {"devices", "ports", "extra_hosts", "volumes", "name", "runtime"} & {*made, *host}


def test_no_limit_by_user_id() -> None:
    """RLIMIT_NPROC counts a user's processes over all containers, so that one run would starve another."""
    assert "nproc" not in {limit["Name"] for limit in options(profile())["host_config"]["ulimits"]}


@pytest.mark.parametrize(("version", "expected"), [(1, True), (2, False)])
def test_swappiness_only_where_the_engine_knows_it(version: int, expected: bool) -> None:
    """cgroup v2 refuses mem_swappiness; v1 needs it."""
    assert ("mem_swappiness" in options(profile(), cgroup_version=version)["host_config"]) is expected


def test_limits_are_clamped_to_what_engines_take() -> None:
    """More CPUs than there are, or less memory than PID 1 needs, would be refused."""
    host = options(profile(limits=Limits(cpus=64, memory_mib=1, processes=1)), cpus=2)["host_config"]

    assert host["nano_cpus"] == 2_000_000_000
    assert host["mem_limit"] == 64 * 2**20
    assert host["pids_limit"] == 32


def test_mounts_fail_when_their_source_is_missing() -> None:
    """Binds are Mounts, read-only unless asked for: the shorthand would make missing folders, as root, on the host."""
    host = options(
        profile(binds=(Bind(Path("/a"), "/x"), Bind(Path("/b"), "/y", writable=True)), volume=("v", "/data"))
    )["host_config"]

    assert [(m["Type"], m["Source"], m["Target"], m["ReadOnly"]) for m in host["mounts"]] == [
        ("bind", "/a", "/x", True),
        ("bind", "/b", "/y", False),
        ("volume", "v", "/data", False),
    ]
    assert host["mounts"][2]["VolumeOptions"]["NoCopy"] is True
    assert "binds" not in host


def test_tmpfs_are_bounded_and_closed() -> None:
    """Size, inodes, owner; never setuid programs or devices; programs only where they are needed."""
    assert Tmpfs("/submission", 128, 100, 65532, programs=True).options() == (
        "rw,nosuid,nodev,exec,size=128m,nr_inodes=100,uid=65532,gid=65532,mode=0700"
    )
    assert "noexec" in Tmpfs("/tmp", 1, 1, 65532, shared=True).options()


def test_a_joined_network_brings_its_own_name() -> None:
    """The engine refuses a host name for a container that joins another's network."""
    assert "hostname" not in options(profile(network="container:abc"))


def test_every_sandbox_has_a_user_of_its_own() -> None:
    """Drawn anew each time, never one of ours, of a person or of a service; a user namespace has only a few to give."""
    plain = [draw_user(engine_with("name=seccomp,profile=default")) for _ in range(200)]
    mapped = [draw_user(engine_with("name=userns")) for _ in range(200)]
    rootless = draw_user(engine_with("name=seccomp,profile=default", "name=rootless"))

    assert len({*plain, *mapped, rootless}) == 401
    assert min(plain) >= 0x70000000
    assert max(plain) < 2**31
    assert min(*mapped, rootless) > 10_000
    assert max(*mapped, rootless) < 65_000
    assert not [one for one in (EXAMINER_USER, KEEPER_USER, 65531) if one in FEW_USERS or one in SANDBOX_USERS]


def test_a_user_of_this_process_is_not_drawn_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chance may give the same number again: it is thrown away."""
    first, second = SANDBOX_USERS[1000], SANDBOX_USERS[1001]
    numbers = iter([first, first, first, second])
    monkeypatch.setattr("sandbox.profile.secrets.choice", lambda _: next(numbers))

    assert [draw_user(engine_with()), draw_user(engine_with())] == [first, second]


def test_a_runtime_is_asked_for_by_its_name() -> None:
    """The engine's default is not named. gVisor's threads count on the host, and it gets more of them."""
    assert "runtime" not in options(profile())["host_config"]
    host = options(profile(runtime="guest"))["host_config"]

    assert host["runtime"] == "guest"
    assert host["pids_limit"] == 8 * 128
    assert host["mem_limit"] == 512 * 2**20
    assert brings_own_kernel(engine_with(), "guest")
    assert not brings_own_kernel(engine_with(), "")
    assert not brings_own_kernel(engine_with(), "unknown")
