"""A launched container: one whose PID 1 is our launcher, with its order and its account of what happened.

The account is lines in the container's log that carry a nonce. The command cannot write there: it has a pipe to PID 1
and no way to PID 1's descriptors. The log is read all the same as if it could: capped, strict, nothing believed but
numbers and bytes.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import os
import secrets
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sandbox.container import Container, State
from sandbox.engine import Engine, Gone, SandboxError
from sandbox.profile import Bind, Profile

ROOM = Path(__file__).parent / "room"
LAUNCHER = ("launcher.py", "belongings.py", "system_calls.py")
COMMAND = ("python3", "-I", "-S", "/harness/launcher.py")

DISK = "free some space there, or set HARNESS_CACHE to a folder on another disk"

MOST_OUTPUT_MIB = 64
"""A command that prints more is ended: no program says so much in a few minutes with a purpose."""
COLLECT_MIB = 24
"""All collected files together."""
GRACE_SECONDS = 30.0
"""What the launcher may take beyond the command's own time (unpacking, last words) before the host kills it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What PID 1 is to do. `collect` are absolute paths; `live` sends all output to the log as it comes."""

    command: tuple[str, ...]
    variables: Mapping[str, str]
    seconds: float
    folder: str
    file_mib: int
    output_kib: int
    collect: tuple[str, ...] = ()
    empty_data: bool = False
    live: bool = False


class _End(BaseModel):
    """The last line of the account, as the launcher writes it."""

    model_config = ConfigDict(extra="ignore", strict=True)

    reason: Literal["exited", "deadline", "output", "killed", "unready"]
    detail: str = Field(default="", max_length=2_000)
    exit_code: int | None = Field(default=None, ge=0, le=255)
    signal: int | None = Field(default=None, ge=1, le=64)
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    cpu_seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    printed: int = Field(default=0, ge=0)
    memory_peak: int | None = Field(default=None, ge=0)
    memory_kills: int | None = Field(default=None, ge=0)
    refused: dict[str, str] = Field(default_factory=dict, max_length=100)


@dataclass(frozen=True, slots=True)
class Account:
    """What PID 1 told. `end` is None when it never came to its end: it was killed, or the engine lost it.

    `output` is the last of what the command printed, `printed` all of it in bytes (as far as is known);
    `memory_peak` is in bytes, at most half a second old; `files` are by their place in the order's list;
    `stray` is what was in the log and not the account's.
    """

    ready: bool = False
    memory_peak: int | None = None
    end: _End | None = None
    output: bytes = b""
    printed: int = 0
    files: dict[int, bytes] = field(default_factory=dict)
    stray: str = ""


def read_account(log: bytes, nonce: str, keep: int) -> Account:
    """Read a log. Lines without the nonce or out of form are stray; `keep` bytes of output are kept, from the end."""
    mark = nonce.encode() + b" "
    ready, end, printed, peak = False, None, 0, None
    output: list[bytes] = []
    packed: dict[int, list[bytes]] = {}
    stray = b""
    for line in log.split(b"\n"):
        parts = line.split(b" ")
        if not line.startswith(mark) or len(parts) != 4:
            stray = (stray + line + b"\n")[-2_000:] if line.strip() else stray
            continue
        kind = parts[2]
        try:
            content = base64.b64decode(parts[3], validate=True)
        except (binascii.Error, ValueError):
            continue  # a line that the engine cut when it turned the log over
        if kind == b"ready":
            ready = True
        elif kind == b"memory" and content.isdigit() and len(content) < 20:
            peak = int(content)
        elif kind == b"output":
            output.append(content)
            printed += len(content)
        elif kind == b"tail":
            output = [content] if len(content) >= keep else [*output, content]
        elif kind.startswith(b"file-") and kind[5:].isdigit():
            packed.setdefault(int(kind[5:]), []).append(content)
        elif kind == b"end":
            end = _read_end(content)
    files = {index: whole for index, pieces in packed.items() if (whole := _unpacked(pieces)) is not None}
    return Account(
        ready=ready,
        memory_peak=end.memory_peak if end and end.memory_peak is not None else peak,
        end=end,
        output=b"".join(output)[-keep:],
        printed=max(printed, end.printed if end else 0),
        files=files,
        stray=stray.decode("utf-8", "replace").strip(),
    )


def _read_end(content: bytes) -> _End | None:
    try:
        return _End.model_validate_json(content)
    except (ValidationError, RecursionError):
        return None


def _unpacked(pieces: list[bytes]) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(b"".join(pieces), COLLECT_MIB * 2**20 + 1)
    except zlib.error:
        return None
    return content if unpacker.eof and len(content) <= COLLECT_MIB * 2**20 else None


