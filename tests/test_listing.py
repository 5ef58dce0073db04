"""Whether an index gave the bytes that it lists, by its page; what can't be known is not held against anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from package_index import Served, serve_index

from sandbox.listing import gave_other_bytes

TOLD = """error: Failed to download `{name}==1.0`
  cause: Hash mismatch for `{name}==1.0`

         Expected:
           sha256:{expected}

         Computed:
           sha256:{came}"""


@pytest.fixture
def served() -> Iterator[Served]:
    with serve_index() as index:
        yield index


def told(came: str, *, name: str = "hello-world", expected: str = "e" * 64) -> str:
    return TOLD.format(name=name, expected=expected, came=came)


def test_bytes_that_are_listed_are_the_index_s_own(served: Served) -> None:
    """Any of its files, by any spelling of its name: then it is the lock that is wrong. Others: the index."""
    listed = served.add("hello-world", "1.0", {"a.py": "1"})
    older = served.add("hello-world", "0.9", {"a.py": "0"})
    for came in (listed, older):
        assert gave_other_bytes(served.index, told(came)) is None
        assert gave_other_bytes(served.index, told(came, name="Hello_World")) is None
    assert gave_other_bytes(served.index, told("c" * 64, expected=listed)) == "hello-world"


def test_another_index_may_list_it(served: Served) -> None:
    """With extra indexes, any of them; one that does not answer is left out."""
    listed = served.add("hello-world", "1.0", {"a.py": "1"})
    with serve_index() as other:
        other.add("hello-world", "1.0", {"a.py": "2"})
        both = replace(served.index, urls=(*other.index.urls, *served.index.urls))
        assert gave_other_bytes(both, told(listed)) is None
        assert gave_other_bytes(both, told("c" * 64)) == "hello-world"
        other.fault = "500"
        assert gave_other_bytes(both, told("c" * 64)) == "hello-world"
        served.fault = "drop"
        assert gave_other_bytes(both, told("c" * 64)) is None


@pytest.mark.parametrize("said", ["", "Hash mismatch for `x", told("c" * 64, name="../x"), told("c" * 64, name="y")])
def test_what_can_not_be_known(served: Served, said: str) -> None:
    """No project is named, or the index has no page of it."""
    served.add("hello-world", "1.0", {"a.py": "1"})
    assert gave_other_bytes(served.index, said) is None


def test_a_page_that_is_too_long(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What we did not read may list it."""
    monkeypatch.setattr("sandbox.listing.PAGE_BYTES", 100)
    served.add("hello-world", "1.0", {"a.py": "1"})
    assert gave_other_bytes(served.index, told("c" * 64)) is None
