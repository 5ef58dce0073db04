"""The channel of an exam, on the host: the folders that the examiner sees, and the talk over them.

The examiner is ours, but it speaks to a hostile program: what it leaves here is opened without following links, and
the harness writes only where the examiner can't.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.engine import SandboxError
from sandbox.profile import EXAMINER_USER, Bind
from sandbox.record import Reading

REQUEST_LIMIT = 256 * 1024
"""Bytes of one request."""
REQUESTS_LIMIT = 20_000
CHANNEL_MIB, CHANNEL_FILES = 128, 1_000
"""What may lie in the channel at a time; an examiner that fills it has gone wrong."""


class Channel:
    """The folders of one exam on the host, and the talk over them. A context manager that removes them."""

    def __init__(self, runs: Path, copied: Mapping[str, Path], library: Sequence[Path]) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="exam-", dir=runs))
        self.talk, self.answers = self.root / "channel", self.root / "answers"
        self.number = 0
        self.descriptor = -1
        try:
            for folder in (self.talk, self.talk / "requests", self.talk / "answers", self.answers, self.root / "lib"):
                folder.mkdir()
            for name, source in copied.items():
                shutil.copytree(source, self.root / name, ignore=_LEFT_OUT)
            for source in library:
                if source.is_dir():
                    shutil.copytree(source, self.root / "lib" / source.name, ignore=_LEFT_OUT)
                else:
                    shutil.copyfile(source, self.root / "lib" / source.name)
            _open_to_read(self.root)
            _open_to_write(self.talk, self.talk / "requests")
            self.descriptor = os.open(self.talk, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as reason:
            self.close()
            raise SandboxError(
                f"the exam's folders could not be made under {runs} ({_told(reason)}): free some space there, or set "
                "HARNESS_CACHE to a folder on another disk"
            ) from reason

    @property
    def binds(self) -> tuple[Bind, ...]:
        """What the examiner sees. Its answers lie in a folder that it can't write to, so nothing waits there for us."""
        return (
            Bind(self.root / "hidden_tests", "/exam/tests"),
            Bind(self.root / "support", "/exam/support"),
            Bind(self.root / "lib", "/exam/lib"),
            Bind(self.talk, "/exam/channel", writable=True),
            Bind(self.answers, "/exam/channel/answers"),
        )

    def place_order(self, order: Mapping[str, object]) -> None:
        """Write the exam's order; before the examiner starts."""
        path = self.talk / "order.json"
        try:
            path.write_text(json.dumps(order), "utf-8")
            path.chmod(0o644)
        except OSError as reason:
            raise SandboxError(
                f"the exam's order could not be written ({_told(reason)}): free some space in the cache"
            ) from reason

    def reading(self, nonce: str) -> Reading:
        return Reading(self.descriptor, nonce)

    def next_request(self) -> bytes | None:
        """The next request, or None when there is none yet. Raises SandboxError when it is not a small plain file."""
        name = f"{self.number + 1:06d}.json"
        try:
            folder = os.open(
                "requests", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.descriptor
            )
        except OSError:
            return None
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            file = os.open(name, flags, dir_fd=folder)
            try:
                found = os.fstat(file)
                usable = stat.S_ISREG(found.st_mode) and found.st_size <= REQUEST_LIMIT
                content = os.read(file, REQUEST_LIMIT) if usable else b""
            finally:
                os.close(file)
            os.unlink(name, dir_fd=folder)
        except FileNotFoundError:
            return None
        except OSError:
            content = b""
        finally:
            os.close(folder)
        self.number += 1
        return content

    def answer(self, value: Mapping[str, object]) -> None:
        """Answer the request that was read last. Raises SandboxError."""
        path = self.answers / f"{self.number:06d}.json"
        try:
            draft = path.with_suffix(".draft")
            draft.write_text(json.dumps(value), "utf-8")
            draft.chmod(0o644)
            draft.rename(path)
        except OSError as reason:
            raise SandboxError(f"the examiner could not be answered: {reason}; is the disk full?") from reason

    def overfull(self) -> str | None:
        """What is wrong with the size of the channel, or None."""
        count = size = 0
        try:
            for folder in (self.talk, self.talk / "requests"):
                with os.scandir(folder) as entries:
                    for entry in entries:
                        count += 1
                        size += entry.stat(follow_symlinks=False).st_size
                        if count > CHANNEL_FILES or size > CHANNEL_MIB * 2**20 or self.number > REQUESTS_LIMIT:
                            return "The examiner filled its channel: a fault of the hidden tests or of the examiner."
        except OSError:
            return None  # a file went while we looked
        return None

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        shutil.rmtree(self.root, ignore_errors=True)


_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".git")


def _told(reason: OSError) -> str:
    """Why, without the paths that shutil lists: the sentence may come into a report."""
    if isinstance(reason, shutil.Error) and reason.args and isinstance(reason.args[0], list) and reason.args[0]:
        return str(reason.args[0][0][-1]).partition(":")[0]
    return reason.strerror or type(reason).__name__


def _open_to_read(root: Path) -> None:
    """Let the containers' users read; the run's folder above lets nobody else in."""
    root.chmod(0o755)
    for place, folders, names in os.walk(root):
        for name in folders:
            Path(place, name).chmod(0o755)
        for name in names:
            path = Path(place, name)
            if not path.is_symlink():
                path.chmod(0o644)


def _open_to_write(*folders: Path) -> None:
    for folder in folders:
        if os.geteuid() == 0:
            os.chown(folder, EXAMINER_USER, EXAMINER_USER)
            folder.chmod(0o700)
        else:
            folder.chmod(0o777)  # within a folder that only we can enter
