"""Shared parts: settings in a temporary folder, a running service, a scripted third party."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from intake.app import app
from intake.config import Config
from intake.database import Database

SECRET = "test-secret"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(
        data_dir=tmp_path,
        clay_webhook_url="http://clay.test/hook",
        clay_webhook_auth="out",
        clay_inbound_secret=SECRET,
        enrich_base_url="http://provider.test",
        enrich_api_key="key",
        retry_base=0.0,
    )


@pytest.fixture
def database(config: Config) -> Database:
    return Database(config.data_dir)


@pytest.fixture
def scripted() -> Callable[..., tuple[httpx.Client, list[httpx.Request]]]:
    """A client that answers from a list, and the requests it saw."""

    def build(*answers: Any) -> tuple[httpx.Client, list[httpx.Request]]:
        script, seen = list(answers), []

        def handle(request: httpx.Request) -> httpx.Response:
            seen.append(request)
            answer = script.pop(0) if len(script) > 1 else script[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return httpx.Client(transport=httpx.MockTransport(handle)), seen

    return build


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CLAY_INBOUND_SECRET", SECRET)
    for name in ("CLAY_WEBHOOK_URL", "ENRICH_BASE_URL"):
        monkeypatch.setenv(name, "")
    with TestClient(app) as client:
        yield client


@pytest.fixture
def upload(service: TestClient):
    def send(text: str | bytes, **headers: str) -> dict[str, Any]:
        files = {"file": ("leads.csv", text, "text/csv")}
        answer = service.post("/imports", files=files, headers=headers)
        assert answer.status_code == 202, answer.text
        for _ in range(200):
            record = service.get(f"/imports/{answer.json()['id']}").json()
            if record["status"] != "processing":
                return record
            time.sleep(0.01)
        raise AssertionError("the import does not end")

    return send
