"""How did you use AI, where did you override it, and how did you check what it gave you?

The log is found under any of its usual names, read in any of its usual shapes, and held against git. The grade
says what is there, entry by entry, and what could not be read; it judges neither prompts nor their author.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from graders.ai_log import claims
from graders.ai_log.document import Document
from graders.ai_log.entry import PARTS, Entry
from graders.ai_log.links import Link, named, resolved
from graders.ai_log.places import SEARCHED
from graders.ai_log.remarks import stated_counts
from graders.ai_log.search import Log, search
from graders.case import Case
from graders.grade import Evidence, Finding, Grade, Outcome, Scalar
from graders.path_kinds import kind_of

COMMITS = 2_000
TEST_FILES = 300
TEST_FILE_LIMIT = 256 * 1024
ROWS = 300
CELL = 1_500
"""Entries in the table and characters of a cell; the place leads to the rest."""

_TEST_FUNCTION = re.compile(r"^[ \t]{0,40}(?:async[ \t]{1,4})?def (test_?\w{0,150})[ \t]{0,4}\(", re.MULTILINE)
_NONE_NEEDED = re.compile(
    r"(?i)^[\s*_`\"'(-]{0,6}(?:none|no (?:change|correction)s?|nothing|n/?a|not needed|as is|used as is|"
    r"accepted as is|unchanged|ninguna?|sin cambios|нет\b|без изменений|не потребовал|yok|gerekmedi|없음|필요 ?없)"
)
_NOT_TESTED = re.compile(
    r"(?i)^[\s*_`\"'(-]{0,6}(?:none|not (?:tested|verified|checked)|untested|no(?: verification)?[.\s]{0,4}$|n/?a|"
    r"sin probar|не (?:проверял|тестировал)|test edilmedi|검증하지 않|테스트하지 않)"
)
_ASIDE = frozenset({"when", "tool", "id", "links"})
"""Parts that alone are no answer: a template may hold them already."""
_ASK = {
    "prompt": "Worth asking what was asked of the model there.",
    "correction": "Worth asking what made the answers trustworthy without a change.",
    "verification": "Worth asking how the result was checked; reading and manual checks leave no trace in a log.",
}


def grade(case: Case) -> Grade:
    """Find the log, read it, and hold what it names against the submission's files and history."""
    submission = case.submission
    sizes = {file.path: file.size for file in submission.files}
    starter = case.challenge.starter
    log = search(sizes, lambda path, limit: submission.read(path, limit=limit), starter, case.ai_log)
    required = case.challenge.submission.ai_usage_log_required
    entries = _entries(log.documents)
    commits = submission.commits(limit=COMMITS)
    names: list[str] | None = None

    def tests() -> list[str]:
        nonlocal names
        if names is None:
            names = _test_functions(case)
        return names

    stated = stated_counts(entries)
    links = resolved(
        named(entries),
        [commit.id for commit in commits],
        list(sizes),
        sorted({change.path for commit in commits for change in commit.changes}),
        lambda: set(tests()),
    )
    findings = claims.of_links(links, len(commits) >= COMMITS)
    findings += claims.of_counts(stated, len(tests()) if stated else None, None)
    for document in [one for one in log.documents if one.kind in ("log", "summary", "no AI")][:5]:
        touches = [commit for commit in commits if any(change.path == document.path for change in commit.changes)]
        told = claims.of_history(document, touches, commits[-1] if commits else None)
        findings += [told] if told else []
    return answer(log, required, findings, links)


def answer(log: Log, required: bool, held: Sequence[Finding] = (), links: Sequence[Link] = ()) -> Grade:
    """The grade, from the documents found; `held` are findings on what the log names, `links` the links themselves."""
    entries = _entries(log.documents)
    outcome, findings = _presence(log.documents, required)
    findings += [_unread(document) for document in log.documents if document.problems]
    if log.unread:
        detail = f"{log.unread} more documents lie in places of the log; they were not read."
        findings.append(Finding("ai_usage_log.limit", "Not all documents were read", Outcome.SKIPPED, detail))
    if entries:
        findings += [_completeness(name, entries) for name in PARTS]
        findings += _placeholders(entries)
        findings += claims.of_repeats(entries)
    findings += held
    findings += claims.of_secrets(log)
    findings += claims.of_remarks(log.documents)
    rows = tuple(_row(entry) for entry in entries[:ROWS])
    texts: tuple[dict[str, Scalar], ...] = tuple(
        {"path": document.path, "kind": document.kind, "line": document.first_line, "text": document.excerpt}
        for document in log.documents
        if document.kind in ("summary", "no AI", "product prompts")
    )
    return Grade(
        outcome,
        _summary(log.documents, entries, required),
        _measures(log, entries, links),
        tuple(findings),
        {"entries": rows, "log_texts": texts},
    )


