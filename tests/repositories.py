"""Real git repositories for tests, made by git itself, without a work tree: their files may have any name."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MOMENT = 1_764_000_000
"""Seconds: when the first commit was made; each further one an hour later."""


@dataclass(frozen=True)
class Link:
    """A symbolic link to `target`."""

    target: str | bytes


@dataclass(frozen=True)
class Submodule:
    """A submodule at `commit`."""

    commit: str = "1" * 40


@dataclass(frozen=True)
class Program:
    """A file that can be run."""

    content: str | bytes


Content = str | bytes | Link | Submodule | Program | None
"""A file's content; None takes the file away."""


@dataclass(frozen=True)
class Change:
    """One commit: what it changes, and what it says. `moment` and `zone` as git writes them."""

    files: Mapping[str | bytes, Content]
    message: str | bytes = "Work"
    author: str = "Ada Lovelace <ada@example.org>"
    moment: int | None = None
    zone: str = "+0000"


def run(repository: Path, *arguments: str, feed: bytes | None = None) -> str:
    """Run git in `repository` with nothing of the user's configuration; give its output without the last line end."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "HOME": "/dev/null"}
    done = subprocess.run(
        ["git", "-c", "core.hooksPath=/dev/null", *arguments],
        cwd=repository,
        env=environment,
        input=feed,
        stdin=None if feed is not None else subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode("utf-8", "replace").removesuffix("\n")


def make_repository(
    path: Path,
    files: Mapping[str | bytes, Content] | None = None,
    commits: Sequence[Change] = (),
    *,
    branch: str = "main",
    bare: bool = False,
) -> Path:
    """Make a repository at `path`: `files` in its first commit (None: none), then each of `commits`; give `path` back.

    Not bare: the repository is `path/.git`, and the work tree holds nothing (the commits hold all).
    """
    path.mkdir(parents=True, exist_ok=True)
    run(path, "init", "--quiet", "--template=", f"--initial-branch={branch}", *(["--bare"] if bare else []), ".")
    changes = ([Change(files, "Start")] if files is not None else []) + list(commits)
    if changes:
        add_commits(path, changes, branch=branch)
    return path


def add_commits(path: Path, commits: Sequence[Change], *, branch: str = "main", parent: str | None = None) -> str:
    """Add commits to `branch` (a new one starts at `parent`); give the id of the last."""
    ref = branch if branch.startswith("refs/") else f"refs/heads/{branch}"
    stream: list[bytes] = []
    for number, commit in enumerate(commits):
        moment = MOMENT + 3600 * number if commit.moment is None else commit.moment
        person = f"{commit.author} {moment} {commit.zone}".encode()
        stream.append(b"commit %s\nauthor %s\ncommitter %s\n" % (ref.encode(), person, person))
        stream.append(_data(commit.message))
        if parent and number == 0:
            stream.append(b"from %s\n" % parent.encode())
        for name, content in commit.files.items():
            stream.append(_file(name.encode() if isinstance(name, str) else name, content))
    run(path, "fast-import", "--quiet", "--force", "--date-format=raw-permissive", feed=b"".join(stream))
    return run(path, "rev-parse", ref)


def make_bomb(path: Path, depth: int = 10, width: int = 10) -> Path:
    """A repository of a dozen objects whose one commit holds `width` to the power of `depth` files."""
    make_repository(path, {"innocent.txt": "hello"})
    kind, item = "100644 blob", run(path, "hash-object", "-w", "--stdin", feed=b"boom\n")
    for _ in range(depth):
        listing = "".join(f"{kind} {item}\tf{number}\n" for number in range(width))
        item = run(path, "mktree", feed=listing.encode())
        kind = "040000 tree"
    commit_tree(path, item)
    return path


def commit_tree(path: Path, tree: str) -> str:
    """Make the tree object `tree` the one commit of main; give the commit's id."""
    text = f"tree {tree}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nx\n"
    commit = run(path, "hash-object", "-t", "commit", "-w", "--stdin", feed=text.encode())
    run(path, "update-ref", "refs/heads/main", commit)
    return commit


def _data(content: str | bytes) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return b"data %d\n%s\n" % (len(raw), raw)


def _file(name: bytes, content: Content) -> bytes:
    quoted = b'"%s"' % b"".join(b"\\%03o" % byte for byte in name)
    if content is None:
        return b"D %s\n" % quoted
    if isinstance(content, Submodule):
        return b"M 160000 %s %s\n" % (content.commit.encode(), quoted)
    if isinstance(content, Link):
        return b"M 120000 inline %s\n" % quoted + _data(content.target)
    if isinstance(content, Program):
        return b"M 100755 inline %s\n" % quoted + _data(content.content)
    return b"M 100644 inline %s\n" % quoted + _data(content)
