"""A challenge so small that a whole grading takes seconds, programs that answer it, and repositories of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from repositories import Change, Content, make_repository

from harness.pipeline import Order, grade_submission
from harness.progress import Progress
from reports import Report

CHALLENGE = """
title = "Tiny"
version = "1.0.0"
round = 1
contract = "http-service"
time_box_minutes = 10

[limits]
memory_mib = 64
writable_mib = 8
start_seconds = 5
exam_seconds = {exam_seconds}

[submission]
start = "python3 program.py"
test = "python3 -m pytest -q"
{reference}

[[categories]]
id = "all"
title = "All"

[[dimensions]]
id = "correctness"
title = "Correctness"
kind = "measured"
"""

RUBRIC = """
[[anchors.correctness]]
level = "Hire"
text = "It greets."
"""

HIDDEN_TESTS = '''
import time

import pytest
from examiner import Room, check_equal

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("all"), pytest.mark.dimension("correctness")]


@pytest.mark.requirement("R-1")
def test_greets(room: Room) -> None:
    """The program greets"""
    greeting = room.program.ensure({{}}).get("/greeting").text()
    time.sleep({seconds} if greeting == "hello" else 0)
    check_equal(greeting, "hello", given="GET /greeting")


@pytest.mark.requirement("R-2")
def test_lives(room: Room) -> None:
    """The program says that it is healthy"""
    client = room.program.ensure({{}})
    check_equal(client.get("/health").status, 200, given="GET /health")
'''

PROGRAM = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

GREETING = b"hello"


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = GREETING if self.path == "/greeting" else b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""

LOG = """# AI usage log

## Greeting
**Prompt:** write a greeting service with the standard library
**Correction:** it bound all addresses; changed to the loopback
**Verification:** ran tests/test_program.py
"""

SUBMISSION: Mapping[str | bytes, Content] = {
    "submission.toml": '[submission]\nchallenge = "tiny"\n[run]\nstart = "python3 program.py"\n',
    "program.py": PROGRAM,
    "tests/test_program.py": "import program\n\n\ndef test_greeting():\n    assert program.GREETING == b'hello'\n",
    "AI_LOG.md": LOG,
    "DECISIONS.md": "# Decisions\n\nStandard library: nothing to install.\n",
    "README.md": "# Greeting\n\nTook ten minutes.\n",
}

COMMITS = """
[[commit]]
message = "All of it"
date = "2026-06-02T13:00:00+00:00"
author = "Noa Example <noa@example.org>"
paths = ["**"]
"""


def make_pack(folder: Path, *, seconds: float = 0.0, reference: bool = False, exam_seconds: int = 120) -> Path:
    """Write the challenge `tiny` into `folder`, which becomes a folder of packs, and give that back.

    Its first hidden test takes `seconds` where the program greets rightly (so that a wrong one comes to the control
    run at once); with `reference` it has a reference submission for that. `exam_seconds` bound an exam.
    """
    pack = folder / "tiny"
    (pack / "hidden_tests").mkdir(parents=True)
    (pack / "twins").mkdir()
    (pack / "twins" / "nobody.py").write_text('"""No third party."""\n')
    told = CHALLENGE.format(reference='reference = "right"' if reference else "", exam_seconds=exam_seconds)
    (pack / "challenge.toml").write_text(told)
    (pack / "rubric.toml").write_text(RUBRIC)
    (pack / "hidden_tests" / "vocabulary.toml").write_text('categories = ["all"]\ndimensions = ["correctness"]\n')
    (pack / "brief.md").write_text("# Tiny\n\n[R-1] GET /greeting answers hello. [R-2] GET /health answers 200.\n")
    (pack / "hidden_tests" / "test_tiny.py").write_text(HIDDEN_TESTS.format(seconds=seconds))
    if reference:
        example = pack / "calibration" / "right"
        for name, content in SUBMISSION.items():
            path = example / "submission" / str(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(str(content))
        (example / "commits.toml").write_text(COMMITS)
        (example / "expected.toml").write_text('[grades]\nhidden_tests = "passed"\n')
    return folder


def make_submission(path: Path, changes: Mapping[str | bytes, Content] | None = None) -> Path:
    """A repository of a submission that passes everything, with `changes` laid over it (None: taken away)."""
    files = {name: content for name, content in {**SUBMISSION, **(changes or {})}.items() if content is not None}
    return make_repository(path, commits=[Change(files, "All of it")])


def grade_tiny(packs: Path, repository: Path, out: Path, ai_log: Path | None = None) -> Report:
    """Grade a repository in this process, quietly; give the report that was written to `out`."""
    order = Order("tiny", repository=str(repository), challenges_folder=packs, out=out, ai_log=ai_log)
    with Progress(quiet=True) as progress:
        return grade_submission(order, progress).report
