"""`harness score`, `reveal` and `index`: people score first, each alone; what compares comes after, and is logged."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from harness.exit_codes import ExitCode
from harness.failure import failing_as_one_line
from harness.plain_line import plain_line

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
RATER = click.option("--rater", metavar="NAME", help="Who scores; default: the name of your account.")


@click.group()
def score() -> None:
    """Score a submission: hand out a scorecard, lock it, see who has locked, check the log."""


@score.command("init")
@click.argument("folder", metavar="REPORT_DIR", type=FOLDER)
@RATER
@click.option("--out", type=click.Path(path_type=Path), help="File to write; default: in REPORT_DIR, named for you.")
def init(folder: Path, rater: str | None, out: Path | None) -> None:
    """Write a scorecard to fill in: each dimension with the rubric's anchors as comments."""
    with _refusing():
        from harness.output import write_whole
        from harness.scoring import begin, read_scored
        from reports import ScorecardError, empty_scorecard, file_stem, render_form

        scored = read_scored(folder)
        name = _rater(rater)
        card = empty_scorecard(scored.report, name, scored.digest)
        path = out or folder / f"scorecard-{file_stem(name)}.toml"
        if path.exists():
            raise ScorecardError(f"{path} is there already and is left as it is: fill it in, or name another by --out.")
        if not path.parent.is_dir():
            raise ScorecardError(f"there is no folder {path.parent}: name another place by --out.")
        begin(scored, card.rater, _now())
        write_whole(path, render_form(card, scored.report).encode("utf-8"))
        click.echo(f"Scorecard for {plain_line(card.rater)}: {path}")
        where = "" if path.absolute().parent == folder.absolute() else f" --report {folder}"
        click.echo(f"Fill it in with any editor, then: harness score lock {path}{where}")


