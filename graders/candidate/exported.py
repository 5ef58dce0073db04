"""What an export writes: the chosen sessions, scrubbed, as neutral transcripts, and a draft of the log."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from graders.candidate.discover import Found
from graders.candidate.draft import draft
from graders.candidate.history import OwnCommit
from graders.candidate.scrub import Scrubber
from graders.transcripts import Session, neutral

FOLDER = "ai/transcripts"
SIZE = 3_000_000
"""Characters of one transcript: what is larger, the reader of the log would read in part only."""
_SHORTER = (400, 80, 0)
_PROMPT = 600
_NUMBERED = re.compile(r"(\d{1,4})-[a-z-]{1,30}\.jsonl")


@dataclass(frozen=True, slots=True)
class Export:
    """`transcripts`: path inside the output folder to text; `log`: the draft. `taken`: what was taken out, by rule."""

    transcripts: Mapping[str, str]
    log: str
    taken: Mapping[str, int]


def export(
    found: Sequence[Found],
    scrubber: Scrubber,
    commits: Sequence[OwnCommit],
    there: Mapping[str, str],
    zone: tzinfo | None = None,
) -> Export:
    """Turn sessions into files. `there`: the transcripts that lie in FOLDER, by name, with their first lines.

    A session that was exported before gets its file again; every other gets the next number that is free.
    """
    before = scrubber.taken.copy()
    earlier = {key: name for name, line in there.items() if (key := _session_of(line))}
    free = max((int(match[1]) for name in there if (match := _NUMBERED.fullmatch(name))), default=0) + 1
    transcripts: dict[str, str] = {}
    drafted: list[tuple[str, Session]] = []
    for one in found:
        sessions = tuple(scrubber.session(session) for session in one.sessions)
        main = sessions[0]
        name = earlier.get((main.tool, main.id)) if main.id else None
        if name is None or f"{FOLDER}/{name}" in transcripts:
            name, free = f"{free}-{one.tool}.jsonl", free + 1
        path = f"{FOLDER}/{name}"
        transcripts[path] = _fitting(sessions)
        drafted += [(path, session) for session in sessions]
    taken = Counter(scrubber.taken)
    taken.subtract(before)
    return Export(transcripts, draft(drafted, commits, zone, f"{FOLDER}/"), {rule: n for rule, n in taken.items() if n})


def _fitting(sessions: Sequence[Session]) -> str:
    """The text of a transcript; what tools said and printed is cut shorter where the file would be too large."""
    text = "".join(neutral.write(session) for session in sessions)
    for limit in _SHORTER:
        if len(text) <= SIZE:
            break
        text = "".join(neutral.write(_shorter(session, limit)) for session in sessions)
    return text


def _shorter(session: Session, limit: int) -> Session:
    events = [
        replace(event, text=event.text[: limit if event.kind != "prompt" else max(limit, _PROMPT)])
        for event in session.events
    ]
    problems = (*session.problems, f"Texts of tools were cut to {limit} characters, to keep the file small.")
    return replace(session, events=tuple(events), problems=problems)


def _session_of(first_line: str) -> tuple[str, str] | None:
    """Tool and id of the session in an earlier export, by the file's first line; None when it is none of ours."""
    try:
        header = json.loads(first_line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(header, dict) or header.get("format") != neutral.FORMAT:
        return None
    tool, identifier = header.get("tool"), header.get("id")
    return (tool, identifier) if isinstance(tool, str) and isinstance(identifier, str) else None
