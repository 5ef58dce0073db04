"""The examiner's waits: bounded, shorter for what never comes, fair to a program on a machine that stalls."""

from __future__ import annotations

import time
from contextlib import nullcontext

import pytest
from examination import ROOM  # noqa: F401  (makes the examiner importable)
from examiner import CandidateFault, Patience, Unmet, check_equal, pick, pick_list
from examiner.clock import lost


def wait(patience: Patience, seconds: float, good: bool = False, kind: str = "import") -> float:
    began = time.monotonic()
    expectation = nullcontext() if good else pytest.raises(Unmet, match="seen")
    with expectation:
        patience.until(lambda: "seen", lambda _: good, kind=kind, seconds=seconds, given="g", expected="e")
    return time.monotonic() - began


def test_waits_in_vain_grow_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """After two full waits of a kind in vain the next ones are short; another kind is not, and a success heals."""
    patience = Patience()
    for _ in range(2):
        patience.in_vain("clay")
    assert patience.allow("clay", 20) == 2.0
    assert patience.allow("import", 20) == 20
    for _ in range(3):
        patience.in_vain("clay")
    assert patience.allow("clay", 20) == 0.5
    patience.came("clay")
    assert patience.allow("clay", 20) == 20


def test_a_wait_ends_with_what_was_seen() -> None:
    """A wait that ends in nothing is Unmet with the last sight; one that is met returns at once."""
    patience = Patience()
    assert 0.2 <= wait(patience, 0.2) < 1
    assert wait(patience, 5, good=True) < 0.5


def test_the_test_has_a_budget() -> None:
    """When the test's time is used up, the next wait is the program's fault at once."""
    patience = Patience()
    patience.begin_test(0.1)
    assert wait(patience, 30) < 1
    with pytest.raises(CandidateFault, match="time of this test"):
        patience.allow("answer", 1)


def test_stalls_do_not_count() -> None:
    """Usual lateness counts, a sleep that ends much later than asked does not."""
    assert lost(0.1, 0.3) == 0
    assert lost(0.1, 5.1) == pytest.approx(5.0)


def test_picking_never_raises() -> None:
    """What the program did not send is None, or an empty list."""
    odd = {"a": [{"b": 1}, 7], "c": None}
    assert pick(odd, "a", 0, "b") == 1
    for path in (("a", "b"), ("a", 5), ("c", "d"), ("x",), ("a", 1, "z")):
        assert pick(odd, *path) is None
    assert pick_list(odd, "c") == []


def test_equal_means_the_same_kind() -> None:
    """True is not 1: a program that answers the one for the other is told so."""
    check_equal(1, 1, given="x")
    with pytest.raises(Unmet):
        check_equal(True, 1, given="x")
