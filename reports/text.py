"""Text that others wrote, made safe to look at.

Nothing here escapes for HTML: Jinja does that at the last moment. What is done here is what no escaping
does: characters that a reader cannot see, or that turn a line around, are written out (`\\x1b`, `\\u202e`),
and long texts are cut in the middle, because the head says what it is and the tail says how it ended.
"""

from __future__ import annotations

import re

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSEEN = "\u200b\u2028\u2029\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_SURROGATES = "\ud800-\udfff"

HIDDEN = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f{_BIDI}{_UNSEEN}{_SURROGATES}]")
"""Controls (C0 but for tab and line feed, DEL, C1), direction controls, unseen characters, lone surrogates.

Joiners (U+200C, U+200D) stay: Persian and emoji need them.
"""


def escaped(character: str) -> str:
    """One character as `\\x1b`, `\\u202e` or `\\U000e0041`, the way Python writes it."""
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def visible(text: str) -> str:
    """The text with line ends unified and every hidden character written out."""
    unified = text.replace("\r\n", "\n")
    return HIDDEN.sub(lambda match: escaped(match.group()), unified)


def shortened(text: str, limit: int) -> str:
    """At most about `limit` characters: two thirds from the head, the rest from the tail, and how many are
    left out.
    """
    if len(text) <= limit:
        return text
    head = limit * 2 // 3
    tail = limit - head
    left_out = len(text) - head - tail
    return f"{text[:head]} […{left_out:,} characters left out…] {text[len(text) - tail :]}"


def apart(one: str, other: str, limit: int) -> tuple[str, str]:
    """Two texts to be read beside one another, so that a cut to `limit` characters leaves in where they part.

    Both lose what they share at their head when one of them is too long and the cut would hide the difference.
    """
    if max(len(one), len(other)) <= limit or one == other:
        return one, other
    pairs = zip(one, other, strict=False)
    shared = next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    if shared <= limit // 2:
        return one, other
    start = shared - limit // 4
    return f"[…] {one[start:]}", f"[…] {other[start:]}"


def block(text: str, limit: int) -> str:
    """A text of many lines, ready to stand in a page: cut first, so that 10 MB cost nothing."""
    return visible(shortened(text, limit)).strip("\n")


def line(text: str, limit: int = 200) -> str:
    """The text on one line, ready to stand in a sentence, a table or a list."""
    flat = " ".join(text[: limit * 4].split())
    cut = flat if len(flat) <= limit and len(text) <= limit * 4 else flat[: limit - 1].rstrip() + "…"
    return visible(cut)


def count(number: int, noun: str, plural: str | None = None) -> str:
    """`1 entry`, `2 entries`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
