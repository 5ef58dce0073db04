"""A document of the AI usage log: one file (or one passage of a README) with the shape it has and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from graders.ai_log.chats import read_chat
from graders.ai_log.dialects import as_markdown
from graders.ai_log.entry import PARTS, Entry, Part, bare, make
from graders.ai_log.grids import read_csv, read_tables
from graders.ai_log.lists import read_asked, read_dated, read_rows
from graders.ai_log.no_ai import says_no_ai
from graders.ai_log.product_prompts import sent_by_the_product, without_product_prompts
from graders.ai_log.records import Records, read_entries, read_records
from graders.ai_log.sections import read_sections
from graders.ai_log.template import TEMPLATE
from graders.markdown import Page, read_page
from graders.transcripts import Session, read_attributions, read_text

ENTRIES = 2_000
"""Entries of one document that are kept; more are counted and said."""
LINES, CHARACTERS = 8_000, 600_000
"""Where entries are looked for: people do not write more, and a tool's transcripts are read before."""

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
    sessions: tuple[Session, ...] = ()

    @property
    def excerpt(self) -> str:
        return self.text.strip()[:_EXCERPT]


def read_document(text: str, path: str, starter: str | None = None, first_line: int = 1) -> Document:
    """Read a text that was found in a place of the AI usage log; `starter`: the text the challenge put there."""
    if not text.strip():
        return Document(path, "empty", "empty", text)
    if starter is not None and bare(text) == bare(starter):
        return Document(path, "template", "the challenge's template", text)
    if len(text) < 2 * len(TEMPLATE) and bare(text) == bare(TEMPLATE):
        return Document(path, "template", "the template of `harness ai-log init`", text)
    if sessions := read_text(path, text):
        return of_sessions(text, path, sessions)
    if _attributes_lines(text) and read_attributions(path, text.encode()):
        return Document(path, "transcript", "record of which lines an AI wrote", text)
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
    problems: list[str] = []
    count = text.count("\n") + 1
    if count > LINES:
        text = "\n".join(text.split("\n", LINES)[:LINES])
        problems.append(f"Entries were looked for in its first {LINES} lines; it has {count}.")
    if len(text) > CHARACTERS:
        problems.append(f"Entries were looked for in its first {CHARACTERS:,} characters; it has {len(text):,}.")
        text = text[:CHARACTERS]
    marked = as_markdown(text, path)
    page = read_page(marked)
    if page.open_fence:
        problems.append(f"The code fence opened at line {page.open_fence} is not closed; it was read as plain text.")
    shape, entries, left_out = _best(page, text, path, template)
    if not entries:
        shape, entries, left_out = _fenced(marked, path, template, left_out)
    if not entries:
        kind, shape, line = _without_entries(text, path, starter)
        return Document(path, kind, shape, text, line or first_line, problems=tuple(problems), left_out=left_out)
    kept, product = without_product_prompts(entries, path)
    if not kept:
        return Document(path, "product prompts", shape, text, first_line, problems=tuple(problems))
    kept, blank = _without_blanks(kept)
    if not kept:
        line = min(part.line for part in blank)
        return Document(path, "template", "a template with nothing filled in", text, line, problems=tuple(problems))
    left_out = (*left_out, *blank)
    if len(kept) > ENTRIES:
        problems.append(f"It holds {len(kept)} entries; the first {ENTRIES} were read.")
    kind = "transcript" if shape == "conversation" else "log"
    return Document(path, kind, shape, text, first_line, kept[:ENTRIES], tuple(problems), (*left_out, *product))


