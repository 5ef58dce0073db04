"""Notes by tools: lines that git-ai or an Agent Trace record attributes are told, with a log or without one."""

from __future__ import annotations

import json
from pathlib import Path

from evidence_cases import findings, graded_repository, rows
from repositories import Change

from graders.grade import Outcome

CODE = "".join(f"step_{n} = {n}\n" for n in range(50))
NOTE = """src/queue.py
  s_0a1b2c3d4e5f60::t_00112233445566 1-30
  h_31dce776f88375 31-40
---
{"schema_version": "authorship/3.0.0", "prompts": {}, "humans": {"h_31dce776f88375": {"author": "Sam"}},
 "sessions": {"s_0a1b2c3d4e5f60": {"agent_id": {"tool": "cursor", "id": "1", "model": "m"}}}}
"""


def test_notes_without_a_log_are_told(tmp_path: Path) -> None:
    """Where only git-ai's notes speak of the work, the grade says what they attribute, and the log is missing still."""
    grade = graded_repository(tmp_path, [Change({"src/queue.py": CODE, "api/rates.py": CODE}, "Work")], note=NOTE)
    (told,) = findings(grade, "ai_usage_log.notes")
    assert told.title == ("Notes by tools (cursor) attribute lines of 1 file at 1 commit: 30 to an AI, 10 to a person")
    assert (told.outcome, told.evidence[0].path, bool(told.evidence[0].commit)) == (
        Outcome.PASSED,
        "src/queue.py",
        True,
    )
    assert rows(grade, "coverage", folder="src/") == [{"folder": "src/", "added": 50, "mentioned": 50, "by": "a note"}]
    assert rows(grade, "coverage", folder="api/")[0]["mentioned"] == 0
    assert findings(grade, "ai_usage_log.presence")[0].outcome is Outcome.FAILED
    assert not findings(grade, "ai_usage_log.gap")


def test_a_record_of_lines_alone_is_told(tmp_path: Path) -> None:
    """The same for an Agent Trace record among the files, wherever the log may lie, with the place to open."""
    ranges = [{"start_line": 1, "end_line": 20}, {"start_line": 15, "end_line": 25}]
    talk = {"contributor": {"type": "ai"}, "ranges": ranges}
    record = {"version": "0.1.0", "tool": {"name": "amp"}, "files": [{"path": "src/queue.py", "conversations": [talk]}]}
    files = {"src/queue.py": CODE, "ai/trace.json": json.dumps(record, indent=1)}
    grade = graded_repository(tmp_path, [Change(files, "Work")])
    (told,) = findings(grade, "ai_usage_log.notes")
    assert told.title == "Notes by tools (amp) attribute lines of 1 file: 25 to an AI"
    assert (told.evidence[0].path, told.evidence[0].text) == ("ai/trace.json", "src/queue.py: 25 to an AI")
    assert rows(grade, "coverage", by="a note")[0]["folder"] == "src/"


def test_nothing_changes_without_notes(tmp_path: Path) -> None:
    """With neither a log nor notes the grade says what was searched, and nothing more."""
    grade = graded_repository(tmp_path, [Change({"src/queue.py": CODE}, "Work")])
    assert [finding.id for finding in grade.findings] == ["ai_usage_log.presence"]
    assert "coverage" not in grade.exhibits
