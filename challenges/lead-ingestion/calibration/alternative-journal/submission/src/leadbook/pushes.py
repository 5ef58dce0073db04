"""Sending leads to Clay's webhook, and reading its answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from aiohttp import ClientError, ClientSession, ClientTimeout

from leadbook import logs
from leadbook.keeper import Keeper
from leadbook.lead import FIELDS, Lead
from leadbook.settings import Settings
from leadbook.wire import retry_after

CALLS = 5
LANES = 100
"""Calls under way: Clay may take 10 seconds for an answer and still gets its 10 leads a second."""
ANSWER_SECONDS = 10.0
LARGEST_BODY = 100 * 1024
LONGEST_WAIT = 60.0
"""Seconds of back-off at most, and of pause for the others when Clay asks to wait before one lead."""

Outcome = tuple[str, float]
"""sent, failed, busy or again; the seconds of Retry-After."""


class Pushes:
    """Sends a lead; its `carry` is the courier's errand."""

    def __init__(self, keeper: Keeper, session: ClientSession, settings: Settings) -> None:
        self._keeper = keeper
        self._session = session
        self._url = settings.clay_url
        self._headers = {"Content-Type": "application/json"}
        if settings.clay_token:
            self._headers["x-clay-webhook-auth"] = settings.clay_token
        self._timeout = ClientTimeout(total=ANSWER_SECONDS)
        self._retry_base = settings.retry_base
        self.hold: Callable[[float], None] = lambda seconds: None

    async def carry(self, lead_id: str) -> float | None:
        """Send a lead once, as it is now; answers when to send it again."""
        lead = self._keeper.book.leads[lead_id]
        if lead.push is None:
            return None
        body = body_of(lead)
        status, asked_to_wait = await self._send(body) if len(body) <= LARGEST_BODY else ("failed", 0.0)
        calls = lead.push.failures + (0 if status == "busy" else 1)
        if status == "busy" or (status == "again" and calls < CALLS):
            return self._miss(lead, calls, asked_to_wait, counts=status == "again")
        final = "sent" if status == "sent" else "failed"
        self._keeper.record({"e": "pushed", "l": lead_id, "edition": lead.edition, "status": final})
        if final == "failed":
            logs.say("push_failed", lead=lead_id, calls=calls)
        # Somebody may have imported a newer edition while this one was under way.
        newer = self._keeper.book.leads[lead_id].push
        return None if newer is None else newer.due

    def _miss(self, lead: Lead, calls: int, asked_to_wait: float, *, counts: bool) -> float:
        if not counts:
            # Clay's limit is one for all leads: the others would hear the same.
            self.hold(min(asked_to_wait, LONGEST_WAIT))
        back_off = min(self._retry_base * 2.0 ** max(calls - 1, 0), LONGEST_WAIT)
        due = time.time() + max(back_off, asked_to_wait)
        self._keeper.record(
            {"e": "push_missed", "l": lead.id, "edition": lead.edition, "due": due, "counts": counts}
        )
        return due

    async def _send(self, body: bytes) -> Outcome:
        try:
            async with self._session.post(
                self._url, data=body, headers=self._headers, timeout=self._timeout, allow_redirects=False
            ) as answer:
                return meaning(answer.status), retry_after(answer.headers.get("Retry-After"))
        except (ClientError, TimeoutError):
            return "again", 0.0


def meaning(status: int) -> str:
    """What a status of Clay says about the lead that was sent."""
    if 200 <= status < 300:
        return "sent"
    if status == 429:
        return "busy"
    return "again" if status >= 500 else "failed"


def body_of(lead: Lead) -> bytes:
    """The flat object that Clay takes."""
    values = dict(zip(FIELDS, lead.values, strict=True))
    return json.dumps({"lead_id": lead.id, "email": lead.email, **values}, ensure_ascii=False).encode()
