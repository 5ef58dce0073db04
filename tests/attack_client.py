"""Attacks on the examiner's client by a hostile server, and on the proxy that installing goes through."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from attack_corpus import Attack, Seen
from attack_ground import Ground, Way
from examination import server
from examiner import CandidateFault, Client, Patience

from sandbox.proxy import open_door

Get = Callable[[str], tuple[str, str]]
"""Asks for a path; gives the outcome (a status, or a kind of fault) and what was read."""
Asking = Callable[[int], AbstractContextManager[Get]]


def client(attack: Attack, ground: Ground) -> Seen:
    """Ask the server of make.py (`behave(connection, head)`) for each of `paths` with our client."""
    seconds, most = attack.told.get("seconds", 1.0), attack.told.get("body_limit", 1 << 20)

    @contextmanager
    def asking(port: int) -> Iterator[Get]:
        ours = Client(port, Patience())

        def get(path: str) -> tuple[str, str]:
            try:
                answer = ours.get(path, seconds=seconds, body_limit=most)
                read = answer.json() if attack.told.get("json") else answer.text()
            except CandidateFault as fault:
                return fault.kind, str(fault)
            return str(answer.status), str(read)

        yield get

    return _asked(attack, ground, asking)


def _asked(attack: Attack, ground: Ground, asking: Asking) -> Seen:
    outcomes, told = {}, []
    hits: list[bytes] = []
    with server(lambda connection, head: hits.append(head)) as (other, _):
        maker = attack.maker
        maker.OTHER = other
        with server(maker.behave) as (port, heads), asking(port) as get:
            for path in attack.told.get("paths", ("/x",)):
                outcomes[path], text = get(path)
                told.append(text[:100_000])
        told += [head.decode("latin-1") for head in heads] if attack.told.get("heads") else []
    told += [f"HIT {hit[:60]!r}" for hit in hits]
    return Seen(outcomes, "\n".join(told))


def requests_session(attack: Attack, ground: Ground) -> Seen:
    """The client that most would take, with a time-out a read as most would set."""
    import requests

    @contextmanager
    def asking(port: int) -> Iterator[Get]:
        with requests.Session() as one:
            yield lambda path: _plain(lambda: one.get(f"http://127.0.0.1:{port}{path}", timeout=2), attack)

    return _asked(attack, ground, asking)


def httpx_client(attack: Attack, ground: Ground) -> Seen:
    """Another usual client, which keeps its connections."""
    import httpx

    @contextmanager
    def asking(port: int) -> Iterator[Get]:
        with httpx.Client(timeout=2) as one:
            yield lambda path: _plain(lambda: one.get(f"http://127.0.0.1:{port}{path}"), attack)

    return _asked(attack, ground, asking)


def _plain(ask: Callable[[], Any], attack: Attack) -> tuple[str, str]:
    try:
        answer = ask()
        read = answer.json() if attack.told.get("json") else answer.content.decode("utf-8", "replace")
        return str(answer.status_code), str(read)
    except Exception as reason:  # noqa: BLE001 - whatever it raises, it is the weak variant's
        return type(reason).__name__, str(reason)


def proxying(attack: Attack, ground: Ground) -> Seen:
    """Send the requests of make.py through the door to the package index; its upstream counts what arrives."""
    arrived: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        port = upstream.getsockname()[1]

        def serve() -> None:
            while True:
                try:
                    connection, _ = upstream.accept()
                except OSError:
                    return
                with connection:
                    arrived.append(connection.recv(65_536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        outcomes = {}
        with open_door(ground.folder / "door", [f"127.0.0.1:{port}"]) as door:
            for number, request in enumerate(attack.maker.requests(port)):
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as through:
                    through.settimeout(5)
                    through.connect(str(door.socket))
                    through.sendall(request)
                    outcomes[str(number)] = through.recv(4096).decode("latin-1").partition("\r\n")[0]
        upstream.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    return Seen(outcomes, "\n".join(f"ARRIVED {one[:200]!r}" for one in arrived))


WEAK: dict[str, Way] = {"requests": requests_session, "httpx": httpx_client}
