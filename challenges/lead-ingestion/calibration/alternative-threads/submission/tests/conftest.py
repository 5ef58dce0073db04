"""The service in this process, with its outgoing calls replaced by a script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient

from leadledger.assembly import LeadLedger
from leadledger.outbound import clay, provider
from leadledger.outbound.calls import Answer, NoAnswer
from leadledger.settings import Settings
from leadledger.web.app import create_app

SECRET = "swordfish"
DONE = ("completed", "failed")


def eventually(ask: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Ask until the answer is truthy, and return it."""
    end = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)
    return answer


class Wire:
    """Stands for the network: answers from a script by email, and keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.script: dict[str, list[Answer | None]] = {}
        self._lock = threading.Lock()

    def expect(self, email: str, *answers: Answer | None) -> None:
        """Answers to the calls about somebody, the last one again and again; None: no answer at all."""
        self.script[email] = list(answers)

    def call(self, method: str, url: str, **rest: Any) -> Answer:
        if method == "GET":
            letter = {"email": parse_qs(urlsplit(url).query)["email"][0]}
        else:
            letter = json.loads(rest["body"])
        with self._lock:
            now = time.monotonic()
            self.sent.append({"to": method, "url": url, "at": now, "letter": letter, **rest})
            answers = self.script.get(letter["email"], [Answer(404 if method == "GET" else 200)])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer is None:
            raise NoAnswer("nobody there")
        return answer

    def about(self, email: str) -> list[dict[str, Any]]:
        return [one for one in self.sent if one["letter"]["email"] == email]


class House:
    """The parts of a running service, and its test client."""

    def __init__(self, settings: Settings) -> None:
        self.book = LeadLedger(settings)
        self.app = create_app(self.book)
        self.book.start()

    @property
    def web(self) -> FlaskClient:
        """A client of its own for each request: tests send some from threads."""
        return self.app.test_client()

    def upload(self, content: str | bytes, **headers: str) -> Any:
        data = content if isinstance(content, bytes) else content.encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        part = b'--mark\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n'
        form = {
            "data": part + data + b"\r\n--mark--\r\n",
            "content_type": "multipart/form-data; boundary=mark",
        }
        return self.web.post("/imports", headers=named, **form)

    def ended(self, identity: str) -> dict[str, Any]:
        def report() -> Any:
            told = self.web.get(f"/imports/{identity}").json
            return told if told["status"] in DONE else None

        return eventually(report)

    def run(self, content: str | bytes, **headers: str) -> dict[str, Any]:
        answer = self.upload(content, **headers)
        assert answer.status_code == 202, answer.json
        return self.ended(answer.json["id"])

    def who(self, email: str) -> dict[str, Any]:
        (found,) = self.web.get("/leads", query_string={"email": email}).json["items"]
        return found

    def deliver(self, lead: dict[str, Any], name: str, when: str = "2026-06-03T09:00:00Z", **values: Any) -> Any:
        body = {"lead_id": lead["id"], "delivery_id": name, "enriched_at": when, **values}
        return self.post_delivery(json.dumps(body))

    def post_delivery(self, body: str | bytes, bearer: str = f"Bearer {SECRET}") -> Any:
        return self.web.post("/webhooks/clay", data=body, headers={"Authorization": bearer})


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(provider, "call", wire.call)
    monkeypatch.setattr(clay, "call", wire.call)
    return wire


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Starts the service on a folder of its own; the same one, when it is started again."""
    houses: list[House] = []

    def start(**settings: Any) -> House:
        for earlier in houses:
            earlier.book.stop()
        defaults = {"inbound_secret": SECRET, "retry_base": 0.02, "clay_rate": 500.0, "clay_burst": 100.0}
        houses.append(House(Settings(port=0, data_dir=tmp_path / "data", **{**defaults, **settings})))
        return houses[-1]

    yield start
    for house in houses:
        house.book.stop()
        house.book.database.close()


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    """Both integrations off."""
    return open_house()


BOTH = {
    "clay_url": "http://clay.example/hook",
    "clay_token": "token-ä",
    "provider_url": "http://provider.example",
    "provider_key": "key-1",
}


@pytest.fixture
def connected(open_house: Callable[..., House], wire: Wire) -> House:
    """Both integrations on, over the wire."""
    return open_house(**BOTH)
