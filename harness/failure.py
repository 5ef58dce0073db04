"""The one place where an exception becomes a line for people and an exit code."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from harness.exit_codes import ExitCode


@contextmanager
def failing_as_one_line(verbose: bool = False) -> Iterator[None]:
    """Turn what goes wrong inside into "harness: what happened and what to do" on stderr, and exit.

    ChallengeError exits 2, SubmissionRefused 4, SandboxError and OutputError 3, and whatever nobody foresaw 3 as
    well; the traceback of that last kind is shown with --verbose only, since it helps nobody but us.
    """
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except Exception as trouble:  # noqa: BLE001 - the last place before the person: every fault becomes a line
        _leave(trouble, verbose)


def _leave(trouble: Exception, verbose: bool) -> NoReturn:
    import click

    if isinstance(trouble, click.ClickException | click.exceptions.Exit | click.Abort | BrokenPipeError):
        raise trouble

    from challenges import ChallengeError
    from harness.output import OutputError
    from sandbox import SandboxError, SubmissionRefused

    if isinstance(trouble, ChallengeError):
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
    elif isinstance(trouble, PermissionError):
        _say(f"not allowed to use {trouble.filename}: choose another folder (--out, HARNESS_CACHE) or mend its rights.")
    else:
        if verbose:
            traceback.print_exception(trouble)
        name = type(trouble).__name__
        _say(f"an unexpected fault of ours ({name}: {_one_line(trouble)}); run it again with --verbose and report it.")
    sys.exit(ExitCode.OURS)


def _one_line(trouble: Exception) -> str:
    return " ".join(str(trouble).split())[:300]


def _say(text: str) -> None:
    """One line; control characters may come from a submission's names, so they are made visible."""
    line = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in " ".join(text.split()))
    sys.stderr.write(f"harness: {line}\n")
