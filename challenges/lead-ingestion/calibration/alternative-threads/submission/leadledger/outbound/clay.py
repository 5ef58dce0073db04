"""Sending leads to Clay's webhook, within its limits of rate and size."""

from __future__ import annotations

import json

from sqlalchemy import select, update

from leadledger.ledger.reading import layers_of
from leadledger.outbound.bucket import Bucket
from leadledger.outbound.calls import Answer, NoAnswer, call
from leadledger.outbound.crew import Crew
from leadledger.settings import Settings
from leadledger.storage import errands
from leadledger.storage.database import Database
from leadledger.storage.errands import Errand
from leadledger.storage.schema import leads

CALLS = 5
BODY_MOST = 100 * 1024
PAUSE_MOST = 60.0
"""The longest time, in seconds, for which a 429 about one lead holds up the others."""
BACKOFF_MOST = 30.0


class Clay:
    """Runs the errands of kind `push`."""

    def __init__(self, settings: Settings, database: Database, size: int = 6) -> None:
        self._settings = settings
        self._database = database
        self._bucket = Bucket(settings.clay_rate, settings.clay_burst, full=database.fresh)
        self.crew = Crew(database, errands.PUSH, size, self._push)

    def _push(self, claimed: Errand) -> None:
        errand, body = self._letter(claimed)
        if len(body) > BODY_MOST:
            self._end(errand, "failed")
            return
        if not self.crew.sleep(self._bucket.reserve()) or self.crew.paused():
            return  # The errand stays as it was, for after the pause or the next start.
        try:
            answer = self._send(body)
        except NoAnswer:
            answer = Answer(504)
        self._settle(errand, answer)

    def _letter(self, claimed: Errand) -> tuple[Errand, bytes]:
        """The errand and the body, of the same moment: a change after it renews the errand."""
        with self._database.read() as connection:
            errand = errands.renewed(connection, claimed)
            row = connection.execute(select(leads.c.id, leads.c.email).where(leads.c.number == errand.lead)).one()
            shown = layers_of(connection, [errand.lead])[errand.lead].shown()
        letter = {"lead_id": row.id, "email": row.email, **shown}
        return errand, json.dumps(letter, ensure_ascii=False, separators=(",", ":")).encode()

    def _send(self, body: bytes) -> Answer:
        headers = {"Content-Type": "application/json"}
        if self._settings.clay_token:
            headers["x-clay-webhook-auth"] = self._settings.clay_token
        return call("POST", self._settings.clay_url, headers=headers, body=body, seconds=self._settings.clay_timeout)

    def _settle(self, errand: Errand, answer: Answer) -> None:
        if 200 <= answer.status < 300:
            self._end(errand, "sent")
        elif answer.status == 429:
            self._refused(errand, answer)
        elif answer.status >= 500 and errand.failures + 1 < CALLS:
            wait = max(self._backoff(errand.failures), answer.retry_after)
            with self._database.write() as connection:
                errands.put_off(connection, errand, wait, failed=True)
        else:
            self._end(errand, "failed")

    def _refused(self, errand: Errand, answer: Answer) -> None:
        """A 429 is about all of us: everybody waits, this lead as long as Clay says. It counts as no failure."""
        self.crew.pause(min(answer.retry_after, PAUSE_MOST))
        wait = max(self._backoff(errand.refusals), answer.retry_after)
        with self._database.write() as connection:
            errands.put_off(connection, errand, wait, refused=True)

    def _backoff(self, earlier: int) -> float:
        return min(self._settings.retry_base * 2.0 ** min(earlier, 10), BACKOFF_MOST)

    def _end(self, errand: Errand, status: str) -> None:
        with self._database.write() as connection:
            if errands.finish(connection, errand):
                connection.execute(update(leads).where(leads.c.number == errand.lead).values(clay=status))
