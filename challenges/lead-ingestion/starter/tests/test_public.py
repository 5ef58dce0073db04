"""Public tests: a part of the contract, asked of your program over HTTP, as we do it.

They start the program as submission.toml says, in a process of its own, with an empty DATA_DIR and with stand-ins for the
provider and for Clay. They need nothing but pytest. Run them with `python -m pytest`, or one with `-k name`. Ids in
brackets are the brief's requirements.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SECRET, TOKEN, API_KEY = "inbound-secret", "webhook-token", "api-key"


class StandIn(ThreadingHTTPServer):
    """The provider and Clay in one: knows people whose email starts with "known", takes every lead, keeps all calls."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _StandInHandler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.calls = []
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _StandInHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        email = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("email", [""])[0]
        self.server.calls.append(("lookup", email, dict(self.headers), None))
        if email.startswith("known"):
            self._answer(200, {"email": email, "title": "Head of Sales", "company": "Acme", "employees": 120})
        else:
            self._answer(404, {"error": "not_found"})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
        email = body.get("email") if isinstance(body, dict) else None
        self.server.calls.append(("clay", email, dict(self.headers), body))
        self._answer(200, "OK")

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Service:
    """Your running program."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def call(self, method, path, body=None, headers=None):
        """(status, parsed JSON or text) of one request."""
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, _parsed(response.read())
        except urllib.error.HTTPError as error:
            return error.code, _parsed(error.read())

    def upload(self, content, headers=None):
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="leads.csv"\r\nContent-Type: text/csv\r\n\r\n'
        body = head.encode() + content + f"\r\n--{mark}--\r\n".encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={mark}"}
        return self.call("POST", "/imports", body, kind | (headers or {}))

    def imported(self, text):
        """Upload a file, wait until the import has ended, and return its report."""
        status, answer = self.upload(text.encode() if isinstance(text, str) else text)
        assert status == 202, f"POST /imports with a good file: expected 202, got {status}: {answer}"
        assert isinstance(answer, dict) and "id" in answer, f'POST /imports: expected {{"id": ...}}, got {answer}'
        path = f"/imports/{answer['id']}"
        return until(
            lambda: self.call("GET", path)[1],
            lambda report: isinstance(report, dict) and report.get("status") in ("completed", "failed"),
            f"GET {path} to say that the import has ended",
        )

    def lead(self, email):
        """The one lead with this email."""
        status, answer = self.call("GET", "/leads?" + urllib.parse.urlencode({"email": email}))
        assert status == 200, f"GET /leads?email={email}: expected 200, got {status}: {answer}"
        assert len(answer["items"]) == 1, f"GET /leads?email={email}: expected one item, got {answer['items']}"
        return answer["items"][0]

    def deliver(self, body, secret=SECRET):
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {secret}"}
        return self.call("POST", "/webhooks/clay", json.dumps(body).encode(), headers)


def _parsed(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def until(ask, good, what, seconds=10):
    """Ask again and again until the answer is good; return it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if good(answer):
            return answer
        assert time.monotonic() < deadline, f"Waited {seconds} s for {what}. The last answer was {answer}"
        time.sleep(0.05)


def error_code(answer):
    """The code of an error answer."""
    told = (
        isinstance(answer, dict)
        and isinstance(answer.get("error"), dict)
        and {"code", "message"} <= set(answer["error"])
    )
    assert told, f'expected {{"error": {{"code", "message"}}}}, got {answer}'
    return answer["error"]["code"]


def counts(report):
    return {name: report.get(name) for name in ("received", "created", "updated", "unchanged", "rejected")}


