"""Cross-checks against a real sandbox: forgeries are told by at least one, honest suites of any shape by none."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from challenges import Challenge
from graders import Case, Grade, Outcome, own_tests
from sandbox import (
    MANIFEST_NAME,
    CommitPlan,
    Engine,
    build_repository,
    fetch,
    open_scratch,
    open_workshop,
    read_manifest,
)

pytestmark = pytest.mark.docker

WHOLE = (CommitPlan("All of it", datetime(2026, 1, 1, tzinfo=UTC), "Nobody <nobody@example.org>", (".",)),)
Files = Mapping[str, str]
Run = Callable[[Files], Grade]

APP = """
def add(a, b):
    return a - b


def double(a):
    total = add(a, a)
    return total


def never(a):
    first = a
    second = first
    third = second
    fourth = third
    return fourth
"""
TESTS = """
from app import add, double


def test_add():
    assert add(1, 2) == 3


def test_double():
    assert double(0) == 0
"""
BROKEN: Files = {"app.py": APP, "tests/test_app.py": TESTS}
RIGHT: Files = {**BROKEN, "app.py": APP.replace("a - b", "a + b")}
ALWAYS_PASSED = """
import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    made = yield
    made.get_result().outcome = "passed"
    made.get_result().longrepr = None
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Grades the own tests of a repository that holds these files."""
    numbers = itertools.count()
    with Engine.connect() as engine, open_scratch(engine) as scratch:

        def grade(files: Files) -> Grade:
            folder = tmp_path_factory.mktemp("submission")
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(content)
            into = scratch / f"run-{next(numbers)}"
            (into / "repository").mkdir(parents=True)
            submission = fetch(str(build_repository(folder, WHOLE, into / "source")), into=into / "repository")
            workshop = open_workshop(engine, submission, into, print)
            challenge = SimpleNamespace(starter={}, submission=SimpleNamespace(test="python3 -m pytest"))
            return own_tests.grade(
                Case(
                    submission=submission,
                    challenge=cast(Challenge, challenge),
                    manifest=read_manifest(submission.read(MANIFEST_NAME)),
                    open_workshop=lambda: workshop,
                )
            )

        yield grade
        mine = {"label": f"harness.run={engine.run_id}"}
        assert engine.call("looking", lambda api: api.containers(all=True, filters=mine)) == []


def results(grade: Grade) -> dict[str, str]:
    """Cross-check to result."""
    return {str(row["check"]): str(row["result"]) for row in grade.exhibits["cross_checks"]}


def said(grade: Grade) -> Any:
    return [f"{row['check']}: {row['result']}: {row['said']}" for row in grade.exhibits["cross_checks"]]


def manifest(command: str) -> dict[str, str]:
    return {"submission.toml": f'[submission]\nchallenge = "any"\n[run]\ntest = """{command}"""\n'}


RECORD, COUNT, CANARY = "Record and exit code", "Tests as written", "A test that must fail"
SABOTAGE, LINES, COVERAGE = "Functions that raise", "Lines that raise", "Settings of coverage"

FORGERIES: dict[str, tuple[Files, set[str]]] = {
    "T01": ({**BROKEN, "conftest.py": ALWAYS_PASSED}, {CANARY, SABOTAGE}),
    "T02": ({**BROKEN, "evil.py": ALWAYS_PASSED, "pytest.ini": "[pytest]\naddopts = -p evil\n"}, {CANARY, SABOTAGE}),
    "T03": ({**BROKEN, "app.py": "import os\nos._exit(0)\n" + APP}, {RECORD}),
    "T04": ({**BROKEN, "app.py": "import sys\nsys.exit(0)\n" + APP}, {RECORD}),
    "T05": (
        {**BROKEN, "conftest.py": "import atexit, os\natexit.register(lambda: (os.sync(), os._exit(0)))\n"},
        {RECORD},
    ),
    "T06": (
        {
            **BROKEN,
            "conftest.py": """
