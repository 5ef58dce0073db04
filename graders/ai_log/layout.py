"""The layout of a page of entries: which headings are titles, which labels, which lines only quote.

What a word means depends on the page: a heading that comes again and again is a label, an everyday word with a
colon is one where the page repeats it next to prompts, and labels inside a quoted prompt belong to the prompt.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graders.ai_log.chats import speaker
from graders.ai_log.entry import PARTS
from graders.ai_log.title_lines import begins, lone_labels, title_lines
from graders.ai_log.words import LABELS
from graders.labels import normal, without_lead
from graders.markdown import Line, Page

CASE = re.compile(
    r"(?i)^[\s*_>=\[#-]{0,12}(case|entry|interaction|session|exchange|iteration|episode|usage|prompt|iteración|caso|"
    r"entrada|interacción|uso|случай|запись|сессия|промпт|запрос|kayıt|vaka|kullanım|istem|사례|기록|프롬프트)"
    r"\s{0,2}(?:#|no\.?|№)?\s{0,2}\d{1,4}\b"
    r"[\s*_.:)=\]—–-]{0,12}(.{0,160})$"
)
"""A line that counts: "CASE 1 - the importer", "Entry #2", "Prompt 3: the queue"."""
_PROMPT_WORDS = frozenset({"prompt", "промпт", "запрос", "istem", "프롬프트"})
_PLAIN = re.compile(r"^([^\W\d_][^:：\n*_`]{0,39}?)(?:[:：](?!//)|\s(?:[—–-]|->|→|👉|➡️|➡|➜|►|⇒)\s)")
_ITEM = re.compile(r"^ {0,3}(?:\d{1,3}[.)]|[-*+])\s{1,4}\*\*[^*\n]{2,160}\*\*:?\s{0,4}$")
_NUMBER = re.compile(r"^\s{0,20}\*{0,2}\d{1,3}[.)]\*{0,2}\s{1,4}")
_NUMBER_ALONE = re.compile(r"^\s{0,3}(?:\*\*|__)\s?#?\d{1,3}[.):]?\s?(?:\*\*|__)[.):]?\s{0,4}$")
STAMP = re.compile(
    r"^[\s>*_-]{0,8}[\[(]?(\d{4}-\d\d-\d\d(?:[T ,]{1,2}\d{1,2}:\d\d(?::\d\d)?Z?)?|\d{1,2}:\d\d)"
    r"[\])]?[\s*_|:—–-]{1,6}(?=[^\W\d_*])"
)
"""A time in front of a label."""
COMMIT = re.compile(r"^[\s>*_-]{0,8}[`\[(]{1,2}([0-9a-f]{7,40})[`\])]{1,2}[\s*_|:—–-]{1,6}(?=[^\W\d_*])")
"""A commit in front of a label."""
_SAID = re.compile(
    r"^\s{0,20}(?:\*{0,2}\d{1,3}[.)]\*{0,2}\s{1,4}|[-*+]\s{1,4})?[*_]{0,2}[“\"«„][^\n]{8,1900}[”\"»“][*_]{0,2}\s{0,4}$"
)
_PROMPTS = re.compile(r"^(?:\w{1,20} ){0,2}prompts (?:that|which|i|we|worth)\b")
"""A heading over the prompts themselves: "Prompts that changed direction", "Key prompts I used"."""
_BOLD = re.compile(r"^\s{0,12}(?:[-*+]\s{1,4})?\*\*([^*:\n]{2,60})(?::\*\*|\*\*:)\s{0,4}(.{0,150})")
_INLINE = re.compile(
    r"(?:(?<=[.;!?)|»”\"→/,])|(?<=\*\*)|(?<=->)|(?<==>)|(?<= [—–]))\s{1,3}[*_]{0,3}"
    r"((?:[A-ZА-ЯÁÉÍÓÚÑÇĞİÖŞÜ]|(?<=[/|→;>] )[^\W\d_])[^\s.:;|*_]{2,20}(?: [^\s.:;|*_]{1,20}){0,2})[*_]{0,3}:[*_]{0,3}\s"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """`titles`: lines of headings with a label of an entry below; `prompted`: those with a prompt among these.

    `quoted`: lines of block quotes that begin with no label; `items`: titles in lists ("1. **Importer**"), numbers.
    `repeated`: headings that come again; `said`: lines in quotation marks that stand where a prompt's label would;
    `nested`: headings deeper than those of most entries; `labels`: lines that begin with a label, and what it is;
    `strange`: lines with a label in bold that is not known here, and that the page repeats;
    `begins`: lines with the label that entries without prompts begin with.
    """

    titles: frozenset[int]
    prompted: frozenset[int]
    quoted: frozenset[int]
    items: frozenset[int]
    repeated: frozenset[str]
    said: frozenset[int]
    nested: frozenset[int]
    labels: Mapping[int, tuple[str, str]]
    strange: frozenset[int]
    begins: frozenset[int]

    def label_of(self, line: Line) -> tuple[str, str] | None:
        """The field that a line labels, and the rest of it; None for a line that is no label here."""
        if line.level:
            return None if line.number in self.titles else _at_heading(line, self.repeated)
        if line.number in self.said:
            return "prompt", _NUMBER.sub("", line.text).strip()
        return self.labels.get(line.number)


def counting(text: str) -> tuple[bool, str] | None:
    """Whether a line that counts ("Case 1 - the importer") counts prompts, and its title; None for any other line."""
    match = CASE.match(text[:300])
    return (match[1].casefold() in _PROMPT_WORDS, match[2].strip()) if match else None


def layout_of(page: Page) -> Layout:
    """Look over a page once, before its entries are read."""
    quoted = _quoted(page)
    shown = [line for line in page.lines if not line.opaque and line.number not in quoted and line.text.strip()]
    counted = Counter(normal(line.text) for line in shown if line.level and len(line.text) <= 80)
    repeated = frozenset(text for text, count in counted.items() if count >= 2)
    also = _everyday(shown)
    labels: dict[int, tuple[str, str]] = {}
    for line in shown:
        label = None if line.level else LABELS.at_line(line.text, also) or _within(line.text) or _stamped(line.text)
        if label is not None:
            labels[line.number] = label
    for number, name in lone_labels(shown, labels).items():
        labels[number] = (name, "")
    fields = {label[0] for label in labels.values()}
    if "prompt" not in fields and not fields.isdisjoint(PARTS):
        labels.update(_spoken(shown, labels))
    asking = any(line.level and (_at_heading(line, repeated) or ("",))[0] == "prompt" for line in shown)
    titles, prompted = _titles(shown, repeated, labels)
    levels = Counter(line.level for line in shown if line.number in prompted)
    usual = levels.most_common(1)[0][0] if levels else 0
    nested = frozenset(line.number for line in shown if usual and line.level > usual)
    return Layout(
        titles,
        prompted,
        quoted,
        _items(shown, labels),
        repeated,
        _said(shown, labels),
        nested,
        labels,
        _strange(shown, labels),
        begins(shown, labels) if not asking and len(titles) <= 1 and not _said(shown, labels) else frozenset(),
    )


def inline(label: tuple[str, str]) -> Iterable[tuple[str, str]]:
    """A label and its text, and the labels that follow on the same line ("Prompt: x. Correction: y.")."""
    name, rest = label
    start = 0
    for match in _INLINE.finditer(rest[:4_000]):
        parted = rest[: match.start()].endswith(("|", "→", ">"))
        field = LABELS.field(match[1], clear=parted, stems=False)
        if field in PARTS and field != name:
            yield name, rest[start : match.start()].strip(" \t|→/,").removesuffix("->").removesuffix("=>").strip()
            name, start = field, match.end()
    yield name, rest[start:].strip() if start else rest


def _within(text: str) -> tuple[str, str] | None:
    """The prompt of a line that labels it further on, with another part after it ("**1. Parser.** **Prompt:** ...")."""
    if text.count(":") + text.count("：") < 2:
        return None
    found = [(LABELS.field(match[1], clear=False), match.end()) for match in _INLINE.finditer(text[:4_000])]
    start = next((end for field, end in found if field == "prompt"), 0)
    others = {field for field, end in found if field in PARTS and end > start and field != "prompt"}
    return ("prompt", text[start:].strip()) if start and others else None


def _stamped(text: str) -> tuple[str, str] | None:
    """The label of a line with a time in front of it ("2026-03-01 10:00 | Prompt: ...")."""
    match = STAMP.match(text[:80]) or COMMIT.match(text[:80])
    return LABELS.at_line(text[match.end() :]) if match else None


def _at_heading(line: Line, repeated: frozenset[str]) -> tuple[str, str] | None:
    if _PROMPTS.match(normal(line.text[:80])):
        return "prompt", ""
    label = LABELS.at_heading(line.text, stems=bool(repeated) and normal(line.text) in repeated)
    counted = label is not None and label[0] in ("purpose", "id", "when", "tool") and not label[1]
    return None if counted and _numbered(line.text) else label  # "Step 1" is a title


def _titles(
    shown: list[Line], repeated: frozenset[str], labels: Mapping[int, tuple[str, str]]
) -> tuple[frozenset[int], frozenset[int]]:
    """A heading that is a label itself is no title, unless it is an everyday word ("Tests") with labels right below."""
    titles: set[int] = set()
    prompted: set[int] = set()
    heading = nearest = numbered = 0
    above: Line | None = None
    for line in shown:
        case = counting(line.text) if line.level else None
        if case and case[0] and case[1]:
            heading, nearest, above = line.number, 0, line
            continue
        if line.level:
            label = _at_heading(line, repeated)
            if label and label[0] in ("purpose", "id") and label[1] and (above is None or above.level <= 1):
                label = None  # "## Feature: search" is the title of what stands below it
                titles.add(line.number)
            outcome = label is not None and label[0] != "prompt" and bool(label[1])  # "Rejected: the cache"
            nearest = line.number if label and (outcome or _is_weak(line.text)) else 0
            numbered = line.number if label == ("prompt", "") and _numbered(line.text) else 0
            heading = heading if label else line.number
        else:
            label = labels.get(line.number)
            nearest = numbered if numbered and label and label[0] == "prompt" else nearest
        above = line if line.level else None
        if label and label[0] in PARTS and not (line.level and nearest):
            title = nearest or heading
            if title:
                titles.add(title)
                if label[0] == "prompt":
                    prompted.add(title)
    if not labels:
        titles.update(_everyday_headings(shown, repeated))
    return frozenset(titles), frozenset(prompted)


def _numbered(text: str) -> bool:
    return bool(_NUMBER.match(text[:20])) or text.rstrip(" *_:.")[-1:].isdigit()


def _everyday_headings(shown: list[Line], repeated: frozenset[str]) -> set[int]:
    """Headings of everyday words ("Fix", "Tests") on a page without any clear label: each is a piece of work."""
    found = [line for line in shown if line.level > 1 and (label := _at_heading(line, repeated)) and label[0] in PARTS]
    weak = all(_is_weak(line.text) and normal(line.text) not in repeated for line in found)
    return {line.number for line in found} if weak else set()


def _said(shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> frozenset[int]:
    """Lines all in quotation marks, each with a label below: where nothing is labelled a prompt, they are."""
    found: set[int] = set()
    last = 0
    for line in shown:
        if line.level:
            last = 0
            continue
        label = labels.get(line.number)
        if label and label[0] == "prompt":
            return frozenset()
        if label and last:
            found.add(last)
            last = 0
        elif _SAID.match(line.text[:2_000]):
            last = line.number
    return frozenset(found) if len(found) >= 2 else frozenset()


def _spoken(shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> dict[int, tuple[str, str]]:
    """In entries that quote a conversation and label only what came of it: the person's words are the prompt."""
    found: dict[int, tuple[str, str]] = {}
    for line in shown:
        told = None if line.level or line.number in labels else speaker(line.text)
        if told is not None:
            found[line.number] = ("prompt" if told[0] else "response", told[1])
    sides = {field for field, _ in found.values()}
    return found if len(sides) == 2 else {}


