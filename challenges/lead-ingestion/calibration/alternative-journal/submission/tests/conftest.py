"""The service over HTTP in the test's own event loop, with a provider and a Clay that answer as they are told."""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from leadbook.keeper import Keeper
from leadbook.service import application
from leadbook.settings import Settings

SECRET = "open-sesame"
WEBHOOK = "/table"

Reply = tuple[int, str | bytes, dict[str, str]]


def reply(status: int, body: Any = "", **headers: str) -> Reply:
    """An answer of the provider or of Clay; anything but a text or bytes becomes JSON."""
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    return status, content, {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass
class Outside:
    """A provider and a Clay in one server. What an email was not told for gets the usual: 404, and 200."""

    told: dict[str, list[Reply]] = field(default_factory=dict)
    calls: list[tuple[float, str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    usual: dict[str, Reply] = field(default_factory=lambda: {"lookup": reply(404), "push": reply(200, "OK")})
    pause: float = 0.0

    def tell(self, kind: str, email: str, *replies: Reply) -> None:
        """Answer calls about this email so, the last one for ever."""
        self.told[f"{kind} {email}"] = list(replies)

    def about(self, kind: str, email: str | None = None) -> list[dict[str, Any]]:
        """The calls of a kind, of one email where it is given."""
        return [body for _, one, body, _ in self.calls if one == kind and email in (None, body.get("email"))]

    def moments(self, kind: str, email: str | None = None) -> list[float]:
        """When they came."""
        return [at for at, one, body, _ in self.calls if one == kind and email in (None, body.get("email"))]

    async def lookup(self, request: web.Request) -> web.Response:
        return await self._answer("lookup", dict(request.query), request)

    async def push(self, request: web.Request) -> web.Response:
        return await self._answer("push", await request.json(), request)

    async def _answer(self, kind: str, body: dict[str, Any], request: web.Request) -> web.Response:
        self.calls.append((time.monotonic(), kind, body, dict(request.headers)))
        await asyncio.sleep(self.pause)
        replies = self.told.get(f"{kind} {body['email']}") or [self.usual[kind]]
        status, content, headers = replies.pop(0) if len(replies) > 1 else replies[0]
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(
            status=status or 200,
            body=content.encode() if isinstance(content, str) else content,
            headers={"Content-Type": "application/json", **headers},
        )


class Running:
    """The service, as a test talks to it."""

    def __init__(self, client: TestClient[Any, Any], keeper: Keeper) -> None:
        self.client = client
        self.keeper = keeper

    async def stop(self) -> None:
        """Stop it, as SIGTERM does; its folder stays."""
        await self.client.close()

    async def upload(self, content: str | bytes, key: str | None = None) -> tuple[int, dict[str, Any]]:
        form = FormData()
        form.add_field(
            "file",
            io.BytesIO(content.encode() if isinstance(content, str) else content),
            filename="leads.csv",
        )
        headers = {"Idempotency-Key": key} if key else {}
        async with self.client.post("/imports", data=form, headers=headers) as answer:
            return answer.status, await answer.json()

    async def imported(self, content: str | bytes, key: str | None = None) -> dict[str, Any]:
        """Upload, wait for the end, and answer the import."""
        status, answer = await self.upload(content, key)
        assert status == 202, answer
        return await self.ended(answer["id"])

    async def ended(self, import_id: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            _, one = await self.get(f"/imports/{import_id}")
            return one if one["status"] != "processing" else None

        return await until(look)

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.client.get(path, params=query) as answer:
            return answer.status, await answer.json()

    async def lead(self, email: str) -> dict[str, Any]:
        _, page = await self.get("/leads", email=email)
        (lead,) = page["items"]
        return lead

    async def settled(self, email: str) -> dict[str, Any]:
        """The lead when nothing about it is pending any more."""

        async def look() -> dict[str, Any] | None:
            lead = await self.lead(email)
            return lead if "pending" not in (lead["enrichment"]["status"], lead["clay"]["status"]) else None

        return await until(look)

    async def deliver(
        self, body: Any, authorization: str | None = f"Bearer {SECRET}"
    ) -> tuple[int, dict[str, Any]]:
        headers = {} if authorization is None else {"Authorization": authorization}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.client.post("/webhooks/clay", data=content, headers=headers) as answer:
            return answer.status, await answer.json()


async def until(look: Callable[[], Any], seconds: float = 30.0) -> Any:
    """What `look` answers as soon as it is something."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        seen = look()
        seen = await seen if asyncio.iscoroutine(seen) else seen
        if seen:
            return seen
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


Start = Callable[..., Any]


@pytest_asyncio.fixture
async def outside() -> AsyncIterator[Outside]:
    there = Outside()
    app = web.Application()
    app.router.add_get("/v1/people", there.lookup)
    app.router.add_post(WEBHOOK, there.push)
    async with TestServer(app) as server:
        there.base = str(server.make_url("")).rstrip("/")  # type: ignore[attr-defined]
        yield there


@pytest_asyncio.fixture
async def start(tmp_path: Path, outside: Outside) -> AsyncIterator[Start]:
    """start(online=True, **settings): the service on the test's folder; stop() ends it. Ended in any case."""
    running: list[TestClient[Any, Any]] = []

    async def begin(*, online: bool = False, **settings: Any) -> Running:
        base = outside.base  # type: ignore[attr-defined]
        here = {"clay_url": base + WEBHOOK, "provider_url": base, "clay_token": "tok", "provider_key": "key"}
        usual = {"retry_base": 0.02, "provider_timeout": 0.3, "clay_rate": 500.0, "clay_burst": 500.0}
        keeper = Keeper(tmp_path / "data", journal_limit=settings.pop("journal_limit", 10**6))
        chosen = {"inbound_secret": SECRET, **usual, **(here if online else {}), **settings}
        client = TestClient(TestServer(application(Settings(tmp_path / "data", **chosen), keeper)))
        await client.start_server()
        running.append(client)
        return Running(client, keeper)

    yield begin
    for client in running:
        await client.close()


@pytest_asyncio.fixture
async def service(start: Start) -> Running:
    """Both integrations off."""
    return await start()


@pytest_asyncio.fixture
async def online(start: Start) -> Running:
    """Both integrations on."""
    return await start(online=True)
