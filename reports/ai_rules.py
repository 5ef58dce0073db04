"""The rules on the AI usage log: what it holds, what came of its claims, and what nothing in it speaks of.

Each question names file and line where there is one, and supposes no reason. Weights order, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graders import Outcome
from reports.asking import Candidate, Material, known
from reports.reading import ai_entries, number, text
from reports.report import Cell, FindingRecord, GradeRecord
from reports.text import count, line
from reports.wording import GAP_QUESTIONS, OTHER_GAP

LOG = "ai_usage_log"
GAP = "ai_usage_log.gap."
NO_AI_LOG, CONTRADICTED, NO_VERIFICATION = 75, 72, 60
GAP_WEIGHT, UNMENTIONED, UNTESTED_SESSION, STATED, CORRECTION = 52, 48, 44, 36, 25
UNMENTIONED_LINES = 40
"""Added lines of a folder from which on it is worth asking how it was built."""


def ai_usage(material: Material) -> Iterator[Candidate]:
    """No log, an entry without a verification, a correction worth hearing about."""
    record = material.grades.get(LOG)
    if record is None or record.outcome is Outcome.ERROR:
        return
    first = tuple(f.id for f in record.findings[:1])
    entries = ai_entries(record)
    if record.outcome is Outcome.FAILED or (not entries and number(record.measures.get("entries")) == 0):
        yield Candidate(
            "ai:none",
            "ai",
            NO_AI_LOG if record.outcome is Outcome.FAILED else CORRECTION,
            "We found no entries of an AI usage log. Where did you use AI, if at all, and where did you not "
            "take what it proposed?",
            line(record.summary, 200),
            first,
        )
    unverified = [entry for entry in entries if not entry.verification and "unverified" not in _gaps(record)]
    for entry in unverified[:1]:
        yield Candidate(
            "ai:verification",
            "ai",
            NO_VERIFICATION + min(len(unverified), 5),
            f"Your AI usage log names no verification for “{line(entry.name, 90)}”{_at_place(entry.place)}. "
            "What made you trust it?",
            f"{count(len(unverified), 'entry', 'entries')} of {len(entries)} without a verification.",
            known(record, "ai_usage_log.verification") or first,
        )
    for entry in [entry for entry in entries if len(entry.correction) > 40][:1]:
        yield Candidate(
            "ai:correction",
            "ai",
            CORRECTION,
            f"On “{line(entry.name, 80)}”{_at_place(entry.place)} your log says: “{line(entry.correction)}” "
            "How did you notice?",
            "A correction that the candidate wrote down.",
            known(record, "ai_usage_log.correction") or first,
        )


def ai_claims(material: Material) -> Iterator[Candidate]:
    """What of the log does not agree with the evidence, what is stated only, a correction found in the code.

    Silent where the grader names its gaps itself (`ai_gaps`).
    """
    record = material.grades.get(LOG)
    if record is None or record.outcome is Outcome.ERROR or _gaps(record):
        return
    rows = record.exhibits.get("claims", ())
    seen: set[str] = set()
    for row in rows:
        kind, result, level = text(row, "kind"), text(row, "result"), text(row, "level")
        words, found = line(text(row, "text"), 120), line(text(row, "found"), 160)
        said = f"Your log says “{words}” ({_place(row)})."
        if result == "contradicted":
            asked = f"{said} {_sentence(found)} What was different when you saw it?"
            choice = ("contradicted", CONTRADICTED, asked, "The evidence that we have says something else.")
        elif kind == "correction" and result == "confirmed":
            where = _place({"path": row.get("evidence_path"), "line": row.get("evidence_line")})
            asked = f"{said} It shows in {where}. What else could break there?"
            choice = ("corrected", CORRECTION + 10, asked, "A correction that the code bears out.")
        elif kind == "verification" and level == "stated only":
            asked = f"{said} What did you look at, and what would have made you doubt it?"
            choice = ("stated", STATED, asked, "A verification that left no trace; most of them leave none.")
        else:
            continue
        name, weight, asked, because = choice
        if name not in seen:
            seen.add(name)
            yield Candidate(f"ai:claim:{name}", "ai", weight, asked, because, _at(record, row))


def ai_gaps(material: Material) -> Iterator[Candidate]:
    """What nothing in the log speaks of: gaps that the grader names, folders without a mention, untested sessions."""
    record = material.grades.get(LOG)
    if record is None or record.outcome is Outcome.ERROR:
        return
    kinds = _gaps(record)
    for rank, (kind, found) in enumerate(sorted(kinds.items(), key=lambda pair: _rank(pair[0]))):
        finding = found[0]
        piece = next((e for e in finding.evidence if e.path), None)
        place = _place({"path": piece.path, "line": piece.line}) if piece else ""
        where = f" ({place})" if place and place not in finding.title else ""
        more = f"{len(found) - 1} more like it." if len(found) > 1 else ""
        # What is worth asking is asked here; the rest of the detail says why.
        why = line(finding.detail.split("Worth asking")[0], 180)
        yield Candidate(
            f"ai:gap:{rank}",
            "ai",
            CONTRADICTED if kind == "otherwise" else GAP_WEIGHT - 3 * rank,
            f"{_sentence(f'{line(finding.title, 180)}{where}')} {GAP_QUESTIONS.get(kind, OTHER_GAP)}",
            f"{why} {more}".strip(),
            tuple(one.id for one in found),
        )
    folders = [
        (number(row.get("added")) or 0, text(row, "folder"))
        for row in record.exhibits.get("coverage", ())
        if not number(row.get("mentioned")) and (number(row.get("added")) or 0) >= UNMENTIONED_LINES
    ]
    entries = number(record.measures.get("entries"))
    if folders and entries and "folder" not in kinds:
        added, folder = max(folders)
        yield Candidate(
            "ai:unmentioned",
            "ai",
            UNMENTIONED,
            f"Nothing in the log speaks of {line(folder, 80)}. How was it built?",
            f"{count(added, 'added line')}; they may be hand-written.",
            (),
        )
    for row in record.exhibits.get("sessions", ()):
        if text(row, "tests_after_last_edit") == "no" and number(row.get("edits")) and "session" not in kinds:
            yield Candidate(
                "ai:untested",
                "ai",
                UNTESTED_SESSION,
                f"In the session {_place(row)} no test ran after the last edit. How did you know that it held?",
                "A record of the tool; a run outside of it leaves no mark there.",
                _at(record, row),
            )
            break


def _gaps(record: GradeRecord) -> dict[str, list[FindingRecord]]:
    """The grader's gaps by kind; their questions replace those that this module would find in the exhibits."""
    found: dict[str, list[FindingRecord]] = {}
    for finding in record.findings:
        if finding.id.startswith(GAP):
            found.setdefault(finding.id.removeprefix(GAP).split(".")[0], []).append(finding)
    return found


def _rank(kind: str) -> tuple[int, str]:
    order = tuple(GAP_QUESTIONS)
    return (order.index(kind) if kind in order else len(order), kind)


def _at_place(place: str) -> str:
    return f" ({line(place, 100)})" if place else ""


def _place(row: Mapping[str, Cell]) -> str:
    """`AI_LOG.md:14`, as far as the row tells."""
    path, at = line(text(row, "path"), 80), text(row, "line")
    return f"{path}:{line(at, 12)}" if path and at else path or "no place recorded"


def _at(record: GradeRecord, row: Mapping[str, Cell]) -> tuple[str, ...]:
    """The first finding with evidence at the row's place, so that the question leads somewhere."""
    path, at = text(row, "path"), number(row.get("line"))
    mine = (f.id for f in record.findings if any(e.path == path and e.line == at for e in f.evidence))
    found = next(mine, None)
    return (found,) if found else ()


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?", "…")) else f"{words}." if words else ""
