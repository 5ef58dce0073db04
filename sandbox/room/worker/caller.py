"""The far end of a library call: imports the candidate's module, calls, and writes what came of it as one line of JSON.

Runs in one process with the candidate's code, so nothing that it says is believed: the examiner reads it strictly.
Given as source to `python3 -c` with the numbers of two pipes; stdout and stderr are the candidate's.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import math
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # `typing` would be one module more beside the candidate's
    from typing import Any

DEPTH, DIGITS, TEXT = 60, 400, 2_000
FOLDER = os.path.abspath("") + os.sep  # noqa: PTH100 - one module less beside the candidate's
"""The submission's."""


class NotJson(Exception):  # noqa: N818 - reads as the sentence that it is
    """The value has no form in JSON; the text says what and where."""


def plain(value: object, place: str = "", depth: int = 0) -> object:
    """The value as plain JSON: tuples become lists, subclasses of plain kinds what they stand for."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) >= 10**DIGITS:
            raise NotJson(f"an int of more than {DIGITS} digits{at(place)}")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotJson(f"the float {float(value)}{at(place)}")
        return float(value)
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise NotJson(f"a str with half of a surrogate pair{at(place)}") from None
        return str.__str__(value)
    if not isinstance(value, (list, tuple, dict)):
        raise NotJson(f"{kind(value)}{at(place)}")
    if depth >= DEPTH:
        raise NotJson(f"nested deeper than {DEPTH} levels")
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                raise NotJson(f"a dict with a key of type {kind(key)}{at(place)}")
        return {plain(key): plain(item, f"{place}.{key[:40]}", depth + 1) for key, item in value.items()}
    return [plain(item, f"{place}[{number}]", depth + 1) for number, item in enumerate(value)]


def at(place: str) -> str:
    return f" at {place[:200]}" if place else ""


def kind(value: object) -> str:
    return type(value).__name__


def raised(reason: BaseException) -> dict[str, object]:
    """What was raised, with every class that it belongs to, and the last place in a file of the submission."""
    place, step = "", reason.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name.startswith(FOLDER) and "site-packages" not in name:
            place = f"{name[len(FOLDER) :]}:{step.tb_lineno}"
        step = step.tb_next
    try:
        message = str(reason)[:TEXT].encode("utf-8", "replace").decode()
    except BaseException as other:  # noqa: BLE001 - the candidate's own class may do anything
        message = f"(its message could not be had: {kind(other)})"
    return {"types": [known.__name__ for known in type(reason).__mro__][:50], "message": message, "place": place}


def found(owner: Any, path: str) -> Any:
    for name in path.split("."):
        owner = getattr(owner, name)
    return owner


def called(call: dict[str, Any], made: dict[Any, Any]) -> dict[str, object]:
    """What came of one call, as plain data."""
    if call["on"] is None:
        module, _, path = call["target"].partition(":")
        try:
            owner = importlib.import_module(module)
        except BaseException as reason:  # noqa: BLE001 - a module may raise anything
            return {"kind": "no import", **raised(reason)}
    else:
        owner, path = made[call["on"]], call["target"]
    try:
        subject = found(owner, path)
    except BaseException as reason:  # noqa: BLE001 - looking a name up may run the candidate's code too
        return {"kind": "no such name", **raised(reason)}
    try:
        value = subject if call["get"] else subject(*call["args"], **call["kwargs"])
        if call["keep"] is not None:
            made[call["keep"]] = value
            return {"kind": "made", "types": [kind(value)]}
        return {"kind": "value", "value": plain(value)}
    except NotJson as reason:
        return {"kind": "not json", "message": str(reason)}
    except BaseException as reason:  # noqa: BLE001 - what is raised is the answer
        return {"kind": "raised", **raised(reason)}


def main() -> None:
    asked, answered = int(sys.argv[1]), int(sys.argv[2])
    sys.argv[1:] = []
    made: dict[Any, Any] = {}
    dumps, loads, write = json.dumps, json.loads, os.write
    with os.fdopen(asked, "rb") as requests:
        for line in requests:
            answer = called(loads(line), made)
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(BaseException):  # it may be the candidate's own
                    stream.flush()
            left = memoryview(dumps(answer).encode() + b"\n")
            while left:
                left = left[write(answered, left) :]


if __name__ == "__main__":
    main()
