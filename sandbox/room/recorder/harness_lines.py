"""Which lines were first run in which test, by Python's own monitoring (3.12 and newer): a second word to coverage's.

Costs next to nothing: every line tells once a process, and is then switched off.
"""

from __future__ import annotations

import os
import sys
from types import CodeType

TOOL = 4
FOLDER = "/submission/"
OTHERS = ("/tests/", "/test/", "/.venv/", "/site-packages/")
MOST_BYTES = 6 * 1024 * 1024


def watch(path: str) -> None:
    """Write `file, line, test` to `path`, tab between, from now on in this process; a first line says that it does."""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is None or monitoring.get_tool(TOOL) is not None:
        return
    record = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(record, b"watching\n")
    monitoring.use_tool_id(TOOL, "harness")
    left = MOST_BYTES - os.fstat(record).st_size

    def started(code: CodeType, _: int) -> object:
        if code.co_filename.startswith(FOLDER) and not any(part in code.co_filename for part in OTHERS):
            monitoring.set_local_events(TOOL, code, monitoring.events.LINE)
        return monitoring.DISABLE

    def line(code: CodeType, number: int) -> object:
        nonlocal left
        test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
        told = f"{code.co_filename.removeprefix(FOLDER)}\t{number}\t{test}\n".encode("utf-8", "replace")
        left -= len(told)
        if left > 0:
            os.write(record, told)
        return monitoring.DISABLE

    monitoring.register_callback(TOOL, monitoring.events.PY_START, started)
    monitoring.register_callback(TOOL, monitoring.events.LINE, line)
    monitoring.set_events(TOOL, monitoring.events.PY_START)
