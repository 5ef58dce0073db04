"""Does the submission behave as the challenge asked, at the edges too?

The hidden tests run in the examiner, out of the candidate's reach; their outcomes come from its record alone. A test
that fails is run again: only what fails in most of its runs, and in two at the least, counts as failed. Then the
reference solution meets the same tests in the same images (the control run): where it fails too, or where the check
could not be made, the finding is an `error` of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from challenges import Challenge
from graders.case import Case
from graders.control import Control, hold_control
from graders.grade import Evidence, Finding, Grade, Outcome, Scalar, Tier
from graders.sitting import Sitting, rerun
from sandbox import USUAL, Circumstances, CollectedTest, ExamRecord, Limits, Refusal, SandboxError, Workshop

TIERS: dict[str, Tier] = {"contract": "contract", "robustness": "robustness", "probe": "probe"}
FAILURES = 2
"""So many runs have to fail before a test counts as failed."""


def grade(case: Case) -> Grade:
    """Hold the exam, run failing tests again, hold the control run; one finding a hidden test."""

    troubles: list[str] = []

    def hold(only: Sequence[str]) -> ExamRecord:
        again = hold_exam(case.workshop, case.challenge, only)
        if again.problem:
            troubles.append(f"What failed was run again, and that did not come to its end: {again.problem}")
        return again

    record = hold_exam(case.workshop, case.challenge)
    sittings = {result.id: Sitting((result,)) for result in record.results}
    judging = {test.id for test in record.tests if test.tier != "probe"}
    try:
        rerun(sittings, hold, judging)
    except SandboxError as trouble:
        troubles.append(f"What failed could not be run again: {trouble}")
    control = None
    if open_reference := case.control:
        control = hold_control(sittings, judging, lambda only: hold_exam(open_reference(), case.challenge, only))
    return answer(case.workshop.refusals, record, sittings, control, troubles)


def hold_exam(
    workshop: Workshop,
    challenge: Challenge,
    only: Sequence[str] | None = None,
    circumstances: Circumstances = USUAL,
) -> ExamRecord:
    """Hold the challenge's exam on what the workshop holds: all hidden tests, or `only` those named."""
    return workshop.hold_exam(
        workshop.manifest.start or challenge.submission.start,
        hidden_tests=challenge.hidden_tests,
        support=challenge.twins,
        only=only,
        seed=challenge.seed,
        limits=Limits(
            seconds=challenge.limits.exam_seconds,
            memory_mib=challenge.limits.memory_mib,
            processes=challenge.limits.processes,
            cpus=challenge.limits.cpus,
            writable_mib=challenge.limits.writable_mib,
        ),
        exam_seconds=challenge.limits.exam_seconds,
        start_seconds=challenge.limits.start_seconds,
        circumstances=circumstances,
        contract=challenge.contract,
    )


def answer(
    refusals: Sequence[Refusal],
    record: ExamRecord,
    sittings: Mapping[str, Sitting],
    control: Control | None = None,
    troubles: Sequence[str] = (),
) -> Grade:
    """The grade, from the record of the exam, the runs of each test and the control run.

    `control` is None when the challenge has no reference, or no test needed it. `refusals` say why dependencies could
    not be installed; `troubles` what of ours kept a failure from being run again.
    """
    findings = list(_refusals(refusals))
    counts = dict.fromkeys(Outcome, 0)
    failed_contract = 0
    changing = 0
    broken = 0
    for test in record.tests:
        sitting = sittings.get(test.id)
        outcome, detail = _outcome(test, sittings, control, record.problem)
        if outcome is Outcome.ERROR and control and sitting and control.broken(sitting.speaker or test.id):
            broken += 1
        counts[outcome] += 1
        failed_contract += outcome is Outcome.FAILED and test.tier == "contract"
        if sitting and not sitting.steady:
            changing += 1
        findings.append(
            Finding(
                id=f"hidden_tests.{test.id}",
                title=test.title,
                outcome=outcome,
                detail=detail,
                evidence=_evidence(sitting) if outcome is not Outcome.PASSED or _unsteady(sitting) else (),
                tier=TIERS.get(test.tier),
                category=test.category,
                dimension=test.dimension,
            )
        )
    total = len(record.tests)
    if record.problem or not total:
        findings.append(
            Finding(
                id="hidden_tests.exam",
                title="The exam did not come to its end",
                outcome=Outcome.ERROR,
                detail=record.problem or "The examiner collected no hidden test.",
            )
        )
    for number, trouble in enumerate((*troubles, *(control.troubles if control else ())), start=1):
        findings.append(
            Finding(
                id=f"hidden_tests.check.{number}",
                title="Failures could not be checked as they should be",
                outcome=Outcome.ERROR,
                detail=trouble,
            )
        )
    measures: dict[str, Scalar] = {
        "passed": counts[Outcome.PASSED],
        "failed": counts[Outcome.FAILED],
        "error": counts[Outcome.ERROR],
        "skipped": counts[Outcome.SKIPPED],
        "total": total,
        "contract_failed": failed_contract,
        "not_deterministic": changing,
        "control_tests": len(control.results) if control else 0,
        "program_starts": len(record.starts),
        "first_start_seconds": round(record.starts[0].seconds, 1) if record.starts else None,
    }
    unsure = any(finding.outcome is Outcome.ERROR for finding in findings)
    outcome = Outcome.ERROR if unsure else Outcome.FAILED if failed_contract else Outcome.PASSED
    return Grade(
        outcome, _summary(record, counts, failed_contract, broken), measures, tuple(findings), _exhibits(record)
    )


