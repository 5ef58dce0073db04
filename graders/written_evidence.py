"""What did you decide, why, and what would somebody else need to read to take this over?

Decision log, README or walkthrough, and the time that was spent: what is there, with places. The challenge's own
text, left as it came, counts as nothing written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from graders.case import Case
from graders.decision_log import PARTS, Decision, read_decisions
from graders.decoding import decode
from graders.grade import Evidence, Finding, Grade, Outcome, Scalar
from graders.markdown import plain, read_page
from graders.redaction import redact
from graders.time_stated import Stated, times_stated
from graders.walkthrough import Link, is_recording, walkthrough_links

DOCUMENT_LIMIT = 512 * 1024
DOCUMENTS = 80
LINES = 20_000
"""What is read of one document, in bytes and lines, and of how many documents."""
ENOUGH_WORDS = 25
"""Words beyond the starter's text from which a README counts as written."""
TELLING = 40
"""Characters from which on a line of the challenge's own text is its word in any document; shorter ones ("## Tests")
stand in many by coincidence, and count as the challenge's only in the document that it handed out, or a copy of it."""
TITLES = {
    "decision_log": "decision log",
    "readme": "README",
    "walkthrough": "walkthrough",
    "time_box": "statement of the time spent",
}

_DECISION_NAME = re.compile(
    r"(?i)^(?:docs?/|notes/)?(?:(?:design[-_ ]?)?decisions?|decision[-_ ]?(?:logs?|records?)|adrs?|trade-?offs?)"
    r"\.(?:md|markdown|txt|rst|adoc)$|(?:^|/)(?:adrs?|decisions?|decision[-_]records?)/[^/]+\.(?:md|markdown|txt|rst|adoc)$"
)
_README = re.compile(r"(?i)^(?:docs/)?readme(?:\.(?:md|markdown|txt|rst|adoc))?$")
_PROSE = re.compile(
    r"(?i)^(?:docs?/)?[^/]{1,80}\.(?:md|markdown|txt|rst|adoc)$|^(?:readme|notes|time|timelog)$|^[^/]{1,60}/readme\.md$"
)
_DECISION_HEADING = re.compile(
    r"(?i)\b(?:decisions?|trade-?offs?|why i chose|design choices)\b|decisiones|решени|kararlar|결정"
)
_SECTIONS: dict[str, re.Pattern[str]] = {
    "what it does": re.compile(
        r"(?i)\b(?:problem|overview|about|introduction|what (?:it|this)|goal|purpose|summary|scope|features?)\b|"
        r"описание|genel bakış|resumen|descripción|개요|소개"
    ),
    "how to run it": re.compile(
        r"(?i)\b(?:run|running|usage|install|installation|set ?up|getting started|quick ?start|start|how to)\b|"
        r"запуск|установка|kurulum|çalıştır|instalación|ejecutar|실행|설치"
    ),
    "how to test it": re.compile(r"(?i)\b(?:tests?|testing)\b|тест|pruebas|테스트"),
    "limits and next steps": re.compile(
        r"(?i)\b(?:limit|limits|limitations?|known (?:issues|gaps|limits)|not (?:done|implemented|covered|included)|"
        r"out of scope|next|future|todo|to do|improve|improvements|would (?:do|harden)|trade-?offs?|shortcuts|"
        r"assumptions?|left out|missing|with more time)\b|ограничени|limitaciones|pendiente|sınırlamalar|한계|제한|향후"
    ),
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: its text without secrets, and the lines that the challenge put there (`known`, stripped).

    `written` are the candidate's own lines with their numbers; `words` counts the words in them.
    """

    path: str
    text: str
    known: frozenset[str]
    written: tuple[tuple[int, str], ...]
    words: int


def grade(case: Case) -> Grade:
    """Read the documents at the root and in docs/, and say which of the asked evidence is there."""
    submission = case.submission
    sizes = {file.path: file.size for file in submission.files if not file.is_link}
    chosen = [path for path in sizes if _PROSE.search(path) or _DECISION_NAME.search(path)]
    chosen = sorted(chosen, key=lambda path: (path.count("/"), path))[:DOCUMENTS]
    contents = submission.read_many(chosen, limit=DOCUMENT_LIMIT)
    theirs = handed_lines(case.challenge.handed_out)
    papers = [paper(path, contents[path], theirs) for path in chosen if path in contents]
    recordings = [path for path in sizes if is_recording(path)]
    return answer(papers, recordings, case.challenge.submission.written_evidence)


def handed_lines(handed_out: Mapping[str, bytes]) -> Mapping[str, frozenset[str]]:
    """The stripped lines of each document that the candidate was sent (the brief among them), by its path."""
    return {
        path: frozenset(line.strip() for line in redact(decode(content).text).text.split("\n")) - {""}
        for path, content in handed_out.items()
        if _PROSE.search(path) or _DECISION_NAME.search(path)
    }


def paper(path: str, content: bytes, theirs: Mapping[str, frozenset[str]]) -> Paper:
    """A document from its bytes; `theirs` are the lines of what the challenge handed out (see handed_lines)."""
    text = redact("\n".join(decode(content).text.split("\n", LINES)[:LINES])).text
    lines = [(number, line.strip(), line) for number, line in enumerate(text.split("\n"), start=1)]
    known = _known(path, {stripped for _, stripped, _ in lines}, theirs)
    written = tuple((number, line) for number, stripped, line in lines if stripped and stripped not in known)
    return Paper(path, text, known, written, sum(len(re.findall(r"\w+", line)) for _, line in written))


def _known(path: str, own: AbstractSet[str], theirs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Which lines of a document are the challenge's: of what it handed out there, of what this is a copy of (a brief
    that was moved, say), and whatever it quotes at length."""
    known: set[str] = set()
    for origin, lines in theirs.items():
        whole = origin == path or lines <= own
        known |= lines if whole else {line for line in lines if len(line) >= TELLING}
    return frozenset(known)


def answer(papers: Sequence[Paper], recordings: Sequence[str], required: Sequence[str]) -> Grade:
    """The grade, from the documents; `recordings` are paths of films. Failed when something required is missing."""
    decisions = _decisions(papers)
    links = [link for one in papers for link in walkthrough_links(one.path, one.written)]
    times = [stated for one in papers for stated in times_stated(one.path, one.text, one.written)]
    times.sort(key=lambda stated: not stated.spent)
    readmes = [one for one in papers if _README.search(one.path)]
    readme = max(readmes, key=lambda one: (one.words, -one.path.count("/")), default=None)
    sections = _sections(readme) if readme else {}
    findings: list[Finding] = []
    make: dict[str, Callable[[], Finding]] = {
        "decision_log": lambda: _decision_log(papers, decisions, "decision_log" in required),
        "readme": lambda: _readme(readme, sections, "readme" in required),
        "walkthrough": lambda: _walkthrough(papers, recordings, links, "walkthrough" in required),
        "time_box": lambda: _time_box(times, "time_box" in required),
    }
    for name in make:
        findings.append(make[name]())
    findings += [
        Finding(f"written_evidence.{name}", f"{name}: not looked at", Outcome.SKIPPED, "This version does not know it.")
        for name in required
        if name not in make
    ]
    missing = [finding for finding in findings if finding.outcome is Outcome.FAILED]
    measures: dict[str, Scalar] = {
        "decisions": len(decisions),
        **{f"decisions_with_{part}": sum(part in decision.parts for decision in decisions) for part in PARTS},
        "readme_words": readme.words if readme else 0,
        "readme_sections": len(sections),
        "walkthrough_links": len(links),
        "walkthrough_files": len(recordings),
        "minutes_stated": times[0].minutes if times else None,
    }
    rows: tuple[dict[str, Scalar], ...] = tuple(
        {
            "title": decision.title,
            "path": decision.path,
            "line": decision.line,
            **{part: int(part in decision.parts) for part in PARTS},
        }
        for decision in decisions[:200]
    )
    outcome = Outcome.FAILED if missing else Outcome.PASSED
    return Grade(outcome, _summary(findings, missing), measures, tuple(findings), {"decisions": rows})


def _decisions(papers: Sequence[Paper]) -> list[Decision]:
    """From the decision documents; where there is none, from a README's passage on decisions."""
    found: list[Decision] = []
    for one in papers:
        if _DECISION_NAME.search(one.path) and one.words:
            found += read_decisions(one.text, one.path, one.known)
    if found:
        return found
    for one in papers:
        passage = _passage(one)
        if passage:
            found += read_decisions(passage, one.path, one.known)
    return found


def _passage(one: Paper) -> str:
    """What stands under a heading on decisions, the other lines empty so that numbers stay; "" without one."""
    page = read_page(one.text)
    lines = one.text.split("\n")
    kept = [""] * len(lines)
    level = 0
    for line in page.lines:
        if line.level and not line.opaque:
            if level and line.level <= level:
                level = 0
            if not level and _DECISION_HEADING.search(line.text[:200]) and line.text.strip() not in one.known:
                level = line.level
                continue
        if level:
            kept[line.number - 1] = lines[line.number - 1]
    return "\n".join(kept) if any(text.strip() for text in kept) else ""


def _decision_log(papers: Sequence[Paper], decisions: Sequence[Decision], required: bool) -> Finding:
    documents = [one for one in papers if _DECISION_NAME.search(one.path)]
    if decisions:
        counts = ", ".join(f"{name} in {sum(name in one.parts for one in decisions)}" for name in PARTS)
        detail = f'By labels, or words such as "because": {counts}. Prose can say it in other words: read them.'
        places = tuple(Evidence("place", one.title, one.path, one.line) for one in decisions[:12])
        paths = list(dict.fromkeys(decision.path for decision in decisions))
        title = f"Decision log: {_count(len(decisions), 'decision')} in {', '.join(paths[:3])}"
        title += f" and {len(paths) - 3} more" if len(paths) > 3 else ""
        return Finding("written_evidence.decision_log", title, Outcome.PASSED, detail, places)
    if any(one.words >= ENOUGH_WORDS for one in documents):
        first = next(one for one in documents if one.words >= ENOUGH_WORDS)
        detail = "Not structured into decisions, so none was counted: read it."
        place = (Evidence("place", path=first.path, line=first.written[0][0]),)
        return Finding("written_evidence.decision_log", f"{first.path}: free text", Outcome.PASSED, detail, place)
    if documents:
        return _absent(
            "decision_log", required, f"{documents[0].path} is the challenge's template, or empty.", documents[0].path
        )
    return _absent("decision_log", required, "Looked for DECISIONS and its spellings, ADR folders, and such a heading.")


def _sections(readme: Paper) -> dict[str, int]:
    """Which parts a README has, with their lines: by its headings, else by what such parts hold."""
    found: dict[str, int] = {}
    page = read_page(readme.text)
    own = dict(readme.written)
    for line in page.lines:
        if line.level and not line.opaque and line.number in own:
            for name, pattern in _SECTIONS.items():
                if name not in found and pattern.search(plain(line.text)[:200]):
                    found[name] = line.number
                    break
    for number, text in readme.written:
        if "how to run it" not in found and re.search(
            r"\b(?:uvicorn|docker compose|docker run|make run|python -m|uv run)\b", text
        ):
            found["how to run it"] = number
        if "how to test it" not in found and re.search(r"\bpytest\b|\bmake test\b", text):
            found["how to test it"] = number
        if "what it does" not in found and len(text.split()) >= 12 and text[:1].isalpha():
            found["what it does"] = number
    return {name: found[name] for name in _SECTIONS if name in found}


def _readme(readme: Paper | None, sections: Mapping[str, int], required: bool) -> Finding:
    if readme is None:
        return _absent("readme", required, "No README at the root or in docs/.")
    if readme.words < ENOUGH_WORDS:
        what = (
            "is the starter's, unchanged"
            if not readme.words
            else f"holds {readme.words} words beyond the starter's text"
        )
        return _absent("readme", required, f"{readme.path} {what}.", readme.path)
    without = [name for name in _SECTIONS if name not in sections]
    detail = f"It tells {_and(list(sections))}." if sections else "None of the usual parts was found in it."
    if sections and without:
        detail += f" No part was found on {_and(without)}."
    places = tuple(Evidence("place", name, readme.path, line) for name, line in sections.items())
    title = f"{readme.path}: {readme.words} words by the candidate"
    return Finding("written_evidence.readme", title, Outcome.PASSED, detail, places)


def _walkthrough(papers: Sequence[Paper], recordings: Sequence[str], links: Sequence[Link], required: bool) -> Finding:
    documents = [
        one for one in papers if re.search(r"(?i)(?:^|/)walk-?through\.", one.path) and one.words >= ENOUGH_WORDS
    ]
    if not documents and not recordings and not links:
        return _absent("walkthrough", required, "No film, no link to one, and no WALKTHROUGH document was found.")
    told = [f"{one.path} ({one.words} words)" for one in documents] + list(recordings[:5])
    told += [link.url for link in links[:5]]
    evidence = (
        *(Evidence("place", path=one.path, line=1) for one in documents),
        *(Evidence("place", path=path) for path in recordings[:5]),
        *(Evidence("quote", link.url, link.path, link.line) for link in links[:10]),
    )
    detail = "Links were not opened: look whether they still lead somewhere." if links else "Not played."
    detail = "Read it." if documents and not (links or recordings) else detail
    title = f"Walkthrough: {', '.join(told)[:300]}"
    return Finding("written_evidence.walkthrough", title, Outcome.PASSED, detail, evidence)


def _time_box(times: Sequence[Stated], required: bool) -> Finding:
    if not times:
        return _absent("time_box", required, "No document states how much time was spent.")
    first = times[0]
    hours, minutes = divmod(first.minutes, 60)
    told = (f"{hours} h {minutes:02d} min" if minutes else f"{hours} h") if hours else f"{minutes} min"
    evidence = tuple(Evidence("quote", one.text, one.path, one.line) for one in times[:6])
    title = f"Time spent, as stated: {told}"
    return Finding("written_evidence.time_box", title, Outcome.PASSED, f"{first.path}, line {first.line}.", evidence)


def _absent(name: str, required: bool, detail: str, path: str | None = None) -> Finding:
    outcome = Outcome.FAILED if required else Outcome.SKIPPED
    title = (
        f"Missing deliverable: the {TITLES[name]}" if required else f"No {TITLES[name]}; the challenge asks for none"
    )
    place = (Evidence("place", path=path, line=1),) if path else ()
    return Finding(f"written_evidence.{name}", title, outcome, detail, place)


def _summary(findings: Sequence[Finding], missing: Sequence[Finding]) -> str:
    there = [finding.title for finding in findings if finding.outcome is Outcome.PASSED]
    names = [TITLES.get(finding.id.partition(".")[2], finding.id) for finding in missing]
    parts = ["; ".join(there)] if there else []
    if names:
        parts.append(f"missing: {_and(names)}")
    text = "; ".join(parts) or "No written evidence was found"
    return f"{text[:1].upper()}{text[1:]}."


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")
