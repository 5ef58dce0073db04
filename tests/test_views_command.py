"""`harness report`: every view again from report.json alone, and one clear line for what is no report."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
import report_samples as samples
from click.testing import CliRunner, Result

from harness.cli import cli
from harness.output import write_report
from harness.report_command import FORMATS
from reports import READ_LIMIT, VIEWS, Report


@pytest.fixture
def report() -> Report:
    return samples.mixed()


@pytest.fixture
def folder(tmp_path: Path, report: Report) -> Path:
    (tmp_path / "graded").mkdir()
    (tmp_path / "graded" / "report.json").write_text(report.to_json(), encoding="utf-8")
    return tmp_path / "graded"


def run(*arguments: str | Path) -> Result:
    """Run `harness report`; its exit code and streams, as the console script gives them."""
    return CliRunner().invoke(cli, ["report", *map(str, arguments)])


def test_every_view_has_a_format() -> None:
    """The list of the command line is the dict of views."""
    assert list(FORMATS) == list(VIEWS)


@pytest.mark.parametrize("name", FORMATS)
def test_a_view_goes_to_standard_output(folder: Path, report: Report, name: str) -> None:
    """Byte by byte what the view is, and nothing else."""
    done = run(folder, "--format", name)
    assert done.exit_code == 0
    assert done.stdout_bytes == VIEWS[name].render(report).encode()
    assert done.stderr == ""


def test_the_same_bytes_as_grading_writes(folder: Path, report: Report, tmp_path: Path) -> None:
    """report.html, report.md and report.json come out as they went in, from report.json alone."""
    write_report(report, tmp_path / "first")
    done = run(folder, *(f"--format={name}" for name in ("html", "markdown", "json")), "--out-dir", tmp_path / "again")
    assert done.exit_code == 0
    names = {path.name for path in (tmp_path / "first").iterdir()}
    assert (
        names == {path.name for path in (tmp_path / "again").iterdir()} == {"report.html", "report.md", "report.json"}
    )
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()


def test_report_json_may_be_named_itself(folder: Path, tmp_path: Path) -> None:
    """And one view may go to a file in a folder that is not there yet."""
    done = run(folder / "report.json", "-f", "junit", "--out", tmp_path / "new" / "tests.xml")
    assert (done.exit_code, done.stdout) == (0, "")
    assert (tmp_path / "new" / "tests.xml").read_text().startswith("<?xml")


@pytest.mark.parametrize("arguments", [("-f", "html", "-f", "json"), ("--out", "a", "--out-dir", "b"), ("-f", "pdf")])
def test_options_that_do_not_fit_are_usage_errors(folder: Path, arguments: tuple[str, ...]) -> None:
    """Several views need a folder; one place to write to; known formats."""
    assert run(folder, *arguments).exit_code == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "there is no report.json"),
        (b"", "not JSON"),
        (b"{}", "not a report"),
        (b"[1]", "not a report"),
        (b"\xff", "not JSON"),
        (b'{"schema_version": 7}', "schema version 7"),
        (b'{"\x1b[31m": 1}', "can't be used"),
        (b'{"schema_version": 1, "\\u001b[31mred\\n::error::x": 1}', "can't be used"),
        (b" " * (READ_LIMIT + 1), "larger than"),
    ],
    ids=["none", "empty", "object", "list", "bytes", "newer", "control", "escaped", "large"],
)
def test_what_is_no_report_is_told_in_one_line(tmp_path: Path, content: bytes | None, told: str) -> None:
    """Exit code 2, one line, no traceback, nothing that a terminal or a CI log would obey."""
    if content is not None:
        (tmp_path / "report.json").write_bytes(content)
    with pytest.raises(click.ClickException) as refusal:
        cli.main(["report", str(tmp_path)], standalone_mode=False)
    assert refusal.value.exit_code == 2
    done = run(tmp_path)
    assert done.exit_code == 2
    assert told in done.stderr
    assert done.stderr.startswith("harness: ")
    assert done.stderr.removesuffix("\n").isprintable()


def test_a_report_that_was_changed_by_hand_is_refused(folder: Path) -> None:
    """A field that the model does not know would be lost, so it is no report."""
    data = json.loads((folder / "report.json").read_text())
    (folder / "report.json").write_text(json.dumps({**data, "total": 7}))
    done = run(folder)
    assert done.exit_code == 2
    assert "total" in done.stderr
