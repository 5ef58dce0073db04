"""What a hidden test may ask for by name: the room, and randomness of its own."""

from __future__ import annotations

import random

import pytest

from .room import Room

ROOM = pytest.StashKey[Room]()
"""Where the plug-in leaves the room for the fixtures."""


@pytest.fixture(scope="session")
def room(pytestconfig: pytest.Config) -> Room:
    """The program, the twins, the waits."""
    return pytestconfig.stash[ROOM]


@pytest.fixture
def dice(room: Room, request: pytest.FixtureRequest) -> random.Random:
    """Randomness that follows from the exam's seed and this test's id."""
    return room.dice(request.node.nodeid)
