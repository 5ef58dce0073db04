"""The output folder: report.json and its views, each written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reports import Report, render_page, render_summary

PROBE = bytes(1024 * 1024)
"""A report with its views rarely takes more."""


class OutputError(Exception):
    """The report can't be written where it was to go; the message says why and what to do."""


def check_folder(folder: Path) -> None:
    """Hold that a report can be written into `folder`, before minutes are spent on making one; leaves nothing there.

    Raises OutputError.
    """
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        with _telling(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as probe:
                probe.write(PROBE)
    finally:
        for parent in made:
            with contextlib.suppress(OSError):
                parent.rmdir()


def write_report(report: Report, folder: Path) -> None:
    """Write report.json, report.html and report.md into `folder`, making it where needed.

    Each file appears under its name only when it is complete. Raises OutputError.
    """
    views = {"report.html": render_page(report), "report.md": render_summary(report), "report.json": report.to_json()}
    with _telling(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in views.items():
            write_whole(folder / name, text.encode("utf-8"))


def write_file(path: Path, text: str) -> None:
    """Write one view to `path`, making its folder where needed; whole or not at all. Raises OutputError."""
    with _telling(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode("utf-8"))


@contextlib.contextmanager
def _telling(folder: Path) -> Iterator[None]:
    """An OSError in here becomes an OutputError that names the folder."""
    try:
        yield
    except OSError as reason:
        full = reason.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "free some space there, or" if full else "mend that, or"
        raise OutputError(
            f"the report can't be written to {folder} ({reason.strerror or reason}): {remedy} name another folder by "
            "--out; then run it again."
        ) from reason


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, replacing what is there. Raises OSError."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
