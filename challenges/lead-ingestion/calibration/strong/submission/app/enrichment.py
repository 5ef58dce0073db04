"""Enrichment: what the provider knows about a lead's email, asked once for each created lead, in the background."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any, Literal

import httpx

from app.database import Database
from app.leads import now_text
from app.logs import log, warn
from app.outbox import Outbox, retry_after
from app.settings import Settings

CALLS = 3
SLOTS = 6
ANSWER_LIMIT = 256 * 1024
REFUSALS_TO_PARK = 3
PARK_SECONDS = 60.0
"""401, 402 and 403 are about our account, not about a lead: after three in a row we stop asking for a while."""

Status = Literal["enriched", "not_found", "failed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One call's outcome. `status` None: try again, not before `wait` seconds where the provider named them."""

    status: Status | None
    fields: dict[str, Any] | None = None
    wait: float = 0.0
    reason: str = ""
    refused: bool = False


class Enricher:
    """Works off the table `lookups`."""

    def __init__(self, database: Database, settings: Settings, client: httpx.AsyncClient) -> None:
        self._database = database
        self._settings = settings
        self._client = client
        self._refusals = 0
        self.outbox = Outbox(database, "lookups", self._look_up, SLOTS)

    async def _look_up(self, lead: int) -> None:
        job = await asyncio.to_thread(self._job, lead)
        if job is None:
            return
        lead_id, email, calls = job
        answer = await self._ask(email)
        self._watch_refusals(answer)
        calls += 1
        if answer.status is None and calls < CALLS:
            pause = self._settings.retry_base_seconds * 2 ** (calls - 1)
            await asyncio.to_thread(self._again, lead, calls, max(pause, answer.wait))
            return
        status = answer.status or "failed"
        await asyncio.to_thread(self._settle, lead, email, status, answer.fields or {})
        if status != "enriched":
            log("enrichment_settled", lead_id=lead_id, status=status, calls=calls, reason=answer.reason)

    async def _ask(self, email: str) -> Answer:
        try:
            # One limit for the whole call: the client's own time-outs start anew with every byte that drips in.
            async with asyncio.timeout(self._settings.enrich_timeout_seconds):
                request = self._client.stream(
                    "GET",
                    f"{self._settings.enrich_base_url}/v1/people",
                    params={"email": email},
                    headers={"X-Api-Key": self._settings.enrich_api_key},
                )
                async with request as response:
                    return await _read(response)
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, reason="timeout")
        except httpx.HTTPError as failure:
            return Answer(None, reason=type(failure).__name__)

    def _watch_refusals(self, answer: Answer) -> None:
        self._refusals = self._refusals + 1 if answer.refused else 0
        if self._refusals >= REFUSALS_TO_PARK:
            warn("enrichment_parked", seconds=PARK_SECONDS, reason=answer.reason)
            self.outbox.pause(PARK_SECONDS)

    def _job(self, lead: int) -> tuple[str, str, int] | None:
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT leads.id, leads.email, lookups.calls FROM lookups"
                " JOIN leads ON leads.seq = lookups.lead WHERE lookups.lead = ?",
                (lead,),
            ).fetchone()
        return tuple(row) if row else None

    def _again(self, lead: int, calls: int, wait: float) -> None:
        with self._database.write() as connection:
            connection.execute(
                "UPDATE lookups SET calls = ?, due_at = ? WHERE lead = ?", (calls, time.time() + wait, lead)
            )

    def _settle(self, lead: int, email: str, status: Status, fields: dict[str, Any]) -> None:
        with self._database.write() as connection:
            # What Clay has delivered in the meantime stays enriched, whatever the provider says.
            connection.execute(
                "UPDATE leads SET provider_fields = ?, updated_at = ?, enrichment_status ="
                " CASE WHEN clay_enriched_at IS NULL THEN ? ELSE 'enriched' END WHERE seq = ?",
                (json.dumps(fields), now_text(), status, lead),
            )
            connection.execute("DELETE FROM lookups WHERE lead = ?", (lead,))


async def _read(response: httpx.Response) -> Answer:
    code = response.status_code
    if code == 200:
        fields = _fields(await _body(response))
        return Answer("failed", reason="malformed") if fields is None else Answer("enriched", fields)
    if code == 404:
        return Answer("not_found")
    if code == 202 or code == 429 or code >= 500:  # 202: the provider is still looking
        return Answer(None, wait=retry_after(response.headers.get("Retry-After")), reason=str(code))
    return Answer("failed", reason=str(code), refused=code in (401, 402, 403))


async def _body(response: httpx.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            return b""
    return body


def _fields(body: bytes) -> dict[str, Any] | None:
    """The four fields that we keep, where they have the right type; None when the body is no JSON object."""
    try:
        answer = json.loads(body)
        if not isinstance(answer, dict):
            return None
        fields: dict[str, Any] = {
            name: text.strip()
            for name in ("title", "company", "linkedin_url")
            if isinstance(text := answer.get(name), str) and text.strip()
        }
        "".join(fields.values()).encode()  # lone surrogates can't be stored
    except (ValueError, RecursionError):
        return None
    employees = answer.get("employees")
    if isinstance(employees, int) and not isinstance(employees, bool):
        fields["employees"] = employees
    return fields
