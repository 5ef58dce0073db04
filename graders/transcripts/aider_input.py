"""Aider's .aider.input.history: what the person entered, line by line behind a +, and when; nothing else."""

from __future__ import annotations

import itertools
import re

from graders.transcripts.aider import TOOL, entered
from graders.transcripts.draft import Draft
from graders.transcripts.session import Session
from graders.transcripts.source import Source

_TIME = re.compile(r"^# (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)\s*$")


def fits(source: Source) -> bool:
    lines = [line for line in source.head.split("\n") if line.strip()][:40]
    return any(_TIME.match(line) and after.startswith("+") for line, after in itertools.pairwise(lines))


def read(source: Source) -> tuple[Session, ...]:
    """One session with everything: the file does not say where one chat ends."""
    draft = Draft(TOOL, source.path)
    when, start = None, 0
    text: list[str] = []
    for number, line in enumerate([*source.lines, "#"], start=1):
        if line.startswith("+"):
            start = start or number
            text.append(line[1:])
            continue
        if text:
            entered("\n".join(text), start, when, draft)
        text, start = [], 0
        if mark := _TIME.match(line):
            when = mark[1]
        elif line.strip() and line != "#":
            draft.bad_lines += 1
    draft.lines = sum(1 for line in source.lines if line.strip())
    draft.problems.append("Only what was entered is recorded; edits and commands are not in this file.")
    return (draft.session(),)
