"""The first example of the brief, called as the hidden tests call your library: by name, with plain data."""

import importlib
import json

import pytest


def call(target: str, *arguments: object) -> object:
    """What "module:name" returns for these arguments, after a way through JSON, which all values have to survive."""
    module, _, name = target.partition(":")
    function = getattr(importlib.import_module(module), name)
    return json.loads(json.dumps(function(*json.loads(json.dumps(arguments)))))


def test_the_first_example() -> None:
    assert call("greeting:greet", "Ada") == "Hello, Ada!"


def test_a_name_is_needed() -> None:
    with pytest.raises(ValueError):
        call("greeting:greet", "")


def test_each_guest_once() -> None:
    book = importlib.import_module("greeting").GuestBook()
    for name in ("Grace", "Ada", "Grace"):
        book.sign(name)
    assert book.guests() == ["Grace", "Ada"]
