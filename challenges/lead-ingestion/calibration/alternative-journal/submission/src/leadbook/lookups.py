"""Asking the enrichment provider about a lead, and reading its answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from leadbook import logs
from leadbook.keeper import Keeper
from leadbook.lead import Lead
from leadbook.moments import now_text
from leadbook.settings import Settings
from leadbook.wire import NotJson, parse_json, read_limited, retry_after

CALLS = 3
LANES = 16
FIELDS = ("title", "company", "linkedin_url", "employees")
LARGEST_PROFILE = 1024 * 1024

REFUSES_US = (401, 403)
PAUSE_WHEN_REFUSED = 60.0
"""Seconds without calls after an answer that is about our key and not about the lead."""

Outcome = tuple[str, Mapping[str, Any], float]
"""enriched, not_found, failed, refused or again; the fields of a profile; the seconds of Retry-After."""


class Lookups:
    """Looks a lead up; its `carry` is the courier's errand."""

    def __init__(self, keeper: Keeper, session: ClientSession, settings: Settings) -> None:
        self._keeper = keeper
        self._session = session
        self._url = f"{settings.provider_url}/v1/people"
        self._headers = {"X-Api-Key": settings.provider_key}
        self._timeout = ClientTimeout(total=settings.provider_timeout)
        self._retry_base = settings.retry_base
        self.hold: Callable[[float], None] = lambda seconds: None

    async def carry(self, lead_id: str) -> float | None:
        """One call about a lead; answers when to call again."""
        lead = self._keeper.book.leads[lead_id]
        if lead.lookup is None:
            return None
        status, fields, asked_to_wait = await self._ask(lead)
        calls = lead.lookup.failures + 1
        if status == "again" and calls < CALLS:
            due = time.time() + max(self._retry_base * 2.0 ** (calls - 1), asked_to_wait)
            self._keeper.record({"e": "lookup_missed", "l": lead_id, "due": due})
            return due
        if status == "refused":
            logs.say("provider_refuses_us", pause=PAUSE_WHEN_REFUSED)
            self.hold(PAUSE_WHEN_REFUSED)
        final = status if status in ("enriched", "not_found") else "failed"
        self._keeper.record({"e": "looked_up", "l": lead_id, "status": final, "v": fields, "at": now_text()})
        if final == "failed":
            logs.say("lookup_failed", lead=lead_id, calls=calls)
        return None

    async def _ask(self, lead: Lead) -> Outcome:
        try:
            async with self._session.get(
                self._url,
                params={"email": lead.email},
                headers=self._headers,
                timeout=self._timeout,
                allow_redirects=False,
            ) as answer:
                return await read_outcome(answer)
        except (ClientError, TimeoutError):
            return "again", {}, 0.0


async def read_outcome(answer: ClientResponse) -> Outcome:
    """What an answer of the provider means."""
    status = answer.status
    # 202: the provider has taken the question and knows nothing yet. As good as an error: ask again.
    if status in (202, 429) or status >= 500:
        return "again", {}, retry_after(answer.headers.get("Retry-After"))
    if status == 404:
        return "not_found", {}, 0.0
    if status in REFUSES_US:
        return "refused", {}, 0.0
    if status != 200:
        return "failed", {}, 0.0
    body = await read_limited(answer.content, LARGEST_PROFILE)
    profile = _profile(body)
    return ("failed", {}, 0.0) if profile is None else ("enriched", profile, 0.0)


def _profile(body: bytes | None) -> dict[str, Any] | None:
    """The fields that we know of a profile, without nulls, lists and objects; None when it is no JSON object."""
    try:
        profile = parse_json(body) if body is not None else None
    except NotJson:
        return None
    if not isinstance(profile, dict):
        return None
    known = {name: profile.get(name) for name in FIELDS}
    return {name: value for name, value in known.items() if isinstance(value, str | int | float)}
