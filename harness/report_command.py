"""`harness report`: the views of a report again, from its report.json alone; no engine, no network, no submission."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.exit_codes import ExitCode
from harness.failure import failing_as_one_line

if TYPE_CHECKING:
    from reports import Report

FORMATS = (
    "html", "markdown", "json", "junit", "sarif", "gradescope", "check-run", "step-summary", "annotations", "public",
)  # fmt: skip
"""The names of reports.VIEWS, spelled out here so that `--help` loads nothing."""
REPORT = "report.json"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True))
@click.option(
    "-f",
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    default=("markdown",),
    show_default=True,
    help="Which view; may be given several times, with --out-dir.",
)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; default: standard output.")
@click.option(
    "--out-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="A folder, in which each view gets its usual name.",
)
def report(folder: Path, formats: tuple[str, ...], out: Path | None, out_dir: Path | None) -> None:
    """Write views of the report in DIR (a folder with report.json, or that file) from report.json alone.

    Every format but `public` may name hidden tests: keep it where candidates can't look.
    """
    if out is not None and out_dir is not None:
        raise click.UsageError("Name --out FILE or --out-dir DIR, not both.")
    if len(formats) > 1 and out_dir is None:
        raise click.UsageError("Several formats need --out-dir DIR.")
    with failing_as_one_line():
        whole = load_report(folder)
        if out_dir is None:
            _write_one(whole, formats[0], out)
            return
        for path in write_views(whole, formats, out_dir):
            click.echo(str(path))


def load_report(folder: Path) -> Report:
    """The report in a folder or file.

    Raises click.ClickException (exit code 2), in one line, for what is no report that this version reads.
    """
    from reports import READ_LIMIT, ReportError, read_report

    path = folder / REPORT if folder.is_dir() else folder
    try:
        with path.open("rb") as file:
            data = file.read(READ_LIMIT + 1)
    except FileNotFoundError:
        raise _Wrong(f"there is no {REPORT} in {folder}: name the folder of a report.") from None
    except OSError as reason:
        raise _Wrong(f"{path} can't be read: {reason.strerror or reason}.") from None
    if len(data) > READ_LIMIT:
        raise _Wrong(f"{path} is larger than the {READ_LIMIT // 1024**2} MiB that a report can have.")
    try:
        return read_report(data)
    except ReportError as reason:
        newer = _newer(data)
        why = f"it has schema version {newer}, and this harness reads 1: use a newer harness" if newer else reason
        raise _Wrong(f"{path} can't be used: {why}.") from None


def write_views(whole: Report, formats: Sequence[str], folder: Path) -> list[Path]:
    """Write these views into `folder`, each under its usual name; the same bytes as `harness grade` writes.

    Raises OutputError.
    """
    from harness.output import write_file
    from reports import VIEWS

    written = []
    for name in dict.fromkeys(formats):
        view = VIEWS[name]
        path = folder / view.file
        write_file(path, view.render(whole))
        written.append(path)
    return written


def _write_one(whole: Report, name: str, out: Path | None) -> None:
    from harness.output import write_file
    from reports import VIEWS

    text = VIEWS[name].render(whole)
    if out is not None:
        write_file(out, text)
        return
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.flush()


def _newer(data: bytes) -> int | None:
    """The schema version, when it is one that came after ours."""
    try:
        version = json.loads(data).get("schema_version")
    except (ValueError, AttributeError, RecursionError):
        return None
    return version if isinstance(version, int) and 1 < version < 10**6 else None


class _Wrong(click.ClickException):
    """What was named is no report."""

    exit_code = ExitCode.USAGE

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        line = " ".join(self.message.split())
        sys.stderr.write("harness: " + "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line) + "\n")
