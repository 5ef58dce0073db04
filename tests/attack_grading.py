"""Attacks on grading: files laid over a submission, graded whole; and the naive graders that such attacks beat."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

from attack_corpus import Attack, Planted, Seen
from attack_ground import Ground, Way
from repositories import Content
from tiny_pack import PROGRAM, SUBMISSION, grade_tiny, make_pack, make_submission

from reports import VIEWS
from sandbox.exam import EXAMINER, LIBRARY, hold_exam
from sandbox.profile import Limits
from sandbox.run import Run, run
from sandbox.tools import provide_tools

WRONG = PROGRAM.replace('b"hello"', 'b"good day"')
OVER: Mapping[str, Mapping[str | bytes, Content]] = {
    "tiny/right": {},
    "tiny/wrong": {"program.py": WRONG},
}
"""The calibration submissions that attacks are laid over; the wrong one fails a hidden test and its own test."""


PARTNER = '''
from concurrent.futures import ThreadPoolExecutor

import pytest
from examiner import Client, Patience, Room, Twin, check_equal

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("all"), pytest.mark.dimension("correctness")]


@pytest.fixture(scope="session")
def partner(room: Room) -> Twin:
    return room.add(Twin())


@pytest.mark.requirement("R-1")
def test_greets(room: Room, partner: Twin) -> None:
    """The program greets"""
    program = room.program.ensure({"PARTNER_URL": partner.url})
    check_equal(program.get("/greeting").text(), "hello", given="GET /greeting")


@pytest.mark.requirement("R-2")
def test_lives(room: Room, partner: Twin) -> None:
    """The program says that it is healthy to eight at a time"""
    port = room.program.ensure({"PARTNER_URL": partner.url}).port

    def ask(_: int) -> dict:
        return Client(port, Patience()).get("/health", seconds=20).mapping()

    with ThreadPoolExecutor(8) as pool:
        check_equal(list(pool.map(ask, range(8))), [{}] * 8, given="GET /health, eight times at once")
'''
"""Hidden tests of the tiny pack with a twin, that its program is told of, and with threads of their own."""


def packs_with_secret(attack: Attack, folder: Path, planted: Planted) -> Path:
    """The tiny pack, whose hidden tests and twins hold the planted secret.

    With `partner`, it has a twin; with `restarts`, its second test starts the program anew.
    """
    packs = make_pack(folder, exam_seconds=attack.told.get("exam_seconds", 120))
    if attack.told.get("partner"):
        (packs / "tiny" / "hidden_tests" / "test_tiny.py").write_text(PARTNER)
    if attack.told.get("restarts"):
        tests = packs / "tiny" / "hidden_tests" / "test_tiny.py"
        again = tests.read_text().replace(
            "client = room.program.ensure({})", 'client = room.program.start({"TURN": "2"})'
        )
        assert "TURN" in again, "the tiny pack's second test asks otherwise: mend this"
        tests.write_text(again)
    for path in ("hidden_tests/test_tiny.py", "twins/nobody.py"):
        file = packs / "tiny" / path
        file.write_text(f"{file.read_text()}\nSECRET = {planted.hidden!r}\n")
    return packs


def laid(attack: Attack, ground: Ground) -> dict[str | bytes, Content]:
    """The submission that the attack is laid over, and what it lays over it; None takes a file away."""
    files: dict[str | bytes, Content] = dict(OVER[attack.over])
    files |= attack.files(ground.planted)
    if (attack.folder / "make.py").is_file():
        files |= attack.maker.files(ground.planted)
    files |= dict.fromkeys(attack.told.get("without", ()))
    if start := attack.told.get("start"):
        files["submission.toml"] = f'[submission]\nchallenge = "tiny"\n[run]\nstart = "{start}"\n'
    return files


def grading(attack: Attack, ground: Ground) -> Seen:
    """Grade the submission from end to end; the text is that of every file of the report.

    Outcomes: of grades and findings by their ids, measures as `own_tests:passed`, and `complete`.
    """
    packs = packs_with_secret(attack, ground.fresh("packs"), ground.planted)
    repository = make_submission(ground.folder / "submission", laid(attack, ground))
    out = ground.folder / "out"
    report = grade_tiny(packs, repository, out)
    outcomes = {name: str(grade.outcome) for name, grade in report.grades.items()}
    outcomes |= {finding.id: str(finding.outcome) for grade in report.grades.values() for finding in grade.findings}
    outcomes |= {
        f"{name}:{key}": str(value) for name, grade in report.grades.items() for key, value in grade.measures.items()
    }
    outcomes["complete"] = str(report.complete)
    told = [path.read_text(errors="replace") for path in sorted(out.rglob("*")) if path.is_file()]
    if views := attack.told.get("views"):
        told = [VIEWS[name].render(report) for name in views]
    return Seen(outcomes, "\n".join(told))


VISIBLE = """import importlib.util
import sys

