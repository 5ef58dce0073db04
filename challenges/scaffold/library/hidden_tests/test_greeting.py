"""Who is greeted, and what is remembered."""

import random

import pytest
from examiner import Room, check_equal

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("greeting"), pytest.mark.dimension("correctness")]

NAMES = ("Ada", "Grace", "Barbara", "Radia", "Frances")


@pytest.mark.requirement("R-greeting-1")
def test_greets_by_name(room: Room, dice: random.Random) -> None:
    """Whoever is named is greeted by name."""
    name = dice.choice(NAMES)
    called = room.library.call("greeting:greet", [name], seconds=5)
    check_equal(called.value, f"Hello, {name}!", given=called.shown, what="result")


@pytest.mark.requirement("R-greeting-2")
def test_no_name(room: Room) -> None:
    """An empty name is refused."""
    room.library.call("greeting:greet", [""], seconds=5).expect_raised("ValueError")


@pytest.mark.category("guests")
@pytest.mark.requirement("R-guests-1")
def test_guests_in_their_order(room: Room, dice: random.Random) -> None:
    """The guest book names each guest once, in the order of their coming."""
    names = sorted(dice.sample(NAMES, 3), reverse=True)
    with room.library.session() as session:
        book = session.make("greeting:GuestBook")
        check_equal(book.call("guests").value, [], given="a new book", what="guests")
        for name in [*names, names[0]]:
            book.call("sign", [name])
        check_equal(book.call("guests").value, names, given=f"signed by {[*names, names[0]]}", what="guests")


@pytest.mark.tier("robustness")
def test_letters_beyond_ascii(room: Room) -> None:
    """A name with letters beyond ASCII comes back as it was given."""
    called = room.library.call("greeting:greet", ["Zoë"], seconds=5)
    check_equal(called.value, "Hello, Zoë!", given=called.shown, what="result")
