"""Entry of the examiner container: `python3 -I /exam/lib/main.py [/exam]`.

Reads channel/order.json, runs the hidden tests in tests/ with the twins of support/, appends records to
channel/results.jsonl. Its exit code says nothing about the candidate: 0 the exam was held, 1 it could not be.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

LIBRARY = Path(__file__).resolve().parent
PROBLEM = 1


def main(arguments: list[str]) -> int:
    """Hold the exam in the folder given (default /exam)."""
    exam = Path(arguments[0] if arguments else "/exam").resolve()
    sys.dont_write_bytecode = True
    # Our library first; then pytest's folder; the twins and the hidden tests' own modules last.
    sys.path[:0] = [str(LIBRARY), *_site_packages(exam / "environment")]
    sys.path += [str(exam / "support"), str(exam / "tests")]
    return hold(exam)


def hold(exam: Path) -> int:
    """Run pytest in this process with our plug-in; a problem of ours becomes a record."""
    from examiner.expect import ExaminerError
    from examiner.order import read_order, read_vocabulary
    from examiner.records import Records

    channel = exam / "channel"
    order = read_order(channel / "order.json")
    records = Records(channel / "results.jsonl", order.nonce)
    try:
        import pytest
        from examiner import fixtures
        from examiner.plugin import ExaminerPlugin
        from examiner.room import Room

        vocabulary = read_vocabulary(exam / "tests" / "vocabulary.toml")
    except (ExaminerError, ImportError) as trouble:
        records.problem(f"The exam can't be held: {trouble}")
        return PROBLEM
    room = Room(order, channel)
    os.chdir(exam)
    try:
        code = pytest.main(
            [
                "-q",
                "--tb=short",
                "--strict-markers",
                "--import-mode=importlib",
                "--disable-plugin-autoload",
                "-p",
                "no:cacheprovider",
                "--capture=no",
                "-c",
                os.devnull,
                f"--rootdir={exam / 'tests'}",
                f"--confcutdir={exam / 'tests'}",
                str(exam / "tests"),
            ],
            plugins=[fixtures, ExaminerPlugin(room, records, vocabulary)],
        )
    finally:
        room.close()
    if code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        return 0
    records.problem(f"pytest ended with {code!r}: see the examiner's log.")
    return PROBLEM


def _site_packages(environment: Path) -> list[str]:
    """Where an environment's packages lie: a virtual environment's site-packages, or the folder itself."""
    found = sorted(str(path) for path in environment.glob("lib/python3*/site-packages"))
    return found or [str(environment)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
