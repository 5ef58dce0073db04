"""A document of the AI usage log: one file (or one passage of a README) with the shape it has and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from graders.ai_log.chats import read_chat
from graders.ai_log.entry import PARTS, Entry, Part, bare
from graders.ai_log.grids import read_csv, read_tables
from graders.ai_log.lists import read_dated
from graders.ai_log.records import Records, read_entries, read_records
from graders.ai_log.sections import read_sections
from graders.ai_log.transcripts import read_transcript
from graders.markdown import Page, read_page

ENTRIES = 2_000
"""Entries of one document that are kept; more are counted and said."""

_RUN_TIME = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bsystem prompt",
        r"\b(?:user|prompt) template",
        r"\byou are an? [a-z]{2,30}",
        r"\bfew-shot\b",
        r"\btemperature\b",
        r"\bmax[_ ]tokens\b",
        r"\b(?:json|output|response) schema\b",
        r"\boutput format\b",
        r"\brespond (?:only )?(?:with|in) (?:valid )?json\b",
        r"\bRAG\b|\bretrieval\b",
        r"\{\{ ?[a-z_]{1,40} ?\}\}|\$\{[a-z_]{1,40}\}",
        r"\bguardrails?\b",
        r"\brun ?time\b",
    )
)
"""Words of prompts that a product sends itself; two of them in a text without log labels make it one (AIL-03)."""
_NO_AI = re.compile(
    r"(?i)\b(?:no|without(?: any)?) (?:use of )?(?:ai|llms?|generative ai)(?: tools?| assistants?| assistance)?"
    r"(?: (?:was|were|is|has been|have been))? ?(?:used|involved|use)?\b(?= ?(?:[.!]|$|in |for |on |at ))|"
    r"\b(?:did not|didn['’]t|have not|haven['’]t|never) (?:use|used) (?:any )?"
    r"(?:ai\b|llms?\b|generative ai|chatgpt|copilot)|"
    r"\b(?:ai|llm)s?(?: tools?)? (?:was|were) not used|"
    r"\b(?:tools?|ai|ai usage|ai tools|ai used)[*_ ]{0,4}:[*_ ]{0,4}(?:none|no)\b(?! ai)|"
    r"\b(?:no (?:usé|utilicé|he usado|he utilizado)|sin (?:uso de )?)(?: ninguna)? ?(?:ia|inteligencia artificial)\b|"
    r"ии не использ|не использовал[аи]? (?:ии|нейросет)|без (?:использования )?ии\b|"
    r"yapay zek[aâ] (?:kullanmadım|kullanılmadı)|(?:AI|인공지능)[를을]? ?(?:도구를 )?(?:사용하지 않|쓰지 않)"
)
_EXCERPT = 1_200


@dataclass(frozen=True, slots=True)
class Document:
    """`kind`: "log", "transcript", "summary", "product prompts", "no AI", "template", "empty" or "unreadable".

    `shape` says how the entries stand ("headings with labels"). `problems` are sentences on what could not be read;
    `left_out` are passages with labels that were not counted, and why is in their text. `text` is without secrets.
    """

    path: str
    kind: str
    shape: str
    text: str
    first_line: int = 1
    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: tuple[Part, ...] = ()
    tool: str = ""

    @property
    def excerpt(self) -> str:
        return self.text.strip()[:_EXCERPT]


def read_document(text: str, path: str, starter: str | None = None, first_line: int = 1) -> Document:
    """Read a text that was found in a place of the AI usage log; `starter`: the text the challenge put there."""
    if not text.strip():
        return Document(path, "empty", "empty", text)
    if starter is not None and bare(text) == bare(starter):
        return Document(path, "template", "the challenge's template", text)
    template = _template(starter, path)
    records = (
        read_records(text) if not path.casefold().endswith((".md", ".markdown")) or text.lstrip()[:1] == "{" else None
    )
    if records is not None:
        found = _of_records(text, path, records, template)
        if found:
            return found
    if path.casefold().endswith((".json", ".jsonl", ".ndjson")):
        problem = "It is not valid JSON or JSON Lines, so no entry was read from it."
        return Document(path, "unreadable", "JSON", text, problems=(problem,))
    page = read_page(text)
    problems: list[str] = []
    if page.open_fence:
        problems.append(f"The code fence opened at line {page.open_fence} is not closed; it was read as plain text.")
    shape, entries, left_out = _best(page, text, path, template)
    if not entries:
        kind, shape, line = _without_entries(text, starter)
        return Document(path, kind, shape, text, line or first_line, problems=tuple(problems), left_out=left_out)
    kept, product = _without_product_prompts(entries)
    if not kept:
        return Document(path, "product prompts", shape, text, first_line, problems=tuple(problems))
    if len(kept) > ENTRIES:
        problems.append(f"It holds {len(kept)} entries; the first {ENTRIES} were read.")
    kind = "transcript" if shape == "conversation" else "log"
    return Document(path, kind, shape, text, first_line, kept[:ENTRIES], tuple(problems), (*left_out, *product))


def says_no_ai(text: str) -> int:
    """The line that says that no AI was used, 0 when none does."""
    for number, line in enumerate(text.split("\n")[:5_000], start=1):
        if len(line) <= 600 and _NO_AI.search(line):
            return number
    return 0


def _of_records(text: str, path: str, records: Records, template: frozenset[str]) -> Document | None:
    problems: list[str] = []
    if records.unreadable:
        shown = ", ".join(str(line) for line in records.unreadable[:8]) + (
            " ..." if len(records.unreadable) > 8 else ""
        )
        problems.append(
            f"{len(records.unreadable)} of its {records.lines} lines are not readable as JSON objects (lines {shown})."
        )
    transcript = read_transcript(records, path)
    entries = read_entries(records, path, template) if transcript is None else transcript.entries
    if len(entries) > ENTRIES:
        problems.append(f"It holds {len(entries)} entries; the first {ENTRIES} were read.")
    if transcript is not None:
        shape = f"transcript of {transcript.tool}"
        return Document(path, "transcript", shape, text, 1, entries[:ENTRIES], tuple(problems), tool=transcript.tool)
    if entries:
        shape = "JSON Lines" if records.lines else "JSON"
        return Document(path, "log", shape, text, 1, entries[:ENTRIES], tuple(problems))
    if path.casefold().endswith((".json", ".jsonl", ".ndjson")):
        problems.append("No object in it has a prompt, a correction or a verification under a name that is known here.")
        return Document(path, "unreadable", "JSON without known names", text, problems=tuple(problems))
    return None


def _best(
    page: Page, text: str, path: str, template: frozenset[str]
) -> tuple[str, tuple[Entry, ...], tuple[Part, ...]]:
    """The first shape, in the order of how much they say, that gives entries; a table and labels are weighed."""
    if path.casefold().endswith((".csv", ".tsv")):
        return "CSV", read_csv(text, path, template), ()
    table = read_tables(page, path, template)
    stem = path.rsplit("/", 1)[-1].casefold()
    sections = read_sections(page, path, template, prompts_file="prompt" in stem)
    if table and _weight(table) >= _weight(sections.entries):
        return "table", table, sections.left_out
    chat = read_chat(page, path)
    if sections.entries and len(sections.entries) * 3 >= len(chat):
        return "headings with labels", sections.entries, sections.left_out
    if chat:
        return "conversation", chat, ()
    dated = read_dated(page, path)
    return ("dated items", dated, sections.left_out) if dated else ("", (), sections.left_out)


def _weight(entries: tuple[Entry, ...]) -> int:
    return sum(1 for entry in entries for name in PARTS if name in entry.parts or name in entry.unfilled)


def _without_entries(text: str, starter: str | None) -> tuple[str, str, int]:
    """The kind and shape of a document without entries, and the line to show first (0: the first)."""
    line = says_no_ai(_visible(text))
    if line:
        return "no AI", "a statement that no AI was used", line
    if starter is not None and not _added(text, starter):
        return "template", "the challenge's template", 0
    if sum(1 for pattern in _RUN_TIME if pattern.search(text[:200_000])) >= 2:
        return "product prompts", "prompts that the product sends at run time", 0
    if not any(letter.isalnum() for letter in "".join(line.text for line in read_page(text).lines if not line.level)):
        return "empty", "headings without text", 0
    return "summary", "free text", 0


def _without_product_prompts(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[Part, ...]]:
    """Entries that only hold a prompt, and one that reads as sent by the product, are set aside with their reason."""
    kept: list[Entry] = []
    aside: list[Part] = []
    for entry in entries:
        text = f"{entry.title}\n{entry.text('prompt')}"
        alone = "correction" not in entry.parts and "verification" not in entry.parts
        if alone and sum(1 for pattern in _RUN_TIME if pattern.search(text)) >= 3:
            aside.append(Part(f"{entry.title or 'a passage'}: reads as a prompt that the product sends", entry.line))
        else:
            kept.append(entry)
    return tuple(kept), tuple(aside)


def _template(starter: str | None, path: str) -> frozenset[str]:
    """What the starter's own log holds under its labels: whoever leaves that there has filled in nothing."""
    if not starter:
        return frozenset()
    page = read_page(starter)
    _, entries, _ = _best(page, starter, path, frozenset())
    texts = {bare(part.text) for entry in entries for part in (*entry.parts.values(), *entry.unfilled.values())}
    return frozenset(text for text in texts if len(text) > 3)


def _added(text: str, starter: str) -> bool:
    """Whether a text holds any line with words that its template does not hold."""
    known = {bare(line) for line in starter.split("\n")}
    return any(bare(line) not in known for line in text.split("\n") if bare(line))


def _visible(text: str) -> str:
    return "\n".join(("#" * line.level + " " if line.level else "") + line.text for line in read_page(text).lines)


def renumbered(documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The documents with their entries counted through, from 1."""
    n = 0
    done = []
    for document in documents:
        entries = []
        for entry in document.entries:
            n += 1
            entries.append(entry.numbered(n))
        done.append(replace(document, entries=tuple(entries)))
    return tuple(done)
