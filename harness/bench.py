"""The bench that a challenge pack is proved on: holds its hidden tests against folders of files."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from challenges import Challenge, ChallengeError, load_calibration
from graders import Sitting, hold_exam, rerun
from harness.progress import Progress
from sandbox import (
    Circumstances,
    CommitPlan,
    Engine,
    ExamRecord,
    SandboxError,
    Workshop,
    build_repository,
    fetch,
    open_workshop,
    planted,
)

WHOLE = (CommitPlan("All of it", datetime(2026, 1, 1, tzinfo=UTC), "Nobody <nobody@example.org>", (".",)),)


@dataclass(frozen=True, slots=True)
class Sat:
    """What a folder's exam gave: outcome and words by test; failing tests were run again as in a grading.

    `problem` says why the exam did not come to its end (None: it did).
    """

    outcomes: dict[str, str]
    words: dict[str, str]
    record: ExamRecord

    @property
    def problem(self) -> str | None:
        return self.record.problem

    def failing(self, among: Collection[str]) -> list[str]:
        """The tests of `among` that did not pass (failed, in error, skipped, or without any result), sorted."""
        return sorted(name for name in among if self.outcomes.get(name) != "passed")


class Bench:
    """Opens workshops on folders of a pack, and holds exams in them, from several threads at a time if need be.

    `folder` is a scratch folder of the run's own.
    """

    def __init__(self, engine: Engine, challenge: Challenge, folder: Path, progress: Progress) -> None:
        self.challenge = challenge
        self.images: dict[str, str] = {}
        self._engine, self._folder, self._progress = engine, folder, progress
        self._numbers = itertools.count(1)

    def workshop(self, files: Path) -> Workshop:
        """The workshop of the submission whose files lie below `files`."""
        into = self._folder / f"bench-{next(self._numbers)}"
        (into / "repository").mkdir(parents=True)
        repository = build_repository(files, WHOLE, into / "source")
        submission = fetch(str(repository), into=into / "repository")
        workshop = open_workshop(self._engine, submission, into, self._progress.tell)
        for image in (workshop.image, workshop.examiner):
            self.images[image.profile] = image.digest
        return workshop

    def example(self, name: str) -> Workshop:
        """The workshop of a calibration submission."""
        return self.workshop(load_calibration(self.challenge, name).folder)

    def with_bug(self, reference: str, patch: Path) -> Workshop:
        """The workshop of the reference submission with a patch applied to it.

        Raises ChallengeError when it can't be applied.
        """
        folder = load_calibration(self.challenge, reference).folder
        try:
            files = planted(folder, patch, self._folder / f"planted-{next(self._numbers)}")
        except SandboxError as reason:  # the pack's fault, and not the machine's
            raise ChallengeError(str(reason)) from reason
        return self.workshop(files)

    def sit(self, workshop: Workshop, only: Sequence[str] | None = None) -> Sat:
        """Hold the exam (all hidden tests, or `only` those named), with failing tests run again, as a grading does."""
        record = hold_exam(workshop, self.challenge, only)
        sittings = {result.id: Sitting((result,)) for result in record.results}

        def hold(again: Sequence[str]) -> ExamRecord:
            return hold_exam(workshop, self.challenge, again)

        rerun(sittings, hold, {test.id for test in record.tests if test.tier != "probe"})
        return Sat(
            {name: sitting.outcome for name, sitting in sittings.items()},
            {name: _words(sitting) for name, sitting in sittings.items()},
            record,
        )

    def sit_once(self, workshop: Workshop, circumstances: Circumstances, seed: int) -> Sat:
        """Hold the whole exam once: whatever differs from another run shows."""
        record = hold_exam(workshop, dataclasses.replace(self.challenge, seed=seed), None, circumstances)
        return Sat({result.id: result.outcome for result in record.results}, {}, record)


def _words(sitting: Sitting) -> str:
    result = sitting.decisive
    return f"{result.message} (given: {result.given})" if result.given else result.message


@contextlib.contextmanager
def loaded() -> Iterator[None]:
    """Every processor of the machine kept busy meanwhile."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"], stdin=subprocess.DEVNULL)
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
        for process in busy:
            process.wait()
