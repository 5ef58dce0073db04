"""Git, hardened: the one place that starts it, and what it may do, see and cost when it does.

Nothing of the user's configuration or GIT_* variables reaches it, nor anything of a submission's configuration: git is
never run inside a given repository, only in bare ones of ours. Every call has a deadline and a limit on what it
writes, and its whole process group dies with it. GitPython is used as the runner of commands alone (SECURITY G16).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Literal

from sandbox.engine import SandboxError
from sandbox.refusal import MIB

OLDEST_GIT = (2, 31)
"""The first git that takes configuration from GIT_CONFIG_COUNT."""
MEMORY_KIB = 4 * 1024 * 1024
"""Address space of one git process: a crafted delta chain must not eat the machine."""
ERRORS_LIMIT = 64 * 1024

KEPT_VARIABLES = frozenset(
    {
        *("PATH", "TMPDIR", "USER", "LOGNAME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH"),
        *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    }
)
"""All that git gets of the user's environment: where programs, proxies, certificates and the key agent are."""

ENVIRONMENT = {
    "HOME": "/dev/null",  # no ~/.netrc, no ~/.config/git; ssh finds its keys through the password file
    "XDG_CONFIG_HOME": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "/bin/false",
    "SSH_ASKPASS": "/bin/false",
    "GIT_LFS_SKIP_SMUDGE": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    "GIT_SSH_COMMAND": (
        "ssh -a -x -oBatchMode=yes -oControlPath=none -oClearAllForwardings=yes -oPermitLocalCommand=no"
        " -oConnectTimeout=20 -oServerAliveInterval=10 -oServerAliveCountMax=3"
    ),
    "LANGUAGE": "C",
    "LC_ALL": "C",
    "TZ": "UTC",
}
CONFIGURATION = {
    "protocol.allow": "never",  # overridden by GIT_ALLOW_PROTOCOL for the one scheme of a fetch
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.symlinks": "false",
    "core.protectNTFS": "true",
    "core.protectHFS": "true",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.commitGraph": "false",
    "core.multiPackIndex": "false",
    "core.bigFileThreshold": "4m",  # larger files are streamed and count as binary: never diffed, never held in memory
    "pack.threads": "2",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "fetch.unpackLimit": "1",
    "fetch.writeCommitGraph": "false",
    "transfer.fsckObjects": "true",
    "transfer.bundleURI": "false",
    # Honest repositories hold these, made by old tools; the hosting services take them too.
    "fetch.fsck.zeroPaddedFilemode": "warn",
    "fetch.fsck.badTimezone": "warn",
    "safe.bareRepository": "explicit",
    "credential.helper": "",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "30",
    "filter.lfs.smudge": "",
    "filter.lfs.process": "",
    "filter.lfs.required": "false",
    "log.showSignature": "false",
    "diff.renames": "false",
    "i18n.logOutputEncoding": "UTF-8",
}
# Limits are set by the shell that becomes git: a preexec_fn is not safe in a program with threads.
_LAUNCH = 'ulimit -c 0; ulimit -v "$1" 2>/dev/null; ulimit -f "$2" || exit 125; shift 2; exec "$@"'

