"""An entry of an AI usage log as its author wrote it: one piece of work with prompt, correction and verification."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

TEXT_LIMIT = 4_000
"""Characters of one part that are kept; the place leads to the rest."""
PARTS = ("prompt", "correction", "verification")
"""The three parts that are asked of an entry."""

_PLACEHOLDER = re.compile(
    r"(?i)^[\s_*<\[({.…\"'`-]*(?:"
    r"fill (?:this |me )?in|to ?do|tbd|tba|fixme|wip|x{3,10}|lorem ipsum|placeholder|coming soon|"
    r"to be (?:done|added|filled)|"
    r"(?:your|the|paste|insert|add|write|enter|describe|put) [\w ,/'’-]{1,60}(?: here)?|"
    r"what (?:you|i) [\w ,/'’-]{1,60}|how (?:you|i) [\w ,/'’-]{1,60}|"
    r"rellenar|por hacer|completar|pendiente|заполнить|доделать|doldurulacak|yapılacak|작성 ?예정|작성하세요"
    r")[\s_*>\])}.…:\"'`-]*$"
)
_BRACKETED = re.compile(r"^[\s_*`]*[<\[{][^<>\[\]{}\n]{1,120}[>\]}][\s_*`.]*$")
_ASKING = re.compile(r"(?i)^(?:your|paste|insert|add|write|enter|describe|put|what|how|the)\b")


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one label: the text, and the line where it starts."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Entry:
    """`n` counts entries over all documents, from 1. `parts`: field name to what was written under it.

    A part that is empty or holds a placeholder is in `unfilled`, not in `parts`: the label stands, the answer does not.
    `when` is the time as it was written, or None.
    """

    n: int
    title: str
    path: str
    line: int
    parts: dict[str, Part] = field(default_factory=dict)
    unfilled: dict[str, Part] = field(default_factory=dict)
    when: str | None = None

    def text(self, name: str) -> str:
        """The text of a part, "" when it is not there."""
        return self.parts[name].text if name in self.parts else ""

    def numbered(self, n: int) -> Entry:
        return replace(self, n=n)


def make(title: str, path: str, line: int, written: dict[str, Part], template: frozenset[str] = frozenset()) -> Entry:
    """An entry from what stands under each label. `template`: texts (see `bare`) that the starter had there already."""
    parts: dict[str, Part] = {}
    unfilled: dict[str, Part] = {}
    for name, part in written.items():
        # JSON can spell half of a character: it could not be written into a report.
        text = part.text[:TEXT_LIMIT].encode("utf-8", "replace").decode().strip()
        cut = Part(text, part.line)
        (unfilled if is_placeholder(cut.text) or bare(cut.text) in template else parts)[name] = cut
    when = parts["when"].text[:80] if "when" in parts else time_in(title)
    title = " ".join(title.split())[:200].encode("utf-8", "replace").decode()
    return Entry(0, title, path, line, parts, unfilled, when)


def is_placeholder(text: str) -> bool:
    """Whether a text is what a template leaves to be filled in. "None needed", "not tested" and "n/a" are answers."""
    short = text.strip()
    if not any(letter.isalnum() for letter in short):
        return True
    if len(short) > 160 or "\n" in short:
        return False
    if _BRACKETED.match(short):
        inner = short.strip(" \t_*`<>[]{}.")
        return bool(_PLACEHOLDER.match(inner) or _ASKING.match(inner)) or short.strip("_* `").startswith("<")
    marked = short[:1] in "_*<[({" or short.casefold().strip(" .…:_*") in _BARE_WORDS or short.endswith(("...", "…"))
    return marked and bool(_PLACEHOLDER.match(short))


_BARE_WORDS = frozenset(
    {"todo", "to do", "tbd", "tba", "fixme", "wip", "xxx", "fill in", "fill this in", "fill me in", "placeholder"}
    | {"coming soon", "lorem ipsum", "rellenar", "por hacer", "pendiente", "заполнить", "doldurulacak", "yapılacak"}
    | {"작성 예정", "작성예정"}
)


def bare(text: str) -> str:
    """A text for comparison: letters, digits and single spaces alone."""
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())


_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|"
    r"diciembre|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря|ocak|şubat|mart|"
    r"januar|februar|märz|mai|juni|juli|oktober|dezember|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık)"
)
DAY_AND_MONTH = rf"\d{{1,2}}(?:st|nd|rd|th|\.)?(?: de)? {_MONTHS}\b|{_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?\b"
"""A pattern for a day without its year ("2 June", "June 2nd")."""
WEEKDAYS = (
    r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|"
    r"lunes|martes|miércoles|jueves|viernes|sábado|domingo|понедельник|вторник|среда|четверг|пятница|суббота|"
    r"воскресенье|пн|вт|ср|чт|пт|сб|вс|pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|"
    r"montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|[월화수목금토일]요일"
)
_CLOCK = r"\d{1,2}[:.]\d\d(?::\d\d(?:\.\d{1,6})?)?(?: ?[AaPp][Mm])?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
_TIME = re.compile(
    r"(?<![\d.])(?:(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d)"
    rf"(?:[T ,]{{1,3}}(?:at )?{_CLOCK})?|"
    rf"(?i:(?<![\w.])\d{{1,2}}(?:st|nd|rd|th|\.)?(?: de)? {_MONTHS}\.?(?: de)?,? (?:19|20)\d\d|"
    rf"(?<!\w){_MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d)(?:(?:,| at| \||) {_CLOCK})?|"
    r"(?:19|20)\d\d년 ?\d{1,2}월 ?\d{1,2}일(?: \d{1,2}:\d\d)?"
)


def time_in(text: str) -> str | None:
    """The first date (with its time) in a text, as written."""
    match = _TIME.search(text[:400])
    return match[0].strip() if match else None
