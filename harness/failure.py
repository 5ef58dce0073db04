"""The one place where an exception becomes a line for people and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn, TextIO

from harness.exit_codes import ExitCode


@contextmanager
def failing_as_one_line(verbose: bool = False) -> Iterator[None]:
    """Turn what goes wrong inside into "harness: what happened and what to do" on stderr, and exit.

    ChallengeError and RuntimeUnknownError exit 2, SubmissionRefused 4, SandboxError and OutputError 3, and whatever
    nobody foresaw 3 as well; the traceback of that last kind is shown with --verbose only: it helps nobody but us.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except Exception as trouble:  # noqa: BLE001 - the last place before the person: every fault becomes a line
        _leave(trouble, verbose)


@contextmanager
def unheard() -> Iterator[None]:
    """What is printed in here may find no reader any more (`| head`): no fault of anybody's, and no other exit code."""
    try:
        yield
        if sys.stdout:  # None where it was closed from the start
            sys.stdout.flush()
    except BrokenPipeError:
        into_nothing(sys.stdout)


def into_nothing(stream: TextIO) -> None:
    """Let a stream that nobody reads lead nowhere: what it still holds is flushed at the exit, and must not fail."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _leave(trouble: Exception, verbose: bool) -> NoReturn:
    import click

    if isinstance(trouble, click.ClickException | click.exceptions.Exit | click.Abort | BrokenPipeError):
        raise trouble

    from challenges import ChallengeError
    from harness.output import OutputError
    from sandbox import RuntimeUnknownError, SandboxError, SubmissionRefused

    if isinstance(trouble, ChallengeError | RuntimeUnknownError):
        _say(str(trouble))
        sys.exit(ExitCode.USAGE)
    if isinstance(trouble, SubmissionRefused):
        _say(f"this submission can't be graded: {trouble}")
        sys.exit(ExitCode.REFUSED)
    if isinstance(trouble, SandboxError | OutputError):
        _say(str(trouble))
    elif isinstance(trouble, OSError) and trouble.errno == errno.ENOSPC:
        where = trouble.filename or "the disk"
        _say(f"no space left ({where}): free some, or set HARNESS_CACHE or --out to another disk, and run it again.")
    elif isinstance(trouble, OSError) and trouble.errno in (errno.EMFILE, errno.ENFILE):
        _say("too many open files for the harness: raise the limit (ulimit -n 1024), and run it again.")
    elif _is_want_of_memory(trouble):
        _say("too little memory, or too few processes, for the harness: free some or raise the limits (ulimit -v, -u).")
    elif isinstance(trouble, PermissionError):
        _say(f"not allowed to use {trouble.filename}: choose another folder (--out, HARNESS_CACHE) or mend its rights.")
    else:
        if verbose:
            traceback.print_exception(trouble)
        name = type(trouble).__name__
        _say(f"an unexpected fault of ours ({name}: {_one_line(trouble)}); run it again with --verbose and report it.")
    sys.exit(ExitCode.OURS)


def _is_want_of_memory(trouble: Exception) -> bool:
    """Whether memory, or the threads and processes that it pays for, ran out."""
    if isinstance(trouble, OSError):
        return trouble.errno in (errno.ENOMEM, errno.EAGAIN)
    return isinstance(trouble, MemoryError) or "can't start new thread" in str(trouble)


def _one_line(trouble: Exception) -> str:
    return " ".join(str(trouble).split())[:300]


def _say(text: str) -> None:
    """One line; control characters may come from a submission's names, so they are made visible."""
    line = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in " ".join(text.split()))
    try:
        sys.stderr.write(f"harness: {line}\n")
        sys.stderr.flush()
    except OSError:  # with nobody to read it, the exit code still says what it is
        into_nothing(sys.stderr)
