"""Imports: taking an upload, and working through its rows in slices so that everybody else gets a turn."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from leadbook import logs
from leadbook.emails import key_of
from leadbook.keeper import Keeper
from leadbook.lead import FIELDS
from leadbook.moments import now_text
from leadbook.records import Import
from leadbook.refusals import Refusal
from leadbook.settings import Settings
from leadbook.sheet import Record, open_sheet, records
from leadbook.uploads import Upload, accept

SLICE_SECONDS = 0.02
AT_A_TIME = 4
AFTER_A_FULL_DISK = 10.0

Touched = Callable[[str, str], None]
"""Is told the id of a lead and whether a row created or updated it."""


class Intake:
    """Runs the imports of a book."""

    def __init__(self, keeper: Keeper, settings: Settings, touched: Touched) -> None:
        self._keeper = keeper
        self._look_up = bool(settings.provider_url)
        self._push = bool(settings.clay_url)
        self._touched = touched
        self._waiting: asyncio.Queue[str] = asyncio.Queue()

    def new_path(self) -> Path:
        """Where the file of the next import goes: its stem is the import's id."""
        return self._keeper.uploads / f"imp-{secrets.token_hex(8)}.csv"

    async def take(self, upload: Upload, key: str | None) -> str:
        """Begin an import, or find the one that this key began: its id. Raises Refusal (400, 409)."""
        try:
            import_id = self._known(upload, key)
            if import_id is None:
                await accept(upload)
                # Another request with the same key may have come first while we looked at the file.
                import_id = self._known(upload, key) or self._begin(upload, key)
        finally:
            if upload.path.stem not in self._keeper.book.imports:
                upload.path.unlink(missing_ok=True)
        await self._keeper.settled()
        return import_id

    def resume(self) -> None:
        """Take up what a former process left: its open imports, and files that belong to none."""
        open_imports = [one.id for one in self._keeper.book.imports.values() if one.status == "processing"]
        for path in self._keeper.uploads.iterdir():
            if path.stem not in open_imports:
                path.unlink()
        for import_id in open_imports:
            logs.say("import_resumed", import_id=import_id, done=self._keeper.book.imports[import_id].done)
            self._waiting.put_nowait(import_id)

    async def run(self) -> None:
        """Work through the imports until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_A_TIME):
                group.create_task(self._work())

    def _known(self, upload: Upload, key: str | None) -> str | None:
        import_id = self._keeper.book.by_key.get(key) if key is not None else None
        if import_id is not None and self._keeper.book.imports[import_id].digest != upload.digest:
            raise Refusal(409, "idempotency_conflict", "This Idempotency-Key was used with another file.")
        return import_id

    def _begin(self, upload: Upload, key: str | None) -> str:
        import_id = upload.path.stem
        self._keeper.record({"e": "accepted", "i": import_id, "key": key, "digest": upload.digest})
        logs.say("import_accepted", import_id=import_id)
        self._waiting.put_nowait(import_id)
        return import_id

    async def _work(self) -> None:
        while True:
            import_id = await self._waiting.get()
            while not await self._finished(import_id):
                await asyncio.sleep(AFTER_A_FULL_DISK)

    async def _finished(self, import_id: str) -> bool:
        """Go on with an import until it ends, or the disk is full (False): then it can be gone on with later."""
        path = self._keeper.uploads / f"{import_id}.csv"
        one = self._keeper.book.imports[import_id]
        try:
            status = await self._import(one, path)
            self._keeper.record({"e": "ended", "i": import_id, "status": status})
            await self._keeper.settled()
        except OSError as trouble:
            logs.say_trouble("import_paused", trouble, import_id=import_id, done=one.done)
            return False
        path.unlink(missing_ok=True)
        logs.say("import_ended", import_id=import_id, status=status, received=one.done, **one.counts)
        return True

    async def _import(self, one: Import, path: Path) -> str:
        try:
            file = open_sheet(path)
        except FileNotFoundError:
            return "failed"
        with file:
            try:
                return await self._rows(one, file)
            except OSError:
                raise
            except Exception as trouble:  # noqa: BLE001  (a mistake of ours in one file must not stop the others)
                logs.say_trouble("import_trouble", trouble, import_id=one.id)
                return "failed"

    async def _rows(self, one: Import, file: TextIO) -> str:
        ends = time.monotonic() + SLICE_SECONDS
        for record in records(file):
            if record is not None and record.number > one.done:
                self._row(one.id, record)
            if record is not None and record.rejected == "unclosed_quote":
                return "failed"
            if time.monotonic() > ends:
                await asyncio.sleep(0)
                ends = time.monotonic() + SLICE_SECONDS
        return "completed"

    def _row(self, import_id: str, record: Record) -> None:
        if record.rejected is not None:
            self._keeper.record(
                {"e": "rejected", "i": import_id, "n": record.number, "code": record.rejected}
            )
            return
        email = key_of(record.values["email"])
        lead = self._keeper.book.find(email)
        lead_id = lead.id if lead is not None else f"lead-{secrets.token_hex(8)}"
        effect = self._keeper.record(
            {
                "e": "row",
                "i": import_id,
                "n": record.number,
                "l": lead_id,
                "k": email,
                "v": {name: value for name in FIELDS if (value := record.values.get(name))},
                "look_up": self._look_up,
                "push": self._push,
                "at": now_text(),
            }
        )
        if effect != "unchanged":
            self._touched(lead_id, effect)
