"""Our own tools inside containers: pinned by hash in requirements/, installed like a submission's dependencies.

"sandbox-tools" (pytest, coverage, ruff) is mounted at /tools in a sandbox, for the candidate's own tests and for
lint; "examiner" (pytest) is mounted in the examiner. Each is a folder for PYTHONPATH, with programs in its bin/.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from sandbox.engine import Engine, SandboxError
from sandbox.images import Image
from sandbox.prepare import Environment, PreparationRefused, prepare

Toolset = Literal["examiner", "sandbox-tools"]

REQUIREMENTS = Path(__file__).parent / "requirements"


def requirements(toolset: Toolset) -> str:
    """Return the pinned requirements of a set of tools."""
    return (REQUIREMENTS / f"{toolset}.txt").read_text("utf-8")


def provide_tools(
    engine: Engine, image: Image, toolset: Toolset, cache: Path, report: Callable[[str], None]
) -> Environment:
    """Return the installed tools for an image. Raises SandboxError, since tools that don't install are our fault."""
    outcome = prepare(
        engine, image, requirements(toolset), cache, report, source=f"{toolset}.txt", complete=True, layout="folder"
    )
    if isinstance(outcome, PreparationRefused):
        raise SandboxError(
            f"our own tools ({toolset}) could not be installed: {outcome.text[-500:]}; is the package index complete?"
        )
    return outcome
