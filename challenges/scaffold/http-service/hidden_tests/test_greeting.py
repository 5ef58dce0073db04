"""Who is greeted, and how."""

import random

import pytest
from examiner import Client, Room, check_equal

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("greeting"), pytest.mark.dimension("correctness")]

NAMES = ("Ada", "Grace", "Barbara", "Radia", "Frances")


@pytest.fixture
def client(room: Room) -> Client:
    """The program, running; tests that change nothing share it."""
    return room.program.ensure({})


@pytest.mark.requirement("R-greeting-1")
def test_health(client: Client) -> None:
    """The program says that it is healthy."""
    check_equal(client.get("/health").status, 200, given="GET /health", what="status")


@pytest.mark.requirement("R-greeting-2")
def test_greets_by_name(client: Client, dice: random.Random) -> None:
    """Whoever gives a name is greeted by it."""
    name = dice.choice(NAMES)
    answer = client.get("/greeting", {"name": name})
    check_equal(answer.status, 200, given=f"GET /greeting?name={name}", what="status")
    check_equal(answer.text(), f"Hello, {name}!", given=f"GET /greeting?name={name}", what="text")


@pytest.mark.requirement("R-greeting-3")
def test_no_name(client: Client) -> None:
    """Without a name the request is refused."""
    check_equal(client.get("/greeting").status, 400, given="GET /greeting", what="status")


@pytest.mark.tier("robustness")
def test_letters_beyond_ascii(client: Client) -> None:
    """A name with letters beyond ASCII comes back as it was sent."""
    answer = client.get("/greeting", {"name": "Zoë"})
    check_equal(answer.text(), "Hello, Zoë!", given="GET /greeting?name=Zoë", what="text")
