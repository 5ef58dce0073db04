"""What came of a call of the submission's library: a value or an exception, read strictly from what crossed.

The worker's answer, and the line in it that the process of the candidate's wrote, are two layers; neither is believed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from . import strictjson
from .expect import CandidateFault, check, show
from .worker import OUTPUT_BYTES, Answer, clip

VALUE_BYTES = 4 * 1024 * 1024
"""Of one result, as JSON."""
KINDS = ("value", "made", "raised", "not json", "no import", "no such name")


@dataclass(frozen=True, slots=True)
class Called:
    """What came of a call that ended: a value, or an exception (`types`: its class and all that it is derived from).

    `printed` and `errors` are the beginnings of what it wrote to stdout and stderr.
    """

    shown: str
    seconds: float
    types: tuple[str, ...] = ()
    message: str = ""
    printed: str = field(default="", repr=False)
    errors: str = field(default="", repr=False)
    place: str = ""
    result: Any = None

    @property
    def raised(self) -> str:
        """The name of the exception's class, or an empty text when the call returned."""
        return self.types[0] if self.types else ""

    @property
    def value(self) -> Any:
        """What it returned; CandidateFault when it raised instead."""
        if self.types:
            raise CandidateFault("raised", f"{self.shown} raised {self.told()}", expected="a value")
        return self.result

    def raises(self, name: str) -> bool:
        """Whether it raised an exception of this class, or of one derived from it."""
        return name in self.types

    def expect_raised(self, name: str, *, given: object = "") -> Called:
        """Itself, when it raised that; Unmet otherwise."""
        observed = f"raised {self.told()}" if self.types else f"returned {show(self.result)}"
        check(self.raises(name), given=given or self.shown, expected=f"raises {name}", observed=observed)
        return self

    def told(self) -> str:
        """The exception in words."""
        at = f" ({self.place})" if self.place else ""
        return f"{self.raised}: {self.message}{at}" if self.message else f"{self.raised}{at}"


def read_called(answer: Answer, shown: str, *, made: bool) -> Called:
    """What came of the call, from the worker's answer; CandidateFault where nothing did."""
    ended = answer.text("ended", 40)
    if ended == "unable":
        raise CandidateFault("start", f"No call could be made in the sandbox ({answer.text('detail', 500)}).")
    if ended == "gone":
        raise CandidateFault("closed", f"{shown}: an earlier call of this session has ended the process.")
    seconds = answer.number("seconds", 86_400)
    printed = answer.data("stdout", OUTPUT_BYTES).decode("utf-8", "replace")
    errors = answer.data("stderr", OUTPUT_BYTES).decode("utf-8", "replace")
    tail = (errors or printed)[-300:].strip()
    last = f" It had printed: {show(tail)}" if tail else " It had printed nothing."
    if ended == "answered":
        return _called(answer.data("answer", VALUE_BYTES), shown, seconds, printed, errors, made=made)
    code = answer.integer("exit_code", 255)
    raise {
        "exited": CandidateFault(
            "closed", f"{shown} ended the process (exit code {code}) and returned nothing.{last}", expected="a value"
        ),
        "deadline": CandidateFault(
            "slow", f"{shown} did not return within {seconds:.1f} s; it was ended.{last}", expected="a value"
        ),
        "memory": CandidateFault(
            "memory",
            f"{shown} was killed for want of memory after {seconds:.1f} s.{last}",
            expected="to stay within the memory that the brief names",
        ),
        "output": CandidateFault("too large", f"{shown} printed without end and was ended.", expected="a value"),
        "long": CandidateFault("too large", f"{shown} returned more than {VALUE_BYTES} bytes of JSON."),
    }.get(ended) or CandidateFault("malformed", f"What came back about {shown} is not in form: {show(ended)}.")


def _called(line: bytes, shown: str, seconds: float, printed: str, errors: str, *, made: bool) -> Called:
    """The line that the process of the candidate's wrote, which may hold anything."""
    try:
        told = strictjson.loads(line)
    except strictjson.NotStrict as trouble:
        raise CandidateFault("malformed", f"{shown}: what came back is not proper JSON ({trouble}).") from None
    kind = told.get("kind") if isinstance(told, dict) else None
    if kind not in KINDS or kind == ("value" if made else "made") or (kind == "value" and "value" not in told):
        raise CandidateFault("malformed", f"{shown}: what came back is no answer to a call: {show(told)[:300]}")
    if kind in ("value", "made"):
        return Called(shown, seconds, printed=printed, errors=errors, result=told.get("value"))
    message, place = (_text(told.get(name)) for name in ("message", "place"))
    if kind == "not json":
        raise CandidateFault("malformed", f"{shown} returned what is not JSON: {message}", expected="a value of JSON")
    names = told.get("types")
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise CandidateFault("malformed", f"{shown}: what came back is no answer to a call: {show(told)[:300]}")
    called = Called(shown, seconds, tuple(_text(name) for name in names[:50]), message, printed, errors, place)
    if kind == "raised":
        return called
    subject = shown.partition("(")[0]
    if kind == "no such name":
        raise CandidateFault("start", f"{subject} is not there: {called.told()}.", expected=f"{subject} to be there")
    module = subject.partition(":")[0]
    raise CandidateFault(
        "start",
        f"{module} could not be imported: {called.told()}. Python finds modules of the repository's root and of src/.",
        expected=f"a module {module} that can be imported",
        output=errors[-2_000:],
    )


def _text(value: object) -> str:
    return show(value)[:1_000] if isinstance(value, str) else ""


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def shown_called(called: Called, *, made: bool) -> str:
    """What came of a call, as the record of the test shows it."""
    if called.types:
        first = f"raised {called.told()}"
    else:
        value = _json(called.result).encode("utf-8", "replace")
        first = "returned an object" if made else f"returned {clip(value, len(value))}"
    lines = [f"{first}\nafter {called.seconds:.2f} s"]
    for name, text in (("stdout", called.printed), ("stderr", called.errors)):
        if text:
            lines.append(f"[{name}]\n{clip(text.encode('utf-8', 'replace'), len(text.encode('utf-8', 'replace')))}")
    return "\n".join(lines)