sys.path.insert(0, "/submission")


def test_greets():
    import program

    assert program.GREETING == b"hello", "{secret}"
"""


def same_sandbox(believe: str, attack: Attack, ground: Ground) -> Seen:
    """A grader of the usual kind: its hidden test runs beside the submission's code; `believe` is what it goes by.

    "exit code", "report file" (JUnit's, written by the candidate's process) or "output" (a line of pytest's).
    """
    files: dict[str, bytes] = {}
    for path, content in {**SUBMISSION, **laid(attack, ground)}.items():
        if isinstance(content, str | bytes) and isinstance(path, str):
            files[path] = content.encode() if isinstance(content, str) else content
    files.pop("tests/test_program.py", None)
    files["tests/test_hidden.py"] = VISIBLE.replace("{secret}", ground.planted.hidden).encode()
    tools = provide_tools(ground.engine, ground.image, "sandbox-tools", ground.resource("cache_folder"), print)
    junit = "/tmp/report.xml"
    done = run(
        ground.engine,
        ground.image,
        attack.told.get("naive", f"python3 -m pytest -q tests --junitxml={junit}"),
        tools=tools,
        files=files,
        variables={"PYTHONPATH": "/submission:/tools", **attack.told.get("variables", {})},
        collect=(junit,),
        limits=Limits(seconds=30, memory_mib=256),
    )
    outcome = "passed" if _believed(believe, done, junit) else "failed"
    return Seen({"hidden_tests": outcome, "hidden_tests.test_tiny.py::test_greets": outcome}, done.output)


def _believed(believe: str, done: Run, junit: str) -> bool:
    if believe == "exit code":
        return done.exit_code == 0
    if believe == "output":
        return bool(re.search(r"\b\d+ passed\b", done.output))
    try:
        tests = list(ElementTree.fromstring(done.files.get(junit, b"")).iter("testcase"))
    except ElementTree.ParseError:
        return False
    return bool(tests) and not any(list(test) for test in tests)


def weak_library(file: str, more: str, attack: Attack, ground: Ground) -> Seen:
    """The same grading with an examiner whose `file` is without what `more` takes off."""
    folder = ground.fresh("library") / "examiner"
    shutil.copytree(LIBRARY[1], folder)
    with (folder / file).open("a", encoding="utf-8") as module:
        module.write(f"\n\n{more}\n")
    defaults = hold_exam.__kwdefaults__ or {}
    assert "library" in defaults, "exams get their library otherwise: mend this weak variant"
    ground.monkeypatch.setitem(defaults, "library", (LIBRARY[0], folder))
    try:
        return grading(attack, ground)
    finally:
        ground.monkeypatch.undo()


def few_threads(attack: Attack, ground: Ground) -> Seen:
    """The same grading with an examiner that may have no more threads than its twins may take."""
    ground.monkeypatch.setattr("sandbox.exam.EXAMINER", replace(EXAMINER, processes=256))
    try:
        return grading(attack, ground)
    finally:
        ground.monkeypatch.undo()


NO_LIMITS_OF_TWINS = "MEMORY_LIMIT = CALLS_LIMIT = 10**12\nCall.cost = lambda self: 0"
NO_PORTS_OF_THEIRS = "taking_a_port = __import__('contextlib').nullcontext"

WEAK: dict[str, Way] = {
    "no memory limit of a journal": partial(weak_library, "journal.py", NO_LIMITS_OF_TWINS),
    "ports that are gone are our fault": partial(weak_library, "ports.py", NO_PORTS_OF_THEIRS),
    "as many threads as connections": few_threads,
    "a budget for each test alone": partial(weak_library, "room.py", "EXAM_SHARE = -(EXAM_REST := float('-inf'))"),
    **{f"verdict from the {told}": partial(same_sandbox, told) for told in ("exit code", "report file", "output")},
}
