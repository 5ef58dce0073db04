"""The repository whose sessions are looked for, under every name that a tool may have recorded for its folder."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

_DRIVE = re.compile(r"^(?:[A-Za-z]:[\\/]|\\\\)")
_WORKTREES = 100
_POINTER = 4_096


class RepositoryError(Exception):
    """The folder can't stand for one repository; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Repository:
    """`root` is the folder as it lies on disk; `names` are all the spellings of it, and of its worktrees.

    `spellings` are the same as the system writes them. `has_git` is False for a folder without `.git`, which is then
    taken as it is. `fold`: letter case makes no difference.
    """

    root: Path
    names: tuple[str, ...]
    spellings: tuple[str, ...]
    has_git: bool
    fold: bool = False
    _known: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def holds(self, recorded: str) -> bool:
        """Whether a folder that a tool recorded is this repository or lies inside it; never for a parent of it."""
        if recorded not in self._known:
            self._known[recorded] = self._holds(recorded)
        return self._known[recorded]

    def _holds(self, recorded: str) -> bool:
        name = spelled(recorded, self.fold)
        if name is None:
            return False
        if not _DRIVE.match(recorded) or os.name == "nt":
            try:
                # What the name leads to decides: a link inside the repository may lead out of it, and the other way.
                there = Path(recorded)
                name = (spelled(str(there.resolve()), self.fold) or name) if there.exists() else name
            except (OSError, ValueError, RuntimeError):
                return False
        return any(name == root or name.startswith(f"{root}/") for root in self.names)


def find_repository(start: Path, home: Path, was: Sequence[Path] = ()) -> Repository:
    """The repository that `start` lies in, or `start` itself where there is none around it.

    `was`: folders in which it lay before, so that sessions from then count too.
    A home folder is never taken for a submission, even when it is a repository (of settings): every session of the
    machine would lie inside it. Raises RepositoryError for a home folder, a parent of it, and a folder that is missing.
    """
    if not start.is_dir():
        raise RepositoryError(f"{start} is not a folder: go to your repository, or name it.")
    here = start.resolve()
    around = {home.resolve(), *home.resolve().parents}
    for folder in was:
        if folder.expanduser().resolve() in around:
            raise RepositoryError(
                f"{folder} is a home folder, or a folder around it: name the repository's own folder."
            )
    if here in around:
        raise RepositoryError("This is your home folder, or a folder around it: go to the repository that you hand in.")
    for folder in (here, *here.parents):
        if folder in around:
            break
        if (folder / ".git").exists():
            return _made(folder, start, was, has_git=True)
    return _made(here, start, was, has_git=False)


def spelled(recorded: str, fold: bool) -> str | None:
    """A recorded path in the form that is compared; None for one that is relative or not a path."""
    if not recorded or len(recorded) > 4_096 or "\x00" in recorded:
        return None
    text = recorded
    if _DRIVE.match(text):
        text = text.replace("\\", "/")
        text = text[0].casefold() + text[1:]
    elif not text.startswith("/"):
        return None
    parts: list[str] = []
    for part in text.split("/"):
        if part == "..":
            parts[-1:] = []
        elif part not in ("", "."):
            parts.append(part)
    name = ("" if _DRIVE.match(recorded) else "/") + "/".join(parts)
    return name.casefold() if fold else name


def _made(root: Path, start: Path, was: Sequence[Path], *, has_git: bool) -> Repository:
    fold = sys.platform in ("win32", "darwin")
    spellings = [str(root)]
    # `start` may have been written through a link; what lies above it by the same number of steps is the root.
    depth = len(start.resolve().parts) - len(root.parts)
    written = Path(os.path.abspath(start))  # noqa: PTH100 - resolve() would follow the link that is to be kept
    if depth < len(written.parts):
        above = written if depth == 0 else written.parents[depth - 1]
        if above.resolve() == root:
            spellings.append(str(above))
    for folder in was:
        spellings += [os.path.abspath(folder.expanduser()), str(folder.expanduser().resolve())]  # noqa: PTH100 - as above
    if has_git:
        spellings += [str(path) for path in _worktrees(root)]
    names = [name for spelling in spellings if (name := spelled(spelling, fold)) and name.count("/") > 1]
    names = list(dict.fromkeys(names or [spelled(str(root), fold) or str(root)]))
    return Repository(root, tuple(names), tuple(dict.fromkeys(spellings)), has_git, fold)


def _worktrees(root: Path) -> list[Path]:
    """The other folders in which the same repository is checked out, by the notes that git keeps of them.

    A note counts when the folder it names points back: nobody else's folder comes in by what a repository says of it.
    """
    git = root / ".git"
    found: list[Path] = []
    try:
        own = _kept_in(root)
        if own is not None:
            if own.parent.name != "worktrees" or _checked_out(own) != root:
                return []  # a submodule: what is around it is another repository
            git = own.parent.parent
            if git.name == ".git":
                found.append(git.parent)
        for place in sorted((git / "worktrees").iterdir())[:_WORKTREES] if (git / "worktrees").is_dir() else []:
            folder = _checked_out(place)
            if folder is not None and folder != root and _kept_in(folder) == place.resolve():
                found.append(folder)
    except (OSError, ValueError, RuntimeError):
        return found
    return found


def _kept_in(folder: Path) -> Path | None:
    """Where git keeps what belongs to a folder whose `.git` is a file that points there; None for any other folder."""
    pointer = folder / ".git"
    if not pointer.is_file():
        return None
    return (folder / _read(pointer).removeprefix("gitdir:").strip()).resolve()


def _checked_out(place: Path) -> Path | None:
    """The folder that git's note in `.git/worktrees/<name>` names."""
    note = place / "gitdir"
    pointer = Path(_read(note).strip()) if note.is_file() else Path()
    return pointer.parent.resolve() if pointer.name == ".git" and pointer.is_absolute() else None


def _read(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_POINTER).decode("utf-8", "replace")