@score.command("lock")
@click.argument("scorecard", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--report", "folder", metavar="REPORT_DIR", type=FOLDER, help="The report's folder; default: the file's.")
@click.option("--amend", metavar="WHY", default="", help="Lock other scores beside your locked ones, and why.")
def lock(scorecard: Path, folder: Path | None, amend: str) -> None:
    """Check that SCORECARD (TOML, or the page's scorecard.json) is whole, and lock it."""
    with _refusing():
        from harness.scoring import LOG_NAME, lock_scorecard, read_scored
        from reports import SCORECARD_LIMIT, locked_name, read_scorecard

        with scorecard.open("rb") as file:
            card = read_scorecard(file.read(SCORECARD_LIMIT + 1))
        scored = read_scored(folder or scorecard.absolute().parent)
        locked, new = lock_scorecard(scored, card, _now(), _sentence(amend))
        path = scored.folder / locked_name(card.rater, locked.line)
        done = "Locked" if new else "Locked before, with the same content"
        click.echo(f"{done}: {plain_line(card.rater)}, {len(card.scores)} dimensions, {locked.phase}: {path}")
        click.echo(f"Line {locked.line} of {LOG_NAME}: {locked.line_digest}")


@score.command("withdraw")
@click.argument("folder", metavar="REPORT_DIR", type=FOLDER)
@click.option("--why", required=True, help="For the log: a sentence.")
@RATER
def withdraw_score(folder: Path, why: str, rater: str | None) -> None:
    """Give an open scorecard back: you will not score this submission, and nobody has to wait for it."""
    with _refusing():
        from harness.scoring import read_scored, withdraw

        withdraw(read_scored(folder), name := _rater(rater), _sentence(why), _now())
        click.echo(f"{plain_line(name)} does not score this submission.")


@score.command("status")
@click.argument("folder", metavar="REPORT_DIR", type=FOLDER)
def status(folder: Path) -> None:
    """Who has a scorecard, who has locked, who has seen the cohort. Never what they scored."""
    with _refusing():
        from harness.scoring import LOG_NAME, read_scored, what_of

        scored = read_scored(folder)
        challenge = scored.report.challenge
        click.echo(f"{challenge.id} {challenge.version}: {plain_line(scored.report.submission.name)}")
        if not scored.log.lines:
            click.echo("  nobody has a scorecard yet: harness score init")
        for line in scored.log.lines:
            other = "" if line.digests.get("report") == scored.digest else ", about an earlier report"
            click.echo(f"  {line.when}  {plain_line(line.who)} {what_of(line.what)}{other}")
        if scored.open_raters:
            click.echo(f"  still open: {', '.join(map(plain_line, scored.open_raters))}")
        for trouble in _troubles(scored.log.trouble, scored.troubles):
            click.echo(f"  ! {plain_line(trouble)}")
        click.echo(f"  {LOG_NAME}: {len(scored.log.lines)} lines, the last {scored.log.head}")


@score.command("verify")
@click.argument("folder", metavar="REPORT_DIR", type=FOLDER)
@click.option("--head", metavar="DIGEST", help="A digest that a command printed: is its line still in the log?")
def verify(folder: Path, head: str | None) -> None:
    """Check the log's chain and every locked scorecard against it; says which line does not hold. Exit 2 then."""
    with _refusing():
        from harness.scoring import LOG_NAME, read_scored
        from reports import REVEAL_NAME, head_of

        scored = read_scored(folder)
        troubles = list(_troubles(scored.log.trouble, scored.troubles))
        page = folder / REVEAL_NAME
        if page.is_file() and not scored.log.holds(head_of(page.read_bytes()[:20_000]) or ""):
            troubles.append(f"{REVEAL_NAME} belongs to a line that is not in the log")
        if head is not None and not scored.log.holds(head):
            troubles.append(f"no line of the log has the digest {head[:80]}")
        for trouble in troubles:
            click.echo(f"✗ {plain_line(trouble)}")
        if not troubles:
            click.echo(
                f"✓ {LOG_NAME}: {len(scored.log.lines)} lines hold, {len(scored.locked)} locked scorecards fit them."
            )
            click.echo(f"  The last line is {scored.log.head}")
            click.echo("  Lines taken off the end show only against a digest kept elsewhere: --head DIGEST.")
    if troubles:
        sys.exit(ExitCode.USAGE)


@click.command()
@click.argument("folder", metavar="REPORT_DIR", type=FOLDER)
@click.option(
    "--cohort", metavar="DIR", type=FOLDER, help="Folder with the other reports; default: REPORT_DIR's parent."
)
@RATER
def reveal(folder: Path, cohort: Path | None, rater: str | None) -> None:
    """After your scores are locked: how the cohort handled each behaviour, beside this submission. Logged."""
    with _refusing():
        from harness.cohort_files import find_reports, read_folders
        from harness.output import write_whole
        from harness.scoring import log_reveal, read_scored
        from reports import REVEAL_NAME, ScorecardError, compare, render_reveal, reveal_lines

        scored = read_scored(folder)
        name = _rater(rater)
        if scored.log.trouble:
            raise ScorecardError(f"nothing is revealed: {scored.log.trouble}. Restore the log from a copy.")
        if scored.troubles:
            raise ScorecardError(f"nothing is revealed: {scored.troubles[0]}. Restore it from a copy.")
        if not scored.locks_of(name):
            raise ScorecardError(
                f"nothing is revealed: {name} has no locked score on this report. First `harness score lock`, or say "
                "who you are by --rater."
            )
        others = read_folders(find_reports([cohort or folder.absolute().parent]))
        comparison = compare(scored.report, [each.report for each in others if each.report is not None])
        line = log_reveal(scored, name, comparison.digest(), f"cohort of {comparison.size}", _now())
        path = folder / REVEAL_NAME
        write_whole(path, render_reveal(comparison, line).encode("utf-8"))
        for told in reveal_lines(comparison):
            click.echo(plain_line(told, flat=False))
        click.echo(f"Comparison: {path} (line {line.n} of the log, {line.own})")


@click.command("index")
@click.argument("folders", metavar="DIR...", nargs=-1, required=True, type=FOLDER)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Page to write; default: DIR/index.html.")
@click.option("--blind", "is_blind", is_flag=True, help="Show candidates' ids in place of names.")
@click.option(
    "--blind-map", "map_file", type=click.Path(path_type=Path, dir_okay=False), help="Who is who; see `grade --blind`."
)
def index(folders: tuple[Path, ...], out: Path | None, is_blind: bool, map_file: Path | None) -> None:
    """A page over many reports: by id alone until all scores are locked, then what the cohort shows."""
    with _refusing():
        from harness.cohort_files import find_reports, read_folders, with_ids
        from harness.output import write_whole
        from reports import ScorecardError, render_index

        path = out or folders[0] / "index.html"
        if not path.absolute().parent.is_dir():
            raise ScorecardError(f"there is no folder {path.parent}: name another place by --out.")
        found = read_folders(find_reports(folders))
        if not found:
            raise ScorecardError(f"no report.json lies in {', '.join(map(str, folders))} or a folder in there.")
        if is_blind:
            found = with_ids(found, map_file)
        write_whole(path, render_index(found).encode("utf-8"))
        unread = [each for each in found if each.report is None]
        for each in unread:
            click.echo(f"! {plain_line(each.id)}: {plain_line(each.problem or '')}", err=True)
        click.echo(f"{len(found) - len(unread)} reports: {path}")


@contextmanager
def _refusing() -> Iterator[None]:
    """What scoring refuses is one line and exit 2: the command was wrong, or came too early."""
    with failing_as_one_line():
        from reports import LogError, ReportError, ScorecardError

        try:
            yield
        except (ScorecardError, LogError, ReportError) as reason:
            _refuse(str(reason))


def _refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"harness: {plain_line(reason)}\n")
    sys.exit(ExitCode.USAGE)


def _troubles(chain: str | None, others: tuple[str, ...]) -> Iterator[str]:
    if chain:
        yield chain
    yield from others


def _rater(name: str | None) -> str:
    """The rater's name, sound enough for a log: printable, at most 120 characters. Raises ScorecardError."""
    from reports import ScorecardError

    try:
        told = " ".join((name if name is not None else getpass.getuser()).split())
    except (OSError, KeyError):
        told = ""
    if not told or len(told) > 120 or not told.isprintable():
        raise ScorecardError("say who scores: --rater NAME (1 to 120 printable characters).")
    return told


def _sentence(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))[:2_000]


def _now() -> datetime:
    return datetime.now(tz=UTC)