import atexit, json, os
def forge():
    names = [f"tests/test_more.py::test_{n}" for n in range(200)]
    lines = [{"kind": "collected", "tests": names}]
    lines += [{"kind": "result", "id": n, "when": "call", "outcome": "passed", "seconds": 0.1} for n in names]
    lines += [{"kind": "finished", "exit_status": 0}]
    with open(os.environ["HARNESS_RECORD"], "w") as file:
        file.write("\\n".join(map(json.dumps, lines)))
    os._exit(0)
atexit.register(forge)
""",
        },
        {COUNT},
    ),
    "T07": (
        {
            **BROKEN,
            "app.py": """
import _pytest.runner as runner
def from_call(func, when, reraise=None, **_):
    try:
        result = func()
    except BaseException:
        result = None
    return runner.CallInfo(result=result, excinfo=None, start=0.0, stop=0.1, duration=0.1, when=when, _ispytest=True)
runner.CallInfo.from_call = staticmethod(from_call)
"""
            + APP,
        },
        {CANARY},
    ),
    "T08": ({**BROKEN, "pytest.ini": "[pytest]\naddopts = -k 'not add'\n"}, {COUNT}),
    "T13": (
        {
            **RIGHT,
            "conftest.py": """
def pytest_sessionfinish():
    import coverage
    data = coverage.Coverage.current().get_data()
    data.add_arcs({"/submission/app.py": [(n, n + 1) for n in range(1, 18)]})
    data.add_arcs({"app.py": [(n, n + 1) for n in range(1, 18)]})
""",
        },
        {LINES},
    ),
    "T14": (
        {
            **RIGHT,
            "app.py": RIGHT["app.py"].replace("def never(a):", "def never(a):  # pragma: no cover"),
            ".coveragerc": "[report]\nexclude_also =\n    first\n",
        },
        {COVERAGE},
    ),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_are_told(run: Run, name: str) -> None:
    """Each trick is told by the cross-checks that are made for it."""
    files, expected = FORGERIES[name]

    grade = run(files)

    told = {check for check, result in results(grade).items() if result == "told"}
    assert expected <= told, said(grade)
    assert grade.measures["cross_checks_told"] == len(told)
    if CANARY in told or RECORD in told:
        assert grade.outcome is Outcome.FAILED


SERVER = """
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def greeting():
    return b"hello"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = greeting()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
CLIENT = """
import os, socket, subprocess, sys, time, urllib.request
import pytest


@pytest.fixture(scope="session")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, "server.py"], env={**os.environ, "PORT": str(port)})
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
            break
        except OSError:
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/"
    server.terminate()
    server.wait()


def test_greeting(address):
    assert urllib.request.urlopen(address, timeout=5).read() == b"hello"


def test_status(address):
    assert urllib.request.urlopen(address, timeout=5).status == 200
"""
SHAPES = """
import unittest
import pytest
from app import add, double


@pytest.fixture
def test_numbers():
    return add(1, 1)


@pytest.mark.parametrize("a", [1, 2, pytest.param(3, id="a::b[c]")])
def test_add(a, test_numbers):
    assert add(a, 0) == a and test_numbers == 2


@pytest.mark.skip(reason="not yet")
def test_later():
    assert add(1, 1) == 3


@pytest.mark.xfail
def test_known():
    assert add(1, 1) == 3


class TestDouble:
    def test_two(self):
        assert double(1) == 2


class Old(unittest.TestCase):
    def setUp(self):
        self.value = add(1, 1)

    def test_value(self):
        self.assertEqual(self.value, 2)
"""
DOCTESTED = RIGHT["app.py"].replace("def add(a, b):", 'def add(a, b):\n    """>>> add(1, 2)\n    3\n    """')
SWALLOWS = """
def risky(log):
    try:
        return 1 / 0
    except Exception:
        log.append("failed")
        return None
"""
SELF_READING = """
from pathlib import Path
from app import add
HERE = Path(__file__).parent


def test_count():
    files = list(HERE.glob("test_*.py"))
    assert sum(f.read_text().count("\\ndef test_") for f in files) == add(1, 1)


def test_lines():
    assert len((HERE.parent / "app.py").read_text().splitlines()) == add(9, 9)
"""
FAILS_FIRST = RIGHT["tests/test_app.py"].replace("== 3", "== 4")

