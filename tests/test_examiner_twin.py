"""Twins: they do what is scripted, tell what they saw, and outlive a hostile caller."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from examination import ROOM
from examiner import Answer, Call, Patience, Twin, Unmet
from examiner import twin as twin_module


class ByName(Twin):
    """Scripts go by the query's name."""

    name = "test twin"

    def key(self, call: Call) -> str:
        return call.query.get("name", "")

    def usual(self, call: Call) -> Answer:
        return Answer(200, {"usual": True})


@pytest.fixture
def twin() -> Iterator[ByName]:
    made = ByName()
    yield made
    made.close()


def ask(
    twin: Twin, path: str, body: bytes | None = None, seconds: float = 5, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", twin.port, timeout=seconds)
    try:
        connection.request("POST" if body is not None else "GET", path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()


def test_answers_come_in_their_order(twin: ByName) -> None:
    """Scripted answers come one by one for each key, the last for ever; other keys get the usual one."""
    twin.script("ann", Answer(500, "down"), Answer(429, {}, {"Retry-After": "2"}), Answer(200, {"ok": 1}))
    answers = [ask(twin, "/?name=ann") for _ in range(4)]
    assert [status for status, _, _ in answers] == [500, 429, 200, 200]
    assert answers[1][2]["retry-after"] == "2"
    assert json.loads(answers[3][1]) == {"ok": 1}
    assert ask(twin, "/?name=bob")[1] == b'{"usual": true}'


def test_the_journal_keeps_every_call(twin: ByName) -> None:
    """Path, query, headers, body and a moment that only grows, for each call."""
    ask(twin, "/a?name=ann%2Bx", b'{"n": 1}', X_Key="k")
    ask(twin, "/b")
    first, second = twin.calls()
    assert (first.method, first.path, first.query, first.json(), first.size) == (
        "POST",
        "/a",
        {"name": "ann+x"},
        {"n": 1},
        8,
    )
    assert first.headers["x_key"] == "k"
    assert first.at < second.at
    assert twin.calls("ann+x") == [first]
    assert "-> 200" in twin.journal.lines(lambda call: True, 0.0, 10)[0]


@pytest.mark.slow
def test_hang_drip_drop_and_raw(twin: ByName) -> None:
    """A twin can be silent, slow, rude and wrong."""
    twin.script("hang", Answer(hang=20))
    twin.script("drop", Answer(drop=True))
    twin.script("raw", Answer(raw=b"no http at all\r\n\r\n"))
    twin.script("drip", Answer(200, "abcdef", drip=0.05))
    twin.script("late", twin_module.after(Answer(200, "x"), 0.2))
    with pytest.raises(TimeoutError):
        ask(twin, "/?name=hang", seconds=0.3)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(twin, "/?name=drop")
    with pytest.raises(http.client.BadStatusLine):
        ask(twin, "/?name=raw")
    for name in ("drip", "late"):
        began = time.monotonic()
        assert ask(twin, f"/?name={name}")[0] == 200
        assert time.monotonic() - began >= 0.2


def test_closing_ends_hangs() -> None:
    """A twin closes at once, though a caller hangs on it."""
    twin = ByName()
    twin.script("hang", Answer(hang=25))
    with socket.create_connection(("127.0.0.1", twin.port)) as caller:
        caller.sendall(b"GET /?name=hang HTTP/1.1\r\nHost: x\r\n\r\n")
        while not len(twin.journal):
            time.sleep(0.01)
        began = time.monotonic()
        twin.close()
        assert time.monotonic() - began < 2


def test_chunked_bodies_are_read(twin: ByName) -> None:
    """A caller may send its body in chunks."""
    with socket.create_connection(("127.0.0.1", twin.port)) as caller:
        caller.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
            b'4\r\n{"a"\r\n3\r\n:1}\r\n0\r\n\r\n'
        )
        assert caller.recv(100).startswith(b"HTTP/1.1 200")
    assert twin.calls()[0].json() == {"a": 1}


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00\xff\xfe garbage\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 5000 + b"\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 100,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        b"GET /?" + b"a=b&" * 1000 + b" HTTP/1.1\r\n\r\n",
        b"[" * 50_000,
    ],
)
def test_hostile_callers_stop_nothing(twin: ByName, request_bytes: bytes) -> None:
    """Whatever bytes a caller sends, the next caller is served, and nothing counts as our failure."""
    with socket.create_connection(("127.0.0.1", twin.port)) as caller:
        caller.sendall(request_bytes)
    assert ask(twin, "/?name=next")[0] == 200
    assert twin.trouble is None


def test_large_bodies_are_refused(twin: ByName) -> None:
    """A body beyond the limit is not read into memory: 413, with its size in the journal."""
    with socket.create_connection(("127.0.0.1", twin.port)) as caller:
        caller.sendall(b"POST /?name=big HTTP/1.1\r\nContent-Length: 50000000\r\n\r\n")
        assert b" 413 " in caller.recv(200)
    assert twin.calls("big")[0].size == 50_000_000


@pytest.mark.slow
def test_connections_are_bounded(twin: ByName, monkeypatch: pytest.MonkeyPatch) -> None:
    """More connections than the limit are closed as they come; when they end, callers are served again."""
    callers = [socket.create_connection(("127.0.0.1", twin.port)) for _ in range(twin_module.CONNECTIONS_LIMIT + 20)]
    for caller in callers:
        caller.close()
    for _ in range(100):
        try:
            assert ask(twin, "/")[0] == 200
            break
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
    else:
        pytest.fail("the twin does not recover")
    assert threading.active_count() < twin_module.CONNECTIONS_LIMIT


def test_a_twin_that_fails_says_so() -> None:
    """An exception in a twin's own code is kept as our trouble, and the caller gets a 500."""

    class Faulty(Twin):
        def usual(self, call: Call) -> Answer:
            raise RuntimeError("bug in the twin")

    twin = Faulty()
    try:
        assert ask(twin, "/")[0] == 500
        assert "bug in the twin" in str(twin.trouble)
    finally:
        twin.close()


def test_waiting_for_calls(twin: ByName) -> None:
    """A wait ends with the calls, or with what was seen instead."""
    patience = Patience()
    ask(twin, "/?name=ann")
    more = {"given": "one call", "expected": "calls", "key": "ann"}
    assert len(twin.wait_for(patience, lambda calls: len(calls) == 1, seconds=1, **more)) == 1
    with pytest.raises(Unmet, match="test twin"):
        twin.wait_for(patience, lambda calls: len(calls) == 2, seconds=0.1, **more)


def test_the_library_is_where_the_container_finds_it() -> None:
    """The library lies beside the entry of the examiner's container."""
    assert (ROOM / "main.py").is_file()
    assert (ROOM / "examiner" / "__init__.py").is_file()
