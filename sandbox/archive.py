"""An archive: the members of a .zip or .tar.gz one after the other, each read in pieces, nothing written anywhere."""

from __future__ import annotations

import gzip
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal, TypeVar, cast

from sandbox.refusal import MIB, SubmissionRefused, printable

PIECE = 256 * 1024
RATIO = 200
"""Times its own size that an archive above 32 MiB of content may unpack to; text reaches 20, a bomb 1000."""
RATIO_FROM = 32 * MIB
DIRECTORY_LIMIT = 8 * MIB
"""Bytes of a .zip's list of members, which Python reads whole; a hundred bytes a member are usual."""
HEADER_LIMIT = MIB
"""Bytes of one header of a .tar, which Python reads whole."""
_DAMAGE = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, struct.error, gzip.BadGzipFile, RuntimeError),
    *(ValueError, OverflowError, NotImplementedError, RecursionError, IndexError, KeyError),
)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """One member. `pieces()` reads its content (a link's is its target), once, before the next member is asked for."""

    name: bytes
    kind: Literal["file", "folder", "link"]
    executable: bool
    pieces: Callable[[], Iterator[bytes]]

    def named(self, name: bytes) -> Member:
        return replace(self, name=name)

    def skip(self) -> None:
        """Read the content for its size alone, so that a false size is found before anything is written."""
        for _ in self.pieces():
            pass


def read_archive(path: Path, *, allowed: int, most: int) -> Iterator[Member]:
    """The members of the archive at `path`: `allowed` bytes of content and `most` members in all.

    Raises SubmissionRefused when it is over a limit, damaged, locked, or holds devices or pipes.
    """
    budget = _Budget(path.stat().st_size, allowed, most)
    members = _zip(path, budget) if path.name.lower().endswith(".zip") else _tar(path, budget)
    for member in _sound(members):
        yield replace(member, pieces=partial(_pieces, member))


def _pieces(member: Member) -> Iterator[bytes]:
    return _sound(member.pieces())


def _sound(items: Iterator[T]) -> Iterator[T]:
    """`items`, with all that the readers of archives raise on damaged bytes turned into a refusal."""
    try:
        yield from items
    except _DAMAGE:
        raise SubmissionRefused(
            "The archive is damaged or of another kind than its name says. Make the archive anew."
        ) from None
    except PermissionError:
        raise SubmissionRefused("The archive can't be read by this user. Give read access to it.") from None


class _Budget:
    """Counts what an archive gives, whatever it says of itself."""

    def __init__(self, packed: int, allowed: int, most: int) -> None:
        self._packed = packed
        self._allowed = allowed
        self._left = most
        self._most = most
        self._unpacked = 0

    def count_member(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise SubmissionRefused(
                f"The archive holds more than {self._most} members. Take out what is generated or downloaded."
            )

    def count(self, amount: int) -> None:
        self._unpacked += amount
        if self._unpacked > self._allowed:
            raise SubmissionRefused(
                f"The archive unpacks to more than {self._allowed // MIB} MiB. Take out what is generated."
            )
        if self._unpacked > RATIO_FROM and self._unpacked > RATIO * self._packed:
            raise SubmissionRefused(f"The archive unpacks to more than {RATIO} times its size. Make the archive anew.")


def _zip(path: Path, budget: _Budget) -> Iterator[Member]:
    _check_directory(path)
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            budget.count_member()
            if info.flag_bits & 0x1:
                raise SubmissionRefused("The archive is locked with a password. Make it without one.")
            # UTF-8 when the member says so; else the bytes that it has (zipfile reads them as cp437).
            name = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437")
            mode = info.external_attr >> 16 if info.create_system == 3 else 0
            kind = _kind(name, mode)

            def pieces(info: zipfile.ZipInfo = info) -> Iterator[bytes]:
                with archive.open(info) as content:
                    while piece := content.read(PIECE):
                        budget.count(len(piece))
                        yield piece

            yield Member(name, kind, bool(mode & 0o100), pieces)


def _kind(name: bytes, mode: int) -> Literal["file", "folder", "link"]:
    if name.endswith(b"/") or stat.S_ISDIR(mode):
        return "folder"
    if stat.S_ISLNK(mode):
        return "link"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise _special(name)
    return "file"


def _check_directory(path: Path) -> None:
    """Refuse a .zip whose list of members is too long to be read, before zipfile reads it."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - 65_557 - 20))
        tail = file.read()
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) - start < 22:
        raise zipfile.BadZipFile
    (directory,) = struct.unpack_from("<L", tail, start + 12)
    if directory > DIRECTORY_LIMIT or b"PK\x06\x07" in tail[max(0, start - 20) : start]:
        raise SubmissionRefused("The archive holds too many members to be listed. Take out what is generated.")


def _tar(path: Path, budget: _Budget) -> Iterator[Member]:
    with gzip.open(path) as unpacked:
        forward = _Forward(unpacked, budget)
        yield from _tar_members(forward, budget)
        while forward.read(PIECE):  # to the very end, where the check sum is: an upload may have stopped half-way
            pass


def _tar_members(forward: _Forward, budget: _Budget) -> Iterator[Member]:
    with (
        tarfile.open(
            fileobj=cast("IO[bytes]", forward),  # it has what tarfile uses of a file
            mode="r:",
            encoding="utf-8",
            errors="surrogateescape",
        ) as archive,
    ):
        while (info := archive.next()) is not None:
            cast("Any", archive).members = []  # tarfile keeps each member that it has seen
            budget.count_member()
            name = info.name.encode("utf-8", "surrogateescape")
            if info.isdir():
                yield Member(name, "folder", False, partial(iter, ()))
            elif info.issym():
                target = info.linkname.encode("utf-8", "surrogateescape")
                yield Member(name, "link", False, partial(iter, (target,)))
            elif info.isreg():
                yield Member(name, "file", bool(info.mode & 0o100), partial(_content, archive, info))
            elif info.islnk():
                raise SubmissionRefused(
                    f"The archive holds a hard link ({printable(name)}). Make it with --hard-dereference."
                )
            else:
                raise _special(name)


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Iterator[bytes]:
    file = archive.extractfile(info)
    if file is None:
        return
    with file:
        while piece := file.read(PIECE):
            yield piece


class _Forward:
    """An unpacked tar as tarfile reads it: only onwards, in pieces of bounded size, every byte counted.

    A header that says it is gigabytes long would be read whole, and one with a negative size would be read for ever.
    """

    def __init__(self, file: gzip.GzipFile, budget: _Budget) -> None:
        self._file = file
        self._budget = budget
        self._place = 0

    def read(self, size: int) -> bytes:
        if not 0 <= size <= HEADER_LIMIT:
            raise tarfile.ReadError
        piece = self._file.read(size)
        self._budget.count(len(piece))
        self._place += len(piece)
        return piece

    def seek(self, place: int, *_: Any) -> int:
        if place < self._place:
            raise tarfile.ReadError
        while self._place < place:
            if not self.read(min(PIECE, place - self._place)):
                raise tarfile.ReadError
        return place

    def tell(self) -> int:
        return self._place


def _special(name: bytes) -> SubmissionRefused:
    return SubmissionRefused(
        f"The archive holds a device, a pipe or a socket ({printable(name)}). Make it of plain files alone."
    )
