"""A twin: a scripted stand-in for a third party's HTTP service, on a free port of the loopback, with a journal.

A twin does what the test scripted and nothing else; nothing in it is random. It serves the candidate's program, which
may be hostile: connections, threads, bytes and waits are bounded, and whatever a call holds can't stop the twin.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .expect import ExaminerError, show
from .incoming import HEAD_LIMIT, Body, Head
from .journal import Call, Journal
from .patience import Patience
from .ports import taking_a_port

CONNECTIONS_LIMIT = 256
"""Connections served at once by all twins together, a thread each; one more is closed as it comes. The examiner may
have twice as many threads, so that its tests can always start their own."""
BODY_LIMIT = 1024 * 1024
"""Bytes of a call's body that are read; a larger one is answered 413 and the connection closed."""
IDLE_SECONDS = 20.0
"""How long a connection may stay silent."""
HANG_LIMIT = 30.0
"""Seconds that a scripted hang or delay lasts at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a twin does with one call: waits `delay` seconds, then answers, or hangs, drips, drops, sends `raw` bytes.

    `body` may be bytes, a text (text/plain) or plain data (JSON). `hang` keeps the connection silent for that many
    seconds and closes it; `drip` sends a byte each `drip` seconds; `drop` closes at once; `raw` is sent as it is, and
    the connection closed.
    """

    status: int = 200
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hang: float = 0.0
    drip: float = 0.0
    drop: bool = False
    raw: bytes | None = None

    def encoded(self) -> tuple[str, bytes]:
        """Content type and bytes of the body."""
        if isinstance(self.body, bytes):
            return "application/octet-stream", self.body
        if isinstance(self.body, str):
            return "text/plain; charset=utf-8", self.body.encode("utf-8")
        return "application/json", json.dumps(self.body).encode("utf-8")


class Twin:
    """The base of all twins.

    A subclass says what a call is about (`key`) and what it answers when nothing is scripted (`usual`).
    """

    name = "twin"

    def __init__(self) -> None:
        self.journal = Journal()
        self.trouble: str | None = None
        """Our own failure inside the twin, if there was one: makes the test at hand an error."""
        self.shown: set[str] = set()
        """The keys whose calls the record of the test at hand shows; none: all calls since the test began."""
        self._scripts: dict[str, list[Answer]] = {}
        self._turn: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name=self.name)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        """End all hangs, stop serving."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    # -- scripting ---------------------------------------------------------------------------------------

    def script(self, key: str, *answers: Answer) -> None:
        """Answer the calls about `key` in this order; the last answer is repeated for ever."""
        if not answers:
            raise ExaminerError(f"No answer scripted for {key!r}.")
        with self._lock:
            self._scripts[key] = list(answers)
            self._turn[key] = 0

    def key(self, call: Call) -> str:
        """What a call is about; the scripts go by it. Here: its path."""
        return call.path

    def guard(self, call: Call) -> Answer | None:  # noqa: ARG002  (for subclasses)
        """An answer that comes before any script (a wrong token, an unknown path), which uses up no scripted one."""
        return None

    def usual(self, call: Call) -> Answer:  # noqa: ARG002  (for subclasses)
        """The answer to a call that nothing was scripted for."""
        return Answer(404, {"error": "not found"})

    def answer_to(self, call: Call) -> Answer:
        """The answer to a call: the guard's, else the next scripted one, else the usual one."""
        if guarded := self.guard(call):
            return guarded
        key = self.key(call)
        with self._lock:
            script = self._scripts.get(key)
            if script:
                turn = self._turn[key]
                self._turn[key] = turn + 1
                return script[min(turn, len(script) - 1)]
        return self.usual(call)

    # -- reading the journal -----------------------------------------------------------------------------

    def calls(self, key: str | None = None) -> list[Call]:
        """The calls so far, all or those about `key` (which the record of the test then shows)."""
        if key is not None:
            self.shown.add(key)
        return self.journal.calls(lambda call: key is None or self.key(call) == key)

    def wait_for(
        self,
        patience: Patience,
        good: Callable[[Sequence[Call]], bool],
        *,
        key: str | None = None,
        seconds: float,
        given: object,
        expected: object,
    ) -> list[Call]:
        """Wait until the calls (about `key`) are good, and return them; Unmet when the time is over."""
        return patience.until(
            lambda: self.calls(key),
            good,
            kind=f"calls of {self.name}",
            seconds=seconds,
            given=given,
            expected=f"calls of the {self.name}: {show(expected)}",
        )

    def hold(self, connection: socket.socket, seconds: float) -> None:
        """Keep a connection silent until the time is over, the other side gives up, or the twin closes."""
        ends = time.monotonic() + min(seconds, HANG_LIMIT)
        while time.monotonic() < ends and not self._closing.is_set():
            readable, _, _ = select.select([connection], [], [], 0.05)
            if readable:
                try:
                    if not connection.recv(1, socket.MSG_PEEK):
                        return
                except OSError:
                    return
                time.sleep(0.05)

    def rest(self, seconds: float) -> None:
        """Wait, but not when the twin closes."""
        self._closing.wait(min(seconds, HANG_LIMIT))


