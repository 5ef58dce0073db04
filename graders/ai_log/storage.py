"""Storage: OpenCode's folder of small files (sessions, messages, parts), which only together tell who spoke."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from graders.decoding import decode
from graders.redaction import Secret, redact, without_people
from graders.transcripts import Session
from graders.transcripts.opencode import FILES, read_tree

TOTAL = 6 * 1024 * 1024
"""Bytes that are read over all storages; of what is left out the number of files is told."""
EACH = 1024 * 1024
ROOTS = 20
_PIECE = re.compile(
    r"^(.{0,400}?/)?(?:session/(?=info/|message/|part/))?(session|info|message|part)/(?:[^/]{1,200}/){0,2}[^/]{1,200}\.json$"
)
"""Until the middle of 2025 the folders of messages and parts lay in the one of sessions."""

ReadMany = Callable[[Sequence[str], int], Mapping[str, bytes]]


def storages(paths: Iterable[str]) -> dict[str, list[str]]:
    """The folders that look like a storage (there are messages and parts in them), each with its files."""
    found: dict[str, list[str]] = {}
    kinds: dict[str, set[str]] = {}
    for path in paths:
        if path.endswith(".json") and (piece := _PIECE.match(path)):
            found.setdefault(piece[1] or "", []).append(path)
            kinds.setdefault(piece[1] or "", set()).add(piece[2])
    return {root: files for root, files in list(found.items())[:ROOTS] if {"message", "part"} <= kinds[root]}


def read_storage(
    files: Sequence[str], sizes: Mapping[str, int], read_many: ReadMany, secrets: list[tuple[str, Secret]]
) -> tuple[tuple[Session, ...], int, int]:
    """The sessions of a storage, without the secrets in them; how many bytes were read, and how many files were not."""
    wanted: list[str] = []
    spent = 0
    # Small ones first: who spoke stands in them, and what was typed; a large part is a tool's output.
    for path in sorted(files, key=lambda path: (sizes[path], path)):
        if sizes[path] > EACH or spent + sizes[path] > TOTAL or len(wanted) >= FILES:
            break
        wanted.append(path)
        spent += sizes[path]
    clean: dict[str, bytes] = {}
    for path, content in read_many(wanted, EACH).items():
        redacted = redact(decode(content).text)
        secrets.extend((path, secret) for secret in redacted.secrets)
        clean[path] = without_people(redacted.text)[0].encode("utf-8", "replace")
    return tuple(one for one in read_tree(clean) if one.events), spent, len(files) - len(wanted)
