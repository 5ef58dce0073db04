"""The proxy to the package index: the hosts it is for are reached, all others are not, and everything is counted."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.proxy import open_door


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that sends back what it gets, on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                while block := connection.recv(4096):
                    connection.sendall(block)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


def ask(path: Path, request: bytes, more: bytes = b"") -> bytes:
    """Send a request head through the proxy, then more bytes; return all that comes back."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(10)
        client.connect(str(path))
        client.sendall(request)
        answer = client.recv(4096)
        if more and b" 200 " in answer:
            client.sendall(more)
            answer += client.recv(4096)
        return answer


def connect(host: str) -> bytes:
    return f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def test_tunnels_to_a_listed_host_and_counts(tmp_path: Path, echo: int) -> None:
    """A listed host is reached, bytes pass both ways, and the traffic says how many."""
    with open_door(tmp_path / "s", [f"127.0.0.1:{echo}"]) as door:
        answer = ask(door.socket, connect(f"127.0.0.1:{echo}"), b"hello")
        assert answer.endswith(b"hello")
    assert door.traffic().hosts == {f"127.0.0.1:{echo}": 10}
    assert not door.traffic().refused


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254:80",
        "evil.example:443",
        "index.example.evil.example:443",
        "notindex.example:443",
        "index.example:80",
        "index.example:443@evil.example:443",
        "index.example",
        "index.example.:443",
        "",
    ],
)
def test_refuses_every_other_host(tmp_path: Path, host: str) -> None:
    """Other hosts, other ports, look-alike names and addresses of the cloud's metadata get 403 and nothing else."""
    with open_door(tmp_path / "s", ["index.example:443"]) as door:
        assert ask(door.socket, connect(host)).startswith(b"HTTP/1.1 403 ")
    assert sum(door.traffic().refused.values()) == 1
    assert not door.traffic().hosts


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET http://evil.example/ HTTP/1.1",
        b"GET http://index.example@evil.example/ HTTP/1.1",
        b"POST http://index.example:80/ HTTP/1.1",
        b"GET /etc/passwd HTTP/1.1",
        b"GET file:///etc/passwd HTTP/1.1",
        b"\xff\xfe\x00",
    ],
)
def test_refuses_other_plain_requests(tmp_path: Path, request_line: bytes) -> None:
    """Without a tunnel only GET and HEAD of an http address on a listed host pass."""
    with open_door(tmp_path / "s", ["index.example:80"]) as door:
        assert ask(door.socket, request_line + b"\r\n\r\n").startswith(b"HTTP/1.1 403 ")


def test_an_endless_head_is_dropped(tmp_path: Path) -> None:
    """A request head over 16 KiB ends the connection instead of filling memory."""
    with open_door(tmp_path / "s", ["index.example:443"]) as door, socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(door.socket))
        endless = (b"X: " + b"x" * 4096 + b"\r\n") * 10_000
        with pytest.raises(OSError):
            client.sendall(endless)


def test_an_unreachable_host_is_a_failure_not_a_refusal(tmp_path: Path) -> None:
    """When a listed host does not answer, the client gets 502 and the traffic says which host it was."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with open_door(tmp_path / "s", [f"127.0.0.1:{port}"]) as door:
        assert ask(door.socket, connect(f"127.0.0.1:{port}")).startswith(b"HTTP/1.1 502 ")
    assert door.traffic().failures[0].startswith(f"127.0.0.1:{port}: ")


def test_stops_at_the_limit_of_bytes(tmp_path: Path, echo: int) -> None:
    """Beyond the limit nothing passes any more, and the traffic says so."""
    with open_door(tmp_path / "s", [f"127.0.0.1:{echo}"], limit=3) as door:
        answer = ask(door.socket, connect(f"127.0.0.1:{echo}"), b"hello")
        assert b"hello" not in answer
    assert door.traffic().over_limit


def test_goes_through_the_users_own_proxy(tmp_path: Path, echo: int) -> None:
    """Where the user has a proxy, the tunnel is asked of it, with the user's credentials."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as upstream:

        def serve() -> None:
            connection, _ = upstream.accept()
            with connection:
                seen.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                connection.sendall(connection.recv(4096).upper())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        address = f"http://me:secret@127.0.0.1:{upstream.getsockname()[1]}"
        with open_door(tmp_path / "s", ["index.example:443"], upstream=address) as door:
            assert ask(door.socket, connect("index.example:443"), b"hello").endswith(b"HELLO")
        thread.join(5)
    assert seen[0].startswith(b"CONNECT index.example:443 HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in seen[0]


def test_works_at_the_end_of_a_long_path(tmp_path: Path, echo: int) -> None:
    """The cache may lie deep: a path longer than a socket's address may be works all the same."""
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    with open_door(deep / "index.sock", [f"127.0.0.1:{echo}"]) as door:
        assert door.socket.is_socket()
    assert not door.socket.exists()
