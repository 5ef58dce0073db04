"""The route of one submission: fetch, prepare, grade, report. Reads as the list of its steps."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from pathlib import Path

from challenges import Challenge, load
from graders import GRADERS, Case, Finding, Grade, Outcome
from harness.blinding import authors_of, blinded, check_map, default_map
from harness.example import example_repository
from harness.lanes import open_lanes
from harness.output import check_folder, write_report
from harness.progress import Progress
from harness.provenance import describe_challenge, describe_refused, describe_submission, make_provenance
from reports import Report, make_report
from sandbox import (
    MANIFEST_NAME,
    Engine,
    Known,
    Manifest,
    SandboxError,
    Submission,
    SubmissionRefused,
    Workshop,
    at_commit,
    fetch,
    open_earlier,
    open_scratch,
    open_workshop,
    read_manifest,
    settle,
    sweep,
)

AI_LOG_LIMIT = 50 * 1024 * 1024
LANES = (("hidden_tests",), ("design", "own_tests"), ("written_evidence", "history", "ai_usage_log"))
"""Graders of a lane run one after the other, lanes beside each other: the exam, whose tests watch the clock, shares
the machine with one other sandbox at the most. The third lane starts none before the second has come to its end: the
AI usage log, which may have something run again, waits for it. Lanes start in this order, and each waits for earlier
ones alone, so that they can't wait for each other."""
RUNS_THE_SUBMISSION = frozenset({"hidden_tests", "own_tests", "design"})
WAITS_FOR_OWN_TESTS = frozenset({"ai_usage_log"})
TITLES = {
    "hidden_tests": "hidden tests",
    "own_tests": "own tests, with coverage",
    "ai_usage_log": "AI usage log",
    "written_evidence": "written evidence",
    "design": "design",
    "history": "history",
}
MISSING: dict[str, dict[str, int | float | str | None]] = {
    "hidden_tests": dict.fromkeys(("passed", "failed", "error", "total"), None),
    "own_tests": dict.fromkeys(("collected", "passed", "failed", "line_coverage", "branch_coverage"), None),
    "ai_usage_log": dict.fromkeys(("entries", "with_prompt", "with_correction", "with_verification"), None),
}
"""The measures that a report always holds (DESIGN §6), for a grade that could not be made."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to grade: a repository, or a calibration submission (`example`) of the challenge.

    `replay`: whether runs that the AI usage log claims may be run again at their commits. `blind`: whether the
    candidate is taken out of the report; who it was goes into `blind_map`. `runtime` is the engine's for sandboxes
    without a shared network (None: as configured); `weak` allows one that does not keep its limits.
    """

    challenge_id: str
    repository: str | None = None
    example: str | None = None
    ref: str | None = None
    challenges_folder: Path | None = None
    out: Path | None = None
    ai_log: Path | None = None
    replay: bool = True
    blind: bool = False
    blind_map: Path | None = None
    runtime: str | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Graded:
    """The report, and the folder that holds its views."""

    report: Report
    folder: Path


def grade_submission(order: Order, progress: Progress) -> Graded:
    """Grade one submission from end to end and write its report.

    Raises ChallengeError, SubmissionRefused and SandboxError; a grader's failure becomes a grade that is `error`.
    """
    with progress.step("total", "all of it"), contextlib.ExitStack() as stack:
        challenge = load(order.challenge_id, order.challenges_folder)
        if order.blind:
            check_map(order.blind_map or default_map(), order.out)
        engine = stack.enter_context(Engine.connect())
        with progress.step("sweep", "leftovers of killed runs"):
            swept = sweep(engine)
        if swept or swept.problems:
            progress.tell(f"Killed runs had left something; removed: {swept}")
        with progress.step("runtime", "limits that hold on this engine"):
            confined = settle(engine, progress.tell, wanted=order.runtime, weak=order.weak)
        folder = stack.enter_context(open_scratch(engine))
        try:
            with progress.step("fetch", "repository"):
                submission = _fetch(order, challenge, folder, order.example)
        except SubmissionRefused as refusal:
            if refusal.about is not None:
                graded = _report_refusal(order, challenge, engine, refusal.about, str(refusal), progress, confined)
                progress.tell(f"What is known of it: {graded.folder / 'report.html'}")
            raise
        check_folder(_out(order, "blind" if order.blind else submission.name))
        return _grade(order, challenge, engine, submission, folder, progress, confined)


def _out(order: Order, name: str) -> Path:
    return order.out or Path("grading") / name


def _fetch(order: Order, challenge: Challenge, folder: Path, example: str | None) -> Submission:
    into = folder / "repository"
    into.mkdir()
    if example is not None:
        submission = fetch(str(example_repository(challenge, example, folder / "example")), into=into)
        told = f"the calibration submission {example!r} of {challenge.id}"
        return dataclasses.replace(submission, repository=told, name=f"{challenge.id}-{example}")
    return fetch(order.repository or "", ref=order.ref, into=into)


