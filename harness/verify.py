"""`harness challenge verify`: a pack is proved before it grades anyone, rule by rule, each with its objections."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from challenges import (
    Challenge,
    ChallengeError,
    HiddenTest,
    Objection,
    bugs_rule,
    export_rule,
    load_calibration,
    load_seeded_bugs,
    requirements_rule,
    rubric_rule,
    titles_rule,
)
from harness import __version__
from harness.bench import Bench, Sat, loaded
from harness.declared import undeclared
from harness.pipeline import Order, grade_submission
from harness.progress import Progress
from reports import Headroom, Objected, Proof, ProvedPack, Ruling
from sandbox import Circumstances, Engine, Limits, Workshop, open_scratch, sweep

ALTERNATIVES = 2
REPEATS, UNDER_LOAD = 10, 3
"""Runs in other circumstances, and how many of them with every processor busy."""
ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Kiritimati", "Europe/Berlin")
LOOK = Limits(seconds=60, memory_mib=256, processes=32, cpus=1.0, writable_mib=16)
_LOOK_AROUND = """
import os, sys
wanted = set(sys.argv[1:])
for place, _, names in os.walk("/"):
    if not place.startswith(("/proc", "/sys", "/submission")):
        for name in wanted.intersection(names):
            print(os.path.join(place, name))
"""


@dataclass
class Proving:
    """What is known of the pack so far. `tests` and `reference` are there once the reference's exam was held."""

    challenge: Challenge
    challenges_folder: Path | None
    bench: Bench
    progress: Progress
    scratch: Path
    reference: Workshop | None = None
    first: Sat | None = None
    exams: list[Sat] = field(default_factory=list)

    @property
    def contract(self) -> list[str]:
        return [test.id for test in self.first.record.tests if test.tier == "contract"] if self.first else []

    @property
    def judging(self) -> list[str]:
        return [test.id for test in self.first.record.tests if test.tier != "probe"] if self.first else []


Answer = tuple[str, list[Objection]]
"""What was looked at, in words, and the objections."""
Rule = Callable[[Proving], Answer]


def reference(proving: Proving) -> Answer:
    """The reference submission passes every contract and robustness test."""
    name = proving.challenge.submission.reference
    if name is None:
        raise ChallengeError(
            f"{proving.challenge.folder / 'challenge.toml'} names no reference: set [submission] reference to the "
            "calibration submission that is right in everything."
        )
    proving.reference = proving.bench.example(name)
    proving.first = proving.bench.sit(proving.reference)
    proving.exams.append(proving.first)
    return f"{len(proving.judging)} hidden tests on {name!r}", _all_pass(
        "reference", name, proving.first, proving.judging
    )


def requirements(proving: Proving) -> Answer:
    """Each contract test rests on a sentence of the brief by its id, and each such sentence has a contract test."""
    tests = _tests(proving)
    return f"{len(proving.contract)} contract tests", requirements_rule(proving.challenge, tests)


def titles(proving: Proving) -> Answer:
    """Each hidden test's docstring reads as a sentence of its own."""
    return f"{len(_tests(proving))} hidden tests", titles_rule(_tests(proving))


def rubric(proving: Proving) -> Answer:
    """Each dimension has four anchors, and the round has core questions."""
    return f"{len(proving.challenge.dimensions)} dimensions", rubric_rule(proving.challenge)


def exported(proving: Proving) -> Answer:
    """Nothing hidden is in what `harness challenge export` writes."""
    return "every file of the export", export_rule(proving.challenge)


def images(proving: Proving) -> Answer:
    """Nothing hidden is in the image, the tools or the environment that a submission's bytes run in."""
    names = sorted({path.name for path in proving.challenge.hidden_tests.glob("*.py")} | {"vocabulary.toml"})
    workshop = _workshop(proving)
    run = workshop.run(["python3", "-I", "-c", _LOOK_AROUND, *names], limits=LOOK)
    own = {"conftest.py", "__init__.py"}
    found = [line for line in run.output.splitlines() if line.startswith("/") and Path(line).name not in own]
    objections = [
        Objection("images", line, "A file of the hidden tests' name lies in the sandbox.", "Rebuild the images.")
        for line in found
    ]
    if run.exit_code != 0:
        objections.append(Objection("images", "sandbox", f"The look round ended: {run.ended}.", "Run it again."))
    return f"{len(names)} names of hidden files, sought in the sandbox", objections


