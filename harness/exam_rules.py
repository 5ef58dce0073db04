"""The rules of a sound pack: each looks at one thing, in words, and gives its objections.

Those that need exams hold them in real sandboxes; what an earlier run of the very same pack held is not held again.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

from challenges import (
    ChallengeError,
    Objection,
    SeededBug,
    bugs_rule,
    export_rule,
    load_calibration,
    load_seeded_bugs,
    requirements_rule,
    rubric_rule,
    titles_rule,
)
from harness.bench import Sat, loaded
from harness.declared import given_away, undeclared
from harness.held_before import Exertion
from harness.pipeline import Order, grade_submission
from harness.progress import Progress
from harness.proving import GradedExample, Proving, exertion
from sandbox import Circumstances, Limits

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
_A_FILE = re.compile(r"\b\w+\.(?:py|toml)\b")
Answer = tuple[str, list[Objection]]
"""What was looked at, in words, and the objections."""


def reference(proving: Proving) -> Answer:
    """The reference submission passes every contract and robustness test."""
    name = proving.challenge.submission.reference or ""
    return f"{len(proving.judging)} hidden tests on {name!r}", _all_pass(
        "reference", name, proving.first, proving.judging
    )


def requirements(proving: Proving) -> Answer:
    """Each contract test rests on a sentence of the brief by its id, and each such sentence has a contract test."""
    return f"{len(proving.contract)} contract tests", requirements_rule(proving.challenge, proving.tests)


def titles(proving: Proving) -> Answer:
    """Each hidden test's docstring reads as a sentence of its own."""
    return f"{len(proving.tests)} hidden tests", titles_rule(proving.tests)


def rubric(proving: Proving) -> Answer:
    """Each dimension has four anchors, and the round has core questions."""
    return f"{len(proving.challenge.dimensions)} dimensions", rubric_rule(proving.challenge)


def exported(proving: Proving) -> Answer:
    """Nothing hidden is in what `harness challenge export` writes."""
    return "every file of the export", export_rule(proving.challenge)


def images(proving: Proving) -> Answer:
    """Nothing hidden is in the image, the tools or the environment that a submission's bytes run in."""
    names = sorted({path.name for path in proving.challenge.hidden_tests.glob("*.py")} | {"vocabulary.toml"})
    run = proving.reference.run(["python3", "-I", "-c", _LOOK_AROUND, *names], limits=LOOK)
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
    strangers = sorted(set(proving.challenge.submission.starter_passes) - set(proving.contract))
    unknown = [
        Objection(
            "starter",
            name,
            "starter_passes of challenge.toml names it, and it is no contract test.",
            f"Write it as it is called here: {_some(proving.contract)}.",
        )
        for name in strangers
    ]
    if not proving.challenge.starter:
        return "no starter", [
            Objection("starter", "starter/", "There is none.", "Add what a candidate starts from: a manifest at least.")
        ]
    sat = proving.bench.sit(proving.bench.workshop(folder))
    objections = unknown + ended("starter", "starter", sat)
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

    def hold(name: str) -> tuple[list[Objection], Exertion | None]:
        sat = proving.bench.sit(proving.bench.example(name))
        return _all_pass("alternatives", name, sat, proving.contract), exertion(sat)

    objections += proving.hold_each({f"alternative {name}": partial(hold, name) for name in names})
    return ", ".join(names) or "none", objections


def calibration(proving: Proving) -> Answer:
    """Every calibration submission, graded whole, comes out as its expected.toml declares."""
    _grade_examples(proving)
    objections = [
        Objection("calibration", name, what, "Mend the pack, or what calibration/" + name + "/expected.toml says.")
        for name, graded in proving.graded.items()
        for what in graded.undeclared
    ]
    return ", ".join(proving.challenge.examples), objections


def messages(proving: Proving) -> Answer:
    """Nothing that a candidate could see of a grading names a hidden test, or what one expects."""
    _grade_examples(proving)
    objections = [
        Objection("messages", name, what, "Take it out of the pack's title and texts.")
        for name, graded in proving.graded.items()
        for what in graded.given_away
    ]
    looked_at = f"public summary and printed lines of {', '.join(proving.challenge.examples)}"
    return looked_at, objections


def _grade_examples(proving: Proving) -> None:
    """Grade every calibration submission whole, once for both rules that look at the reports."""
    challenge = proving.challenge
    contract = [path for path in (challenge.folder / "contract").rglob("*") if path.is_file()]
    public = challenge.brief + "".join(path.read_text(encoding="utf-8", errors="replace") for path in contract)
    for name in challenge.examples:
        part = f"calibration {name}"
        if name in proving.graded or proving.held(part):
            continue
        proving.progress.tell(f"calibration submission {name}")
        order = Order(
            challenge.id,
            example=name,
            challenges_folder=proving.challenges_folder,
            out=Path(tempfile.mkdtemp(dir=proving.scratch)) / "report",
        )
        with Progress(quiet=True) as quiet:
            report = grade_submission(order, quiet).report
        graded = GradedExample(
            undeclared=undeclared(report, load_calibration(challenge, name)),
            given_away=given_away(report, public),
        )
        proving.graded[name] = graded
        if not graded.undeclared and not graded.given_away:
            proving.before.keep(part)


