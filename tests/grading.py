"""How tests grade: a whole run of the pipeline on a repository of theirs, quiet, into a folder of theirs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from challenges import load, load_calibration
from harness.pipeline import Order, grade_submission
from harness.progress import Progress
from reports import Report

GIT = ("git", "-c", "user.name=Candidate", "-c", "user.email=candidate@example.com", "-c", "init.defaultBranch=main")


def grade(repository: Path, out: Path, **order: Any) -> Report:
    """Grade a repository and give the report that was written to `out`."""
    with Progress(quiet=True) as progress:
        return grade_submission(
            Order(challenge_id="lead-ingestion", repository=str(repository), out=out, **order), progress
        ).report


def grade_example(name: str, out: Path) -> Report:
    """Grade a calibration submission."""
    with Progress(quiet=True) as progress:
        return grade_submission(Order(challenge_id="lead-ingestion", example=name, out=out), progress).report


def repository_of(example: str, into: Path, overlay: Mapping[str, str | bytes | None]) -> Path:
    """A git repository with a calibration submission's files, and files laid over them (None: taken away)."""
    calibration = load_calibration(load("lead-ingestion"), example)
    shutil.copytree(calibration.folder, into, ignore=shutil.ignore_patterns("__pycache__"))
    for name, content in overlay.items():
        path = into / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    subprocess.run([*GIT, "init", "-q", str(into)], check=True)
    subprocess.run([*GIT, "-C", str(into), "add", "-A", "-f"], check=True)
    subprocess.run([*GIT, "-C", str(into), "commit", "-q", "-m", "All of it"], check=True)
    return into


def outcomes(report: Report, grade_name: str = "hidden_tests") -> dict[str, str]:
    """Finding id to outcome."""
    return {finding.id: str(finding.outcome) for finding in report.grades[grade_name].findings}
