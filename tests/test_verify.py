"""`harness challenge verify`: a sound pack is proved, and each way to spoil one is refused for its own reason."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sound_pack import FILES, ID, make_sound_pack

from challenges import ChallengeError, load
from harness.bench import Sat
from harness.exam_rules import ended
from harness.progress import Progress
from harness.verify import RULES, verify
from reports.proof import Proof, Ruling, read_proof, render_proof, standing
from sandbox import ExamRecord

TESTS = "hidden_tests/test_greeting.py"
BUGS, PATCH = "seeded_bugs/seeded_bugs.toml", "seeded_bugs/greets-nobody.patch"
HEALTH_TITLE, NAME_TITLE = "The program says that it is healthy.", "Whoever gives a name is greeted by it."
REFUSED_TITLE, ASCII_TITLE = (
    "Without a name the request is refused.",
    "A name with letters beyond ASCII comes back as it was sent.",
)
REFUSED = 'check_equal(client.get("/greeting").status, 400, given="GET /greeting", what="status")'


def swap(file: str, *pairs: tuple[str, str]) -> dict[str, str | None]:
    """A file of the sound pack with texts replaced, each of which must be there."""
    content = FILES[file]
    for old, new in pairs:
        assert old in content, old
        content = content.replace(old, new)
    return {file: content}


def after(title: str, line: str) -> tuple[str, str]:
    """The replacement that adds a line to the test of this title."""
    return f'"""{title}"""\n', f'"""{title}"""\n    {line}\n'


SABOTAGES: dict[str, tuple[str, dict[str, str | None], str, str]] = {
    "a contract test that the brief does not state": (
        "requirements",
        swap(TESTS, ('requirement("R-greeting-3")', 'requirement("R-wave-9")')),
        "test_no_name",
        "R-wave-9, which the brief does not state.",
    ),
    "a slip in a requirement's id": (
        "requirements",
        swap(TESTS, ('requirement("R-greeting-3")', 'requirement("R-greting-3")')),
        "test_no_name",
        "which the brief does not state (is R-greeting-3 meant?)",
    ),
    "a contract test without a requirement": (
        "requirements",
        swap(TESTS, ('@pytest.mark.requirement("R-greeting-3")\n', "")),
        "right",
        "requirement",
    ),
    "a requirement that nobody checks": (
        "requirements",
        swap("brief.md", ("The program gets", "- **[R-greeting-4]** `GET /bye` answers 200.\n\nThe program gets")),
        "R-greeting-4",
        "no contract test checks it",
    ),
    "a requirement that a robustness test alone checks": (
        "requirements",
        swap("brief.md", ("The program gets", "- **[R-greeting-4]** Any letter will do.\n\nThe program gets"))
        | swap(TESTS, ('tier("robustness")', 'tier("robustness")\n@pytest.mark.requirement("R-greeting-4")')),
        "R-greeting-4",
        "no contract test checks it",
    ),
    "two tests with one title": (
        "titles",
        swap(TESTS, (REFUSED_TITLE, NAME_TITLE)),
        "test_no_name",
        "the title of test_greeting.py::test_greets_by_name",
    ),
    "a test whose title is no sentence": (
        "titles",
        swap(TESTS, (HEALTH_TITLE, "Health")),
        "test_health",
        "no sentence",
    ),
    "a rubric without an anchor": (
        "rubric",
        swap("rubric.toml", ('level = "Mixed"', 'level = "Hire"')),
        "correctness",
        "one anchor each for Hire, Mixed",
    ),
    "a rubric without a question": (
        "rubric",
        {"rubric.toml": FILES["rubric.toml"].partition("[[questions]]")[0]},
        "questions",
        "no core question",
    ),
    "a hidden test in the starter": (
        "export",
        {"starter/tests/test_public.py": FILES[TESTS]},
        "tests/test_public.py",
        "a passage of hidden_tests/test_greeting.py",
    ),
    "a hidden test's name in the brief": (
        "export",
        swap("brief.md", ("Build a small", "Mind test_letters_beyond_ascii. Build a small")),
        "BRIEF.md",
        "the hidden test test_letters_beyond_ascii",
    ),
    "a seeded bug's patch in the contract": (
        "export",
        {"contract/notes.md": FILES[PATCH]},
        "contract/notes.md",
        "a passage of seeded_bugs/greets-nobody.patch",
    ),
    "a reference that fails a contract test": (
        "reference",
        swap("calibration/right/submission/program.py", ("Hello, {name}!", "Hello {name}")),
        "test_greets_by_name",
        "came out as failed",
    ),
    "a reference that fails a robustness test": (
        "reference",
        swap(TESTS, ('"Hello, Zoë!"', '"Hello, Zoe!"')),
        "test_letters_beyond_ascii",
        "came out as failed",
    ),
    "a broken twin": (
        "reference",
        {"twins/nobody.py": "raise RuntimeError('the twin is broken')\n"}
        | swap(TESTS, ("import random\n", "import random\n\nimport nobody\n")),
        "right",
        "the twin is broken",
    ),
    "a test that errs in our own code": (
        "reference",
        swap(TESTS, ('client.get("/health").status', "client.health")),
        "test_health",
        "came out as error",
    ),
    "a contract test that passes on the empty starter": (
        "starter",
        swap(
            TESTS,
            (REFUSED, "assert client is not None"),
            ("def test_no_name(client: Client)", "def test_no_name(client: None = None)"),
            ("assert client is not None", "assert client is None"),
        ),
        "test_no_name",
        "came out as passed",
    ),
    "a starter that passes what nobody declared": (
        "starter",
        {"starter/program.py": FILES["calibration/wsgi/submission/program.py"]},
        "test_greets_by_name",
        "came out as passed",
    ),
    "a test declared for the starter that there is not": (
        "starter",
        swap("challenge.toml", ("starter_passes = []", 'starter_passes = ["test_health"]')),
        "test_health",
        "it is no contract test",
    ),
    "a test declared for the starter that it fails": (
        "starter",
        swap("challenge.toml", ("starter_passes = []", 'starter_passes = ["test_greeting.py::test_health"]')),
        "test_health",
        "starter_passes names it, and it failed",
    ),
    "a single alternative solution": (
        "alternatives",
        swap("calibration/wsgi/expected.toml", ("alternative = true", "alternative = false")),
        "calibration/",
        "1 alternative solutions; 2 are needed",
    ),
    "an alternative solution that fails": (
        "alternatives",
        swap("calibration/wsgi/submission/program.py", ("400 Bad Request", "422 Unprocessable Content")),
        "test_no_name",
        "On 'wsgi' it came out as failed",
    ),
    "a calibration submission that comes out otherwise": (
        "calibration",
        swap("calibration/sockets/expected.toml", ('hidden_tests = "passed"', 'hidden_tests = "failed"')),
        "sockets",
        "The grade hidden_tests is passed, declared is failed",
    ),
    "a hidden test that a calibration submission should fail": (
        "calibration",
        swap("calibration/sockets/expected.toml", ("others", '"test_greeting.py::test_health" = "failed"\nothers')),
        "sockets",
        "test_health is passed, declared is failed",
    ),
    "a pack whose title gives a hidden test away": (
        "messages",
        swap("challenge.toml", ('title = "CHALLENGE-TITLE"', f'title = "{NAME_TITLE}"')),
        "sockets",
        "The title of test_greets_by_name stands in what a candidate may see",
    ),
    "a seeded bug that nobody notices": (
        "seeded-bugs",
        swap(TESTS, (REFUSED, 'client.get("/greeting")')),
        "greets-nobody",
        "No hidden test notices it",
    ),
    "a seeded bug that another test than named notices": (
        "seeded-bugs",
        swap(BUGS, ("test_no_name", "test_health")),
        "greets-nobody",
        "Not noticed by test_greeting.py::test_health",
    ),
    "a seeded bug that fails an unrelated test": (
        "seeded-bugs",
        swap(TESTS, after(HEALTH_TITLE, REFUSED)),
        "greets-nobody",
        "Also fails test_greeting.py::test_health",
    ),
    "a seeded bug that names a test that is not there": (
        "seeded-bugs",
        swap(BUGS, ("test_no_name", "test_waves")),
        "greets-nobody",
        "test_waves, which is no contract test",
    ),
    "a seeded bug whose patch does not apply": (
        "seeded-bugs",
        swap(PATCH, ("-    if not name:", "-    if no name:")),
        "greets-nobody",
        "greets-nobody.patch does not apply",
    ),
    "a pack without seeded bugs": ("seeded-bugs", {BUGS: "", PATCH: None}, "seeded_bugs/", "There is none"),
    "a test that leans on chance": (
        "repeats",
        swap(
            TESTS,
            (
                "def test_letters_beyond_ascii(client: Client)",
                "def test_letters_beyond_ascii(client: Client, dice: random.Random)",
            ),
            after(ASCII_TITLE, 'check_equal(dice.random() < 0.5, True, given="a coin")'),
        ),
        "test_letters_beyond_ascii",
        "in run",
    ),
    "a test that leans on the order": (
        "repeats",
        swap(
            TESTS,
            ("import random\n", "import random\n\nSEEN: list[str] = []\n"),
            after(HEALTH_TITLE, 'SEEN.append("healthy")'),
            after(REFUSED_TITLE, 'check_equal(SEEN, ["healthy"], given="the tests before")'),
        ),
        "test_no_name",
        "passed at first, failed in run",
    ),
}
"""Each way to spoil the pack: the rule that must refuse it, files laid over it, whom the objection names, and how."""


def prove(folder: Path, *rules: str, afresh: bool = True) -> tuple[list[Ruling], Proof]:
    """The rulings and the proof of the pack in `folder`, holding only `rules` where any are named."""
    with Progress(quiet=True) as progress:
        *rulings, proof = verify(load(ID, folder), folder, progress, rules, afresh=afresh)
    assert isinstance(proof, Proof)
    return [step for step in rulings if isinstance(step, Ruling)], proof


@pytest.mark.docker
def test_a_sound_pack_is_proved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule is held against it and none is broken; the proof reads back, and its page is written from it."""
    monkeypatch.setattr("harness.exam_rules.REPEATS", 3)
    monkeypatch.setattr("harness.exam_rules.UNDER_LOAD", 1)
    rulings, proof = prove(make_sound_pack(tmp_path))

    assert {ruling.rule: ruling.objections for ruling in rulings} == dict.fromkeys(RULES, ())
    assert proof.held
    assert read_proof(proof.to_json().encode()) == proof
    assert "Every rule was held" in render_proof(proof)
    assert set(proof.images) == {"python-3.13", "examiner"}
    assert proof.headroom.slowest_exam_seconds is not None