def _outcome(
    test: CollectedTest, sittings: Mapping[str, Sitting], control: Control | None, problem: str | None
) -> tuple[Outcome, str]:
    sitting = sittings.get(test.id)
    if sitting is None:
        return Outcome.ERROR, f"Not run: {problem or 'the examiner gave no result for it'}"
    result = sitting.decisive
    if test.tier == "probe" and result.outcome == "failed":
        # A probe has no right answer: what it saw raises a question, and fails nobody.
        return Outcome.SKIPPED, result.message
    if result.outcome == "failed" and (doubt := _doubt(test.id, sittings, control)):
        return Outcome.ERROR, f"{doubt} Seen on the submission: {result.message}"
    if sitting.steady:
        runs = len(sitting.results)
        again = f" ({result.outcome} in each of {runs} runs)" if runs > 1 else ""
        if sitting.speaker:
            again = f" (failed in the same words as {sitting.speaker}, which was run again)"
        return Outcome(result.outcome), result.message + again
    told = f"Not deterministic ({', '.join(run.outcome for run in sitting.results)})"
    if control is not None and control.broken(test.id):
        told += ", and neither is the environment: the reference solution did not pass each time"
    elif control is not None and control.runs(test.id):
        told += f", while the reference solution passed in each of {len(control.runs(test.id))} runs"
    return Outcome(result.outcome), f"{told}. {result.message}".strip()


def _doubt(name: str, sittings: Mapping[str, Sitting], control: Control | None) -> str | None:
    """Why a failure must not be held against the submission, or None when it may be."""
    speaker = sittings[name].speaker or name
    if control is not None and (run := control.broken(speaker)):
        return (
            "Environment broken: the reference solution did not pass this test either, in the same images at the same "
            f"time. Nobody's fault; grade again. Seen on the reference: {run.message[:300].rstrip('.')}."
        )
    runs = [result.outcome for result in sittings[speaker].results]
    if len(runs) < FAILURES:
        return "We could not tell: it failed once, and could not be run again to its end. Grade again."
    if runs.count("failed") < FAILURES:
        return f"We could not tell: its runs came out as {', '.join(runs)}, no two of them alike. Grade again."
    if control is not None and not control.runs(speaker):
        return "We could not tell: it failed, and whether the reference passes here could not be checked. Grade again."
    return None


def _unsteady(sitting: Sitting | None) -> bool:
    return sitting is not None and not sitting.steady


def _evidence(sitting: Sitting | None) -> tuple[Evidence, ...]:
    """Given, expected, observed; then the exchanges, the twin's journal and what the program printed."""
    if sitting is None:
        return ()
    shown = next((r for r in sitting.results if r.outcome == "failed"), sitting.decisive)
    pieces = [
        Evidence(kind, text)
        for kind, text in (("given", shown.given), ("expected", shown.expected), ("observed", shown.observed))
        if text
    ]
    if not sitting.steady:
        runs = len(sitting.results)
        for number, run in enumerate(sitting.results, start=1):
            words = f": {run.message}" if run.message else ""
            pieces.append(Evidence("run", f"run {number} of {runs}: {run.outcome}{words}"))
    for exchange in shown.exchanges:
        pieces.append(Evidence("request", exchange.request))
        pieces.append(Evidence("response", exchange.response))
    if shown.journal:
        pieces.append(Evidence("journal", "\n".join(shown.journal)))
    if shown.output:
        pieces.append(Evidence("output", shown.output))
    return tuple(pieces)


def _refusals(refusals: Sequence[Refusal]) -> list[Finding]:
    """Why the dependencies could not be prepared, where that is why the program did not start."""
    return [
        Finding(
            id=f"hidden_tests.dependencies.{number}",
            title="A dependency could not be installed",
            outcome=Outcome.FAILED,
            detail=f"{refusal.reason} {refusal.remedy}".strip(),
            evidence=(Evidence("place", refusal.text, path=refusal.path or None, line=refusal.line),),
        )
        for number, refusal in enumerate(refusals, start=1)
    ]


def _summary(record: ExamRecord, counts: dict[Outcome, int], failed_contract: int, broken: int) -> str:
    total = len(record.tests)
    if not total:
        return "The exam could not be held; this says nothing about the submission."
    parts = [f"{counts[Outcome.PASSED]} of {total} hidden tests passed"]
    if counts[Outcome.FAILED]:
        parts.append(f"{counts[Outcome.FAILED]} failed ({failed_contract} of them stated in the brief)")
    if counts[Outcome.SKIPPED]:
        parts.append(f"{counts[Outcome.SKIPPED]} fail nobody (a question to ask, or not applicable)")
    if counts[Outcome.ERROR]:
        parts.append(f"{counts[Outcome.ERROR]} we could not tell")
    told = ", ".join(parts) + "."
    if broken:
        told += f" The environment was broken: the reference solution did not pass {broken} of those either."
    return told


def _exhibits(record: ExamRecord) -> dict[str, tuple[dict[str, Scalar], ...]]:
    starts: list[dict[str, Scalar]] = [
        {
            "start": number,
            "seconds": round(start.seconds, 2),
            "exit_code": start.exit_code,
            "out_of_memory": int(start.out_of_memory),
            "memory_peak_mib": start.memory_peak_mib,
        }
        for number, start in enumerate(record.starts, start=1)
    ]
    return {"program_starts": tuple(starts)}
