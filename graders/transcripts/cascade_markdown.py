"""Windsurf's and Antigravity's Markdown export of a chat: who said what, with a line for most of what the agent did."""

from __future__ import annotations

import re

from graders.transcripts.draft import Draft
from graders.transcripts.paths import relative
from graders.transcripts.session import Event, Session
from graders.transcripts.source import Source
from graders.transcripts.turns import trimmed, turns
from graders.transcripts.typed import typed

_TITLE = re.compile(r"^#{1,2} (Cascade )?Chat Conversation\s*$", re.MULTILINE)
_SPEAKERS = {"### User Input": True, "### Planner Response": False}
_DONE = re.compile(
    r"^\*(Edited|Created|Wrote|Viewed|Listed|Searched|Grep searched|Read|User \w+|Ran)\b(.{0,2000})\*\s*$"
)
_LINK = re.compile(r"\]\(([^()\s]{1,1000})\)")
_CODE = re.compile(r"`([^`\n]{1,2000})`")


def fits(source: Source) -> bool:
    return bool(_TITLE.search(source.head)) and "### User Input" in source.text


def read(source: Source) -> tuple[Session, ...]:
    """The one session of a file."""
    title = _TITLE.search(source.head)
    draft = Draft("Windsurf" if title and title[1] else "Antigravity", source.path)
    draft.lines = len(source.lines)
    for turn in turns(source.lines, lambda line: _SPEAKERS.get(line.rstrip())):
        spoken: list[str] = []
        for place, line in enumerate(turn.lines):
            done = None if turn.opaque[place] else _DONE.match(line.rstrip())
            if done is None:
                spoken.append(line)
            else:
                _did(done[1], done[2], turn.line + place + 1, draft)
        text = trimmed(spoken)
        if turn.speaker:
            said = typed(text)
            draft.add("prompt", turn.line, None, said or text[:400], synthetic=not said)
        else:
            draft.add("reply", turn.line, None, text)
    draft.problems.append("A Markdown export holds neither times nor results of commands.")
    return (draft.session(),)


def _did(what: str, rest: str, line: int, draft: Draft) -> None:
    link, code = _LINK.search(rest), _CODE.search(rest)
    path = relative(link[1], None) if link else None
    command = code[1] if code else None
    if what.startswith("User "):
        if "command" not in rest:
            return
        if what == "User accepted":
            draft.put(Event("shell", line, None, command=command))
        else:
            draft.put(Event("reject", line, None, command=command, ok=False))
    elif what == "Ran":
        draft.put(Event("shell", line, None, command=command))
    elif what in ("Edited", "Created", "Wrote"):
        draft.put(Event("edit" if what == "Edited" else "write", line, None, path=path))
    elif what in ("Viewed", "Read"):
        draft.put(Event("read", line, None, path=path))
    else:
        draft.put(Event("search", line, None, path=path))
