"""The sittings of one hidden test: its runs, and what they say together.

What fails is run again, and where two runs differ a third decides: a failure of one moment is nobody's failure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from sandbox import ExamRecord, TestResult

MOST_RUNS = 3
"""A failing test is run once more; if the two runs differ, a third decides."""
ALIKE = 4
"""So many tests that fail in the same words without having asked anything share a cause: the program did not start."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """What the runs of one hidden test gave, first run first.

    `speaker` is another test that failed in the very same words before it asked anything: it was run again for both.
    """

    results: tuple[TestResult, ...]
    speaker: str | None = None

    @property
    def steady(self) -> bool:
        return len({result.outcome for result in self.results}) == 1

    @property
    def decisive(self) -> TestResult:
        """The first of the results that most runs gave; a third run follows two that differ, so no tie stays."""
        outcomes = [result.outcome for result in self.results]
        return max(self.results, key=lambda result: outcomes.count(result.outcome))

    @property
    def outcome(self) -> str:
        return self.decisive.outcome


def rerun(sittings: dict[str, Sitting], hold: Callable[[Sequence[str]], ExamRecord], judging: Collection[str]) -> None:
    """Run what failed again with `hold`, and a third time what then came out otherwise. Changes `sittings`.

    `judging` are the tests that can fail somebody: probes are not among them.

    Tests that share a cause are run again as one; when that one then passes, all of them are.
    """
    speakers = _speakers({name: sitting for name, sitting in sittings.items() if name in judging})
    for name, speaker in speakers.items():
        sittings[name] = replace(sittings[name], speaker=speaker)
    again = [
        name
        for name, sitting in sittings.items()
        if name in judging and sitting.outcome == "failed" and not sitting.speaker
    ]
    for _ in range(MOST_RUNS - 1):
        if not again:
            return
        for result in hold(again).results:
            if result.id in sittings:
                sittings[result.id] = Sitting((*sittings[result.id].results, result))
        again = [name for name in again if not sittings[name].steady]
        for name, speaker in speakers.items():
            if sittings[name].speaker and not sittings[speaker].steady:
                sittings[name] = replace(sittings[name], speaker=None)
                again.append(name)


def _speakers(sittings: dict[str, Sitting]) -> dict[str, str]:
    """Test to the test that speaks for it."""
    alike: dict[str, list[str]] = defaultdict(list)
    for name, sitting in sittings.items():
        result = sitting.decisive
        if result.outcome == "failed" and not result.exchanges and not result.journal:
            alike[result.message].append(name)
    return {name: group[0] for group in alike.values() if len(group) >= ALIKE for name in group[1:]}
