"""A listener on every address of the host, by TCP and UDP: what it hears has left a sandbox."""

from __future__ import annotations

import selectors
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Heard:
    """`targets` are "address:port" of this host, as a sandbox may try them; `words` is what was heard."""

    targets: list[str]
    words: list[str] = field(default_factory=list)

    def text(self) -> str:
        return "".join(f"HEARD {word}\n" for word in self.words)


@contextmanager
def listening() -> Iterator[Heard]:
    """Listen until the block ends."""
    with socket.create_server(("", 0), backlog=64) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        port = tcp.getsockname()[1]
        udp.bind(("", port))
        heard = Heard([f"{address}:{port}" for address in addresses()])
        stop, stopped = socket.socketpair()
        thread = threading.Thread(target=_listen, args=(tcp, udp, stopped, heard), daemon=True)
        thread.start()
        try:
            yield heard
        finally:
            stop.close()
            thread.join(5)
            stopped.close()


def _listen(tcp: socket.socket, udp: socket.socket, stopped: socket.socket, heard: Heard) -> None:
    with selectors.DefaultSelector() as selector:
        for source in (tcp, udp, stopped):
            selector.register(source, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is stopped:
                    return
                if key.fileobj is udp:
                    heard.words.append(f"by UDP {udp.recv(2000)[:80]!r}")
                else:
                    connection, address = tcp.accept()
                    heard.words.append(f"a connection from {address[0]}")
                    connection.close()


def addresses() -> list[str]:
    """This host's IPv4 addresses, and the engine's usual gateways."""
    told = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
    found = [address for address in told if "." in address]
    return list(dict.fromkeys([*found, "172.17.0.1", "172.18.0.1"]))
