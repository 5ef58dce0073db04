"""Replay: what a log says was run, held against the harness's own run, the history, and a run at that commit.

For the grader: `run_claims(case: Case, entries: Sequence[Entry], times: Mapping[int, datetime] | None = None) ->
tuple[Claim, ...]`, of kinds "verification" and "number", in the order of the entries. `times`: entry number to its
(aware) time as the time line reads it; None: no entry is put in time. It waits for the own tests (`case.own_tests()`),
never raises for what a submission or a lost sandbox does; whether replay is on is in the case.
`graders.ai_log.own_run.own_run(case)` gives what the own tests did (None: not known): `.passing("test_name")` names
the ids of that test that passed.

Nothing is held against a claim but a run of the same command, at the commit that the entry names or was written at,
that gave another number twice, where that number fits no other commit. All else could not be checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graders.ai_log.claim import Claim, Level, Result
from graders.ai_log.counts import History, read_history
from graders.ai_log.entry import Entry
from graders.ai_log.invocation import PLAIN, Invocation, read_invocation
from graders.ai_log.own_run import OwnRun, Tally, in_doubt, own_run
from graders.ai_log.plain_words import is_explained
from graders.ai_log.rerun import Rerun, Reruns
from graders.ai_log.run_words import ELSEWHERE
from graders.ai_log.runs import PARTS, Stated, named_shas, read_runs
from graders.ai_log.tied import Tie, tied
from graders.ai_log.unrun import settle_other
from graders.ai_log.verdict import Tried, made, matches, opposed, other_skips, told
from graders.case import Case
from graders.grade import Evidence

FITS = 2
"""Commits that a number fits and that are tried, besides those that the entry speaks of."""


_WRAPPER = re.compile(
    r"(?:make|tox|nox)(?: |$)|(?:[\w./-]{0,60}/)?(?:run_?tests?|test)\.sh|[\w./ -]{0,60}manage\.py test"
)
"""What runs tests in a way of its own, mostly all of them: its figures can be borne out, and are never opposed."""


@dataclass(frozen=True, slots=True)
class _Open:
    """A claim that the own run does not settle: where it may have been run, best first.

    `uncommitted`: the entry speaks of work that no commit holds, or says where the figures are from. `otherwise` is
    what the own run says where the claim names another commit, for when nothing is run there.
    """

    place: int
    stated: Stated
    invocation: Invocation
    ties: tuple[Tie, ...]
    fits: tuple[str, ...]
    otherwise: Claim | None = None
    uncommitted: bool = False


@dataclass
class _Court:
    """What claims are held against. The history is counted when the first claim needs it.

    `doubted`: the own tests' run contradicts itself, so that nothing is run again.
    """

    case: Case
    own: OwnRun | None
    reruns: Reruns | None
    command: str
    times: Mapping[int, datetime]
    doubted: bool = False
    _history: list[History] = field(default_factory=list)

    @property
    def runs_all(self) -> bool:
        """Whether the command of the own run is known to run the whole suite."""
        found = read_invocation(self.command)
        return found is not None and found.whole and found.exact

    @property
    def history(self) -> History:
        if not self._history:
            self._history.append(read_history(self.case.submission, self.own if self.runs_all else None))
        return self._history[0]


def run_claims(case: Case, entries: Sequence[Entry], times: Mapping[int, datetime] | None = None) -> tuple[Claim, ...]:
    """Every claim of `entries` that can be run or counted, settled."""
    found = read_runs(entries)
    if not found:
        return ()
    doubted = in_doubt(case)
    reruns = Reruns(case.open_earlier) if case.open_earlier is not None and not doubted else None
    command = case.manifest.test or case.challenge.submission.test
    court = _Court(case, own_run(case), reruns, command, times or {}, doubted)
    by_number = {entry.n: entry for entry in entries}
    settled: dict[int, Claim] = {}
    waiting: list[_Open] = []
    for place, stated in enumerate(found):
        entry = by_number[stated.entry]
        claim = _at_once(stated, court)
        if claim is None or (stated.kind == "run" and _elsewhere(stated, entry, court)):
            waiting.append(_opened(place, stated, entry, court, claim))
        else:
            settled[place] = claim
    # The bounds are few runs: those first whose entry says where it was run.
    for one in sorted(waiting, key=lambda one: (_rank(one), one.place)):
        settled[one.place] = _tried(one, court)
    return tuple(settled[place] for place in range(len(found)))


def _at_once(stated: Stated, court: _Court) -> Claim | None:
    """What the own run settles, and what no run can; None for the rest."""
    if stated.kind != "run":
        return settle_other(stated, court.own, lambda: court.history)
    invocation = _invocation(stated, court)
    if invocation is None:
        return made(
            stated, Level.STATED, Result.UNCHECKED, f"`{stated.command}` is no pytest or unittest command to run again."
        )
    tally = court.own.tally(invocation) if court.own else None
    if tally is not None and matches(stated, tally):
        which = "" if invocation.whole else f" of {', '.join(invocation.paths)}"
        words = f"The harness's run at the graded commit: {told(tally)}{which}.{other_skips(stated, tally)}"
        words += _not_same(stated, invocation)
        evidence = Evidence("run", f"{court.command}\n{told(tally)}{which}", commit=court.case.submission.commit)
        return made(stated, Level.CHECKABLE, Result.CONFIRMED, words, (evidence,))
    if stated.figure is None and not stated.all_passed:  # it names a command, and says nothing of what came of it
        seen = f" In the harness's run at the graded commit: {told(tally)}." if tally else ""
        return made(stated, Level.STATED, Result.UNCHECKED, f"It says that this was run, not what came of it.{seen}")
    return None


def _invocation(stated: Stated, court: _Court) -> Invocation | None:
    if stated.command is None:
        return PLAIN
    if " ".join(stated.command.split()) == " ".join(court.command.split()):
        return read_invocation(stated.command) or PLAIN
    found = read_invocation(stated.command)
    if found is None and _WRAPPER.match(stated.command):
        return PLAIN
    return None if found is None else found.placed([file.path for file in court.case.submission.files])


def _elsewhere(stated: Stated, entry: Entry, court: _Court) -> bool:
    """Whether the words themselves name a commit that is not the graded one, and it can be run there."""
    if court.reruns is None or _invocation(stated, court) is None or (stated.figure is None and not stated.all_passed):
        return False
    here, _ = named_shas(entry, stated)
    ties = tied(court.case.submission.commits(), here, (), None)
    return bool(ties) and all(tie.commit != court.case.submission.commit for tie in ties)


def _opened(place: int, stated: Stated, entry: Entry, court: _Court, otherwise: Claim | None) -> _Open:
    invocation = _invocation(stated, court)
    assert invocation is not None
    commits = court.case.submission.commits()
    here, elsewhere = named_shas(entry, stated)
    ties = tied(commits, here, elsewhere, court.times.get(stated.entry))
    fits: list[str] = []
    if stated.figure is not None:
        files: list[object] = []
        equal = court.history.equal(stated.figure, invocation.paths, invocation.words)
        alike = {standing.commit for standing in equal}
        for standing in equal:
            if not any(standing.files is seen for seen in files):  # commits that changed no test stand for one
                files.append(standing.files)
                fits.append(standing.commit)
        ties = tuple(sorted(ties, key=lambda tie: tie.kind == "dated" and tie.commit not in alike))
    known = {tie.commit for tie in ties}
    return _Open(
        place,
        stated,
        invocation,
        ties,
        tuple(fit for fit in fits if fit not in known),
        otherwise,
        is_explained(stated, entry.text(stated.part)[:4_000])
        or any(ELSEWHERE.search(entry.text(name)[:4_000]) for name in PARTS),
    )


def _rank(one: _Open) -> int:
    ranks = {"named": 0, "linked": 1, "dated": 2}
    return min((ranks[tie.kind] for tie in one.ties), default=3 if one.fits else 4)


def _tried(one: _Open, court: _Court) -> Claim:
    """Run it where it may have been run, until a run bears it out; else say what is known."""
    stated, graded = one.stated, court.case.submission.commit
    tally = court.own.tally(one.invocation) if court.own and court.runs_all else None
    tried: list[Tried] = []
    short = False
    order = [*((tie.commit, tie) for tie in one.ties), *((fit, None) for fit in one.fits[:FITS])]
    if not order and one.invocation.words and one.invocation.exact:  # what -k selects can't be told without a run
        order = [(graded, None)]
    for commit, tie in order:
        if commit == graded and tally is not None and one.invocation.exact:
            tried.append(Tried(tie, Rerun(commit, one.invocation.text, tally), True))
            continue
        rerun = court.reruns.first(commit, one.invocation) if court.reruns else None
        if rerun is None:
            short = True
            continue
        if rerun.tally is not None and matches(stated, rerun.tally):
            words = f"Run again at {commit[:10]} in the sandbox: {told(rerun.tally)}."
            words += other_skips(stated, rerun.tally) + _not_same(stated, one.invocation)
            return made(stated, Level.CHECKABLE, Result.CONFIRMED, words, _evidence(rerun))
        tried.append(Tried(tie, rerun))
    # A number that fits the graded commit is no contradiction; words alone ("all green") say nothing of that one.
    claim = one.otherwise if stated.figure is not None or all(run.rerun.tally is None for run in tried) else None
    claim = claim or _fitting(one, tried)
    if claim is not None:
        return claim
    against = None if short or one.uncommitted else opposed(stated, one.invocation, tried, court.history, tally)
    if against is not None and against.tally is not None and court.reruns is not None:
        second = court.reruns.repeat(against.commit, one.invocation)
        if second is not None and second.tally == against.tally:
            own = any(one.own and one.rerun is against for one in tried)
            runs = "By the own run and once more" if own else "Run again, twice,"
            words = (
                f"{runs} at {against.commit[:10]} in the sandbox: {told(against.tally)}. "
                "No commit was found that the number fits; tests that were not committed would explain it."
            )
            return made(stated, Level.CHECKABLE, Result.CONTRADICTED, words, _evidence(second))
        if second is not None and second.tally is not None:
            words = f"Two runs at {against.commit[:10]} did not agree: {told(against.tally)}; {told(second.tally)}."
            return made(stated, Level.CHECKABLE, Result.UNCHECKED, words, _evidence(second))
    return _unchecked(one, court, tried, short, tally)


def _fitting(one: _Open, tried: Sequence[Tried]) -> Claim | None:
    """A number that no run was made for, or none that tells, and that the test files of a commit define exactly."""
    failed = {one.rerun.commit for one in tried if one.rerun.tally is not None}
    if one.stated.failed or one.stated.figure is None or any(one.tie and one.rerun.tally for one in tried):
        return None
    fits = [fit for fit in one.fits if fit not in failed]
    if not fits or failed:
        return None
    words = f"At {fits[0][:10]} the test files define {one.stated.figure} such tests; what passed there was not run."
    evidence = (Evidence("commit", "the test files define so many", commit=fits[0]),)
    return made(one.stated, Level.CHECKABLE, Result.CONFIRMED, words, evidence)


def _unchecked(one: _Open, court: _Court, tried: Sequence[Tried], short: bool, tally: Tally | None) -> Claim:
    said: list[str] = []
    evidence: tuple[Evidence, ...] = ()
    for run in tried[:3]:
        where = "At the graded commit" if run.own else f"Run again at {run.rerun.commit[:10]}"
        if run.rerun.tally is not None:
            said.append(f"{where}: {told(run.rerun.tally)}; ask which state and which command gave the number.")
        else:
            said.append(f"{where}: {run.rerun.trouble}.")
        evidence = evidence or _evidence(run.rerun)
    if short and court.reruns is not None:
        said.append(f"No more than {Case.BOUNDS.commands} commands are run again.")
    elif short and court.doubted:
        said.append("What a run of the own tests says can't be relied on: see their cross-checks.")
    elif short:
        said.append("Running it again is switched off.")
    elif not tried and tally is not None:
        said.append(f"At the graded commit: {told(tally)}; ask which state and which command gave the number.")
    elif not tried and one.stated.figure is not None and court.own is not None and one.invocation.whole:
        said.append(f"The harness collected {court.own.collected}; ask which command gave the number.")
    elif not tried:
        said.append("The entry names no commit, and no commit was found that it fits.")
    return made(one.stated, Level.CHECKABLE, Result.UNCHECKED, " ".join(said), evidence)


def _not_same(stated: Stated, invocation: Invocation) -> str:
    if stated.command is None or invocation.exact:
        return ""
    return " The log's command was not taken over as it stands: the plain suite was run."


def _evidence(rerun: Rerun) -> tuple[Evidence, ...]:
    figures = told(rerun.tally) if rerun.tally else rerun.trouble
    run = Evidence("run", f"{rerun.command}\n{figures}", commit=rerun.commit)
    return (run, Evidence("output", rerun.output, commit=rerun.commit)) if rerun.output else (run,)
