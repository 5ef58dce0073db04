"""`harness ci`: one job of the hiring team's pipeline grades one submission, and says no more than it may.

Everything is given by options or variables, so that no address or name is ever put into a line of shell. The job's
result says whether grading worked, never how the candidate did.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from harness.exit_codes import ExitCode
from harness.failure import failing_as_one_line

if TYPE_CHECKING:
    from harness.ci_platform import Platform

LOG = "log.txt"
"""What went wrong, where the job's own log may be seen by a candidate: a message can name a hidden test."""
PRIVATE_VIEWS = ("junit", "sarif")
"""Besides what `harness grade` writes."""

Kind = Literal["error", "warning", "notice"]
SAID: dict[int, tuple[Kind, str]] = {
    ExitCode.GRADED: ("notice", "Graded: the report is written."),
    ExitCode.GAPS: (
        "warning",
        "The report is written with gaps: something could not be told. That is ours; run it again.",
    ),
    ExitCode.USAGE: ("error", "Not graded: the job's settings or the challenge pack are wrong; the log says how."),
    ExitCode.OURS: ("error", "Not graded: our fault or the machine's, no report. It is safe to run again."),
    ExitCode.REFUSED: ("notice", "This submission can't be graded; the log says why."),
    ExitCode.INTERRUPTED: ("error", "Interrupted; everything that the run made is removed."),
}


@click.command()
@click.option(
    "--submission", envvar="HARNESS_CI_SUBMISSION", show_envvar=True, required=True, help="The repository to grade."
)
@click.option(
    "--ref", envvar="HARNESS_CI_REF", show_envvar=True, help="A branch, tag, commit, pull/N or merge-requests/N."
)
@click.option(
    "--challenge",
    "challenge_id",
    envvar="HARNESS_CI_CHALLENGE",
    show_envvar=True,
    default="lead-ingestion",
    show_default=True,
    help="Which challenge.",
)
@click.option(
    "--challenges",
    "challenges_folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HARNESS_CHALLENGES",
    show_envvar=True,
    help="A folder of private challenge packs.",
)
@click.option(
    "--summary",
    "shown",
    type=click.Choice(("full", "public", "none")),
    envvar="HARNESS_CI_SUMMARY",
    show_envvar=True,
    default="full",
    show_default=True,
    help="What the job's page shows: all, nothing that gives away a hidden test, or nothing.",
)
@click.option(
    "--on-gaps",
    type=click.Choice(("warn", "fail")),
    envvar="HARNESS_CI_ON_GAPS",
    show_envvar=True,
    default="warn",
    show_default=True,
    help="Whether a report with gaps fails the job.",
)
@click.option(
    "--blind",
    is_flag=True,
    envvar="HARNESS_CI_BLIND",
    show_envvar=True,
    help="Take the candidate's name, addresses and accounts out of every view.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HARNESS_CI_OUT",
    show_envvar=True,
    default="grading/ci",
    show_default=True,
    help="Folder for private/ (the report) and public/ (the public summary).",
)
@click.pass_context
def ci(
    context: click.Context,
    submission: str,
    ref: str | None,
    challenge_id: str,
    challenges_folder: Path | None,
    shown: str,
    on_gaps: str,
    blind: bool,
    out: Path,
) -> None:
    """Grade one submission in a CI job of the hiring team's private repository.

    Exits 0 when there is a report, also for a submission that can't be graded; with --on-gaps fail, 1 for a
    report with gaps; else as `harness grade` does.
    """
    from harness.ci_platform import platform

    where = platform(os.environ)
    _check(where, submission, shown, out)
    private, public = out / "private", out / "public"
    with failing_as_one_line():
        _clear(private)
        _clear(public)
    with _commands_stopped(where), _errors_aside(private / LOG if shown != "full" else None):
        code = _grade(
            context, submission, ref=ref, challenge_id=challenge_id, challenges_folder=challenges_folder,
            blind=blind, out=private, quiet=shown != "full",
        )  # fmt: skip
    with failing_as_one_line():
        written = _show(where, code, private, public, shown)
        if where.open_to_all:
            _clear(private)
        kept = private.is_dir() and any(private.iterdir())
        told = {
            "exit-code": str(code),
            "graded": _word(written and code != ExitCode.REFUSED),
            "complete": _word(code == ExitCode.GRADED),
            "private-report": _word(kept),
            "public-summary": _word(written and shown == "public"),
            "private-folder": str(private.absolute()),
            "public-folder": str(public.absolute()),
        }
        where.write_outputs(told)
    sys.exit(_result(code, on_gaps, where))


