"""The attack corpus, held: each attack fails on us, and the contrasts succeed where their one defence is off."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from attack_corpus import SURFACES, Attack, Objection, Planted, Seen, attacks, objections
from attack_ground import Ground, metered
from attack_ways import ON_THE_ENGINE, WAYS, WEAK

ATTACKS = attacks()
TRIED: dict[str, list[Objection]] = {}
"""By id, what was objected to each attack that was tried in this process."""


def marked(attack: Attack) -> list[pytest.MarkDecorator]:
    on_the_engine = attack.way in ON_THE_ENGINE or attack.told.get("engine", False)
    return [pytest.mark.docker] * on_the_engine + [pytest.mark.slow] * attack.slow


EVERY = [pytest.param(attack, id=attack.id, marks=marked(attack)) for attack in ATTACKS]
CONTRASTED = [pytest.param(attack, id=attack.id, marks=marked(attack)) for attack in ATTACKS if attack.contrast]


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Ground]:
    with pytest.MonkeyPatch.context() as weakening:
        yield Ground(Planted.into(tmp_path, monkeypatch), tmp_path, weakening, request.getfixturevalue)


def keep(attack: Attack, seen: Seen, found: list[Objection], *, weak: bool) -> None:
    """Note what came of an attack where `bin/measure-attacks` asked for it."""
    if path := os.environ.get("HARNESS_ATTACKS_RESULTS"):
        told = {"id": attack.id, "weak": weak, "seconds": seen.seconds, "objections": [str(one) for one in found]}
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")


@pytest.mark.parametrize("attack", EVERY)
def test_the_attack_is_held(attack: Attack, ground: Ground) -> None:
    """No outcome moves, no secret comes out, no marker appears on the host, and it costs no more than it may."""
    seen = metered(WAYS[attack.way], attack, ground)
    found = objections(attack, seen, ground.planted)
    TRIED[attack.id] = found
    keep(attack, seen, found, weak=False)

    assert not found, "\n".join([*map(str, found), seen.text[-3_000:]])


@pytest.mark.parametrize("attack", CONTRASTED)
def test_without_its_defence_the_attack_succeeds(attack: Attack, ground: Ground) -> None:
    """The corpus bites: the same attack on the weak variant succeeds in the way that it is said to."""
    assert attack.contrast is not None
    seen = metered(WEAK[attack.contrast.without], attack, ground)
    found = objections(attack, seen, ground.planted)
    keep(attack, seen, found, weak=True)

    assert attack.contrast.succeeds in {one.kind for one in found}, "\n".join([*map(str, found), seen.text[-3_000:]])


KINDS = ("plain", pytest.param("slow", marks=pytest.mark.slow), pytest.param("engine", marks=pytest.mark.docker))
"""The choices of tests that are run apart; each has its count at the end."""


@pytest.mark.parametrize("kind", KINDS)
def test_no_outcome_was_forged_nothing_leaked_no_marker_lies_on_the_host(kind: str) -> None:
    """Over all attacks that were tried so far: forged outcomes 0 of N, leaks 0 of N, markers 0 of N."""
    kinds = Counter(one.kind for found in TRIED.values() for one in found)

    assert (kinds["forged"], kinds["leak"], kinds["marker"]) == (0, 0, 0), f"of {len(TRIED)} attacks: {dict(kinds)}"


def test_the_corpus_is_large_and_bites() -> None:
    """At least ninety attacks over every surface, at least fifteen with a contrast; each names a way that there is."""
    surfaces = Counter(attack.surface for attack in ATTACKS)
    assert len(ATTACKS) >= 90
    assert set(surfaces) == set(SURFACES)
    assert len([attack for attack in ATTACKS if attack.contrast]) >= 15
    for attack in ATTACKS:
        assert attack.row.startswith(attack.surface), attack.id
        assert attack.id.startswith(f"{attack.row.lower()}-"), attack.id
        assert attack.way in WAYS, attack.id
        assert attack.contrast is None or attack.contrast.without in WEAK, attack.id
        judged = attack.expected.model_dump(exclude_defaults=True)
        assert judged, f"{attack.id} expects nothing: it could not fail"