class Launched:
    """A launched container, as a context manager: created on entering, removed with its folder on leaving.

    `pack` is a tar of the submission, unpacked into /submission; `files` are laid over it (relative names), or under
    /harness/input (absolute names). Raises SandboxError.
    """

    def __init__(
        self,
        engine: Engine,
        profile: Profile,
        image: str,
        *,
        pack: Path | None = None,
        files: Mapping[str, bytes] | None = None,
        patience: float = 60.0,
        overdue: float | None = None,
    ) -> None:
        self.engine, self.nonce = engine, secrets.token_hex(16)
        self.keep = 0
        self.order: Order | None = None
        self.folder = Path(tempfile.mkdtemp(prefix=f"{profile.role}-", dir=engine.folder))
        try:
            self._furnish(pack, files or {})
        except OSError as reason:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise SandboxError(
                f"a sandbox's files could not be written under {engine.cache} ({reason.strerror or reason}): {DISK}"
            ) from reason
        binds = (Bind(self.folder, "/harness"), *profile.binds)
        self.container = Container(
            engine,
            Profile(
                **{name: getattr(profile, name) for name in profile.__dataclass_fields__ if name != "binds"},
                binds=binds,
            ),
            image,
            COMMAND,
            {"HARNESS_NONCE": self.nonce, "HARNESS_PATIENCE": str(patience)},
            overdue=overdue,
        )

    def _furnish(self, pack: Path | None, files: Mapping[str, bytes]) -> None:
        """Lay out /harness: what a container can only read, and its user must be able to."""
        inner = self.folder / "sandbox" / "room"
        inner.mkdir(parents=True)
        (self.folder / "input").mkdir()  # where the tmpfs for our files is mounted
        for name in LAUNCHER:
            shutil.copyfile(ROOM / name, (self.folder if name == "launcher.py" else inner) / name)
        if pack is not None:
            target = self.folder / "submission.tar"
            try:
                os.link(pack, target)
            except OSError:
                shutil.copyfile(pack, target)
        if files:
            (self.folder / "input.tar").write_bytes(_tar(files))
        for place, folders, names in os.walk(self.folder):
            for name in folders:
                Path(place, name).chmod(0o755)
            for name in names:
                Path(place, name).chmod(0o644)
        self.folder.chmod(0o755)

    def __enter__(self) -> Launched:
        try:
            self.container.__enter__()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.container.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def give(self, order: Order) -> None:
        """Give the order; before or after the start."""
        self.order, self.keep = order, order.output_kib * 1024
        told = MOST_OUTPUT_MIB * 2**20 if order.live else self.keep
        content = {
            "command": list(order.command),
            "variables": dict(order.variables),
            "seconds": order.seconds,
            "folder": order.folder,
            "file_bytes": order.file_mib * 2**20,
            "most_output": MOST_OUTPUT_MIB * 2**20,
            "told_output": told,
            "kept_output": self.keep,
            "collect": list(order.collect),
            "collect_bytes": COLLECT_MIB * 2**20,
            "empty_data": order.empty_data,
        }
        try:
            draft = self.folder / "order.draft"
            draft.write_text(json.dumps(content), "utf-8")
            draft.chmod(0o644)
            draft.rename(self.folder / "order.json")
        except OSError as reason:
            raise SandboxError(
                f"an order could not be written under {self.engine.cache} ({reason.strerror or reason}): {DISK}"
            ) from reason

    def account(self) -> Account:
        """What PID 1 has told so far."""
        return read_account(self.container.log(self._log_bytes()), self.nonce, self.keep or 16_384)

    def _log_bytes(self) -> int:
        return self.container.profile.log_kib * 1024 * 2 + 65_536

    def finish(self, seconds: float) -> tuple[Account, State | None]:
        """Wait for the end, at most so long, then kill; the account, and the engine's word (None: it vanished)."""
        try:
            if not self.container.wait(seconds):
                self.container.kill()
            state = self.container.state()
            return self.account(), state
        except Gone:
            return Account(), None


def log_kib(output_kib: int, *, collects: bool) -> int:
    """What the engine must keep of a launched container's log, so that no line of the account is lost."""
    kib = output_kib * 2 + (COLLECT_MIB * 1024 if collects else 0)
    return int(kib * 1.4) + 512  # base64 takes a third more, the engine's own frame a little


@lru_cache(maxsize=16)
def measure(pack: Path) -> tuple[int, int]:
    """What a tar takes when it is unpacked: (MiB rounded up, files and folders)."""
    total = count = 0
    try:
        with tarfile.open(pack, "r:") as members:
            for member in members:
                total += -(-member.size // 4096) * 4096
                count += 1 + member.name.count("/")
    except (OSError, tarfile.TarError) as reason:
        raise SandboxError(f"the submission's archive {pack} can't be read: {reason}; grade again") from reason
    return -(-total // 2**20) + 1, count


def _tar(files: Mapping[str, bytes]) -> bytes:
    """Our extra files as a tar for the launcher; names are ours, and a wrong one is our mistake."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as members:
        for name, content in files.items():
            member = tarfile.TarInfo(_place(name))
            member.size, member.mode = len(content), 0o644
            members.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _place(name: str) -> str:
    path = PurePosixPath(name)
    if ".." in path.parts or not path.parts:
        raise SandboxError(f"a file can't be laid at {name!r}")
    if not path.is_absolute():
        return f"submission/{path}"
    if path.parts[:2] == ("/", "submission") and len(path.parts) > 2:
        return f"submission/{PurePosixPath(*path.parts[2:])}"
    if path.parts[:3] != ("/", "harness", "input") or len(path.parts) < 4:
        raise SandboxError(f"a file can't be laid at {name!r}: only under /submission and /harness/input")
    return str(PurePosixPath("input", *path.parts[3:]))


def sizes(files: Mapping[str, bytes], *, absolute: bool) -> int:
    """MiB that our extra files take in one of their two places."""
    chosen: Sequence[int] = [len(c) + 8192 for name, c in files.items() if name.startswith("/harness/") == absolute]
    return -(-sum(chosen) // 2**20)
