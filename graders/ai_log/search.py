"""The search for the AI usage log: the documents in the known places, read, and without the secrets in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from graders.ai_log.document import Document, of_sessions, read_document, renumbered
from graders.ai_log.no_ai import says_no_ai
from graders.ai_log.places import FILES, Place, is_about_ai, places
from graders.ai_log.storage import ReadMany, read_storage, storages
from graders.decoding import decode
from graders.markdown import read_page
from graders.redaction import Secret, redact, without_people

WHOLE_LIMIT = 4 * 1024 * 1024
"""Bytes up to which a document is read whole; of a larger one (a log of 50 MB) the first HEAD_LIMIT are read."""
HEAD_LIMIT = 2 * 1024 * 1024
LINES = 40_000
"""Lines of one document that are read; what follows is said not to be read."""
TOTAL_LIMIT = 8 * 1024 * 1024
"""Bytes that are read over all documents."""

Read = Callable[[str, int], bytes | None]


@dataclass(frozen=True, slots=True)
class Log:
    """All that was found. `secrets`: path and what was taken out there; `unread` counts documents beyond the limit."""

    documents: tuple[Document, ...] = ()
    secrets: tuple[tuple[str, Secret], ...] = ()
    unread: int = 0


def search(
    sizes: Mapping[str, int],
    read: Read,
    starter: Mapping[str, bytes],
    given: tuple[str, bytes] | None = None,
    read_many: ReadMany | None = None,
) -> Log:
    """Look in every place. `sizes`: path to bytes; `given`: a log that came apart from the repository.

    `read_many` reads many small files at once (by default one after the other).
    """
    found: list[Document] = []
    secrets: list[tuple[str, Secret]] = []
    spent = 0
    if given is not None:
        found.append(_document(given[0], given[1], len(given[1]), None, secrets))
        spent += min(len(given[1]), WHOLE_LIMIT)
    stored, pieces = _stored(sizes, read_many or _one_by_one(read), secrets)
    candidates = places(path for path in sizes if path not in pieces)
    whole = [place for place in candidates if place.whole]
    unread = max(len(whole) - FILES, 0)
    for place in whole[:FILES]:
        if spent > TOTAL_LIMIT:
            unread += 1
            continue
        document, cost = _file(place, sizes, read, starter, secrets)
        spent += cost
        if document is not None:
            found.append(document)
    found += stored
    if not any(document.kind in ("log", "no AI", "summary") for document in found):
        for place in candidates:
            if not place.whole:
                found.extend(_passages(place, sizes, read, starter, secrets))
    return Log(renumbered(_ordered(found)), tuple(secrets), unread)


def _one_by_one(read: Read) -> ReadMany:
    def read_many(paths: Sequence[str], limit: int) -> Mapping[str, bytes]:
        found = {path: read(path, limit) for path in paths}
        return {path: content for path, content in found.items() if content is not None}

    return read_many


def _stored(
    sizes: Mapping[str, int], read_many: ReadMany, secrets: list[tuple[str, Secret]]
) -> tuple[list[Document], set[str]]:
    """A document for every session that a folder of small files holds, and all those files."""
    documents: list[Document] = []
    pieces: set[str] = set()
    spent = 0
    for files in storages(sizes).values():
        if spent > TOTAL_LIMIT:
            break
        sessions, cost, unread = read_storage(files, sizes, read_many, secrets)
        spent += cost
        for session in sessions[:FILES]:
            # All on one line: the words stand in many files, and none of them is further down than its first lines.
            text = " ".join(" ".join(event.text.split()) for event in session.events if event.text)
            documents.append(of_sessions(text, session.path, (session,)))
        if sessions:
            pieces.update(files)
            if unread:
                said = f"{unread} of the {len(files)} files of its folder are too large or too many to be read."
                documents[-1] = replace(documents[-1], problems=(*documents[-1].problems, said))
    return documents, pieces


def _ordered(found: Sequence[Document]) -> tuple[Document, ...]:
    """Transcripts count as entries only where nobody wrote a log: their prompts are no entries of one."""
    logs = [document for document in found if document.kind == "log"]
    others = [document for document in found if document.kind != "log"]
    return (*logs, *others)


def _file(
    place: Place,
    sizes: Mapping[str, int],
    read: Read,
    starter: Mapping[str, bytes],
    secrets: list[tuple[str, Secret]],
) -> tuple[Document | None, int]:
    size = sizes[place.path]
    if not place.readable:
        ending = place.path.rsplit(".", 1)[-1].upper()
        problem = f"It is a {ending} file, which is not read here; a person has to open it."
        return Document(place.path, "unreadable", ending, "", problems=(problem,)), 0
    content = read(place.path, HEAD_LIMIT if size > WHOLE_LIMIT else WHOLE_LIMIT)
    if content is None:
        return None, 0
    return _document(place.path, content, size, starter.get(place.path), secrets), len(content)


def _document(
    path: str, content: bytes, size: int, starter: bytes | None, secrets: list[tuple[str, Secret]]
) -> Document:
    problems: list[str] = []
    if size > WHOLE_LIMIT:
        content = content[:HEAD_LIMIT]
        content = content[: content.rfind(b"\n") + 1] or content  # no half record where the limit cuts
        problems.append(f"It is {size / 1_000_000:.0f} MB; its first {HEAD_LIMIT // 1024 // 1024} MiB were read.")
    decoded = decode(content)
    problems.extend(decoded.problems())
    if decoded.binary:
        return Document(path, "unreadable", decoded.binary, "", problems=tuple(problems))
    text = decoded.text
    count = text.count("\n") + 1
    if count > LINES:
        text = "\n".join(text.split("\n", LINES)[:LINES])
        problems.append(f"It has {count} lines; the first {LINES} were read.")
    clean = redact(text)
    secrets.extend((path, secret) for secret in clean.secrets)
    document = read_document(without_people(clean.text)[0], path, decode(starter).text if starter is not None else None)
    return replace(document, problems=(*problems, *document.problems))


def _passages(
    place: Place,
    sizes: Mapping[str, int],
    read: Read,
    starter: Mapping[str, bytes],
    secrets: list[tuple[str, Secret]],
) -> list[Document]:
    """The passage of a README (or a document like it) under a heading on AI; or its sentence that none was used."""
    content = read(place.path, min(sizes[place.path], HEAD_LIMIT))
    if not content or content == starter.get(place.path):
        return []
    clean = redact(decode(content).text)
    text, _ = without_people(clean.text)
    lines = text.split("\n")
    page = read_page(text)
    start = end = level = 0
    for line in page.lines:
        if not start and line.level and is_about_ai(line.text):
            start, level = line.number, line.level
        elif start and line.level and line.level <= level:
            end = line.number - 1
            break
    if start:
        end = end or len(lines)
        passage = "\n" * (start - 1) + "\n".join(lines[start - 1 : end])
        secrets.extend((place.path, secret) for secret in clean.secrets if start <= secret.line <= end)
        before = decode(starter[place.path]).text if place.path in starter else None
        document = read_document(passage, place.path, before, first_line=start)
        return [] if document.kind in ("empty", "template") else [document]
    said = says_no_ai(text, of_the_work=True)
    if said and lines[said - 1].encode() not in starter.get(place.path, b""):
        return [Document(place.path, "no AI", "a statement that no AI was used", lines[said - 1], first_line=said)]
    return []
