"""The verdict on a claim about a run: when a run's figures bear it out, and when they speak against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.counts import History
from graders.ai_log.invocation import Invocation
from graders.ai_log.own_run import Tally
from graders.ai_log.plain_words import is_plain
from graders.ai_log.rerun import Rerun
from graders.ai_log.runs import Stated
from graders.ai_log.tied import Tie
from graders.grade import Evidence


@dataclass(frozen=True, slots=True)
class Tried:
    """A run that did not bear the claim out. `tie` is None for a commit that the number fits; `own`: the own run."""

    tie: Tie | None
    rerun: Rerun
    own: bool = False


def matches(stated: Stated, tally: Tally) -> bool:
    """Whether a run's figures are those of the claim."""
    if not tally.collected or (stated.failed is not None and stated.failed != tally.failed):
        return False
    if stated.all_passed and (tally.failed or not tally.passed):
        return False
    if stated.passed is not None:
        if stated.failed is None and stated.tests is not None and stated.tests > stated.passed:  # "5 of 7 passed"
            return tally.passed == stated.passed and tally.collected == stated.tests
        # pytest counts expected failures apart: all collected, and none failed, is the same claim.
        return tally.passed == stated.passed or (not tally.failed and tally.collected == stated.passed)
    if stated.tests is not None:
        return tally.collected == stated.tests or (tally.passed == stated.tests and not tally.failed)
    if stated.all_passed:
        return True
    return stated.failed is None and not tally.failed and tally.passed > 0


def other_skips(stated: Stated, tally: Tally) -> str:
    """What to say where the claim names other skips than the run: skips come from the machine, and are no test of it.

    What is expected to fail is counted as skipped by some, and by some not.
    """
    if not stated.skipped or stated.skipped in (tally.skipped, tally.collected - tally.passed - tally.failed):
        return ""
    return f" The log names {stated.skipped} skipped; here there were {tally.skipped}."


def opposed(
    stated: Stated, invocation: Invocation, tried: Sequence[Tried], history: History, graded: Tally | None
) -> Rerun | None:
    """The run that speaks against the claim; None where anything else can explain the difference.

    It takes a sentence that says nothing else; the same command, exactly; a run at every commit that the entry is
    tied to; failures and skips that no sandbox explains; and a number that neither the states about that commit nor
    any other commit can have given.
    `graded`: what the own run gave for the same selection.
    """
    runs = [one for one in tried if one.tie is not None]
    if not runs or stated.command is None or not stated.close or not invocation.exact or not history.complete:
        return None
    if not is_plain(stated) or any(not _tells(one.rerun) for one in tried):
        return None
    if stated.passed is None or (stated.failed or 0) > 0 or (stated.tests or stated.passed) != stated.passed:
        return _all_opposed(stated, runs, history)
    first = runs[0]
    assert first.tie is not None
    known = {one.rerun.commit: one.rerun.tally for one in tried if one.rerun.tally is not None}
    if graded is not None and history.standings:
        known.setdefault(history.standings[-1].commit, graded)
    if all(stated.passed == one.rerun.tally.collected for one in runs if one.rerun.tally):
        return first.rerun if first.tie.kind == "named" and _everywhere(first.rerun.commit, known, history) else None
    if _may_have_been(stated.passed, first, invocation, history, known):
        return None
    return first.rerun


def _tells(rerun: Rerun) -> bool:
    """Whether the run tells of the code alone: no failure that a sandbox can cause, nothing skipped."""
    return rerun.tally is not None and not (rerun.surroundings or rerun.hidden_skips or rerun.tally.skipped)


def _all_opposed(stated: Stated, runs: Sequence[Tried], history: History) -> Rerun | None:
    """ "All tests pass", without a number: only where tests fail at the named commit and at all that came after."""
    first = runs[0]
    if not stated.all_passed or stated.figure is not None or first.tie is None or first.tie.kind != "named":
        return None
    known = {one.rerun.commit: one.rerun.tally for one in runs if one.rerun.tally is not None}
    failing = all(tally.failed for tally in known.values())
    return first.rerun if failing and _everywhere(first.rerun.commit, known, history) else None


def _everywhere(commit: str, known: dict[str, Tally], history: History) -> bool:
    """Whether the commit and all after it are known to fail some test."""
    place = history.of(commit)
    if place is None:
        return False
    return all(one.commit in known and known[one.commit].failed for one in history.standings[place:])


def _may_have_been(
    number: int, first: Tried, invocation: Invocation, history: History, known: dict[str, Tally]
) -> bool:
    """Whether some state of the work may have given the number.

    That is any commit that it fits; any state between the commit and its neighbours, where the claim names that commit;
    between the smallest and the largest count of all, where it does not; and what was there before the first commit.
    """
    place = history.of(first.rerun.commit)
    if place is None:
        return True
    spans: list[tuple[int, float]] = []
    for one in history.standings:
        tally = known.get(one.commit)
        count = one.count(invocation.paths, invocation.words)
        most = float("inf") if count.open_ended else count.functions
        if tally is None:
            spans.append((count.functions, most))
            if count.fits(number):
                return True
        else:  # more functions than were collected: they are run from another folder, or with other settings
            spans.append((tally.collected, most if count.functions > tally.collected else tally.collected))
    assert first.tie is not None
    if place == 0 and first.tie.kind == "dated":
        return True  # what was there before the first commit, nobody can tell
    near = first.tie.kind == "named" and history.linear
    about = spans[max(place - 1, 0) : place + 2] if near else spans
    if place == 0 or not near:
        about = [(0, 0), *about]
    if number < min(low for low, _ in about):
        return invocation.whole  # started in a folder, the plain command runs the tests of that folder alone
    return number <= max(high for _, high in about)


def told(tally: Tally) -> str:
    """The figures in words."""
    parts = [f"{tally.passed} passed"]
    if tally.failed:
        parts.append(f"{tally.failed} failed")
    if tally.skipped:
        parts.append(f"{tally.skipped} skipped")
    return f"{', '.join(parts)}, of {tally.collected} collected"


def made(stated: Stated, level: Level, result: Result, found: str, evidence: tuple[Evidence, ...] = ()) -> Claim:
    """The claim of a statement, with its own words as the first evidence."""
    kind = "number" if stated.kind in ("number", "added", "part") else "verification"
    own = Evidence("entry", stated.text, stated.path, stated.line)
    return Claim(kind, stated.text, stated.entry, stated.path, stated.line, level, result, found, (own, *evidence))
