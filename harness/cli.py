"""The command line: `harness grade`, `challenge`, `doctor`, `gc`; errors become one clear line and an exit code.

Everything heavy is imported inside the command that needs it, so that `--help` and completion stay fast.
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from harness import __version__
from harness.ai_log_command import ai_log
from harness.attack_command import attack_pack
from harness.ci_command import ci
from harness.exit_codes import ExitCode
from harness.failure import failing_as_one_line, unheard
from harness.report_command import report
from harness.score_command import index, reveal, score

CHALLENGES_OPTION = click.option(
    "--challenges",
    "challenges_folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HARNESS_CHALLENGES",
    help="A folder of private challenge packs, besides the ones that come with the harness.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="harness")
def cli() -> None:
    """Grade take-home submissions in sandboxes and write a pre-review report for the interviewer.

    Exit codes say whether grading worked, never how the candidate did: 0 graded; 1 report with gaps (run it
    again); 2 usage or challenge pack wrong; 3 our fault or the machine's, no report (run it again); 4 this
    submission can't be graded; 130 interrupted.
    """


@cli.command()
@click.argument("repository", required=False)
@click.option("--challenge", "challenge_id", default="lead-ingestion", show_default=True, help="Which challenge.")
@CHALLENGES_OPTION
@click.option("--ref", help="A branch, tag, commit, pull/N or merge-requests/N; default: the repository's HEAD.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the report; default: grading/<submission>/.",
)
@click.option(
    "--ai-log",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="An AI usage log that was sent apart from the repository.",
)
@click.option(
    "--example",
    metavar="NAME",
    help="Grade the challenge's calibration submission NAME (strong, mixed, ...).",
)
@click.option(
    "--replay/--no-replay",
    default=True,
    show_default=True,
    help="Run test commands that the AI usage log claims again, at their commits.",
)
@click.option("--blind", is_flag=True, help="Take the candidate's name, addresses and accounts out of every view.")
@click.option(
    "--blind-map",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where --blind keeps who is who; default: blind-map.json in your state folder, apart from all reports.",
)
@click.option(
    "--runtime",
    metavar="NAME",
    help="The engine's runtime for sandboxes without a shared network, such as runsc; default: $HARNESS_RUNTIME, "
    "then the engine's own. The exam stays on the engine's own.",
)
@click.option(
    "--allow-weak-sandbox",
    "weak",
    is_flag=True,
    help="Grade although the runtime was measured not to keep its limits; the report says so.",
)
@click.option("--json", "as_json", is_flag=True, help="Print report.json to standard output as well.")
@click.option("-v", "--verbose", is_flag=True, help="Say more about each step.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
def grade(
    repository: str | None,
    challenge_id: str,
    challenges_folder: Path | None,
    ref: str | None,
    out: Path | None,
    ai_log: Path | None,
    example: str | None,
    replay: bool,
    blind: bool,
    blind_map: Path | None,
    runtime: str | None,
    weak: bool,
    as_json: bool,
    verbose: bool,
    quiet: bool,
) -> None:
    """Grade REPOSITORY: a git URL (https, ssh, file), a path to a git repository, or a .zip or .tar.gz of one."""
    if (repository is None) == (example is None):
        raise click.UsageError("Name one REPOSITORY, or --example NAME.")
    with failing_as_one_line(verbose):
        from harness.pipeline import Order, grade_submission
        from harness.progress import Progress
        from harness.terminal import tell_report

        progress = Progress(quiet=quiet, verbose=verbose)
        order = Order(
            repository=repository,
            example=example,
            ref=ref,
            challenge_id=challenge_id,
            challenges_folder=challenges_folder,
            out=out,
            ai_log=ai_log,
            replay=replay,
            blind=blind,
            blind_map=blind_map,
            runtime=runtime,
            weak=weak,
        )
        with progress:
            graded = grade_submission(order, progress)
        with unheard():
            if not quiet:
                tell_report(graded)
            if as_json:
                click.echo(graded.report.to_json(), nl=False)
    sys.exit(ExitCode.GRADED if graded.report.complete else ExitCode.GAPS)


@cli.group()
def challenge() -> None:
    """Look at challenges, and hand one out."""


@challenge.command("list")
@CHALLENGES_OPTION
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def challenge_list(challenges_folder: Path | None, as_json: bool) -> None:
    """The challenges that can be graded."""
    with failing_as_one_line():
        from harness.terminal import tell_challenges

        tell_challenges(challenges_folder, as_json=as_json)


@challenge.command("show")
@click.argument("challenge_id", metavar="ID")
@CHALLENGES_OPTION
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def challenge_show(challenge_id: str, challenges_folder: Path | None, as_json: bool) -> None:
    """What the challenge ID asks, and what judges it."""
    with failing_as_one_line():
        from harness.terminal import tell_challenge

        tell_challenge(challenge_id, challenges_folder, as_json=as_json)


@challenge.command("export")
@click.argument("challenge_id", metavar="ID")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@CHALLENGES_OPTION
def challenge_export(challenge_id: str, folder: Path, challenges_folder: Path | None) -> None:
    """Write what a candidate is sent into DIR: brief, contract and starter; nothing hidden."""
    with failing_as_one_line():
        from challenges import export, load

        written = export(load(challenge_id, challenges_folder), folder)
        click.echo(f"{len(written)} files for the candidate are in {folder}")


@challenge.command("example")
@click.argument("challenge_id", metavar="ID")
@click.argument("name")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@CHALLENGES_OPTION
def challenge_example(challenge_id: str, name: str, folder: Path, challenges_folder: Path | None) -> None:
    """Write the calibration submission NAME of the challenge ID into DIR as a bare git repository: clone it."""
    with failing_as_one_line():
        from harness.example import write_example

        click.echo(f"{write_example(challenge_id, name, folder, challenges_folder)}")


@challenge.command("new")
@click.argument("challenge_id", metavar="ID")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--contract",
    type=click.Choice(["http-service", "command-line", "library"]),
    default="http-service",
    show_default=True,
    help="What candidates build, and how the hidden tests reach it.",
)
def challenge_new(challenge_id: str, folder: Path, contract: str) -> None:
    """Write a small example pack named ID into DIR, to be made your own; it verifies as it is."""
    with failing_as_one_line():
        from challenges import new

        written = new(challenge_id, folder, contract)
        click.echo(f"{len(written)} files of a sound pack are in {folder / challenge_id}: make it your own, then")
        click.echo(f"  harness challenge verify {challenge_id} --challenges {shlex.quote(str(folder))}")


@challenge.command("verify")
@click.argument("challenge_id", metavar="ID")
@CHALLENGES_OPTION
@click.option(
    "--rule", "rules", multiple=True, help="Hold this rule only (may be given several times); keeps no proof."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for verify.html; default: grading/verify-ID.",
)
@click.option("--afresh", is_flag=True, help="Hold again what an earlier run of the same pack held within a day.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the table.")
def challenge_verify(
    challenge_id: str,
    challenges_folder: Path | None,
    rules: tuple[str, ...],
    out: Path | None,
    afresh: bool,
    quiet: bool,
) -> None:
    """Prove the challenge ID before it grades anyone: hold each rule of a sound pack against it, with real exams."""
    with failing_as_one_line():
        from harness.terminal import tell_verification

        held = tell_verification(challenge_id, challenges_folder, rules, out, afresh=afresh, quiet=quiet)
    sys.exit(ExitCode.GRADED if held else ExitCode.USAGE)


@cli.command()
@click.option(
    "--fix", is_flag=True, help="Mend what can be mended: engine, images, our tools. Says each thing it does."
)
@click.option("--quick", is_flag=True, help="Leave out what is measured in containers.")
@click.option("--runtime", metavar="NAME", help="Measure this runtime of the engine's too; default: $HARNESS_RUNTIME.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is missing or done.")
def doctor(fix: bool, quick: bool, runtime: str | None, as_json: bool, quiet: bool) -> None:
    """Engine, images, versions, disk: what is missing on this machine, and how to mend it.

    What confines a sandbox (processes, memory, network, system calls, output) is measured in containers of ours.
    """
    with failing_as_one_line():
        from harness.terminal import tell_doctor

        healthy = tell_doctor(fix=fix, quick=quick, runtime=runtime, as_json=as_json, quiet=quiet)
    sys.exit(ExitCode.GRADED if healthy else ExitCode.OURS)


@cli.command()
@click.option("--images", is_flag=True, help="Remove the harness's images too; the next grading makes them again.")
def gc(images: bool) -> None:
    """Remove what killed runs left behind: our containers, volumes, networks and temporary folders, and only ours.

    Says each thing that it removes, and what it leaves alone: living runs, other users' and other machines', forms of
    label that it does not know. Every grading starts with the same sweep.
    """
    with failing_as_one_line():
        from harness.terminal import tell_sweep

        clean = tell_sweep(images=images)
    sys.exit(ExitCode.GRADED if clean else ExitCode.OURS)


challenge.add_command(attack_pack)
cli.add_command(ai_log)
cli.add_command(report)
cli.add_command(ci)
cli.add_command(score)
cli.add_command(reveal)
cli.add_command(index)


STOPS = tuple(signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in signal.Signals.__members__)
"""Windows, where candidates run `ai-log`, has no SIGHUP."""


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """The first Ctrl-C, SIGTERM or SIGHUP ends a run in order: everything that it made is removed on the way out."""
    for number in STOPS:
        signal.signal(number, _stop_at_once)
    raise KeyboardInterrupt


def _stop_at_once(_signal: int, _frame: FrameType | None) -> NoReturn:
    """The second one does not wait for that; what is left is named by labels and owner, so that it can be removed."""
    shown_again = "\x1b[?25h" if sys.stderr.isatty() else ""  # the live display hides the cursor
    told = f"{shown_again}harness: stopped at once; `harness gc` (or the next run) removes what this one left.\n"
    os.write(2, told.encode())
    os._exit(ExitCode.INTERRUPTED)


def main() -> None:
    """The console script `harness`."""
    for number in STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, or a job in the background, asked for that
            signal.signal(number, _stop)
    try:
        cli.main(standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("harness: interrupted; everything that the run made is removed.", err=True)
        sys.stdout.flush()
        os._exit(ExitCode.INTERRUPTED)  # a thread that still waits for something (a lock, a download) holds nobody up
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(ExitCode.USAGE)
    except BrokenPipeError:
        with unheard():
            raise
        sys.exit(ExitCode.GRADED)
