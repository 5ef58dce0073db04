"""From the body of an upload to a file on disk, piece by piece."""

from __future__ import annotations

import codecs
import errno
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from leadledger.refusal import Refusal

FILE_MOST = 25 * 1024 * 1024
PIECE = 64 * 1024
HEADERS_MOST = 1024 * 1024
"""What may gather before a part's data begins: nobody needs more for the headers of a part."""


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Upload:
    """A file that was received: its size, the digest of its bytes, and whether they are UTF-8."""

    size: int
    digest: str
    is_text: bool


def receive(body: Readable, content_type: str, path: Path) -> Upload:
    """Write the multipart field `file` of a body to `path`.

    Raises Refusal: 400 when there is no such field or the body breaks off, 413 when the file is too large, 507 when
    there is no room for it. The rest of a body that is refused stays unread.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not boundary:
        raise Refusal(400, "missing_file", "Please send the file as multipart/form-data in the field 'file'.")
    try:
        with path.open("wb") as target:
            return _keep(_pieces_of_file(body, boundary.encode()), target)
    except ValueError:
        raise Refusal(400, "malformed_upload", "The multipart body can't be read, or it breaks off.") from None
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise Refusal(507, "no_room", "There is no room for this file at the moment.") from None


def _keep(pieces: Iterator[bytes], target: BinaryIO) -> Upload:
    size, digest, is_text = 0, hashlib.sha256(), True
    decoder = codecs.getincrementaldecoder("utf-8")()
    for piece in pieces:
        size += len(piece)
        if size > FILE_MOST:
            raise Refusal(413, "file_too_large", "The file has more than 25 MB.")
        digest.update(piece)
        target.write(piece)
        is_text = is_text and _decodes(decoder, piece)
    return Upload(size, digest.hexdigest(), is_text and _decodes(decoder, b"", final=True))


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True


def _pieces_of_file(body: Readable, boundary: bytes) -> Iterator[bytes]:
    """The data of the first part named `file`, whether it came with a file name or without."""
    decoder = MultipartDecoder(boundary, HEADERS_MOST, max_parts=100)
    inside = found = False
    while True:
        event = decoder.next_event()
        if isinstance(event, NeedData):
            decoder.receive_data(body.read(PIECE) or None)
        elif isinstance(event, (File, Field)):
            inside = event.name == "file" and not found
            found = found or inside
        elif isinstance(event, Data) and inside:
            yield event.data
        elif isinstance(event, Epilogue):
            break
    if not found:
        raise Refusal(400, "missing_file", "The upload has no field 'file'.")
