"""Claude Code's history.jsonl: the prompts alone, of every project; what is left when the sessions were swept away."""

from __future__ import annotations

import re

from graders.transcripts.draft import Draft
from graders.transcripts.fields import name, word
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Source
from graders.transcripts.typed import typed

TOOL = "Claude Code"
_COMMAND = re.compile(r"^/[A-Za-z][\w:-]{0,60}(?:\s|$)")
SESSIONS = 2_000


def fits(source: Source) -> bool:
    return any(
        isinstance(data.get("display"), str) and ("project" in data or "sessionId" in data or "pastedContents" in data)
        for data in source.sample[:20]
    )


def read(source: Source) -> tuple[Session, ...]:
    """One session for every session id (where there is none: for every project)."""
    drafts: dict[str, Draft] = {}
    draft = Draft(TOOL, source.path)
    bad = 0
    for record in source.records():
        data = record.data
        if data is None:
            bad += 1
            continue
        key = word(data.get("sessionId")) or word(data.get("project"))
        if key not in drafts and len(drafts) < SESSIONS:
            drafts[key] = Draft(TOOL, source.path)
        draft = drafts.get(key, draft)
        draft.lines += 1
        draft.id = draft.id or name(data.get("sessionId"))
        draft.cwd = draft.cwd or name(data.get("project"))
        said = data.get("display")
        if not isinstance(said, str):
            draft.unknown += 1
        elif said.startswith("!") and said[1:].strip():
            when = draft.time(data.get("timestamp"))
            draft.put(Event("shell", record.line, when, "run by the person", command=said[1:4_001].strip()))
        elif not _COMMAND.match(said):
            draft.add("prompt", record.line, data.get("timestamp"), typed(said))
    first = next(iter(drafts.values()), draft)
    first.bad_lines += bad
    first.lines += bad
    for draft in drafts.values():
        draft.problems.append("Only its prompts are recorded; edits and commands are not in this file.")
    return tuple(draft.session() for draft in drafts.values() if draft.events or draft is first)
