"""One HTTP call: one connection, one request, an end at the latest after so many seconds.

A connection for each call, because a pooled one may be dead when it is taken out, and then either the library calls
again behind our back or a call is counted that nobody received. And an end for the whole call, because the timeout
of a socket starts anew with every byte that drips in.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

BODY_MOST = 1024 * 1024


class NoAnswer(Exception):
    """Nobody there, a connection that broke, or no whole answer in time."""


@dataclass(frozen=True)
class Answer:
    """`retry_after` is in seconds, 0 where the header is missing or past. `body` is cut beyond BODY_MOST."""

    status: int
    body: bytes = b""
    retry_after: float = 0.0


def call(method: str, url: str, *, headers: Mapping[str, str], seconds: float, body: bytes | None = None) -> Answer:
    """Make the call and read its answer. Raises NoAnswer."""
    try:
        target = parse_url(url)
        connection = _connection(target, seconds)
        until = time.monotonic() + seconds
        try:
            connection.connect()
            with _End(connection, until):
                return _exchange(connection, method, target.request_uri, headers, body)
        finally:
            connection.close()
    except (OSError, HTTPException, HTTPError) as error:
        raise NoAnswer(type(error).__name__) from None


def _connection(target: Url, seconds: float) -> HTTPConnection:
    kind = HTTPSConnection if target.scheme == "https" else HTTPConnection
    return kind(target.host or "", target.port, timeout=seconds)


def _exchange(
    connection: HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes | None
) -> Answer:
    # Bytes, since the header of a str must be Latin-1.
    sent = {name: value.encode() for name, value in headers.items()}
    connection.request(method, path, body=body, headers={**sent, "Connection": "close"}, preload_content=False)  # type: ignore[dict-item]
    response = connection.getresponse()
    with response:
        content = response.read(BODY_MOST, decode_content=True)
        return Answer(response.status, content, seconds_of(response.headers.get("Retry-After")))


class _End:
    """Closes the socket under a call that takes too long."""

    def __init__(self, connection: HTTPConnection, until: float) -> None:
        self._socket = connection.sock
        self._timer = threading.Timer(max(0.0, until - time.monotonic()), self._cut)
        self._timer.daemon = True
        self._cut_off = False

    def _cut(self) -> None:
        self._cut_off = True
        try:
            # Of socket, not of SSLSocket: that one would first forget its state under the reader's feet.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
        except OSError:
            return  # It is closed already.

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        if self._cut_off:  # What was read until then may look like a whole answer.
            raise NoAnswer("out of time")


def seconds_of(retry_after: str | None) -> float:
    """The seconds that a Retry-After header asks for: a number or a date; 0 when it says nothing usable."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
