"""Time that counts: what a stalled machine swallows must not be held against the program."""

from __future__ import annotations

STALL = 0.5
"""A sleep that ends this many seconds late was a stall of the machine, not a wait for the program."""


def lost(planned: float, took: float) -> float:
    """Seconds by which a sleep of `planned` seconds was stalled; 0 for the usual lateness of a busy machine."""
    return took - planned if took - planned > STALL else 0.0
