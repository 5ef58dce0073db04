"""The template of the AI usage log, for `harness ai-log init`. It reads back as a complete log once it is filled in."""

from __future__ import annotations

NAME = "AI_LOG.md"
DRAFT = "AI_LOG.draft.md"

TEMPLATE = """\
# AI usage log

Tools: _fill in_
Written: as I went | afterwards, from transcripts | afterwards, from memory
Transcripts: none

<!--
Fifteen minutes are enough. Write down four to eight moments that changed the work; nobody needs every prompt.

- Tools: which assistants and models. "none" is a complete log too: then delete the entries below.
- Written: keep one of the three. None of them is better than the others.
- Prompt: what you asked for. Your own words from then, or a summary.
- Correction: what you changed, turned down or did yourself, and why. "None needed" is a complete answer.
- Verification: how you checked it: a command and its result, a test, a careful reading. "Not tested" is complete too.
- Links: what helps to find it: commits, files, tests. Leave the line out where there is nothing.
- Dates as YYYY-MM-DD; with a time, its offset from UTC. No keys or passwords, nobody's personal data.

People read this and talk with you about it; no machine gives it points. `harness ai-log check` shows what they see.
-->

## 1. _title_                                    _YYYY-MM-DD HH:MM +HH:MM_
**Prompt:** _fill in_
**Correction:** _fill in_
**Verification:** _fill in_
**Links:** _fill in_

## 2. _title_                                    _YYYY-MM-DD HH:MM +HH:MM_
**Prompt:** _fill in_
**Correction:** _fill in_
**Verification:** _fill in_
**Links:** _fill in_

## Not delegated
- _fill in_
"""
"""What the file holds before anything is filled in."""
