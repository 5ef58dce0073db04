"""The repository's commits, asked of the git on the candidate's machine; without git nothing is known of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from graders.candidate.repository import Repository

COMMITS = 2_000
_SECONDS = 20
_QUIET = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false", "-c", "core.quotePath=false")
_OFFLINE = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0"}
"""git neither writes to the repository nor asks a server for what is missing."""


@dataclass(frozen=True, slots=True)
class OwnCommit:
    """A commit: its id, when it was written (UTC), its subject, and the paths that it changed."""

    id: str
    when: datetime
    subject: str
    paths: tuple[str, ...]


def own_commits(repository: Repository) -> tuple[OwnCommit, ...] | None:
    """The commits that HEAD leads to, newest first; None when there is no git here, or it can't say."""
    said = _git(
        repository, "log", f"--max-count={COMMITS}", "--name-only", "-z", "--format=%x1e%H%x1f%aI%x1f%s%x1f", "HEAD"
    )
    if said is None:
        return None
    found = []
    for piece in said.split("\x1e")[1:]:
        identifier, when, subject, names = (*piece.split("\x1f", 3), "", "", "")[:4]
        try:
            at = datetime.fromisoformat(when).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        paths = tuple(name for name in names.replace("\n", "\x00").split("\x00") if name)
        found.append(OwnCommit(identifier, at, subject, paths))
    return tuple(found)


def not_committed(repository: Repository, paths: Sequence[str]) -> tuple[str, ...] | None:
    """Those of the paths that are new, changed or ignored, so that they would not be handed in; None without git."""
    if not paths:
        return ()
    said = _git(repository, "status", "--porcelain", "-z", "--ignored", "--untracked-files=all", "--", *paths[:50])
    if said is None:
        return None
    names = {record[3:] for record in said.split("\x00") if len(record) > 3}
    return tuple(path for path in paths if path in names)


def _git(repository: Repository, *arguments: str) -> str | None:
    program = shutil.which("git") if repository.has_git else None
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *_QUIET, *arguments],
            cwd=repository.root,
            env=os.environ | _OFFLINE,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
