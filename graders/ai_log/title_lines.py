"""Lines that are a title or a label without any mark of one: what stands around them, and again and again, tells it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from graders.ai_log.entry import PARTS
from graders.ai_log.words import LABELS
from graders.labels import normal, without_lead
from graders.markdown import Line

_NUMBER = re.compile(r"^\s{0,20}\*{0,2}\d{1,3}[.)]\*{0,2}\s{1,4}")
_LABELLED = re.compile(r"^(?:\*\*[^*\n]{2,60}(?::\*\*|\*\*:)|[^:\n]{2,30}: )")
"""A line with a label of any kind in front."""
_COUNTED = re.compile(r"^[\W_]{0,4}[^\W\d_]{2,20} {0,2}#?\d{1,3}\b")
"""A word and a number: "Day 1 - parser"."""
_LISTED = re.compile(r"^\s{0,20}(?:[-*+]|\d{1,3}[.)])\s")
_OPENING_QUOTES = frozenset("\"“«„'‘")
_ENDS_OF_SENTENCES = frozenset('.,;:?!»”"')
_RULED = re.compile(r"^\s{0,3}[-=*_~#]{3,200}\s{0,4}$")


def lone_labels(shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> dict[int, str]:
    """Lines that are a label and no more, without any sign of one, where the page repeats them beside prompts."""
    found: dict[str, list[tuple[int, str]]] = {}
    for line in shown:
        name = None if line.level or line.number in labels else _one_label(line.text)
        if name:
            found.setdefault(normal(line.text), []).append((line.number, name))
    again = {number: name for lines in found.values() if len(lines) >= 2 for number, name in lines}
    told = {*again.values(), *(label[0] for label in labels.values())}
    return again if "prompt" in told and len(told.intersection(PARTS)) >= 2 else {}


def _one_label(text: str) -> str | None:
    bare = text.strip()
    return LABELS.field(bare, stems=False) if 2 <= len(bare) <= 40 and bare[-1] not in ".!," else None


def title_lines(shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> frozenset[int]:
    """Short lines that stand, without being headings, over the label that entries of this page begin with.

    They stand alone, or right over it, at four in five of these labels at least; else they are text.
    """
    fields = dict.fromkeys(labels[line.number][0] for line in shown if line.number in labels)
    counts = Counter(label[0] for label in labels.values())
    for field in list(fields)[:3]:
        found = _over(field, shown, labels)
        if found or counts[field] > 1:  # what comes once stands above all entries
            return found
    return frozenset()


def _over(begins: str, shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> frozenset[int]:
    """The lines that stand as titles over the labels of one field."""
    found: list[int] = []
    count = 0
    for index, line in enumerate(shown):
        if labels.get(line.number, ("",))[0] != begins:
            continue
        count += 1
        above = shown[index - 1] if index else line
        before = shown[index - 2] if index > 1 else None
        deeper = _LISTED.match(above.text) and _indent(line.text) > _indent(above.text)
        alone = (
            deeper
            or before is None
            or before.level == 1
            or above.number - before.number > 1
            or _RULED.match(before.text)
        )
        if before is not None and labels.get(before.number, ("", "x"))[1] == "" and not deeper:
            continue  # the text of a label that stands alone on its line
        if above is not line and not above.level and above.number not in labels and alone and _is_title(above.text):
            found.append(above.number)
    return frozenset(found) if len(found) >= 2 and len(found) * 5 >= count * 4 else frozenset()


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _is_title(text: str) -> bool:
    bare = _NUMBER.sub("", text.strip(), count=1).strip()
    if _LABELLED.match(bare) and not _COUNTED.match(bare):
        return False
    if not 2 <= len(bare) <= 120 or bare[0] in ">|`{[" or _RULED.match(bare):
        return False
    said = bare.lstrip("*_")[:1] in _OPENING_QUOTES or bare.rstrip("*_")[-1:] in _ENDS_OF_SENTENCES
    return not said and (bool(_COUNTED.match(bare)) or LABELS.at_line(text, LABELS.weak) is None)


def begins(shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> frozenset[int]:
    """On a page without labelled prompts: the lines with the very label that comes first, where it comes again."""
    if any(label[0] == "prompt" for label in labels.values()):
        return frozenset()
    named = [(line.number, _named(line.text)) for line in shown if labels.get(line.number, ("",))[0] in PARTS]
    first = named[0][1] if named else ""
    found = [number for number, name in named if name == first]
    return frozenset(found) if first and len(found) >= 2 else frozenset()


def _named(text: str) -> str:
    """The label of a line, as it is written."""
    return normal(re.split(r"[:：—–]", without_lead(text[:200])[0], maxsplit=1)[0])
