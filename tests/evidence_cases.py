"""What tests of the log's evidence share: a graded case from a real repository, and plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from repositories import Change, add_commits, make_repository, run

from graders import ai_usage_log
from graders.ai_log.entry import Entry, Part, make
from graders.grade import Evidence, Finding, Grade
from graders.transcripts import Event, Session
from sandbox import fetch

NOON = datetime(2026, 6, 2, 12, 0, tzinfo=UTC)


def graded_repository(
    folder: Path, commits: Sequence[Change], starter: Mapping[str, str] | None = None, note: str = ""
) -> Grade:
    """The AI usage log's grade of a repository with these commits, read with real git; nothing is run.

    `note`: what git-ai noted beside the last of them.
    """
    repository = make_repository(folder / "theirs", None, commits)
    if note:
        last = run(repository, "rev-parse", "HEAD")
        add_commits(repository, [Change({last: note}, "Notes")], branch="refs/notes/ai")
    into = folder / "ours"
    into.mkdir()
    case: Any = SimpleNamespace(
        submission=fetch(str(repository), into=into),
        challenge=SimpleNamespace(
            starter={path: text.encode() for path, text in (starter or {}).items()},
            handed_out={path: text.encode() for path, text in (starter or {}).items()},
            submission=SimpleNamespace(ai_usage_log_required=True, test="python -m pytest"),
        ),
        ai_log=None,
        manifest=SimpleNamespace(test=None),
        own_tests=lambda: None,
        open_earlier=None,
    )
    return ai_usage_log.grade(case)


def entry(n: int = 1, when: str = "", title: str = "A piece of work", **parts: str) -> Entry:
    """An entry whose parts start at the lines 2, 3, ..."""
    written = {name: Part(text, line) for line, (name, text) in enumerate(parts.items(), start=2)}
    if when:
        written["when"] = Part(when, 1)
    return make(title, "AI_LOG.md", 1, written).numbered(n)


def session(*events: Event, tool: str = "Claude Code") -> Session:
    """A session of these events."""
    return Session(tool, "ai/transcripts/1.jsonl", events)


def findings(grade: Grade, start: str) -> list[Finding]:
    """The findings whose id starts so."""
    return [one for one in grade.findings if one.id.startswith(start)]


def rows(grade: Grade, table: str, **cells: Any) -> list[dict[str, Any]]:
    """The rows of an exhibit that hold these cells."""
    return [row for row in grade.exhibits.get(table, ()) if all(row[key] == value for key, value in cells.items())]


def place(evidence: Evidence) -> tuple[str | None, int | None]:
    return evidence.path, evidence.line
