"""Entries under headings, or in a row without headings: each begins where a label comes a second time.

The one walk reads `## 1. CSV import` with `**Prompt:**` below it, `### Prompt` headings, `CASE 1 - ...` lines, and
bare `Prompt: ... Correction: ...` blocks.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from graders.ai_log.answers import tells_a_decision
from graders.ai_log.boxes import chosen
from graders.ai_log.entry import PARTS, TEXT_LIMIT, Entry, Part, make
from graders.ai_log.layout import STAMP, Layout, counting, inline, layout_of
from graders.ai_log.words import STARTS_AN_ENTRY
from graders.labels import normal, without_lead
from graders.markdown import Line, Page, plain

_PAGE_TITLES = frozenset(
    {"ai usage log", "ai log", "ai usage", "ai", "log", "usage", "ai journal", "ai notes", "prompts", "prompt log"}
    | {"how i used ai", "how ai was used here", "llm usage", "registro de ia", "uso de ia", "ai disclosure"}
)
_ABOUT_THE_LOG = re.compile(
    r"(?i)^(?:how to (?:fill|use|keep|write|read|log|add)|how this log|instructions?|legend|guidelines?|"
    r"format|example|"
    r"ejemplo|пример|örnek)\b|\b(?:log|entry) (?:format|template)\b|\btemplate$|"
    r"plantilla|шаблон|şablon|템플릿|예시|작성 ?방법"
)
_TICKET = re.compile(r"^(?:#\d{1,7}|[A-Z]{2,10}-\d{1,7}|https?://\S{1,300})$")
"""All that stands under "Issue" where it names one of a tracker."""
_COUNT = re.compile(r"[~≈<>]?\s?\d[\d.,]{0,9}\s?(?:%|\w{0,14})\.?")
_TOTALS = re.compile(
    r"(?i)^(?:summary|totals?|statistics|stats|in numbers|conclusions?|итоги?|resumen|totales|özet|요약|fazit)\b"
)
_NUMBER = re.compile(r"^\s{0,20}\*{0,2}\d{1,3}[.)]\*{0,2}\s{1,4}")
_QUOTES = ("*“", "_“", "“", '*"', '_"', "«", "*«", '"', "„")


@dataclass(slots=True)
class _Draft:
    """An entry while it is read."""

    title: str
    line: int
    level: int
    fields: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    open: str = ""
    body: list[Line] = field(default_factory=list)
    label_level: int = 0
    """The depth of the heading that labels what is open, 0 where a line of text does."""
    told: int = 0
    """Where the text begins that the page's own heading labels ("# Prompts"), 0 for none."""
    under_page: bool = False
    """Whether its heading is the page's, over several entries."""
    deep: bool = False
    """Whether a heading inside the model's answer came last: what looks like a plain label below it is the "
    "answer's."""

    def start(self, name: str, rest: str, line: int, level: int = 0) -> None:
        self.open = name
        self.label_level = level
        self.deep = False
        self.fields.setdefault(name, [])
        self.lines.setdefault(name, line)
        if rest:
            self.fields[name].append(rest)

    def add(self, line: Line) -> None:
        if self.open:
            if self.label_level == 1 and line.text.strip() and not self.told:
                self.told = line.number
            self.fields[self.open].append(line.text)
        else:
            self.body.append(line)

    @property
    def bare_heading(self) -> bool:
        """Whether it is no more than one label without anything below it, like a page's heading "Prompts"."""
        return len(self.fields) == 1 and not any(text.strip() for lines in self.fields.values() for text in lines)

    @property
    def asked(self) -> list[str]:
        return [name for name in PARTS if name in self.fields]


@dataclass(frozen=True, slots=True)
class Sections:
    """The entries; `left_out` are the titles (with lines) of passages that explain the log or hold its template."""

    entries: tuple[Entry, ...]
    left_out: tuple[Part, ...] = ()


