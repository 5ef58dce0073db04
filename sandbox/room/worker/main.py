"""Our worker in the sandbox of a command-line or library challenge: makes the runs and calls that it is asked for.

Stdlib only, Python 3.9 to 3.14; started as `python3 -I -S main.py` before any byte of the candidate's runs in the
room. It listens on 127.0.0.1:$PORT and takes one request a connection, JSON in the small frame of HTTP that the
examiner's hardened client reads. It decides nothing: the candidate's code has the same user and may end it or speak in
its place, so whatever comes from here is as untrusted as what the candidate's program prints.

    PORT             where it listens
    DATA_DIR         the folder that it may empty: the runs' working folders lie there
    HARNESS_FOLDER   where the submission lies
    HARNESS_COMMAND  the submission's shell line; a command's arguments are put behind it
    HARNESS_PATH     the PATH of what it starts
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import re
import socket
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # python3 -I leaves the script's own folder out
sys.path.insert(0, str(Path(__file__).resolve().parent))

from calls import Calls
from ground import Ground
from processes import adopt_orphans, count_stops
from runs import Runs

del sys.path[:2]  # the command may write there: what is imported later comes from Python's own folders alone

REQUEST_BYTES = 48 * 2**20
HEAD_BYTES = 16_384
SILENCE_SECONDS = 10.0
"""How long a connection may keep silent: whoever else is in the room can connect too."""
OURS = ("PORT", "DATA_DIR", "HARNESS_FOLDER", "HARNESS_COMMAND", "HARNESS_PATH")
PR_SET_DUMPABLE = 4
M_MMAP_THRESHOLD = -3


class NoRequestError(Exception):
    """What came over the connection is no request."""


def main() -> None:
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)  # our memory is closed to who shares our user
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 2**20)  # what a large request took goes back at once, for the command to use
    adopt_orphans()
    count_stops()
    ground = Ground(os.environ["DATA_DIR"], os.environ.get("HARNESS_FOLDER", "/submission"))
    variables = {name: value for name, value in os.environ.items() if name not in OURS}
    variables["PATH"] = os.environ.get("HARNESS_PATH", variables.get("PATH", os.defpath))
    variables.update(ground.variables)
    runs = Runs(os.environ.get("HARNESS_COMMAND", ""), variables, ground)
    calls = Calls(variables, ground)
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=16)
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError, NoRequestError):
            connection.settimeout(SILENCE_SECONDS)
            path, body = read(connection)
            connection.sendall(framed(answer(path, body, runs, calls)))


def answer(path: str, body: bytearray, runs: Runs, calls: Calls) -> dict[str, Any]:
    """Do what is asked; what goes wrong here is told, for the examiner to judge."""
    if path == "/health":
        return {}
    try:
        request = json.loads(body)
        body.clear()  # the memory that is left here is the command's
        if path == "/run":
            return runs.run(request)
        if path == "/call":
            return calls.call(request)
        if path == "/close":
            return calls.close()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
        return {"ended": "unable", "detail": f"{type(reason).__name__}: {reason}"[:500]}
    return {"ended": "unable", "detail": "nothing of that name can be asked for"}


def read(connection: socket.socket) -> tuple[str, bytearray]:
    """Path and body of one request."""
    data = bytearray()
    while (end := data.find(b"\r\n\r\n")) < 0:
        if len(data) > HEAD_BYTES or not (piece := connection.recv(65_536)):
            raise NoRequestError
        data += piece
    head = data[:end].decode("latin-1")
    del data[: end + 4]
    first = head.split(" ", 2)
    found = re.search(r"(?im)^content-length: *(\d{1,9})\r?$", head)
    size = int(found[1]) if found else 0
    if len(first) < 3 or size > REQUEST_BYTES:
        raise NoRequestError
    while len(data) < size:
        if not (piece := connection.recv(1 << 18)):
            raise NoRequestError
        data += piece
    return first[1], data


def framed(value: dict[str, Any]) -> bytes:
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body)


if __name__ == "__main__":
    main()
