"""The example packs, one a contract: each is complete, small, and proved by `harness challenge verify` as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from challenges import ChallengeError, load, new
from harness.cli import cli
from harness.progress import Progress
from harness.verify import RULES, verify
from reports import Proof

CONTRACTS = ("http-service", "command-line", "library")


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_new_pack_of_each_kind_loads(contract: str, tmp_path: Path) -> None:
    """It has its contract, a reference, two alternatives, and stays small; no name of the example is left in it."""
    done = CliRunner().invoke(cli, ["challenge", "new", "warm-welcome", str(tmp_path), "--contract", contract])
    challenge = load("warm-welcome", tmp_path)

    assert done.exit_code == 0, done.output
    assert f"harness challenge verify warm-welcome --challenges {tmp_path}" in done.output
    assert challenge.contract == contract
    assert challenge.title == "Warm welcome"
    assert len(challenge.examples) == 3
    assert challenge.submission.reference == "right"
    texts = {path: path.read_text() for path in challenge.folder.rglob("*") if path.is_file()}
    assert not [path for path, text in texts.items() if "CHALLENGE-" in text]
    assert sum(text.count("\n") for text in texts.values()) < 900


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_public_tests_fail_on_the_starter_and_pass_on_the_reference(contract: str, tmp_path: Path) -> None:
    """A candidate gets them with each kind of contract, and can hold a program against them as it is handed in."""
    pack = new("tiny", tmp_path, contract)[0].parent
    tests = "tests/test_public.py"
    counts = {}
    for folder in (pack / "starter", pack / "calibration" / "right" / "submission"):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests]
        environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        counts[folder.name] = (done.returncode, " failed" in done.stdout, " passed" in done.stdout)
    assert counts == {"starter": (1, True, False), "submission": (0, False, True)}
    for example in ("right", *load("tiny", tmp_path).examples):
        assert (pack / "calibration" / example / "submission" / tests).is_file()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_only_a_library_needs_no_line_to_start(contract: str, tmp_path: Path) -> None:
    """A service or a command without one is refused when the pack is loaded, with the field to mend."""
    new("tiny", tmp_path, contract)
    path = tmp_path / "tiny" / "challenge.toml"
    path.write_text("\n".join(line for line in path.read_text().splitlines() if not line.startswith("start = ")))
    if contract == "library":
        assert load("tiny", tmp_path).submission.start == ""
        return
    with pytest.raises(ChallengeError, match=rf"submission\.start: a {contract} needs a line to start"):
        load("tiny", tmp_path)


def test_a_contract_that_does_not_exist_is_told(tmp_path: Path) -> None:
    """The message lists those that there are, and nothing is written."""
    with pytest.raises(ChallengeError, match="Known: command-line, http-service, library"):
        new("tiny", tmp_path, "telepathy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.docker
@pytest.mark.parametrize("contract", ["command-line", "library"])
def test_a_new_pack_is_proved_as_it_is(contract: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every rule is held against it and none is broken (the HTTP service's is proved in test_verify)."""
    monkeypatch.setattr("harness.exam_rules.REPEATS", 3)
    monkeypatch.setattr("harness.exam_rules.UNDER_LOAD", 1)
    new("tiny", tmp_path, contract)
    with Progress(quiet=True) as progress:
        *rulings, proof = verify(load("tiny", tmp_path), tmp_path, progress)

    assert {ruling.rule: ruling.objections for ruling in rulings} == dict.fromkeys(RULES, ())  # type: ignore[union-attr]
    assert isinstance(proof, Proof)
    assert proof.held
