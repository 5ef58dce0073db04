"""Twelve gradings at once on a loaded machine come out as each does alone; one cache, one engine, no rest.

Row F13 of docs/faults.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from grading_process import environment_of, left_of, share
from private_engine import PrivateEngine
from tiny_pack import PROGRAM, make_pack, make_submission

from sandbox.engine import Engine

pytestmark = [pytest.mark.docker, pytest.mark.slow]

TOGETHER = 12
LOAD = 2
"""Processes that do nothing but work, beside the twelve: as many as the machine has cores."""
SECONDS = 300.0
KINDS = {
    "right": {},
    "wrong": {"program.py": PROGRAM.replace('b"hello"', 'b"good-bye"')},
    "broken": {"program.py": "raise SystemExit(1)\n"},
}


@pytest.fixture
def probe(private_engine: PrivateEngine) -> Iterator[Engine]:
    """The test's own connection to the private engine, which has nothing of any run afterwards."""
    private_engine.empty()
    with private_engine.connect() as engine:
        yield engine
        assert left_of(engine) == []


def start(number: int, kind: str, folder: Path, cache: Path, address: str) -> subprocess.Popen[str]:
    """A grading in a process of its own, with a report of its own and the cache of all."""
    command = [sys.executable, "-m", "harness", "grade", str(folder / kind), "--challenge", "tiny", "--quiet"]
    command += ["--challenges", str(folder / "packs"), "--out", str(folder / f"out-{number}")]
    environment = environment_of(folder, cache, address)
    return subprocess.Popen(command, env=environment, cwd=folder, stderr=subprocess.PIPE, text=True)


def outcomes(folder: Path, number: int) -> dict[str, str]:
    """Every grade and every finding of a report with its outcome.

    Cross-checks of the own tests are left out: they have a time, and on a machine like this some are "not tried".
    """
    report = json.loads((folder / f"out-{number}" / "report.json").read_bytes())
    found = {name: grade["outcome"] for name, grade in report["grades"].items()}
    for grade in report["grades"].values():
        told = {finding["id"]: finding["outcome"] for finding in grade["findings"]}
        found |= {name: outcome for name, outcome in told.items() if ".cross_check." not in name}
    return found


def test_twelve_at_once(
    private_engine: PrivateEngine, probe: Engine, cache_folder: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """F13. Right, wrong and broken programs, four of each, started in one moment beside two busy processes."""
    make_pack(tmp_path / "packs", reference=True)
    for kind, changes in KINDS.items():
        make_submission(tmp_path / kind, {**changes})
    cache = share(tmp_path / "cache", cache_folder)
    alone = {}
    for number, kind in enumerate(KINDS):
        with start(number, kind, tmp_path, cache, private_engine.address) as one:
            assert one.wait(SECONDS) == 0
        alone[kind] = outcomes(tmp_path, number)
    assert [alone[kind]["hidden_tests"] for kind in KINDS] == ["passed", "failed", "failed"]

    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(LOAD)]
    try:
        kinds = [list(KINDS)[number % len(KINDS)] for number in range(TOGETHER)]
        crowd = [
            start(100 + number, kind, tmp_path, cache, private_engine.address) for number, kind in enumerate(kinds)
        ]
        said = [one.communicate(timeout=SECONDS)[1] for one in crowd]
    finally:
        for process in busy:
            process.kill()
            process.wait()

    assert [one.returncode for one in crowd] == [0] * TOGETHER, said
    for number, kind in enumerate(kinds):
        assert outcomes(tmp_path, 100 + number) == alone[kind], kind
    assert list((cache / "runs").iterdir()) == []
    request.node.user_properties.append(("seen", f"{TOGETHER} of {TOGETHER} reports with the outcomes of one alone"))
