"""Emails: the key of a lead, and the rule for a good one."""

from __future__ import annotations

import unicodedata

LOCAL_PART_MOST = 64
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters without a width, as they come along when an address is copied from a web page."""


def trimmed(email: str) -> str:
    """An email without what stands around it: spaces of all kinds and characters that nobody sees."""
    before = None
    while before != email:
        before = email
        email = email.strip().strip(_UNSEEN)
    return email


def key_of(email: str) -> str:
    """The key of the lead with this email: trimmed and lower-cased, and nothing else."""
    return trimmed(email).lower()


def is_valid(email: str) -> bool:
    """Whether a trimmed email meets the rule of the brief."""
    local, at, domain = email.partition("@")
    if not at or "@" in domain or not 1 <= len(local) <= LOCAL_PART_MOST:
        return False
    labels = domain.split(".")
    return len(labels) > 1 and all(labels) and not any(map(_forbidden, email))


def _forbidden(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) == "Cc"
