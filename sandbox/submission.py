"""A submission: one candidate's repository at one commit, readable file by file without ever being checked out.

All of it is the candidate's: names, contents, commits. Names and texts come out with undecodable bytes replaced;
control characters stay in them, and each view escapes what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cached_property
from pathlib import Path

from sandbox.blobs import read_blobs
from sandbox.commits import Commit, read_commits
from sandbox.pack import write_pack
from sandbox.patch import Hunk, read_patch
from sandbox.refusal import MIB
from sandbox.tree import File, Note, Tree

COMMITS_LIMIT = 2_000
LINES_LIMIT = 500_000
"""Own lines that are told apart over all files; far above any take-home, and what a memory holds."""
DIFF_LIMIT = 5_000
"""Lines up to which a changed file is compared in order; longer ones are compared as bags of lines."""


@dataclass(frozen=True)
class Submission:
    """`repository` is its address without user or secret, `name` fits a folder; `commit` and `tree` are 40 hex.

    `ref` is what was asked for, None for the default branch. `git` is a bare repository of ours that holds it.
    """

    repository: str
    name: str
    commit: str
    tree: str
    ref: str | None
    git: Path
    files: tuple[File, ...] = field(repr=False)
    notes: tuple[Note, ...] = field(repr=False)
    listing: Tree = field(repr=False)
    said_by_tools: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @cached_property
    def _by_path(self) -> dict[str, File]:
        # Two names can look the same once undecodable bytes are replaced: the first one has it.
        return {file.path: file for file in reversed(self.files)}

    @cached_property
    def _commits(self) -> tuple[Commit, ...]:
        return read_commits(self.git, self.commit, COMMITS_LIMIT)

    def read(self, path: str, limit: int = MIB) -> bytes | None:
        """The first `limit` bytes of a file; None when there is none at `path`, or a link (which is never followed)."""
        return self.read_many([path], limit).get(path)

    def read_many(self, paths: Iterable[str], limit: int = MIB) -> dict[str, bytes]:
        """The first `limit` bytes of each of `paths` that is a file; one call of git for all of them."""
        wanted = {path: file for path in paths if (file := self._by_path.get(path)) and not file.is_link}
        contents = read_blobs(self.git, [file.blob for file in wanted.values()], limit)
        return {path: contents[file.blob] for path, file in wanted.items()}

    def size_of(self, path: str) -> int | None:
        """Bytes of the file at `path`, None when there is none (or a link)."""
        file = self._by_path.get(path)
        return None if file is None or file.is_link else file.size

    def commits(self, limit: int = COMMITS_LIMIT) -> tuple[Commit, ...]:
        """The last `limit` commits (at most 2000), oldest first. Raises SandboxError when git can't read them."""
        return self._commits[-limit:] if limit > 0 else ()

    def ai_notes(self) -> Mapping[str, bytes]:
        """What git-ai noted beside commits (see `sandbox.ai_notes`): commit id → note; empty when it noted nothing."""
        return self.said_by_tools

    def patch(self, commit: str, paths: Sequence[str] = ()) -> tuple[Hunk, ...]:
        """What the commit of this id (40 hex) took away and put in (see `sandbox.patch`), in `paths` where given."""
        return read_patch(self.git, commit, paths)

    def added_lines(self, starter: Mapping[str, bytes]) -> dict[str, set[int]]:
        """The candidate's own lines: path → line numbers (from 1) that the starter's file of that path does not have.

        Text files below 1 MiB only; a file that is in the starter as it is has no entry.
        From half a million lines of the candidate's on, the files that are left have none either.
        """
        paths = [file.path for file in self.files if file.size < MIB and not file.is_link]
        room = LINES_LIMIT
        added: dict[str, set[int]] = {}
        # In batches: all files together may be larger than the memory should be.
        for start in range(0, len(paths), 50):
            for path, content in self.read_many(paths[start : start + 50]).items():
                if content == starter.get(path) or b"\0" in content[:8192]:
                    continue
                own = _own_lines(starter.get(path, b""), content)
                room -= len(own)
                if room < 0:
                    return added
                if own:
                    added[path] = own
        return added

    def pack(self, destination: Path) -> Path:
        """Write the tree as a tar to `destination` (see `sandbox.pack`), which must not exist yet; give it back."""
        return write_pack(self.git, self.listing, destination)


def _own_lines(before: bytes, after: bytes) -> set[int]:
    old, new = _lines(before), _lines(after)
    if not old:
        return set(range(1, len(new) + 1))
    if max(len(old), len(new)) > DIFF_LIMIT:
        left = dict.fromkeys(old, 0)
        for line in old:
            left[line] += 1
        own: set[int] = set()
        for number, line in enumerate(new, start=1):
            if left.get(line, 0):
                left[line] -= 1
            else:
                own.add(number)
        return own
    matcher = SequenceMatcher(None, old, new)
    return {
        line + 1
        for kind, _, _, start, end in matcher.get_opcodes()
        if kind in ("insert", "replace")
        for line in range(start, end)
    }


def _lines(content: bytes) -> list[bytes]:
    # Line ends don't count: a checkout on Windows is no work of the candidate's.
    return [line.rstrip(b"\r") for line in content.removesuffix(b"\n").split(b"\n")] if content else []
