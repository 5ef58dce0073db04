"""The table of faults: what can go wrong on our side, how it was made to happen, and what was seen.

`bin/measure-faults` runs the tests of all rows and prints the table; with `--write` it goes into docs/faults.md as
well, between its two markers. `--results FILE...` takes the results of runs (JUnit XML) instead of running the tests.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ElementTree  # our own results
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROWS = ROOT / "tests" / "faults.toml"
DOCUMENT = ROOT / "docs" / "faults.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
SEEN_LETTERS = 220


@dataclass(frozen=True)
class Row:
    """One fault. `tests` are "file::function"; without any, `not_tested` says why."""

    id: str
    fault: str
    injected: str = ""
    expected: str = ""
    tests: tuple[str, ...] = ()
    not_tested: str = ""


@dataclass(frozen=True)
class Case:
    """One case of a test as it ran: "passed", "failed" or "skipped", and what it wrote down."""

    outcome: str
    seen: tuple[str, ...] = ()
    why: str = ""


Results = Mapping[str, Sequence[Case]]


def rows() -> tuple[Row, ...]:
    told = tomllib.loads(ROWS.read_text("utf-8"))["row"]
    return tuple(Row(**{**row, "tests": tuple(row.get("tests", ()))}) for row in told)


def read_results(files: Iterable[Path]) -> Results:
    """Test to its cases, from JUnit files; a later file replaces what an earlier one says of the same case."""
    cases: dict[tuple[str, str], Case] = {}
    for file in files:
        for found in ElementTree.parse(file).getroot().iter("testcase"):
            name = found.get("name", "")
            test = f"{found.get('classname', '').replace('.', '/')}.py::{name.partition('[')[0]}"
            seen = tuple(one.get("value", "") for one in found.iter("property") if one.get("name") == "seen")
            skipped = found.find("skipped")
            broken = found.find("failure") is not None or found.find("error") is not None
            outcome = "failed" if broken else "skipped" if skipped is not None else "passed"
            why = (skipped.get("message") or "") if skipped is not None else ""
            cases[test, name] = Case(outcome, seen, why)
    results: dict[str, list[Case]] = defaultdict(list)
    for (test, _), case in cases.items():
        results[test].append(case)
    return results


def rendered(results: Results) -> str:
    """The table in Markdown, with the counts above it."""
    table = ["| Row | Fault | Injected | Expected | Seen | Tests |", "| --- | --- | --- | --- | --- | --- |"]
    right = tested = 0
    untested = []
    for row in rows():
        if not row.tests:
            untested.append(f"- {row.id}, {row.fault}. Not tested: {row.not_tested}.")
            continue
        verdict, seen = _seen(row, results)
        tested += 1
        right += verdict == "as expected"
        tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in row.tests)
        cells = (row.id, row.fault, row.injected, row.expected, f"**{verdict}**{'. ' if seen else ''}{seen}", tests)
        table.append(f"| {' | '.join(cell if cell is tests else _cell(cell) for cell in cells)} |")
    counted = f"{right} of {tested} rows came out as expected; {len(untested)} can't be tested."
    return "\n".join([counted, "", *table, "", "Not tested:", "", *untested, ""])


def _seen(row: Row, results: Results) -> tuple[str, str]:
    """The verdict on a row, and what its tests wrote down. A test that did not run is no evidence."""
    cases = [case for test in row.tests for case in results.get(test, ())]
    missing = [test for test in row.tests if not results.get(test)]
    seen = list(dict.fromkeys(text for case in cases for text in case.seen))
    told = "<br>".join(text[:SEEN_LETTERS] + ("…" if len(text) > SEEN_LETTERS else "") for text in seen)
    if any(case.outcome == "failed" for case in cases):
        return "FAILED", told
    if missing:
        return "NOT RUN", ", ".join(missing)
    skipped = [case.why for case in cases if case.outcome == "skipped"]
    if skipped:
        return "SKIPPED", "; ".join(dict.fromkeys(skipped))
    return "as expected", told


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def run(results: Path) -> int:
    """Run the tests of all rows, with the engine; their results go to a file."""
    wanted = sorted({test for row in rows() for test in row.tests})
    command = [sys.executable, "-m", "pytest", "-q", "--run-docker", "--run-slow", "-rs", f"--junit-xml={results}"]
    return subprocess.run([*command, *wanted], cwd=ROOT, check=False).returncode


def written(document: str, table: str) -> str:
    """The document with another table between its markers."""
    return re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n{table}\n{END}", document)


def main(arguments: Sequence[str]) -> int:
    files = [Path(name) for name in arguments if not name.startswith("--")]
    code = 0
    if "--results" not in arguments:
        with tempfile.TemporaryDirectory() as folder:
            code = run(Path(folder) / "results.xml")
            results = read_results([Path(folder) / "results.xml"])
    else:
        results = read_results(files)
    table = rendered(results)
    sys.stdout.write(f"{table}\n")
    if "--write" in arguments:
        DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8"), table), "utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
