"""The Markdown export of a task of Cline, Roo or Kilo: `**User:**` and `**Assistant:**` between rules."""

from __future__ import annotations

import re

from graders.transcripts.cline import answered, called
from graders.transcripts.draft import Draft
from graders.transcripts.session import Session
from graders.transcripts.source import Source
from graders.transcripts.turns import turns
from graders.transcripts.typed import is_result, typed
from graders.transcripts.xml_tools import xml_calls

TOOL = "Cline"
_MARKS = {"**User:**": True, "**Assistant:**": False}
_OWN = re.compile(r"<task>|<environment_details>|^\[[a-z_]{3,40}[^\]\n]{0,300}\] Result:", re.MULTILINE)


def fits(source: Source) -> bool:
    text = source.text
    return "**User:**\n" in text and "**Assistant:**\n" in text and bool(_OWN.search(text[:400_000]))


def read(source: Source) -> tuple[Session, ...]:
    draft = Draft(TOOL, source.path)
    draft.lines = len(source.lines)
    for turn in turns(source.lines, lambda line: _MARKS.get(line.strip())):
        text = turn.text
        if turn.speaker:
            said = typed(text)
            if is_result(text):
                answered(text, turn.line, None, draft)
            else:
                draft.add("prompt", turn.line, None, said or text[:400], synthetic=not said)
            continue
        calls, spoken = xml_calls(text)
        draft.add("reply", turn.line, None, spoken)
        for tool, given in calls:
            called(tool, given, turn.line, None, draft)
    draft.problems.append("A Markdown export holds no times.")
    return (draft.session(),)
