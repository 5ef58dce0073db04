"""Emails: the key of a lead, and whether a text is one."""

from __future__ import annotations

import unicodedata

LOCAL_PART_LIMIT = 64

# Spreadsheets and web pages leave these around a value: str.strip() takes no-break spaces, but not zero-width ones.
_INVISIBLE = "\u200b\u2060\ufeff"
_AROUND = _INVISIBLE + "".join(chr(c) for c in range(0x3001) if chr(c).isspace())


def trim(value: str) -> str:
    """The text without white space, seen or unseen, around it."""
    return value.strip(_AROUND)


def email_key(value: str) -> str:
    """The key: trimmed and lower-cased. Dots and plus tags stay: who ignores them is the mail provider's affair."""
    return trim(value).lower()


def is_email(key: str) -> bool:
    """Whether a key is an address by the rule of the brief.

    Deliberately wider than what most expressions for emails let through: apostrophes, plus tags and new or
    international domains are somebody's real address, and only delivery can tell the rest.
    """
    local, _, domain = key.partition("@")
    return (
        key.count("@") == 1
        and 1 <= len(local) <= LOCAL_PART_LIMIT
        and "." in domain
        and all(domain.split("."))
        and not any(letter.isspace() or unicodedata.category(letter) == "Cc" for letter in key)
    )
