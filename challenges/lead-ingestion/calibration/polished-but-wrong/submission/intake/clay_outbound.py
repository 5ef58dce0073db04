"""Leads out to Clay: batches, paced by a token bucket, retried with care."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from intake.config import Config
from intake.csv_reader import FIELDS
from intake.database import Database
from intake.enrichment import retry_after

CALLS = 5
BATCH = 50


class TokenBucket:
    """Allows `burst` at once and `rate` per second after that."""

    def __init__(
        self,
        rate: float,
        burst: int,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate, self._burst, self._clock, self._sleep = rate, burst, clock, sleep
        self._tokens = float(burst)
        self._last = clock()

    def take(self) -> None:
        moment = self._clock()
        self._tokens = min(self._burst, self._tokens + (moment - self._last) * self._rate)
        self._last = moment
        if self._tokens < 1:
            wait = (1 - self._tokens) / self._rate
            self._sleep(wait)
            self._tokens += wait * self._rate
            self._last += wait
        self._tokens -= 1


def body_of(lead: dict[str, Any]) -> dict[str, Any]:
    return {"lead_id": lead["id"], **{name: lead[name] for name in FIELDS}}


def batches(leads: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Few large calls instead of many small ones."""
    for start in range(0, len(leads), BATCH):
        yield leads[start : start + BATCH]


def send(
    client: httpx.Client,
    config: Config,
    bucket: TokenBucket,
    leads: list[dict[str, Any]],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Post one batch: "sent" or "failed"."""
    headers = {"x-clay-webhook-auth": config.clay_webhook_auth} if config.clay_webhook_auth else {}
    for call in range(CALLS):
        bucket.take()
        response: httpx.Response | None
        try:
            response = client.post(
                config.clay_webhook_url, json=[body_of(lead) for lead in leads], headers=headers
            )
        except httpx.HTTPError:
            response = None
        if response is not None:
            if response.is_success:
                return "sent"
            if response.status_code != 429 and response.status_code < 500:
                return "failed"
        if call + 1 < CALLS:
            sleep(max(config.retry_base * 2**call, retry_after(response)))
    return "failed"


def store(database: Database, leads: list[dict[str, Any]], status: str) -> None:
    with database.write() as connection:
        connection.executemany(
            "UPDATE leads SET clay_status = ? WHERE id = ?", [(status, lead["id"]) for lead in leads]
        )
