"""What a program can't take from the examiner: its memory, threads, ports and time. Each would be an error of ours."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from examination import ROOM
from examiner import CandidateFault, Twin, journal, strictjson
from examiner import twin as twins
from examiner.order import Order
from examiner.ports import taking_a_port
from examiner.room import Room

assert ROOM.is_dir()
CALL = b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000


@pytest.fixture
def twin() -> Iterator[Twin]:
    made = Twin()
    yield made
    made.close()


def said(twin: Twin, request: bytes) -> bytes:
    """The beginning of what a twin answers, or nothing where it closes."""
    with socket.create_connection(("127.0.0.1", twin.port), timeout=5) as caller:
        try:
            caller.sendall(request)
            return caller.recv(200)
        except ConnectionError:
            return b""


def test_a_journal_takes_so_much_memory_and_no_more(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large bodies fill it long before their number does; what comes then is closed, and is no failure of ours."""
    monkeypatch.setattr(journal, "MEMORY_LIMIT", 500_000)
    answers = [said(twin, CALL) for _ in range(8)]

    assert [b" 404 " in answer for answer in answers] == [True] * 4 + [False] * 4
    assert len(twin.journal) == 4
    assert twin.trouble is None


def test_a_full_journal_passes_nobody(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls that could not be kept were made: a test that looks for them fails by that, whatever it hopes to see."""
    monkeypatch.setattr(journal, "CALLS_LIMIT", 2)
    for _ in range(2):
        said(twin, b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
    assert len(twin.calls("/x")) == 2
    said(twin, b"GET /y HTTP/1.1\r\nHost: x\r\n\r\n")
    with pytest.raises(CandidateFault, match="beyond the first 2 could not be kept"):
        twin.calls("/y")


def test_many_small_headers_cost_more_than_their_bytes(twin: Twin) -> None:
    """What a call takes in memory is counted with the objects around its texts."""
    said(twin, b"GET / HTTP/1.1\r\n" + b"".join(b"h%d: y\r\n" % number for number in range(90)) + b"\r\n")

    assert twin.calls()[0].cost() > 10_000


def test_a_head_is_bounded_as_a_whole(twin: Twin) -> None:
    """Ninety headers, each of a length that is allowed: such a call is refused, and nothing of it is kept."""
    head = b"GET / HTTP/1.1\r\n" + b"".join(b"h%d: " % number + b"y" * 60_000 + b"\r\n" for number in range(90))

    said(twin, head + b"\r\n")
    assert b" 404 " in said(twin, b"GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [call.path for call in twin.calls()] == ["/next"]


def test_all_twins_together_take_so_many_connections(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Callers of one twin leave the examiner its threads, also where there are other twins."""
    monkeypatch.setattr(twins, "_PLACES", threading.BoundedSemaphore(2))
    other = Twin()
    callers = [socket.create_connection(("127.0.0.1", twin.port), timeout=5) for _ in range(2)]
    try:
        for caller in callers:
            caller.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b" 404 " in caller.recv(200)
        assert said(other, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    finally:
        for caller in callers:
            caller.close()
        other.close()


def test_a_thread_that_can_not_start_takes_no_place(twin: Twin, monkeypatch: pytest.MonkeyPatch) -> None:
    """When threads run out for a moment, the twin serves again afterwards."""
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr(twins, "_PLACES", places)

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as starved:
        starved.setattr(threading.Thread, "start", refuse)
        assert said(twin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b""
    assert b" 404 " in said(twin, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")


def test_ports_that_are_gone_are_the_programs_fault() -> None:
    """Only the program can have taken so many; any other trouble with a port is ours."""
    with pytest.raises(CandidateFault, match="No port of the loopback is left"), taking_a_port():
        raise OSError(errno.EADDRINUSE, "Address already in use")
    with pytest.raises(PermissionError), taking_a_port():
        raise PermissionError(errno.EACCES, "Permission denied")


def test_an_answer_of_a_million_parts_is_not_built() -> None:
    """They are counted before any is made; a usual answer has a few thousand."""
    with pytest.raises(strictjson.NotStrict, match="too many parts"):
        strictjson.loads(b"[" + b"[]," * 400_000 + b"0]", strictjson.MANY_PARTS)
    assert len(strictjson.loads(b"[" + b"[]," * 100_000 + b"0]", strictjson.MANY_PARTS)) == 100_001


@pytest.mark.parametrize(("exam", "wanted", "given"), [(300, 60, 60), (300, 200, 135), (100, 60, 45), (1, 60, 0)])
def test_a_test_has_half_of_what_is_left_of_the_exam(exam: float, wanted: float, given: float, tmp_path: Path) -> None:
    """So a program that is slow everywhere fails its tests, and the exam comes to its end all the same."""
    room = Room(Order(None, 1, "nonce", exam_seconds=exam), tmp_path)
    room.begin_test(wanted)
    if given:
        assert given - 2 < room.patience.allow("answer", 1_000) <= given
        return
    with pytest.raises(CandidateFault, match="time of this test was used up"):
        room.patience.allow("answer", 1)
    with pytest.raises(CandidateFault, match="time of this test was used up"):
        room.program.start({})
