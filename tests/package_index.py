"""A package index for tests, on this machine's loopback: a few wheels made on the spot, and faults on request."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.index import Index


def wheel(name: str, version: str, files: Mapping[str, str]) -> bytes:
    """A wheel with the given files, as an index would serve it."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    contents = {path: text.encode() for path, text in files.items()}
    contents[f"{folder}/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    contents[f"{folder}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = []
    for path, content in contents.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={digest},{len(content)}\n")
    contents[f"{folder}/RECORD"] = "".join([*record, f"{folder}/RECORD,,\n"]).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents.items():
            archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


@dataclass
class Served:
    """What the index has, what is wrong with it, and what it was asked.

    `fault`: "", "500", "drop", "cut" or "other bytes" (than it lists).
    """

    wheels: dict[str, bytes] = field(default_factory=dict)
    fault: str = ""
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def index(self) -> Index:
        """This index as the harness knows one."""
        host = f"127.0.0.1:{self.port}"
        return Index((f"http://{host}/simple",), frozenset({host}), None, None, "a test")

    def add(self, name: str, version: str, files: Mapping[str, str]) -> str:
        """Serve a wheel; returns its sha256."""
        content = wheel(name, version, files)
        self.wheels[f"{name.replace('-', '_')}-{version}-py3-none-any.whl"] = content
        return hashlib.sha256(content).hexdigest()


@contextmanager
def serve_index() -> Iterator[Served]:
    """Serve an index until the block ends."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            if served.fault == "drop":
                self.close_connection = True
                return
            if served.fault == "500":
                self._say(500, b"")
            elif self.path.startswith("/simple/"):
                self._page(self.path.split("/")[2])
            elif (content := served.wheels.get(self.path.rpartition("/")[2])) is not None:
                more = b"\0" if served.fault == "other bytes" else b""
                self._say(200, content + more, "application/octet-stream")
            else:
                self._say(404, b"")

        do_HEAD = do_GET  # noqa: N815  # the base class names it so

        def _page(self, project: str) -> None:
            links = [
                f'<a href="/files/{name}#sha256={hashlib.sha256(content).hexdigest()}">{name}</a>'
                for name, content in served.wheels.items()
                if name.partition("-")[0].replace("_", "-") == project
            ]
            self._say(200 if links else 404, f"<html><body>{''.join(links)}</body></html>".encode())

        def _say(self, status: int, content: bytes, kind: str = "text/html") -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command == "HEAD":
                return
            if served.fault == "cut" and kind != "text/html":
                self.wfile.write(content[: len(content) // 2])
                self.close_connection = True
            else:
                self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
        time.sleep(0)
