"""A case: all that a grader may look at to answer its question about one submission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from challenges import Challenge
from sandbox import Manifest, Submission, Workshop


@dataclass(frozen=True, slots=True)
class Case:
    """One submission, the challenge that it answers, and the means to run it.

    `open_workshop` gives the submission's workshop, and waits for it where it is still being prepared; graders that
    run nothing never ask. `control` gives the workshop of the challenge's reference solution, made when it is first
    asked for (None: the challenge has no reference). `ai_log` is a log that came apart from the repository: its
    file name and its bytes.
    """

    submission: Submission
    challenge: Challenge
    manifest: Manifest
    open_workshop: Callable[[], Workshop]
    control: Callable[[], Workshop] | None = None
    ai_log: tuple[str, bytes] | None = None

    @property
    def workshop(self) -> Workshop:
        return self.open_workshop()