def starter(proving: Proving) -> Answer:
    """The starter as handed out fails each contract test but those declared, in words that tell what to do."""
    folder = proving.challenge.folder / "starter"
    if not proving.challenge.starter:
        return "no starter", [
            Objection("starter", "starter/", "There is none.", "Add what a candidate starts from: a manifest at least.")
        ]
    sat = proving.bench.sit(proving.bench.workshop(folder))
    objections = _ended("starter", "starter", sat)
    for name in proving.contract:
        outcome, words = sat.outcomes.get(name, "none"), sat.words.get(name, "")
        if name in proving.challenge.submission.starter_passes:
            if outcome != "passed":
                objections.append(
                    Objection("starter", name, f"starter_passes names it, and it {outcome}.", "Mend challenge.toml.")
                )
        elif outcome != "failed":
            objections.append(
                Objection(
                    "starter",
                    name,
                    f"On the empty starter it came out as {outcome}.",
                    "Make it demand something that only a working program does.",
                )
            )
        elif len(words.split()) < 3:
            objections.append(
                Objection("starter", name, f"It fails with no more than {words!r}.", "Say what was expected.")
            )
    return f"{len(proving.contract)} contract tests on the starter", objections


def alternatives(proving: Proving) -> Answer:
    """At least two correct solutions that are built otherwise than the reference pass every contract test."""
    challenge = proving.challenge
    names = [name for name in challenge.examples if load_calibration(challenge, name).alternative]
    objections = []
    if len(names) < ALTERNATIVES:
        objections.append(
            Objection(
                "alternatives",
                "calibration/",
                f"It holds {len(names)} alternative solutions; {ALTERNATIVES} are needed.",
                "Write one with another architecture and other libraries; set alternative = true in its expected.toml.",
            )
        )
    for name in names:
        sat = proving.bench.sit(proving.bench.example(name))
        proving.exams.append(sat)
        objections += _all_pass("alternatives", name, sat, proving.contract)
    return ", ".join(names) or "none", objections


def calibration(proving: Proving) -> Answer:
    """Every calibration submission, graded whole, comes out as its expected.toml declares."""
    objections = []
    for name in proving.challenge.examples:
        order = Order(
            proving.challenge.id,
            example=name,
            challenges_folder=proving.challenges_folder,
            out=Path(tempfile.mkdtemp(dir=proving.scratch)) / "report",
        )
        with Progress(quiet=True) as quiet:
            report = grade_submission(order, quiet).report
        objections += [
            Objection("calibration", name, what, "Mend the pack, or what calibration/" + name + "/expected.toml says.")
            for what in undeclared(report, load_calibration(proving.challenge, name))
        ]
    return ", ".join(proving.challenge.examples), objections


def seeded_bugs(proving: Proving) -> Answer:
    """Each seeded bug is noticed by the contract tests that it names, and by no other contract test."""
    bugs = load_seeded_bugs(proving.challenge)
    objections = bugs_rule(bugs, _tests(proving))
    if not bugs:
        objections.append(
            Objection("seeded-bugs", "seeded_bugs/", "There is none.", "Seed a bug that real submissions have.")
        )
    for bug in bugs:
        proving.progress.tell(f"seeded bug {bug.name}")
        sat = proving.bench.sit(proving.bench.with_bug(proving.challenge.submission.reference or "", bug.patch))
        objections += _ended("seeded-bugs", bug.name, sat)
        failing = set(sat.failing(proving.contract))
        unnoticed, unrelated = sorted(set(bug.noticed_by) - failing), sorted(failing - set(bug.noticed_by))
        if not failing:
            objections.append(
                Objection("seeded-bugs", bug.name, "No hidden test notices it.", "Write the contract test that does.")
            )
        elif unnoticed:
            objections.append(
                Objection(
                    "seeded-bugs", bug.name, f"Not noticed by {_some(unnoticed)}.", "Mend the test or noticed_by."
                )
            )
        if unrelated:
            objections.append(
                Objection(
                    "seeded-bugs",
                    bug.name,
                    f"Also fails {_some(unrelated)}.",
                    "Name them in noticed_by, or make them test one thing.",
                )
            )
    return f"{len(bugs)} seeded bugs", objections


def repeats(proving: Proving) -> Answer:
    """Ten runs give the same answers: other order, seeds, ports, time zones, hash seeds; three of them under load."""
    first = proving.first
    assert first is not None
    objections = []
    for number in range(1, REPEATS + 1):
        circumstances = Circumstances(
            shuffle=number, variables={"TZ": ZONES[number % len(ZONES)], "PYTHONHASHSEED": str(number * 101)}
        )
        busy = number > REPEATS - UNDER_LOAD
        proving.progress.tell(f"run {number} of {REPEATS}{' under load' if busy else ''}")
        if busy:
            with loaded():
                sat = proving.bench.sit_once(_workshop(proving), circumstances, proving.challenge.seed + number)
        else:
            sat = proving.bench.sit_once(_workshop(proving), circumstances, proving.challenge.seed + number)
        proving.exams.append(sat)
        objections += _ended("repeats", f"run {number}", sat)
        for name in proving.judging:
            before, now = first.outcomes.get(name), sat.outcomes.get(name)
            if before != now:
                where = f"run {number} ({circumstances.variables['TZ']}{', under load' if busy else ''})"
                objections.append(
                    Objection(
                        "repeats",
                        name,
                        f"{before} at first, {now} in {where}.",
                        "Take chance, time and order out of it (see examiner.pick and Patience).",
                    )
                )
    return f"{REPEATS} runs, {UNDER_LOAD} of them under load", objections


