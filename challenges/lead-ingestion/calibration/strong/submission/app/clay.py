"""Clay, outbound: each created or updated lead is posted to the webhook of a Clay table."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time

import httpx

from app.database import Database
from app.leads import shown_values
from app.logs import warn
from app.outbox import Outbox, retry_after
from app.ratelimit import TokenBucket
from app.settings import Settings

CALLS = 5
SLOTS = 8
CALL_SECONDS = 10.0
BODY_LIMIT = 100_000
"""Bytes. Clay's limit is 100 KB; whichever KB they mean, this is within it."""


class ClaySender:
    """Works off the table `pushes`, within Clay's rate."""

    def __init__(self, database: Database, settings: Settings, client: httpx.AsyncClient) -> None:
        self._database = database
        self._settings = settings
        self._client = client
        self._bucket = TokenBucket(settings.clay_rate_per_second, settings.clay_burst)
        self.outbox = Outbox(database, "pushes", self._push, SLOTS)

    async def _push(self, lead: int) -> None:
        await self._bucket.take()
        while wait := self.outbox.pause_left:  # somebody else's 429 came while we stood in line
            await asyncio.sleep(wait)
        # Read only now: what is sent is the lead as it is when its turn comes.
        found = await asyncio.to_thread(self._read, lead)
        if found is None:
            return
        version, calls = found["version"], found["calls"] + 1
        body = _body(found)
        if len(body) > BODY_LIMIT:
            await self._settle(lead, found["id"], version, "failed", "larger than Clay takes")
            return
        code, asked = await self._post(body)
        if code is not None and 200 <= code < 300:
            await self._settle(lead, found["id"], version, "sent")
        elif code == 429:
            # Clay's limit holds for the workspace, not for this lead: everybody waits, and nobody loses a try.
            wait = max(asked, self._settings.retry_base_seconds)
            self.outbox.pause(wait)
            await asyncio.to_thread(self._again, lead, found["calls"], wait)
        elif (code is None or code >= 500) and calls < CALLS:
            wait = max(self._settings.retry_base_seconds * 2 ** (calls - 1), asked)
            await asyncio.to_thread(self._again, lead, calls, wait)
        else:
            await self._settle(lead, found["id"], version, "failed", str(code or "no answer"))

    async def _post(self, body: bytes) -> tuple[int | None, float]:
        """The status (None: no answer in time) and the seconds of its Retry-After. The answer's body means nothing."""
        headers = {"Content-Type": "application/json"}
        if self._settings.clay_webhook_auth:
            headers["x-clay-webhook-auth"] = self._settings.clay_webhook_auth
        try:
            async with asyncio.timeout(CALL_SECONDS):
                request = self._client.stream("POST", self._settings.clay_webhook_url, content=body, headers=headers)
                async with request as response:
                    return response.status_code, retry_after(response.headers.get("Retry-After"))
        except (TimeoutError, httpx.HTTPError):
            return None, 0.0

    def _read(self, lead: int) -> sqlite3.Row | None:
        with self._database.read() as connection:
            row: sqlite3.Row | None = connection.execute(
                "SELECT leads.*, pushes.version, pushes.calls FROM pushes"
                " JOIN leads ON leads.seq = pushes.lead WHERE pushes.lead = ?",
                (lead,),
            ).fetchone()
        return row

    def _again(self, lead: int, calls: int, wait: float) -> None:
        with self._database.write() as connection:
            connection.execute(
                "UPDATE pushes SET calls = ?, due_at = ? WHERE lead = ?", (calls, time.time() + wait, lead)
            )

    async def _settle(self, lead: int, lead_id: str, version: int, status: str, reason: str = "") -> None:
        await asyncio.to_thread(self._store, lead, version, status)
        if status == "failed":
            warn("clay_push_failed", lead_id=lead_id, reason=reason)

    def _store(self, lead: int, version: int, status: str) -> None:
        with self._database.write() as connection:
            done = connection.execute("DELETE FROM pushes WHERE lead = ? AND version = ?", (lead, version))
            if done.rowcount:  # else the lead changed while we sent it: it stays pending and goes again
                connection.execute("UPDATE leads SET clay_status = ? WHERE seq = ?", (status, lead))


def _body(found: sqlite3.Row) -> bytes:
    values = {"lead_id": found["id"], **shown_values(found)}
    return json.dumps(values, ensure_ascii=False).encode()
