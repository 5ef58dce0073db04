"""The background work: three threads that look for what is pending, so that a restart forgets nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx

from intake import clay_outbound, enrichment, importer
from intake.config import Config
from intake.database import Database

log = logging.getLogger("intake.workers")

LOOK_UPS_AT_ONCE = 8
IDLE_SECONDS = 0.5


class Workers:
    """Started with the service, stopped with it."""

    def __init__(self, database: Database, config: Config, client: httpx.Client) -> None:
        self._database, self._config, self._client = database, config, client
        self._stopping = threading.Event()
        self._wakers: list[threading.Event] = []
        self._bucket = clay_outbound.TokenBucket(
            config.clay_rate_per_second, config.clay_burst, sleep=self._sleep
        )

    def start(self) -> None:
        steps = [self._imports]
        if self._config.enrichment_is_on:
            steps.append(self._enrichment)
        if self._config.clay_is_on:
            steps.append(self._clay)
        for step in steps:
            waker = threading.Event()
            self._wakers.append(waker)
            threading.Thread(target=self._loop, args=(step, waker), daemon=True).start()

    def wake(self) -> None:
        for waker in self._wakers:
            waker.set()

    def stop(self) -> None:
        self._stopping.set()
        self.wake()

    def _sleep(self, seconds: float) -> None:
        self._stopping.wait(seconds)

    def _loop(self, step: Callable[[], None], waker: threading.Event) -> None:
        while not self._stopping.is_set():
            waker.clear()
            try:
                step()
            except Exception as reason:
                log.error("%s stopped by %s", step.__name__, type(reason).__name__)
            waker.wait(IDLE_SECONDS)

    def _imports(self) -> None:
        for import_id in importer.unfinished(self._database):
            try:
                importer.run(self._database, self._config, import_id)
            except Exception as reason:
                log.error("import %s failed: %s", import_id, type(reason).__name__)
                importer.fail(self._database, import_id)
            self.wake()

    def _enrichment(self) -> None:
        waiting = self._database.read(
            "SELECT id, email FROM leads WHERE enrichment_status = 'pending' ORDER BY number LIMIT 200"
        )
        with ThreadPoolExecutor(LOOK_UPS_AT_ONCE) as pool:
            for row in waiting:
                pool.submit(self._enrich, row["id"], row["email"])
        if waiting:
            self.wake()

    def _enrich(self, lead_id: str, email: str) -> None:
        if self._stopping.is_set():
            return
        status, fields = enrichment.look_up(self._client, self._config, email, self._sleep)
        if not self._stopping.is_set():
            enrichment.store(self._database, lead_id, status, fields)

    def _clay(self) -> None:
        waiting = self._database.leads("WHERE clay_status = 'pending'", limit=1000)
        for batch in clay_outbound.batches(waiting):
            status = clay_outbound.send(self._client, self._config, self._bucket, batch, self._sleep)
            if self._stopping.is_set():
                return
            clay_outbound.store(self._database, batch, status)