def _entries(documents: Sequence[Document]) -> list[Entry]:
    """The entries that count: those of logs; those of transcripts only where nobody wrote a log."""
    written = [entry for document in documents if document.kind == "log" for entry in document.entries]
    return written or [entry for document in documents if document.kind == "transcript" for entry in document.entries]


def _presence(documents: Sequence[Document], required: bool) -> tuple[Outcome, list[Finding]]:
    findings: list[Finding] = []
    for document in documents:
        title, detail = _told(document)
        there = document.kind in ("log", "transcript", "summary", "no AI")
        quoted = document.excerpt if document.kind in ("summary", "no AI", "product prompts") else ""
        findings.append(
            Finding(
                f"ai_usage_log.document.{document.path}",
                title,
                Outcome.PASSED if there else Outcome.SKIPPED,
                detail,
                (Evidence("quote" if quoted else "place", quoted, document.path, document.first_line),),
            )
        )
        findings += [
            Finding(
                f"ai_usage_log.left_out.{document.path}.{part.line}",
                f"Not counted: {part.text or 'a passage'} ({document.path}, line {part.line})",
                Outcome.SKIPPED,
                "It reads as an explanation of the log, its template, or a prompt of the product; look for yourself.",
                (Evidence("place", "", document.path, part.line),),
            )
            for part in document.left_out[:5]
        ]
    kinds = {document.kind for document in documents}
    if kinds & {"log", "transcript", "summary", "no AI"}:
        entries = _entries(documents)
        blank = bool(entries) and not any(entry.parts.keys() - _ASIDE for entry in entries)
        if not blank:
            return Outcome.PASSED, findings
        return _missing(findings, required, "Its entries hold nothing but the placeholders of a template.")
    if kinds & {"unreadable", "product prompts"}:
        return Outcome.SKIPPED, findings
    if kinds:
        where = ", ".join(document.path for document in documents[:3])
        return _missing(findings, required, f"{where} is there, and nothing is filled in.")
    return _missing(findings, required, "")


def _missing(findings: list[Finding], required: bool, what: str) -> tuple[Outcome, list[Finding]]:
    outcome = Outcome.FAILED if required else Outcome.SKIPPED
    detail = what or (
        f"No AI usage log was found in the {len(SEARCHED)} places searched. If it was sent separately, "
        "attach it with --ai-log FILE."
    )
    title = (
        "Missing deliverable: the AI usage log" if required else "There is no AI usage log; the challenge asks for none"
    )
    places = "Places searched:\n" + "\n".join(f"{n}. {place}" for n, place in enumerate(SEARCHED, start=1))
    searched = () if what else (Evidence("quote", places),)
    first = Finding("ai_usage_log.presence", title, outcome, detail, searched)
    return outcome, [first, *findings]


def _told(document: Document) -> tuple[str, str]:
    path, count = document.path, len(document.entries)
    entries = f"{count} {'entry' if count == 1 else 'entries'}"
    match document.kind:
        case "log":
            labels = " Its entries carry no labels: read them." if document.shape == "dated items" else ""
            return f"{path}: an AI usage log with {entries}", f"Read as {document.shape}.{labels}"
        case "transcript":
            return f"{path}: a {document.shape} with {count} prompts", "A transcript holds no corrections by name."
        case "summary":
            detail = "Not structured into entries, so nothing was counted: read it."
            return f"{path}: AI usage told as free text", detail
        case "no AI":
            return f"{path}: it says that no AI was used", "Quoted below."
        case "product prompts":
            detail = "It reads as prompts that the product sends at run time, not as a usage log; nothing was counted."
            return f"{path}: prompts of the product", detail
        case "template":
            return f"{path}: the challenge's template, unfilled", "Its text is the one in the starter."
        case "empty":
            return f"{path}: nothing is written in it", "The file is there; it holds no text, or headings alone."
    return f"{path}: found, and could not be read", "A person has to open it; nothing was counted."


def _unread(document: Document) -> Finding:
    return Finding(
        f"ai_usage_log.reading.{document.path}",
        f"{document.path}: what could not be read as it stands",
        Outcome.SKIPPED,
        " ".join(document.problems),
        (Evidence("place", "", document.path, 1),),
    )