Stopped = Literal["deadline", "size", "output"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a git command ended: its exit code (negative: a signal), what it wrote, and whether we stopped it and why."""

    code: int
    output: bytes
    errors: str
    stopped: Stopped | None

    @property
    def good(self) -> bool:
        return self.code == 0 and self.stopped is None


class Stream:
    """A running git command's output, read in pieces. Made by `stream_git`; `ended` tells all after its block."""

    def __init__(self, process: Any, deadline: float, watched: tuple[Path, int] | None) -> None:
        self._process = process
        self._deadline = deadline
        self._watched = watched
        self._errors = b""
        self._stopped: Stopped | None = None
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch, name="git-watch", daemon=True),
            threading.Thread(target=self._drain_errors, name="git-errors", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; b"" at the end, which also comes when the command is stopped."""
        return bytes(self._process.stdout.read(size))

    def readline(self, limit: int) -> bytes:
        """The next line with its end, cut at `limit` bytes."""
        return bytes(self._process.stdout.readline(limit))

    def stop(self, reason: Stopped) -> None:
        """Kill git and all that it started; the first reason stays."""
        self._stopped = self._stopped or reason
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Wait for the end. A command that still writes is stopped: nobody reads it any more."""
        self._process.stdout.close()
        patience = time.monotonic() + 0.5
        while not self._has_ended() and self._stopped is None and time.monotonic() < patience:
            time.sleep(0.001)
        if not self._has_ended():
            self.stop("output")
        patience = time.monotonic() + 10
        while not self._has_ended():
            if time.monotonic() > patience:  # a disk that hangs holds even a killed process
                raise SandboxError("git can't be ended. Check the disk that the cache and the submission lie on.")
            time.sleep(0.001)
        self._over.set()
        self._threads[0].join(timeout=5)
        # What outlived git (ssh, a remote helper) would keep the error pipe open. The ended leader is not reaped yet,
        # so its number still is the number of this group and of no other.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.proc.wait()
        self._threads[1].join(timeout=5)
        self._process.stderr.close()

    def _has_ended(self) -> bool:
        """Whether git has ended; leaves it unreaped."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def ended(self, output: bytes = b"") -> Ended:
        return Ended(self._process.proc.returncode, output, self._errors.decode("utf-8", "replace"), self._stopped)

    def _watch(self) -> None:
        next_look = 0.0
        while not self._over.wait(0.05):
            now = time.monotonic()
            if now >= self._deadline:
                self.stop("deadline")
                return
            if self._watched and now >= next_look:
                next_look = now + 0.2
                folder, limit = self._watched
                if folder_size(folder) > limit:
                    self.stop("size")
                    return

    def _drain_errors(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while piece := self._process.stderr.read1(65536):
                self._errors = (self._errors + piece)[-ERRORS_LIMIT:]


@contextlib.contextmanager
def stream_git(
    arguments: Sequence[str],
    *,
    seconds: float,
    git_dir: Path | None = None,
    feed: IO[bytes] | None = None,
    watched: tuple[Path, int] | None = None,
    file_bytes: int = 64 * MIB,
    protocol: str = "",
    configuration: Mapping[str, str] | None = None,
) -> Iterator[Stream]:
    """Start `git <arguments>` and give its output to read. `git_dir` is always a bare repository of ours.

    `feed` becomes its standard input, `watched` is a folder and the bytes that it may grow to, `file_bytes` the
    largest file that it may write, `protocol` the one transport it may use (none by default). `configuration` comes
    on top of ours and, as that is, by environment: a token in it shows in no process list.
    Raises SandboxError when git can't be started.
    """
    check_git()
    settings = {**CONFIGURATION, **(configuration or {})}
    variables = {**ENVIRONMENT, "GIT_ALLOW_PROTOCOL": protocol or "none", "GIT_CONFIG_COUNT": str(len(settings))}
    if authorities := os.environ.get("SSL_CERT_FILE") or os.environ.get("GIT_SSL_CAINFO"):
        variables["GIT_SSL_CAINFO"] = authorities  # git reads no other name; it says whom to trust, not what to do
    for number, (key, value) in enumerate(settings.items()):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    # GitPython hands on the whole environment, so what git must not see is taken out by env(1), by name.
    unwanted = [name for name in os.environ if name not in KEPT_VARIABLES and name not in variables]
    command = ["/bin/sh", "-c", _LAUNCH, "git", str(MEMORY_KIB), str(max(1, file_bytes // 512)), "env"]
    command += [part for name in unwanted for part in ("-u", name)]
    command += ["git", *([f"--git-dir={git_dir}"] if git_dir else []), *arguments]
    # as_process, with our own watch: `kill_after_timeout` is ignored by some callers, and knows no size and no group.
    process = _runner().execute(
        command, istream=feed, as_process=True, env=variables, start_new_session=True, shell=False
    )
    stream = Stream(process, time.monotonic() + seconds, watched)
    try:
        yield stream
    finally:
        stream.close()


def run_git(
    arguments: Sequence[str],
    *,
    seconds: float,
    output_limit: int = 4 * MIB,
    git_dir: Path | None = None,
    feed: IO[bytes] | None = None,
    watched: tuple[Path, int] | None = None,
    file_bytes: int = 64 * MIB,
    protocol: str = "",
    configuration: Mapping[str, str] | None = None,
) -> Ended:
    """Run `git <arguments>` to its end (see `stream_git`); output beyond `output_limit` bytes stops it."""
    pieces: list[bytes] = []
    room = output_limit
    with stream_git(
        arguments,
        seconds=seconds,
        git_dir=git_dir,
        feed=feed,
        watched=watched,
        file_bytes=file_bytes,
        protocol=protocol,
        configuration=configuration,
    ) as stream:
        while piece := stream.read(min(65536, room + 1)):
            pieces.append(piece[:room])
            room -= len(piece)
            if room < 0:
                stream.stop("output")
                break
    return stream.ended(b"".join(pieces))


def folder_size(folder: Path) -> int:
    """Bytes of all files below `folder`, as good as can be told while they come and go."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(f"{place}/{name}").st_size
    return total


@cache
def git_version() -> tuple[int, ...]:
    """The version of git, (2, 39, 5) say. Raises SandboxError when there is none or it can't be told."""
    if shutil.which("git") is None:
        raise SandboxError("git is not installed. Install it (apt-get install git) and run this again.")
    text = str(_runner().execute(["git", "version"], shell=False, kill_after_timeout=20))
    found = re.search(r"(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?", text)
    if not found:
        raise SandboxError("git does not tell its version. Check what `git version` prints, then run this again.")
    return tuple(int(part) for part in found.groups(default="0"))


def check_git() -> None:
    """Raise SandboxError when git is missing or older than we need."""
    version = git_version()
    if version[:2] < OLDEST_GIT:
        have, need = ".".join(map(str, version)), ".".join(map(str, OLDEST_GIT))
        raise SandboxError(f"git {have} is too old. Install git {need} or newer and run this again.")


def can_stay_partial() -> bool:
    """Whether this git knows GIT_NO_LAZY_FETCH; one that doesn't fetches what a filter left out, again and again."""
    fixed = {39: 4, 40: 2, 41: 1, 42: 2, 43: 4, 44: 1}
    major, minor, patch, *_ = git_version()
    return (major, minor) >= (2, 45) or (major == 2 and minor in fixed and patch >= fixed[minor])


def _runner() -> Any:
    """GitPython's runner of commands; imported late, since it costs a quarter of a second."""
    try:
        from git import Git
    except ImportError as reason:
        raise SandboxError(f"git could not be started ({str(reason).splitlines()[0][:120]}). Install git.") from None
    return Git("/")