@pytest.mark.parametrize(
    ("problem", "remedy"),
    [
        ("The examiner: test_greeting.py::test_no_name: a contract test names the requirements", "Mend that file"),
        ("The examiner was gone before its end.", "Run it again"),
    ],
)
def test_an_exam_that_a_hidden_test_broke_off_is_not_to_be_run_again(problem: str, remedy: str) -> None:
    """Where the reason names a file of the pack, the remedy is to mend that; doing it again would change nothing."""
    sat = Sat({}, {}, cast("ExamRecord", SimpleNamespace(finished=False, problem=problem)))
    (objection,) = ended("reference", "right", sat)
    assert objection.what == f"The exam did not come to its end: {problem.rstrip('.')}."
    assert objection.remedy.startswith(remedy)


@pytest.mark.docker
@pytest.mark.parametrize("name", SABOTAGES)
def test_a_sabotaged_pack_is_refused_for_the_right_reason(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule that the sabotage breaks objects, names what breaks it, and says what to do."""
    monkeypatch.setattr("harness.exam_rules.UNDER_LOAD", 0)
    rule, sabotage, subject, what = SABOTAGES[name]
    (ruling,), proof = prove(make_sound_pack(tmp_path, sabotage), rule)

    assert not proof.held
    told = [f"{objection.subject}: {objection.what}" for objection in ruling.objections]
    assert any(subject in line.partition(": ")[0] and what in line for line in told), told
    assert all(objection.remedy for objection in ruling.objections)


@pytest.mark.docker
def test_what_was_held_is_not_held_again(tmp_path: Path) -> None:
    """A second run of the very same pack takes what the first held, and says so; what broke is held again."""
    folder = make_sound_pack(tmp_path, swap(BUGS, ("test_no_name", "test_health")))
    prove(folder, "alternatives", "seeded-bugs")
    (alternatives, bugs), proof = prove(folder, "alternatives", "seeded-bugs", afresh=False)

    assert alternatives.held
    assert alternatives.looked_at.endswith("(2 of them held by an earlier run)")
    assert [objection.what for objection in bugs.objections] == [
        "Not noticed by test_greeting.py::test_health.",
        "Also fails test_greeting.py::test_no_name.",
    ]
    assert "earlier" not in bugs.looked_at
    assert proof.headroom.slowest_exam_seconds is not None


def test_some_rules_make_no_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only some rules were held, the pack is not proved, whatever came out."""
    proof = Proof.model_validate_json(json.dumps(SAMPLE))
    assert "not every rule was tried" in render_proof(proof)


def test_a_rule_that_does_not_exist_is_told(tmp_path: Path) -> None:
    """The message lists the rules that there are."""
    folder = make_sound_pack(tmp_path)
    with pytest.raises(ChallengeError, match="no rule order"):
        next(verify(load(ID, folder), folder, Progress(quiet=True), ["order"]))


PACK = {"id": "tiny", "version": "1.0.0", "digest": "sha256:a", "title": "<b>Tiny</b>"}
SAMPLE: dict[str, object] = {
    "schema_version": 1,
    "challenge": PACK,
    "harness_version": "1",
    "images": {"examiner": "sha256:b"},
    "held": False,
    "rulings": [{"rule": "rubric", "about": "x", "looked_at": "y", "seconds": 0.1, "objections": []}],
    "headroom": {"exam_limit_seconds": 300, "memory_limit_mib": 512},
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (None, "holds no proof"),
        ({}, "did not hold when it was last verified"),
        ({"held": True}, ""),
        ({"held": True, "harness_version": "0"}, "stale (the harness changed since)"),
        ({"held": True, "images": {"examiner": "sha256:c"}}, "stale (an image changed since)"),
        ({"held": True, "images": {"python-3.11": "sha256:c"}}, ""),
        ({"held": True, "challenge": {**PACK, "digest": "sha256:d"}}, "stale (the pack changed since)"),
    ],
)
def test_a_report_says_when_the_proof_is_missing_or_stale(changes: dict[str, object] | None, told: str) -> None:
    """A proof stands for one pack, one harness and one set of images."""
    proof = None if changes is None else Proof.model_validate_json(json.dumps({**SAMPLE, **changes}))
    said = standing(proof, "sha256:a", "1", {"examiner": "sha256:b"})

    assert said.count("proof") <= 1 or told
    assert (told in said) if told else said == ""


def test_the_page_of_a_proof_escapes(tmp_path: Path) -> None:
    """Texts of a pack are texts on its page."""
    assert "<b>Tiny" not in render_proof(Proof.model_validate_json(json.dumps(SAMPLE)))


def test_a_pack_keeps_its_proof_apart_from_its_digest(tmp_path: Path) -> None:
    """Writing verify.json into a pack changes nothing that it vouches for."""
    folder = make_sound_pack(tmp_path)
    before = load(ID, folder).digest
    (folder / ID / "verify.json").write_text("{}")

    assert load(ID, folder).digest == before
