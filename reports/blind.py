"""A report without the candidate: names, addresses, accounts, home folders, time zones and commit ids taken out.

`blind_report` is a function of the report, of the authors of its commits and of a secret; it gives the blind report and
what it replaced, which belongs into a map kept apart. Every text of the report is gone through, keys included, so that
every view of it is blind. Commit and tree ids are replaced by others of the same length, because the id of a public
commit names its author; links into the repository disappear with its address. Times are told in UTC: the order and the
distance of things stay, and so do real dates, which the panel needs; the hour of the day stays too.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from urllib.parse import urlsplit

from reports.blind_text import Blinder
from reports.identity import Person, fold, forms, gather
from reports.matrix import HIDDEN_TESTS
from reports.names_vocabulary import EVERYDAY, PARTICLES, TOOLS
from reports.reading import moment
from reports.report import Cell, EvidenceRecord, FindingRecord, GradeRecord, Question, Report, SubmissionNote

ID_LENGTH = 4
_OURS = frozenset({"hidden", "invalid", "blind", "person", "host", "zone", "profile", "candidate", "example", "author"})
"""Words that the report says itself, or that stand for nobody."""
_TIMES = frozenset({"when", "time", "recorded", "started", "ended"})
"""Columns that hold one moment."""
_FORGES_OF_MANY = frozenset({"github.com", "gitlab.com", "codeberg.org", "bitbucket.org", "git.sr.ht"})
NOTE = (
    "Blind report: names, mail addresses, accounts, home folders and the repository's address are replaced, times are "
    "in UTC, and commit ids are not the real ones. The map that undoes this is kept apart from the report."
)
LEFT = (
    "A part of a name is another word too (of the challenge, a tool's, an everyday one): where it may mean that, it "
    "was left; with the rest of the name it is replaced."
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What blinding replaced in one report: what the map keeps and nobody who scores should see."""

    candidate: str
    repository: str
    name: str
    ref: str | None
    commit: str
    tree: str
    people: tuple[Person, ...]
    commits: Mapping[str, str]


def candidate_id(secret: bytes, repository: str, length: int = ID_LENGTH) -> str:
    """`C-7F3A`: the same for the same repository and secret, and nothing can be told from it without the secret."""
    address = repository.strip().removesuffix("/").removesuffix(".git").casefold()
    return (
        "C-" + hmac.digest(secret, b"candidate\0" + address.encode("utf-8", "replace"), "sha256").hex()[:length].upper()
    )


def is_blind(report: Report) -> bool:
    """Whether this report went through `blind_report` already."""
    return NOTE in report.provenance.notes


def blind_report(
    report: Report, secret: bytes, authors: Sequence[tuple[str, str]] = (), *, length: int = ID_LENGTH
) -> tuple[Report, Sealed]:
    """The report without the candidate, and what was replaced.

    `authors`: name and e-mail of each commit's author, oldest first. `length`: digits of the candidate's id, more
    where four are taken already.
    """
    facts = report.submission
    candidate = candidate_id(secret, facts.repository, length)
    people = gather(_quoted(report), authors, _accounts(facts.repository))
    protected = _protected(report)
    commits = {
        c for c in (facts.commit, facts.tree, *_commit_ids(report)) if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", c)
    }
    literal = [text for text in _addresses(facts.repository, facts.name) if _telling(text, protected)]
    clean = Blinder(candidate, secret, forms(people, protected, literal), commits)
    blinded = report.model_copy(
        update={
            "submission": facts.model_copy(
                update={
                    "repository": f"(hidden: {candidate})",
                    "name": candidate,
                    "commit": clean.opaque(facts.commit),
                    "tree": clean.opaque(facts.tree),
                    "ref": None if facts.ref is None else clean(facts.ref),
                    "notes": tuple(
                        SubmissionNote(kind=clean(n.kind), text=clean(n.text), path=_maybe(clean, n.path))
                        for n in facts.notes
                    ),
                }
            ),
            **_grades(report, clean),
            "provenance": report.provenance.model_copy(
                update={
                    "engine": _cells(report.provenance.engine, clean),
                    "limits": _cells(report.provenance.limits, clean),
                    "versions": {clean(k): clean(v) for k, v in report.provenance.versions.items()},
                    "notes": (
                        *map(clean, report.provenance.notes),
                        NOTE,
                        *([LEFT] if _any_left(people, protected) else []),
                    ),
                }
            ),
        }
    )
    sealed = Sealed(
        candidate,
        facts.repository,
        facts.name,
        facts.ref,
        facts.commit,
        facts.tree,
        people,
        dict(clean.replaced_commits),
    )
    return Report.model_validate_json(blinded.to_json()), sealed


def _grades(report: Report, clean: Blinder) -> dict[str, object]:
    """The grades and the questions, whose evidence follows the findings' new ids."""
    ids: dict[str, str] = {}
    taken: set[str] = set()
    zone = _zone(report)
    for grade in report.grades.values():
        for finding in grade.findings:
            ids[finding.id] = _unique(clean(finding.id), taken)
    grades: dict[str, GradeRecord] = {}
    for name, grade in report.grades.items():
        text = clean.gently if name == HIDDEN_TESTS else clean
        grades[_unique(text(name), set(grades))] = GradeRecord(
            outcome=grade.outcome,
            summary=text(grade.summary),
            measures=_cells(grade.measures, text),
            findings=tuple(_finding(finding, ids[finding.id], text, clean) for finding in grade.findings),
            exhibits={
                _unique(text(title), set()): tuple(_cells(_zoned(row, zone), text) for row in rows)
                for title, rows in grade.exhibits.items()
            },
        )
    questions = tuple(
        Question(
            id=clean(q.id),
            core_question=q.core_question,
            text=clean(q.text),
            because=clean(q.because),
            evidence=tuple(ids.get(i, clean(i)) for i in q.evidence),
        )
        for q in report.questions
    )
    return {"grades": grades, "questions": questions}