def _completeness(name: str, entries: Sequence[Entry]) -> Finding:
    have = [entry for entry in entries if name in entry.parts]
    without = [entry for entry in entries if name not in entry.parts]
    said = []
    pattern = {"correction": _NONE_NEEDED, "verification": _NOT_TESTED}.get(name)
    plain = [str(entry.n) for entry in have if pattern and pattern.match(entry.text(name))]
    if plain:
        what = "no correction was needed" if name == "correction" else "nothing was verified"
        said.append(f"Stated that {what}, a complete answer: {_numbers(plain)}.")
    if without:
        said.append(f"Without one: {_numbers([str(entry.n) for entry in without])}. {_ASK[name]}")
    return Finding(
        f"ai_usage_log.{name}",
        f"{name.capitalize()}: {len(have)} of {len(entries)} entries",
        Outcome.SKIPPED if without else Outcome.PASSED,
        " ".join(said),
        tuple(
            Evidence("place", f"entry {entry.n}: {entry.title}"[:200], entry.path, entry.line) for entry in without[:12]
        )
        or tuple(Evidence("entry", entry.text(name), entry.path, entry.parts[name].line) for entry in have[:3]),
    )


def _numbers(numbers: list[str]) -> str:
    shown = ", ".join(numbers[:15]) + (f" and {len(numbers) - 15} more" if len(numbers) > 15 else "")
    return f"{'entry' if len(numbers) == 1 else 'entries'} {shown}"


def _placeholders(entries: Sequence[Entry]) -> list[Finding]:
    left = [(entry, name, part) for entry in entries for name, part in entry.unfilled.items() if name in PARTS]
    return [
        Finding(
            f"ai_usage_log.placeholder.{number}",
            f"Entry {entry.n}: the field {name.capitalize()} "
            + (f"still holds the placeholder {part.text[:60]!r}" if part.text else "is empty"),
            Outcome.SKIPPED,
            f"Line {part.line}; it was not counted.",
            (Evidence("place", part.text[:200], entry.path, part.line),),
        )
        for number, (entry, name, part) in enumerate(left[:15], start=1)
    ]


def _summary(documents: Sequence[Document], entries: Sequence[Entry], required: bool) -> str:
    if entries:
        paths = list(dict.fromkeys(entry.path for entry in entries))
        counts = ", ".join(f"{name} {sum(name in entry.parts for entry in entries)}/{len(entries)}" for name in PARTS)
        where = paths[0] + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
        return f"{where}: {len(entries)} {'entry' if len(entries) == 1 else 'entries'}; {counts}."
    for kind in ("no AI", "summary", "product prompts", "unreadable", "template", "empty"):
        for document in documents:
            if document.kind == kind:
                return f"{_told(document)[0]}."
    return "No AI usage log was found" + (", and the challenge asks for one." if required else ".")


def _measures(log: Log, entries: Sequence[Entry], links: Sequence[Link]) -> dict[str, Scalar]:
    kinds = [document.kind for document in log.documents]
    kind = next((name for name in ("log", "transcript", "no AI", "summary", *kinds) if name in kinds), "none")
    counted = bool(entries) or kind not in ("summary", "unreadable", "product prompts")
    measures: dict[str, Scalar] = {"entries": len(entries) if counted else None}
    for name in PARTS:
        measures[f"with_{name}"] = sum(name in entry.parts for entry in entries) if counted else None
    measures.update(
        kind=kind,
        documents=len(log.documents),
        placeholders=sum(name in PARTS for entry in entries for name in entry.unfilled),
        with_time=sum(entry.when is not None for entry in entries),
        transcript_prompts=sum(len(d.entries) for d in log.documents if d.kind == "transcript"),
        links=len(links),
        links_found=sum(link.found is not None for link in links),
        secrets_left_out=len(log.secrets),
    )
    return measures


def _row(entry: Entry) -> dict[str, Scalar]:
    row: dict[str, Scalar] = {
        "n": entry.n, "title": entry.title, "path": entry.path, "line": entry.line, "when": entry.when,
        "tool": entry.text("tool")[:80] or None,
    }  # fmt: skip
    for name in (*PARTS, "links"):
        part = entry.parts.get(name)
        row[name] = part.text[:CELL] if part else None
        row[f"{name}_line"] = part.line if part else None
    text = entry.parts.get("text")
    row["text"] = text.text[:CELL] if text else None
    row["unfilled"] = ", ".join(name for name in PARTS if name in entry.unfilled) or None
    return row


def _test_functions(case: Case) -> list[str]:
    """Names of test functions in the test files, by their `def` lines: read as text, and never run."""
    found: list[str] = []
    paths = [file.path for file in case.submission.files if file.path.endswith(".py") and kind_of(file.path) == "test"]
    for path in paths[:TEST_FILES]:
        content = case.submission.read(path, limit=TEST_FILE_LIMIT) or b""
        found.extend(_TEST_FUNCTION.findall(content.decode("utf-8", "replace")))
    return found
