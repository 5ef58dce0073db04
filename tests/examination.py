"""The examiner's library for its own tests (it is imported inside its container alone), and servers that mean harm."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOM = Path(__file__).resolve().parent.parent / "sandbox" / "room"
sys.path.insert(0, str(ROOM))

Behaviour = Callable[[socket.socket, bytes], None]


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A plain answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def server(behaviour: Behaviour) -> Iterator[tuple[int, list[bytes]]]:
    """Serve each connection by `behaviour(connection, head of the request)`; gives the port and the heads seen."""
    listener = socket.create_server(("127.0.0.1", 0))
    heads: list[bytes] = []
    open_connections: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
                head += data
            heads.append(head)
            behaviour(connection, head)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_connections.append(connection)
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heads
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        thread.join(2)


def say(data: bytes) -> Behaviour:
    """Answer with these bytes and close."""
    return lambda connection, head: connection.sendall(data)


def drip(data: bytes, pause: float) -> Behaviour:
    """A byte each `pause` seconds."""

    def behave(connection: socket.socket, head: bytes) -> None:
        for position in range(len(data)):
            connection.sendall(data[position : position + 1])
            time.sleep(pause)

    return behave


def endless(head: bytes) -> Behaviour:
    """A body without end."""

    def behave(connection: socket.socket, request: bytes) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(b"x" * 65536)

    return behave
