"""Our worker in the sandbox, as the examiner sees it: asked over the hardened client, and believed in nothing.

It shares its user with the candidate's code, which may end it or speak in its place. So an answer is bytes until it has
been read strictly, field by field; whatever is wrong with it is the submission's fault; and only that the worker did
not come up at all, in a room in which nothing of the candidate's had run yet, is ours.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from . import strictjson, wire
from .client import HOST, build
from .expect import CandidateFault, ExaminerError, show
from .patience import Patience
from .program import Program

SECONDS = 10.0
"""What one run or call may take, unless the test says otherwise."""
GRACE_SECONDS = 8.0
"""Beyond that, what the worker may take to end and clear away what it started."""
OUTPUT_BYTES = 1024 * 1024
"""Of what is printed, so much is read of each of stdout and stderr; the rest is counted."""
MOST_OUTPUT = 16 * 1024 * 1024
"""Who prints more is ended."""
REQUEST_BYTES = 44 * 1024 * 1024
ANSWER_BYTES = 16 * 1024 * 1024
ANSWER_PARTS = 10_000
"""Fields and items of an answer, whose long texts are all base64: many small ones would cost memory without end."""
LOSSES = 5
"""How often a worker that the submission ended or silenced is started again."""
SETTINGS_BYTES = 64 * 1024


class Worker:
    """Makes requests of the worker that `program` starts. `kind` is "command" or "library", for the messages."""

    def __init__(self, program: Program, patience: Patience, kind: str) -> None:
        self.program = program
        self._patience = patience
        self._kind = kind
        self._lost = 0

    def ask(self, path: str, fields: Mapping[str, object], seconds: float = SECONDS) -> Answer:
        """The worker's answer to one request, unread. CandidateFault when none came that can be read."""
        if self._lost > LOSSES:
            raise CandidateFault(
                "closed",
                f"The submission's code has ended or stopped {self._lost} times what runs it (the harness's own "
                "process in the sandbox); it is not started again.",
                expected=f"a {self._kind} that leaves other processes alone",
            )
        client = self.program.ensure({})
        allowed = self._patience.allow("answer", seconds)
        limits = {"output_bytes": OUTPUT_BYTES, "most_output": MOST_OUTPUT}
        request = encoded({**fields, **limits, "seconds": allowed}, f"The request of a {self._kind}")
        raw = build("POST", path, f"{HOST}:{client.port}", {"Content-Type": "application/json"}, request)
        try:
            reply = wire.exchange((HOST, client.port), raw, allowed + GRACE_SECONDS, ANSWER_BYTES)
            answer = Answer(strictjson.loads(reply.body, ANSWER_PARTS))
            ended = answer.text("ended", 40) if path != "/close" else ""
        except (CandidateFault, strictjson.NotStrict) as fault:
            raise self._disturbed(fault, allowed) from None
        if ended == "deadline":
            self._patience.in_vain("answer")
        else:
            self._patience.came("answer")
        return answer

    def _disturbed(self, fault: CandidateFault | strictjson.NotStrict, seconds: float) -> CandidateFault:
        """What is said of an answer that did not come; the next request meets a new sandbox."""
        self._lost += 1
        kind = fault.kind if isinstance(fault, CandidateFault) else "malformed"
        state = self.program.state()
        self.program.kill()
        if kind in ("malformed", "too large"):
            form = str(fault) if isinstance(fault, strictjson.NotStrict) else kind
            what = (
                f"What came back is not in the form in which the harness's own process in the sandbox answers ({form}):"
                " something in the submission took its place or disturbed it."
            )
        elif kind == "slow":
            self._patience.in_vain("answer")
            what = (
                f"Nothing came back within {seconds:g} s and the {GRACE_SECONDS:g} s that clearing up may take: the "
                "harness's own process in the sandbox was stopped or kept from working."
            )
        else:
            memory = ", for want of memory" if state.get("out_of_memory") else ""
            what = (
                f"The harness's own process in the sandbox, which runs the {self._kind}, was ended meanwhile{memory}."
            )
        return CandidateFault(kind, what, expected=f"a {self._kind} that leaves other processes alone")

    def restart(self) -> None:
        """A new sandbox: nothing that earlier runs or calls left anywhere is there any more."""
        self.program.start({})


