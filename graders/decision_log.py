"""The decision log: which decisions were written down, with which alternatives, and why.

Read as records of architecture (one a file), as headings, as a table, or as bullets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from graders.ai_log.entry import is_placeholder
from graders.labels import vocabulary
from graders.markdown import Page, plain, read_page, tables

PARTS = ("alternatives", "why", "consequences")
_LABELS = vocabulary(
    {
        "decision": "decision, decided, choice, chosen, we chose, i chose, decision made, decisión, "
        "решение, karar, 결정",
        "alternatives": "alternatives, alternative, alternatives considered, considered, options, options considered, "
        "considered options, rejected, rejected alternatives, other options, instead of, "
        "alternativas, альтернативы, варианты, alternatifler, seçenekler, 대안, 선택지",
        "why": "why, because, reason, reasons, rationale, reasoning, motivation, justification, decision drivers, "
        "por qué, razón, почему, причина, обоснование, neden, gerekçe, 이유, 근거",
        "consequences": "consequences, consequence, trade-off, trade-offs, tradeoff, tradeoffs, impact, downside, "
        "downsides, cost, risk, risks, pros and cons, what it costs, consecuencias, последствия, sonuçlar, 결과, 영향",
        "context": "context, problem, background, situation, question, issue, contexto, контекст, bağlam, 배경, 상황",
        "status": "status, state, date, when, decided on, deciders, id, #, no, estado, fecha, статус, дата, durum, "
        "tarih, 날짜",
    },
    stems={
        "alternatives": "alternativ, options, rejected, instead",
        "why": "why, reason, rational, because",
        "consequences": "trade, consequence, downside",
        "decision": "decision, chose, decided",
    },
    weak=(
        *("rejected", "options", "cost", "impact", "risk", "question", "issue", "problem", "date", "state", "choice"),
        *("no", "id", "#", "status", "when", "considered"),
    ),
    order=("alternatives", "why", "consequences", "decision"),
)
_BECAUSE = re.compile(
    r"(?i)\b(?:because|since|so that|in order to|due to|therefore|reason|as it|which (?:lets|keeps|avoids|means)|"
    r"to (?:avoid|keep|allow|prevent|make|reduce|simplify)|easier|simpler?|enough|no need|needs? no|would need|cheaper|"
    r"safer|faster|porque|para que|потому что|чтобы|çünkü|için)\b|때문|위해"
)
_INSTEAD = re.compile(
    r"(?i)\b(?:instead of|rather than|over|alternatives?|considered|versus|vs\.?|not (?:use|using)|rejected|"
    r"could have|in favou?r of|en lugar de|вместо|yerine)\b|대신"
)
_SKIPPED_TITLES = re.compile(
    r"(?i)^(?:decisions?(?: log| records?)?|adrs?|template|example|how to|format|index|table of contents|contents|"
    r"overview|summary|decision log.{0,60}|architecture decision.{0,40})$"
)
_BULLET = re.compile(r"^ {0,3}(?:[-*+]|\d{1,3}[.)])\s{1,4}(.{12,4000})$")
_ADR_FILE = re.compile(r"(?i)^(?:adr[-_ ]?)?\d{1,5}[-_ ].+\.(?:md|markdown|txt|adoc|rst)$")
ENTRIES = 300


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision with its place; `parts` are those of PARTS it gives (by label, or by such words in its text)."""

    title: str
    path: str
    line: int
    parts: tuple[str, ...] = ()
    labelled: bool = False


@dataclass(slots=True)
class _Draft:
    title: str
    line: int
    level: int
    labels: dict[str, list[str]] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)
    open: str = ""
    folded: bool = False


def read_decisions(text: str, path: str, known: frozenset[str] = frozenset()) -> tuple[Decision, ...]:
    """The decisions in a text. `known`: lines of the starter's template (stripped), which are nobody's decisions."""
    page = read_page("\n".join("" if line.strip() in known and line.strip() else line for line in text.split("\n")))
    rows = _rows(page, path)
    sections = _sections(page, path)
    if len(rows) > len(sections):
        return rows[:ENTRIES]
    return (sections or _bullets(page, path))[:ENTRIES]


def _sections(page: Page, path: str) -> tuple[Decision, ...]:
    """Headings with text below them: one decision a heading; an ADR file with label headings is one decision."""
    drafts: list[_Draft] = []
    for line in page.lines:
        label = None
        if not line.opaque and line.text.strip():
            label = _LABELS.at_heading(line.text) if line.level else _LABELS.at_line(line.text)
        if line.level and label is None:
            drafts.append(_Draft(plain(line.text), line.number, line.level))
        elif drafts and label:
            drafts[-1].open = label[0]
            drafts[-1].labels.setdefault(label[0], []).append(label[1])
            drafts[-1].text.append(label[1])
        elif drafts:
            drafts[-1].text.append(line.text)
            if drafts[-1].open:
                drafts[-1].labels[drafts[-1].open].append(line.text)
    found = [draft for draft in drafts if not _SKIPPED_TITLES.match(draft.title) and _has_text(draft)]
    if not found and _ADR_FILE.match(path.rsplit("/", 1)[-1]):
        found = [draft for draft in drafts if _has_text(draft)][:1]
    if len(found) == 1 and not found[0].labels and not _ADR_FILE.match(path.rsplit("/", 1)[-1]):
        bullets = _bullets(page, path)
        if len(bullets) > 1:
            return bullets
    return tuple(
        Decision(
            draft.title,
            path,
            draft.line,
            _parts(draft.labels, "\n".join([draft.title, *draft.text])),
            bool(draft.labels),
        )
        for draft in found
    )


def _has_text(draft: _Draft) -> bool:
    texts = [" ".join(lines).strip() for lines in draft.labels.values()] or [" ".join(draft.text).strip()]
    return any(text and not is_placeholder(text) for text in (*texts, " ".join(draft.text).strip()))


def _parts(labels: dict[str, list[str]], text: str) -> tuple[str, ...]:
    filled = {name for name, lines in labels.items() if not is_placeholder(" ".join(lines).strip())}
    if _INSTEAD.search(text[:20_000]):
        filled.add("alternatives")
    if _BECAUSE.search(text[:20_000]):
        filled.add("why")
    return tuple(name for name in PARTS if name in filled)


def _rows(page: Page, path: str) -> tuple[Decision, ...]:
    found = []
    for table in tables(page):
        columns = {index: _LABELS.field(plain(cell)) for index, cell in enumerate(table.header)}
        names = {name for name in columns.values() if name}
        if "decision" not in names and not names & set(PARTS):
            continue
        for line, cells in table.rows:
            values = {columns[index]: plain(cell) for index, cell in enumerate(cells) if columns.get(index)}
            title = values.get("decision") or values.get("context") or plain(cells[0])
            if not title or is_placeholder(title):
                continue
            parts = tuple(name for name in PARTS if values.get(name) and not is_placeholder(values[name] or ""))
            found.append(Decision(title[:160], path, line, parts, True))
    return tuple(found)


def _bullets(page: Page, path: str) -> tuple[Decision, ...]:
    found = []
    for line in page.lines:
        item = _BULLET.match(line.text) if not line.opaque and not line.level else None
        if item and not is_placeholder(item[1]):
            found.append(Decision(plain(item[1])[:160], path, line.number, _parts({}, item[1])))
    return tuple(found)
