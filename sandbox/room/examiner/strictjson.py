"""JSON from a program that may mean harm: one meaning or none.

Refused: bytes that are not UTF-8, lone surrogates, NaN and Infinity, a name twice in one object, numbers too long to be
meant, more than MAX_DEPTH levels.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_DIGITS = 400
"""Python refuses integers of more than 4,300 digits with a bare ValueError, after quadratic work: stop well before."""


MANY_PARTS = 300_000
"""Fields and items in an answer. Eight MiB of the smallest ones take 260 MiB of memory, and a test may read several of
these at a time; so many parts take thirty."""


class NotStrict(ValueError):  # noqa: N818  (reads as the sentence that it is)
    """The bytes are no JSON that has one meaning; the text says why."""


def loads(data: bytes, most_parts: int | None = None) -> Any:
    """The value of a JSON text in UTF-8; NotStrict otherwise, and where it seems to have more than `most_parts`."""
    if most_parts is not None and sum(data.count(mark) for mark in (b",", b"{", b"[")) > most_parts:
        raise NotStrict("too many parts")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as trouble:
        raise NotStrict(f"not UTF-8 at byte {trouble.start}") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_number,
        )
    except NotStrict:
        raise
    except (ValueError, RecursionError) as trouble:
        raise NotStrict(f"not JSON: {trouble}") from None
    _check(value)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise NotStrict(f"the name {name[:80]!r} stands twice in one object")
            seen.add(name)
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise NotStrict(f"{name} is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise NotStrict("a number is too long")
    return int(digits)


def _number(digits: str) -> float:
    if len(digits) > MAX_DIGITS:
        raise NotStrict("a number is too long")
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise NotStrict("a number is out of range")
    return value


def _check(value: Any) -> None:
    """Look through all levels and texts, without recursion; the parser itself stops at Python's own depth."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        deeper: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(item)
                deeper.extend(item.values())
            elif isinstance(item, list):
                deeper.extend(item)
            elif isinstance(item, str) and not _is_text(item):
                raise NotStrict("a text holds half of a surrogate pair")
        if not deeper:
            return
        level = deeper
    raise NotStrict(f"nested deeper than {MAX_DEPTH} levels")


def _is_text(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
