"""The header of a log: the tools that it names and when it says it was written, as its author put it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graders.ai_log.document import Document

LINES = 60
_LABELS = {
    "tools": re.compile(
        r"(?i)^[\s>*_#-]{0,8}(?:ai )?(?:tools?(?: used)?|assistants?|models?|herramientas?|инструменты?|araçlar|"
        r"사용 ?도구|도구)[*_]{0,3} {0,2}[:：][*_]{0,3}\s{0,4}(.{2,160})$"
    ),
    "written": re.compile(
        r"(?i)^[\s>*_#-]{0,8}(?:written|when written|log written|kept|recorded|escrito|записано|yazıldı|작성)"
        r"[*_]{0,3} {0,2}[:：][*_]{0,3}\s{0,4}(.{2,160})$"
    ),
}
_COMMENT = re.compile(r"<!--.{0,200}?-->")


@dataclass(frozen=True, slots=True)
class Header:
    """`name` is "tools" or "written"; `value` stands at `line` of `path`."""

    name: str
    value: str
    path: str
    line: int


def headers(documents: Sequence[Document]) -> tuple[Header, ...]:
    """What the first lines of the logs say of all their entries; a line with several choices left open says nothing."""
    found: dict[str, Header] = {}
    for document in documents:
        if document.kind not in ("log", "summary", "no AI"):
            continue
        for number, line in enumerate(document.text.split("\n", LINES)[:LINES], start=1):
            for name, pattern in _LABELS.items():
                match = pattern.match(_COMMENT.sub("", line[:400]).rstrip())
                value = match[1].strip(" *_`|") if match else ""
                if value and name not in found and (name == "tools" or "|" not in value):
                    found[name] = Header(name, value, document.path, number)
    return tuple(found.values())
