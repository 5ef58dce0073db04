"""A mirror: a bare repository of ours that borrows the objects of a given one, so that git never runs inside that.

A repository's own configuration and hooks run programs in a dozen commands of git (SECURITY G06), and git refuses one
that belongs to somebody else (G07). The mirror takes HEAD, the branches and the list of where a shallow history
ends; its objects are the given ones, lent by path; its configuration is ours.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from sandbox.refusal import SubmissionRefused, printable

REFS_LIMIT = 20_000
PACKED_LIMIT = 16 * 1024 * 1024
_ID = re.compile(rb"[0-9a-f]{40}")
_BRANCH = re.compile(rb"refs/(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)|/\.|/$))[^\x00-\x20~^:?*\[\\\x7f]{1,250}")
CONFIGURATION = """\
[core]
\trepositoryformatversion = 0
\tbare = true
\tcommitGraph = false
\tmultiPackIndex = false
\tbigFileThreshold = 4m
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[pack]
\tthreads = 2
\twindowMemory = 128m
"""


def find_repository(folder: Path) -> Path:
    """The folder that holds the objects of the repository at `folder` (a work tree or a bare one).

    Raises SubmissionRefused when there is none, or it can't be read.
    """
    dot_git = folder / ".git"
    try:
        if dot_git.is_file():  # a further work tree, or a submodule: one line says where the repository is
            text = _small(dot_git).decode("utf-8", "surrogateescape").strip()
            if not text.startswith("gitdir: "):
                raise SubmissionRefused(f"{printable(str(dot_git))} is not what git writes there. Give the repository.")
            return (folder / text.removeprefix("gitdir: ")).resolve()
        for place in (dot_git, folder):
            if (place / "HEAD").is_file() and (place / "objects").is_dir():
                return place.resolve()
        empty = not any(folder.iterdir())
    except PermissionError:
        raise _unreadable(folder) from None
    if dot_git.is_dir():
        raise SubmissionRefused(f"{printable(str(dot_git))} is damaged: it has no HEAD or no objects. Clone it anew.")
    what = "is an empty folder" if empty else "is a folder, but not a git repository"
    raise SubmissionRefused(
        f"{printable(str(folder))} {what}. Commit the work to git there, or give a .zip or .tar.gz of it."
    )


def make_mirror(repository: Path, into: Path) -> Path:
    """Make the mirror of `repository` (as `find_repository` gives it) as the new folder `into`.

    Raises SubmissionRefused for a repository that can't be read or is of a kind we don't grade.
    """
    common = repository
    try:
        if (repository / "commondir").is_file():
            common = (repository / os.fsdecode(_small(repository / "commondir").strip())).resolve()
        if (common / "reftable").is_dir():
            raise SubmissionRefused(
                "The repository keeps its branches in a reftable, which is not supported."
                " Convert it (git refs migrate --ref-format=files), or push it and give that address."
            )
        objects = (common / "objects").resolve()
        if not objects.is_dir() or any(ord(letter) < 32 for letter in str(objects)):
            raise SubmissionRefused(f"{printable(str(objects))} can't be used as a git repository. Clone it anew.")
        head = _head(_small(repository / "HEAD"))
        refs = _packed(common / "packed-refs")
        _loose(common / "refs", refs)
        shallow = [line for line in _lines(common / "shallow") if _ID.fullmatch(line)]
        next(objects.iterdir(), None)  # readable?
    except PermissionError:
        raise _unreadable(repository) from None
    except FileNotFoundError:
        raise SubmissionRefused(
            f"{printable(str(repository))} is damaged: a part of the repository is missing. Clone it anew."
        ) from None
    (into / "objects" / "info").mkdir(parents=True)
    (into / "refs").mkdir()
    (into / "objects" / "info" / "alternates").write_bytes(os.fsencode(objects) + b"\n")
    (into / "config").write_text(CONFIGURATION)
    (into / "HEAD").write_bytes(head + b"\n")
    packed = b"".join(commit + b" " + name + b"\n" for name, commit in sorted(refs.items()))
    (into / "packed-refs").write_bytes(b"# pack-refs with: sorted \n" + packed)
    if shallow:
        (into / "shallow").write_bytes(b"\n".join(shallow) + b"\n")
    return into


def _head(content: bytes) -> bytes:
    line = content.strip()
    if _ID.fullmatch(line):
        return line
    name = line.removeprefix(b"ref:").strip()
    if line.startswith(b"ref:") and _BRANCH.fullmatch(name):
        return b"ref: " + name
    if re.fullmatch(rb"[0-9a-f]{64}", line):
        raise _sha256()
    raise SubmissionRefused("The repository's HEAD names no branch and no commit. Clone it anew.")


def _packed(path: Path) -> dict[bytes, bytes]:
    refs: dict[bytes, bytes] = {}
    for line in _lines(path):
        commit, _, name = line.partition(b" ")
        if re.fullmatch(rb"[0-9a-f]{64}", commit):
            raise _sha256()
        if _ID.fullmatch(commit) and _BRANCH.fullmatch(name):
            _keep(refs, name, commit)
    return refs


def _loose(folder: Path, refs: dict[bytes, bytes]) -> None:
    for place, folders, names in os.walk(os.fsencode(folder)):
        folders.sort()
        for name in names:
            path = Path(os.fsdecode(place), os.fsdecode(name))
            ref = b"refs/" + os.fsencode(path.relative_to(folder))
            if not _BRANCH.fullmatch(ref):
                continue
            commit = _small(path).strip()
            if re.fullmatch(rb"[0-9a-f]{64}", commit):
                raise _sha256()
            if _ID.fullmatch(commit):  # a symbolic one (refs/remotes/origin/HEAD) names what is here anyway
                _keep(refs, ref, commit)


def _keep(refs: dict[bytes, bytes], name: bytes, commit: bytes) -> None:
    refs[name] = commit
    if len(refs) > REFS_LIMIT:
        raise SubmissionRefused(f"The repository has more than {REFS_LIMIT} branches and tags. Delete some of them.")


def _lines(path: Path) -> list[bytes]:
    return _small(path, PACKED_LIMIT).splitlines() if path.is_file() else []


def _small(path: Path, limit: int = 4096) -> bytes:
    """A small regular file; anything else (a link, a pipe, a larger one) counts as empty or is cut."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        raise
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        return file.read(limit) if stat.S_ISREG(os.fstat(handle).st_mode) else b""


def _unreadable(folder: Path) -> SubmissionRefused:
    return SubmissionRefused(
        f"{printable(str(folder))} can't be read by this user. Give read access to it, or clone it to a place of yours."
    )


def _sha256() -> SubmissionRefused:
    return SubmissionRefused(
        "The repository uses SHA-256 object names, which is not supported. Push it as a SHA-1 one."
    )
