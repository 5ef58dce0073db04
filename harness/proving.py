"""A challenge pack while it is being proved: its bench, the reference's exam, and what was held of it before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

from challenges import Challenge, ChallengeError, HiddenTest, Objection
from harness.bench import Bench, Sat
from harness.held_before import Exertion, HeldBefore, held_before
from harness.progress import Progress
from reports import Headroom
from sandbox import Workshop


@dataclass(frozen=True, slots=True)
class GradedExample:
    """What grading a calibration submission told against the pack: declared otherwise, or given away to candidates."""

    undeclared: list[str]
    given_away: list[str]


Hold = Callable[[], tuple[list[Objection], Exertion | None]]
"""Holds one part: the objections, and what the exam took where it tells of a right solution."""


@dataclass
class Proving:
    """What is known of the pack so far. Most of it is there once the reference's exam was held (hold_reference)."""

    challenge: Challenge
    challenges_folder: Path | None
    bench: Bench
    progress: Progress
    scratch: Path
    lanes: Executor
    afresh: bool = False
    _reference: Workshop | None = None
    _first: Sat | None = None
    _before: HeldBefore | None = None
    exertions: list[Exertion] = field(default_factory=list)
    graded: dict[str, GradedExample] = field(default_factory=dict)
    earlier: int = 0
    """How many parts were not held now, because an earlier run held them."""

    def hold_reference(self) -> None:
        """Hold the reference's exam, once. Raises ChallengeError when the pack names no reference."""
        if self._first is not None:
            return
        name = self.challenge.submission.reference
        if name is None:
            raise ChallengeError(
                f"{self.challenge.folder / 'challenge.toml'} names no reference: set [submission] reference to the "
                "calibration submission that is right in everything."
            )
        self._reference = self.bench.example(name)
        self._first = self.bench.sit(self._reference)
        self._before = held_before(self.challenge.digest, self.bench.images, afresh=self.afresh)
        self.exertions.append(exertion(self._first))

    @property
    def reference(self) -> Workshop:
        """The reference's workshop."""
        assert self._reference is not None
        return self._reference

    @property
    def first(self) -> Sat:
        """What the reference's exam gave."""
        assert self._first is not None
        return self._first

    @property
    def before(self) -> HeldBefore:
        """What an earlier run held of the very same pack, images and harness."""
        assert self._before is not None
        return self._before

    @property
    def tests(self) -> Sequence[HiddenTest]:
        return self.first.record.tests

    @property
    def contract(self) -> list[str]:
        """The ids of the contract tests."""
        return [test.id for test in self.tests if test.tier == "contract"]

    @property
    def judging(self) -> list[str]:
        """The ids of all hidden tests but the probes."""
        return [test.id for test in self.tests if test.tier != "probe"]

    def hold_each(self, parts: Mapping[str, Hold]) -> list[Objection]:
        """Hold those of the parts that no earlier run held, side by side; their objections in the order of `parts`."""
        waiting = [self.lanes.submit(self._hold_now, part, hold) for part, hold in parts.items() if not self.held(part)]
        return [objection for future in waiting for objection in future.result()]

    def _hold_now(self, part: str, hold: Hold) -> list[Objection]:
        """In a lane: hold the part, and keep it at once if nothing broke, so that an interruption costs no more."""
        broken, took = hold()
        if took is not None:
            self.exertions.append(took)
        if not broken:
            self.before.keep(part, took)
        return broken

    def held(self, part: str) -> bool:
        """Was this part held before? Then what its exam took counts for the headroom as if it were held now."""
        if part not in self.before.parts:
            return False
        self.earlier += 1
        took = self.before.parts[part]
        if took is not None:
            self.exertions.append(took)
        return True

    def headroom(self) -> Headroom:
        """How far right solutions stayed below the challenge's limits."""
        peaks = [took.memory_peak_mib for took in self.exertions if took.memory_peak_mib is not None]
        return Headroom(
            slowest_exam_seconds=max((round(took.seconds, 1) for took in self.exertions), default=None),
            exam_limit_seconds=self.challenge.limits.exam_seconds,
            memory_peak_mib=max(peaks, default=None),
            memory_limit_mib=self.challenge.limits.memory_mib,
        )


def exertion(sat: Sat) -> Exertion:
    """What this exam took."""
    peaks = [start.memory_peak_mib for start in sat.record.starts if start.memory_peak_mib is not None]
    return Exertion(seconds=sat.record.seconds, memory_peak_mib=max(peaks, default=None))
