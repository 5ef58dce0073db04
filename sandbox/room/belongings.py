"""What goes into a room and what comes out of it: unpacking, emptying, handing files over, from inside.

Stdlib only, Python 3.9 to 3.14: this runs inside the containers, in PID 1, before or after the command, never
beside it.
"""
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH112, PTH114, PTH118, PTH120, PTH208, PTH211
# descriptors and names with undecodable bytes, which pathlib has no words for

from __future__ import annotations

import errno
import os
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

IMPOSSIBLE = frozenset((errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.EINVAL, errno.EILSEQ))
PIECE = 1 << 18
"""Bytes read at a time."""


class BadNameError(Exception):
    """A name in the archive leaves its folder: a bug of ours, since the host has checked every name."""


def unpack(archive: str, roots: Mapping[str | None, str], *, skip_impossible: bool = False) -> None:
    """Unpack regular files, folders and links of a tar of ours.

    `roots` maps the first part of a name to a folder; the key None stands for every name. A link that stands in
    a file's way is replaced, never followed. Other kinds of members are passed over, and with `skip_impossible` so
    are those whose names no file system could hold: a submission with one is still a submission.
    """
    with tarfile.open(archive, "r:", errors="surrogateescape") as members:
        for member in members:
            try:
                _unpack_one(members, member, *_place(member.name, roots))
            except OSError as reason:
                if not skip_impossible or reason.errno not in IMPOSSIBLE:
                    raise


def _unpack_one(members: tarfile.TarFile, member: tarfile.TarInfo, root: str, path: str) -> None:
    if member.isdir():
        _make_folder(root, path)
        return
    _make_folder(root, os.path.dirname(path))
    target = os.path.join(root, path)
    if os.path.lexists(target):
        os.unlink(target)
    if member.issym():
        os.symlink(member.linkname, target)
    elif member.isreg():
        _write(members, member, target)


def _write(members: tarfile.TarFile, member: tarfile.TarInfo, target: str) -> None:
    content = members.extractfile(member)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(target, flags, 0o755 if member.mode & 0o100 else 0o644), "wb") as file:
        while content is not None and (piece := content.read(PIECE)):
            file.write(piece)


def _place(name: str, roots: Mapping[str | None, str]) -> tuple[str, str]:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or name.startswith("/"):
        raise BadNameError("a name in the archive leaves its folder")
    if None in roots:
        return roots[None], "/".join(parts)
    if not parts or parts[0] not in roots:
        raise BadNameError("a name in the archive belongs nowhere")
    return roots[parts[0]], "/".join(parts[1:])


def _make_folder(root: str, path: str) -> None:
    current = root
    for part in path.split("/") if path else ():
        current = os.path.join(current, part)
        if os.path.lexists(current) and (os.path.islink(current) or not os.path.isdir(current)):
            os.unlink(current)
        if not os.path.lexists(current):
            os.mkdir(current, 0o755)


def empty(folder: str) -> None:
    """Remove all in `folder`. A folder in it is emptied by moving up what it holds: so depth costs nothing.

    Whoever filled it may have closed it, and may have taken any name that can be foreseen.
    """
    os.chmod(folder, 0o700)
    mark, moved = os.urandom(16).hex(), 0
    while names := os.listdir(folder):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isdir(path):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for child in os.listdir(path):
                inner = os.path.join(path, child)
                if os.path.isdir(inner) and not os.path.islink(inner):
                    os.chmod(inner, 0o700)  # a folder can be moved only by who may write its ".."
                moved += 1
                os.rename(inner, os.path.join(folder, f".{mark}-{moved}"))
            os.rmdir(path)


Say = Callable[[int, bytes], None]


def hand_over(paths: Sequence[str], limit: int, say: Say) -> dict[str, str]:
    """Give out the files named: regular ones, reached without any link, together within `limit` bytes.

    `say` takes the index of the path and a piece of its zlib stream. Returns why each of the others was refused.
    """
    refused: dict[str, str] = {}
    left = limit
    for index, path in enumerate(paths):
        try:
            descriptor = _open_exactly(path)
            try:
                found = os.fstat(descriptor)
                if not stat.S_ISREG(found.st_mode):
                    refused[path] = "not a regular file"
                elif found.st_size > left:
                    refused[path] = "too large"
                else:
                    left -= found.st_size
                    for piece in _packed(descriptor, found.st_size):
                        say(index, piece)
            finally:
                os.close(descriptor)
        except OSError as reason:
            linked = reason.errno in (errno.ELOOP, errno.ENOTDIR)
            refused[path] = "a link" if linked else os.strerror(reason.errno or 0)
    return refused


def _open_exactly(path: str) -> int:
    parts = [part for part in path.split("/") if part]
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    current = os.open("/", flags | os.O_DIRECTORY)
    for number, part in enumerate(parts, 1):
        try:
            following = os.open(part, flags if number == len(parts) else flags | os.O_DIRECTORY, dir_fd=current)
        finally:
            os.close(current)
        current = following
    return current


def _packed(descriptor: int, size: int) -> Iterator[bytes]:
    packer, left = zlib.compressobj(1), size
    while left > 0 and (piece := os.read(descriptor, min(left, PIECE))):
        left -= len(piece)
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
