"""A rerun: one test command at one commit of the submission, run once more in a sandbox of its own, offline."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from graders.ai_log.invocation import RUNNER, Invocation
from graders.ai_log.own_run import Tally
from graders.case import Bounds, Case
from graders.own_tests import LIMITS, disagreement, recorder_files, recorder_variables
from graders.recording import RECORD, Recording, read_recording
from sandbox import Run, SandboxError, SubmissionRefused, Workshop

_START = ("/bin/sh", "-c", 'mkdir -p "${HARNESS_RECORD%/*}" && exec "$@"', "rerun")
"""Ours, whole: what is run comes after it as a list, and no part of it is read by the shell."""
_SKIPPED = re.compile(r"(?<!\d)(\d{1,6}) skipped")
_SURROUNDINGS = re.compile(
    r"(?i)network|socket|connection|connect call|resolve|resolution|gaierror|unreachable|timed? ?out|timeout|"
    r"permission|read-only|no space|memory|no such file|not found|modulenotfound|importerror|no module named|"
    r"environment variable|keyerror: '[A-Z_]{3,}'|fixture '|docker|postgres|redis|display|locale|time ?zone|oserror"
)
"""Words of failures that may come from the sandbox, not from the code: offline, another machine, another clock."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """What came of it. `tally` is None where the run tells nothing, and `trouble` says why.

    `surroundings`: a test failed in words that a sandbox can be the cause of. `hidden_skips`: whole files were skipped,
    so that more tests may exist than were collected.
    """

    commit: str
    command: str
    tally: Tally | None
    trouble: str = ""
    output: str = ""
    surroundings: bool = False
    hidden_skips: bool = False


@dataclass
class Reruns:
    """Runs commands within the bounds; the same one at the same commit once, and again where `repeat` asks."""

    open_earlier: Callable[[str, float], Workshop]
    bounds: Bounds = Case.BOUNDS
    _done: dict[tuple[str, tuple[str, ...]], Rerun] = field(default_factory=dict)
    _workshops: dict[str, Workshop | Exception] = field(default_factory=dict)
    _used: float = 0.0

    def first(self, commit: str, invocation: Invocation) -> Rerun | None:
        """The run of a command at a commit; None where the bounds leave no room for it.

        A commit that can't be opened takes none of the runs; three times as many are tried at the most.
        """
        key = (commit, invocation.arguments)
        if key not in self._done:
            made = sum(bool(one.tally or one.output) for one in self._done.values())
            if made >= self.bounds.commands or len(self._done) >= 3 * self.bounds.commands or self._left() < 1:
                return None
            self._done[key] = self._run(commit, invocation)
        return self._done[key]

    def repeat(self, commit: str, invocation: Invocation) -> Rerun | None:
        """The same once more, before it is held against anybody; None where there is no time left."""
        return self._run(commit, invocation) if self._left() >= 1 else None

    def _left(self) -> float:
        return self.bounds.total_seconds - self._used

    def _run(self, commit: str, invocation: Invocation) -> Rerun:
        began = time.monotonic()
        told = Rerun(commit, invocation.text, None)
        try:
            workshop = self._workshop(commit)
            if workshop.refusals:
                reason = workshop.refusals[0]
                return replace(told, trouble=f"its dependencies could not be prepared: {reason.reason}")
            seconds = max(1, min(self.bounds.seconds, int(self._left() - (time.monotonic() - began))))
            run = workshop.run(
                (*_START, *RUNNER, *invocation.arguments),
                files=recorder_files(),
                variables=recorder_variables(workshop.packages),
                collect=(RECORD,),
                limits=replace(LIMITS, seconds=seconds),
            )
        except (SandboxError, SubmissionRefused, OSError) as reason:
            return replace(told, trouble=f"the run could not be made: {' '.join(str(reason).split())[:300]}")
        finally:
            self._used += time.monotonic() - began
        return judged(told, run, read_recording(run.files.get(RECORD, b"")))

    def _workshop(self, commit: str) -> Workshop:
        if commit not in self._workshops:
            try:
                self._workshops[commit] = self.open_earlier(commit, self._left())
            except (SandboxError, SubmissionRefused, OSError) as reason:
                self._workshops[commit] = reason
        found = self._workshops[commit]
        if isinstance(found, Exception):
            raise found
        return found


def judged(told: Rerun, run: Run, record: Recording) -> Rerun:
    """What a run and its record say: figures only where it ended, loaded every file and agrees with itself."""
    told = replace(told, output=run.output[-4_000:])
    if run.ended != "exited":
        why = {
            "deadline": "did not end in time",
            "memory": "ran out of memory",
            "vanished": "was lost, a fault of ours",
        }
        return replace(told, trouble=f"the run {why.get(run.ended, 'was stopped')}")
    if record.collection_errors:
        first = record.collection_errors[0]
        return replace(told, trouble=f"{first.id or 'a test file'} could not be loaded there")
    if record.exit_status is None:
        return replace(told, trouble="pytest did not start, or did not come to the end of its session")
    if record.exit_status not in (0, 1) or not record.tests:
        return replace(told, trouble=f"pytest ran no test (exit code {record.exit_status})")
    if disagreement(run, record):
        return replace(told, trouble="the run and its record do not agree")
    skips = sum(int(number) for number in _SKIPPED.findall(run.output[-400:]))
    return replace(
        told,
        tally=Tally(len(record.collected), len(record.passed), len(record.failed), len(record.skipped)),
        surroundings=any(_SURROUNDINGS.search(test.message) for test in record.failed),
        hidden_skips=skips > len(record.skipped),
    )
