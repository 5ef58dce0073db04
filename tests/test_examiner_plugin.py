"""The examiner as a whole: its entry is run on small hidden tests, and its records are read back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from examination import ROOM

VOCABULARY = 'categories = ["csv"]\ndimensions = ["correctness"]\n'
MARKS = """
import pytest
from examiner import *
pytestmark = [
    pytest.mark.tier('contract'), pytest.mark.category('csv'), pytest.mark.dimension('correctness'),
    pytest.mark.requirement('R-csv-1')
]
"""

Records = list[dict[str, Any]]
Hold = Callable[..., Records]


@pytest.fixture
def hold(tmp_path: Path) -> Hold:
    """Hold an exam over the given test modules; `answers` are what a pretended harness answers to each op."""

    def run(
        tests: dict[str, str], only: list[str] | None = None, seed: int = 7, answers: dict[str, Any] | None = None
    ) -> Records:
        channel = tmp_path / "channel"
        for folder in ("tests", "support", "environment", "channel/answers", "channel/requests"):
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / "tests" / "vocabulary.toml").write_text(VOCABULARY)
        for name, text in tests.items():
            (tmp_path / "tests" / name).write_text(text)
        (channel / "order.json").write_text(json.dumps({"only": only, "seed": seed, "nonce": "n0"}))
        (channel / "results.jsonl").unlink(missing_ok=True)
        site = next(path for path in sys.path if path.endswith("site-packages"))
        (tmp_path / "environment").rmdir() if not (tmp_path / "environment").is_symlink() else (
            tmp_path / "environment"
        ).unlink()
        (tmp_path / "environment").symlink_to(site)
        environment = {"PATH": os.environ["PATH"]}
        process = subprocess.Popen(
            [sys.executable, "-I", str(ROOM / "main.py"), str(tmp_path)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        ended = threading.Event()
        harness = threading.Thread(target=_answer, args=(channel, answers or {}, ended))
        harness.start()
        output, _ = process.communicate(timeout=60)
        ended.set()
        harness.join()
        results = channel / "results.jsonl"
        assert results.exists(), output.decode()
        records = [json.loads(line) for line in results.read_text().splitlines()]
        assert all(record["nonce"] == "n0" for record in records)
        shutil.rmtree(channel / "requests")
        return records

    return run


def _answer(channel: Path, answers: dict[str, Any], ended: threading.Event) -> None:
    number = 1
    while not ended.is_set():
        request = channel / "requests" / f"{number:06d}.json"
        if not request.exists():
            time.sleep(0.005)
            continue
        op = json.loads(request.read_text())["op"]
        value = answers.get(op)
        draft = channel / "draft"
        draft.write_text(
            json.dumps({"ok": False, "error": f"no {op} here"} if value is None else {"ok": True, "value": value})
        )
        draft.rename(channel / "answers" / f"{number:06d}.json")
        number += 1


def of_kind(records: Records, kind: str) -> Records:
    return [record for record in records if record["kind"] == kind]


def results(records: Records) -> dict[str, dict[str, Any]]:
    return {record["id"].partition("::")[2]: record for record in of_kind(records, "result")}


OUTCOMES = (
    MARKS
    + '''
def test_good():
    """Good things pass."""

def test_unmet():
    """What is not met fails,
    and says so.

    More for authors."""
    check_equal({"a": 1}, {"a": 2}, given="a file")

def test_fault():
    """A broken program fails."""
    raise CandidateFault("closed", "The program closed the connection.")

def test_bare_assert():
    """A bare assert is our mistake."""
    assert 1 == 2

def test_bug():
    """A bug of ours is an error."""
    {}["missing"]

def test_skipped():
    """What does not apply is skipped."""
    pytest.skip("no such setting")

@pytest.mark.parametrize("case", [1, 2], ids=["one", "two"])
@pytest.mark.tier("probe")
def test_cases(case):
    """Cases have names."""

@pytest.fixture
def broken_teardown():
    yield
    raise RuntimeError("teardown")

def test_teardown(broken_teardown):
    """A teardown that fails is an error."""

@pytest.mark.requirement("R-csv-2")
def test_dice(dice):
    """Randomness follows from the seed."""
    check(False, given="", expected="", observed=str(dice.random()))
'''
)


def test_outcomes(hold: Hold) -> None:
    """Unmet and CandidateFault fail, skip skips, whatever else is raised is an error of ours; all in order."""
    records = hold({"test_all.py": OUTCOMES})
    assert [record["kind"] for record in records][:1] == ["collected"]
    assert records[-1]["kind"] == "finished"
    found = {name: record["outcome"] for name, record in results(records).items()}
    assert found == {
        "test_good": "passed",
        "test_unmet": "failed",
        "test_fault": "failed",
        "test_bare_assert": "error",
        "test_bug": "error",
        "test_skipped": "skipped",
        "test_cases[one]": "passed",
        "test_cases[two]": "passed",
        "test_teardown": "error",
        "test_dice": "failed",
    }
    assert records[-1]["count"] == len(found)
    unmet = results(records)["test_unmet"]
    assert (unmet["given"], unmet["expected"], unmet["observed"]) == ("a file", '{"a": 2}', '{"a": 1}')
    assert "test_all.py" in results(records)["test_bug"]["message"]
    collected = {test["id"]: test for test in records[0]["tests"]}
    assert collected["test_all.py::test_unmet"]["title"] == "What is not met fails, and says so."
    assert collected["test_all.py::test_cases[one]"] == {
        "id": "test_all.py::test_cases[one]",
        "title": "Cases have names. [one]",
        "tier": "probe",
        "category": "csv",
        "dimension": "correctness",
        "requirements": ["R-csv-1"],
    }
    assert collected["test_all.py::test_dice"]["requirements"] == ["R-csv-2", "R-csv-1"]


@pytest.mark.slow
def test_only_some_with_the_same_data(hold: Hold) -> None:
    """A rerun of one test meets the same randomness; another seed another one."""
    name = "test_all.py::test_dice"
    first = results(hold({"test_all.py": OUTCOMES}))["test_dice"]["observed"]
    again = hold({}, only=[name])
    assert [record["id"] for record in of_kind(again, "result")] == [name]
    assert results(again)["test_dice"]["observed"] == first
    assert results(hold({}, only=[name], seed=8))["test_dice"]["observed"] != first


WRONG = (
    MARKS
    + '''
@pytest.mark.tier("gold")
def test_tier():
    """T."""

@pytest.mark.category("misc")
def test_category():
    """T."""

def test_docstring():
    pass
'''
)


def test_wrong_words_are_our_problem(hold: Hold) -> None:
    """A test with a tier or a category that nobody knows, without a title or a requirement: a problem, no results."""
    bare = MARKS.replace("pytest.mark.requirement('R-csv-1')", "")
    records = hold({"test_x.py": WRONG, "test_y.py": bare + 'def test_y():\n    """T."""\n'})
    told = " ".join(record["text"] for record in of_kind(records, "problem"))
    for reason in ("missing tier 'gold'", "missing category 'misc'", "no docstring", "names the requirements"):
        assert reason in told
    assert not of_kind(records, "result") + of_kind(records, "finished")


def test_modules_that_can_not_be_collected(hold: Hold) -> None:
    """A module that can't be imported, or uses a marker that is not there, is a problem, no results."""
    marker = MARKS + '@pytest.mark.tierr("contract")\ndef test_x():\n    """T."""\n'
    records = hold({"test_x.py": marker, "test_y.py": "import nothing_of_that_name\n"})
    told = [record["text"] for record in of_kind(records, "problem")]
    assert len([text for text in told if "can't be collected" in text]) == 2
    assert not of_kind(records, "result") + of_kind(records, "finished")


