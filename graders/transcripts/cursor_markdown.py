"""Cursor's Markdown export of a chat: who said what, without times or tool calls."""

from __future__ import annotations

import re

from graders.transcripts.draft import Draft
from graders.transcripts.session import Kind, Session
from graders.transcripts.source import Source
from graders.transcripts.turns import turns
from graders.transcripts.typed import typed

TOOL = "Cursor"
_EXPORTED = re.compile(r"^_Exported on .{1,120} from Cursor(?: \((\S{1,40})\))?_\s*$", re.MULTILINE)
_MARKS = {"**User**": True, "**Cursor**": False}


def fits(source: Source) -> bool:
    return bool(_EXPORTED.search(source.head)) and "**User**" in source.text


def read(source: Source) -> tuple[Session, ...]:
    """One session for every export; several may be put one behind the other."""
    lines = source.lines
    starts = [place for place, line in enumerate(lines) if line.startswith("_Exp") and _EXPORTED.match(line)][:500]
    sessions = []
    for begin, end in zip([0, *starts[1:]], [*starts[1:], len(lines)], strict=True):
        draft = Draft(TOOL, source.path)
        draft.lines = end - begin
        exported = next((mark for line in lines[begin : begin + 40] if (mark := _EXPORTED.match(line))), None)
        draft.version = exported[1] if exported else None
        for turn in turns(lines[begin:end], lambda line: _MARKS.get(line.strip())):
            text = turn.text
            said = typed(text) if turn.speaker else text
            kind: Kind = "prompt" if turn.speaker else "reply"
            draft.add(kind, begin + turn.line, None, said or text, synthetic=not said)
        draft.problems.append("A Markdown export holds neither times nor edits nor commands.")
        sessions.append(draft.session())
    return tuple(sessions)
