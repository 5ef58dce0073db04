"""What the tests share: two twins, one program at a time with its settings, and the order that spares restarts."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from clay import ClayTwin
from enrichment import EnrichmentTwin
from examiner import Room
from people import tag
from service import RETRY_BASE, Restart, Service

TURNS = ("service", "offline", "crowded", "restart", "limited", "misconfigured", "start_without_secret")
"""Fixtures that want a program with settings of their own, in the order in which their tests run."""

Start = Callable[[dict[str, str]], Service]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one program run together: one program runs at a time, and a start costs a second or more."""

    def turn(item: pytest.Item) -> int:
        names = getattr(item, "fixturenames", ())
        return max((place for place, name in enumerate(TURNS) if name in names), default=0)

    items.sort(key=turn)


@pytest.fixture(scope="session")
def session_dice(room: Room) -> random.Random:
    """Randomness of the whole exam: secrets, names of webhooks."""
    return room.dice("session")


def _secret(dice: random.Random, kind: str) -> str:
    return f"{kind}_{dice.randrange(16**24):024x}"


@pytest.fixture(scope="session")
def clay(room: Room, session_dice: random.Random) -> ClayTwin:
    return room.add(ClayTwin(_secret(session_dice, "cwt"), tag(session_dice)))


@pytest.fixture(scope="session")
def provider(room: Room, session_dice: random.Random) -> EnrichmentTwin:
    return room.add(EnrichmentTwin(_secret(session_dice, "enr")))


@pytest.fixture(scope="session")
def inbound_secret(session_dice: random.Random) -> str:
    return _secret(session_dice, "in")


@pytest.fixture(scope="session")
def secrets(clay: ClayTwin, provider: EnrichmentTwin, inbound_secret: str) -> dict[str, str]:
    """The three secrets by the name of their setting."""
    return {
        "CLAY_WEBHOOK_AUTH": clay.token,
        "CLAY_INBOUND_SECRET": inbound_secret,
        "ENRICH_API_KEY": provider.api_key,
    }


@pytest.fixture(scope="session")
def settings(clay: ClayTwin, provider: EnrichmentTwin, secrets: dict[str, str]) -> dict[str, str]:
    """Both integrations on, impatient, and Clay's limit out of the way."""
    return {
        **secrets,
        "CLAY_WEBHOOK_URL": clay.webhook,
        "ENRICH_BASE_URL": provider.url,
        "ENRICH_TIMEOUT_SECONDS": "1",
        "RETRY_BASE_SECONDS": str(RETRY_BASE),
        "CLAY_RATE_PER_SECOND": "500",
        "CLAY_BURST": "500",
    }


@pytest.fixture(scope="session")
def offline_settings(inbound_secret: str) -> dict[str, str]:
    """Both integrations off."""
    return {"CLAY_INBOUND_SECRET": inbound_secret}


@pytest.fixture(scope="session")
def start(room: Room, inbound_secret: str) -> Start:
    """The running program with these settings: tests that want the same ones share it."""

    def ensure(settings: dict[str, str]) -> Service:
        return Service(room.program.ensure(settings), room.patience, inbound_secret)

    return ensure


@pytest.fixture
def service(start: Start, settings: dict[str, str]) -> Service:
    """Both integrations on."""
    return start(settings)


@pytest.fixture
def offline(start: Start, offline_settings: dict[str, str]) -> Service:
    """Both integrations off: for what is about many rows."""
    return start(offline_settings)


@pytest.fixture
def crowded(start: Start, offline_settings: dict[str, str]) -> Service:
    """Both integrations off, in a program of its own: what it is left with would be in the way of every other test."""
    return start({**offline_settings, "RETRY_BASE_SECONDS": str(RETRY_BASE)})


@pytest.fixture(scope="session")
def limits(session_dice: random.Random) -> tuple[int, int]:
    """Clay's rate a second and burst in the tests about them."""
    return session_dice.choice([12, 13, 14]), session_dice.choice([12, 14, 16])


@pytest.fixture(scope="session")
def limited_settings(settings: dict[str, str], limits: tuple[int, int]) -> dict[str, str]:
    """Clay's limit in force, the provider off."""
    rate, burst = limits
    return {**settings, "CLAY_RATE_PER_SECOND": str(rate), "CLAY_BURST": str(burst), "ENRICH_BASE_URL": ""}


@pytest.fixture
def limited(start: Start, limited_settings: dict[str, str]) -> Service:
    """Clay's limit in force, the provider off."""
    return start(limited_settings)


@pytest.fixture
def misconfigured(start: Start, settings: dict[str, str], clay: ClayTwin) -> Service:
    """A revoked API key, a webhook that is gone."""
    webhook = f"{clay.webhook}-replaced"
    return start({**settings, "ENRICH_API_KEY": "a-key-that-was-revoked", "CLAY_WEBHOOK_URL": webhook})


@pytest.fixture
def start_without_secret(room: Room, start: Start, offline_settings: dict[str, str]) -> Callable[[], Service]:
    """Starts the program without CLAY_INBOUND_SECRET, which it may refuse; it has come up with it before."""
    if not room.program.healthy_once:
        start(offline_settings)
    return lambda: start({name: value for name, value in offline_settings.items() if name != "CLAY_INBOUND_SECRET"})


@pytest.fixture
def restart(room: Room, inbound_secret: str) -> Restart:
    """restart(settings) starts the program again on the data that it left."""

    def again(settings: dict[str, str]) -> Service:
        return Service(room.program.start(settings, keep_data=True), room.patience, inbound_secret)

    return again
