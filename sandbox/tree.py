"""The tree of a submission at its commit: its files, and what about them a reader should know.

Listed from git's objects with limits on every count before anything else looks at them: twelve objects can stand for
ten thousand million files (SECURITY G11).
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sandbox.blobs import read_blobs
from sandbox.git import stream_git
from sandbox.refusal import MIB, FetchLimits, SubmissionRefused, printable

LINK = "120000"
SUBMODULE = "160000"
PATH_LIMIT = 4_000
"""Bytes of a path: Linux takes 4096 with the folder that it is put in."""
NAME_LIMIT = 255
LINK_LIMIT = 4_096
NOTES_LIMIT = 200
"""Notes of one kind; a repository of ten thousand odd names needs no ten thousand notes."""
POINTER_LIMIT = 1_024
"""Bytes; the specification of LFS pointers allows no larger ones, and none is smaller than 100."""
_POINTER_START = b"version https://git-lfs.github.com/spec/"
_HIDING = re.compile(rb"(?<![\w-])export-(?:ignore|subst)(?![\w-])")
_RECORD = re.compile(rb"(\d{6}) (blob|tree|commit) ([0-9a-f]{40}) +(\d+|-|BAD)\t(.+)", re.DOTALL)
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

Kind = Literal["submodule", "link", "lfs", "name", "export", "case", "history", "left_out", "archive"]


@dataclass(frozen=True, slots=True)
class File:
    """One file: its path (undecodable bytes replaced; control characters stay), size in bytes, git mode, blob id.

    `raw` is the path as git holds it, byte for byte.
    """

    path: str
    size: int
    mode: str
    blob: str
    raw: bytes = field(repr=False)

    @property
    def is_link(self) -> bool:
        return self.mode == LINK


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know about the submission's files, a sentence; `path` is None where it is about the whole."""

    kind: Kind
    path: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Tree:
    """`files` in git's order; `submodules` are paths; `links` maps a link's raw path to its target."""

    files: tuple[File, ...]
    submodules: tuple[str, ...]
    links: Mapping[bytes, bytes]


def decode(raw: bytes) -> str:
    """A name or text out of git, undecodable bytes replaced; never a lone surrogate."""
    return raw.decode("utf-8", "replace")


def read_tree(git_dir: Path, commit: str, limits: FetchLimits, deadline: float) -> Tree:
    """List the tree. Raises SubmissionRefused for one that is over a limit, with the name of what is."""
    files: list[File] = []
    submodules: list[str] = []
    total = 0
    remaining = max(1.0, deadline - time.monotonic())
    arguments = ["ls-tree", "-r", "-t", "-z", "--long", "--full-tree", commit]
    with stream_git(arguments, git_dir=git_dir, seconds=min(remaining, 60)) as stream:
        for number, record in enumerate(split_records(stream.read, limit=PATH_LIMIT + 1)):
            if number >= limits.entries:
                raise SubmissionRefused(
                    f"The submission holds more than {limits.entries} files and folders."
                    " Take out what is generated or downloaded (node_modules, data)."
                )
            found = _RECORD.fullmatch(record)
            if not found or len(record) > PATH_LIMIT:
                raise SubmissionRefused(
                    f"A path in the submission is longer than {PATH_LIMIT} bytes or can't be read:"
                    f" {printable(record[53:], 80)}. Rename it."
                )
            mode, kind, blob, size, raw = found.groups()
            _check_path(raw)
            if kind == b"commit":
                submodules.append(decode(raw))
            if kind != b"blob":
                continue
            # BAD: a server that takes filters left the content out, since it is over the limit.
            if size == b"BAD" or int(size) > limits.file_mib * MIB:
                raise SubmissionRefused(
                    f"{printable(raw)} is larger than {limits.file_mib} MiB. Take it out of the repository."
                )
            total += int(size)
            if total > limits.tree_mib * MIB:
                raise SubmissionRefused(
                    f"The files of the submission are larger than {limits.tree_mib} MiB together."
                    " Take out what is generated or downloaded."
                )
            files.append(File(decode(raw), int(size), mode.decode(), blob.decode(), raw))
    ended = stream.ended()
    if ended.stopped == "deadline":
        raise SubmissionRefused("The folders of the submission can't be listed in time. Take out deeply nested ones.")
    if not ended.good:
        raise SubmissionRefused(
            f"git can't read the submission's files: {printable(_last_line(ended.errors))}. Push the repository anew."
        )
    return Tree(tuple(files), tuple(submodules), _targets(git_dir, files))


def split_records(read: Callable[[int], bytes], limit: int) -> Iterator[bytes]:
    """The NUL-ended records of a stream, each cut at `limit` bytes: a record can't fill the memory."""
    held = b""
    cutting = False
    while piece := read(65536):
        *whole, rest = (held + piece).split(b"\0")
        for record in whole:
            if not cutting:
                yield record[:limit]
            cutting = False
        held = rest
        if len(held) > limit:
            if not cutting:
                yield held[:limit]
            cutting = True
            held = b""
    if held and not cutting:
        yield held


