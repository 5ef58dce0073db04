"""The table of faults holds every row, names tests that are there, and says nothing that no run has shown."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import fault_table
import pytest
from fault_table import BEGIN, DOCUMENT, END, ROOT, Case, read_results, rendered, rows, written

NAMED = sorted({test for row in rows() for test in row.tests})
ALL = tuple(f"F{number:02}" for number in range(1, 35))
JUNIT = """<testsuites><testsuite>
<testcase classname="tests.test_a" name="test_x[1]"><properties><property name="seen" value="exit 3"/></properties>
</testcase>
<testcase classname="tests.test_a" name="test_x[2]"><failure message="no"/></testcase>
<testcase classname="tests.test_a" name="test_y"><skipped message="needs root"/></testcase>
</testsuite></testsuites>"""


def functions(file: Path) -> dict[str, str]:
    """The tests of a file, with their docstrings."""
    tree = ast.parse(file.read_text("utf-8"))
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {node.name: ast.get_docstring(node) or "" for node in found}


def test_every_row_is_there_once() -> None:
    """F01 to F34, each with tests or with the reason why there are none."""
    assert tuple(row.id for row in rows()) == ALL
    assert all(bool(row.tests) != bool(row.not_tested) for row in rows())


def test_every_named_test_exists() -> None:
    """A row can't point at a test that was renamed or taken away."""
    there = {file: functions(ROOT / file) for file in {test.partition("::")[0] for test in NAMED}}
    assert [test for test in NAMED if test.partition("::")[2] not in there[test.partition("::")[0]]] == []


def test_every_fault_test_says_its_rows() -> None:
    """Each test of the fault suite begins with its rows, and those rows name it."""
    by_test = {test: {row.id for row in rows() if test in row.tests} for test in NAMED}
    said = {
        f"tests/{file.name}::{name}": set(re.findall(r"F\d\d", told.partition(". ")[0]))
        for file in sorted((ROOT / "tests").glob("test_faults_*.py"))
        for name, told in functions(file).items()
    }
    assert said
    assert said == {test: by_test.get(test) for test in said}


def test_results_are_read_from_a_run(tmp_path: Path) -> None:
    """Cases of one test are kept apart; a failure, and a skip with its reason, are told from a pass."""
    (tmp_path / "results.xml").write_text(JUNIT)
    results = read_results([tmp_path / "results.xml"])
    assert results["tests/test_a.py::test_x"] == [Case("passed", ("exit 3",)), Case("failed")]
    assert results["tests/test_a.py::test_y"] == [Case("skipped", (), "needs root")]


@pytest.mark.parametrize(
    ("cases", "verdict"),
    [
        ((Case("passed", ("exit 3: gone",)),), "**as expected**. exit 3: gone"),
        ((Case("passed"), Case("failed")), "**FAILED**"),
        ((Case("skipped", (), "needs root"),), "**SKIPPED**. needs root"),
        ((), "**NOT RUN**"),
    ],
)
def test_only_what_ran_and_passed_is_as_expected(
    cases: tuple[Case, ...], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row whose test failed, was skipped or did not run says so."""
    row = fault_table.Row("F99", "a fault", "so", "this", ("tests/test_a.py::test_x",))
    monkeypatch.setattr(fault_table, "rows", lambda: (row,))
    assert f"| {verdict}" in rendered({"tests/test_a.py::test_x": cases})


def test_the_document_is_of_these_rows() -> None:
    """docs/faults.md was written from these rows, by a run in which all came out as expected."""
    table = DOCUMENT.read_text("utf-8").partition(BEGIN)[2].partition(END)[0]
    told = {line.split(" | ")[0].removeprefix("| "): line for line in table.splitlines() if line.startswith("| F")}
    tested = [row for row in rows() if row.tests]
    assert list(told) == [row.id for row in tested]
    for row in tested:
        assert "| **as expected**" in told[row.id], row.id
        assert all(f"`{test.removeprefix('tests/')}`" in told[row.id] for test in row.tests), row.id
        assert f"| {row.fault} | {row.injected} | {row.expected} |" in told[row.id], row.id
    assert all(f"- {row.id}, {row.fault}. Not tested: {row.not_tested}." in table for row in rows() if not row.tests)


def test_only_the_part_between_the_markers_is_written() -> None:
    """What people wrote around the table stays."""
    document = f"above\n{BEGIN}\nold\n{END}\nbelow\n"
    assert written(document, "new \\1") == f"above\n{BEGIN}\nnew \\1\n{END}\nbelow\n"
