"""One HTTP/1.1 exchange over a socket of its own, hardened against the server.

The server is the candidate's program and may do anything: send a byte a second, or without end, or twice, or never.
So: one deadline for the whole exchange (a time-out a read is beaten by a slow drip), caps on every length, no
redirect followed, no cookie kept, no content encoding accepted, and a new connection each time (an answer left over
on a kept connection would be read as the answer to the next request).
"""

from __future__ import annotations

import select
import socket
import time
from dataclasses import dataclass, field

from .clock import lost
from .expect import CandidateFault

HEAD_LIMIT = 64 * 1024
"""Bytes of the status line and all headers together."""
HEADERS_LIMIT = 200
INTERIM_LIMIT = 10
"""Interim answers (1xx) that are skipped before the real one."""
BODY_LIMIT = 8 * 1024 * 1024
"""Bytes of a body, unless the caller allows more."""
CHUNK = 64 * 1024
SLICE = 1.0
"""Seconds of one wait for the socket; a wait that takes much longer was a stall of the machine."""
NO_BODY = frozenset({204, 304})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers in order with lower-case names, the body's bytes, seconds from first to last."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    seconds: float

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return next((value for key, value in self.headers if key == name.lower()), None)


def exchange(address: tuple[str, int], request: bytes, seconds: float, body_limit: int = BODY_LIMIT) -> Reply:
    """Send the request's bytes, read one answer. CandidateFault when no proper answer came within `seconds`."""
    started = time.monotonic()
    connection = _Connection(address, started + seconds, seconds)
    try:
        connection.connect()
        connection.outgoing = memoryview(request)
        method = request[: request.find(b" ")]
        for _ in range(INTERIM_LIMIT):
            status, headers = _head(connection)
            if status >= 200:
                body = b"" if method == b"HEAD" or status in NO_BODY else _body(connection, headers, body_limit)
                return Reply(status, headers, body, time.monotonic() - started)
        raise CandidateFault("malformed", f"More than {INTERIM_LIMIT} interim (1xx) answers to one request.")
    finally:
        connection.close()


