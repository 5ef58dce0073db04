"""Boxes to tick and outcomes in a list: what became of a suggestion, chosen from a form."""

from __future__ import annotations

import re

from graders.labels import without_lead
from graders.markdown import Line, plain

_ROW_OF_BOXES = re.compile(r"\[([ xX✓✔]?)\]\s{0,3}([^\[\]|\n]{1,80})")
_SIGNS_OF_BOXES = str.maketrans({"☐": "[ ]", "⬜": "[ ]", "🔲": "[ ]", "☑": "[x]", "☒": "[x]", "✅": "[x]", "🗹": "[x]"})
_BOXES = re.compile(r"^\s{0,20}[-*+] \[([ xX])\] {0,3}(.{1,200})$")
_OUTCOMES = frozenset(
    {"accepted", "rejected", "used as is", "adapted", "aceptado", "rechazado", "принято", "отклонено"}
)
"""Outcomes that stand alone on a list item."""
_CHOICES: tuple[str, ...] = (
    *(
        "used as is",
        "as is",
        "used directly",
        "used without",
        "used with",
        "discarded",
        "partly used",
        "accepted",
        "adapted",
        "modified",
        "changed",
        "rejected",
        "partially used",
        "not used",
    ),
    *("sin cambios", "adaptado", "rechazado", "без изменений", "изменено", "отклонено", "принято"),
    *(
        "olduğu gibi",
        "direkt kullan",
        "doğrudan kullan",
        "adapte et",
        "değiştirerek",
        "kullanmadım",
        "uyarlandı",
        "uyarladım",
        "reddedildi",
        "reddettim",
        "그대로",
        "수정하여",
        "거절",
    ),
)


def chosen(line: Line, prompted: bool) -> str | None:
    """The choice that a line ticks ("- [x] adapted", "- Accepted"), "" for one not ticked, "
    "None for any other line."""
    marked = line.text[:600].translate(_SIGNS_OF_BOXES)
    row = _ROW_OF_BOXES.findall(marked) if marked.count("]") > 1 else []
    if len(row) >= 2 and any(_choice(said) for _, said in row):
        return ", ".join(said.strip(" *_/,;·") for tick, said in row if tick.strip())
    box = _BOXES.match(marked)
    if box and _choice(box[2]):
        return box[2].strip() if box[1] != " " else ""
    text, listed = without_lead(line.text[:200])
    bare = plain(text).casefold().strip(" .!")
    return text if listed and bare in _OUTCOMES and prompted else None


def _choice(text: str) -> bool:
    short = plain(text).casefold()[:80]
    return any(short.startswith(choice) for choice in _CHOICES)
