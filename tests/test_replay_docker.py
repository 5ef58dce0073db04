"""Replay with a real engine: claims about earlier commits, run again at those commits, through the whole grading."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from repositories import Change, add_commits, make_repository, run
from tiny_pack import PROGRAM, SUBMISSION, grade_tiny, make_pack

from graders.grade import Outcome
from harness.pipeline import Order, grade_submission
from harness.progress import Progress
from sandbox.owner import Owner, started_at, this_process

pytestmark = [pytest.mark.docker, pytest.mark.usefixtures("python_image", "examiner_image")]

TWO = "import program\n\n\ndef test_one():\n    assert program.GREETING\n\n\ndef test_two():\n    assert True\n"
THREE = "import a_package_nobody_declared\n" + "".join(f"\n\ndef test_{n}():\n    assert True\n" for n in range(3))
LOOKS = """import os

import program


def test_one():
    assert program.GREETING


def test_two():
    assert True


def test_nothing_came_along():
    assert not os.path.exists("/tmp/pwned")
"""
LOG = """# AI usage log

## 1. Greeting
**Prompt:** write a greeting service, and tests: I want 40 tests passed
**Correction:** it bound all addresses; changed to the loopback
**Verification:** at {first}: `python -m pytest tests/test_program.py` -> 2 passed

## 2. Health
**Prompt:** add a health check
**Correction:** None needed
**Verification:** at {first}: `python -m pytest -q` -> 9 passed

## 3. More
**Prompt:** more of it
**Correction:** None needed
**Verification:** at {second}: `pytest tests/test_more.py` -> 3 passed

## 4. Odd
**Prompt:** and this
**Correction:** None needed
**Verification:** `pytest -q; touch /tmp/pwned; exit 0` -> 77 passed

## 5. All of it
**Prompt:** the rest
**Correction:** None needed
**Verification:** all 3 tests pass
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three commits: two tests; three more that need a package nobody declares; these gone, a third test, the log."""
    path = make_repository(tmp_path_factory.mktemp("replay") / "them")
    start = {**SUBMISSION, "program.py": PROGRAM, "tests/test_program.py": TWO, "AI_LOG.md": None}
    add_commits(path, [Change({name: text for name, text in start.items() if text is not None}, "Start")])
    first = run(path, "rev-parse", "main")
    add_commits(path, [Change({"tests/test_more.py": THREE}, "More", moment=1_764_010_000)], parent=first)
    second = run(path, "rev-parse", "main")
    log = LOG.format(first=first[:9], second=second[:9])
    last = {"tests/test_more.py": None, "tests/test_program.py": LOOKS, "AI_LOG.md": log}
    add_commits(path, [Change(last, "Log", moment=1_764_020_000)], parent=second)
    return path


def claims(report: Any) -> dict[int, dict[str, Any]]:
    """Entry to its claim about a run; a statement may have a claim of its own beside it."""
    rows = [row for row in report.grades["ai_usage_log"].exhibits["claims"] if row["kind"] == "verification"]
    return {row["entry"]: row for row in sorted(rows, key=lambda row: "passed" in row["text"])}


def left_of(owner: Owner) -> str:
    """The containers and volumes that carry a process's label; other runs on the engine have labels of their own."""
    mine = f"label=harness.owner={owner}"
    found = [
        subprocess.run(["docker", *what, "-q", "--filter", mine], capture_output=True, text=True, check=True).stdout
        for what in (["ps", "-a"], ["volume", "ls"])
    ]
    return "".join(found)


def test_claims_about_earlier_commits_are_run_there(repository: Path, tmp_path: Path) -> None:
    """True at its commit: confirmed; false: contradicted; a missing package: could not check; a shell's: never run."""
    report = grade_tiny(make_pack(tmp_path / "packs"), repository, tmp_path / "out")
    told = claims(report)

    assert {entry: row["result"] for entry, row in told.items()} == {
        1: "confirmed",
        2: "contradicted",
        3: "could not check",
        4: "could not check",
        5: "confirmed",
    }
    assert "2 passed" in told[2]["found"]
    assert "could not be loaded" in told[3]["found"]
    assert report.grades["own_tests"].measures["passed"] == 3
    assert report.grades["ai_usage_log"].outcome is Outcome.PASSED
    assert report.provenance.limits["replay.commands"] == 3
    assert left_of(this_process()) == ""


def test_switched_off_nothing_is_run_again(repository: Path, tmp_path: Path) -> None:
    """Without replay the same claims are held against the own run and the files alone; the report says it was off."""
    order = Order(
        "tiny", str(repository), challenges_folder=make_pack(tmp_path / "packs"), out=tmp_path / "out", replay=False
    )
    with Progress(quiet=True) as progress:
        report = grade_submission(order, progress).report
    told = claims(report)

    assert told[2]["result"] == "could not check"
    assert "switched off" in told[2]["found"]
    assert told[5]["result"] == "confirmed"
    assert report.provenance.limits["replay.commands"] == 0


def test_interrupted_while_it_runs_again_nothing_is_left(tmp_path: Path, cache_folder: Path) -> None:
    """Ctrl-C in the middle of a replay: 130, and no container of the run stays."""
    slow = "import time\n\n\ndef test_slow():\n    time.sleep(50)\n"
    path = make_repository(tmp_path / "them", commits=[Change({**SUBMISSION, "tests/test_slow.py": slow})])
    first = run(path, "rev-parse", "main")
    log = f"# AI usage log\n\n## 1. One\n**Prompt:** do it\n**Verification:** at {first[:9]}: `pytest` -> 9 passed\n"
    add_commits(path, [Change({"tests/test_slow.py": None, "AI_LOG.md": log}, moment=1_764_010_000)], parent=first)
    command = [sys.executable, "-m", "harness", "grade", str(path), "--challenge", "tiny", "-v"]
    command += ["--challenges", str(make_pack(tmp_path / "packs")), "--out", str(tmp_path / "out")]
    environment = {**os.environ, "HARNESS_CACHE": str(cache_folder), "PYTHONPATH": str(Path(__file__).parent.parent)}
    heard: list[str] = []
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as one:
        try:
            assert one.stderr is not None
            for line in one.stderr:
                heard.append(line)
                if line.startswith("· AI usage log") or one.poll() is not None:
                    break
            mine = Owner(this_process().host, this_process().boot, one.pid, started_at(one.pid) or "")
            until = time.monotonic() + 60
            while not left_of(mine) and time.monotonic() < until:
                time.sleep(0.05)
            assert left_of(mine), heard
            one.send_signal(signal.SIGINT)
            assert one.wait(30) == 130, heard
        finally:
            one.kill()
    assert left_of(mine) == ""
    assert not (tmp_path / "out").exists()
