"""Cursor's older agent transcripts: plain text with `user:` and `assistant:` alone on a line, and marks in brackets."""

from __future__ import annotations

import re

from graders.transcripts.draft import Draft
from graders.transcripts.session import Session
from graders.transcripts.source import Source
from graders.transcripts.tools import tool_events
from graders.transcripts.typed import typed

TOOL = "Cursor"
_SPEAKERS = {"user:": "user", "assistant:": "assistant", "A:": "assistant"}
_MARK = re.compile(r"\[(Tool call|Tool result|Thinking)\] ?(\S{0,80})")
_ARGUMENT = re.compile(r"^ {2}([A-Za-z_]{1,40}): ?(.*)$")


def fits(source: Source) -> bool:
    start = source.head.lstrip()
    if not start.startswith(("user:\n", "assistant:\n")):
        return False
    return "<user_query>" in source.head or "\n[Tool call] " in source.text


def read(source: Source) -> tuple[Session, ...]:
    """The one session of a file; what stands between two marks belongs to the first."""
    draft = Draft(TOOL, source.path)
    tagged = "<user_query>" in source.text
    speaker, mark, start, kept = "", "", 1, list[str]()
    for number, line in enumerate([*source.lines, "user:"], start=1):
        found = _MARK.match(line) if speaker == "assistant" else None
        if line in _SPEAKERS or found:
            _said(speaker, mark, start, kept, draft, tagged=tagged)
            speaker = _SPEAKERS.get(line, speaker)
            mark = found[0] if found and found[1] != "Thinking" else "[Thinking]" if found else ""
            start, kept = number, []
        else:
            kept.append(line)
    draft.lines = len(source.lines)
    draft.problems.append("It holds no times and no results of commands.")
    return (draft.session(),)


def _said(speaker: str, mark: str, line: int, kept: list[str], draft: Draft, *, tagged: bool) -> None:
    text = "\n".join(kept).strip()
    if not text and not mark:
        return
    if speaker == "user":
        said = typed(text) if not tagged or "<user_query>" in text else ""
        draft.add("prompt", line, None, said or text[:400], synthetic=not said)
    elif mark.startswith("[Tool call] "):
        draft.call(None, tool_events(mark.split()[-1], _arguments(kept), line, None, draft))
    elif mark == "[Thinking]" and text:
        # One line (or paragraph) of thought; what follows an empty line was said.
        draft.add("reply", line, None, "\n".join(kept).partition("\n\n")[2] if kept[0] else text)
    elif speaker == "assistant" and not mark:
        draft.add("reply", line, None, text)


def _arguments(lines: list[str]) -> dict[str, str]:
    """`  name: value` below a call; further lines belong to the value."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if (argument := _ARGUMENT.match(line)) and len(found) < 40:
            name = argument[1]
            found[name] = [argument[2]]
        elif name:
            found[name].append(line)
    return {key: "\n".join(value).rstrip() for key, value in found.items()}
