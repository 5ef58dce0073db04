"""A commit stream: commits written into a new bare repository by `git fast-import`, without any file on a disk.

Same commits, same ids: the times, people and modes are given, and nothing of the machine gets in.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sandbox.engine import SandboxError
from sandbox.git import run_git
from sandbox.mirror import CONFIGURATION
from sandbox.refusal import MIB

BRANCH = "refs/heads/main"
SECONDS = 120.0


class CommitStream:
    """A context manager: the repository at `into` holds the commits once the block is left without an exception.

    Raises SandboxError when git does not take them.
    """

    def __init__(self, into: Path) -> None:
        self._into = into
        self._feed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Self:
        return self

    def start_commit(self, message: str, person: tuple[str, str], moment: int, offset: str = "+0000") -> None:
        """Begin a commit on main: `person` is a name and an email, `moment` seconds since 1970, `offset` its zone."""
        name, email = ("".join(letter for letter in part if letter not in "<>\n\0") for part in person)
        self._feed.write(b"commit %s\n" % BRANCH.encode())
        for role in (b"author", b"committer"):
            self._feed.write(b"%s %s <%s> %d %s\n" % (role, name.encode(), email.encode(), moment, offset.encode()))
        self._data(message.encode())

    def add(self, path: bytes, mode: str, content: bytes) -> None:
        """Put a file into the commit that was begun; `mode` as git writes it (a link's content is its target)."""
        escaped = b"".join(
            b"%c" % byte if 32 <= byte < 127 and byte not in b'"\\' else b"\\%03o" % byte for byte in path
        )
        self._feed.write(b'M %s inline "%s"\n' % (mode.encode(), escaped))
        self._data(content)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._feed as feed:
            if kind is not None:
                return
            feed.flush()
            feed.seek(0)
            make_bare(self._into)
            arguments = ["fast-import", "--quiet", "--force", "--date-format=raw-permissive"]
            ended = run_git(arguments, git_dir=self._into, feed=feed, seconds=SECONDS, file_bytes=1024 * MIB)
            if not ended.good:
                reason = (ended.errors.strip().splitlines() or ["no reason given"])[0][:200]
                raise SandboxError(f"git could not write the commits ({reason}). Check the disk and run this again.")
            (self._into / "HEAD").write_text(f"ref: {BRANCH}\n")

    def _data(self, content: bytes) -> None:
        self._feed.write(b"data %d\n" % len(content))
        self._feed.write(content)
        self._feed.write(b"\n")


def make_bare(folder: Path) -> None:
    """Make an empty bare repository of ours at `folder`, with our configuration and nothing of a template."""
    for part in ("objects/info", "objects/pack", "refs/heads", "info"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "config").write_text(CONFIGURATION)
    (folder / "HEAD").write_text(f"ref: {BRANCH}\n")
