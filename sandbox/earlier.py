"""An earlier commit of a submission, opened from the same store of git's: nothing is fetched again."""

from __future__ import annotations

import re
import time
from dataclasses import replace

from sandbox.git import run_git
from sandbox.refusal import FetchLimits, SubmissionRefused, printable
from sandbox.submission import Submission
from sandbox.tree import read_tree

SECONDS = 30.0


def at_commit(submission: Submission, commit: str) -> Submission:
    """The submission as it stood at `commit` (40 hex), one of those that lead to the graded one.

    Raises SubmissionRefused when it is none of them, or when its tree is over a limit; SandboxError when git fails.
    """
    if commit == submission.commit:
        return submission
    if all(commit != one.id for one in submission.commits()):
        raise SubmissionRefused(f"{printable(commit, 40)} is no commit of this submission's history.")
    arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{tree}}"]
    found = run_git(arguments, git_dir=submission.git, seconds=SECONDS).output.decode("ascii", "replace").strip()
    if not re.fullmatch("[0-9a-f]{40}", found):
        raise SubmissionRefused(f"The files of {commit[:12]} can't be read. Push the repository anew.")
    tree = read_tree(submission.git, commit, FetchLimits(), time.monotonic() + SECONDS)
    return replace(submission, commit=commit, tree=found, files=tree.files, notes=(), listing=tree)
