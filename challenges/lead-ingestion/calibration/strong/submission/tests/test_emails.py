"""Emails: the key, and what counts as an address."""

import pytest

from app.emails import email_key, is_email


@pytest.mark.parametrize(
    "email",
    [
        "ann@example.com",
        "ann+tag@example.com",
        "o'brien@example.com",
        "a@b.co",
        "ann@mail.eu.example.co.uk",
        "ann@example.photography",
        "ann@bücher.example",
        "x" * 64 + "@example.com",
    ],
)
def test_real_addresses_pass(email):
    assert is_email(email)


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ann",
        "ann@",
        "@example.com",
        "ann@example",
        "ann@@example.com",
        "ann@b@example.com",
        "ann@example..com",
        "ann@.example.com",
        "ann@example.com.",
        "an n@example.com",
        "ann@exam ple.com",
        "an\u00a0n@example.com",
        "an\tn@example.com",
        "an\x00n@example.com",
        "x" * 65 + "@example.com",
    ],
)
def test_what_cannot_be_right_does_not_pass(email):
    assert not is_email(email)


def test_key_is_trimmed_and_lower_case_and_nothing_else():
    assert email_key(" Ann.Lee+CRM@GMail.com\t") == "ann.lee+crm@gmail.com"


def test_invisible_spaces_around_an_address_are_not_part_of_it():
    assert email_key("\ufeff\u200b\u00a0ann@example.com\u200b ") == "ann@example.com"
