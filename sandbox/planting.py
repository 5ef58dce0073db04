"""Planting a bug: a patch of a challenge pack applied to a copy of its reference submission."""

from __future__ import annotations

import shutil
from pathlib import Path

from sandbox.engine import SandboxError
from sandbox.git import run_git
from sandbox.replay import IGNORED

SECONDS = 30.0


def planted(folder: Path, patch: Path, into: Path) -> Path:
    """Copy the files below `folder` to `into` (new), apply the unified diff `patch`, and give `into` back.

    Raises SandboxError when the patch does not apply, or changes nothing.
    """
    shutil.copytree(folder, into, symlinks=True, ignore=shutil.ignore_patterns(*IGNORED))
    # A repository of its own: inside another one, git would pass over the paths silently.
    for arguments in (
        ["init", "-q", str(into)],
        ["-C", str(into), "apply", "--numstat", "--apply", str(patch.resolve())],
    ):
        ended = run_git(arguments, seconds=SECONDS, configuration={"safe.bareRepository": "all"})
        if not ended.good:
            raise SandboxError(f"{patch.name} does not apply to {folder.name}: {ended.errors.strip()[:300]}")
    if not ended.output.strip():
        raise SandboxError(f"{patch.name} changes nothing: is it a unified diff?")
    shutil.rmtree(into / ".git")
    return into
