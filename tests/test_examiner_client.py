"""The hidden tests' HTTP client against servers that mean harm (SECURITY, attacks on the examiner's protocol)."""

from __future__ import annotations

import gzip
import socket
import struct
import time

import pytest
from examination import answer, drip, endless, say, server
from examiner import CandidateFault, Client, Log, Patience, Response
from examiner import client as client_module


def client(port: int, log: Log | None = None) -> Client:
    return Client(port, Patience(), log)


def fault(behaviour, seconds: float = 1.0, **more) -> CandidateFault:
    """The fault that one GET meets, within its time."""
    with server(behaviour) as (port, _):
        began = time.monotonic()
        with pytest.raises(CandidateFault) as caught:
            client(port).get("/x", seconds=seconds, **more)
        assert time.monotonic() - began < seconds + 1.0
    return caught.value


def got(data: bytes) -> Response:
    with server(say(data)) as (port, _):
        return client(port).get("/x")


@pytest.mark.parametrize("data", [answer(b"x" * 100), b"HTTP/1.1 200 OK\r\nX-Long: " + b"y" * 1000])
def test_a_slow_drip_ends_at_the_deadline(data: bytes) -> None:
    """A byte now and then, in the head or the body, does not outlive the deadline of the whole exchange."""
    assert fault(drip(data, 0.05), seconds=0.4).kind == "slow"


def test_silence_ends_at_the_deadline() -> None:
    """A server that takes the request and says nothing is a slow program."""
    assert fault(lambda connection, head: time.sleep(2), seconds=0.3).kind == "slow"


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"],
)
def test_an_endless_answer_is_cut(head: bytes) -> None:
    """Body or head without end: refused at the cap, not read into memory."""
    assert fault(endless(head), seconds=3.0, body_limit=1 << 20).kind == "too large"


def test_endless_chunks_are_cut() -> None:
    """The cap holds for chunked bodies too."""

    def behave(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")

    assert fault(behave, seconds=3.0, body_limit=1 << 20).kind == "too large"


def test_encoded_bodies_are_refused() -> None:
    """A gzip bomb is not opened: nobody asked for an encoding."""
    bomb = gzip.compress(b"0" * 10_000_000)
    assert "gzip" in str(fault(say(answer(bomb, "Content-Encoding: gzip"))))


def test_redirects_are_not_followed() -> None:
    """A redirect is an answer; the place that it names is not called."""
    with server(say(answer(b"secret"))) as (other, hits):
        response = got(answer(b"", f"Location: http://127.0.0.1:{other}/", status="302 Found"))
        assert response.status == 302
        assert not hits


def test_an_answer_too_many_is_not_read() -> None:
    """Two answers to one request: the second never becomes the answer to the next request."""
    with server(say(answer(b"first") + answer(b"FORGED"))) as (port, heads):
        one = client(port)
        assert [one.get("/a").body, one.get("/b").body] == [b"first", b"first"]
        assert len(heads) == 2
        assert all(b"Connection: close" in head for head in heads)


def test_too_many_headers_are_refused() -> None:
    """A hundred thousand headers are refused at the cap."""
    assert fault(say(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000 + b"\r\n")).kind == "too large"


@pytest.mark.parametrize(
    "head",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 twohundred OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    ],
)
def test_what_is_no_http_is_malformed(head: bytes) -> None:
    """Ambiguous or broken framing is the program's fault, said as such."""
    assert fault(say(head)).kind == "malformed"


def test_broken_connections_are_the_programs_fault() -> None:
    """Reset, half an answer, nobody there: CandidateFault each time, never an error of ours."""

    def reset(connection: socket.socket, head: bytes) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    assert fault(reset).kind == "closed"
    assert fault(say(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")).kind == "closed"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CandidateFault) as caught:
        client(port).get("/x")
    assert caught.value.kind == "refused"


def test_an_early_answer_is_read() -> None:
    """A server may refuse a large upload and close before it has read it: the answer counts."""
    with server(say(answer(b"too large", status="413 Content Too Large"))) as (port, _):
        assert client(port).post("/imports", body=b"x" * 20_000_000).status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b'"\\ud800"',
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b"[" * 70 + b"]" * 70,
        b"1" * 5000,
        b"",
        b"{",
        b"1e999",
    ],
)
def test_json_has_one_meaning_or_none(body: bytes) -> None:
    """Bytes that are no UTF-8, half surrogates, NaN, double names, towers of brackets: malformed."""
    with pytest.raises(CandidateFault) as caught:
        got(answer(body)).json()
    assert caught.value.kind == "malformed"


def test_good_answers_are_read() -> None:
    """Plain, chunked and unframed bodies come through, with interim answers skipped."""
    body = '{"name": "Zoë \\u00e9", "n": [1, 2.5, null, true]}'.encode()
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x;x=y\r\n%s\r\n0\r\nT: 1\r\n\r\n" % (
        len(body),
        body,
    )
    for data in (
        answer(body),
        chunked,
        b"HTTP/1.0 200 OK\r\n\r\n" + body,
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(body),
    ):
        assert got(data).json() == {"name": "Zoë é", "n": [1, 2.5, None, True]}
    assert got(b"HTTP/1.1 204 No Content\r\n\r\n").body == b""


def test_no_state_between_requests() -> None:
    """A cookie that is set is never sent back."""
    with server(say(answer(b"{}", "Set-Cookie: a=b"))) as (port, heads):
        one = client(port)
        one.get("/1")
        one.get("/2")
        assert b"ookie" not in heads[1]


def test_no_header_can_be_smuggled() -> None:
    """Values of a test never break out of their line; the path is quoted."""
    with pytest.raises(ValueError, match="line break"):
        client_module.build("GET", "/", "h", {"X": "a\r\nY: b"}, None)
    with server(say(answer(b"{}"))) as (port, heads):
        client(port).get("/leads/a b\r\nX: y", {"email": "ann+x@example.com"})
        assert heads[0].startswith(b"GET /leads/a%20b%0D%0AX:%20y?email=ann%2Bx%40example.com HTTP/1.1\r\n")


def test_multipart_names_the_file() -> None:
    """The boundary stands in no content, quotes in a file name do not end it."""
    content_type, body = client_module.multipart({"file": ('a"b.csv', b"----form-boundary-00000000", "text/csv")})
    assert content_type.endswith("00000001")
    assert b'name="file"; filename="a%22b.csv"' in body


def test_the_log_folds_polls() -> None:
    """The record of a test shows each poll once, with how often it was asked, and clips long bodies."""
    log = Log()
    with server(say(answer(b"y" * 100_000))) as (port, _):
        one = client(port, log)
        for _ in range(5):
            one.get("/imports/1")
        one.get("/leads")
    exchanges = log.exchanges()
    assert len(exchanges) == 2
    assert "asked 5 times" in exchanges[0]["request"]
    assert "100000 bytes in all" in exchanges[0]["response"]
    assert len(exchanges[0]["response"]) < 2000