def _finding(finding: FindingRecord, identifier: str, text: Callable[[str], str], clean: Blinder) -> FindingRecord:
    return finding.model_copy(
        update={
            "id": identifier,
            "title": text(finding.title),
            "detail": text(finding.detail),
            "category": _maybe(text, finding.category),
            "dimension": _maybe(text, finding.dimension),
            "evidence": tuple(
                EvidenceRecord(
                    kind=text(piece.kind),
                    text=(clean if piece.kind == "output" else text)(piece.text),
                    path=_maybe(clean, piece.path),
                    line=piece.line,
                    commit=None if piece.commit is None else clean.opaque(piece.commit),
                )
                for piece in finding.evidence
            ),
        }
    )


def _zone(report: Report) -> tzinfo:
    """The zone in which a time without one was meant: the first commit's, as on the page."""
    history = report.grades.get("history")
    rows = history.exhibits.get("commits", ()) if history else ()
    told = (moment(row.get("time")) for row in rows)
    return next((at.tzinfo for at in told if at and at.tzinfo), UTC)


def _zoned(row: Mapping[str, Cell], zone: tzinfo) -> Mapping[str, Cell]:
    """The row with its times of day told in UTC, also those that named no zone, so that each keeps its place."""
    found = {}
    for key in _TIMES & row.keys():
        at = moment(row[key], zone)
        if at is not None and 1 < at.year < 9999:
            found[key] = at.astimezone(UTC).isoformat()
    return {**row, **found}


def _cells(values: Mapping[str, Cell], text: Callable[[str], str]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for key, value in values.items():
        found[_unique(text(key), set(found))] = text(value) if isinstance(value, str) else value
    return found


def _maybe(text: Callable[[str], str], value: str | None) -> str | None:
    return None if value is None else text(value)


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate in taken:
        candidate, number = f"{name}#{number}", number + 1
    taken.add(candidate)
    return candidate


def _quoted(report: Report) -> Iterable[str]:
    """The texts in which people may be named. Not the hidden tests: the people in there are ours, made up."""
    for name, grade in report.grades.items():
        if name == HIDDEN_TESTS:
            continue
        for finding in grade.findings:
            yield finding.detail
            yield from (piece.text for piece in finding.evidence)
            yield from (piece.path for piece in finding.evidence if piece.path)
        for rows in grade.exhibits.values():
            yield from (cell for row in rows for cell in row.values() if isinstance(cell, str))


def _commit_ids(report: Report) -> Iterable[str]:
    for grade in report.grades.values():
        yield from (piece.commit for finding in grade.findings for piece in finding.evidence if piece.commit)
    history = report.grades.get("history")
    for row in history.exhibits.get("commits", ()) if history else ():
        identifier = row.get("id")
        if isinstance(identifier, str):
            yield identifier


def _addresses(repository: str, name: str) -> Iterable[str]:
    """The repository's address as people write it, whole and in part, and the submission's name."""
    bare = re.sub(r"^[a-z+]{2,10}://", "", repository).removesuffix("/").removesuffix(".git")
    yield from (repository, bare, name)
    last = re.split(r"[/:\\]", bare)[-1]
    if re.search(r"[-_.\d]", last):  # `ada-leads`; one plain word may mean anything
        yield last


def _accounts(repository: str) -> tuple[str, ...]:
    """The account in the address of a repository on a forge (and what is left of its name without everyday words)."""
    scp = re.fullmatch(r"[\w.-]{1,40}@([\w.-]{1,100}):([^\s]{1,300})", repository)
    try:
        host, path = (scp[1], scp[2]) if scp else (urlsplit(repository).hostname or "", urlsplit(repository).path)
    except ValueError:
        return ()
    names = [name for name in path.removesuffix(".git").split("/") if name]
    return (names[0],) if host in _FORGES_OF_MANY and len(names) > 1 else ()


def _words(text: str) -> set[str]:
    return {word for word in re.split(r"[\W_\d]+", fold(text)) if len(word) >= 3}


def _protected(report: Report) -> frozenset[str]:
    """Words of the challenge and of its tests, and names of tools: a first name alone may not blank these."""
    challenge = report.challenge
    told = [challenge.id, challenge.title, *(f"{c.id} {c.title} {c.about}" for c in challenge.categories)]
    told += [f"{d.id} {d.title}" for d in challenge.dimensions]
    told += [question.text for question in challenge.core_questions]
    hidden = report.grades.get(HIDDEN_TESTS)
    told += [f"{finding.id} {finding.title}" for finding in hidden.findings if finding.tier] if hidden else []
    words: set[str] = set().union(*map(_words, told), TOOLS)
    return frozenset(words | _OURS | PARTICLES)


def _telling(text: str, protected: frozenset[str]) -> bool:
    """Whether a repository's name says more than the challenge's own words and everyday ones do."""
    return len(text) >= 4 and bool(
        _words(text) - protected - EVERYDAY - {"takehome", "backend", "submission", "solution"}
    )


def _any_left(people: Sequence[Person], protected: frozenset[str]) -> bool:
    return any(_words(name) & (protected | EVERYDAY) - PARTICLES for person in people for name in person.names)
