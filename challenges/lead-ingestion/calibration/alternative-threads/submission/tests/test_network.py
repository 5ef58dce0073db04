"""Over real sockets: single calls, and the program as a process of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from conftest import eventually

from leadledger.outbound.calls import Answer, NoAnswer, call, seconds_of

ROOT = Path(__file__).parent.parent
OK = b"HTTP/1.1 200 OK\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nhi"


def one_request(connection):
    heard = b""
    while (piece := connection.recv(65_536)) and not (heard := heard + piece).endswith((b"\r\n\r\n", b"{}")):
        continue
    # The body may come in a piece of its own.
    return heard + (connection.recv(2) if heard.startswith(b"POST") and not heard.endswith(b"{}") else b"")


@pytest.fixture
def peer():
    """A server that hands each connection to a function; answers its address and what it was sent."""
    listener = socket.create_server(("127.0.0.1", 0))
    heard = []

    def serve(behave):
        def run():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    heard.append(one_request(connection))
                    try:
                        behave(connection)
                    except OSError:
                        continue

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/path?a=b", heard

    yield serve
    # close() alone does not wake the thread in accept().
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def test_a_call_says_what_it_was_given(peer):
    url, heard = peer(lambda connection: connection.sendall(OK))
    answer = call("POST", url, headers={"x-token": "ä"}, body=b"{}", seconds=5)
    assert answer == Answer(200, b"hi", 3.0)
    assert heard[0].startswith(b"POST /path?a=b HTTP/1.1\r\n")
    assert b"x-token: " + "ä".encode() in heard[0]
    assert heard[0].endswith(b"\r\n\r\n{}")


def drip(connection):
    connection.sendall(OK[:20])
    for byte in OK[20:]:
        time.sleep(0.1)
        connection.sendall(bytes([byte]))


def drip_without_end(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(40):
        time.sleep(0.1)
        connection.sendall(b"x")


@pytest.mark.parametrize("behave", [drip, drip_without_end, lambda _: time.sleep(1.5)])
def test_no_call_takes_longer_than_it_may(peer, behave):
    url, _ = peer(behave)
    began = time.monotonic()
    with pytest.raises(NoAnswer):
        call("GET", url, headers={}, seconds=0.4)
    assert time.monotonic() - began < 1.4


@pytest.mark.parametrize("told", [b"", b"nonsense\r\n\r\n", OK[:-1]])
def test_connections_that_break(peer, told):
    url, heard = peer(lambda connection: connection.sendall(told))
    with pytest.raises(NoAnswer):
        call("GET", url, headers={}, seconds=5)
    assert len(heard) == 1


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    for url in (f"http://127.0.0.1:{port}/", "http://[", "http://"):
        with pytest.raises(NoAnswer):
            call("GET", url, headers={}, seconds=1)


def test_retry_after_is_seconds_or_a_date():
    assert [seconds_of(text) for text in ("7", " 0.5 ", None, "", "soon", "-3", "inf")] == [
        7,
        0.5,
        0,
        0,
        0,
        0,
        0,
    ]
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < seconds_of(soon) <= 60


class Program:
    """The service as it is started for real."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.log = folder / "log.txt"
        wanted = {
            "PORT": str(self.port),
            "DATA_DIR": str(folder / "data"),
            "CLAY_INBOUND_SECRET": "swordfish",
        }
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "leadledger"], cwd=ROOT, env={**os.environ, **wanted}, stderr=log
            )
        eventually(self.healthy, 20)

    def healthy(self) -> bool:
        try:
            return self.ask("GET", "/health")[1] == {"status": "ok"}
        except OSError:
            return False

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    def upload(self, text: str) -> str:
        body = f'--m\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n{text}\r\n--m--\r\n'
        return self.ask("POST", "/imports", body.encode(), {"Content-Type": "multipart/form-data; boundary=m"})[1]["id"]

    def report(self, identity):
        return self.ask("GET", f"/imports/{identity}")[1]

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(20)


@pytest.fixture
def start(tmp_path):
    programs = []

    def run() -> Program:
        programs.append(Program(tmp_path))
        return programs[-1]

    yield run
    for program in programs:
        program.process.kill()
        program.process.wait()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_an_import_goes_on_where_it_was_ended(start, how):
    program = start()
    rows = 8_000
    identity = program.upload("email,phone\n" + "".join(f"p{n}@x.example,+1 555 {n}\n" for n in range(rows)) + "bad,\n")
    eventually(lambda: program.report(identity)["received"] > 0)
    program.end(how)
    program = start()
    report = eventually(lambda: found if (found := program.report(identity))["status"] != "processing" else None, 60)
    assert [report[name] for name in ("status", "received", "created", "rejected")] == [
        "completed",
        rows + 1,
        rows,
        1,
    ]
    (lead,) = program.ask("GET", f"/leads?email=p{rows - 1}@x.example")[1]["items"]
    assert lead["sources"] == [{"type": "csv", "import_id": identity, "row": rows}]
    printed = program.log.read_text()
    assert f"import completed import_id={identity}" in printed
    assert "@" not in printed
    assert "+1 555" not in printed
    assert list((program.log.parent / "data" / "uploads").iterdir()) == []


def test_the_server_refuses_in_the_same_form_and_ends_in_order(start):
    program = start()
    too_much = {"Content-Type": "text/csv", "Content-Length": str(2**30)}
    for path, headers, status in (("/imports", too_much, 413), ("/" + "x" * 300_000, {}, 431)):
        code, content = program.ask("POST", path, None, headers)
        assert (code, set(content["error"])) == (status, {"code", "message"})
    assert program.end(signal.SIGTERM) == 0
    assert "stopped" in program.log.read_text()


def test_settings_that_make_no_sense_end_the_start():
    wrong = {**os.environ, "CLAY_BURST": "many"}
    command = [sys.executable, "-m", "leadledger"]
    run = subprocess.run(command, cwd=ROOT, env=wrong, capture_output=True, text=True, timeout=30, check=False)
    assert (run.returncode, run.stderr) == (2, "leadledger: CLAY_BURST is not a number.\n")