def test_an_order_for_tests_that_are_not_there(hold: Hold) -> None:
    """An order that names an unknown test is a problem, not an empty success."""
    records = hold({"test_all.py": OUTCOMES}, only=["test_all.py::test_nothing"])
    assert of_kind(records, "problem")
    assert not of_kind(records, "finished")


START = (
    MARKS
    + '''
def test_one(room):
    """One."""
    room.program.ensure({"A": "1"})

def test_two(room):
    """Two."""
    room.program.ensure({"A": "2"})
'''
)


@pytest.mark.slow
def test_a_program_that_ends_fails_all_tests_quickly(hold: Hold) -> None:
    """The program's last words stand in every test that needs it, and no second start is waited for."""
    dead = {"running": False, "exit_code": 3, "out_of_memory": False, "memory_peak_mib": None}
    found = results(
        hold(
            {"test_s.py": START},
            answers={"start": {"program": 1}, "state": dead, "output": {"text": "no DATABASE_URL"}},
        )
    )
    for record in found.values():
        assert record["outcome"] == "failed"
        assert "exit code 3" in record["message"]
        assert "no DATABASE_URL" in record["output"]
    assert found["test_two"]["seconds"] < 0.2


def test_a_harness_that_fails_is_an_error(hold: Hold) -> None:
    """When the harness can't start anything, the outcome is error: nobody knows how the program would do."""
    assert {record["outcome"] for record in results(hold({"test_s.py": START})).values()} == {"error"}


