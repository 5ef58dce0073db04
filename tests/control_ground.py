"""A pack and three programs for gradings whose environment is broken on purpose: its hidden tests look at the clock,
the locale, the memory and the processor that a sandbox gives to a program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tiny_pack import make_pack

from challenges import Challenge
from graders import Case, Grade, hidden_tests
from sandbox import Submission, Workshop

BALLAST_MIB, TOO_LITTLE_MIB, ENOUGH_MIB = 56, 40, 160
"""What the program keeps in memory, a limit that kills it, and the pack's own."""
WORK_SECONDS, PATIENCE_SECONDS, STARVED_CPUS = 0.2, 1.5, 0.05
"""What the program's work takes of a processor, how long its test waits, and a share of a processor that is too small
for it: the work then takes more than twice as long as the test waits."""

TESTS = f'''
import time
from datetime import UTC, datetime

import pytest
from examiner import Room, check, check_equal

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("all"), pytest.mark.dimension("correctness")]


@pytest.mark.requirement("R-1")
def test_greets(room: Room) -> None:
    """The program greets"""
    check_equal(room.program.ensure({{}}).get("/greeting").text(), "hello", given="GET /greeting")


@pytest.mark.requirement("R-2")
def test_knows_the_time(room: Room) -> None:
    """The program tells the time in UTC"""
    told = datetime.fromisoformat(room.program.ensure({{}}).get("/now").text()).replace(tzinfo=UTC)
    apart = abs(told.timestamp() - time.time())
    check(apart < 60, given="GET /now", expected="the time in UTC", observed=f"{{apart:.0f}} s off")


@pytest.mark.requirement("R-2")
def test_keeps_letters(room: Room) -> None:
    """The program keeps letters of the world"""
    check_equal(room.program.ensure({{}}).get("/note").text(), "Zo\\u00eb", given="GET /note")


@pytest.mark.requirement("R-2")
def test_works_in_time(room: Room) -> None:
    """The program works in time"""
    check_equal(room.program.ensure({{}}).get("/work", seconds={PATIENCE_SECONDS}).text(), "done", given="GET /work")
'''

PROGRAM = f"""
import os
import tempfile
import time
from datetime import datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

BALLAST = b"x" * ({BALLAST_MIB} << 20)


def greeting():
    return GREETING


def note():
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/note", "w") as file:
            file.write("Zo\\u00eb")
        with open(folder + "/note", "rb") as file:
            return file.read().decode()


def work():
    ends = time.process_time() + {WORK_SECONDS}
    while time.process_time() < ends:
        pass
    return "done"


ANSWERS = {{"/greeting": greeting, "/now": lambda: datetime.now().isoformat(), "/note": note, "/work": work}}


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        body = ANSWERS.get(self.path, lambda: "{{}}")().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer).serve_forever()
"""

RIGHT, WRONG = PROGRAM.replace("GREETING", '"hello"'), PROGRAM.replace("GREETING", '"goodbye"')
CHANCY = PROGRAM.replace("GREETING", '"hello" if os.environ.get("LUCK") == "good" else "goodbye"')
"""It greets, it never does, it does with luck (which the tests hand out, so that they never depend on luck)."""


@dataclass(frozen=True)
class Ground:
    """What the gradings of this module share: a pack whose reference is RIGHT, and the workshops of three programs."""

    packs: Path
    challenge: Challenge
    submission: Submission
    right: Workshop
    wrong: Workshop
    chancy: Workshop

    def grade(self, workshop: Workshop, challenge: Challenge | None = None, reference: Workshop | None = None) -> Grade:
        """The grade of the hidden tests alone."""
        return hidden_tests.grade(
            Case(
                submission=self.submission,
                challenge=challenge or self.challenge,
                manifest=workshop.manifest,
                open_workshop=lambda: workshop,
                control=lambda: reference or self.right,
            )
        )


def make_ground_pack(folder: Path) -> Path:
    """Write the pack `tiny` with these hidden tests and RIGHT as its reference; gives the folder of packs."""
    packs = make_pack(folder, reference=True)
    (packs / "tiny" / "hidden_tests" / "test_tiny.py").write_text(TESTS)
    (packs / "tiny" / "calibration" / "right" / "submission" / "program.py").write_text(RIGHT)
    settings = packs / "tiny" / "challenge.toml"
    settings.write_text(settings.read_text().replace("memory_mib = 64", f"memory_mib = {ENOUGH_MIB}"))
    return packs
