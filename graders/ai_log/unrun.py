"""Claims that nothing is run for: plain numbers of tests, coverage, linters, and what failed before it was mended."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.counts import History
from graders.ai_log.own_run import OwnRun
from graders.ai_log.runs import Stated
from graders.ai_log.verdict import made
from graders.grade import Evidence

NEAR = 1.0
"""Percentage points between two ways to round a coverage."""


def settle_other(stated: Stated, own: OwnRun | None, history: Callable[[], History]) -> Claim:
    """The claim of a statement that is no run; its number is held against the own run, then against the history."""
    if stated.kind == "number":
        return _number(stated, own, history)
    if stated.kind == "added":
        return _added(stated, history())
    if stated.kind == "part":
        return _part(stated, own)
    if stated.kind == "coverage":
        return _coverage(stated, own)
    if stated.kind == "lint":
        found = "Linters and type checkers are not run with the candidate's settings; no record of this run was found."
        return made(stated, Level.STATED, Result.UNCHECKED, found)
    found = "What failed before it was mended is seldom committed; nothing was run for it."
    return made(stated, Level.STATED, Result.UNCHECKED, found)


def _number(stated: Stated, own: OwnRun | None, history: Callable[[], History]) -> Claim:
    number = stated.tests or 0
    if own is not None and own.collected == number:
        found = f"The harness collected {own.collected}."
        return made(stated, Level.CHECKABLE, Result.CONFIRMED, found)
    if own is not None and sum(outcome == "passed" for outcome in own.outcomes.values()) == number:
        return made(stated, Level.CHECKABLE, Result.CONFIRMED, f"{number} tests passed in the harness's run.")
    fits = history().equal(number)
    if fits:
        found = f"At {fits[0].commit[:10]} the test files define {number} test functions."
        evidence = (Evidence("commit", "the test files define so many", commit=fits[0].commit),)
        return made(stated, Level.CHECKABLE, Result.CONFIRMED, found, evidence)
    if own is not None:
        found = f"The harness collected {own.collected}; ask which command gave the number."
        return made(stated, Level.CHECKABLE, Result.UNCHECKED, found)
    standings = history().standings
    if not standings:
        return made(stated, Level.CHECKABLE, Result.UNCHECKED, "No test file was found to count.")
    now = standings[-1].count()
    found = f"The test files define {now.functions} test functions at this commit; one function can be several tests."
    return made(stated, Level.CHECKABLE, Result.UNCHECKED, found)


def _added(stated: Stated, history: History) -> Claim:
    """So many tests more: some commit put in exactly so many functions, or they are all there are."""
    number = stated.tests or 0
    counts = [(one.commit, one.count().functions) for one in history.standings]
    steps = [(counts[0][0], counts[0][1])] if counts else []
    steps += [(after, later - earlier) for (_, earlier), (after, later) in pairwise(counts)]
    commit = next((commit for commit, step in reversed(steps) if step == number), None)
    if commit is None:
        found = "No commit adds exactly so many test functions; one commit can hold several pieces of work."
        return made(stated, Level.CHECKABLE, Result.UNCHECKED, found)
    evidence = (Evidence("commit", f"{number} test functions more than before", commit=commit),)
    found = f"Commit {commit[:10]} adds {number} test functions."
    return made(stated, Level.CHECKABLE, Result.CONFIRMED, found, evidence)


def _part(stated: Stated, own: OwnRun | None) -> Claim:
    """So many tests of one thing: as many whose file or name holds its word, and that passed in the own run."""
    words = [word.casefold() for word in re.findall(r"\w{3,}", stated.about)]
    stems = [word[:-1] if word.endswith("s") and len(word) > 4 else word for word in words]
    if own is None or not stems:
        return made(stated, Level.CHECKABLE, Result.UNCHECKED, "No run of the own tests tells which tests are meant.")
    named = [one for one in own.outcomes if any(stem in one.casefold() for stem in stems)]
    files: dict[str, list[str]] = {}
    for one in named:
        files.setdefault(one.partition("::")[0], []).append(one)
    for chosen in (named, *files.values()):
        passed = [one for one in chosen if own.outcomes[one] == "passed"]
        if stated.tests == len(passed) or (stated.tests == len(chosen) and passed):
            found = f"In the harness's run at the graded commit {len(passed)} such tests passed, as {passed[0]}."
            return made(stated, Level.CHECKABLE, Result.CONFIRMED, found)
    found = f"The harness's run at the graded commit has {len(named)} tests with `{stated.about}` in file or name."
    return made(stated, Level.CHECKABLE, Result.UNCHECKED, f"{found} Ask which tests are meant.")


def _coverage(stated: Stated, own: OwnRun | None) -> Claim:
    measured = [share * 100 for share in (own.line_coverage, own.branch_coverage) if share is not None] if own else []
    if not measured or stated.percent is None:
        found = "The harness has no coverage of the own tests to hold it against."
        return made(stated, Level.STATED, Result.UNCHECKED, found)
    told = " and ".join(
        f"{share:.0f} % of the {name}" for share, name in zip(measured, ("lines", "branches"), strict=False)
    )
    if any(abs(share - stated.percent) <= NEAR for share in measured):
        return made(stated, Level.CHECKABLE, Result.CONFIRMED, f"The harness measured {told}.")
    found = (
        f"The harness measured {told} at the graded commit, with its own settings; other settings give other figures."
    )
    return made(stated, Level.CHECKABLE, Result.UNCHECKED, found)
