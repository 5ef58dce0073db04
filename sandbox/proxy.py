"""A proxy on a unix socket that leads to the package index and nowhere else.

A container that installs packages has no network; this socket is all it is given. Hosts are compared whole
("host:port"), so neither look-alike names nor addresses get through. What went where is counted, for the report.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import socket
import stat
import sys
import threading
from collections import Counter
from collections.abc import Collection, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from sandbox.engine import SandboxError

HEAD_BYTES = 16 * 1024
"""The longest request head."""

HEAD_SECONDS = 20.0
CONNECT_SECONDS = 20.0
IDLE_SECONDS = 120.0
"""How long a connection may say nothing, in either direction."""

CONNECTIONS = 64
"""Connections at once."""

BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Traffic:
    """What passed: bytes by "host:port", what was refused, and what went wrong on the way to the index."""

    hosts: dict[str, int]
    refused: dict[str, int]
    failures: tuple[str, ...]
    over_limit: bool


@dataclass
class _Proxy:
    hosts: frozenset[str]
    upstream: str | None
    limit: int
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    over_limit: bool = False
    open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def traffic(self) -> Traffic:
        with self.lock:
            return Traffic(dict(self.passed), dict(self.refused), tuple(self.failures), self.over_limit)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, and close it whatever happens."""
        self.open += 1
        try:
            if self.open > CONNECTIONS:
                await _answer(writer, "503 Too Many Connections")
            else:
                await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError):
            pass  # the client went away or spoke nonsense
        except asyncio.CancelledError:
            pass  # the proxy is being closed; asyncio's streams would print a traceback for it
        finally:
            self.open -= 1
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(HEAD_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = head.partition(b"\r\n")[0].decode("ascii", errors="replace").partition(" ")
        target = rest.partition(" ")[0]
        host = target.lower() if method == "CONNECT" else _plain_host(method, target)
        if host not in self.hosts:
            self._note(self.refused, host[:200] or "unreadable", 1)
            await _answer(writer, "403 Forbidden")
            return
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                far_reader, far_writer = await self._connect(host, tunnel=method == "CONNECT")
        except (OSError, TimeoutError, ValueError) as problem:
            self._fail(f"{host}: {problem or type(problem).__name__}")
            await _answer(writer, "502 Bad Gateway")
            return
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.drain()
                await _both(
                    self._relay(reader, far_writer, host, inward=False),
                    self._relay(far_reader, writer, host, inward=True),
                )
            else:
                far_writer.write(self._plain_request(head, target))
                await far_writer.drain()
                await self._relay(far_reader, writer, host, inward=True)
        finally:
            far_writer.close()

    async def _connect(self, host: str, *, tunnel: bool) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        name, _, port = host.rpartition(":")
        if self.upstream is None:
            return await asyncio.open_connection(name.strip("[]"), int(port))
        parts = urlsplit(self.upstream)
        reader, writer = await asyncio.open_connection(
            parts.hostname or "", parts.port or 80, ssl=True if parts.scheme == "https" else None
        )
        if tunnel:
            writer.write(f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n{_authorization(self.upstream)}\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if head.split(b" ", 2)[1:2] != [b"200"]:
                writer.close()
                said = head.partition(b"\r\n")[0].decode(errors="replace")[:100]
                raise OSError(f"the proxy of this machine answered {said!r}")
        return reader, writer

    def _plain_request(self, head: bytes, target: str) -> bytes:
        """Rewrite a GET for a whole address into one that the server (or the next proxy) takes, and closes after."""
        parts = urlsplit(target)
        path = target if self.upstream else (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = head.split(b"\r\n")
        kept = [
            line
            for line in lines[1:]
            if line and not line.lower().startswith((b"connection:", b"proxy-", b"keep-alive:"))
        ]
        first = f"{lines[0].split(b' ')[0].decode()} {path} HTTP/1.1".encode()
        extra = _authorization(self.upstream).encode() if self.upstream else b""
        return b"\r\n".join([first, *kept, b"Connection: close"]) + b"\r\n" + extra + b"\r\n"

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, *, inward: bool
    ) -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    block = await reader.read(BLOCK)
            except (OSError, TimeoutError) as problem:
                if inward:
                    self._fail(f"{host}: {problem or 'no answer'}")
                return
            if not block:
                return
            self._note(self.passed, host, len(block))
            if self.passed.total() > self.limit:
                self.over_limit = True
                return
            writer.write(block)
            await writer.drain()

    def _note(self, counter: Counter[str], name: str, count: int) -> None:
        with self.lock:
            if name in counter or len(counter) < 100:
                counter[name] += count

    def _fail(self, what: str) -> None:
        with self.lock:
            if len(self.failures) < 100:
                self.failures.append(what[:300])


def _plain_host(method: str, target: str) -> str:
    """Return "host:port" of a GET or HEAD of an http address; "" for anything else."""
    if method not in ("GET", "HEAD"):
        return ""
    parts = urlsplit(target)
    if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc:
        return ""
    return f"{parts.hostname.lower()}:{parts.port or 80}"


def _authorization(proxy: str) -> str:
    parts = urlsplit(proxy)
    if not parts.username:
        return ""
    secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return f"Proxy-Authorization: Basic {base64.b64encode(secret).decode()}\r\n"


async def _answer(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    await writer.drain()


async def _both(*relays: Coroutine[None, None, None]) -> None:
    """Run both directions until either ends: then the connection is over."""
    tasks = [asyncio.ensure_future(relay) for relay in relays]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True)
class Door:
    """An open proxy: the path of its socket, and what passed so far."""

    socket: Path
    _proxy: _Proxy

    def traffic(self) -> Traffic:
        return self._proxy.traffic()


@contextmanager
def open_door(
    path: Path, hosts: Collection[str], *, upstream: str | None = None, limit: int = 4 * 1024**3
) -> Iterator[Door]:
    """Serve the proxy on a unix socket at `path` until the block ends.

    `hosts`: the "host:port" names that may be reached, in lower case; `upstream`: the user's own proxy;
    `limit`: bytes that may pass in all. Anyone who sees the socket may use it: keep it in a folder for one container.
    """
    proxy = _Proxy(frozenset(hosts), upstream, limit)
    listener = _listen(path)
    loop = asyncio.new_event_loop()
    started = threading.Event()
    stopping: list[asyncio.Event] = []

    async def main() -> None:
        stop = asyncio.Event()
        stopping.append(stop)
        # Python 3.13 looks at the socket's name to remove it at the end; that name was a descriptor's, gone by now.
        kept: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
        server = await asyncio.start_unix_server(proxy.serve, sock=listener, limit=HEAD_BYTES, **kept)
        started.set()
        await stop.wait()
        server.close()
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def run() -> None:
        try:
            loop.run_until_complete(main())
        finally:
            loop.close()

    thread = threading.Thread(target=run, name="index-proxy", daemon=True)
    thread.start()
    if not started.wait(10):
        raise SandboxError("the proxy to the package index did not start: try again")
    try:
        yield Door(path, proxy)
    finally:
        loop.call_soon_threadsafe(stopping[0].set)
        thread.join(10)
        path.unlink(missing_ok=True)


def _listen(path: Path) -> socket.socket:
    """Bind a unix socket at `path`, however long the path is (the kernel's own limit is 107 bytes)."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        short = Path(f"/proc/self/fd/{folder}/{path.name}")
        listener.bind(str(short) if Path("/proc/self/fd").exists() else str(path))
        path.chmod(stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH)
    except OSError as problem:
        listener.close()
        raise SandboxError(f"the proxy's socket could not be made at {path}: {problem}") from problem
    finally:
        with contextlib.suppress(OSError):
            os.close(folder)
    return listener
