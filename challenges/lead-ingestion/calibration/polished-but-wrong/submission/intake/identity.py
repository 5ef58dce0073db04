"""Who is who: validation of an email address and the identity behind it."""

from __future__ import annotations


class InvalidEmail(ValueError):
    """The address can't be one; the message is fit for the import's error list."""


def normalise(address: str) -> str:
    """The address as it is stored and shown: trimmed, lower case. Raises InvalidEmail."""
    address = address.strip().lower()
    local, at, domain = address.partition("@")
    if not at or "@" in domain:
        raise InvalidEmail("An address has exactly one @.")
    if any(letter.isspace() or not letter.isprintable() for letter in address):
        raise InvalidEmail("An address has no spaces or control characters.")
    if not 0 < len(local) <= 64:
        raise InvalidEmail("The part before the @ has 1 to 64 characters.")
    labels = domain.split(".")
    if len(labels) < 2 or not all(labels):
        raise InvalidEmail("The domain is incomplete.")
    return address


def identity_of(email: str) -> str:
    """The mailbox behind a normalised address.

    Dots and plus tags in the local part are decoration: `j.doe+news@` and `jdoe@` reach the same person.
    """
    local, _, domain = email.partition("@")
    mailbox = local.split("+", 1)[0].replace(".", "")
    return f"{mailbox or local}@{domain}"