def _attributes_lines(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[") or '"authorship/' in text


def of_sessions(text: str, path: str, sessions: tuple[Session, ...]) -> Document:
    """What a tool recorded itself: the person's prompts are its entries."""
    tool = ", ".join(dict.fromkeys(session.tool for session in sessions[:20]))
    prompts = [(session, prompt) for session in sessions for prompt in session.prompts]
    entries: list[Entry] = []
    for session, prompt in prompts[:ENTRIES]:
        written = {"prompt": Part(prompt.text, prompt.line)}
        if prompt.when is not None:
            # Without its zone where the tool did not write one: the reader of times tries zones then.
            time = prompt.when.replace(tzinfo=None) if session.local_times else prompt.when
            written["when"] = Part(time.isoformat(" ", "seconds"), prompt.line)
        entries.append(make(prompt.text.split("\n")[0][:120], path, prompt.line, written))
    problems = list(dict.fromkeys(problem for session in sessions for problem in session.problems))
    if len(prompts) > ENTRIES:
        problems.append(f"It holds {len(prompts)} entries; the first {ENTRIES} were read.")
    return Document(
        path,
        "transcript",
        f"transcript of {tool}",
        text,
        1,
        tuple(entries),
        tuple(problems[:20]),
        tool=tool,
        sessions=sessions,
    )


def _of_records(text: str, path: str, records: Records, template: frozenset[str]) -> Document | None:
    problems: list[str] = []
    if records.unreadable:
        shown = ", ".join(str(line) for line in records.unreadable[:8]) + (
            " ..." if len(records.unreadable) > 8 else ""
        )
        problems.append(
            f"{len(records.unreadable)} of its {records.lines} lines are not readable as JSON objects (lines {shown})."
        )
    entries = read_entries(records, path, template)
    if len(entries) > ENTRIES:
        problems.append(f"It holds {len(entries)} entries; the first {ENTRIES} were read.")
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
    if table and sections.entries and not _same_work(table, sections.entries):
        both = tuple(sorted((*table, *sections.entries), key=lambda entry: entry.line))
        return "headings with labels, and a table", both, sections.left_out
    if table and _weight(table) >= _weight(sections.entries):
        return "table", table, sections.left_out
    chat = read_chat(page, path)
    only_prompts = not any(name in entry.parts for entry in sections.entries for name in PARTS[1:])
    spoken = len(chat) >= len(sections.entries) * (1 if only_prompts else 3) + (0 if only_prompts else 1)
    if sections.entries and not (chat and spoken):
        return "headings with labels", sections.entries, sections.left_out
    if chat:
        return "conversation", chat, ()
    asked = read_rows(page, path) or read_asked(page, path)
    if asked:
        return "items that tell what was asked", asked, sections.left_out
    dated = read_dated(page, path)
    return ("dated items", dated, sections.left_out) if dated else ("", (), sections.left_out)


def _same_work(table: tuple[Entry, ...], sections: tuple[Entry, ...]) -> bool:
    """Whether a table seems to list what the sections tell: titles or prompts are shared, or lines are."""
    lines = [part.line for entry in sections for part in (*entry.parts.values(), *entry.unfilled.values())]
    rows = {entry.line for entry in table}
    if any(first <= row <= last for first, last in _reaches(sections) for row in rows) or not rows.isdisjoint(lines):
        return True
    texts = [bare(f"{entry.title} {entry.text('prompt')[:300]}") for entry in sections[:300]]
    shown = [{bare(entry.title), bare(entry.text("prompt")[:60])} - {""} for entry in table[:300]]
    together = "\n".join(texts)
    if any(word in together for words in shown for word in words if len(word) > 3):
        return True
    rows_words = [{word for title in words for word in title.split() if len(word) > 3} for words in shown]
    return len(table) == len(sections) and all(
        words.intersection(text.split()) for words, text in zip(rows_words, texts, strict=False)
    )


def _reaches(entries: tuple[Entry, ...]) -> list[tuple[int, int]]:
    """First and last line of what each entry says."""
    found = []
    for entry in entries:
        parts = (*entry.parts.values(), *entry.unfilled.values())
        found.append((entry.line, max((part.line + part.text.count("\n") for part in parts), default=entry.line)))
    return found


def _fenced(
    marked: str, path: str, template: frozenset[str], left_out: tuple[Part, ...]
) -> tuple[str, tuple[Entry, ...], tuple[Part, ...]]:
    """Entries of a log that stands in a code fence as a whole: each has two of the parts, or there are none."""
    if "```" not in marked and "~~~" not in marked:
        return "", (), left_out
    records = _fenced_records(marked, path, template)
    if records:
        return "JSON in a fence", records, left_out
    opened = "\n".join("" if line.lstrip()[:3] in ("```", "~~~") else line for line in marked.split("\n"))
    sections = read_sections(read_page(opened), path, template)
    told = [entry for entry in sections.entries if sum(name in entry.parts for name in PARTS) >= 2]
    lines = read_page(marked).lines
    last = max((line.number for line in lines if line.opaque), default=0)
    whole = not any(line.text.strip() for line in lines[last:] if not line.level)
    found = bool(told) and (whole or len(told) > 1)
    return ("labels in a fence", sections.entries, left_out) if found else ("", (), left_out)


def _fenced_records(marked: str, path: str, template: frozenset[str]) -> tuple[Entry, ...]:
    """The entries of the first code fence that holds JSON, at their own lines."""
    inside: list[str] = []
    for line in read_page(marked).lines:
        fence = line.text.lstrip()[:3] in ("```", "~~~")
        if line.opaque and not fence:
            inside.append(line.text)
        elif "".join(inside).strip()[:1] in ("{", "["):
            break
        else:
            inside = [""] * line.number
    records = read_records("\n".join(inside))
    return read_entries(records, path, template) if records else ()


def _without_blanks(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], tuple[Part, ...]]:
    """Entries of which every asked part is a placeholder are left of a template, and count as nothing."""
    blank = {
        id(entry)
        for entry in entries
        if any(name in entry.unfilled for name in PARTS) and not entry.parts.keys() - {"when", "tool", "id", "links"}
    }
    aside = tuple(
        Part(f"{entry.title or 'an entry'}: its fields are not filled in", entry.line)
        for entry in entries
        if id(entry) in blank
    )
    return tuple(entry for entry in entries if id(entry) not in blank), aside


def _weight(entries: tuple[Entry, ...]) -> int:
    return sum(1 for entry in entries for name in PARTS if name in entry.parts or name in entry.unfilled)


def _without_entries(text: str, path: str, starter: str | None) -> tuple[str, str, int]:
    """The kind and shape of a document without entries, and the line to show first (0: the first)."""
    line = says_no_ai(_visible(text)) or _declared_none(text)
    if line:
        return "no AI", "a statement that no AI was used", line
    if starter is not None and not _added(text, starter):
        return "template", "the challenge's template", 0
    if sent_by_the_product(text[:200_000], path):
        return "product prompts", "prompts that the product sends at run time", 0
    if not any(letter.isalnum() for line in read_page(text).lines if not line.level for letter in line.text):
        return "empty", "headings without text", 0
    return "summary", "free text", 0


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


def _declared_none(text: str) -> int:
    """The line of a declaration's front matter that gives the level "none"."""
    lines = text.split("\n")[:40]
    if lines[0].strip() != "---":
        return 0
    return next((n for n, line in enumerate(lines, start=1) if re.match(r"(?i)level: {0,3}[\"']?none\b", line)), 0)


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
