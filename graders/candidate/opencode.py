"""OpenCode keeps a session in many small files, or in a database: they are put together as its own `export` does."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from graders.candidate.kept import Kept, parsed, text_at
from graders.candidate.machine import Machine
from graders.candidate.repository import Repository
from graders.candidate.walk import Troubles, files_below, head, listed, read

_RECORD = 4 * 1024 * 1024
_ROWS = 50_000


def opencode(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    for root in machine.opencode():
        storage = root / "storage"
        for path in files_below(storage / "session", (".json",), troubles, depth=2):
            session = parsed(head(path, troubles, _RECORD))
            if isinstance(session, dict) and repository.holds(text_at(session, "directory")):
                yield _kept(path, session, _messages(storage, path.stem, troubles))
        for entry in listed(root, troubles):
            if (
                entry.name.startswith("opencode")
                and entry.name.endswith(".db")
                and entry.is_file(follow_symlinks=False)
            ):
                yield from _in_database(Path(entry.path), repository, troubles)


def _kept(path: Path, session: dict[str, Any], messages: list[dict[str, Any]]) -> Kept:
    document = json.dumps({"info": session, "messages": messages}, ensure_ascii=False)
    return Kept("opencode", path, document.encode("utf-8", "replace"))


def _messages(storage: Path, session: str, troubles: Troubles) -> list[dict[str, Any]]:
    found = []
    for path in files_below(storage / "message" / session, (".json",), troubles, depth=0):
        info = parsed(head(path, troubles, _RECORD))
        if isinstance(info, dict):
            below = files_below(storage / "part" / path.stem, (".json",), troubles, depth=0)
            parts = [parsed(read(part, troubles, _RECORD)[0]) for part in below]
            found.append({"info": info, "parts": [part for part in parts if isinstance(part, dict)]})
    return found


def _in_database(path: Path, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    """The database is opened as one that nobody writes: nothing beside it changes. The newest rows may be missing."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as database:
            # Ids are looked up one by one: a session of another repository is never read.
            for identifier, folder in database.execute(
                "SELECT id, directory FROM session LIMIT ?", (_ROWS,)
            ).fetchall():
                if isinstance(folder, str) and repository.holds(folder):
                    info = {"id": identifier, "directory": folder}
                    yield _kept(path, info, _rows(database, identifier))
    except sqlite3.Error as reason:
        troubles.add(path, f"it can't be read as OpenCode's database ({reason})")


def _rows(database: sqlite3.Connection, session: Any) -> list[dict[str, Any]]:
    parts: dict[Any, list[dict[str, Any]]] = {}
    select = "SELECT {} FROM {} WHERE session_id = ? ORDER BY time_created, id LIMIT ?"
    for message, data in database.execute(select.format("message_id, data", "part"), (session, _ROWS)):
        part = parsed(data.encode()) if isinstance(data, str) and len(data) <= _RECORD else None
        if isinstance(part, dict):
            parts.setdefault(message, []).append(part)
    found = []
    for message, data in database.execute(select.format("id, data", "message"), (session, _ROWS)):
        info = parsed(data.encode()) if isinstance(data, str) and len(data) <= _RECORD else None
        if isinstance(info, dict):
            found.append({"info": {"id": message} | info, "parts": parts.get(message, [])})
    return found
