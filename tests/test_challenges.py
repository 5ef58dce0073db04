"""Challenge packs are loaded whole, or refused with the file and what to do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from challenges import ChallengeError, export, load, load_all, load_calibration
from challenges.challenge import BUILT_IN


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
