"""The examiner's side of a command line and a library, against a worker in whose place the submission speaks."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from contract_worker import Started, command, library
from examination import Behaviour, answer, drip, endless, say, server
from examiner import CandidateFault, ExaminerError, Log, Patience, Program, Room, Unmet, check_equal
from examiner import program as program_module
from examiner import worker as worker_module
from examiner.channel import Channel
from examiner.order import read_order
from examiner.worker import LOSSES, Worker

PRINTED = base64.b64encode(b"Hello").decode()
RAN = {
    "ended": "exited",
    "exit_code": 0,
    "seconds": 0.1,
    "stdout": PRINTED,
    "stdout_bytes": 5,
    "stderr": "",
    "stderr_bytes": 0,
    "files": {},
    "refused": {},
}
CALLED = {
    "ended": "answered",
    "exit_code": 0,
    "seconds": 0.1,
    "answer": base64.b64encode(b'{"kind": "value", "value": 1}').decode(),
    "stdout": "",
    "stdout_bytes": 0,
    "stderr": "",
    "stderr_bytes": 0,
}


Ask = Callable[..., object]


def run(started: Started, seconds: float = 10.0) -> object:
    return command(started).run(["x"], collect=["out.txt"], seconds=seconds)


def call(started: Started, seconds: float = 10.0) -> object:
    return library(started).call("a:b", seconds=seconds).value


def met(ask: Ask, behaviour: Behaviour, **more: float) -> tuple[CandidateFault, Started]:
    """The fault that asking meets, and what was done to the sandbox then."""
    with server(behaviour) as (port, _):
        started = Started(port)
        with pytest.raises(CandidateFault) as caught:
            ask(started, **more)
    return caught.value, started


def body(value: object) -> bytes:
    return answer(value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(worker_module, "ANSWER_BYTES", 1 << 20)


def test_answers_in_form_are_read() -> None:
    """What the cases below spoil is read when it is sound."""
    with server(say(body(RAN))) as (port, _):
        assert run(Started(port)).stdout == b"Hello"  # type: ignore[attr-defined]
    with server(say(body(CALLED))) as (port, _):
        assert call(Started(port)) == 1


@pytest.mark.parametrize("ask", [run, call])
@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (endless(b"HTTP/1.1 200 OK\r\n\r\n"), "too large"),
        (endless(b""), "too large"),
        (say(b""), "closed"),
        (say(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"), "closed"),
        (say(b"Hello, Ada!\n"), "malformed"),
        (say(body(b"Hello, Ada!")), "malformed"),
        (say(body(b'{"ended": "exited", "ended": "answered"}')), "malformed"),
        (say(body(b'{"ended": "exited", "seconds": NaN}')), "malformed"),
        (say(body(b"[" * 100_000)), "malformed"),
        (say(body(b"\xff\xfe")), "malformed"),
        (say(body([])), "malformed"),
        (say(body({"ended": 1})), "malformed"),
        (say(body({})), "malformed"),
    ],
)
def test_an_answer_that_is_none_ends_the_sandbox(ask: Ask, behaviour: Behaviour, kind: str) -> None:
    """Huge, broken off, ambiguous: the submission's fault, and the next request meets a new sandbox."""
    fault, started = met(ask, behaviour)
    assert fault.kind == kind
    assert "harness's own process" in str(fault)
    assert "HTTP" not in str(fault)
    assert started.asked == ["state", "kill"]


@pytest.mark.parametrize("ask", [run, call])
@pytest.mark.parametrize("behaviour", [lambda connection, head: time.sleep(1), drip(body(RAN), 0.05)])
def test_silence_ends_at_the_deadline(ask: Ask, behaviour: Behaviour) -> None:
    """Neither a worker that says nothing nor one that says a letter now and then holds the exam."""
    fault, started = met(ask, behaviour, seconds=0.1)
    assert fault.kind == "slow"
    assert "was stopped or kept from working" in str(fault)
    assert started.asked == ["state", "kill"]


@pytest.mark.parametrize(
    "change",
    [
        {"ended": "won"},
        {"ended": None},
        {"ended": "x" * 1_000},
        {"exit_code": "0"},
        {"exit_code": True},
        {"exit_code": -1},
        {"exit_code": 256},
        {"seconds": "fast"},
        {"seconds": -1},
        {"seconds": 10**12},
        {"stdout": 5},
        {"stdout": "&&&&"},
        {"stdout": base64.b64encode(b"x" * 1_100_000).decode()[:1_000_001]},
        {"stdout_bytes": None},
        {"stdout_bytes": 1 << 50},
        {"files": []},
        {"files": {"other.txt": ""}},
        {"files": {"out.txt": 1}},
        {"refused": {"out.txt": 1}},
        {"refused": {"other.txt": "gone"}},
    ],
)
def test_a_run_of_wrong_kinds_is_no_run(change: dict[str, Any]) -> None:
    """Every field is held against its kind and its limits."""
    fault, _ = met(run, say(body({**RAN, **change})))
    assert fault.kind == "malformed"


