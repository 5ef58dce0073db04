"""A case: all that a grader may look at to answer its question about one submission."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from challenges import Challenge
from graders.grade import Grade
from sandbox import Manifest, Submission, Workshop


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is run again: so many commands, each at most twice, `seconds` for a run and `total_seconds` for all."""

    commands: int = 3
    seconds: int = 60
    total_seconds: int = 120


@dataclass(frozen=True, slots=True)
class Case:
    """One submission, the challenge that it answers, and the means to run it.

    `open_workshop` gives the submission's workshop, and waits for it where it is still being prepared; graders that
    run nothing never ask. `control` gives the workshop of the challenge's reference solution, made when it is first
    asked for (None: the challenge has no reference). `ai_log` is a log that came apart from the repository: its
    file name and its bytes.

    `own_tests` waits for the grade of that name and gives it, None where there is none or it is `error`.
    `open_earlier` gives the workshop of an earlier commit (40 hex) whose dependencies may take so many seconds to
    install; None: nothing is to be run at earlier commits. It raises SubmissionRefused and SandboxError. `BOUNDS` are
    those of such runs.
    """

    BOUNDS: ClassVar[Bounds] = Bounds()

    submission: Submission
    challenge: Challenge
    manifest: Manifest
    open_workshop: Callable[[], Workshop]
    control: Callable[[], Workshop] | None = None
    ai_log: tuple[str, bytes] | None = None
    own_tests: Callable[[], Grade | None] = lambda: None
    open_earlier: Callable[[str, float], Workshop] | None = None

    @property
    def workshop(self) -> Workshop:
        return self.open_workshop()
