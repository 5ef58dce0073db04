"""Turns: a Markdown transcript cut where a speaker's mark stands alone on a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Speaker = TypeVar("Speaker")
_FENCE = re.compile(r"^ {0,3}(`{3,60}|~{3,60})(.*)$")


@dataclass(frozen=True, slots=True)
class Turn(Generic[Speaker]):
    """`line` is the mark's, from 1; `lines` is what follows it, with `opaque` telling which stand inside a fence."""

    speaker: Speaker
    line: int
    lines: tuple[str, ...]
    opaque: tuple[bool, ...]

    @property
    def text(self) -> str:
        """What was said, without the rule that divides it from the next turn."""
        return trimmed(self.lines)


def trimmed(lines: Sequence[str]) -> str:
    """The lines as a text, without blank lines and rules around it."""
    start, end = 0, len(lines)
    while start < end and lines[start].strip() in ("", "---"):
        start += 1
    while end > start and lines[end - 1].strip() in ("", "---"):
        end -= 1
    return "\n".join(lines[start:end])


def fenced(lines: Sequence[str]) -> list[bool]:
    """Which lines stand inside a code fence, its marks included. A fence that nothing closes is no fence."""
    inside = [False] * len(lines)
    closers: dict[str, list[tuple[int, int]]] = {"`": [], "~": []}
    for place, line in enumerate(lines):
        if (mark := _FENCE.match(line)) and not mark[2].strip():
            closers[mark[1][0]].append((place, len(mark[1])))
    at = {"`": 0, "~": 0}
    hopeless = {"`": 999, "~": 999}
    place = 0
    while place < len(lines):
        mark = _FENCE.match(lines[place])
        if mark is None or (mark[1][0] == "`" and "`" in mark[2]):
            place += 1
            continue
        sign, size = mark[1][0], len(mark[1])
        known = closers[sign]
        while at[sign] < len(known) and known[at[sign]][0] <= place:
            at[sign] += 1
        end = None
        if size < hopeless[sign]:
            end = next((known[n][0] for n in range(at[sign], len(known)) if known[n][1] >= size), None)
            if end is None:
                hopeless[sign] = size
        if end is None:
            place += 1
            continue
        inside[place : end + 1] = [True] * (end + 1 - place)
        place = end + 1
    return inside


def turns(lines: Sequence[str], speaker: Callable[[str], Speaker | None]) -> list[Turn[Speaker]]:
    """The turns; what stands before the first mark belongs to none.

    A mark inside a fence is none, unless a rule (`---`) stands right before it: tools write one there, and the text
    above may hold a fence that was never closed.
    """
    inside = fenced(lines)
    found: list[tuple[Speaker, int]] = []
    ruled = False
    for place, line in enumerate(lines):
        if not line.strip():
            continue
        who = speaker(line) if not inside[place] or ruled else None
        if who is not None:
            found.append((who, place))
        ruled = line.strip() == "---"
    if not found:
        return []
    ends = [place for _, place in found[1:]] + [len(lines)]
    return [
        Turn(who, place + 1, tuple(lines[place + 1 : end]), tuple(inside[place + 1 : end]))
        for (who, place), end in zip(found, ends, strict=True)
    ]