_PLACES = threading.BoundedSemaphore(CONNECTIONS_LIMIT)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    allow_reuse_address = False

    def __init__(self, twin: Twin) -> None:
        with taking_a_port():
            super().__init__(("127.0.0.1", 0), _Handler)
        self.twin = twin

    def process_request(self, request: Any, client_address: Any) -> None:
        if not _PLACES.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:  # no thread more can be started: the place is free again
            _PLACES.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            _PLACES.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a connection that breaks is the program's business; our own failures are kept in `trouble`."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the name is http.server's)
        """Nothing: the journal is the record."""

    def version_string(self) -> str:
        return "service"

    def parse_request(self) -> bool:
        """As the library does, but with a limit for the head as a whole: one that is larger is answered 431."""
        whole = self.rfile
        self.rfile = Head(whole, HEAD_LIMIT - len(getattr(self, "raw_requestline", b"")))  # type: ignore[assignment]
        try:
            return super().parse_request()
        finally:
            self.rfile = whole

    def _serve(self) -> None:
        twin = self.server.twin
        body, size = self._read_body()
        split = urlsplit(self.path)
        call = twin.journal.add(
            lambda number: Call(
                number,
                time.monotonic(),
                self.command,
                split.path,
                dict(parse_qsl(split.query, keep_blank_values=True, max_num_fields=100))
                if len(split.query) < 8192
                else {},
                {name.lower(): value for name, value in self.headers.items()},
                body,
                size,
            )
        )
        if call is None:
            self.close_connection = True
            return
        try:
            answer = (
                twin.answer_to(call)
                if size <= BODY_LIMIT
                else Answer(413, {"error": "too large"}, {"Connection": "close"})
            )
        except Exception as trouble:  # noqa: BLE001  (whatever a twin's own code raises is our failure, and must be told)
            twin.trouble = f"{twin.name}: {type(trouble).__name__}: {trouble}"
            answer = Answer(500, {"error": "twin"})
        twin.journal.answered(call, _told(answer))
        self._give(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815  (names of http.server)

    def _read_body(self) -> tuple[bytes, int]:
        """The beginning of the body, and its size; of one beyond the limit nothing is read."""
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        length = self.headers.get("Content-Length", "0")
        size = int(length) if length.isascii() and length.isdigit() and len(length) < 12 else 0
        if size > BODY_LIMIT:
            self.close_connection = True
            return b"", size
        body = Body(self.rfile)
        body.read(size)
        return bytes(body.kept), size

    def _read_chunks(self) -> tuple[bytes, int]:
        body = Body(self.rfile)
        while True:
            text = self.rfile.readline(1024).partition(b";")[0].strip()
            size = int(text, 16) if 0 < len(text) < 8 and not text.strip(b"0123456789abcdefABCDEF") else 0
            if not size:
                self.rfile.readline(1024)
                return bytes(body.kept), body.size
            if body.size + size > BODY_LIMIT:
                self.close_connection = True
                return b"", BODY_LIMIT + 1
            body.read(size)
            self.rfile.readline(1024)

    def _give(self, answer: Answer) -> None:
        twin = self.server.twin
        if answer.delay:
            twin.rest(answer.delay)
        if answer.hang or answer.drop or answer.raw is not None:
            self.close_connection = True
            if answer.hang:
                twin.hold(self.connection, answer.hang)
            elif answer.raw is not None:
                self.wfile.write(answer.raw)
                self.wfile.flush()
            return
        content_type, body = answer.encoded()
        reason = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus._value2member_map_ else "Status"
        head = {"Content-Type": content_type, "Content-Length": str(len(body)), **answer.headers}
        self.send_response(answer.status, reason)
        for name, value in head.items():
            self.send_header(name, value)
        if answer.drip:
            self.close_connection = True
            self.end_headers()
            self._drip(body, answer.drip)
            return
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _drip(self, body: bytes, pause: float) -> None:
        ends = time.monotonic() + HANG_LIMIT
        self.wfile.flush()
        for position in range(len(body)):
            self.server.twin.rest(pause)
            if time.monotonic() > ends or self.server.twin._closing.is_set():
                return
            self.wfile.write(body[position : position + 1])
            self.wfile.flush()


def _told(answer: Answer) -> str:
    if answer.hang:
        return f"silence for {answer.hang:g} s"
    if answer.drop:
        return "connection closed"
    if answer.raw is not None:
        return f"{len(answer.raw)} bytes that are no HTTP"
    extras = "".join(f", {name}: {value}" for name, value in answer.headers.items())
    dripping = f", a byte each {answer.drip:g} s" if answer.drip else ""
    late = f", after {answer.delay:g} s" if answer.delay else ""
    return f"{answer.status}{extras}{late}{dripping}"


def after(answer: Answer, seconds: float) -> Answer:
    """The same answer, `seconds` later."""
    return replace(answer, delay=seconds)
