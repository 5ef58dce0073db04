"""Uploads: from a multipart request to a checked file in the data folder."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from aiohttp import BodyPartReader, MultipartReader, web

from leadbook.journal import private, sync_folder
from leadbook.refusals import Refusal
from leadbook.sheet import LARGEST_FILE, Unreadable, check

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived, and the digest of its bytes."""

    path: Path
    digest: str


async def receive(request: web.Request, path: Path) -> Upload:
    """Store the multipart field `file` at `path`. Raises Refusal (400, 413); then nothing is left there."""
    if not request.content_type.startswith("multipart/"):
        raise _missing()
    try:
        form = await request.multipart()
        digest = await _store(await _file_part(form), path)
        await _rest(form)
        return Upload(path, digest)
    except (ValueError, AssertionError):  # aiohttp's ways to say that a form is broken, or breaks off
        path.unlink(missing_ok=True)
        raise _missing() from None
    except BaseException:
        path.unlink(missing_ok=True)
        raise


async def accept(upload: Upload) -> None:
    """Check that a file can be read, and put it on disk. Raises Refusal (400)."""
    try:
        await asyncio.to_thread(check, upload.path)
    except Unreadable as trouble:
        raise Refusal(400, trouble.code, trouble.message) from None
    await asyncio.to_thread(_to_disk, upload.path)


async def _file_part(form: MultipartReader) -> BodyPartReader:
    while (part := await form.next()) is not None:
        if isinstance(part, BodyPartReader) and part.name == "file":
            return part
        await part.release()
    raise _missing()


async def _store(part: BodyPartReader, path: Path) -> str:
    digest, size = hashlib.sha256(), 0
    with private(path) as file:
        while chunk := await part.read_chunk(CHUNK):
            size += len(chunk)
            if size > LARGEST_FILE:
                raise Refusal(413, "file_too_large", "The file has more than 25 MB.")
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


async def _rest(form: MultipartReader) -> None:
    """Read to the form's end: without its closing boundary the file may be cut."""
    while (part := await form.next()) is not None:
        await part.release()


def _missing() -> Refusal:
    return Refusal(400, "missing_file", "The request has no whole multipart field `file`.")


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)