def _strange(shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> frozenset[int]:
    """Lines with an unknown label in bold that comes at least twice: they end what stands above them."""
    found: dict[str, list[int]] = {}
    for line in shown:
        match = None if line.level or line.number in labels else _BOLD.match(line.text[:200])
        if match:
            found.setdefault(normal(match[1]), []).append(line.number)
    return frozenset(number for numbers in found.values() if len(numbers) >= 2 for number in numbers)


def _is_weak(text: str) -> bool:
    name = normal(text)
    return name in LABELS.weak or re.sub(r"\s\d{1,4}\b.{0,200}$", "", name) in LABELS.weak


def _quoted(page: Page) -> frozenset[int]:
    """Lines of block quotes that begin with no label: whatever looks like one inside was said, and labels nothing."""
    found: set[int] = set()
    inside = labelled = False
    for line in page.lines:
        is_quote = not line.opaque and not line.level and line.text.lstrip()[:1] == ">"
        if is_quote and not inside:
            labelled = LABELS.at_line(line.text) is not None
        inside = is_quote
        if is_quote and not labelled:
            found.add(line.number)
    return frozenset(found)


def _items(shown: list[Line], labels: Mapping[int, tuple[str, str]]) -> frozenset[int]:
    """List items in bold with labels on the deeper items below them."""
    found: set[int] = set()
    last = 0
    for line in shown:
        if line.level:
            continue
        indent = len(line.text) - len(line.text.lstrip())
        label = labels.get(line.number)
        if label is None and _ITEM.match(line.text[:200]):
            last = line.number
        elif label and label[0] in PARTS and last and indent >= 2:
            found.add(last)
            last = 0
        elif indent < 2:
            last = 0
    numbers = [line.number for line in shown if not line.level and _NUMBER_ALONE.match(line.text[:40])]
    return frozenset(found.union(numbers if len(numbers) >= 2 else (), title_lines(shown, labels)))


def _everyday(shown: list[Line]) -> frozenset[str]:
    """Weak labels that stand with a colon at least twice on a page whose other parts are labelled so at least twice.

    The prompts' own label can be such a word ("Ask: ..."), where corrections or verifications repeat too.
    """
    counted: Counter[str] = Counter()
    prompts = 0
    for line in shown:
        if line.level:
            continue
        match = _PLAIN.match(without_lead(line.text[:200])[0])
        if match is None or match[1].rstrip()[-1:].isdigit():
            continue
        if LABELS.field(match[1], clear=False) in PARTS:
            prompts += 1
        elif LABELS.field(match[1], stems=False):
            counted[normal(match[1])] += 1
    clear = any(label[0] == "prompt" for line in shown if not line.level and (label := LABELS.at_line(line.text)))
    often = frozenset(name for name, count in counted.items() if count >= 2)
    fields = {LABELS.field(name, stems=False) for name in often}
    return (
        often
        if prompts >= 2 or (not clear and "prompt" in fields and len(fields.intersection(PARTS)) >= 2)
        else frozenset()
    )
