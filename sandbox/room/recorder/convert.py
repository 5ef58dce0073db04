"""Turns the coverage data of a submission's own test run into JSON, inside the sandbox: with our settings, which is the
figure that is told, and beside it with the submission's own, where it has any."""

import contextlib
import os
import sys
from pathlib import Path

sys.path.insert(0, "/tools")
import coverage

settings, folder = sys.argv[1:3]
os.chdir("/submission")
DATA = f"{folder}/data/coverage"


def ours() -> coverage.Coverage:
    measured = coverage.Coverage(config_file=f"{settings}/coveragerc", data_file=DATA)
    parts = [str(part) for part in Path(folder, "data").glob("coverage.*")]
    if parts:
        measured.combine(parts, keep=True)
    else:
        measured.load()
    measured.json_report(outfile=f"{folder}/coverage.json", pretty_print=False, show_contexts=False)
    return measured


def _listed(asked: coverage.Coverage, option: str) -> list[str]:
    value = asked.get_option(option)
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def theirs(files: set[str]) -> None:
    """Their settings of what counts, none of their plug-ins (which would be code of theirs in this process)."""
    asked = coverage.Coverage(config_file=True, data_file=DATA)
    if not asked.config.config_file and not any(map(_has_pragma, files)):
        return
    asked.set_option("run:plugins", [])
    asked.set_option("run:relative_files", True)
    asked.set_option("run:branch", True)
    asked.set_option("report:fail_under", 0)
    asked.set_option("report:ignore_errors", True)
    omit = [*_listed(asked, "run:omit"), *_listed(asked, "report:omit")]
    include = [*_listed(asked, "run:include"), *_listed(asked, "report:include")]
    for source in _listed(asked, "run:source"):
        place = source if Path(source).is_dir() else source.replace(".", "/")
        include += ["*"] if place in (".", "./") else [f"{place.strip('/')}/*", f"*/{place.strip('/')}/*"]
    asked.load()
    asked.json_report(
        outfile=f"{folder}/coverage-theirs.json",
        pretty_print=False,
        show_contexts=False,
        omit=omit or None,
        include=include or None,
    )


def _has_pragma(path: str) -> bool:
    try:
        return "pragma: no" in Path(path).read_text("utf-8", "replace")
    except OSError:
        return False


measured = ours()
with contextlib.suppress(Exception):  # their settings may be wrong in any way: then there is one figure
    theirs(set(measured.get_data().measured_files()))