def _grade(
    order: Order,
    challenge: Challenge,
    engine: Engine,
    submission: Submission,
    folder: Path,
    progress: Progress,
    confined: Sequence[str],
) -> Graded:
    """`confined` are notes on the runtime, for the report."""
    manifest = read_manifest(submission.read(MANIFEST_NAME))

    def prepare() -> Workshop:
        with progress.step("prepare", "images, dependencies and files"):
            return open_workshop(engine, submission, folder, progress.tell)

    def prepare_reference() -> Workshop:
        with progress.step("prepare_reference", "the reference solution, for the control run"):
            into = folder / "reference"
            into.mkdir()
            return open_workshop(
                engine, _fetch(order, challenge, into, challenge.submission.reference), into, progress.tell
            )

    def prepare_earlier(commit: str, seconds: float) -> Workshop:
        if commit == submission.commit:
            return workshop.result()
        into = folder / f"replay-{commit}"
        into.mkdir()
        return open_earlier(workshop.result(), at_commit(submission, commit), into, progress.tell, seconds)

    lanes: list[Future[dict[str, Grade]]] = []
    with open_lanes(engine, progress) as pool:
        workshop = pool.submit(prepare)
        control = Once(prepare_reference)
        case = Case(
            submission=submission,
            challenge=challenge,
            manifest=manifest,
            open_workshop=workshop.result,
            control=control.get if challenge.submission.reference else None,
            ai_log=_read_ai_log(order.ai_log),
            own_tests=lambda: _told_by("own_tests", lanes),
            open_earlier=prepare_earlier if order.replay else None,
        )
        for lane in LANES:
            lanes.append(pool.submit(_answer_all, lane, case, progress))
        grades = {name: grade for lane in lanes for name, grade in lane.result().items()}
        made = [made for made in (_made(workshop.result), control.made) if made is not None]
    report = make_report(
        challenge=describe_challenge(challenge),
        submission=describe_submission(submission),
        grades=grades,
        provenance=make_provenance(
            engine, made, challenge, manifest, progress.so_far(), replay=order.replay, confined=confined
        ),
    )
    return _written(order, report, authors_of(submission.commits()) if order.blind else ())


def _report_refusal(
    order: Order,
    challenge: Challenge,
    engine: Engine,
    about: Known,
    reason: str,
    progress: Progress,
    confined: Sequence[str],
) -> Graded:
    """The report on a submission that can't be graded: which one it is, and why; every grade is skipped."""
    grades = {
        name: Grade(
            Outcome.SKIPPED,
            f"Not graded: {reason}",
            MISSING.get(name, {}),
            (Finding(f"{name}.refused", "This submission can't be graded", Outcome.SKIPPED, reason),),
        )
        for name in GRADERS
    }
    report = make_report(
        challenge=describe_challenge(challenge),
        submission=describe_refused(about),
        grades=grades,
        provenance=make_provenance(engine, [], challenge, Manifest(), progress.so_far(), confined=confined),
    )
    return _written(order, report, ())


def _written(order: Order, report: Report, authors: Sequence[tuple[str, str]]) -> Graded:
    """Write the report, without the candidate where that was asked for; `authors` (name, e-mail) of the commits."""
    if order.blind:
        report = blinded(report, authors, order.blind_map or default_map())
    out = _out(order, report.submission.name)
    write_report(report, out)
    return Graded(report, out)


def _told_by(name: str, lanes: Sequence[Future[dict[str, Grade]]]) -> Grade | None:
    """The grade that another lane makes, once that lane has ended; None when it is `error`, or will never be."""
    place = next((number for number, lane in enumerate(LANES) if name in lane), len(LANES))
    try:
        grade = lanes[place].result().get(name)
    except (CancelledError, IndexError):
        return None
    return None if grade is None or grade.outcome is Outcome.ERROR else grade


def _answer_all(lane: Sequence[str], case: Case, progress: Progress) -> dict[str, Grade]:
    return {name: _answer(name, case, progress) for name in lane}


def _answer(name: str, case: Case, progress: Progress) -> Grade:
    """The one place where a grader's failure becomes a grade that says so: it is ours, never the candidate's."""
    try:
        if name in RUNS_THE_SUBMISSION:
            case.open_workshop()
        if name in WAITS_FOR_OWN_TESTS:
            case.own_tests()  # the seconds of waiting are none of its own
        with progress.step(name, TITLES[name]):
            return GRADERS[name](case)
    except Exception as trouble:  # noqa: BLE001 - whatever it is, it is ours; the other grades go on
        told = " ".join(str(trouble).split())[:500]
        what = told if isinstance(trouble, SandboxError) else f"{type(trouble).__name__}: {told}"
        progress.tell(f"{TITLES[name]}: we could not tell ({what})")
        finding = Finding(f"{name}.harness", "The harness could not answer this", Outcome.ERROR, what)
        return Grade(Outcome.ERROR, f"We could not tell: {what}", MISSING.get(name, {}), (finding,))


class Once:
    """Makes a workshop when it is first asked for, whichever thread asks; `made` is None until then."""

    def __init__(self, make: Callable[[], Workshop]) -> None:
        self.made: Workshop | None = None
        self._make = make
        self._lock = threading.Lock()

    def get(self) -> Workshop:
        with self._lock:
            if self.made is None:
                self.made = self._make()
            return self.made


def _made(result: Callable[[], Workshop]) -> Workshop | None:
    try:
        return result()
    except SandboxError:
        return None


def _read_ai_log(path: Path | None) -> tuple[str, bytes] | None:
    if path is None:
        return None
    with path.open("rb") as file:
        return path.name, file.read(AI_LOG_LIMIT)
