"""TOML from strangers: tomllib, kept from the one kind of text that makes it take for ever."""

from __future__ import annotations

import re
import tomllib
from typing import Any

PARTS = 33
"""Parts of a dotted key, from which on a text is refused. Real ones have up to five."""

# tomllib takes time by the square of a dotted key's parts: 10,000 took 2.7 s, and one line can have a million.
# Nothing else that was tried took more than 6 s for 4 MiB. A key's parts are bare or quoted, with blanks around dots.
# The quantifiers are possessive and a match begins where a part begins, so that the search itself is linear.
_LONG_KEY = re.compile(
    r"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){%d}""" % (PARTS - 1)  # noqa: UP031  # braces
)


def parse(text: str) -> dict[str, Any]:
    """Return `text` as data. Raises ValueError for whatever is not TOML, is nested too deep, or has monstrous keys."""
    if _LONG_KEY.search(text):
        raise ValueError(f"a key has {PARTS} parts or more")
    try:
        return tomllib.loads(text)
    except RecursionError as problem:
        raise ValueError("it is nested too deep") from problem
