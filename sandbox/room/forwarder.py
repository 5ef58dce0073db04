"""Runs inside a container that has no network: gives one command a proxy on the loopback, over a unix socket.

    python3 -I -S forwarder.py SOCKET PORT COMMAND...

Listens on 127.0.0.1:PORT, passes every connection on to SOCKET, runs COMMAND, and ends with its exit code.
Only the standard library; works with Python 3.9 and later.
"""

import contextlib
import socket
import subprocess
import sys
import threading

BLOCK = 65536


def copy(source: socket.socket, target: socket.socket) -> None:
    """Copy bytes until either side is done, then close both halves of that direction."""
    with contextlib.suppress(OSError):
        while block := source.recv(BLOCK):
            target.sendall(block)
    for end, how in ((target, socket.SHUT_WR), (source, socket.SHUT_RD)):
        with contextlib.suppress(OSError):
            end.shutdown(how)


def join(near: socket.socket, path: str) -> None:
    """Connect `near` with the unix socket at `path` for as long as both live."""
    far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with near, far:
        try:
            far.connect(path)
        except OSError as problem:
            print(f"forwarder: {path}: {problem}", file=sys.stderr, flush=True)  # noqa: T201  # the container's own log
            return
        back = threading.Thread(target=copy, args=(far, near), daemon=True)
        back.start()
        copy(near, far)
        back.join()


def accept(listener: socket.socket, path: str) -> None:
    """Take connections for ever."""
    while True:
        near, _ = listener.accept()
        threading.Thread(target=join, args=(near, path), daemon=True).start()


def main(path: str, port: int, command: list[str]) -> int:
    """Serve while `command` runs; return its exit code."""
    listener = socket.create_server(("127.0.0.1", port))
    threading.Thread(target=accept, args=(listener, path), daemon=True).start()
    return subprocess.run(command, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
