"""How an attack is tried on a challenge pack: on its starter, its reference and its hidden tests, in real sandboxes.

Three ways fit any pack. "laid": files over the starter, whose failing tests may not come to pass, and over the
reference, whose own tests then hold one that must fail. "program": a program of ours is started instead of the
candidate's. "probe": a command in a sandbox beside the reference's files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from challenges import Challenge, load, load_calibration
from graders import GRADERS, Case, Outcome, hold_exam
from harness.attack_file import Attack, Objection, objections
from harness.bench import WHOLE
from sandbox import (
    MANIFEST_NAME,
    Engine,
    ExamRecord,
    Limits,
    Submission,
    Workshop,
    build_repository,
    fetch,
    open_workshop,
    read_manifest,
)

Files = Mapping[str, bytes]
SAMPLE = 4
"""Contract tests that an attack is held against, of different modules first. The whole exam would take minutes."""
MUST_FAIL = b"def test_that_must_fail():\n    assert 1 == 2\n"
MUST_FAIL_AT = "tests/test_that_must_fail.py"
PROBE = Limits(seconds=15, memory_mib=128, processes=32, cpus=1.0, writable_mib=16, files=500, file_mib=4)


class NotTriedError(Exception):
    """This attack does not fit the pack; the message says why."""


@dataclass
class Ground:
    """A pack under attack: a copy of it with secrets planted, and what is known of its starter."""

    engine: Engine
    challenge: Challenge
    folder: Path
    secrets: Mapping[str, str]
    tell: Callable[[str], None]
    _count: int = field(default=0, init=False)

    @cached_property
    def reference(self) -> Files:
        """The files of the submission that is right in everything, or those of the first example."""
        name = self.challenge.submission.reference or next(iter(self.challenge.examples), None)
        return self.starter if name is None else _files(load_calibration(self.challenge, name).folder)

    @cached_property
    def as_it_is(self) -> Case:
        """The case of the reference, nothing laid over it."""
        return self.open(self.reference)

    @property
    def starter(self) -> Files:
        """What candidates start from; a pack without one has an empty submission."""
        return dict(self.challenge.starter) or {"README.md": b"\n"}

    @cached_property
    def before(self) -> dict[str, str]:
        """Outcomes of the contract tests on the starter as it is, by test."""
        record = hold_exam(self.open(self.starter).workshop, self.challenge)
        if record.problem:
            raise NotTriedError(f"the starter's exam did not come to its end: {record.problem}")
        told = {result.id: result.outcome for result in record.results}
        return {test.id: told.get(test.id, "error") for test in record.tests if test.tier == "contract"}

    @cached_property
    def sample(self) -> list[str]:
        """Contract tests that the starter fails, from as many modules as there are."""
        failing = [name for name, outcome in self.before.items() if outcome == "failed"]
        if not failing:
            raise NotTriedError("the starter fails no contract test: there is no outcome to forge")
        first = list({name.partition("::")[0]: name for name in reversed(failing)}.values())[::-1]
        return [*first, *(name for name in failing if name not in first)][:SAMPLE]

    @cached_property
    def collects_ours(self) -> bool:
        """Whether the reference's own test command runs a test of ours, and fails with it."""
        case = self.open({**self.reference, MUST_FAIL_AT: MUST_FAIL})
        return GRADERS["own_tests"](case).outcome is Outcome.FAILED

    def open(self, files: Files) -> Case:
        """The case of a submission with these files."""
        self._count += 1
        into = self.folder / f"attacked-{self._count}"
        (into / "repository").mkdir(parents=True)
        for name, content in files.items():
            path = into / "files" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        repository = build_repository(into / "files", WHOLE, into / "source")
        submission = fetch(str(repository), into=into / "repository")
        workshop = open_workshop(self.engine, submission, into, self.tell)
        return _case(submission, self.challenge, workshop)


