"""The commits of a submission: who, when, what for and how much, read by one `git log` and a strict parser."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from sandbox.engine import SandboxError
from sandbox.git import stream_git
from sandbox.refusal import MIB
from sandbox.tree import PATH_LIMIT, decode, split_records

SUBJECT_LIMIT = 200
BODY_LIMIT = 4096
PERSON_LIMIT = 200
CHANGES_LIMIT = 2_000
"""Changed paths kept of one commit."""
OUTPUT_LIMIT = 64 * MIB
SECONDS = 60.0
# %x00 ends each field; the body, which can hold anything but NUL, is the last.
_FIELDS = ("%H", "%P", "%an", "%ae", "%ad", "%cd", "%B")
_LATEST = 253_402_214_400
"""The last day of the year 9999: Python's calendar ends there, git's does not."""


@dataclass(frozen=True, slots=True)
class Change:
    """One changed file; `added` and `removed` are lines, None where git does not count (binary, too large, missing)."""

    path: str
    added: int | None
    removed: int | None


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. Everything in it but `id` and `parents` is what its author wrote, times included."""

    id: str
    author: str
    author_email: str
    authored: datetime
    committed: datetime
    subject: str
    body: str
    parents: tuple[str, ...]
    changes: tuple[Change, ...]


def read_commits(git_dir: Path, commit: str, limit: int) -> tuple[Commit, ...]:
    """The last `limit` commits that lead to `commit`, oldest first; a merge has no changes of its own.

    Raises SandboxError when git can't read the history.
    """
    commits = _log(git_dir, commit, limit, "--numstat")
    if commits is None:
        # A large content that a filter left out, or diffs that take too long: the paths alone need no content.
        commits = _log(git_dir, commit, limit, "--raw")
    if commits is None:
        raise SandboxError("git could not read the history in time. Run this again on a machine that is less busy.")
    return tuple(reversed(commits))


def _log(git_dir: Path, commit: str, limit: int, form: str) -> list[Commit] | None:
    # A commit can hold anything but this mark, which is drawn anew each time: nothing in it can pass for a commit.
    mark = secrets.token_hex(16).encode()
    arguments = [
        *("log", "-z", form, f"--max-count={limit}", "--date=raw", "--root", "--no-abbrev", "--full-index"),
        *("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--no-notes", "--no-show-signature"),
        *("--ignore-submodules=none", "--no-mailmap", "--no-decorate"),
        "--format=tformat:%x00" + mark.decode() + "%x00" + "%x00".join(_FIELDS) + "%x00",
        *("--end-of-options", commit, "--"),
    ]
    room = OUTPUT_LIMIT

    with stream_git(arguments, git_dir=git_dir, seconds=SECONDS) as stream:

        def read(size: int) -> bytes:
            nonlocal room
            piece = stream.read(size)
            room -= len(piece)
            if room < 0:
                stream.stop("output")
            return piece

        commits = list(_parse(split_records(read, limit=BODY_LIMIT * 2 + PATH_LIMIT), mark, form))
    ended = stream.ended()
    if ended.stopped == "output":
        return commits[:-1]  # the newest ones; the last of them is cut
    return commits if ended.good else None


def _parse(records: Iterator[bytes], mark: bytes, form: str) -> Iterator[Commit]:
    fields: list[bytes] | None = None
    changes: list[Change] = []
    raw_pending = False
    for record in records:
        if record == mark:
            if fields is not None and len(fields) == len(_FIELDS):
                yield _commit(fields, changes)
            fields, changes, raw_pending = [], [], False
        elif fields is None:
            continue
        elif len(fields) < len(_FIELDS):
            fields.append(record)
        elif len(changes) < CHANGES_LIMIT:
            if form == "--raw":
                if raw_pending:
                    changes.append(Change(decode(record), None, None))
                raw_pending = record.lstrip(b"\n").startswith(b":") and not raw_pending
            elif change := _change(record):
                changes.append(change)
    if fields is not None and len(fields) == len(_FIELDS):
        yield _commit(fields, changes)


def _change(record: bytes) -> Change | None:
    parts = record.lstrip(b"\n").split(b"\t", 2)
    if len(parts) != 3 or not all(part == b"-" or (part.isdigit() and len(part) < 12) for part in parts[:2]):
        return None
    added, removed = (None if part == b"-" else int(part) for part in parts[:2])
    return Change(decode(parts[2]), added, removed)


def _commit(fields: list[bytes], changes: list[Change]) -> Commit:
    commit, parents, author, email, authored, committed, message = fields
    subject, _, body = decode(message).lstrip("\n").partition("\n")
    return Commit(
        id=commit.decode("ascii", "replace"),
        author=decode(author)[:PERSON_LIMIT],
        author_email=decode(email)[:PERSON_LIMIT],
        authored=_time(authored),
        committed=_time(committed),
        subject=subject[:SUBJECT_LIMIT],
        body=body.strip()[:BODY_LIMIT],
        parents=tuple(parents.decode("ascii", "replace").split()),
        changes=tuple(changes),
    )


def _time(raw: bytes) -> datetime:
    """Git's raw time, seconds and offset (`1764000000 +0100`). Past the calendar: its end; unreadable: 1970."""
    seconds, _, offset = raw.strip().partition(b" ")
    moment = min(int(seconds), _LATEST) if seconds.isdigit() and len(seconds) < 21 else 0
    zone = UTC
    if len(offset) == 5 and offset[:1] in b"+-" and offset[1:].isdigit():
        minutes = int(offset[1:3]) * 60 + int(offset[3:])
        if minutes < 24 * 60:
            zone = timezone(timedelta(minutes=-minutes if offset[:1] == b"-" else minutes))
    return datetime.fromtimestamp(moment, UTC).astimezone(zone)
