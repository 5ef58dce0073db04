"""Labels: the words in front of what somebody wrote ("**Prompt:** ..."), in the languages that people use.

A vocabulary maps such words to the name of a field. Which words count where depends on how they stand: emphasis,
a heading or a column say clearly that a label is meant, a bare word with a colon says so only for a strong word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_LEAD = re.compile(r"^\s{0,40}(?:>|[-*+•–](?=\s)|\d{1,3}[.)-](?=\s)|\[[ xX]\](?=\s))\s{0,20}")
_EMPHASISED = re.compile(
    r"^([*_]{1,4})\s{0,2}([^*_:：\n]{1,80})(?:([:：])\s{0,3}([*_]{0,4})|([*_]{1,4})\s{0,3}([:：]|"
    r"[—–-]{1,2}(?=\s)|))\s{0,3}"
)
_PLAIN = re.compile(r"^([^:：\n*_`]{1,60})[:：](?!//)\s{0,3}")
_DASHED = re.compile(r"^([^:：\n*_`—–=<>]{1,40}?)\s{1,3}(?:[—–-]|->|→|=>|=|👉|➡️|➡|➜|►|⇒)\s{1,3}")
_MARKED = re.compile(r"^(?:`([^`:\n]{2,60}):`|`([^`:\n]{2,60})`:|\[([^\[\]\n]{2,40})\](?![\[(]):?)\s{0,3}")
_QUESTION = re.compile(
    r"(?i)^((?:what|how|where|qué|que|cómo|como|что|как|где|ne|nasıl)\b[^?:\n]{3,60})\?\s{1,3}(?=\S)"
)
_PERSON = re.compile(
    r"^(?:the |el |la )?(?:candidate|candidato|candidata|author|engineer|developer|human|he|she|they|we|i|my|"
    r"our|user|"
    r"кандидат|я|aday|ben|지원자|나의|내)(?:'s)? (?=\S)"
)
"""Whoever the label speaks of: "Candidate rejected", "We changed"."""
_SIGNS = {code: " " for code in (*range(32), 127) if chr(code) != "\t"} | dict.fromkeys(map(ord, "$<=>^`~"), " ")
_NUMBERED = re.compile(r"^(?:#?\d{1,4}(?:\.\d{1,3}){0,3}[.):]?\s{1,4})")
_JOINED = re.compile(r"\s{0,2}[/&+,|]\s{0,2}| and | or | vs | y | и | ve ")
_ASKING = re.compile(
    r"(?i)(?:what|how|where)\b|was (?:ich|wir|die ki|falsch)\b|wie\b|ce que\b|"
    r"comment\b|o que\b|como\b|(?:lo )?qu[eé]\b|c[oó]mo\b|что\b|как\b|где\b|nasıl\b|ne(?:yi|ler|leri)?\b|어떻게|무엇"
)
_CORE = (
    "prompt",
    "prompts",
    "correction",
    "corrections",
    "verification",
    "verifications",
    "validation",
    "modification",
)
"""Labels that are recognised with a slip in them: people write logs late at night."""
_LONGEST = 80
_WORDS = 8


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """`exact`: label (normal form) to field. `stems`: (piece of a label, field), tried in order on clear labels.

    `weak` labels are everyday words ("output"): they count only where emphasis, heading or column mark them.
    """

    exact: Mapping[str, str]
    stems: Sequence[tuple[str, str]]
    weak: frozenset[str] = frozenset()

    def field(
        self, label: str, *, clear: bool = True, stems: bool = True, also: frozenset[str] = frozenset()
    ) -> str | None:
        """The field that a label names, None for any other text. `also`: weak labels that count here all the same."""
        if len(label) > _LONGEST:
            return None
        name = normal(label)
        clear = clear or name in also
        for form in _forms(name):
            if form in self.exact and (form or label.strip(" *") == "#"):
                return self.exact[form] if clear or form not in self.weak or form in also else None
        core = _misspelt(name)
        if core and core in self.exact:  # another document's vocabulary may lack it: a decision log knows no prompts
            return self.exact[core]
        if not clear:
            return None
        for part in _JOINED.split(_bare(name)):
            if part in self.exact and part not in self.weak:
                return self.exact[part]
            if "/" in name and self.exact.get(part) == "correction":
                return "correction"
        if stems and 0 < len(name.split()) <= _WORDS:
            told = _forms(name)[3]
            for stem, field in self.stems:
                if stem in name or stem in told:
                    return field
        return None

    def at_line(self, text: str, also: frozenset[str] = frozenset()) -> tuple[str, str] | None:
        """The field and the rest of the line, for a line that starts with a label; None for any other."""
        told = text
        text, _ = without_lead(text[:4_000])
        if text[:1] == "<":
            text = re.sub(r"^<details[^<>]{0,60}>\s{0,4}", "", text)
            text = re.sub(r"</?(?:summary|b|strong)>", "**", text)
        emphasised = _EMPHASISED.match(text)
        if emphasised:
            closed = emphasised[5] or emphasised[3]
            field = self.field(emphasised[2], clear=True) if closed else None
            rest = text[emphasised.end() :].strip()
            if field and (emphasised[3] or emphasised[6] or not rest or emphasised[1][:2] in ("**", "__", "_*")):
                return field, rest.strip("*_ ") if rest.strip("*_ ") == "" else rest
            return None
        pictured = bool(text) and _pictured(told)
        question = _QUESTION.match(text)
        field = self.field(question[1]) if question else None
        if question and field:
            return field, text[question.end() :].strip()
        for pattern in (_PLAIN, _DASHED, _MARKED):
            match = pattern.match(text)
            if match:
                label = next(group for group in match.groups() if group is not None)
                asking = bool(_ASKING.match(label)) and len(label.split()) <= _WORDS
                field = self.field(label, clear=pictured or asking, stems=asking, also=also)
                if field:
                    return field, text[match.end() :].strip()
        return None

    def at_heading(self, title: str, *, stems: bool = False) -> tuple[str, str] | None:
        """The field and the rest, for a heading that is itself a label ("### Prompt", "## Verification: tests").

        `stems`: pieces of labels serve too, for a heading that the page repeats; a question always may.
        """
        title = without_lead(title.strip().strip("*_").strip())[0].strip("*_ ")
        if re.match(r"\d{1,4}[.)]", title) and normal(title) in self.weak:
            return None  # "2. Tests" is the second piece of work
        stems = stems or bool(_ASKING.match(title))
        field = self.field(title, clear=True, stems=stems)
        if field:
            return field, ""
        head, colon, rest = title.replace("：", ":").partition(":")
        field = self.field(head, clear=True, stems=False) if colon else None
        return (field, rest.strip(" *_")) if field else None


@lru_cache(maxsize=20_000)
def normal(label: str) -> str:
    """A label in the form that a vocabulary holds: lower case, no marks, no numbering, no accents, single spaces."""
    if label.isascii():
        text = label.lower().translate(_SIGNS)
    else:
        text = unicodedata.normalize("NFKC", label).casefold().replace("\u0307", "").replace("’", "'")
        text = "".join(
            letter if unicodedata.category(letter)[0] not in "SC" or letter in "+|#" else " " for letter in text
        )
    text = text.replace("_", " ").strip(" \t*`#>-–—:.!?\"'")
    text = _NUMBERED.sub("", text)
    if not text.isascii():
        # Accents are often left out ("que corregi"): both sides are compared without them.
        bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if unicodedata.category(letter) != "Mn")
        text = unicodedata.normalize("NFC", bare).replace("ı", "i")
    return " ".join(text.split())


def listed(text: str) -> frozenset[str]:
    """The normal forms of the words that a text lists with commas."""
    return frozenset(normal(word) for word in text.split(","))


def without_lead(text: str) -> tuple[str, bool]:
    """A line without quote marks, bullets and numbers in front of it, and whether there was a bullet or number."""
    listed = False
    for _ in range(6):
        lead = _LEAD.match(text)
        if lead is None:
            break
        listed = listed or ">" not in lead[0]
        text = text[lead.end() :]
    text = text.strip()
    while text and (unicodedata.category(text[0]) in ("So", "Cf") or text[0] == "\ufe0f"):
        text = text[1:].lstrip()  # a pictogram in front of a label
    return text, listed


def vocabulary(
    words: Mapping[str, str], stems: Mapping[str, str], weak: Sequence[str] = (), order: Sequence[str] = ()
) -> Vocabulary:
    """Make a vocabulary from texts that list labels or stems with commas, "
    "by field. `order`: whose stems come first."""
    exact = {normal(word): field for field, listed in words.items() for word in listed.split(",")}
    pieces = [
        (normal(stem), field) for field in (order or stems) for stem in stems.get(field, "").split(",") if stem.strip()
    ]
    return Vocabulary(exact, tuple(pieces), frozenset(normal(word) for word in weak))