def _check(where: Platform, submission: str, shown: str, out: Path) -> None:
    """Hold that the job runs where it may. Raises click.UsageError, in one line."""
    from harness.ci_platform import same_repository

    if submission.startswith("-") or not submission.isprintable() or len(submission) > 2_000:
        raise click.UsageError("The submission is no address of a repository.")
    if not str(out.absolute()).isprintable():
        raise click.UsageError("--out holds a control character: name another folder.")
    if same_repository(where.repository, submission):
        raise click.UsageError(
            "This job runs in the submission's own repository, where the candidate sees everything: run it in a "
            "private repository of the hiring team."
        )
    if where.open_to_all and shown == "full":
        raise click.UsageError(
            "Everybody can see this repository's runs, and a report names hidden tests: run this in a private "
            "repository, or choose --summary public, which keeps the public summary alone."
        )


def _grade(context: click.Context, submission: str, **options: object) -> int:
    """Run `harness grade`; give its exit code. Raises KeyboardInterrupt."""
    from harness.cli import grade

    try:
        context.invoke(grade, repository=submission, **options)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else ExitCode.OURS
    except click.ClickException as wrong:
        wrong.show()
        return ExitCode.USAGE
    return ExitCode.OURS


@contextmanager
def _commands_stopped(where: Platform) -> Iterator[None]:
    """What is printed in here is text, whatever a submission made of it: GitHub takes no command until it reads the
    token again, which nobody can guess.
    """
    if where.name != "github":
        yield
        return
    token = secrets.token_hex(16)
    _print(f"::stop-commands::{token}")
    try:
        yield
    finally:
        sys.stderr.flush()
        _print(f"::{token}::")


def _clear(folder: Path) -> None:
    """Take the files that a job writes out of the folder, so that none is of an earlier one; touch no other file."""
    from reports import VIEWS

    for name in (LOG, *(view.file for view in VIEWS.values())):
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()


@contextmanager
def _errors_aside(path: Path | None) -> Iterator[None]:
    """Write what goes to stderr in here into this file, if one is named; an empty one is not kept."""
    if path is None:
        yield
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file, redirect_stderr(file):
        yield
    if not path.stat().st_size:
        path.unlink()


def _show(where: Platform, code: int, private: Path, public: Path, shown: str) -> bool:
    """Write the other views, and show what may be shown; tells whether there is a report."""
    from harness.report_command import load_report, write_views
    from reports import VIEWS

    kind, sentence = SAID.get(code, SAID[ExitCode.OURS])
    written = (private / "report.json").is_file()
    _tell(where, kind, sentence)
    if not written:
        where.write_summary(f"{sentence}\n\n")
        return False
    report = load_report(private)
    write_views(report, PRIVATE_VIEWS, private)
    write_views(report, ["public"], public)
    if shown == "full":
        where.write_summary(VIEWS["step-summary"].render(report) + "\n")
        if where.name == "github":
            _print(VIEWS["annotations"].render(report).removesuffix("\n"))
    elif shown == "public":
        where.write_summary(VIEWS["public"].render(report) + "\n")
    return True


def _tell(where: Platform, kind: Kind, sentence: str) -> None:
    from reports import workflow_command

    _print(workflow_command(kind, "Grading", sentence) if where.name == "github" else f"harness: {sentence}")


def _print(line: str) -> None:
    if line:
        click.echo(line)
        sys.stdout.flush()


def _word(value: bool) -> str:
    return "true" if value else "false"


def _result(code: int, on_gaps: str, where: Platform) -> int:
    """What the job ends with. GitLab shows 1 as a warning by itself (`allow_failure: exit_codes`), GitHub can't."""
    if code == ExitCode.REFUSED:
        return ExitCode.GRADED
    if code == ExitCode.GAPS and on_gaps == "warn" and where.name != "gitlab":
        return ExitCode.GRADED
    return code
