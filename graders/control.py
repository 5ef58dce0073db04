"""The control run: the reference solution meets the tests in question in the same images, then and there.

A hidden test counts as failed only while the reference passes it. Where it does not, the environment is broken (a
clock, a limit, a machine under load), and the finding is an error of ours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from graders.sitting import Sitting
from sandbox import ExamRecord, SandboxError, TestResult

RUNS, RUNS_OF_CHANGING = 1, 2
"""Control runs of a test that failed each time, and of one whose result changed: an environment that is broken only
now and then would pass one."""


@dataclass(frozen=True, slots=True)
class Control:
    """What the reference's runs gave, by test, first run first; a test without any could not be checked.

    `troubles` say what of ours kept a run from being held to its end.
    """

    results: Mapping[str, tuple[TestResult, ...]] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()

    def runs(self, name: str) -> tuple[TestResult, ...]:
        return self.results.get(name, ())

    def broken(self, name: str) -> TestResult | None:
        """The first run that the reference did not pass, if there is one."""
        return next((result for result in self.runs(name) if result.outcome != "passed"), None)


def hold_control(
    sittings: Mapping[str, Sitting], judging: Collection[str], hold: Callable[[Sequence[str]], ExamRecord]
) -> Control | None:
    """Hold the reference's exam on each test of `judging` that failed or changed; None when there is none.

    A test whose words another one speaks is checked by that one. What can't be held is in the `troubles`.
    """
    asked = {
        sitting.speaker or name: sitting
        for name, sitting in sittings.items()
        if name in judging and (sitting.outcome == "failed" or not sitting.steady)
    }
    if not asked:
        return None
    changing = [name for name, sitting in asked.items() if not sitting.steady]
    results: dict[str, tuple[TestResult, ...]] = defaultdict(tuple)
    troubles = []
    for number in range(RUNS_OF_CHANGING if changing else RUNS):
        try:
            record = hold(sorted(changing if number >= RUNS else asked))
        except SandboxError as trouble:
            troubles.append(f"The control run could not be held: {trouble}")
            break
        for result in record.results:
            results[result.id] += (result,)
        if record.problem:
            troubles.append(f"The control run did not come to its end: {record.problem}")
            break
    return Control(dict(results), tuple(troubles))
