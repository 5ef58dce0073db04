"""Files on the candidate's machine: written whole, inside the named folder alone, and never over somebody's work."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path, PurePosixPath

LINE = 65_536


class CandidateFileError(Exception):
    """A file can't be written, or may not be; the message says why and what to do."""


def put_new(folder: Path, name: str, text: str) -> Path:
    """Write a file that is not there yet. Raises CandidateFileError when it is."""
    target = _place(folder, name)
    try:
        with target.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise CandidateFileError(f"{target} is there already and was left as it is; name another file.") from None
    except OSError as reason:
        raise _told(target, reason) from reason
    return target


def put(folder: Path, name: str, text: str) -> Path:
    """Write a file of ours, instead of an earlier one of the same name. Raises CandidateFileError."""
    target = _place(folder, name)
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except OSError as reason:
        with contextlib.suppress(OSError):
            Path(temporary).unlink(missing_ok=True)
        raise _told(target, reason) from reason
    return target


def free_name(folder: Path, first: str, then: str) -> str:
    """`first` where no such file lies in the folder, else `then`, else `then` with a number."""
    stem, _, ending = then.rpartition(".")
    for name in (first, then, *(f"{stem}-{number}.{ending}" for number in range(2, 100))):
        if not os.path.lexists(folder / name):
            return name
    raise CandidateFileError(f"{folder} holds a hundred drafts: remove those that you don't need.")


def first_lines(folder: Path) -> dict[str, str]:
    """The first line of each regular file in a folder, by name; {} when there is no such folder."""
    found: dict[str, str] = {}
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir())[:2_000]:
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    found[path.name] = file.readline(LINE).decode("utf-8", "replace")
    return found


def _place(folder: Path, name: str) -> Path:
    """Where the file goes, with the folders to it made; links on the way are refused: they may lead out."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute():
        raise CandidateFileError(f"{name} does not lie in {folder}: name a file inside it.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        here = folder
        for part in parts[:-1]:
            here = here / part
            if here.is_symlink():
                raise CandidateFileError(f"{here} is a link, and nothing is written through it: name another --out.")
            here.mkdir(exist_ok=True)
    except OSError as reason:
        raise _told(folder, reason) from reason
    target = here / parts[-1]
    if target.is_symlink() or target.is_dir():
        raise CandidateFileError(f"{target} is a link or a folder, and was left as it is: name another --out.")
    return target


def _told(path: Path, reason: OSError) -> CandidateFileError:
    return CandidateFileError(f"{path} can't be written ({reason.strerror or reason}): name another --out.")