def read_sections(page: Page, path: str, template: frozenset[str], *, prompts_file: bool = False) -> Sections:
    """Read a page by its labels. `prompts_file`: its name says prompts, "
    "so quoted blocks under headings are prompts."""
    drafts = _drafts(page)
    left_out = tuple(
        Part(draft.title, draft.line) for draft in drafts if draft.asked and _ABOUT_THE_LOG.search(draft.title)
    )
    drafts = [draft for draft in drafts if not _ABOUT_THE_LOG.search(draft.title)]
    prompted = any("prompt" in draft.fields for draft in drafts)
    for draft in drafts:
        page_title = draft.level == 1 and prompted and not draft.asked
        if "prompt" not in draft.fields and (draft.asked or (prompts_file and draft.level and not page_title)):
            _quoted_prompt(draft)
        if draft.asked and "prompt" not in draft.fields and draft.title.startswith(_QUOTES[2:]):
            draft.fields["prompt"], draft.lines["prompt"] = [draft.title], draft.line
    drafts = [draft for draft in drafts if draft.asked and not draft.bare_heading]
    drafts = [draft for draft in drafts if not _only_counts(draft)]
    entries = [draft for draft in drafts if not _TOTALS.match(draft.title)]
    drafts = entries if len(entries) >= 2 else drafts
    if not _is_a_log(drafts):
        return Sections((), left_out)
    if len(drafts) == 1 and drafts[0].asked == ["prompt"]:
        listed = _listed_prompts(drafts[0], path, template)
        if listed:
            return Sections(listed, left_out)
    if len(drafts) > 1 and drafts[0].told and drafts[0].asked == ["prompt"]:
        drafts[0].lines["prompt"] = max(drafts[0].told, drafts[0].lines.get("prompt", 0))
    pages = Counter(draft.title for draft in drafts if draft.level == 1)
    for draft in drafts:
        draft.under_page = draft.level == 1 and pages[draft.title] > 1
    return Sections(tuple(_entry(draft, path, template) for draft in drafts), left_out)


def _drafts(page: Page) -> list[_Draft]:
    layout = layout_of(page)
    drafts = [_Draft("", 1, 0)]
    for line in page.lines:
        if line.opaque or line.number in layout.quoted:
            drafts[-1].add(line)
        elif line.level:
            _heading(drafts, line, layout)
        elif line.rule:
            drafts[-1].open = drafts[-1].open if drafts[-1].level else ""
        else:
            _text_line(drafts, line, layout)
    return drafts


def _heading(drafts: list[_Draft], line: Line, layout: Layout) -> None:
    """A heading is a label, a piece of the text under a label, or the title of the next entry."""
    current = drafts[-1]
    case = counting(line.text) if line.number not in layout.prompted else None
    if case and case[0]:
        below = line.level > current.level > 0 and not current.asked and not _said_something(current)
        if not below or case[1]:
            drafts.append(_Draft(plain(line.text), line.number, line.level))
        drafts[-1].start("prompt", "", line.number)
        return
    label = layout.label_of(line)
    inside = bool(current.open) and line.level > current.level > 0
    if line.level == current.label_level:
        inside = False
    if label:
        drafts[-1:] = _with_label(current, label, line)
        if normal(line.text) in layout.repeated:
            drafts[-1].label_level = 0  # a label of each entry: headings below it can be the prompt's own
    elif inside and current.open == "response" and line.number in layout.nested:
        current.add(line)
        current.deep = True
    elif inside and (
        line.number not in layout.titles or (current.open == "prompt" and line.number not in layout.prompted)
    ):
        current.add(line)  # a heading inside what was written under a label: part of the text
    else:
        drafts.append(_Draft(plain(line.text), line.number, line.level))


def _said_something(draft: _Draft) -> bool:
    return any(line.text.strip() for line in draft.body)


def _text_line(drafts: list[_Draft], line: Line, layout: Layout) -> None:
    current = drafts[-1]
    choice = chosen(line, "prompt" in current.fields)
    if choice is not None:
        if choice:
            current.start("correction", choice, line.number)
        return
    if line.number in layout.items:
        drafts.append(_Draft(plain(without_lead(line.text)[0]), line.number, 7))
        return
    label = layout.label_of(line)
    if label and current.deep and "**" not in line.text and "__" not in line.text:
        current.add(line)
        return
    case = counting(line.text) if label is None or label[0] in ("prompt", "id") else None
    if case and not (label and label[1] and case[0]):
        drafts.append(_Draft(plain(line.text).strip(" -*=_"), line.number, 7))
        if case[0]:
            drafts[-1].start("prompt", "", line.number)
    elif label:
        if line.number in layout.begins and current.asked:
            drafts.append(_Draft(label[1], line.number, 7))
        for name, rest in inline(label):
            drafts[-1:] = _with_label(drafts[-1], (name, rest), line)
        stamp = STAMP.match(line.text[:80])
        if stamp and "when" not in drafts[-1].fields:
            drafts[-1].fields["when"], drafts[-1].lines["when"] = [stamp[1]], line.number
    elif line.number in layout.strange and current.open:
        current.start("notes", line.text.strip(), line.number)
    else:
        current.add(line)


def _with_label(current: _Draft, label: tuple[str, str], line: Line) -> list[_Draft]:
    """The draft(s) after a label: the same one, or the next entry of the same section when the label comes again."""
    name, rest = label
    begun = any(text.strip() for text in current.fields.get(name, ())) or len(current.asked) > 1
    again = name in current.fields and name in STARTS_AN_ENTRY and begun and (name == "prompt" or bool(current.asked))
    if not again:
        if name in current.fields and not begun:
            current.lines[name] = line.number  # a heading "Prompts" with the prompts labelled one by one below it
        current.start(name, rest, line.number, line.level)
        return [current]
    following = _Draft(current.title, line.number, current.level)
    following.start(name, rest, line.number, line.level)
    return [current, following]


