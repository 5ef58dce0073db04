"""The hardened profile, as the engine gets it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sandbox.engine import Engine
from sandbox.profile import SANDBOX_USER, Bind, Limits, Profile, Tmpfs, creation


def options(profile: Profile, *, cgroup_version: int = 2, cpus: int = 2) -> dict[str, Any]:
    engine = SimpleNamespace(
        cgroup_version=cgroup_version, cpus=cpus, labels=lambda role, seconds: {"harness.role": role}
    )
    return creation(cast(Engine, engine), profile, "sha256:abc", ["true"], {"A": "1"}, 60)


def profile(**changes: Any) -> Profile:
    return Profile(**{"role": "sandbox", "user": SANDBOX_USER, "limits": Limits(), **changes})


def test_nothing_that_confines_is_missing() -> None:
    """Every line of the profile stands: no root, no network, nothing writable, no capability, every count bounded."""
    made = options(profile())
    host = made["host_config"]

    assert made["user"] == "65532:65532"
    assert host["network_mode"] == "none"
    assert host["read_only"] is True
    assert host["cap_drop"] == ["ALL"]
    assert host["privileged"] is False
    assert host["security_opt"] == ["no-new-privileges:true"]
    assert host["pids_limit"] == 128
    assert host["mem_limit"] == host["memswap_limit"] == 512 * 2**20
    assert host["ipc_mode"] == "private"
    assert {limit["Name"]: limit["Hard"] for limit in host["ulimits"]} == {
        "nofile": 1024,
        "fsize": 64 * 2**20,
        "core": 0,
        "msgqueue": 0,
        "memlock": 0,
    }
    assert host["log_config"]["Config"] == {"max-size": "1024k", "max-file": "2"}
    assert made["stop_signal"] == "SIGKILL"
    assert "hostname" in made


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
