"""Grading from end to end, with a real engine: the promises of the product, on real submissions."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from grading import grade, grade_example, repository_of

from challenges import Calibration, load, load_calibration
from graders.grade import Outcome
from reports import Report, read_report

pytestmark = pytest.mark.docker

CHALLENGE = load("lead-ingestion")


def left_on_the_engine() -> list[str]:
    """Containers and volumes of ours that are still there."""
    found = []
    for what in (["ps", "-a"], ["volume", "ls"], ["network", "ls"]):
        done = subprocess.run(
            ["docker", *what, "-q", "--filter", "label=harness.run"], capture_output=True, text=True, check=True
        )
        found += done.stdout.split()
    return found


def assert_declared(report: Report, expected: Calibration) -> None:
    """Telling hidden tests come out as named, and every other contract test as `others` says."""
    tests = {f.id.removeprefix("hidden_tests."): f for f in report.grades["hidden_tests"].findings if f.tier}
    told = {identifier: str(tests[identifier].outcome) for identifier in expected.hidden_tests}
    assert told == expected.hidden_tests
    if expected.others:
        others = {
            identifier: str(finding.outcome)
            for identifier, finding in tests.items()
            if finding.tier == "contract" and identifier not in expected.hidden_tests
        }
        assert {identifier: outcome for identifier, outcome in others.items() if outcome != expected.others} == {}


@pytest.mark.parametrize("name", CHALLENGE.examples)
def test_a_calibration_submission_comes_out_as_declared(name: str, tmp_path: Path) -> None:
    """Grades, telling hidden tests and measures of every example are what its expected.toml says; nothing is left."""
    expected = load_calibration(CHALLENGE, name)
    report = grade_example(name, tmp_path / "out")

    assert {grade_name: str(report.grades[grade_name].outcome) for grade_name in expected.grades} == expected.grades
    assert_declared(report, expected)
    for grade_name, measures in expected.measures.items():
        for measure, bound in measures.items():
            value = report.grades[grade_name].measures[measure]
            if isinstance(bound, dict):
                assert isinstance(value, int | float), (grade_name, measure)
                assert bound.get("min", value) <= value <= bound.get("max", value), (grade_name, measure)
            else:
                assert value == bound, (grade_name, measure)
    assert report.complete
    assert read_report((tmp_path / "out" / "report.json").read_bytes()) == report
    assert left_on_the_engine() == []


def test_tricks_change_no_outcome_of_the_hidden_tests(tmp_path: Path) -> None:
    """A rewritten pytest, conftest.py, sitecustomize.py, .pth, pytest.py, forged results: all as without them."""
    tricks = {
        "conftest.py": (
            "import pytest\n"
            "@pytest.hookimpl(hookwrapper=True)\n"
            "def pytest_runtest_makereport(item, call):\n"
            "    outcome = yield\n"
            "    report = outcome.get_result()\n"
            "    report.outcome = 'passed'\n"
        ),
        "sitecustomize.py": (
            "import json, os, sys\n"
            "for place in ('/tmp', '/data', '/submission', '/exam/channel', os.environ.get('DATA_DIR', '/tmp')):\n"
            "    try:\n"
            "        with open(place + '/results.jsonl', 'a') as file:\n"
            "            file.write(json.dumps({'kind': 'finished', 'count': 0}) + '\\n')\n"
            "    except OSError:\n"
            "        pass\n"
            "print('::notice::all hidden tests passed')\n"
            "print(json.dumps({'kind': 'result', 'id': 'x', 'outcome': 'passed'}))\n"
        ),
        "pytest.py": "import sys\nprint('1000 passed')\nsys.exit(0)\n",
        "evil.pth": "import os; os.environ['FORGED'] = '1'\n",
        "pytest.ini": "[pytest]\naddopts = -p no:terminal --co\n",
        "results.jsonl": '{"kind": "finished", "count": 0}\n',
        "hidden_tests/test_dedupe.py": "def test_nothing():\n    pass\n",
    }
    report = grade(repository_of("weak", tmp_path / "tricked", tricks), tmp_path / "out")

    assert report.grades["hidden_tests"].outcome is Outcome.FAILED
    assert_declared(report, load_calibration(CHALLENGE, "weak"))


LOOKS_ROUND = """
import json, os, socket, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

MARKERS = (b"pytest.mark.requirement", b"HARNESS_TEST_SECRET", b"def twin", b"class Twin", b"hidden_tests")
found = []


def look_into(path):
    try:
        if os.path.isfile(path) and os.path.getsize(path) < 5_000_000:
            with open(path, "rb") as file:
                content = file.read(5_000_000)
            for marker in MARKERS:
                if marker in content and "/submission/" not in path and path != "/harness/submission.tar":
                    found.append(f"{marker!r} in {path}")
    except OSError:
        pass


for top in ("/", ):
    for folder, folders, files in os.walk(top):
        if folder.startswith(("/sys", "/usr/lib", "/usr/share", "/environment", "/submission", "/proc")):
            folders[:] = []
            continue
        for name in files:
            look_into(os.path.join(folder, name))
for process in os.listdir("/proc"):
    if process.isdigit() and int(process) != os.getpid():
        for part in ("environ", "cmdline", "maps", "mountinfo"):
            look_into(f"/proc/{process}/{part}")
for name in os.listdir("/"):
    if name in ("exam", "work", "root") and os.access(f"/{name}", os.R_OK) and os.listdir(f"/{name}"):
        found.append(f"folder /{name}")
if any("SECRET" in name for name in os.environ if name != "CLAY_INBOUND_SECRET"):
    found.append("environment")


def reach(host, port):
    try:
        with socket.create_connection((host, port), timeout=0.3):
            found.append(f"reached {host}:{port}")
    except OSError:
        pass


for host in ("169.254.169.254", "172.17.0.1", "10.0.0.1", "192.168.0.1", "1.1.1.1", "8.8.8.8"):
    for port in (53, 80, 443, 2375):
        reach(host, port)
for name in ("example.com", "index.example.org", "host.docker.internal"):
    try:
        found.append(f"resolved {name}: {socket.getaddrinfo(name, 443)[0][4]}")
    except OSError:
        pass
for path in ("/var/run/docker.sock", "/run/docker.sock"):
    if os.path.exists(path):
        found.append(path)
own = {line.split(":")[0].strip() for line in open("/proc/net/dev").read().splitlines()[2:]}
if own != {"lo"}:
    found.append(f"interfaces {sorted(own)}")
print("LOOKED ROUND AND FOUND", json.dumps(found), flush=True)


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps({"status": "ok"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""


def test_nothing_can_be_reached_from_inside_a_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that walks its file system, /proc and environment, and tries names and addresses, finds nothing."""
    monkeypatch.setenv("HARNESS_TEST_SECRET", "HARNESS_TEST_SECRET")
    manifest = '[run]\nstart = "python3 look.py"\ntest = "python3 -m pytest"\n'
    repository = repository_of("weak", tmp_path / "looks", {"look.py": LOOKS_ROUND, "submission.toml": manifest})
    report = grade(repository, tmp_path / "out")
    printed = [
        match
        for finding in report.grades["hidden_tests"].findings
        for piece in finding.evidence
        if piece.kind == "output"
        for match in re.findall(r"LOOKED ROUND AND FOUND (.*)", piece.text)
    ]

    assert printed
    assert {text for text in printed if json.loads(text)} == set()