HANG = (
    MARKS
    + '''
import time
@pytest.mark.deadline(-19.5)
def test_hang():
    """A test that hangs in our own code is cut off."""
    try:
        time.sleep(30)
    except Exception:
        pass

def test_next():
    """The next test runs."""
'''
)


@pytest.mark.slow
def test_a_hanging_test_is_cut_off(hold: Hold) -> None:
    """Past its deadline and the grace a test is cut off as an error; the exam goes on."""
    found = results(hold({"test_h.py": HANG}))
    assert found["test_hang"]["outcome"] == "error"
    assert "Overdue" in found["test_hang"]["message"]
    assert found["test_next"]["outcome"] == "passed"


TWIN = (
    MARKS
    + '''
import urllib.request
@pytest.fixture(scope="module")
def twin(room):
    class Faulty(Twin):
        def usual(self, call):
            if call.path == "/bug":
                raise RuntimeError("bug")
            return Answer(200, "fine")
    return room.add(Faulty())

def test_fine(twin):
    """The record shows what the twin saw."""
    urllib.request.urlopen(twin.url + "/a").read()
    check(False, given="g", expected="e", observed="o")

def test_bug(twin):
    """A bug of a twin makes the test an error."""
    try:
        urllib.request.urlopen(twin.url + "/bug")
    except OSError:
        pass

def test_after(twin):
    """The next test has its own journal."""
    check(False, given="g", expected="e", observed="o")
'''
)


def test_journals_and_troubles_of_twins(hold: Hold) -> None:
    """A failing test shows the calls of its own time; a twin's own failure is ours."""
    found = results(hold({"test_t.py": TWIN}))
    assert [line for line in found["test_fine"]["journal"] if "GET /a -> 200" in line]
    assert found["test_bug"]["outcome"] == "error"
    assert found["test_after"]["journal"] == []


KEPT = (
    MARKS
    + '''
import gc
import weakref
SEEN = []
class Answered:
    """Stands for what a program answered."""

def test_fails():
    """A test that holds an answer fails."""
    answer = Answered()
    SEEN.append(weakref.ref(answer))
    check(False, given="g", expected="e", observed="o")

def test_after():
    """Another one finds nothing of it."""
    gc.collect()
    check([seen() for seen in SEEN] == [None], given="g", expected="nothing kept", observed="kept")
'''
)


def test_a_failing_test_keeps_none_of_its_answers(hold: Hold) -> None:
    """Each failure kept what its test had read, and a few large answers ended the examiner for want of memory."""
    found = results(hold({"test_k.py": KEPT}))
    assert [found[name]["outcome"] for name in ("test_fails", "test_after")] == ["failed", "passed"]
