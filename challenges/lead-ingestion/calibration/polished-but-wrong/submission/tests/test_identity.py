"""Who counts as the same person."""

import pytest

from intake.identity import InvalidEmail, identity_of, normalise


@pytest.mark.parametrize(
    "address",
    ["ada@example.com", "o'neil@mail.example.co.uk", "ada+news@example.com", "a@b.photography"],
)
def test_valid_addresses(address: str) -> None:
    assert normalise(f"  {address.upper()} ") == address


@pytest.mark.parametrize(
    "address",
    ["", "ada", "a@b@c.com", "a b@example.com", "@example.com", "a@example", "a@b..com", f"{'a' * 65}@b.com"],
)
def test_invalid_addresses(address: str) -> None:
    with pytest.raises(InvalidEmail):
        normalise(address)


@pytest.mark.parametrize("address", ["j.doe@example.com", "jdoe+crm@example.com", "jdoe@example.com"])
def test_decorated_addresses_are_one_person(address: str) -> None:
    assert identity_of(address) == "jdoe@example.com"
