"""Emails: what makes one valid, and the key that stands for a person."""

from __future__ import annotations

import re

AROUND = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u200b\u200c\u200d\u2060\ufeff"
"""What is trimmed: every space of Unicode, and what has no width and comes along from web pages."""

BLANK_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")

LONGEST_LOCAL_PART = 64


def trimmed(text: str) -> str:
    """The text without spaces of any kind around it."""
    return text.strip(AROUND)


def key_of(text: str) -> str:
    """The key of a lead: trimmed and lower-cased, and nothing else."""
    return trimmed(text).lower()


def objection(text: str) -> str | None:
    """None for a good email, else the code that the brief gives the row."""
    address = trimmed(text)
    if not address:
        return "missing_email"
    return None if _is_valid(address) else "invalid_email"


def _is_valid(address: str) -> bool:
    if address.count("@") != 1 or BLANK_OR_CONTROL.search(address):
        return False
    local, domain = address.split("@")
    labels = domain.split(".")
    return 1 <= len(local) <= LONGEST_LOCAL_PART and len(labels) > 1 and all(labels)
