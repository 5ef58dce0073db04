"""What the commands print: plain lines that read well on a terminal and in a CI log.

Texts that come from a submission lose their control characters, and no line starts as a CI command does.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from challenges import Challenge, load, load_all
from graders import GRADERS
from harness.pipeline import Graded

GLYPHS = {"passed": "✓", "failed": "✗", "skipped": "–", "error": "!"}


def tell_report(graded: Graded) -> None:
    """One line a grade, then where the report lies."""
    report = graded.report
    width = max(len(name) for name in report.grades)
    click.echo(f"{report.challenge.title} · {_safe(report.submission.name)} at {report.submission.commit[:12]}")
    for name in (name for name in GRADERS if name in report.grades):
        grade = report.grades[name]
        click.echo(f"  {GLYPHS[grade.outcome]} {name:<{width}}  {_safe(grade.summary)}")
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


def tell_doctor(*, fix: bool, as_json: bool, quiet: bool) -> bool:
    """`harness doctor`; tells whether everything that grading needs is there."""
    from sandbox import doctor

    if fix:
        doctor.fix(lambda line: click.echo(f"doctor: {line}", err=True))
    checks = doctor.checks()
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


def tell_sweep() -> None:
    """`harness gc`."""
    from sandbox import Engine, sweep

    with Engine.connect() as engine:
        removed = sweep(engine)
    click.echo(f"removed: {removed}" if removed else "nothing was left behind.")


def _safe(text: str) -> str:
    """One line without control characters, which cannot start as a CI command (`::error::`, `##[`)."""
    line = "".join(c if c.isprintable() else "·" for c in " ".join(text.split()))
    return line.replace("::", ":\u200b:").replace("##[", "#\u200b#[")
