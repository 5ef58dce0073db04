"""`harness challenge attack`: what ships is sound, each result is told, and a defence that is off is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sound_pack import ID, make_sound_pack

from challenges import Challenge, load
from graders import Grade, Outcome
from harness.attack import Tried, attack
from harness.attack_file import CANARY, shipped
from harness.attack_trial import WAYS, over, planted
from harness.cli import cli
from harness.progress import Progress

SHIPPED = {one.id: one for one in shipped()}


@pytest.fixture(scope="module")
def packs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sound_pack(tmp_path_factory.mktemp("packs"))


def tell(packs: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["challenge", "attack", ID, "--challenges", str(packs), "-q", *options])


def test_what_ships_is_sound() -> None:
    """Forty attacks over five surfaces; each has a way that there is, files, and something that it is judged by."""
    assert len(SHIPPED) >= 40
    assert {name[0] for name in SHIPPED} >= set("tsnre")
    for one in SHIPPED.values():
        assert one.way in WAYS, one.id
        assert one.files, one.id
        judged = one.expected.model_dump(exclude_defaults=True)
        assert judged or one.way != "probe", f"{one.id} expects nothing: it could not fail"
        assert not CANARY.search(b"".join(one.files.values()).decode()), one.id
    assert sum(one.way == "laid" for one in SHIPPED.values()) >= 9
    assert sum(one.way == "program" for one in SHIPPED.values()) >= 9


@pytest.mark.parametrize(("held", "code"), [(True, 0), (None, 0), (False, 1)])
def test_each_result_is_told(packs: Path, monkeypatch: pytest.MonkeyPatch, held: bool | None, code: int) -> None:
    """A line an attack, why it was not held or not tried, counts at the end; one that was not held is exit code 1."""

    def made_up(challenge: Challenge, progress: Progress, only: Sequence[str]) -> Iterator[Tried]:
        yield Tried(SHIPPED["t01-report-hook"], True, (), 1.0)
        yield Tried(SHIPPED["n01-egress"], held, () if held else ("::error::because\x1b[2J",), 1.0)

    monkeypatch.setattr("harness.attack.attack", made_up)
    done = tell(packs)

    assert done.exit_code == code
    assert done.stdout.startswith("✓ held       t01-report-hook")
    assert {True: "✓ held      ", False: "✗ not held  ", None: "– not tried "}[held] + " n01-egress" in done.stdout
    assert ("because" in done.stdout) == (held is not True)
    assert "\x1b" not in done.stdout
    assert f"{1 + (held is True)} held, {int(held is False)} not held, {int(held is None)} not tried." in done.stdout


def test_an_attack_that_there_is_not_and_the_list(packs: Path) -> None:
    """An unknown name is a mistake in the command line; the list names all and tries none."""
    done = tell(packs, "--only", "t99-nothing")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "There is no attack t99-nothing. Attacks: e15-examiner-from-inside, " in done.stderr
    listed = tell(packs, "--list")
    assert (listed.exit_code, len(listed.stdout.splitlines())) == (0, len(SHIPPED))


def test_a_copy_of_the_pack_is_planted(packs: Path, tmp_path: Path) -> None:
    """The secret stands in each hidden test and twin of the copy, and nowhere in the pack itself."""
    copy = planted(load(ID, packs), tmp_path, "canary-of-this-test")
    texts = [path.read_text() for path in copy.hidden_tests.rglob("*.py")]
    assert texts
    assert all(text.endswith("# canary-of-this-test\n") for text in texts)
    assert not [path for path in packs.rglob("*.py") if "canary-of-this-test" in path.read_text()]


def test_python_of_both_stands_at_one_place() -> None:
    """An attack's conftest.py comes after the submission's own; anything else replaces what was there."""
    before = {"conftest.py": b"theirs = 1", "pytest.ini": b"theirs", "kept": b"kept"}
    after = {"conftest.py": b"ours = 2", "pytest.ini": b"ours"}
    assert over(before, after) == {"conftest.py": b"theirs = 1\nours = 2", "pytest.ini": b"ours", "kept": b"kept"}


SOME = ("n01-egress", "t03-leave-at-import", "t17-hidden-tests-read", "t34-leaves-at-once")


@pytest.mark.docker
def test_a_sound_pack_holds(packs: Path) -> None:
    """One attack of each way, for real: all held."""
    done = tell(packs, *(word for name in SOME for word in ("--only", name)))

    assert done.exit_code == 0, done.output
    assert f"{len(SOME)} held, 0 not held, 0 not tried." in done.stdout


@pytest.mark.docker
def test_a_defence_that_is_off_is_noticed(packs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a network, with a program that finds a hidden test, with own tests that are believed: not held, and why."""
    import sandbox.container
    from harness import attack_trial

    creation = sandbox.container.creation

    def bridged(*arguments: Any) -> dict[str, Any]:
        options = creation(*arguments)
        if options["host_config"]["network_mode"] == "none" and arguments[1].role == "sandbox":
            options["host_config"]["network_mode"] = "bridge"
        return options

    def believed(case: Any) -> Grade:
        told.append(case)
        return Grade(Outcome.FAILED if len(told) == 1 else Outcome.PASSED, "", {}, ())

    def given_away(files: dict[str, bytes], laid: dict[str, bytes]) -> dict[str, bytes]:
        return {**over(files, laid), "left.txt": next(iter(known.values())).encode()}

    told: list[Any] = []
    known: dict[str, str] = {}
    plant: Callable[..., Challenge] = attack_trial.planted

    def planting(challenge: Challenge, into: Path, secret: str) -> Challenge:
        known["hidden tests"] = secret
        return plant(challenge, into, secret)

    monkeypatch.setattr("sandbox.container.creation", bridged)
    monkeypatch.setattr("harness.attack.planted", planting)
    monkeypatch.setattr("harness.attack_trial.over", given_away)
    monkeypatch.setattr("harness.attack_trial.GRADERS", {"own_tests": believed})
    with Progress(quiet=True) as progress:
        tried = {one.attack.id: one for one in attack(load(ID, packs), progress, SOME[:3])}

    assert {name: one.held for name, one in tried.items()} == dict.fromkeys(SOME[:3], False)
    assert "broke: " in tried["n01-egress"].why[0]
    assert "own_tests is passed" in " ".join(tried["t03-leave-at-import"].why)
    assert "leak: the secret of the hidden tests" in " ".join(tried["t17-hidden-tests-read"].why)
