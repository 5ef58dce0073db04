"""Exhibits: the tables of the AI usage log's grade, every cell a scalar and every table with a limit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from graders.ai_log.agent_files import AgentFile
from graders.ai_log.claim import Claim
from graders.ai_log.document import Document
from graders.ai_log.entry import PARTS, Entry
from graders.ai_log.facts import Fact, tests_after_last_edit
from graders.ai_log.header import Header
from graders.ai_log.line_coverage import LineCoverage
from graders.ai_log.moments import Moment
from graders.ai_log.timeline import Timeline
from graders.ai_log.titles import short_title
from graders.ai_log.verifications import failed, succeeded
from graders.grade import Scalar
from graders.redaction import redact_quote
from graders.transcripts import Session, is_test_command

ROWS, CLAIMS, SESSIONS, EVENTS = 300, 300, 100, 400
CELL = 1_500
"""Entries in the table and characters of a cell; the place leads to the rest."""
TIMES_UNSURE = 840
"""Minutes to either side of a transcript's times that carry no zone."""

Row = dict[str, Scalar]


def entry_rows(entries: Sequence[Entry], said_above: Sequence[Header] = ()) -> tuple[Row, ...]:
    """The entries; one that names no tool has those of its log's header."""
    tools = {one.path: one.value for one in said_above if one.name == "tools"}
    return tuple(_entry(entry, tools.get(entry.path, "")) for entry in entries[:ROWS])


def _entry(entry: Entry, tools: str) -> Row:
    row: Row = {
        "n": entry.n, "title": short_title(entry), "path": entry.path, "line": entry.line, "when": entry.when,
        "tool": (entry.text("tool") or tools)[:80] or None,
    }  # fmt: skip
    for name in (*PARTS, "links"):
        part = entry.parts.get(name)
        row[name] = part.text[:CELL] if part else None
        row[f"{name}_line"] = part.line if part else None
    text = entry.parts.get("text")
    row["text"] = text.text[:CELL] if text else None
    row["unfilled"] = ", ".join(name for name in PARTS if name in entry.unfilled) or None
    return row


def text_rows(documents: Iterable[Document]) -> tuple[Row, ...]:
    """The documents that are shown as text, since they hold no entries."""
    return tuple(
        {"path": document.path, "kind": document.kind, "line": document.first_line, "text": document.excerpt}
        for document in documents
        if document.kind in ("summary", "no AI", "product prompts")
    )


def claim_rows(claims: Sequence[Claim]) -> tuple[Row, ...]:
    rows: list[Row] = []
    for claim in claims[:CLAIMS]:
        first = claim.evidence[0] if claim.evidence else None
        rows.append(
            {
                "kind": claim.kind,
                "text": claim.text[:240],
                "entry": claim.entry,
                "path": claim.path,
                "line": claim.line,
                "level": str(claim.level),
                "result": str(claim.result),
                "found": claim.found[:600],
                "evidence_path": first.path if first else None,
                "evidence_line": first.line if first else None,
                "evidence_commit": first.commit if first else None,
            }
        )
    return tuple(rows)


def session_rows(sessions: Sequence[Session]) -> tuple[Row, ...]:
    return tuple(_session(session) for session in sessions[:SESSIONS])


def _session(session: Session) -> Row:
    after = tests_after_last_edit(session)
    return {
        "tool": session.tool[:80],
        "version": session.version[:40] if session.version else None,
        "path": session.path,
        "prompts": len(session.prompts),
        "edits": len(session.edits),
        "shell": len(session.shells),
        "tests": sum(is_test_command(event.command or "") for event in session.shells),
        "bad_lines": session.bad_lines,
        "compactions": session.compactions,
        "interrupts": sum(event.kind == "interrupt" for event in session.events),
        "rejects": sum(event.kind == "reject" for event in session.events),
        "started": _iso(session.started),
        "ended": _iso(session.ended),
        "tests_after_last_edit": None if after is None else "yes" if after else "no",
        "note": " ".join(session.problems)[:400] or None,
    }