@pytest.mark.parametrize(
    "told",
    [
        "",
        "1",
        "[]",
        "{}",
        '{"kind": "passed"}',
        '{"kind": "made"}',
        '{"kind": "value"}',
        '{"kind": "value", "value": NaN}',
        '{"kind": "value", "value": 1, "value": 2}',
        '{"kind": "value", "value": ' + "[" * 70 + "]" * 70 + "}",
        '{"kind": "raised"}',
        '{"kind": "raised", "types": []}',
        '{"kind": "raised", "types": "ValueError", "message": "x"}',
        '{"kind": "raised", "types": [1]}',
        '{"kind": {}}',
    ],
)
def test_a_call_of_wrong_kinds_is_no_call(told: str) -> None:
    """What the process of the candidate's wrote is held against the few forms that there are."""
    for line in (told, base64.b64encode(told.encode()).decode()):  # as it is, it is no base64 either
        fault, _ = met(call, say(body({**CALLED, "answer": line})))
        assert fault.kind == "malformed"


def test_an_answer_of_a_million_parts_is_not_built() -> None:
    """Small parts cost a hundred times their bytes in memory: they are counted before they are parsed."""
    parts = b'{"ended": "exited", "more": [' + b"{}," * 20_000 + b"{}]}"
    fault, _ = met(run, say(body(parts)))
    assert "too many parts" in str(fault)


def test_a_claim_of_trouble_is_no_error_of_ours() -> None:
    """The worker's word that it was unable comes from a place that the submission holds: it fails, and never errs."""
    for ask in (run, call):
        fault, _ = met(ask, say(body({"ended": "unable", "detail": "the harness is broken"})))
        assert fault.kind == "start"


def test_long_texts_are_cut() -> None:
    """What a report shows of an exception is bounded, whatever the process says."""
    told = json.dumps({"kind": "raised", "types": ["E" * 5_000] * 100, "message": "m" * 100_000, "place": {"a": 1}})
    with server(say(body({**CALLED, "answer": base64.b64encode(told.encode()).decode()}))) as (port, _):
        called = library(Started(port)).call("a:b")
    assert len(called.told()) < 3_000
    assert len(called.types) == 50


def test_who_ends_our_process_again_and_again_is_left_alone() -> None:
    """After some losses no sandbox is made any more, so that the exam comes to its end."""
    with server(say(b"")) as (port, heads):
        started = Started(port)
        worker = Worker(started, Patience(), "command")  # type: ignore[arg-type]
        for _ in range(LOSSES + 3):
            with pytest.raises(CandidateFault) as caught:
                worker.ask("/run", {})
        assert len(heads) == LOSSES + 1
    assert "not started again" in str(caught.value)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [([1], [True]), ({"a": {"b": 0}}, {"a": {"b": False}}), (True, 1), ([[], 1], [[], "1"])],
)
def test_equal_values_are_of_one_kind_at_every_depth(observed: object, expected: object) -> None:
    """True is not 1 inside lists and objects either, since results cross as JSON."""
    with pytest.raises(Unmet):
        check_equal(observed, expected, given="x")
    check_equal(observed, observed, given="x")


class Silent(Channel):
    """A channel whose harness starts nothing, and says so of whatever it is asked."""

    def ask(self, op: str, **fields: object) -> dict[str, Any]:
        return {"running": False, "exit_code": 1, "text": "no python3"} if op in ("state", "output") else {}


def test_a_worker_that_does_not_come_up_is_our_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the candidate's has run there yet; for a service the same is the program's fault."""
    monkeypatch.setattr(program_module, "WORKER_START_SECONDS", 0.1)
    ours, theirs = (
        Program(Silent(tmp_path), Patience(), Log(), start_seconds=0.1, ours=ours) for ours in (True, False)
    )
    with pytest.raises(ExaminerError, match="The harness's own process did not come up"):
        command(ours).run(["x"])  # type: ignore[arg-type]
    with pytest.raises(CandidateFault):
        theirs.ensure({})


@pytest.mark.parametrize("contract", ["http-service", "command-line", "library"])
def test_a_room_gives_what_its_contract_names(contract: str, tmp_path: Path) -> None:
    """A hidden test that reaches for another kind is our error, with the field to mend."""
    order = tmp_path / "order.json"
    order.write_text(json.dumps({"seed": 1, "nonce": "n", "contract": contract, "command": "python3 -m tool"}))
    room = Room(read_order(order), tmp_path)
    for kind, name in (("command-line", "command"), ("library", "library")):
        if kind == contract:
            assert getattr(room, name)
            continue
        with pytest.raises(ExaminerError, match=f'needs contract = "{kind}" in challenge.toml'):
            getattr(room, name)