HONEST: dict[str, Files] = {
    "plain": {**RIGHT, "pyproject.toml": "[tool.ruff]\nline-length = 100\n"},
    "-x": {**RIGHT, "tests/test_app.py": FAILS_FIRST, "pytest.ini": "[pytest]\naddopts = -x\n"},
    "unittest": {**RIGHT, **manifest("python3 -m unittest discover tests")},
    "own runner": {**RIGHT, **manifest("python3 -c 'import app; assert app.add(1, 2) == 3'")},
    "subprocess server": {"server.py": SERVER, "tests/test_server.py": CLIENT},
    "shapes": {**RIGHT, "tests/test_app.py": SHAPES},
    "doctests": {**RIGHT, "app.py": DOCTESTED, "pytest.ini": "[pytest]\naddopts = --doctest-modules\n"},
    "two commands": {
        **RIGHT,
        "Makefile": "test:\n",
        **manifest("python3 -m pytest tests && python3 -m compileall -q app.py"),
    },
    "one file named": {**RIGHT, **manifest("cd tests && python3 -m pytest test_app.py")},
    "tests in src": {"src/app.py": RIGHT["app.py"], "src/test_app.py": RIGHT["tests/test_app.py"]},
    "swallowed errors": {
        "app.py": SWALLOWS,
        "test_app.py": "from app import risky\n\ndef test_risky():\n    log = []\n    risky(log)\n    assert log\n",
    },
    "reads its own files": {**RIGHT, "tests/test_app.py": SELF_READING},
    "waits": {
        "app.py": "import threading\n\ndef start(done):\n    threading.Thread(target=work, args=(done,)).start()\n"
        "\ndef work(done):\n    done.set()\n",
        "test_app.py": "import threading\nfrom app import start\n\ndef test_work():\n    done = threading.Event()\n"
        "    start(done)\n    assert done.wait(60)\n",
    },
    "conftest drops ours": {
        **RIGHT,
        "conftest.py": "def pytest_collection_modifyitems(items):\n"
        "    items[:] = [i for i in items if i.name in ('test_add', 'test_double')]\n",
    },
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_suites_are_told_of_nothing(run: Run, name: str) -> None:
    """Whatever its shape, an honest suite has nothing that a cross-check asks about."""
    grade = run(HONEST[name])

    assert "told" not in results(grade).values(), said(grade)
    assert grade.measures["cross_checks_told"] == 0
    assert grade.measures["line_coverage_own_settings"] is None
    if name in ("unittest", "own runner"):
        assert set(results(grade).values()) == {"not tried"}, said(grade)


def test_empty_tests_are_counted_and_named(run: Run) -> None:
    """A test that checks nothing of the program, and one that goes on whatever it does, are told with their names."""
    empty = "\n\ndef test_empty():\n    assert True\n\n\ndef test_forgiving():\n    try:\n        add(1, 2)\n"
    empty += "    except BaseException:\n        pass\n"

    grade = run({**RIGHT, "tests/test_app.py": RIGHT["tests/test_app.py"] + empty})

    assert grade.outcome is Outcome.PASSED
    [finding] = [f for f in grade.findings if f.id == "own_tests.cross_check.sabotage"]
    assert finding.outcome is Outcome.SKIPPED
    assert finding.title == "2 own tests passed while every function raised an error"
    assert "1 own test passed though functions of the submission raised errors" in finding.detail
    assert "1 own test passed and called none of its functions" in finding.detail
    assert finding.evidence[0].text.split() == ["tests/test_app.py::test_forgiving", "tests/test_app.py::test_empty"]
