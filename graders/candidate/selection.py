"""A selection: which of the listed sessions go out, typed as numbers and ranges ("1,3-5", "all", "none", "-2")."""

from __future__ import annotations

import re

_RANGE = re.compile(r"(-?)(\d{1,5})(?:\s*(?:-|\.\.)\s*(\d{1,5}))?")


class SelectionError(Exception):
    """What was typed can't be understood; the message says what can."""


def selected(text: str, count: int) -> tuple[int, ...]:
    """The numbers (from 1) that a text selects out of `count`. A minus leaves out; only with minuses, all others stay.

    Raises SelectionError for anything else, and for a number that is not in the list.
    """
    words = [word for word in re.split(r"[,;\s]+", re.sub(r"\s*(-|\.\.)\s+", r"\1", text.strip().casefold())) if word]
    if not words or words in (["none"], ["no"], ["n"], ["0"]):
        return ()
    taken: set[int] = set()
    left: set[int] = set()
    for word in words:
        if word in ("all", "a", "*", "yes", "y"):
            taken.update(range(1, count + 1))
            continue
        match = _RANGE.fullmatch(word)
        if match is None:
            raise SelectionError(
                f"{word[:20]!r} is not understood: type numbers (1,3-5), -2 to leave one out, all, none."
            )
        first, last = int(match[2]), int(match[3] or match[2])
        if not 1 <= first <= last <= count:
            raise SelectionError(f"{word[:20]!r} is not in the list: the numbers go from 1 to {count}.")
        (left if match[1] else taken).update(range(first, last + 1))
    return tuple(sorted((taken or set(range(1, count + 1))) - left))
