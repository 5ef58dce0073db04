"""The first example of the brief, asked as the hidden tests ask your service: started by its line, over HTTP."""

import os
import signal
import socket
import subprocess
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = tomllib.loads((ROOT / "submission.toml").read_text())["run"]["start"]
SECONDS = 5


@contextmanager
def service() -> Iterator[str]:
    """The address of your service, started as submission.toml says, on a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PORT": str(port)}
    running = subprocess.Popen(START, shell=True, cwd=ROOT, env=environment, start_new_session=True)
    try:
        wait_until_healthy(f"http://127.0.0.1:{port}", running)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(running)


def stop(running: subprocess.Popen[bytes]) -> None:
    """Ask it and all that it started to end, so that coverage can be saved; what does not listen is killed."""
    with suppress(ProcessLookupError):  # nobody is left
        os.killpg(running.pid, signal.SIGTERM)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            running.poll()
            os.killpg(running.pid, 0)
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def wait_until_healthy(address: str, running: subprocess.Popen[bytes]) -> None:
    """Ask for its health until it answers; fail when it has ended, or when the time to start is over."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert running.poll() is None, f"{START!r} ended with exit code {running.returncode}"
        with suppress(OSError):  # it does not listen yet
            if get(f"{address}/health")[0] == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"GET /health did not answer 200 within {SECONDS} seconds of the start")


def get(url: str) -> tuple[int, str]:
    """Status and text of an answer, whatever the status."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def test_the_first_example() -> None:
    query = urllib.parse.urlencode({"name": "Ada"})
    with service() as address:
        assert get(f"{address}/greeting?{query}") == (200, "Hello, Ada!")