RULES: dict[str, Rule] = {
    "rubric": rubric,
    "export": exported,
    "reference": reference,
    "requirements": requirements,
    "titles": titles,
    "images": images,
    "starter": starter,
    "alternatives": alternatives,
    "calibration": calibration,
    "seeded-bugs": seeded_bugs,
    "repeats": repeats,
}
"""In this order: what costs nothing first; the reference's exam gives the tests that most others look at."""
NEED_NO_EXAM = frozenset({"rubric", "export"})


def verify(
    challenge: Challenge, challenges_folder: Path | None, progress: Progress, only: Sequence[str] = ()
) -> Iterator[Ruling | Proof]:
    """Hold the rules (all, or `only` those named) against the pack: each ruling as it comes, the proof at the end.

    Raises ChallengeError when the pack can't be proved at all, SandboxError when the machine can't.
    """
    unknown = sorted(set(only) - set(RULES))
    if unknown:
        raise ChallengeError(f"There is no rule {', '.join(unknown)}. Rules: {', '.join(RULES)}.")
    wanted = [name for name in RULES if not only or name in only]
    with Engine.connect() as engine:
        sweep(engine)
        with open_scratch(engine) as scratch:
            proving = Proving(
                challenge, challenges_folder, Bench(engine, challenge, scratch, progress), progress, scratch
            )
            rulings = []
            for name in wanted:
                if proving.first is None and name not in NEED_NO_EXAM and name != "reference":
                    reference(proving)
                ruling = _ruling(name, proving)
                rulings.append(ruling)
                yield ruling
            yield Proof(
                challenge=ProvedPack(
                    id=challenge.id, version=challenge.version, digest=challenge.digest, title=challenge.title
                ),
                harness_version=__version__,
                images=proving.bench.images,
                held=len(wanted) == len(RULES) and all(ruling.held for ruling in rulings),
                rulings=tuple(rulings),
                headroom=_headroom(proving),
            )


def _ruling(name: str, proving: Proving) -> Ruling:
    began = time.monotonic()
    with proving.progress.step(name, name):
        if name in NEED_NO_EXAM or name == "reference" or (proving.first and proving.first.record.tests):
            looked_at, objections = RULES[name](proving)
        else:  # without the list of hidden tests there is nothing to hold the rule against
            assert proving.first is not None
            looked_at = "nothing"
            objections = _ended(name, proving.challenge.submission.reference or "", proving.first)
    return Ruling(
        rule=name,
        about=" ".join((RULES[name].__doc__ or "").split()),
        looked_at=looked_at,
        seconds=round(time.monotonic() - began, 1),
        objections=tuple(Objected(subject=o.subject, what=o.what, remedy=o.remedy) for o in objections),
    )


def _tests(proving: Proving) -> Sequence[HiddenTest]:
    assert proving.first is not None
    return proving.first.record.tests


def _workshop(proving: Proving) -> Workshop:
    assert proving.reference is not None
    return proving.reference


def _all_pass(rule: str, name: str, sat: Sat, among: Sequence[str]) -> list[Objection]:
    return _ended(rule, name, sat) + [
        Objection(
            rule,
            test,
            f"On {name!r} it came out as {sat.outcomes.get(test, 'none')}: {sat.words.get(test, '')[:300]}",
            "Mend the test, or the submission where the brief is on the test's side.",
        )
        for test in sat.failing(among)
    ]


def _ended(rule: str, name: str, sat: Sat) -> list[Objection]:
    if sat.record.finished:
        return []
    return [Objection(rule, name, f"The exam did not come to its end: {sat.problem}", "Run it again; doctor may help.")]


def _headroom(proving: Proving) -> Headroom:
    starts = [start.memory_peak_mib for sat in proving.exams for start in sat.record.starts]
    peaks = [peak for peak in starts if peak is not None]
    return Headroom(
        slowest_exam_seconds=max((round(sat.record.seconds, 1) for sat in proving.exams), default=None),
        exam_limit_seconds=proving.challenge.limits.exam_seconds,
        memory_peak_mib=max(peaks, default=None),
        memory_limit_mib=proving.challenge.limits.memory_mib,
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
