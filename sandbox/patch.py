"""A patch: which lines one commit took away and put in, read by one `git diff-tree` and a strict parser."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.git import run_git
from sandbox.refusal import MIB
from sandbox.tree import decode

OUTPUT_LIMIT = 2 * MIB
"""Bytes of one commit's patch that are read; of a larger one the first part."""
LINE_LIMIT = 400
PATHS_LIMIT = 200
HUNKS_LIMIT = 4_000
SECONDS = 15.0
_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUNK = re.compile(rb"@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring lines of `path` that a commit replaced: `removed` by `added` (cut at 400 characters each).

    `line` is the number of the first added line in the file after the commit; where lines were only taken away, of
    the line before them.
    """

    path: str
    line: int
    removed: tuple[str, ...]
    added: tuple[str, ...]


def read_patch(git_dir: Path, commit: str, paths: Sequence[str] = ()) -> tuple[Hunk, ...]:
    """The hunks of a commit against its parent, in `paths` only where some are given.

    () for a merge, a commit without text changes, and where git can't tell (a content that was left out, too long).
    """
    if not _COMMIT.fullmatch(commit):
        return ()
    arguments = [
        *("--literal-pathspecs", "diff-tree", "-p", "-U0", "--root", "--no-commit-id", "--no-renames", "--no-color"),
        *("--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/", "--ignore-submodules=all"),
        *("--end-of-options", commit, "--", *(path for path in paths[:PATHS_LIMIT] if "\0" not in path)),
    ]
    ended = run_git(arguments, git_dir=git_dir, seconds=SECONDS, output_limit=OUTPUT_LIMIT)
    if not ended.good and ended.stopped != "output":
        return ()
    hunks: list[Hunk] = []
    for hunk in _parse(ended.output.split(b"\n")):
        hunks.append(hunk)
        if len(hunks) >= HUNKS_LIMIT:
            break
    return tuple(hunks)


def _parse(lines: Sequence[bytes]) -> Iterator[Hunk]:
    """The whole hunks. Their lines are counted off as their heads announce, so that no content passes for a head."""
    path: str | None = None
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if line.startswith(b"diff --git "):
            path = None
        elif line.startswith((b"--- a/", b"+++ b/")):
            path = decode(line[6:].removesuffix(b"\t"))
        elif (head := _HUNK.match(line)) and path is not None:
            counts = [1 if count is None else int(count) for count in (head[1], head[3])]
            taken: list[list[str]] = [[], []]
            for side, sign in enumerate((b"-", b"+")):
                while len(taken[side]) < counts[side] and at < len(lines) and lines[at][:1] == sign:
                    taken[side].append(decode(lines[at][1 : LINE_LIMIT * 4 + 1])[:LINE_LIMIT].rstrip("\r"))
                    at += 1
                if at < len(lines) and lines[at][:1] == b"\\":
                    at += 1
            if [len(side) for side in taken] != counts:
                return  # cut by the limit, or not what it announces
            yield Hunk(path, int(head[2]), tuple(taken[0]), tuple(taken[1]))
