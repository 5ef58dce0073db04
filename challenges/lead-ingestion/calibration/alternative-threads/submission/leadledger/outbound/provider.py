"""Asking the enrichment provider about a lead, and writing down what it says."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, insert, select, update

from leadledger.ledger.layers import PROVIDER, is_whole, packed
from leadledger.logs import note
from leadledger.moments import now_text
from leadledger.outbound.calls import Answer, NoAnswer, call
from leadledger.outbound.crew import Crew
from leadledger.settings import Settings
from leadledger.storage import errands
from leadledger.storage.database import Database
from leadledger.storage.errands import Errand
from leadledger.storage.schema import entries, leads

CALLS = 3
FIELDS = ("title", "company", "linkedin_url", "employees")
REFUSALS_OF_THE_KEY = (401, 402, 403)
REFUSED_IN_A_ROW = 3
PAUSE = 60.0
"""After so many refusals in a row the key is taken for dead, and nobody is asked about for so many seconds."""


@dataclass(frozen=True)
class Verdict:
    """What an answer means: a status to store, or None when it is worth asking again."""

    status: str | None
    said: dict[str, Any] = field(default_factory=dict)


def judge(answer: Answer) -> Verdict:
    """The table of answers. 202 is no profile yet, and worth another call."""
    if answer.status == 200:
        return _profile(answer.body)
    if answer.status == 404:
        return Verdict("not_found")
    if answer.status in (202, 429) or answer.status >= 500:
        return Verdict(None)
    return Verdict("failed")


def _profile(body: bytes) -> Verdict:
    try:
        profile = json.loads(body)
    except (ValueError, RecursionError):
        return Verdict("failed")
    if not isinstance(profile, dict):
        return Verdict("failed")
    return Verdict("enriched", {name: profile[name] for name in FIELDS if _tells(profile.get(name))})


def _tells(value: object) -> bool:
    """Whether a value says something and can be stored: not null, not empty, nothing nested, no half characters."""
    if isinstance(value, str):
        return bool(value.strip()) and is_whole(value)
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


class Provider:
    """Runs the errands of kind `lookup`."""

    def __init__(self, settings: Settings, database: Database, size: int = 8) -> None:
        self._settings = settings
        self._database = database
        self._refused = 0
        self._counting = threading.Lock()
        self.crew = Crew(database, errands.LOOKUP, size, self._look_up)

    def _look_up(self, errand: Errand) -> None:
        with self._database.read() as connection:
            email = connection.scalar(select(leads.c.email).where(leads.c.number == errand.lead))
        try:
            answer = self._ask(str(email))
        except NoAnswer:
            answer = Answer(504)
        else:
            self._mind_refusals(answer)
        verdict = judge(answer)
        calls = errand.failures + 1
        with self._database.write() as connection:
            if verdict.status is None and calls < CALLS:
                backoff = self._settings.retry_base * 2 ** (calls - 1)
                errands.put_off(connection, errand, max(backoff, answer.retry_after), failed=True)
            else:
                _write_down(connection, errand, verdict)

    def _ask(self, email: str) -> Answer:
        return call(
            "GET",
            f"{self._settings.provider_url}/v1/people?{urlencode({'email': email})}",
            headers={"X-Api-Key": self._settings.provider_key, "Accept": "application/json"},
            seconds=self._settings.provider_timeout,
        )

    def _mind_refusals(self, answer: Answer) -> None:
        """Stop asking for a while when the key is refused again and again: it is not about the leads then."""
        with self._counting:
            self._refused = self._refused + 1 if answer.status in REFUSALS_OF_THE_KEY else 0
            tripped = self._refused >= REFUSED_IN_A_ROW
        if tripped:
            self.crew.pause(PAUSE)
            note("provider refuses the key", status=answer.status, pause_seconds=int(PAUSE))


def _write_down(connection: Connection, errand: Errand, verdict: Verdict) -> None:
    errands.finish(connection, errand)
    lead = update(leads).where(leads.c.number == errand.lead)
    if verdict.status == "enriched":
        told = {"lead": errand.lead, "origin": PROVIDER, "said": packed(verdict.said)}
        connection.execute(insert(entries).values(told))
        connection.execute(lead.values(enrichment="enriched", updated_at=now_text()))
    else:
        # Clay may have been quicker; what it delivered is not undone by a provider that knows nothing.
        connection.execute(lead.where(leads.c.enrichment == "pending").values(enrichment=verdict.status or "failed"))
