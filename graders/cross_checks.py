"""What is there to say for the own tests' outcomes besides their own word?

The suite runs in the candidate's own process, which may write any record it likes. So it is held against what it did
not write: the tests as they stand in the files, a test of ours that must fail, functions and lines that raise on
purpose, coverage by settings that leave nothing out. A cross-check gives no sign, or a fact with its evidence; one that
could not be tried counts for nothing. None of them is ever part of a hidden test's outcome, and who knows them all can
still deceive them: "no sign of", never "verified".
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from graders import cross_check_answers as answers
from graders.case import Case
from graders.coverage import Coverage
from graders.cross_check import TITLES, Check
from graders.cross_check_answers import Counter
from graders.cross_check_count import check_count, names_of
from graders.grade import Finding, Scalar
from graders.planting import Places, Planting, choose_canary, choose_lines, python_files, read_planted
from graders.recording import FOLDER, RECORD, STARTUP, Recording, read_recording
from sandbox import RECORDER, Limits, Run, SandboxError

NEUTRAL = f"{FOLDER}/neutral.jsonl"
PLANTED, REACHED = f"{FOLDER}/planted.json", f"{FOLDER}/reached"
CANARY, RAN = f"{FOLDER}/canary", f"{FOLDER}/canary-ran"
MOST_NAMED = 60_000
"""Characters: one argument of a command can't be longer than twice that."""
LONGEST_RUN = 90.0
"""A suite that took longer is not run again: nobody waits for that."""
LONGEST, LONGEST_NEUTRAL = 40.0, 8.0
"""What a run made to check another may take at most; a short suite's is shorter: the exam is not to be outlasted."""
MOST_REACHED = 1_000_000
"""Bytes; the statements that tell it write no more."""
SETTINGS = ("pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml", ".pytest.ini", "pytest.toml", ".pytest.toml")
LIMITS = Limits(memory_mib=1024, processes=256, cpus=1.0, writable_mib=256, gives_way=True)
"""As for the own tests; but the exam, whose tests watch the clock, goes first."""


@dataclass(frozen=True, slots=True)
class CrossChecks:
    """What all of them gave, in their order, and the seconds that it took beyond the run itself."""

    checks: tuple[Check, ...] = ()
    seconds: float = 0.0

    @property
    def run(self) -> int:
        """How many could be tried; what is only shown is none."""
        return sum(check.result in ("nothing", "told") for check in self.checks)

    @property
    def told(self) -> int:
        return sum(check.result == "told" for check in self.checks)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(check.finding for check in self.checks if check.finding)

    @property
    def measures(self) -> dict[str, Scalar]:
        return {
            "cross_checks_run": self.run,
            "cross_checks_told": self.told,
            "cross_checks_seconds": round(self.seconds, 1),
        }

    @property
    def rows(self) -> tuple[dict[str, Scalar], ...]:
        """For the page: what was held against what, and what came of it."""
        return tuple({"check": TITLES[check.name], "result": check.result, "said": check.said} for check in self.checks)

    @property
    def summary(self) -> str:
        if not self.run:
            return ""
        checks = "1 cross-check" if self.run == 1 else f"{self.run} cross-checks"
        return f"{self.told} of {checks} saw something to ask about" if self.told else f"no sign of trouble in {checks}"


@dataclass(frozen=True, slots=True)
class Claims:
    """What the own tests' run said: its record, its coverage by our settings and theirs, the lines that were seen."""

    command: str
    run: Run
    record: Recording
    doubt: str = ""
    coverage: Coverage | None = None
    theirs: Coverage | None = None
    seen: Mapping[tuple[str, int], str] | None = None
    addopts: str = ""


def cross_check(case: Case, claims: Claims) -> CrossChecks:
    """Hold the claims of one run against all that can be tried; runs the suite once more, broken on purpose."""
    began = time.monotonic()
    record = claims.record
    counter, marked = _counter(case, claims)
    counted = (
        Check("count", "not tried", f"Not tried: {counter.trouble}.")
        if counter.trouble
        else check_count(record, counter.planted)
    )
    checks = (
        answers.check_record(claims.doubt, record),
        counted,
        answers.check_canary(counter),
        answers.check_sabotage(record, counter),
        answers.check_lines(counter, marked),
        answers.check_coverage(claims.coverage, claims.theirs),
        answers.check_neutral(record, counter),
    )
    return CrossChecks(checks, time.monotonic() - began)


