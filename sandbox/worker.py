"""Our worker in a sandbox: its files and how it is started, where the contract is a command line or a library.

The harness starts it in the place of the candidate's program; the runs and calls themselves are asked of it by the
examiner, and made inside the sandbox (`room/worker/`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from sandbox.launch import ROOM

Contract = Literal["http-service", "command-line", "library"]

FOLDER = "/harness/input/worker"
COMMAND = ("python3", "-I", "-S", f"{FOLDER}/main.py")
OWN_PATH = "/usr/local/bin:/usr/bin:/bin"
"""Where its own Python is looked for: not among what the submission's dependencies brought."""


@cache
def worker_files() -> Mapping[str, bytes]:
    """The worker's files by their absolute paths in the sandbox."""
    files = {f"{FOLDER}/{path.name}": path.read_bytes() for path in sorted((ROOM / "worker").glob("*.py"))}
    return {**files, "/harness/input/belongings.py": (ROOM / "belongings.py").read_bytes()}


def worker_variables(command: str, variables: Mapping[str, str]) -> dict[str, str]:
    """The worker's environment: `variables` are those of what it runs, `command` is the submission's shell line."""
    return {**variables, "PATH": OWN_PATH, "HARNESS_PATH": variables["PATH"], "HARNESS_COMMAND": command}