@lru_cache(maxsize=20_000)
def _forms(name: str) -> tuple[str, ...]:
    """A label as it stands, and without what people add: brackets, a number, signs, "the candidate" before it."""
    bare = _bare(name)
    signless = " ".join(re.sub(r"[.,;?!()\"“”]", " ", bare).split())
    told = re.sub(r"\byou\b", "i", re.sub(r"\byour\b", "my", signless))
    return name, bare, signless, told, _PERSON.sub("", told, count=1)


@lru_cache(maxsize=20_000)
def _misspelt(name: str) -> str:
    """The core word that a label is with one letter wrong, left out, added or swapped; "" for none."""
    if not 5 <= len(name) <= 14 or not name.isalpha():
        return ""
    near = (word for word in _CORE if word[0] == name[0] and abs(len(word) - len(name)) <= 1 and _one_apart(word, name))
    return next(near, "")


def _one_apart(first: str, second: str) -> bool:
    at = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    rest, other = first[at:], second[at:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


def _pictured(text: str) -> bool:
    """Whether a pictogram stands in front: it marks a label as clearly as emphasis does."""
    text = _LEAD.sub("", text, count=1).lstrip()
    return bool(text) and unicodedata.category(text[0]) == "So"


@lru_cache(maxsize=20_000)
def _bare(name: str) -> str:
    """Without what stands in brackets and without a number at its end ("prompt (summary)", "prompt #2")."""
    name = re.sub(r"\([^()]{0,60}\)|\[[^\[\]]{0,60}\]", " ", name)
    name = re.sub(r"[\s#.]{0,3}\d{1,4}$", "", name.strip())
    return " ".join(name.strip(" #:.-").split())
