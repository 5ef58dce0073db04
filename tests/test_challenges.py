"""Challenge packs are loaded whole, or refused with the file and what to do."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from challenges import ChallengeError, export, load, load_all, load_calibration
from challenges import new as new_pack
from challenges.challenge import BUILT_IN
from harness.cli import cli


def test_lead_ingestion_loads() -> None:
    """The pack that comes with the harness is sound: twelve categories, anchors for every dimension."""
    challenge = load("lead-ingestion")

    assert challenge.round == 1
    assert len(challenge.categories) == 12
    assert {dimension.id for dimension in challenge.dimensions} == set(challenge.rubric.anchors)
    assert all(len(anchors) == 4 for anchors in challenge.rubric.anchors.values())
    assert len(challenge.rubric.questions) == 6
    assert "strong" in challenge.examples
    assert challenge.digest.startswith("sha256:")


def test_every_calibration_submission_declares_what_it_must_give() -> None:
    """expected.toml and commits.toml of each are sound."""
    challenge = load("lead-ingestion")

    for name in challenge.examples:
        calibration = load_calibration(challenge, name)
        assert calibration.commits
        assert calibration.grades["hidden_tests"] in ("passed", "failed")


def test_the_digest_moves_with_any_file(tmp_path: Path) -> None:
    """A changed hidden test is another pack; what tools leave lying about is not."""
    pack = tmp_path / "lead-ingestion"
    shutil.copytree(BUILT_IN / "lead-ingestion", pack, ignore=shutil.ignore_patterns("__pycache__"))
    before = load("lead-ingestion", tmp_path).digest
    (pack / "__pycache__").mkdir()
    (pack / "__pycache__" / "x.pyc").write_bytes(b"x")

    assert load("lead-ingestion", tmp_path).digest == before == load("lead-ingestion").digest

    (pack / "hidden_tests" / "test_more.py").write_text("x = 1\n")

    assert load("lead-ingestion", tmp_path).digest != before


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (lambda pack: (pack / "challenge.toml").unlink(), "challenge.toml is missing"),
        (lambda pack: (pack / "challenge.toml").write_text("title = ["), "not valid TOML"),
        (lambda pack: (pack / "challenge.toml").write_text('title = "x"'), "version"),
        (lambda pack: (pack / "brief.md").unlink(), "brief.md is missing"),
        (lambda pack: (pack / "brief.md").write_bytes(b"Gr\xfc\xdfe"), "brief.md is not UTF-8"),
        (lambda pack: shutil.rmtree(pack / "hidden_tests"), "hidden_tests"),
        (lambda pack: (pack / "hidden_tests" / "vocabulary.toml").unlink(), "vocabulary.toml is missing"),
        (
            lambda pack: (pack / "hidden_tests" / "vocabulary.toml").write_text(
                'categories = ["x"]\ndimensions = []\n'
            ),
            "do not agree on: .*x",
        ),
        (lambda pack: shutil.rmtree(pack / "calibration"), "no calibration submission"),
    ],
)
def test_a_broken_pack_is_refused_with_its_file(break_it: object, told: str, tmp_path: Path) -> None:
    """The message names the file and what is wrong with it."""
    pack = tmp_path / "lead-ingestion"
    shutil.copytree(BUILT_IN / "lead-ingestion", pack)
    break_it(pack)  # type: ignore[operator]  # one of the lambdas above

    with pytest.raises(ChallengeError, match=told):
        load("lead-ingestion", tmp_path)


def swapped(pack: Path, old: str, new: str) -> None:
    """Replace a text in challenge.toml, which must be there."""
    path = pack / "challenge.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("time_box_minutes", "timebox_minutes", "there is no such field; 'time_box_minutes' is meant?"),
        ('version = "0.1.0"', 'version = "0.1"', r"version: '0.1' does not have the form ^\d+\.\d+\.\d+$"),
        ('id = "greeting"', 'id = "Greeting"', "categories[1].id: 'Greeting' does not have the form ^[a-z][a-z-]*$"),
        ('reference = "right"', 'reference = "rigth"', "'rigth' is no calibration submission. Known"),
        ("round = 1 ", "round = 7 ", "round: Input should be less than or equal to 6"),
    ],
)
def test_a_slip_in_challenge_toml_is_told_in_words(old: str, new: str, told: str, tmp_path: Path) -> None:
    """Each names the field, what is there and what should be; and nothing that only follows from it."""
    new_pack("tiny", tmp_path)
    swapped(tmp_path / "tiny", old, new)
    with pytest.raises(ChallengeError) as refused:
        load("tiny", tmp_path)
    assert told in str(refused.value)
    assert "Tuple" not in str(refused.value)


@pytest.mark.parametrize("line", ['others = "passed"', 'hidden_tests = "passed"'])
def test_an_outcome_that_is_none_is_refused_in_expected_toml(line: str, tmp_path: Path) -> None:
    """Of a grade, and of all other contract tests: "pass" would never be met, and nobody would know why."""
    new_pack("tiny", tmp_path)
    path = tmp_path / "tiny" / "calibration" / "right" / "expected.toml"
    assert line in path.read_text()
    path.write_text(path.read_text().replace(line, line.replace('"passed"', '"pass"')))
    with pytest.raises(ChallengeError, match=r"'pass' is no outcome \(passed, failed, skipped, error\)"):
        load_calibration(load("tiny", tmp_path), "right")


def test_a_file_with_many_faults_names_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    """Three at once are enough to mend, and the others are not hidden."""
    new_pack("tiny", tmp_path)
    (tmp_path / "tiny" / "challenge.toml").write_text("title = 1\n")
    with pytest.raises(ChallengeError, match=r"version: it is missing; round: it is missing \(and \d more\)"):
        load("tiny", tmp_path)


def test_a_pack_whose_folder_is_no_id_is_told_by_its_folder(tmp_path: Path) -> None:
    """A folder in capitals among the private packs: the line says which, and what to do."""
    new_pack("tiny", tmp_path)
    (tmp_path / "tiny").rename(tmp_path / "My Pack")
    with pytest.raises(ChallengeError, match=r"My Pack: a pack's folder is its id: rename it"):
        load_all(tmp_path)


@pytest.mark.parametrize(("wrong", "right"), [("My Challenge", "my-challenge"), ("42", "warm-welcome")])
def test_an_id_that_is_none_is_answered_with_one_that_is(wrong: str, right: str, tmp_path: Path) -> None:
    """The line shows what an id looks like, and the one it shows works."""
    with pytest.raises(ChallengeError, match=rf"are \('{right}'\)"):
        new_pack(wrong, tmp_path)
    assert new_pack(right, tmp_path)


def test_a_pack_in_place_of_the_folder_of_packs_is_told(tmp_path: Path) -> None:
    """`--challenges packs/tiny` finds no pack: the line says what the option names."""
    new_pack("tiny", tmp_path)
    with pytest.raises(ChallengeError, match="is a challenge pack: --challenges names the folder that packs lie in"):
        load("tiny", tmp_path / "tiny")


def test_the_command_to_verify_a_new_pack_can_be_pasted(tmp_path: Path) -> None:
    """A folder with a space in its name is quoted in it."""
    done = CliRunner().invoke(cli, ["challenge", "new", "tiny", str(tmp_path / "my packs")])
    assert done.exit_code == 0
    assert shlex.split(done.output.splitlines()[-1])[-1] == str(tmp_path / "my packs")


def test_an_unknown_challenge_names_the_known_ones() -> None:
    """The remedy stands in the message."""
    with pytest.raises(ChallengeError, match="lead-ingestion"):
        load("nothing-here")


@pytest.mark.parametrize("identifier", ["../lead-ingestion", "/etc", "Lead", "", "a b"])
def test_an_id_is_never_a_path(identifier: str) -> None:
    """What is no id is refused before the file system is asked."""
    with pytest.raises(ChallengeError, match="no challenge id"):
        load(identifier)


def test_private_packs_stand_beside_the_built_in_ones(tmp_path: Path) -> None:
    """--challenges DIR adds packs that are kept outside this repository."""
    shutil.copytree(BUILT_IN / "lead-ingestion", tmp_path / "our-own")

    assert [challenge.id for challenge in load_all(tmp_path)] == ["lead-ingestion", "our-own"]


def test_export_holds_nothing_hidden(tmp_path: Path) -> None:
    """What a candidate is sent has the brief, the contract and the starter, and no hidden file's content."""
    challenge = load("lead-ingestion")
    folder = tmp_path / "out"
    written = export(challenge, folder)
    sent = {path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    sent -= set(challenge.starter.values())  # a calibration submission may keep a file of the starter as it was
    hidden = [
        path
        for part in ("hidden_tests", "twins", "calibration", "seeded_bugs", "rubric.toml", "requirements.toml")
        for path in [challenge.folder / part, *(challenge.folder / part).rglob("*")]
        if path.is_file() and path.stat().st_size > 200
    ]

    assert len(written) == len([path for path in folder.rglob("*") if path.is_file()])
    assert (folder / "BRIEF.md").is_file()
    assert (folder / "submission.toml").is_file()
    assert hidden
    assert [path for path in hidden if path.read_bytes() in sent] == []


def test_export_does_not_write_into_a_full_folder(tmp_path: Path) -> None:
    """Nothing of the user's is overwritten."""
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(ChallengeError, match="not empty"):
        export(load("lead-ingestion"), tmp_path)
