"""Environments broken on purpose, with a real engine: what they spoil is never told as the submission's failure."""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from control_ground import CHANCY, RIGHT, STARVED_CPUS, TOO_LITTLE_MIB, WRONG, Ground, make_ground_pack
from tiny_pack import make_submission

from challenges import Challenge, load
from graders import Finding, Grade, Outcome, hidden_tests
from harness.bench import loaded
from harness.cli import cli
from reports import read_report
from sandbox import Circumstances, Engine, ExamRecord, Submission, Workshop, fetch, open_scratch, open_workshop
from sandbox.exam import LIBRARY, hold_exam

pytestmark = pytest.mark.docker

BROKEN = "Environment broken: the reference solution did not pass this test either"


@pytest.fixture(scope="module")
def ground(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    folder = tmp_path_factory.mktemp("control")
    packs = make_ground_pack(folder / "packs")
    with open_scratch(engine) as scratch:
        made: dict[str, tuple[Submission, Workshop]] = {}
        for name, program in {"right": RIGHT, "wrong": WRONG, "chancy": CHANCY}.items():
            (into := scratch / name).mkdir()
            repository = make_submission(folder / name, {"program.py": program})
            submission = fetch(str(repository), into=into)
            made[name] = submission, open_workshop(engine, submission, into, print)
        workshops = {name: workshop for name, (_, workshop) in made.items()}
        yield Ground(packs, load("tiny", packs), made["wrong"][0], **workshops)


def found(grade: Grade, test: str) -> Finding:
    return next(finding for finding in grade.findings if finding.id == f"hidden_tests.test_tiny.py::test_{test}")


def outcomes(grade: Grade) -> dict[str, str]:
    """Each hidden test's outcome."""
    return {f.id.rpartition("::test_")[2]: str(f.outcome) for f in grade.findings if f.tier}


def timeless(grade: Grade) -> dict[str, str]:
    """The same but for the test that watches the time, which a busy machine may turn into an error, never a failure."""
    told = outcomes(grade)
    assert told.pop("works_in_time") != "failed"
    return told


def in_circumstances(monkeypatch: pytest.MonkeyPatch, variables: Callable[[int], Mapping[str, str]]) -> None:
    """Every exam, the reference's too, is held with these variables; they are asked for by the exam's number."""
    numbers, hold = count(1), hidden_tests.hold_exam

    def broken(workshop: Workshop, challenge: Challenge, only: Sequence[str] | None = None) -> ExamRecord:
        return hold(workshop, challenge, only, Circumstances(variables=variables(next(numbers))))

    monkeypatch.setattr(hidden_tests, "hold_exam", broken)


@pytest.mark.parametrize(
    ("variables", "spoilt"),
    [
        ({"TZ": "ODD-14"}, "knows_the_time"),
        ({"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, "keeps_letters"),
    ],
    ids=["time zone", "locale"],
)
def test_a_broken_time_zone_or_locale(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], spoilt: str
) -> None:
    """What the sandbox's own settings spoil is an error; what the program does wrong stays a failure beside it."""
    in_circumstances(monkeypatch, lambda number: variables)
    grade = ground.grade(ground.wrong)

    usual = {"greets": "failed", "knows_the_time": "passed", "keeps_letters": "passed"}
    assert timeless(grade) == {**usual, spoilt: "error"}
    assert found(grade, spoilt).detail.startswith(BROKEN)
    assert "Nobody's fault" in found(grade, spoilt).detail
    assert "environment was broken" in grade.summary
    assert grade.outcome is Outcome.ERROR


def test_a_broken_clock(ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The examiner's clock goes two hours wrong: the right program is not failed for it."""
    main, library = LIBRARY
    shutil.copy(main, tmp_path / main.name)
    shutil.copytree(library, tmp_path / library.name)
    with (tmp_path / library.name / "__init__.py").open("a") as file:
        file.write("\nimport time as _time\n_right = _time.time\n_time.time = lambda: _right() + 7200\n")
    wrong_clock = functools.partial(hold_exam, library=(tmp_path / main.name, tmp_path / library.name))
    monkeypatch.setattr("sandbox.workshop.hold_exam", wrong_clock)
    grade = ground.grade(ground.right)

    assert timeless(grade) == {"greets": "passed", "keeps_letters": "passed", "knows_the_time": "error"}
    assert found(grade, "knows_the_time").detail.startswith(BROKEN)
    assert re.search(r"72\d\d s off", found(grade, "knows_the_time").detail)


def test_too_little_memory(ground: Ground) -> None:
    """A limit that kills even the reference fails nobody, and the report names the memory."""
    limits = ground.challenge.limits.model_copy(update={"memory_mib": TOO_LITTLE_MIB})
    grade = ground.grade(ground.wrong, replace(ground.challenge, limits=limits))

    assert set(outcomes(grade).values()) == {"error"}
    assert grade.measures["failed"] == 0
    assert all(finding.detail.startswith(BROKEN) for finding in grade.findings if finding.tier)
    assert "out of memory" in found(grade, "greets").detail


def test_too_little_of_a_processor(ground: Ground) -> None:
    """A time-out that meets both is an error."""
    limits = ground.challenge.limits.model_copy(update={"cpus": STARVED_CPUS, "start_seconds": 30})
    grade = ground.grade(ground.right, replace(ground.challenge, limits=limits))

    assert outcomes(grade)["works_in_time"] == "error"
    assert found(grade, "works_in_time").detail.startswith(BROKEN)
    assert grade.measures["failed"] == 0


def test_a_loaded_machine(ground: Ground) -> None:
    """With every processor busy no outcome turns into a failure."""
    with loaded():
        grade = ground.grade(ground.right)

    assert "failed" not in outcomes(grade).values()
    assert outcomes(grade)["greets"] == "passed"


def test_answers_by_chance(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bad luck once in three runs fails nobody; twice does, told with every run, and with the steady reference."""
    for luck, outcome in (("bad good good", "passed"), ("bad good bad", "failed")):
        with monkeypatch.context() as patched:
            fate = [*luck.split(), "bad", "bad"]  # the last two are the reference's, which needs no luck
            in_circumstances(patched, lambda number, fate=fate: {"LUCK": fate[number - 1]})  # type: ignore[misc]
            grade = ground.grade(ground.chancy)

        finding = found(grade, "greets")
        runs = ["failed" if one == "bad" else "passed" for one in luck.split()]
        assert str(finding.outcome) == outcome
        assert finding.detail.startswith(
            f"Not deterministic ({', '.join(runs)}), while the reference solution passed in each of 2 runs"
        )
        shown = [piece.text.partition(": Expected")[0] for piece in finding.evidence if piece.kind == "run"]
        assert shown == [f"run {number} of 3: {run}" for number, run in enumerate(runs, start=1)]
        assert grade.measures["not_deterministic"]


@pytest.fixture
def short_lived(engine: Engine, ground: Ground) -> Iterator[str]:
    """The id of an image like the sandbox's, for a test to remove."""
    made = engine.client.api.create_container(ground.right.image.id, ["true"], labels=engine.labels("sandbox", 60))
    try:
        image = str(engine.client.api.commit(made["Id"])["Id"])
    finally:
        engine.remove_container(made["Id"])
    yield image
    if any(known["Id"] == image for known in engine.client.api.images()):
        engine.client.api.remove_image(image, force=True)


@pytest.mark.parametrize(
    ("exams", "words"),
    [(1, "could not be run again"), (2, "whether the reference passes here could not be checked")],
    ids=["before the second run", "before the control run"],
)
def test_an_image_that_goes_during_a_grading(
    engine: Engine, ground: Ground, monkeypatch: pytest.MonkeyPatch, short_lived: str, exams: int, words: str
) -> None:
    """What failed by then could not be checked to its end: it is told as such, and counts against nobody."""
    numbers, hold = count(1), hidden_tests.hold_exam

    def losing(workshop: Workshop, challenge: Challenge, only: Sequence[str] | None = None) -> ExamRecord:
        record = hold(workshop, challenge, only)
        if next(numbers) == exams:
            engine.client.api.remove_image(short_lived, force=True)
        return record

    monkeypatch.setattr(hidden_tests, "hold_exam", losing)
    image = replace(ground.right.image, id=short_lived)
    reference = ground.right if exams == 1 else replace(ground.right, image=image)
    grade = ground.grade(replace(ground.wrong, image=image), reference=reference)

    assert outcomes(grade)["greets"] == "error"
    assert grade.measures["failed"] == 0
    assert found(grade, "greets").detail.startswith("We could not tell")
    assert words in found(grade, "greets").detail
    assert any("No such image" in finding.detail for finding in grade.findings)


def test_a_missing_image_is_a_gap_of_the_report(
    engine: Engine, ground: Ground, monkeypatch: pytest.MonkeyPatch, short_lived: str, tmp_path: Path
) -> None:
    """Gone between preparation and exam: exit code 1, a report that says why, and no failure in it."""

    def prepare(*arguments: object) -> Workshop:
        workshop = open_workshop(*arguments)  # type: ignore[arg-type]
        engine.client.api.remove_image(short_lived, force=True)
        return replace(workshop, image=replace(workshop.image, id=short_lived))

    monkeypatch.setattr("harness.pipeline.open_workshop", prepare)
    repository = make_submission(tmp_path / "submission", {"program.py": WRONG})
    out = tmp_path / "out"
    done = CliRunner().invoke(
        cli, ["grade", str(repository), "--challenge", "tiny", "--challenges", str(ground.packs), "--out", str(out)]
    )

    assert done.exit_code == 1, done.output
    report = read_report((out / "report.json").read_bytes())
    assert not report.complete
    assert report.grades["hidden_tests"].outcome is Outcome.ERROR
    assert "No such image" in report.grades["hidden_tests"].summary
    assert not [f for f in report.grades["hidden_tests"].findings if f.outcome is Outcome.FAILED]