def notes_on(git_dir: Path, tree: Tree) -> tuple[Note, ...]:
    """What a reader should know: links and submodules left out, pointers instead of content, names that deceive."""
    notes = [Note("submodule", path, "A submodule: it is neither fetched nor graded.") for path in tree.submodules]
    notes += [
        Note("link", decode(raw), f"A link out of the repository (to {printable(target, 120)}): it is left out.")
        for raw, target in tree.links.items()
        if not stays_inside(raw, tree.links)
    ]
    notes += _content_notes(git_dir, tree.files)
    notes += [note for file in tree.files for note in _name_notes(file)]
    notes += _case_notes(tree.files)
    kept: dict[str, list[Note]] = {}
    for note in notes:
        kept.setdefault(note.kind, []).append(note)
    result: list[Note] = []
    for kind, group in kept.items():
        result += group[:NOTES_LIMIT]
        if len(group) > NOTES_LIMIT:
            result.append(Note(group[0].kind, None, f"{len(group) - NOTES_LIMIT} more of this kind ({kind})."))
    return tuple(result)


def stays_inside(raw: bytes, links: Mapping[bytes, bytes]) -> bool:
    """Whether the link at `raw` leads to a place in the tree, also by way of other links (at most 40, as in Linux)."""
    hops = 0
    place: list[bytes] = raw.split(b"/")[:-1]
    ahead = list(reversed(links[raw].split(b"/")))
    if not links[raw] or links[raw].startswith(b"/") or b"\0" in links[raw]:
        return False
    while ahead:
        step = ahead.pop()
        if step in (b"", b"."):
            continue
        if step == b"..":
            if not place:
                return False
            place.pop()
            continue
        place.append(step)
        target = links.get(b"/".join(place))
        if target is not None:
            hops += 1
            if hops > 40 or target.startswith(b"/") or len(ahead) > LINK_LIMIT:
                return False
            place.pop()
            ahead += reversed(target.split(b"/"))
    return True


def can_be_made(raw: bytes) -> bool:
    """Whether a file system takes this path."""
    return len(raw) <= PATH_LIMIT - 100 and all(len(part) <= NAME_LIMIT for part in raw.split(b"/"))


def _check_path(raw: bytes) -> None:
    # git's own check while fetching refuses these; nothing here relies on it.
    if raw.startswith(b"/") or any(part in (b"", b".", b"..") or part.lower() == b".git" for part in raw.split(b"/")):
        raise SubmissionRefused(f"The repository holds a path that no repository may: {printable(raw)}. Push it anew.")


def _targets(git_dir: Path, files: Sequence[File]) -> dict[bytes, bytes]:
    contents = read_blobs(git_dir, [file.blob for file in files if file.is_link], LINK_LIMIT + 1)
    # A target that no file system takes leads nowhere; as an absolute one it is left out.
    return {file.raw: contents[file.blob] if file.size <= LINK_LIMIT else b"/" for file in files if file.is_link}


def _content_notes(git_dir: Path, files: Sequence[File]) -> Iterator[Note]:
    attributes = [file for file in files if file.raw.rsplit(b"/", 1)[-1] == b".gitattributes" and not file.is_link]
    small = [file for file in files if 100 <= file.size <= POINTER_LIMIT and not file.is_link]
    starts = read_blobs(git_dir, [file.blob for file in small], len(_POINTER_START))
    for file in small:
        if starts[file.blob] == _POINTER_START:
            yield Note("lfs", file.path, "A Git LFS pointer: the content itself is not in the repository.")
    rules = read_blobs(git_dir, [file.blob for file in attributes], 64 * 1024)
    for file in attributes:
        if _HIDING.search(rules[file.blob]):
            yield Note("export", file.path, "Export attributes, which hide files from archives: they are not obeyed.")


def _name_notes(file: File) -> Iterator[Note]:
    if not can_be_made(file.raw):
        yield Note("left_out", file.path, "The name is too long for a file system: the file is left out.")
    reasons = []
    if file.raw != file.path.encode("utf-8"):
        reasons.append("bytes that are not UTF-8")
    if any(unicodedata.category(letter) == "Cc" for letter in file.path):
        reasons.append("control characters")
    if not _BIDI.isdisjoint(file.path):
        reasons.append("characters that turn the direction of the text")
    if reasons:
        yield Note("name", file.path, f"The name holds {' and '.join(reasons)}.")


def _case_notes(files: Iterable[File]) -> Iterator[Note]:
    seen: dict[str, str] = {}
    for file in files:
        first = seen.setdefault(unicodedata.normalize("NFC", file.path).casefold(), file.path)
        if first is not file.path:
            yield Note("case", file.path, f"Same name as {printable(first)} where case or accents do not count.")


def _last_line(errors: str) -> str:
    lines = [line for line in errors.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