def _counter(case: Case, claims: Claims) -> tuple[Counter, Counter | None]:
    """The suite once more, broken on purpose; and a third time where only that can tell about lines."""
    paths = [file.path for file in case.submission.files if not file.is_link]
    program, tests = python_files(paths, claims.record)
    order = Planting(
        program=program,
        tests=tests,
        lines=choose_lines(claims.coverage, claims.seen or {}, case.submission.tree),
        names=tuple(sorted(names_of(claims.record))[:50_000]),
        canary=choose_canary(claims.record, tests),
        seconds=min(LONGEST, 3 + 0.8 * claims.run.seconds),
    )
    if not claims.record.tests:
        return Counter(order, trouble="the run recorded no test (what runs without pytest is not recorded)"), None
    if claims.run.ended != "exited" or claims.run.seconds > LONGEST_RUN:
        return Counter(order, trouble=f"the run took {claims.run.seconds:.0f} s, and another would take too long"), None
    counter = _held(case, claims, order, neutral=_has_settings(case, paths))
    unseen = sorted(number for number in counter.planted.lines if not order.lines[number][2])
    if counter.trouble or len(unseen) < answers.FEWEST_LINES:
        return counter, None
    lines = tuple(order.lines[number] for number in unseen[:40])
    again = replace(order, lines=lines, mode="mark", canary=None, most_lines=0, test_seconds=30.0)
    marked = _held(case, claims, again, neutral=False)
    passed = {test.id for test in claims.record.passed}
    same = passed & {test.id for test in marked.record.passed}
    if not marked.trouble and len(same) < 0.9 * len(passed):
        marked = replace(marked, trouble="the tests did not come to the same results when they were run again")
    return counter, marked


def _held(case: Case, claims: Claims, order: Planting, *, neutral: bool) -> Counter:
    """Run the command with what is planted; then, where asked, pytest alone on the files of the first run."""
    places = Places(order.tests)
    named = {places.find(test.id.partition("::")[0]) for test in claims.record.tests}
    files = sorted(path for path in named if path)
    extra = min(LONGEST_NEUTRAL, 2 + 0.3 * claims.run.seconds) if neutral else 0.0
    try:
        run = case.workshop.run(
            _script(claims.command, order, files if neutral else [], extra),
            files={
                **{f"{STARTUP}/{file.name}": file.read_bytes() for file in sorted(RECORDER.glob("*.py"))},
                f"{STARTUP}/order.json": order.content(),
                f"{STARTUP}/neutral.json": replace(order, mode="", most_lines=0, seconds=extra).content(),
            },
            variables={
                "PYTHONPATH": f"{STARTUP}:/submission:/submission/src",
                "PYTEST_ADDOPTS": f"{claims.addopts} -p harness_counter",
                "HARNESS_RECORD": RECORD,
                "HARNESS_ORDER": f"{STARTUP}/order.json",
                "HARNESS_FOLDER": FOLDER,
            },
            collect=(RECORD, NEUTRAL, PLANTED, RAN, REACHED),
            limits=replace(LIMITS, seconds=order.seconds + extra + 10),
        )
    except SandboxError as reason:
        return Counter(order, trouble=f"the sandbox failed, which is our fault ({reason})")
    planted = read_planted(run.files.get(PLANTED))
    if planted is None or not all(0 <= number < len(order.lines) for number in planted.lines):
        return Counter(order, trouble="the files could not be prepared for it")
    record = read_recording(run.files.get(RECORD, b""))
    trouble = "" if record.tests else "no test came to a result when they were run again"
    told = run.files.get(REACHED, b"")[:MOST_REACHED].split()
    reached = {int(word) for word in told if word.isdigit() and len(word) < 7}
    return Counter(
        order,
        planted,
        record,
        ran=RAN in run.files,
        reached=frozenset(reached),
        neutral=read_recording(run.files.get(NEUTRAL, b"")) if neutral else None,
        ended=run.ended,
        trouble=trouble,
    )


def _script(command: str, order: Planting, files: list[str], extra: float) -> tuple[str, ...]:
    """Plant, run the command, and then what is run without any settings; each has its time."""
    lines = [
        f"mkdir -p {FOLDER}",
        f"python3 -I -S {STARTUP}/plant.py {STARTUP}/order.json {FOLDER} || exit 70",
        f'timeout -k 1 {order.seconds + 3:.0f} /bin/sh -c "$0"',
        f"[ ! -e {CANARY} ] || mv {CANARY} {RAN}",
    ]
    if files:
        quoted = [shlex.quote(f"./{file}") for file in files]
        room = accumulate(len(name) + 1 for name in quoted)
        named = " ".join(name for name, used in zip(quoted, room, strict=True) if used < MOST_NAMED)
        lines.append(
            f"HARNESS_RECORD={NEUTRAL} HARNESS_ORDER={STARTUP}/neutral.json PYTEST_ADDOPTS= "
            f"timeout -k 1 {extra + 2:.0f} python3 -m pytest -q -p harness_recorder -p harness_counter "
            f"-p no:cacheprovider -c /dev/null --rootdir=/submission --noconftest {named}"
        )
    return ("/bin/sh", "-c", "; ".join(lines), command)


def _has_settings(case: Case, paths: list[str]) -> bool:
    if any(path.rpartition("/")[2] == "conftest.py" for path in paths):
        return True
    contents = case.submission.read_many([path for path in paths if path in SETTINGS])
    return any(b"pytest" in content for content in contents.values())
