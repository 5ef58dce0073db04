"""The account of a log: which documents there are, what their entries hold and lack, and what to say of it."""

from __future__ import annotations

from collections.abc import Sequence

from graders.ai_log.answers import is_none_needed, is_not_tested
from graders.ai_log.document import Document
from graders.ai_log.entry import PARTS, Entry
from graders.ai_log.places import SEARCHED
from graders.ai_log.titles import short_title
from graders.grade import Evidence, Finding, Outcome

_ASIDE = frozenset({"when", "tool", "id", "links"})
"""Parts that alone are no answer: a template may hold them already."""
_ASK = {
    "prompt": "Worth asking what was asked of the model there.",
    "correction": "Worth asking what made the answers trustworthy without a change.",
    "verification": "Worth asking how the result was checked; reading and manual checks leave no trace in a log.",
}


def counted_entries(documents: Sequence[Document]) -> list[Entry]:
    """The entries that count: those of logs; those of transcripts only where nobody wrote a log."""
    written = [entry for document in documents if document.kind == "log" for entry in document.entries]
    return written or [entry for document in documents if document.kind == "transcript" for entry in document.entries]


def presence(documents: Sequence[Document], required: bool) -> tuple[Outcome, list[Finding]]:
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
        entries = counted_entries(documents)
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
            if document.shape.startswith("a template"):
                return (
                    f"{path}: {document.shape}",
                    f"Placeholders alone, from line {document.first_line}; none counted.",
                )
            return f"{path}: the challenge's template, unfilled", "Its text is the one in the starter."
        case "empty":
            return f"{path}: nothing is written in it", "The file is there; it holds no text, or headings alone."
    return f"{path}: found, and could not be read", "A person has to open it; nothing was counted."


def unread(document: Document) -> Finding:
    return Finding(
        f"ai_usage_log.reading.{document.path}",
        f"{document.path}: what could not be read as it stands",
        Outcome.SKIPPED,
        " ".join(document.problems),
        (Evidence("place", "", document.path, 1),),
    )


def completeness(name: str, entries: Sequence[Entry]) -> Finding:
    have = [entry for entry in entries if name in entry.parts]
    without = [entry for entry in entries if name not in entry.parts]
    said = []
    none = {"correction": is_none_needed, "verification": is_not_tested}.get(name)
    plain = [str(entry.n) for entry in have if none and none(entry.text(name))]
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
            Evidence("place", f"entry {entry.n}: {short_title(entry)}", entry.path, entry.line)
            for entry in without[:12]
        )
        or tuple(Evidence("entry", entry.text(name), entry.path, entry.parts[name].line) for entry in have[:3]),
    )


def _numbers(numbers: list[str]) -> str:
    shown = ", ".join(numbers[:15]) + (f" and {len(numbers) - 15} more" if len(numbers) > 15 else "")
    return f"{'entry' if len(numbers) == 1 else 'entries'} {shown}"


def placeholders(entries: Sequence[Entry]) -> list[Finding]:
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


def summary(documents: Sequence[Document], entries: Sequence[Entry], required: bool) -> str:
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
