"""Which tests did the candidate choose, do they pass, and which of the candidate's lines do they reach?

The suite runs in the candidate's own process, offline, so its record is a claim: it is cross-checked (see
cross_checks.py), and is never part of a hidden test's outcome. Coverage is measured with our settings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from graders.case import Case
from graders.coverage import Coverage, CoverageError, read_coverage
from graders.cross_checks import Claims, CrossChecks, cross_check
from graders.grade import Evidence, Finding, Grade, Outcome, Scalar
from graders.planting import read_seen
from graders.recording import FOLDER, RECORD, STARTUP, RecordedTest, Recording, read_recording
from sandbox import RECORDER, Limits, Run

COVERAGE, THEIRS, LINES = f"{FOLDER}/coverage.json", f"{FOLDER}/coverage-theirs.json", f"{FOLDER}/lines"
COVERAGE_SETTINGS = f"""[run]
branch = True
parallel = True
data_file = {FOLDER}/data/coverage
source = /submission
omit =
    */tests/*
    */test_*.py
    */*_test.py
    */conftest.py
    */.venv/*
relative_files = True
sigterm = True
disable_warnings = no-data-collected,module-not-measured,no-sysmon
[report]
exclude_lines = (?!x)x
partial_branches = (?!x)x
ignore_errors = True
"""
"""Ours, so that a figure means the same for everyone: no line is excluded, by comment or by configuration."""

LIMITS = Limits(seconds=300, memory_mib=1024, processes=256, cpus=1.0, writable_mib=256)
LOWEST_SHOWN = 12
"""Files with uncovered lines that become findings; the others are in the table."""


def grade(case: Case) -> Grade:
    """Run the candidate's own tests once, with coverage, in a sandbox without network; then cross-check them."""
    if case.workshop.refusals:
        refusal = case.workshop.refusals[0]
        return _not_run(f"The own tests could not be run: {refusal.reason}", Outcome.FAILED)
    command = case.manifest.test or case.challenge.submission.test
    run = case.workshop.run(
        _script(command),
        files={**recorder_files(), f"{STARTUP}/coveragerc": COVERAGE_SETTINGS.encode()},
        variables={
            **recorder_variables(case.workshop.packages),
            "COVERAGE_PROCESS_START": f"{STARTUP}/coveragerc",
            "HARNESS_LINES": LINES,
        },
        collect=(RECORD, COVERAGE, THEIRS, LINES),
        limits=LIMITS,
    )
    record = read_recording(run.files.get(RECORD, b""))
    written = case.submission.added_lines(case.challenge.starter)
    coverage: Coverage | None = None
    theirs: Coverage | None = None
    trouble = ""
    try:
        coverage = read_coverage(run.files.get(COVERAGE), written)
        if THEIRS in run.files:
            theirs = read_coverage(run.files[THEIRS], written)
    except CoverageError as reason:
        trouble = "" if coverage else str(reason)
    claims = Claims(
        command=command,
        run=run,
        record=record,
        doubt=disagreement(run, record),
        coverage=coverage,
        theirs=theirs,
        seen=read_seen(run.files.get(LINES)),
        addopts=recorder_variables(case.workshop.packages)["PYTEST_ADDOPTS"],
    )
    public = frozenset(path for path in case.challenge.starter if path not in written)
    return answer(command, run, record, coverage, trouble, cross_check(case, claims), theirs, public)


def answer(
    command: str,
    run: Run,
    record: Recording,
    coverage: Coverage | None,
    trouble: str = "",
    checks: CrossChecks = CrossChecks(),  # noqa: B008 - a frozen value
    theirs: Coverage | None = None,
    public: Collection[str] = (),
) -> Grade:
    """The grade, from the run, the record it left, the coverage that was measured (and by `theirs`, the submission's
    own settings), and what the cross-checks gave. `public`: files that are as the challenge handed them out.
    """
    findings: list[Finding] = []
    output = Evidence("output", run.output[-6_000:])
    ran = Evidence("run", f"{command}\nended: {run.ended}, exit code {run.exit_code}, {run.seconds:.0f} s")
    if run.ended == "vanished":
        findings.append(Finding("own_tests.run", "The run was lost", Outcome.ERROR, "The sandbox vanished.", (ran,)))
    elif run.ended != "exited":
        why = {"deadline": f"did not end within {LIMITS.seconds} s", "memory": "ran out of memory"}
        findings.append(
            Finding(
                "own_tests.run",
                "The own tests did not come to their end",
                Outcome.FAILED,
                f"The command {why.get(run.ended, 'was stopped')}.",
                (ran, output),
            )
        )
    elif not record.tests and not record.collection_errors:
        findings.append(
            Finding(
                "own_tests.none",
                "No test was recorded",
                Outcome.FAILED,
                "The command ran, and our pytest plug-in recorded no test.",
                (ran, output),
            )
        )
    for error in record.collection_errors:
        findings.append(
            Finding(
                f"own_tests.collection.{error.id}",
                f"A test file could not be collected: {error.id}",
                Outcome.FAILED,
                "",
                (Evidence("output", error.message),),
            )
        )
    for test in record.failed:
        findings.append(_failed(test, public))
    doubt = disagreement(run, record)
    if doubt:
        findings.append(
            Finding(
                "own_tests.record",
                "The record of the run and its exit code do not agree",
                Outcome.FAILED,
                doubt,
                (ran, output),
            )
        )
    findings.extend(checks.findings)
    if trouble:
        detail = f"{trouble} The figures of coverage are therefore missing."
        findings.append(Finding("own_tests.coverage", "Coverage was not measured", Outcome.SKIPPED, detail))
    if coverage:
        findings.extend(_uncovered(coverage))
    unsure = any(finding.outcome is Outcome.ERROR for finding in findings)
    failed = any(finding.outcome is Outcome.FAILED for finding in findings)
    outcome = Outcome.ERROR if unsure else Outcome.FAILED if failed else Outcome.PASSED
    measures: dict[str, Scalar] = {
        "collected": len(record.collected),
        "passed": len(record.passed),
        "failed": len(record.failed),
        "skipped": len(record.skipped),
        "seconds": round(run.seconds, 1),
        "line_coverage": coverage.lines if coverage else None,
        "branch_coverage": coverage.branches if coverage else None,
        "written_line_coverage": coverage.written if coverage else None,
        "line_coverage_own_settings": theirs.lines if theirs else None,
        **checks.measures,
    }
    exhibits = {**_exhibits(coverage, record), "cross_checks": checks.rows}
    return Grade(outcome, _summary(run, record, coverage, checks), measures, tuple(findings), exhibits)


def _script(command: str) -> tuple[str, ...]:
    """The candidate's command, then our conversion of what coverage wrote, whatever the command did."""
    return (
        "/bin/sh",
        "-c",
        f'mkdir -p {FOLDER}/data; (eval "$0"); code=$?; '
        f"COVERAGE_PROCESS_START= python3 -I {STARTUP}/convert.py {STARTUP} {FOLDER} || true; exit $code",
        command,
    )


def recorder_files() -> dict[str, bytes]:
    """Our part of a run of own tests, to be laid into its sandbox: the recorder, and what starts coverage."""
    return {f"{STARTUP}/{file.name}": file.read_bytes() for file in sorted(RECORDER.glob("*.py"))}


def recorder_variables(packages: Mapping[str, str]) -> dict[str, str]:
    """The environment of a recorded run. pytest-cov would fight with our tracer over one hook: it is told to rest."""
    options = "-p harness_recorder -p no:cacheprovider" + (" --no-cov" if "pytest-cov" in packages else "")
    return {
        "PYTHONPATH": f"{STARTUP}:/submission:/submission/src",
        "PYTEST_ADDOPTS": options,
        "HARNESS_RECORD": RECORD,
    }


def disagreement(run: Run, record: Recording) -> str:
    """In which way a run's end and its record do not agree, a sentence; "" where they do."""
    if run.ended != "exited" or not record.tests:
        return ""
    if record.exit_status is None:
        return "The test process ended before pytest reported the end of its session."
    if record.unended:
        return f"{record.unended} of the command's pytest sessions ended before pytest reported their end."
    troubled = bool(record.failed or record.collection_errors)
    if run.exit_code == 0 and troubled:
        return "The command's exit code says that all tests passed; the record holds failures."
    if run.exit_code not in (0, None) and not troubled:
        if record.exit_status == 0:
            return f"pytest ended well, the command did not: its exit code is {run.exit_code}."
        return f"The command's exit code is {run.exit_code}; the record holds no failure."
    if len(record.tests) < len(record.collected) and not record.stopped:
        return f"{len(record.collected)} tests were collected, {len(record.tests)} have a result."
    return ""


def _failed(test: RecordedTest, public: Collection[str]) -> Finding:
    whose = "A public test of the challenge" if test.id.split("::")[0] in public else "The candidate's own test"
    return Finding(
        f"own_tests.failed.{test.id}",
        f"{whose} fails: {test.id}",
        Outcome.FAILED,
        "",
        (Evidence("place", path=test.id.split("::")[0]), Evidence("output", test.message)),
    )


def _uncovered(coverage: Coverage) -> list[Finding]:
    """The files with the most lines that the candidate wrote and no own test runs: facts to ask about."""
    worst = sorted(
        (file for file in coverage.files if file.written_missing),
        key=lambda file: (-len(file.written_missing), file.path),
    )
    return [
        Finding(
            f"own_tests.uncovered.{file.path}",
            f"{file.path}: {len(file.written_missing)} written lines that no own test runs",
            Outcome.SKIPPED,
            f"Lines {file.missing_ranges}.",
            (Evidence("place", path=file.path, line=file.written_missing[0]),),
        )
        for file in worst[:LOWEST_SHOWN]
    ]


def _summary(run: Run, record: Recording, coverage: Coverage | None, checks: CrossChecks) -> str:
    if run.ended != "exited" and not record.tests:
        return "The own tests did not come to their end."
    if not record.collected:
        return "No own test was recorded."
    parts = [f"{len(record.passed)} of {len(record.collected)} own tests passed"]
    if record.failed:
        parts.append(f"{len(record.failed)} failed")
    if record.skipped:
        parts.append(f"{len(record.skipped)} skipped")
    text = ", ".join(parts)
    if coverage and coverage.lines is not None:
        text += f"; they run {coverage.lines:.0%} of the lines"
        if coverage.branches is not None:
            text += f" and {coverage.branches:.0%} of the branches"
    if checks.summary:
        text += f"; {checks.summary}"
    return text + "."


def _exhibits(coverage: Coverage | None, record: Recording) -> dict[str, tuple[dict[str, Scalar], ...]]:
    files: tuple[dict[str, Scalar], ...] = ()
    if coverage:
        files = tuple(
            {
                "path": file.path,
                "statements": file.statements,
                "covered": file.covered,
                "line_coverage": file.lines,
                "branch_coverage": file.branches,
                "written_missing": len(file.written_missing),
                "missing": file.missing_ranges,
            }
            for file in coverage.files
        )
    tests: tuple[dict[str, Scalar], ...] = tuple(
        {"id": test.id, "outcome": test.outcome, "seconds": test.seconds} for test in record.tests
    )
    return {"coverage_by_file": files, "own_tests": tests}


def _not_run(summary: str, outcome: Outcome) -> Grade:
    measures: dict[str, Scalar] = dict.fromkeys(("collected", "passed", "failed"), 0)
    measures.update(line_coverage=None, branch_coverage=None, written_line_coverage=None)
    return Grade(outcome, summary, measures, (Finding("own_tests.run", summary, outcome),))
