"""A replay: a folder of files made into a git repository with a given history, the same ids each time.

So the example submissions of a challenge are graded by the very route that candidates' repositories take.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.commit_stream import CommitStream
from sandbox.engine import SandboxError

IGNORED = frozenset({".git", "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache", ".coverage", ".DS_Store"})


@dataclass(frozen=True, slots=True)
class CommitPlan:
    """One commit to make. `date` has an offset, `author` is `Name <mail>`; `paths` are globs relative to the folder.

    A file comes in its final form with the first commit that names it; a glob that names a folder means all of it.
    """

    message: str
    date: datetime
    author: str
    paths: tuple[str, ...]


def build_repository(folder: Path, commits: Sequence[CommitPlan], into: Path) -> Path:
    """Make a bare repository at `into` (a new or an empty folder) of the files below `folder`; give `into` back.

    Nothing of this machine gets in: neither its time, user or umask, nor git's configuration. Raises SandboxError
    for a plan that leaves a file out, names one that does not exist, or can't be read.
    """
    files = _files(folder)
    if into.exists() and any(into.iterdir()):
        raise SandboxError(f"{into} is not empty. Name a folder that is new or empty.")
    if not commits or any(commit.date.tzinfo is None for commit in commits):
        raise SandboxError("The plan holds no commit, or one whose date has no offset. Mend it (…T18:00:00+01:00).")
    missing = dict.fromkeys(files)
    with CommitStream(into) as stream:
        for commit in commits:
            named = [path for pattern in commit.paths for path in _matching(folder, pattern, files)]
            stream.start_commit(
                commit.message, _person(commit.author), int(commit.date.timestamp()), _offset(commit.date)
            )
            for path in sorted(set(named)):
                if path in missing:
                    del missing[path]
                    stream.add(os.fsencode(path), *files[path])
        if missing:
            raise SandboxError(f"No commit of the plan names {next(iter(missing))}. Add it to the last one's paths.")
    return into


def _files(folder: Path) -> dict[str, tuple[str, bytes]]:
    files: dict[str, tuple[str, bytes]] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in sorted([*names, *links]):
            path = Path(place) / name
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                files[relative] = ("120000", os.fsencode(path.readlink()))
            elif name not in IGNORED and not name.endswith(".pyc"):
                executable = path.stat().st_mode & stat.S_IXUSR
                files[relative] = ("100755" if executable else "100644", path.read_bytes())
    if not files:
        raise SandboxError(f"{folder} holds no files to commit. Check the path.")
    return files


def _matching(folder: Path, pattern: str, files: dict[str, tuple[str, bytes]]) -> list[str]:
    if pattern in (".", "**", "**/*"):
        return list(files)
    try:
        places = [place.relative_to(folder).as_posix() for place in folder.glob(pattern)]
    except (ValueError, NotImplementedError):
        raise SandboxError(f"The plan of commits: {pattern!r} is not a glob below the submission. Mend it.") from None
    starts = tuple(f"{place}/" for place in places)
    found = [path for path in files if path in set(places) or path.startswith(starts)]
    if not found:
        raise SandboxError(f"The plan of commits: {pattern!r} names no file of the submission. Mend it.")
    return found


def _offset(date: datetime) -> str:
    return date.strftime("%z")[:5]


def _person(author: str) -> tuple[str, str]:
    name, _, email = author.partition("<")
    return name.strip(), email.strip().removesuffix(">")
