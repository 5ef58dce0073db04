"""Fetching over https, against a real git server of the test's own: access, redirects, tokens and filters."""

from __future__ import annotations

import base64
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from repositories import Change, make_repository, run

from sandbox.engine import SandboxError
from sandbox.fetch import FetchLimits, SubmissionRefused, fetch

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
TOKEN = "s3cr3t-Nonce-Token"


@dataclass
class Host:
    """A git host: what is below `root`, and the rules that a test sets by the path's first folder."""

    address: str
    root: Path
    authorizations: list[str | None] = field(default_factory=list)


def _handler(host: Host) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer(b"")

        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def answer(self, body: bytes) -> None:
            host.authorizations.append(self.headers.get("Authorization"))
            parts = urlsplit(self.path)
            first = parts.path.split("/")[1]
            if first == "private" and self.headers.get("Authorization") is None:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if first in ("moved", "broken") or (first == "suffix" and ".git/" not in parts.path):
                self.send_response(500 if first == "broken" else 301)
                self.send_header("Location", "https://127.0.0.2/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path = "/" + parts.path.split("/", 2)[2]
            done = subprocess.run(
                ["git", "http-backend"],
                input=body,
                capture_output=True,
                env={
                    "PATH": os.environ["PATH"],
                    "GIT_PROJECT_ROOT": str(host.root),
                    "GIT_HTTP_EXPORT_ALL": "1",
                    "GIT_CONFIG_GLOBAL": "/dev/null",
                    "PATH_INFO": path,
                    "QUERY_STRING": parts.query,
                    "REQUEST_METHOD": self.command,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                },
            ).stdout
            head, _, content = done.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """The host, with one repository at `<first>/demo.git`; git trusts its certificate as it does the user's own."""
    certificate, key = tmp_path / "host.pem", tmp_path / "host.key"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    root = tmp_path / "root"
    source = make_repository(root / "demo.git", {"a.py": "1\n"}, [Change({"a.py": "2\n"})], bare=True)
    run(source, "config", "uploadpack.allowFilter", "true")
    (tmp_path / "into").mkdir()
    made = Host("", root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    made.address = f"https://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_a_repository_comes_over_https_with_its_history(host: Host, tmp_path: Path) -> None:
    """Branches and short commits too; the address is the submission's name and place."""
    submission = fetch(f"{host.address}/open/demo.git", into=tmp_path / "into")
    assert submission.commit == run(host.root / "demo.git", "rev-parse", "HEAD")
    assert len(submission.commits()) == 2
    assert submission.name == "open-demo"
    assert submission.repository == f"{host.address}/open/demo.git"
    (tmp_path / "second").mkdir()
    first = run(host.root / "demo.git", "rev-parse", "HEAD~1")
    assert fetch(f"{host.address}/open/demo.git", ref=first[:8], into=tmp_path / "second").commit == first
    (tmp_path / "third").mkdir()
    assert fetch(f"{host.address}/open/demo.git", ref=first, into=tmp_path / "third").commit == first


def test_what_is_not_there_or_closed_is_refused(host: Host, tmp_path: Path) -> None:
    """No such repository, no access, moved: the address's fault, each in one line that says what to do."""
    for path, words in (
        ("open/no-ssl-proxy.git", "access is denied"),
        ("private/demo.git", "access is denied"),
        ("moved/x", "has moved"),
    ):
        with pytest.raises(SubmissionRefused, match=words):
            fetch(f"{host.address}/{path}", into=tmp_path / "into")


def test_a_host_that_fails_is_our_trouble(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Status 500 and a certificate that nobody knows say nothing about the submission."""
    with pytest.raises(SandboxError, match="could not be reached"):
        fetch(f"{host.address}/broken/demo.git", into=tmp_path / "into")
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.delenv("GIT_SSL_CAINFO", raising=False)
    (tmp_path / "second").mkdir()
    with pytest.raises(SandboxError, match="could not be reached"):
        fetch(f"{host.address}/open/demo.git", into=tmp_path / "second")


@pytest.mark.slow
def test_a_host_that_wants_the_git_ending_gets_it(host: Host, tmp_path: Path) -> None:
    """Some hosts answer an address without `.git` by a redirect, which is not followed; the ending is."""
    assert fetch(f"{host.address}/suffix/demo", into=tmp_path / "into").repository == f"{host.address}/suffix/demo"


@pytest.mark.parametrize("way", ["address", "environment"])
def test_a_token_opens_a_private_repository_and_is_kept_nowhere(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The host gets it in a header; neither the submission nor our folder has it."""
    if way == "address":
        address = host.address.replace("https://", f"https://alice:{TOKEN}@")
        login = f"alice:{TOKEN}"
    else:
        address, login = host.address, f"x-access-token:{TOKEN}"
        monkeypatch.setenv("HARNESS_GIT_TOKEN", TOKEN)
        monkeypatch.setenv("HARNESS_GIT_TOKEN_HOST", "127.0.0.1")
    submission = fetch(f"{address}/private/demo.git", into=tmp_path / "into")
    assert f"Basic {base64.b64encode(login.encode()).decode()}" in host.authorizations
    encoded = base64.b64encode(login.encode())
    assert TOKEN not in repr(submission)
    for file in (tmp_path / "into").rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert TOKEN.encode() not in content
        assert encoded not in content


@pytest.mark.slow
def test_a_file_over_the_limit_is_not_downloaded(host: Host, tmp_path: Path) -> None:
    """Where the host can leave it out, it stays there, and the refusal names it."""
    source = make_repository(tmp_path / "root" / "big.git", {"big.bin": os.urandom(3_000_000), "a": "1"}, bare=True)
    run(source, "config", "uploadpack.allowFilter", "true")
    with pytest.raises(SubmissionRefused, match=r"big\.bin is larger than 1 MiB"):
        fetch(f"{host.address}/open/big.git", into=tmp_path / "into", limits=FetchLimits(file_mib=1))
    assert sum(file.stat().st_size for file in (tmp_path / "into").rglob("*") if file.is_file()) < 100_000