def event_rows(
    timeline: Timeline, sessions: Sequence[Session], log_edits: Sequence[tuple[datetime, str, str]]
) -> tuple[Row, ...]:
    """What happened when, oldest first. `log_edits`: time, subject and path of commits that touched the log.

    Of more than can be shown the agent's edits go first, evenly, and then the prompts: entries and tests stay.
    """
    kept: list[tuple[datetime, Row]] = []
    recorded = {session.path for session in sessions}
    for moment in timeline.moments:
        if moment.entry.path in recorded:
            continue  # a transcript's prompts have a lane of their own
        label = f"entry {moment.entry.n}: {short_title(moment.entry)}"
        kept.append(_event(moment.at, "entry", label, None, moment.uncertain, moment.entry.path, moment.entry.line))
    kept += [_event(at, "log-edit", subject, None, 0, path, None) for at, subject, path in log_edits]
    kept = kept[:EVENTS]
    lanes: dict[str, list[tuple[datetime, Row]]] = {"test": [], "interrupt": [], "prompt": [], "edit": []}
    for session in sessions:
        unsure = TIMES_UNSURE if session.local_times else 0
        for event in session.events:
            if event.when is None or event.synthetic:
                continue
            lane, label, ok = "", event.text, None
            if event.kind in ("prompt", "interrupt"):
                lane = event.kind
            elif event.kind == "reject":
                lane, label = "interrupt", f"refused: {event.path or event.command or event.text}"
            elif event.kind in ("edit", "write"):
                lane, label = "edit", event.path or ""
                ok = 0 if event.ok is False else None
            elif event.kind == "shell" and is_test_command(event.command or ""):
                lane, label = "test", event.command or ""
                ok = 1 if succeeded(event) else 0 if failed(event) else None
            if lane:
                lanes[lane].append(_event(event.when, lane, label, ok, unsure, session.path, event.line))
    for found in lanes.values():
        kept += _thinned(found, EVENTS - len(kept))
    return tuple(row for _, row in sorted(kept, key=lambda one: one[0]))


def _thinned(found: list[tuple[datetime, Row]], room: int) -> list[tuple[datetime, Row]]:
    if len(found) <= room:
        return found
    return [found[place * len(found) // room] for place in range(room)] if room > 0 else []


def _event(
    at: datetime, lane: str, label: str, ok: int | None, uncertain: int, path: str | None, line: int | None
) -> tuple[datetime, Row]:
    short = " ".join(redact_quote(label[:400]).split())
    row: Row = {
        "when": _iso(at),
        "lane": lane,
        "label": short if len(short) <= 80 else f"{short[:79]}…",
        "ok": ok,
        "uncertain_minutes": uncertain,
        "path": path,
        "line": line,
    }
    return at, row


def fact_rows(facts: Sequence[Fact]) -> tuple[Row, ...]:
    return tuple(
        {"name": fact.name, "value": fact.value, "reference": fact.reference, "evidence": fact.evidence}
        for fact in facts
    )


def moment_rows(moments: Sequence[Moment]) -> tuple[Row, ...]:
    return tuple(
        {
            "kind": moment.kind,
            "title": moment.title,
            "quote": moment.quote,
            "path": moment.path,
            "line": moment.line,
            "commit": moment.commit,
        }
        for moment in moments
    )


def coverage_rows(coverage: LineCoverage) -> tuple[Row, ...]:
    return tuple(
        {"folder": row.folder, "added": row.added, "mentioned": row.mentioned, "by": row.by or None}
        for row in coverage.folders
    )


def agent_file_rows(files: Sequence[AgentFile]) -> tuple[Row, ...]:
    return tuple(
        {"path": file.path, "lines": file.lines, "from_starter": "yes" if file.from_starter else "no"} for file in files
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z") if moment else None
