"""What the tests share: the service in this process, and a world outside it that does as a test tells it."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.main import create_app
from app.settings import Settings

SECRET = "inbound-secret"
HANG = "hang"


class Clock:
    """Stands in for the module `time`: it goes as time does (nobody sets it), and leaps when told."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    def time(self) -> float:
        return time.monotonic() + self._ahead

    def leap(self, seconds: float) -> None:
        """Let this time pass. A service that sleeps until then looks at the clock with the next import or start."""
        self._ahead += seconds


class World:
    """The provider and Clay. What is scripted for an email comes first, its last answer for ever after.

    HANG: silence until `let_go` is set, then what is scripted next. Calls are stamped with the time on `clock`.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, float, httpx.Request]] = []
        self.clock = Clock()
        self.let_go = threading.Event()
        self._scripts: dict[tuple[str, str], list[Any]] = {}

    def script(self, side: str, email: str, *answers: Any) -> None:
        self._scripts[side, email] = list(answers)

    def seen(self, side: str, email: str | None = None) -> list[httpx.Request]:
        return [call[3] for call in self.calls if call[0] == side and email in (None, call[1])]

    def times(self, side: str, email: str) -> list[float]:
        return [call[2] for call in self.calls if call[:2] == (side, email)]

    async def answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "provider.test":
            side, email = "provider", request.url.params["email"]
        else:
            side, email = "clay", json.loads(request.content)["email"]
        self.calls.append((side, email, self.clock.time(), request))
        script = self._scripts.get((side, email), [404 if side == "provider" else 200])
        answer = script.pop(0) if len(script) > 1 else script[0]
        if answer == HANG:
            while not self.let_go.is_set():
                await asyncio.sleep(0.01)
            answer = script[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, int):
            return httpx.Response(answer)
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))


class Service:
    """The service as its clients see it."""

    def __init__(self, app: FastAPI) -> None:
        self.client = TestClient(app)
        self.client.__enter__()
        self._running = True
        self._database = app.state.database

    def stop(self) -> None:
        """Stop as a server does: when this returns, nothing of it runs any more."""
        if self._running:
            self._running = False
            self.client.__exit__(None, None, None)

    def upload(self, content: str | bytes, key: str | None = None) -> httpx.Response:
        body = content.encode() if isinstance(content, str) else content
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post("/imports", files={"file": ("leads.csv", body, "text/csv")}, headers=headers)

    def imported(self, content: str | bytes, key: str | None = None) -> dict[str, Any]:
        answer = self.upload(content, key)
        assert answer.status_code == 202, answer.text
        return self.finished(answer.json()["id"])

    def finished(self, import_id: str) -> dict[str, Any]:
        return wait_for(
            lambda: self.client.get(f"/imports/{import_id}").json(),
            lambda report: report["status"] != "processing",
        )

    def lead(self, email: str) -> dict[str, Any]:
        [lead] = self.client.get("/leads", params={"email": email}).json()["items"]
        return lead

    def settled(self, email: str, part: str) -> dict[str, Any]:
        return wait_for(lambda: self.lead(email), lambda lead: lead[part]["status"] != "pending")

    def calls_due(self, side: str) -> list[float]:
        """When the calls that are still to be made to one side are due."""
        table = {"provider": "lookups", "clay": "pushes"}[side]
        with self._database.read() as connection:
            return [row["due_at"] for row in connection.execute(f"SELECT due_at FROM {table}")]

    def at_rest(self) -> None:
        """Wait until no call is left to be made, to either side."""
        wait_for(lambda: self.calls_due("provider") + self.calls_due("clay"), lambda due: due == [])

    def deliver(self, body: Any, secret: str | None = SECRET) -> httpx.Response:
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post("/webhooks/clay", content=content, headers=headers)


def wait_for(ask: Callable[[], Any], good: Callable[[Any], bool], seconds: float = 60) -> Any:
    """Ask until the answer is good. The limit is for what never comes: a busy machine may take its time."""
    deadline, pause = time.monotonic() + seconds, 0.001
    while not good(answer := ask()):
        assert time.monotonic() < deadline, f"still {answer}"
        time.sleep(pause)
        pause = min(2 * pause, 0.05)
    return answer


def counts(report: dict[str, Any]) -> tuple[int, int, int, int]:
    assert report["received"] == sum(report[name] for name in ("created", "updated", "unchanged", "rejected"))
    return report["created"], report["updated"], report["unchanged"], report["rejected"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Both integrations off."""
    return Settings(data_dir=tmp_path / "data", clay_inbound_secret=SECRET)


@pytest.fixture
def connected(settings: Settings) -> Settings:
    """Both integrations on, and impatient."""
    return replace(
        settings,
        clay_webhook_url="http://clay.test/hook",
        clay_webhook_auth="clay-token",
        clay_rate_per_second=1000.0,
        clay_burst=1000,
        enrich_base_url="http://provider.test",
        enrich_api_key="provider-key",
        enrich_timeout_seconds=0.05,
        retry_base_seconds=0.01,
    )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def clock(world: World, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The world's clock, which the service goes by from now on."""
    for module in ("imports", "outbox", "enrichment", "clay"):
        monkeypatch.setattr(f"app.{module}.time", world.clock)
    return world.clock


@pytest.fixture
def start(world: World) -> Iterator[Callable[[Settings], Service]]:
    """Start the service with these settings; it is stopped after the test."""
    started: list[Service] = []

    def begin(settings: Settings) -> Service:
        started.append(Service(create_app(settings, httpx.MockTransport(world.answer))))
        return started[-1]

    yield begin
    for service in started:
        service.stop()


@pytest.fixture
def service(start: Callable[[Settings], Service], settings: Settings) -> Service:
    return start(settings)


@pytest.fixture
def online(start: Callable[[Settings], Service], connected: Settings) -> Service:
    return start(connected)
