"""`harness challenge attack ID`: tries attacks on a challenge pack, and says of each whether it was held."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.exit_codes import ExitCode
from harness.failure import failing_as_one_line
from harness.plain_line import plain_line

MARKS = {True: "✓ held     ", False: "✗ not held ", None: "– not tried"}


@click.command("attack")
@click.argument("challenge_id", metavar="ID")
@click.option(
    "--challenges",
    "challenges_folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="HARNESS_CHALLENGES",
    help="A folder of private challenge packs, besides the ones that come with the harness.",
)
@click.option("--only", multiple=True, metavar="NAME", help="Try this attack only (may be given several times).")
@click.option("--list", "listed", is_flag=True, help="List the attacks, and try none.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the table.")
def attack_pack(
    challenge_id: str, challenges_folder: Path | None, only: tuple[str, ...], listed: bool, quiet: bool
) -> None:
    """Try the attacks that fit any pack on the challenge ID: forged tests and results, searches, floods, ways out.

    They are laid over its starter and its reference submission and run in real sandboxes. Exit code 0 when none
    succeeded, 1 when one did.
    """
    with failing_as_one_line():
        from challenges import load
        from harness.attack import attack
        from harness.attack_file import shipped
        from harness.progress import Progress

        if listed:
            for one in shipped():
                click.echo(f"{one.id}: {one.tries}")
            return
        counts = {True: 0, False: 0, None: 0}
        challenge = load(challenge_id, challenges_folder)
        width = max(len(one.id) for one in shipped())
        with Progress(quiet=quiet) as progress:
            for tried in attack(challenge, progress, only):
                counts[tried.held] += 1
                click.echo(f"{MARKS[tried.held]}  {tried.attack.id:<{width}}  {plain_line(tried.attack.tries)}")
                for why in tried.why:
                    click.echo(f"{'':<13}{plain_line(why)[:600]}")
        click.echo(f"{counts[True]} held, {counts[False]} not held, {counts[None]} not tried.")
    sys.exit(ExitCode.GAPS if counts[False] else ExitCode.GRADED)