@pytest.fixture(scope="module")
def stand_in():
    with StandIn() as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def service(stand_in, tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("program")
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(folder / "data"),
        "CLAY_WEBHOOK_URL": f"{stand_in.url}/v3/sources/webhook/table",
        "CLAY_WEBHOOK_AUTH": TOKEN,
        "CLAY_INBOUND_SECRET": SECRET,
        "ENRICH_BASE_URL": stand_in.url,
        "ENRICH_API_KEY": API_KEY,
        "ENRICH_TIMEOUT_SECONDS": "2",
        "RETRY_BASE_SECONDS": "0.1",
        # The programs of this Python come first, also where its environment is not activated.
        "PATH": str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", ""),
    }
    (folder / "data").mkdir()
    start = tomllib.loads((ROOT / "submission.toml").read_text())["run"]["start"]
    printed = folder / "output.txt"
    with printed.open("wb") as output:
        program = subprocess.Popen(
            ["/bin/sh", "-c", start],
            cwd=ROOT,
            env=os.environ | settings,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    running = Service(port)
    try:
        _wait_for_health(running, program, printed)
        yield running
    finally:
        _end(program, signal.SIGTERM)
        try:
            program.wait(10)
        except subprocess.TimeoutExpired:
            _end(program, signal.SIGKILL)


def _end(program, how):
    """Signal the shell and all that it has started: the line in submission.toml may be more than one command."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, how)


def _wait_for_health(service, program, printed):
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and program.poll() is None:
        try:
            if service.call("GET", "/health")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    state = "is still running" if program.poll() is None else f"ended with exit code {program.returncode}"
    pytest.fail(
        f"GET /health did not answer 200 within 15 seconds; the program {state}. It printed:\n"
        + printed.read_text(errors="replace")[-3000:]
    )


def test_health(service):
    """[R-happy-path-1]"""
    assert service.call("GET", "/health") == (200, {"status": "ok"})


def test_clean_file(service):
    """[R-happy-path-2] [R-happy-path-3] [R-happy-path-5]"""
    report = service.imported(
        "email,first_name,last_name,company,title,phone,website\r\nann@clean.example,Ann,Lee,Acme,,+1 555 0100,\r\n"
    )
    assert report["status"] == "completed"
    assert counts(report) == {"received": 1, "created": 1, "updated": 0, "unchanged": 0, "rejected": 0}
    lead = service.lead("ann@clean.example")
    assert (lead["first_name"], lead["company"], lead["phone"]) == ("Ann", "Acme", "+1 555 0100")
    assert lead["title"] is None, "what is unknown is null"
    assert lead["sources"] == [{"type": "csv", "import_id": report["id"], "row": 1}]
    assert service.call("GET", f"/leads/{lead['id']}")[0] == 200


def test_messy_file(service):
    """[R-csv-1] [R-csv-2] [R-csv-4] [R-csv-6] [R-validation-3] [R-validation-4]"""
    text = (
        '\ufeffEmail Address, Company ,Lead Score\r\nbea@messy.example,"Bea, ""B"" & Sons\r\nLondon",7\r\n'
        "not an email,Acme,1\r\n,Acme,1\r\ncleo@messy.example,Acme\r\n"
    )
    report = service.imported(text)
    assert counts(report) == {"received": 4, "created": 1, "updated": 0, "unchanged": 0, "rejected": 3}
    assert sorted((error["row"], error["code"]) for error in report["errors"]) == [
        (2, "invalid_email"),
        (3, "missing_email"),
        (4, "wrong_column_count"),
    ], "row 1 is the first record after the header; a record may hold line breaks"
    assert service.lead("bea@messy.example")["company"].startswith('Bea, "B" & Sons')


def test_one_lead_an_email(service):
    """[R-dedupe-1] [R-dedupe-3] [R-dedupe-4] [R-dedupe-5]"""
    service.imported("email,first_name,phone\nDan@same.example,Dan,+1 555 0101\n")
    report = service.imported(
        "email,first_name,phone,title\n dan@SAME.example ,Daniel,,CTO\ndan@same.example,Daniel,,CTO\n"
    )
    assert counts(report) == {"received": 2, "created": 0, "updated": 1, "unchanged": 1, "rejected": 0}
    lead = service.lead("dan@same.example")
    assert (lead["first_name"], lead["phone"], lead["title"]) == ("Daniel", "+1 555 0101", "CTO")
    assert len(lead["sources"]) == 3, f"every accepted row is a source: {lead['sources']}"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "empty_file"), (b"name,company\nAnn,Acme\n", "missing_column"), (b"\xff\xfee\x00", "not_text")],
)
def test_unreadable_file(service, content, code):
    """[R-csv-8] [R-security-3]"""
    status, answer = service.upload(content)
    assert (status, error_code(answer)) == (400, code)


def test_idempotency_key(service):
    """[R-idempotency-1] [R-idempotency-2]"""
    key = {"Idempotency-Key": "the-same"}
    first = service.upload(b"email\neve@key.example\n", key)
    assert first[0] == 202, f"POST /imports with an Idempotency-Key: expected 202, got {first}"
    assert service.upload(b"email\neve@key.example\n", key) == first
    status, answer = service.upload(b"email\nother@key.example\n", key)
    assert (status, error_code(answer)) == (409, "idempotency_conflict")


def test_enrichment(service, stand_in):
    """[R-enrichment-1] [R-enrichment-2] [R-enrichment-3] [R-enrichment-4]"""
    service.imported("email,company\nknown+tag@people.example,Given Inc\nunknown@people.example,\n")
    for email, status in (("known+tag@people.example", "enriched"), ("unknown@people.example", "not_found")):
        until(
            lambda email=email: service.lead(email)["enrichment"]["status"],
            lambda seen, status=status: seen == status,
            f"the enrichment of {email} to be {status}",
        )
    lead = service.lead("known+tag@people.example")
    assert lead["enrichment"]["fields"]["employees"] == 120
    assert (lead["title"], lead["company"]) == ("Head of Sales", "Given Inc"), (
        "empty fields are filled, given ones kept"
    )
    calls = [
        headers for kind, email, headers, _ in stand_in.calls if (kind, email) == ("lookup", "known+tag@people.example")
    ]
    assert len(calls) == 1, f"expected one call to the provider, saw {len(calls)}"
    assert {name.lower(): value for name, value in calls[0].items()}.get("x-api-key") == API_KEY


def test_leads_go_to_clay(service, stand_in):
    """[R-clay-outbound-1] [R-clay-outbound-2] [R-clay-outbound-3]"""
    service.imported("email,first_name\nfay@clay.example,Fay\n")
    lead = until(
        lambda: service.lead("fay@clay.example"),
        lambda lead: lead["clay"]["status"] == "sent",
        "clay.status to be sent",
    )
    calls = [call for call in stand_in.calls if call[:2] == ("clay", "fay@clay.example")]
    assert len(calls) == 1, f"expected one call to Clay, saw {len(calls)}"
    _, _, headers, body = calls[0]
    assert (body["lead_id"], body["first_name"]) == (lead["id"], "Fay")
    assert {name.lower(): value for name, value in headers.items()}.get("x-clay-webhook-auth") == TOKEN


def test_clay_delivers(service):
    """[R-clay-inbound-1] [R-clay-inbound-2] [R-clay-inbound-4] [R-clay-inbound-6] [R-clay-inbound-7]"""
    service.imported("email\ngil@clay.example\n")
    lead = service.lead("gil@clay.example")
    body = {"lead_id": lead["id"], "delivery_id": "d-1", "enriched_at": "2026-06-02T12:00:00Z", "title": "Buyer"}
    assert service.deliver(body, secret="wrong")[0] == 401
    assert service.deliver(body) == (200, {"status": "applied"})
    assert service.deliver(body) == (200, {"status": "duplicate"})
    assert service.deliver({**body, "delivery_id": "d-2", "lead_id": "nobody"})[0] == 404
    assert service.deliver({"lead_id": lead["id"]})[0] == 422
    lead = service.lead("gil@clay.example")
    assert (lead["title"], lead["enrichment"]["status"]) == ("Buyer", "enriched")
    assert {"type": "clay", "delivery_id": "d-1"} in lead["sources"]


def test_pages_and_export(service):
    """[R-happy-path-6] [R-happy-path-8] [R-security-2]"""
    service.imported("email,company\nhal@page.example,=1+1\nida@page.example,Acme\njon@page.example,Acme\n")
    emails, cursor = [], ""
    for _ in range(50):
        page = service.call("GET", f"/leads?limit=2{cursor}")[1]
        emails += [lead["email"] for lead in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = "&cursor=" + urllib.parse.quote(page["next_cursor"], safe="")
    assert [email for email in emails if email.endswith("@page.example")] == [
        f"{name}@page.example" for name in ("hal", "ida", "jon")
    ]
    status, text = service.call("GET", "/leads.csv")
    assert status == 200
    assert "hal@page.example,,,'=1+1" in text, "a cell that a spreadsheet would run is prefixed by an apostrophe"


def test_unknown_ids(service):
    """[R-happy-path-3] [R-happy-path-5] [R-security-3]"""
    for path in ("/imports/none", "/leads/none"):
        status, answer = service.call("GET", path)
        assert status == 404
        assert isinstance(error_code(answer), str)
