"""Who is greeted, and how."""

import random

import pytest
from examiner import Room, check, check_equal

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("greeting"), pytest.mark.dimension("correctness")]

NAMES = ("Ada", "Grace", "Barbara", "Radia", "Frances")


@pytest.mark.requirement("R-greeting-1")
def test_greets_by_name(room: Room, dice: random.Random) -> None:
    """Whoever is named is greeted by name."""
    name = dice.choice(NAMES)
    ran = room.command.run([name], seconds=5).expect_exit(0)
    check_equal(ran.text().strip(), f"Hello, {name}!", given=f"greet {name}", what="standard output")


@pytest.mark.requirement("R-greeting-2")
def test_greets_a_file_of_names(room: Room, dice: random.Random) -> None:
    """A file of names becomes a file of greetings, in the same order."""
    names = sorted(dice.sample(NAMES, 3), reverse=True)
    ran = room.command.run(
        ["--from", "names.txt", "--to", "greetings.txt"],
        files={"names.txt": "".join(f"{name}\n" for name in names)},
        collect=["greetings.txt"],
        seconds=5,
    ).expect_exit(0)
    wanted = [f"Hello, {name}!" for name in names]
    check_equal(ran.file_text("greetings.txt").split("\n")[:3], wanted, given=names, what="lines of greetings.txt")


@pytest.mark.requirement("R-greeting-3")
def test_no_name(room: Room) -> None:
    """Without a name the command refuses, and says why on standard error."""
    ran = room.command.run(seconds=5).expect_exit(2)
    check_equal(ran.text(), "", given="greet", what="standard output")
    check(bool(ran.errors().strip()), given="greet", expected="a word on standard error", observed="nothing there")


@pytest.mark.tier("robustness")
def test_letters_beyond_ascii(room: Room) -> None:
    """A name with letters beyond ASCII comes back as it was given."""
    ran = room.command.run(["Zoë"], seconds=5).expect_exit(0)
    check_equal(ran.text().strip(), "Hello, Zoë!", given="greet Zoë", what="standard output")
