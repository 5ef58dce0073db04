"""How did you use AI, where did you override it, and how did you check what it gave you?

The log is found under any of its usual names, read in any of its usual shapes, and held against git, the transcripts
that came with it, and what was run. The grade says what is there, entry by entry, and what could not be read or
checked; it judges neither prompts nor their author.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graders.ai_log import account, claims, exhibits, gaps, observations
from graders.ai_log.claim import Level, Result
from graders.ai_log.entry import PARTS, Entry
from graders.ai_log.evidence import Gathered, gather, gather_notes, says_none
from graders.ai_log.noted_lines import of_notes
from graders.ai_log.remarks import stated_counts
from graders.ai_log.search import Log, search
from graders.case import Case
from graders.grade import Evidence, Finding, Grade, Outcome, Scalar


def grade(case: Case) -> Grade:
    """Find the log, read it, and hold what it says against the submission's files, history and runs."""
    submission = case.submission
    sizes = {file.path: file.size for file in submission.files}
    log = search(
        sizes,
        lambda path, limit: submission.read(path, limit=limit),
        case.challenge.starter,
        case.ai_log,
        lambda paths, limit: submission.read_many(paths, limit=limit),
    )
    required = case.challenge.submission.ai_usage_log_required
    if not log.documents:
        return answer(log, required, gather_notes(case))
    return answer(log, required, gather(case, log, account.counted_entries(log.documents)))


def answer(log: Log, required: bool, gathered: Gathered | None = None) -> Grade:
    """The grade, from the documents found; `gathered` is what they were held against (None: there are none)."""
    entries = account.counted_entries(log.documents)
    outcome, findings = account.presence(log.documents, required)
    findings += [account.unread(document) for document in log.documents if document.problems]
    if log.unread:
        detail = f"{log.unread} more documents lie in places of the log; they were not read."
        findings.append(Finding("ai_usage_log.limit", "Not all documents were read", Outcome.SKIPPED, detail))
    if entries:
        findings += [account.completeness(name, entries) for name in PARTS]
        findings += account.placeholders(entries)
        findings += observations.of_repeats(entries)
    found = gathered or Gathered()
    findings += _held(log, entries, found)
    findings += observations.of_secrets(log)
    findings += observations.of_remarks(log.documents)
    tables = {
        "entries": exhibits.entry_rows(entries, found.headers),
        "log_texts": exhibits.text_rows(log.documents),
        "claims": exhibits.claim_rows(found.claims),
        "sessions": exhibits.session_rows(found.sessions),
        "events": exhibits.event_rows(found.timeline, found.sessions, found.log_edits),
        "facts": exhibits.fact_rows(found.facts),
        "moments": exhibits.moment_rows(found.moments),
        "coverage": exhibits.coverage_rows(found.coverage),
        "agent_files": exhibits.agent_file_rows(found.agent_files),
    }
    kept = {name: rows for name, rows in tables.items() if rows or name in ("entries", "log_texts")}
    summary = account.summary(log.documents, entries, required)
    return Grade(outcome, summary, _measures(log, entries, found), tuple(findings), kept)


def _held(log: Log, entries: Sequence[Entry], found: Gathered) -> list[Finding]:
    """What came of holding the log against the rest; strongest evidence first, gaps last."""
    stated = stated_counts(entries)
    findings = claims.support(found.claims)
    findings += claims.link_findings(found.links)
    findings += claims.of_counts(stated, found.tests, found.collected)
    findings += observations.of_timeline(found.timeline)
    for document in [one for one in log.documents if one.kind in ("log", "summary", "no AI")][:5]:
        touches = [one for one in found.commits if any(change.path == document.path for change in one.changes)]
        told = observations.of_history(document, touches, found.commits[-1] if found.commits else None)
        findings += [told] if told else []
    findings += of_notes(found.attributed)
    findings += _agent_files(found)
    findings += claims.contradictions(found.claims)
    findings += gaps.of_corrections(found.corrections)
    findings += gaps.of_entries(entries, found.claims)
    findings += gaps.of_lines(found.coverage, entries)
    findings += gaps.of_tools(found.mismatches, says_none(log.documents))
    return findings


def _agent_files(found: Gathered) -> list[Finding]:
    own = [file for file in found.agent_files if not file.from_starter]
    if not own:
        return []
    shown = ", ".join(f"{file.path} ({file.lines} lines)" for file in own[:4])
    more = f" and {len(own) - 4} more" if len(own) > 4 else ""
    title = f"Instructions for AI agents that the candidate added: {shown}{more}"
    detail = "They show how a tool was set up. Files of the starter are left out."
    places = tuple(Evidence("place", f"{file.lines} lines", file.path, 1) for file in own[:12])
    return [Finding("ai_usage_log.agent_files", title, Outcome.PASSED, detail, places)]


def _measures(log: Log, entries: Sequence[Entry], found: Gathered) -> dict[str, Scalar]:
    kinds = [document.kind for document in log.documents]
    kind = next((name for name in ("log", "transcript", "no AI", "summary", *kinds) if name in kinds), "none")
    counted = bool(entries) or kind not in ("summary", "unreadable", "product prompts")
    measures: dict[str, Scalar] = {"entries": len(entries) if counted else None}
    for name in PARTS:
        measures[f"with_{name}"] = sum(name in entry.parts for entry in entries) if counted else None
    levels = Counter(claim.level for claim in found.claims)
    results = Counter(claim.result for claim in found.claims)
    measures.update(
        kind=kind,
        documents=len(log.documents),
        placeholders=sum(name in PARTS for entry in entries for name in entry.unfilled),
        with_time=sum(entry.when is not None for entry in entries),
        transcript_prompts=sum(len(d.entries) for d in log.documents if d.kind == "transcript"),
        links=len(found.links),
        links_found=sum(link.found is not None for link in found.links),
        secrets_left_out=len(log.secrets),
        claims_recorded=levels[Level.RECORDED],
        claims_checkable=levels[Level.CHECKABLE],
        claims_stated=levels[Level.STATED],
        claims_confirmed=results[Result.CONFIRMED],
        claims_contradicted=results[Result.CONTRADICTED],
        sessions=len(found.sessions),
        time_reading=found.timeline.told or None,
        lines_added=found.coverage.added,
        lines_mentioned=found.coverage.mentioned,
        tools_named=next((one.value for one in found.headers if one.name == "tools"), None),
        written=next((one.value for one in found.headers if one.name == "written"), None),
        agent_lines=sum(file.lines for file in found.agent_files if not file.from_starter),
    )
    return measures
