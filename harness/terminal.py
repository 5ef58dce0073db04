"""What the commands print: plain lines that read well on a terminal and in a CI log.

Texts that come from a submission lose their control characters, and no line starts as a CI command does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from challenges import PROOF, Challenge, load, load_all
from harness.plain_line import plain_line

if TYPE_CHECKING:
    from harness.pipeline import Graded

GLYPHS = {"passed": "✓", "failed": "✗", "skipped": "–", "error": "!"}


def tell_report(graded: Graded) -> None:
    """One line a grade, then where the report lies."""
    from graders import GRADERS

    report = graded.report
    width = max(len(name) for name in report.grades)
    submission = report.submission
    click.echo(f"{report.challenge.title} · {plain_line(submission.name)} at {plain_line(submission.commit[:12])}")
    for name in (name for name in GRADERS if name in report.grades):
        grade = report.grades[name]
        click.echo(f"  {GLYPHS[grade.outcome]} {name:<{width}}  {plain_line(grade.summary)}")
    if not report.complete:
        click.echo("  ! parts could not be told (our side): the report says which; it is safe to run again.")
    click.echo(f"Report: {graded.folder / 'report.html'}")


def tell_challenges(challenges: Path | None, *, as_json: bool) -> None:
    """`harness challenge list`."""
    known = load_all(challenges)
    if as_json:
        click.echo(json.dumps([_summary(challenge) for challenge in known], indent=2))
        return
    for challenge in known:
        click.echo(f"{challenge.id}  {challenge.version}  round {challenge.round}  {challenge.title}")


def tell_challenge(identifier: str, challenges: Path | None, *, as_json: bool) -> None:
    """`harness challenge show`."""
    challenge = load(identifier, challenges)
    if as_json:
        click.echo(json.dumps(_summary(challenge), indent=2))
        return
    click.echo(f"{challenge.title} ({challenge.id} {challenge.version}, round {challenge.round})")
    if challenge.about:
        click.echo(challenge.about)
    click.echo(f"  contract     {challenge.contract}")
    click.echo(f"  time box     {challenge.time_box_minutes / 60:g} hours")
    click.echo(f"  categories   {', '.join(category.id for category in challenge.categories)}")
    click.echo(f"  dimensions   {', '.join(f'{d.id} ({d.kind})' for d in challenge.dimensions)}")
    click.echo(f"  examples     {', '.join(challenge.examples)}")
    click.echo(f"  digest       {challenge.digest}")
    click.echo(f"  pack         {challenge.folder}")


def _summary(challenge: Challenge) -> dict[str, object]:
    return {
        "id": challenge.id,
        "title": challenge.title,
        "version": challenge.version,
        "round": challenge.round,
        "contract": challenge.contract,
        "time_box_minutes": challenge.time_box_minutes,
        "categories": [category.id for category in challenge.categories],
        "examples": list(challenge.examples),
        "digest": challenge.digest,
    }


def tell_doctor(*, fix: bool, as_json: bool, quiet: bool, quick: bool = False, runtime: str | None = None) -> bool:
    """`harness doctor`; tells whether everything that grading needs is there."""
    from sandbox import doctor

    if fix:
        doctor.fix(lambda line: click.echo(f"doctor: {line}", err=True))
    checks = doctor.checks(quick=quick, runtime=runtime)
    if as_json:
        told = [{"name": c.name, "held": c.held, "detail": c.detail, "remedy": c.remedy} for c in checks]
        click.echo(json.dumps(told, indent=2))
    else:
        for check in checks:
            if quiet and check.held:
                continue
            mark = {True: "✓ held", False: "✗ not held", None: "– worth knowing"}[check.held]
            click.echo(f"{mark:<16} {check.name}: {check.detail}")
            if check.remedy and check.held is not True:
                click.echo(f"{'':<16} mend: {check.remedy}")
    return all(check.held is not False for check in checks)


def tell_verification(
    identifier: str, challenges: Path | None, rules: tuple[str, ...], out: Path | None, *, afresh: bool, quiet: bool
) -> bool:
    """`harness challenge verify`: a line a rule as it is held; tells whether none was broken."""
    from harness.output import write_file
    from harness.progress import Progress
    from harness.verify import verify
    from reports import Proof, render_proof

    challenge = load(identifier, challenges)
    folder = out or Path("grading") / f"verify-{identifier}"
    broken = 0
    with Progress(quiet=quiet) as progress:
        for step in verify(challenge, challenges, progress, rules, afresh=afresh):
            if isinstance(step, Proof):
                write_file(folder / "verify.html", render_proof(step))
                write_file(folder / PROOF, step.to_json())
                if not rules:
                    write_file(challenge.folder / PROOF, step.to_json())
                continue
            broken += not step.held
            click.echo(f"{'✓ held  ' if step.held else '✗ broken'}  {step.rule:<12}  {plain_line(step.looked_at)}")
            for objection in step.objections:
                told = f"{objection.subject}: {objection.what} {objection.remedy}"
                click.echo(f"            {plain_line(told)}")
    click.echo(f"{'No rule was broken.' if not broken else f'{broken} broken.'} {folder / 'verify.html'}")
    return not broken


def tell_sweep(*, images: bool = False) -> bool:
    """`harness gc`: a line for each thing that is removed, and for what stays; tells whether all could be removed."""
    from sandbox import Engine, remove_images, sweep

    with Engine.connect() as engine:
        swept = sweep(engine)
        removed, problems = remove_images(engine) if images else ((), ())
    for what in (*swept.removed, *(f"the image {name}" for name in removed)):
        click.echo(plain_line(f"removed {what}"))
    for what in swept.kept:
        click.echo(plain_line(f"left alone {what}"))
    if swept or removed:
        told = f"{swept}".partition(";")[0] if swept else ""
        counted = f"{len(removed)} image{'s' if len(removed) > 1 else ''}" if removed else ""
        click.echo(f"removed: {', '.join(part for part in (told, counted) if part)}")
    elif not swept.problems and not problems:
        click.echo("nothing was left behind.")
    for problem in (*swept.problems, *problems):
        click.echo(plain_line(f"harness: {problem}"), err=True)
    return not swept.problems and not problems
