"""The runner of git: its limits hold, its environment is ours, and what it starts ends with it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from repositories import make_repository

from sandbox import git
from sandbox.commit_stream import make_bare
from sandbox.engine import SandboxError
from sandbox.git import run_git, stream_git


def test_importing_fetch_does_not_import_gitpython() -> None:
    """`harness --help` must not pay a quarter of a second for it."""
    code = "import sys, sandbox.git, sandbox.fetch; sys.exit('git' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(git.__file__).parents[1]).returncode == 0


def test_a_command_gives_its_output_errors_and_code(tmp_path: Path) -> None:
    """Good and bad ends are told apart by code, never by text."""
    bare = make_repository(tmp_path / "demo", {"a": "1\n"}, bare=True)
    assert run_git(["rev-parse", "main"], git_dir=bare, seconds=10).good
    ended = run_git(["rev-parse", "--verify", "nothing"], git_dir=bare, seconds=10)
    assert (ended.good, ended.code, ended.stopped) == (False, 128, None)
    assert "fatal" in ended.errors


def test_output_beyond_the_limit_stops_git(tmp_path: Path) -> None:
    """A flood is cut, and the process is gone."""
    bare = make_repository(tmp_path / "demo", {"a": b"x" * 3_000_000}, bare=True)
    ended = run_git(["cat-file", "blob", "main:a"], git_dir=bare, seconds=10, output_limit=1000)
    assert ended.stopped == "output"
    assert ended.output == b"x" * 1000


@pytest.mark.slow
def test_a_deadline_ends_git_and_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git, its remote helper and its ssh are one group; none of them outlives the deadline."""
    make_bare(tmp_path / "bare")
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"ssh://127.0.0.1:{server.getsockname()[1]}/x"
        started = time.monotonic()
        ended = run_git(["ls-remote", "--", address], seconds=0.5, protocol="ssh")
        assert ended.stopped == "deadline"
        assert time.monotonic() - started < 2
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert address not in listed
    assert f"-p {address.split(':')[-1].split('/')[0]}" not in listed


def test_the_largest_file_that_git_may_write_is_bounded(tmp_path: Path) -> None:
    """RLIMIT_FSIZE holds also between two looks at the folder."""
    make_bare(tmp_path / "bare")
    (tmp_path / "content").write_bytes(os.urandom(400_000))
    with (tmp_path / "content").open("rb") as feed:
        ended = run_git(
            ["hash-object", "-w", "--stdin"], git_dir=tmp_path / "bare", feed=feed, seconds=10, file_bytes=100_000
        )
    assert not ended.good


def test_a_folder_that_outgrows_its_limit_stops_git(tmp_path: Path) -> None:
    """The folder is looked at while git works, not only when it is done."""
    make_bare(tmp_path / "bare")
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as feed, os.fdopen(writing, "wb"):
        ended = run_git(
            ["cat-file", "--batch"], git_dir=tmp_path / "bare", feed=feed, seconds=10, watched=(tmp_path / "bare", 10)
        )
    assert ended.stopped == "size"


def test_git_sees_nothing_but_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the user's environment only paths, proxies, certificates and the key agent; our settings come on top."""
    for name in (
        "GIT_DIR",
        "GIT_SSH",
        "GIT_TRACE",
        "AWS_SECRET_ACCESS_KEY",
        "HARNESS_GIT_TOKEN",
        "BASH_ENV",
        "PYTHONPATH",
    ):
        monkeypatch.setenv(name, "planted")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/run/agent")
    # `git var` knows no list of the environment, but an alias that runs a program of ours does.
    ended = run_git(["show-environment"], seconds=10, configuration={"alias.show-environment": "!env"})
    seen = dict(line.split("=", 1) for line in ended.output.decode().splitlines() if "=" in line)
    assert "planted" not in seen.values()
    assert seen["SSH_AUTH_SOCK"] == "/run/agent"
    assert seen["GIT_CONFIG_NOSYSTEM"] == "1"
    assert seen["GIT_TERMINAL_PROMPT"] == "0"
    assert seen["GIT_ALLOW_PROTOCOL"] == "none"
    assert "BatchMode=yes" in seen["GIT_SSH_COMMAND"]


def test_no_transport_is_allowed_that_was_not_asked_for(tmp_path: Path) -> None:
    """Without a protocol named, not even a local one is used."""
    bare = make_repository(tmp_path / "demo", {"a": "1\n"}, bare=True)
    ended = run_git(["ls-remote", "--", str(bare)], seconds=10)
    assert "not allowed" in ended.errors
    ended = run_git(["ls-remote", "--", f"ext::touch {tmp_path}/marker"], seconds=10, protocol="file")
    assert "not allowed" in ended.errors
    assert not (tmp_path / "marker").exists()


def test_a_reader_that_gives_up_leaves_no_process(tmp_path: Path) -> None:
    """Leaving the block early, also by an exception, kills what still runs."""
    bare = make_repository(tmp_path / "demo", {"a": b"x" * 9_000_000}, bare=True)
    with contextlib.suppress(KeyError), stream_git(["cat-file", "blob", "main:a"], git_dir=bare, seconds=30) as stream:
        assert stream.read(10) == b"x" * 10
        raise KeyError
    assert stream.ended().code != 0


def test_missing_and_old_git_are_our_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both say what to install."""
    git.git_version.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxError, match="git is not installed"):
        git.check_git()
    monkeypatch.undo()
    monkeypatch.setattr(git, "git_version", lambda: (2, 20, 1))
    with pytest.raises(SandboxError, match=r"git 2\.20\.1 is too old"):
        git.check_git()
    assert not git.can_stay_partial()
    monkeypatch.setattr(git, "git_version", lambda: (2, 39, 5))
    assert git.can_stay_partial()
