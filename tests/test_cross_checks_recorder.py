"""The recorder and the plug-in for cross-checks in real pytest processes, with the options that suites are run with."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from graders.cross_check_answers import Counter, check_canary, check_sabotage
from graders.cross_check_count import check_count
from graders.planting import Canary, Planted, Planting, read_planted
from graders.recording import Recording, read_recording
from sandbox import RECORDER

pytestmark = pytest.mark.slow

APP = "def add(a, b):\n    return a + b\n"
TESTS = """
import pytest
from app import add


@pytest.mark.parametrize("n", range(8))
def test_add(n):
    assert add(n, 1) == n + 1
"""
ORDER = Planting(("app.py",), ("test_app.py",), canary=Canary("test_app.py", "test_add_abc"), names=("test_add",))


def run(root: Path, folder: Path, *arguments: str, counter: bool = False) -> tuple[int, Recording]:
    """pytest in `root`, recorded in `folder`; with the plug-in for cross-checks where asked."""
    record = folder / ("counter.jsonl" if counter else "record.jsonl")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=root,
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{RECORDER}:{root}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_ADDOPTS": "-p harness_recorder -p no:cacheprovider" + (" -p harness_counter" if counter else ""),
            "HARNESS_RECORD": str(record),
            "HARNESS_ORDER": str(folder / "order.json"),
            "HARNESS_FOLDER": str(folder),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert record.exists(), done.stdout + done.stderr
    return done.returncode, read_recording(record.read_bytes())


def both(tmp_path: Path, *arguments: str, tests: str = TESTS, order: Planting = ORDER) -> tuple[Recording, Counter]:
    """The record of a suite as it is, and of the same one with what is planted."""
    root, folder = tmp_path / "root", tmp_path / "folder"
    root.mkdir()
    folder.mkdir()
    (root / "app.py").write_text(APP)
    (root / "test_app.py").write_text(tests)
    code, record = run(root, folder, *arguments)
    assert code == record.exit_status
    (folder / "order.json").write_bytes(order.content())
    plant = [sys.executable, "-I", "-S", str(RECORDER / "plant.py"), str(folder / "order.json"), str(folder), str(root)]
    subprocess.run(plant, check=True)
    _, again = run(root, folder, *arguments, counter=True)
    planted = read_planted((folder / "planted.json").read_bytes())
    return record, Counter(order, planted or Planted(), again, ran=(folder / "canary").exists())


@pytest.mark.parametrize(
    "arguments", [(), ("-n", "2"), ("-x",), ("--maxfail=1", "-n2"), ("-p", "no:randomly"), ("-k", "add")]
)
def test_suites_are_held_whatever_their_options(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """All tests in one process and to the end: all fail, ours too, and nothing is told."""
    record, counter = both(tmp_path, *arguments)

    assert len(record.collected) == len(record.passed) == 8
    assert (record.sessions, record.unended, record.stopped) == (1, 0, "")
    assert len(counter.record.failed) == 9
    assert all(counter.record.met[test.id] for test in record.passed)
    checks = (check_count(record, counter.planted), check_canary(counter), check_sabotage(record, counter))
    assert [check.result for check in checks] == ["nothing"] * 3


def test_an_early_end_is_recorded(tmp_path: Path) -> None:
    """`-x` after a failure: tests without a result are no contradiction."""
    record, _ = both(tmp_path, "-x", tests=TESTS.replace("n + 1", "n + 2"))

    assert "stopping after 1 failures" in record.stopped
    assert len(record.tests) < len(record.collected)


def test_a_test_that_waits_is_ended(tmp_path: Path) -> None:
    """What waits for a program that raises now has its time, and the tests after it have theirs."""
    waits = """
import threading
from app import add


def test_wait():
    done = threading.Event()
    threading.Thread(target=lambda: add(1, 1) and done.set(), daemon=True).start()
    assert done.wait(50)


def test_add():
    assert add(1, 1) == 2
"""
    record, counter = both(tmp_path, "-p", "no:threadexception", tests=waits, order=replace(ORDER, test_seconds=0.3))

    assert len(record.passed) == 2
    check = check_sabotage(record, counter)
    assert check.result == "nothing"
    assert check.said.endswith("1 of 2 passing tests fail. 1 came to no result in their time.")


def test_what_a_fixture_calls_at_its_end_disturbs_no_other_test(tmp_path: Path) -> None:
    """A program that raises while tests are taken down would keep pytest from setting up all that follow."""
    ends = """
import pytest
from app import add


@pytest.fixture(scope="module")
def program():
    yield add
    add(1, 1)


@pytest.fixture
def number():
    yield 1
    add(1, 1)


def test_add(program, number):
    assert program(1, 1) == 2


def test_empty(number):
    assert True
"""
    record, counter = both(tmp_path, tests=ends)

    assert len(record.passed) == 2
    check = check_sabotage(record, counter)
    assert "1 own test passed and called none of its functions" in check.said
    assert not [test for test in counter.record.tests if "not torn down" in test.message]


def test_a_nested_pytest_is_no_part_of_the_record(tmp_path: Path) -> None:
    """What a test starts is its own affair."""
    nested = """
import subprocess, sys
from app import add


def test_add():
    add(1, 1)
    assert subprocess.run([sys.executable, "-m", "pytest", "-q", "-k", "nothing"]).returncode == 5
"""
    record, _ = both(tmp_path, tests=nested)

    assert record.sessions == 1
    assert record.deselected == ()