def _is_a_log(drafts: list[_Draft]) -> bool:
    """Labels make a log when they repeat or stand together; one heading "Verification" in a report does not."""
    together = [draft for draft in drafts if len(draft.asked) >= 2]
    prompts = [draft for draft in drafts if "prompt" in draft.asked]
    if len(drafts) == 1:
        return bool(prompts)
    return bool(together or prompts) or len(drafts) >= 2


def _only_counts(draft: _Draft) -> bool:
    """Whether numbers alone stand under its labels ("Prompts: 61"): a statistic."""
    texts = [_text(draft.fields[name]) for name in draft.asked]
    return any(texts) and all(_COUNT.fullmatch(text.split("\n")[0]) for text in texts if text)


def _quoted_prompt(draft: _Draft) -> None:
    """Take a block quote or a fence, that stands before any label, for the prompt."""
    quoted = [line for line in draft.body if _unnumbered(line.text).startswith((">", *_QUOTES)) and not line.opaque]
    if not quoted:
        quoted = [line for line in draft.body if line.opaque]
    if quoted and any(line.text.strip(" >`~") for line in quoted):
        draft.fields["prompt"] = [line.text for line in quoted]
        draft.lines["prompt"] = quoted[0].number


def _unnumbered(text: str) -> str:
    """A line without the number in front of it ("**1.** ...")."""
    return _NUMBER.sub("", text[:200], count=1).lstrip() if text.lstrip()[:1] in "*0123456789" else text.lstrip()


def _listed_prompts(draft: _Draft, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """One "Prompts" heading with a list below it: every item is an entry."""
    items: list[tuple[int, list[str]]] = []
    start = draft.lines["prompt"]
    quoted, before = False, ""
    for offset, text in enumerate(draft.fields["prompt"], start=1):
        item = re.match(r"^ {0,3}(?:[-*+]|\d{1,3}[.)])\s{1,4}(.{1,4000})$", text)
        quote = text.lstrip()[:1] == ">"
        if item and not quoted:
            items.append((start + offset, [item[1]]))
        elif quote and before.lstrip()[:1] != ">":
            quoted = True
            items.append((start + offset, [text.lstrip("> ")]))
        elif quote and items:
            items[-1][1].append(text.lstrip("> "))
        elif items and not quoted:
            items[-1][1].append(text.strip())
        before = text
    if len(items) < 2:
        return ()
    return tuple(
        make(" ".join(lines).strip('*_"“” ')[:80], path, line, {"prompt": Part("\n".join(lines), line)}, template)
        for line, lines in items
    )


def _entry(draft: _Draft, path: str, template: frozenset[str]) -> Entry:
    written = {name: Part(_text(lines), draft.lines[name]) for name, lines in draft.fields.items()}
    for name in ("response", "notes"):
        if "correction" not in written and name in written and tells_a_decision(written[name].text):
            written["correction"] = written.pop(name)
    if "correction" in written and _TICKET.match(written["correction"].text):
        written.setdefault("links", written.pop("correction"))
    title, line = draft.title, draft.line
    if not title or draft.under_page or title.casefold() in _PAGE_TITLES:
        title = written["purpose"].text if "purpose" in written else ""
        line = _first_line(draft)  # the page's own heading says nothing about this entry
    title = title or written.get("prompt", Part("", 0)).text[:80] or draft.title
    return make(title, path, line, written, template)


def _first_line(draft: _Draft) -> int:
    """The line of the first asked part, or of the label right above it (a date, a number)."""
    first = min((line for name, line in draft.lines.items() if name in PARTS), default=draft.line)
    for line in sorted(draft.lines.values(), reverse=True):
        if line == first - 1:
            first = line
    return first


def _text(lines: list[str]) -> str:
    """The text under a label, without the marks of a quote or of the fence around it."""
    kept = [re.sub(r"^\s{0,3}(?:> {0,1}){1,5}", "", line[: TEXT_LIMIT * 2]) for line in lines[:TEXT_LIMIT]]
    while kept and not kept[0].strip():
        kept.pop(0)
    while kept and not kept[-1].strip():
        kept.pop()
    if len(kept) > 1 and kept[0].lstrip()[:3] in ("```", "~~~") and set(kept[-1].strip()) in ({"`"}, {"~"}):
        kept = kept[1:-1]
    elif kept and kept[0].strip() in ("|", ">", "|-", ">-", "|+", ">+"):
        kept = kept[1:]  # how YAML announces a text of several lines
    return "\n".join(kept).strip()