class Answer:
    """The fields of an answer, each read with its kind and its limits; CandidateFault where one is not in form."""

    def __init__(self, value: Any) -> None:
        self._fields: dict[str, Any] = value if isinstance(value, dict) else {}

    def text(self, name: str, limit: int) -> str:
        value = self._fields.get(name)
        if not isinstance(value, str) or len(value) > limit:
            raise self._wrong(name)
        return value

    def number(self, name: str, highest: float) -> float:
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= highest:
            raise self._wrong(name)
        return float(value)

    def integer(self, name: str, highest: int) -> int:
        value = self._fields.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= highest:
            raise self._wrong(name)
        return value

    def data(self, name: str, limit: int) -> bytes:
        return self._decoded(name, self._fields.get(name), limit)

    def files(self, name: str, asked: Sequence[str], limit: int) -> dict[str, bytes]:
        """A mapping of names that were asked for to contents, together within the limit."""
        value = self._fields.get(name)
        if not isinstance(value, dict) or not set(value) <= set(asked):
            raise self._wrong(name)
        found = {key: self._decoded(name, content, limit) for key, content in value.items()}
        if sum(map(len, found.values())) > limit:
            raise self._wrong(name)
        return found

    def reasons(self, name: str, asked: Sequence[str]) -> dict[str, str]:
        """A mapping of names that were asked for to short texts."""
        value = self._fields.get(name)
        if not isinstance(value, dict) or not set(value) <= set(asked):
            raise self._wrong(name)
        if not all(isinstance(reason, str) for reason in value.values()):
            raise self._wrong(name)
        return {key: show(reason)[:200] for key, reason in value.items()}

    def _decoded(self, name: str, value: object, limit: int) -> bytes:
        if not isinstance(value, str) or len(value) > limit * 4 // 3 + 8:
            raise self._wrong(name)
        try:
            content = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise self._wrong(name) from None
        if len(content) > limit:
            raise self._wrong(name)
        return content

    def _wrong(self, name: str) -> CandidateFault:
        return CandidateFault(
            "malformed",
            f"What came back from the sandbox is not in form (its {name}): something in the submission took the place "
            "of the harness's own process there, or disturbed it.",
        )


def encoded(value: object, what: str) -> bytes:
    """A test's values as strict JSON; ExaminerError, since a value that can't cross is the test's mistake."""
    try:
        text = json.dumps(value, allow_nan=False)
        strictjson.loads(data := text.encode("ascii"))
    except (TypeError, ValueError, RecursionError) as trouble:
        raise ExaminerError(f"{what} can't cross as JSON: {trouble}") from trouble
    if len(data) > REQUEST_BYTES:
        raise ExaminerError(f"{what} has {len(data)} bytes; at most {REQUEST_BYTES} cross.")
    return data


def settings_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Environment variables for a run; ExaminerError where one is none."""
    for name, value in settings.items():
        if not name.isidentifier() or not isinstance(value, str) or "\0" in value:
            raise ExaminerError(f"The setting {name!r} is no environment variable.")
    if sum(len(name) + len(value) for name, value in settings.items()) > SETTINGS_BYTES:
        raise ExaminerError(f"The settings together are longer than {SETTINGS_BYTES} characters.")
    return dict(settings)


def clip(content: bytes, count: int, limit: int = 1_500) -> str:
    """The beginning of what was printed, for the record; `count` is how much there was."""
    text = content[: 4 * limit].decode("utf-8", errors="replace")[:limit]
    return text if count <= len(text.encode("utf-8")) else f"{text}\n[{count} bytes in all]"
