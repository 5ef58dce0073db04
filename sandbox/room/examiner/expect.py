"""How a hidden test says what it wanted: given, expected, observed; and how it says whose fault a failure is."""

from __future__ import annotations

import json

SHOWN = 2_000
"""Characters of one value that a record keeps."""


class Unmet(AssertionError):  # noqa: N818  (a finding about the program, not an error of ours)
    """The program did not do what the test asks. The texts go into the report as they are."""

    def __init__(self, given: str, expected: str, observed: str) -> None:
        super().__init__(f"Expected {expected}; observed {observed}. Given: {given}")
        self.given = show(given)
        self.expected = show(expected)
        self.observed = show(observed)


class CandidateFault(AssertionError):  # noqa: N818  (as above)
    """The program broke the ground rules: refused a connection, took too long, sent what is no answer.

    `kind` is one of "start", "refused", "closed", "slow", "malformed", "too large", "memory", "raised".
    """

    def __init__(self, kind: str, message: str, *, expected: str = "", output: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.expected = expected
        self.output = output


class ExaminerError(Exception):
    """Our own side failed (the channel, a twin, a test's use of this library): never the candidate's fault."""


def check(met: bool, *, given: object, expected: object, observed: object) -> None:
    """Raise Unmet unless `met`; the three others say what was given, wanted and seen (texts or plain values)."""
    if not met:
        raise Unmet(show(given), show(expected), show(observed))


def check_equal(observed: object, expected: object, *, given: object, what: str = "") -> None:
    """Raise Unmet unless both are equal and of one kind, at every depth (True is not 1, nor 1 "1").

    `what` names what is compared.
    """
    label = f"{what} = " if what else ""
    same = observed == expected and _booleans(observed) == _booleans(expected)
    check(same, given=given, expected=f"{label}{show(expected)}", observed=f"{label}{show(observed)}")


def _booleans(value: object) -> object:
    """The shape of a value with its truth values alone: two equal values that differ here took True for 1."""
    if isinstance(value, dict):
        return {name: _booleans(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_booleans(item) for item in value]
    return value if isinstance(value, bool) else None


def show(value: object) -> str:
    """A short text of a value: a text stays itself, other plain data becomes JSON, the rest its repr."""
    if isinstance(value, str):
        text = value
    else:
        try:
            text = json.dumps(value, ensure_ascii=False, default=repr)
        except (TypeError, ValueError):
            text = repr(value)
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    return text if len(text) <= SHOWN else f"{text[:SHOWN]} [cut: {len(text) - SHOWN} more characters]"