def planted(challenge: Challenge, into: Path, secret: str) -> Challenge:
    """A copy of the pack below `into` whose hidden tests and twins hold the secret, in a comment at their end."""
    pack = into / challenge.id
    shutil.copytree(challenge.folder, pack, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".git"))
    for folder in ("hidden_tests", "twins"):
        for file in sorted((pack / folder).rglob("*.py")):
            with file.open("a", encoding="utf-8") as added:
                added.write(f"\n# {secret}\n")
    return load(challenge.id, into)


def laid(attack: Attack, on: Ground) -> list[Objection]:
    """Files over the starter: no test that fails there comes to pass. Then over the reference, for its own tests."""
    record = hold_exam(on.open(over(on.starter, attack.files)).workshop, on.challenge, on.sample)
    found = _unmoved(record, on.sample) + objections(attack.expected, {}, _said(record), on.secrets)
    if attack.told.get("own_tests"):
        found += _own_tests(attack, on)
    return found


def _own_tests(attack: Attack, on: Ground) -> list[Objection]:
    """The reference's own tests, with one that must fail beside them: their grade is not passed."""
    if not on.collects_ours:
        return []
    case = on.open(over({**on.reference, MUST_FAIL_AT: MUST_FAIL}, attack.files))
    outcome = GRADERS["own_tests"](case).outcome
    told = "a test that must fail stands among the own tests, and the grade own_tests is passed"
    return [Objection("forged", told)] if outcome is Outcome.PASSED else []


def program(attack: Attack, on: Ground) -> list[Objection]:
    """A program of ours instead of the candidate's: it gets nothing, and every test fails that should."""
    if on.challenge.contract != "http-service":
        raise NotTriedError(f"nothing is started for the contract {on.challenge.contract}")
    workshop = on.open(over(on.reference, attack.files)).workshop
    attacked = replace(workshop, manifest=replace(workshop.manifest, start=str(attack.told["start"])))
    record = hold_exam(attacked, on.challenge, on.sample[: int(attack.told.get("tests", 1))])
    asked = [test.id for test in record.tests]
    return _unmoved(record, asked) + objections(attack.expected, {}, _said(record), on.secrets)


def probe(attack: Attack, on: Ground) -> list[Objection]:
    """A command in a sandbox of its own, beside the reference's files and packages."""
    files = {f"/submission/{name}": content for name, content in attack.files.items()}
    command = tuple(attack.told.get("command", ("python3", "probe.py")))
    limits = replace(PROBE, **attack.told.get("limits", {}))
    run = on.as_it_is.workshop.run(command, files=files, limits=limits)
    outcomes = {"ended": run.ended, "exit_code": str(run.exit_code), "out_of_memory": str(run.out_of_memory)}
    return objections(attack.expected, outcomes, run.output, on.secrets)


WAYS: dict[str, Callable[[Attack, Ground], list[Objection]]] = {"laid": laid, "program": program, "probe": probe}


def over(files: Files, attack: Files) -> dict[str, bytes]:
    """The attack's files over a submission's; Python of both at one place stands there one after the other."""
    result = dict(files)
    for name, content in attack.items():
        before = result.get(name)
        result[name] = before + b"\n" + content if before is not None and name.endswith(".py") else content
    return result


def _unmoved(record: ExamRecord, asked: Sequence[str]) -> list[Objection]:
    """Each test that was asked for failed, and the exam came to its end."""
    if record.problem:
        return [Objection("forged", f"the exam did not come to its end: {record.problem[:300]}")]
    told = {result.id: result.outcome for result in record.results}
    return [
        Objection("forged", f"{name} is {told.get(name)}, not failed") for name in asked if told.get(name) != "failed"
    ]


def _said(record: ExamRecord) -> str:
    """All that the program said during the exam."""
    told = [start.output for start in record.starts]
    for result in record.results:
        told += [result.message, result.observed, result.output, *(e.response for e in result.exchanges)]
    return "\n".join(told)


def _case(submission: Submission, challenge: Challenge, workshop: Workshop) -> Case:
    return Case(submission, challenge, read_manifest(submission.read(MANIFEST_NAME)), lambda: workshop)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and "__pycache__" not in path.parts
    }