def seeded_bugs(proving: Proving) -> Answer:
    """Each seeded bug is noticed by the contract tests that it names, and by no other contract test."""
    bugs = load_seeded_bugs(proving.challenge)
    objections = bugs_rule(bugs, proving.tests)
    if not bugs:
        objections.append(
            Objection("seeded-bugs", "seeded_bugs/", "There is none.", "Seed a bug that real submissions have.")
        )

    def hold(bug: SeededBug) -> tuple[list[Objection], Exertion | None]:
        try:
            workshop = proving.bench.with_bug(proving.challenge.submission.reference or "", bug.patch)
        except ChallengeError as reason:
            remedy = (
                "Make it afresh, in a clone of what `harness challenge example` writes: plant the bug, then `git diff`."
            )
            return [Objection("seeded-bugs", bug.name, f"{reason}.", remedy)], None
        sat = proving.bench.sit(workshop, only=proving.contract)
        proving.progress.tell(f"seeded bug {bug.name}")
        return _noticed(bug, sat, proving.contract), None

    objections += proving.hold_each({f"seeded bug {bug.name}": partial(hold, bug) for bug in bugs})
    return f"{len(bugs)} seeded bugs", objections


def _noticed(bug: SeededBug, sat: Sat, contract: Sequence[str]) -> list[Objection]:
    """Objections to how the contract tests took a seeded bug."""
    objections = ended("seeded-bugs", bug.name, sat)
    failing = set(sat.failing(contract))
    unnoticed, unrelated = sorted(set(bug.noticed_by) - failing), sorted(failing - set(bug.noticed_by))
    if not failing:
        objections.append(
            Objection("seeded-bugs", bug.name, "No hidden test notices it.", "Write the contract test that does.")
        )
    elif unnoticed:
        objections.append(
            Objection("seeded-bugs", bug.name, f"Not noticed by {_some(unnoticed)}.", "Mend the test or noticed_by.")
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
    return objections


def repeats(proving: Proving) -> Answer:
    """Ten runs give the same answers: other order, seeds, ports, time zones, hash seeds; three of them under load."""

    def hold(number: int, busy: bool) -> tuple[list[Objection], Exertion | None]:
        broken, sat = _repeat(proving, number, busy=busy)
        proving.progress.tell(f"run {number} of {REPEATS}{' under load' if busy else ''}")
        return broken, exertion(sat)

    quiet = {f"run {number}": partial(hold, number, False) for number in range(1, REPEATS - UNDER_LOAD + 1)}
    objections = proving.hold_each(quiet)
    for number in range(REPEATS - UNDER_LOAD + 1, REPEATS + 1):  # one at a time: the load is what is tried
        objections += proving.hold_each({f"run {number} under load": partial(hold, number, True)})
    return f"{REPEATS} runs, {UNDER_LOAD} of them under load", objections


def _repeat(proving: Proving, number: int, *, busy: bool) -> tuple[list[Objection], Sat]:
    """One run of the reference's exam in other circumstances: what differs from the first, and the run."""
    zone = ZONES[number % len(ZONES)]
    circumstances = Circumstances(shuffle=number, variables={"TZ": zone, "PYTHONHASHSEED": str(number * 101)})
    with loaded() if busy else nullcontext():
        sat = proving.bench.sit_once(proving.reference, circumstances, proving.challenge.seed + number)
    objections = ended("repeats", f"run {number}", sat)
    for name in proving.judging:
        before, now = proving.first.outcomes.get(name), sat.outcomes.get(name)
        if before != now:
            where = f"run {number} ({zone}{', under load' if busy else ''})"
            objections.append(
                Objection(
                    "repeats",
                    name,
                    f"{before} at first, {now} in {where}.",
                    "Take chance, time and order out of it (see examiner.pick and Patience).",
                )
            )
    return objections, sat


def _all_pass(rule: str, name: str, sat: Sat, among: Sequence[str]) -> list[Objection]:
    return ended(rule, name, sat) + [
        Objection(
            rule,
            test,
            f"On {name!r} it came out as {sat.outcomes.get(test, 'none')}: {sat.words.get(test, '')[:300]}",
            "Mend the test, or the submission where the brief is on the test's side.",
        )
        for test in sat.failing(among)
    ]


def ended(rule: str, name: str, sat: Sat) -> list[Objection]:
    """An objection where an exam did not come to its end: for want of a sound hidden test, or of a sound machine."""
    if sat.record.finished:
        return []
    problem = (sat.problem or "no reason is known").rstrip(". ")
    remedy = "Run it again; doctor may help."
    if _A_FILE.search(problem):
        remedy = "Mend that file of hidden_tests or twins; where nothing is wrong with it, run it again."
    return [Objection(rule, name, f"The exam did not come to its end: {problem}.", remedy)]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