class _Connection:
    """A non-blocking socket that writes what is left of the request while it reads, and never waits past the end."""

    def __init__(self, address: tuple[str, int], ends: float, seconds: float) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._address = address
        self._ends = ends
        self._seconds = seconds
        self._buffer = bytearray()
        self._over = False
        self.outgoing = memoryview(b"")

    def close(self) -> None:
        self._socket.close()

    def connect(self) -> None:
        try:
            self._socket.connect(self._address)
        except BlockingIOError:
            self._wait(select.POLLOUT, "accept the connection")
        except OSError as trouble:
            raise self._refused(trouble) from None
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise self._refused(OSError(code, "connection refused"))

    def _refused(self, trouble: OSError) -> CandidateFault:
        return CandidateFault(
            "refused",
            f"The program did not accept a connection on {self._address[0]}:{self._address[1]} ({trouble.strerror}).",
        )

    def line(self, budget: int) -> bytes:
        """Bytes up to the next line feed, without it and a carriage return before it."""
        while True:
            end = self._buffer.find(b"\n", 0, budget)
            if end >= 0:
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 1]
                return line.removesuffix(b"\r")
            if len(self._buffer) >= budget:
                raise CandidateFault("too large", f"The head of the answer is larger than {HEAD_LIMIT} bytes.")
            if not self._read():
                raise self._closed("before its answer was complete")

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes; the caller has checked that `size` is small enough."""
        while len(self._buffer) < size:
            if not self._read():
                raise self._closed(f"after {len(self._buffer)} of {size} bytes")
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def rest(self, limit: int) -> bytes:
        """All bytes until the program closes."""
        while self._read():
            if len(self._buffer) > limit:
                raise _too_large(limit)
        if len(self._buffer) > limit:
            raise _too_large(limit)
        return bytes(self._buffer)

    def _closed(self, when: str) -> CandidateFault:
        return CandidateFault("closed", f"The program closed the connection {when}.")

    def _read(self) -> bool:
        """Take in more bytes, sending what is left of the request meanwhile; False when the program has closed."""
        while not self._over:
            events = self._wait(select.POLLIN | (select.POLLOUT if self.outgoing else 0), "answer")
            if events & select.POLLOUT and self.outgoing:
                self._send()
            if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                try:
                    data = self._socket.recv(CHUNK)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    self._over = True
                    return False
                self._buffer += data
                return True
        return False

    def _send(self) -> None:
        try:
            sent = self._socket.send(self.outgoing[: 4 * CHUNK])
        except BlockingIOError:
            return
        except OSError:
            # A server may answer (say, 413) and close before it has read all: stop sending, go on reading.
            self.outgoing = memoryview(b"")
            return
        self.outgoing = self.outgoing[sent:]

    def _wait(self, events: int, what: str) -> int:
        poll = select.poll()
        poll.register(self._socket, events)
        while True:
            began = time.monotonic()
            planned = min(SLICE, max(0.0, self._ends - began))
            if ready := poll.poll(planned * 1000):
                return ready[0][1]
            self._ends += lost(planned, time.monotonic() - began)
            if time.monotonic() >= self._ends:
                raise CandidateFault("slow", f"The program did not {what} within {self._seconds:.1f} s.")


def _head(connection: _Connection) -> tuple[int, tuple[tuple[str, str], ...]]:
    budget = HEAD_LIMIT
    line = connection.line(budget)
    parts = line.split(b" ", 2)
    if len(parts) < 2 or parts[0] not in (b"HTTP/1.1", b"HTTP/1.0") or len(parts[1]) != 3 or not parts[1].isdigit():
        raise CandidateFault("malformed", f"Not an HTTP status line: {line[:120]!r}")
    headers: list[tuple[str, str]] = []
    while line := connection.line(budget := budget - len(line)):
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise CandidateFault("malformed", f"Not an HTTP header: {line[:120]!r}")
        headers.append((name.decode("latin-1").lower(), value.strip().decode("latin-1")))
        if len(headers) > HEADERS_LIMIT:
            raise CandidateFault("too large", f"The answer has more than {HEADERS_LIMIT} headers.")
    return int(parts[1]), tuple(headers)


def _body(connection: _Connection, headers: tuple[tuple[str, str], ...], limit: int) -> bytes:
    def all_of(name: str) -> set[str]:
        return {value.lower() for key, value in headers if key == name}

    encodings = all_of("content-encoding") - {"identity", ""}
    if encodings:
        raise CandidateFault(
            "malformed", f"The answer is encoded ({', '.join(sorted(encodings))[:80]}), which nobody asked for."
        )
    transfer, lengths = all_of("transfer-encoding"), all_of("content-length")
    if transfer:
        if transfer != {"chunked"} or lengths:
            raise CandidateFault("malformed", "The answer's Transfer-Encoding and Content-Length can't be told apart.")
        return _chunked(connection, limit)
    if not lengths:
        return connection.rest(limit)
    length = lengths.pop()
    if lengths or not length.isascii() or not length.isdigit() or len(length) > 15:
        raise CandidateFault("malformed", "The answer's Content-Length is no number.")
    if int(length) > limit:
        raise _too_large(limit)
    return connection.exactly(int(length))


def _chunked(connection: _Connection, limit: int) -> bytes:
    body = bytearray()
    while True:
        size_text = connection.line(1024).partition(b";")[0].strip()
        if not size_text or len(size_text) > 12 or size_text.strip(b"0123456789abcdefABCDEF"):
            raise CandidateFault("malformed", f"Not the size of a chunk: {size_text[:40]!r}")
        size = int(size_text, 16)
        if len(body) + size > limit:
            raise _too_large(limit)
        if not size:
            break
        body += connection.exactly(size)
        if connection.line(16):
            raise CandidateFault("malformed", "A chunk is longer than it says.")
    for _ in range(HEADERS_LIMIT):
        if not connection.line(HEAD_LIMIT):
            return bytes(body)
    raise CandidateFault("too large", "The answer has too many trailers.")


def _too_large(limit: int) -> CandidateFault:
    return CandidateFault("too large", f"The body of the answer is larger than {limit} bytes.")
