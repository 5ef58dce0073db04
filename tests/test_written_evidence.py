"""Written evidence is found with its places; a template that nobody filled in is not taken for one."""

# ruff: noqa: E501 - the documents stand here as people write them, with their long lines

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from challenges import export, load, new
from graders import written_evidence
from graders.decision_log import read_decisions
from graders.grade import Finding, Grade, Outcome
from graders.time_stated import times_stated

REQUIRED = ("decision_log", "readme", "time_box")
DECISIONS_TEMPLATE = """# Decisions

<!-- The ones that mattered. -->

## D1. _title_

**Context:** _what made a decision necessary_
**Options:** _what you considered_
**Choice:** _what you chose, and why_
"""
README_TEMPLATE = """# Lead ingestion

## Run

    uvicorn app.main:app --host 127.0.0.1 --port 8000

## Time box

<!-- How long did it take you (of 4 hours)? -->
"""
BRIEF = """# Lead ingestion

*Round 1: built at home, in your own time. Time box: **4 hours**. We reckon that it took us three hours.*

Build a service that takes in leads. Decisions that mattered belong into DECISIONS.md, because we talk about them.
"""
STARTER = {"DECISIONS.md": DECISIONS_TEMPLATE, "README.md": README_TEMPLATE}

DECISIONS = """# Decisions

## D1. SQLite, not a JSON file

**Context:** Leads must survive a restart.
**Options:** JSON file, SQLite, PostgreSQL.
**Choice:** SQLite, because one transaction makes an import all or nothing.
**Consequences:** One writer at a time.

## D2. Newest value wins
Simple to tell the sales team.
"""
README = (
    README_TEMPLATE
    + """
3 h 40 min. I left the outbound rate limit out on purpose, and would harden it first: a burst of imports
would otherwise run into the limits of the table, and rows would be lost without anybody seeing it.

## What I would do next

A queue that outlives a crash.
"""
)


def graded(
    files: dict[str, str | bytes], required: tuple[str, ...] = REQUIRED, starter: dict[str, str] | None = None
) -> Grade:
    """The grade of a submission with these files."""
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    case: Any = SimpleNamespace(
        submission=SimpleNamespace(
            files=tuple(SimpleNamespace(path=path, size=len(text), is_link=False) for path, text in contents.items()),
            read_many=lambda paths, limit: {path: contents[path][:limit] for path in paths},
        ),
        challenge=SimpleNamespace(
            handed_out={path: text.encode() for path, text in (STARTER if starter is None else starter).items()},
            submission=SimpleNamespace(written_evidence=required),
        ),
    )
    return written_evidence.grade(case)


def finding(grade: Grade, name: str) -> Finding:
    return next(one for one in grade.findings if one.id == f"written_evidence.{name}")


def test_tells_what_was_written() -> None:
    """Decision log, README and the stated time, each with places."""
    grade = graded({"DECISIONS.md": DECISIONS, "README.md": README})
    assert grade.outcome is Outcome.PASSED
    assert grade.measures["decisions"] == 2
    assert (grade.measures["decisions_with_alternatives"], grade.measures["decisions_with_consequences"]) == (1, 1)
    assert grade.measures["minutes_stated"] == 220
    assert [(row["title"], row["line"]) for row in grade.exhibits["decisions"]] == [
        ("D1. SQLite, not a JSON file", 3), ("D2. Newest value wins", 10)
    ]  # fmt: skip
    assert finding(grade, "time_box").evidence[0].line == 11
    assert "No part was found" in finding(grade, "readme").detail


def test_unfilled_templates_are_missing_deliverables() -> None:
    """The challenge's own texts count as nothing written, and the finding says that this is what they are."""
    grade = graded({"DECISIONS.md": DECISIONS_TEMPLATE, "README.md": README_TEMPLATE})
    assert grade.outcome is Outcome.FAILED
    for name in REQUIRED:
        assert finding(grade, name).outcome is Outcome.FAILED
    assert "template" in finding(grade, "decision_log").detail
    assert "unchanged" in finding(grade, "readme").detail
    assert grade.measures["decisions"] == 0


@pytest.mark.parametrize("path", ["BRIEF.md", "brief.md", "docs/task.md"])
def test_the_briefs_time_box_is_not_the_time_that_the_candidate_stated(path: str) -> None:
    """A submission that keeps the exported brief, wherever it lies, states no time by that."""
    sent = {"BRIEF.md": BRIEF, **STARTER}
    grade = graded({path: BRIEF, "README.md": README_TEMPLATE}, starter=sent)
    assert finding(grade, "time_box").outcome is Outcome.FAILED
    assert grade.measures["minutes_stated"] is None
    stated = graded({path: BRIEF, "README.md": README}, starter=sent)
    assert stated.measures["minutes_stated"] == 220
    assert {one.path for one in finding(stated, "time_box").evidence} == {"README.md"}


def test_the_briefs_words_in_a_readme_are_not_the_candidates() -> None:
    """A README that is the brief once more counts as nothing written, and what is written below it as the rest."""
    sent = {"BRIEF.md": BRIEF, **STARTER}
    copied = graded({"README.md": BRIEF}, starter=sent)
    assert finding(copied, "readme").outcome is Outcome.FAILED
    assert copied.measures["readme_words"] == 0
    quoted = BRIEF.split("\n")[2]
    more = (
        "Run it with `make run`. Wherever a lead comes twice, the newer one wins, and the older one is kept in a log."
    )
    below = graded({"README.md": f"# Leads\n\n{quoted}\n\n{more}\n"}, starter=sent)
    assert below.measures["readme_words"] == 1 + len(re.findall(r"\w+", more))


def test_a_heading_that_the_brief_has_too_is_the_candidates() -> None:
    """Short lines stand in many documents: a README's heading counts although the brief has the same."""
    grade = graded({"README.md": README}, starter={"BRIEF.md": BRIEF + "\n## What I would do next\n"})
    assert "limits and next steps" in finding(grade, "readme").detail.partition("No part")[0]


def test_a_handed_out_decision_log_that_was_moved_is_still_the_challenges() -> None:
    """The template under another name holds nobody's decisions."""
    template = DECISIONS_TEMPLATE.replace("_title_", "Which store")
    moved = graded({"docs/decisions.md": template}, starter={"DECISIONS.md": template})
    assert moved.measures["decisions"] == 0
    assert finding(moved, "decision_log").outcome is Outcome.FAILED


def test_only_what_is_asked_for_can_be_missing() -> None:
    """What the challenge does not ask for is skipped when it is not there."""
    grade = graded({}, required=())
    assert grade.outcome is Outcome.PASSED
    assert {one.outcome for one in grade.findings} == {Outcome.SKIPPED}
    assert graded({}, required=("walkthrough",)).outcome is Outcome.FAILED


def test_evidence_that_is_not_known_is_said() -> None:
    """A name that this version does not know fails nobody."""
    grade = graded({}, required=("interpretive_dance",))
    assert grade.outcome is Outcome.PASSED
    assert "does not know" in finding(grade, "interpretive_dance").detail


SHAPES = [
    ("headings", "DECISIONS.md", DECISIONS, 2),
    ("table", "docs/decisions.md", "| Decision | Alternatives | Why |\n|-|-|-|\n| SQLite | JSON | simple |\n| One process | | |\n", 2),
    ("bullets", "DECISIONS.md", "# Decisions\n\n- SQLite instead of a file, because of crashes\n- No queue, to keep it small\n", 2),
    ("numbered", "decision-log.md", "1. SQLite rather than Postgres\n2. Retry three times only\n", 2),
    ("one record a file", "docs/adr/0001-use-sqlite.md", "# 1. Use SQLite\n\n## Status\nAccepted\n\n## Context\nRestarts.\n\n## Decision\nSQLite.\n\n## Consequences\nOne writer.\n", 1),
    ("korean", "DECISIONS.md", "## 1. SQLite\n**대안:** JSON\n**이유:** 단순함\n", 1),
    ("russian", "DECISIONS.md", "## 1. SQLite\n**Альтернативы:** JSON\n**Почему:** проще\n", 1),
    ("with a template above", "DECISIONS.md", DECISIONS_TEMPLATE + "\n## D2. Gzip\n**Choice:** gzip, because small\n", 1),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "count"), [one[1:] for one in SHAPES], ids=[one[0] for one in SHAPES])
def test_reads_decisions_in_their_usual_shapes(path: str, text: str, count: int) -> None:
    """Records, headings, tables and bullets each give their decisions."""
    known = frozenset(line.strip() for line in DECISIONS_TEMPLATE.split("\n"))
    found = read_decisions(text, path, known if "template" in text or "_title_" in text else frozenset())
    assert len(found) == count
    assert all(text.split("\n")[one.line - 1].strip() for one in found)
    grade = graded({path: text}, starter={"DECISIONS.md": DECISIONS_TEMPLATE})
    assert finding(grade, "decision_log").outcome is Outcome.PASSED


def test_decisions_in_a_readme_count() -> None:
    """A README's passage on decisions serves as the log."""
    grade = graded(
        {
            "README.md": "# Leads\n\n## Design decisions\n\n- SQLite instead of a file\n- No queue, to keep it small\n\n## Other\n\n- not one of them at all\n"
        }
    )
    assert grade.measures["decisions"] == 2


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("I spent 3 h 40 min on it.", 220), ("Time spent: 3h40", 220), ("It took about 4 hours.", 240), ("Total: 3.5 hours", 210),
        ("Time: 3,5 h", 210), ("Took me 230 minutes", 230), ("Stopped after 3 of 4 hours.", 180), ("Time spent: 3:50", 230),
        ("I worked three and a half hours on this", 210), ("## Time box\n\n3 h 50 min, of which 30 min reading", 230),
        ("Tiempo: 4 horas", 240), ("затрачено 4 часа", 240), ("소요 시간: 4시간", 240), ("took four hours", 240),
    ],
)  # fmt: skip
def test_reads_stated_times(text: str, minutes: int) -> None:
    """A stated time is read as minutes, in the ways that people write it."""
    stated = times_stated("README.md", text, enumerate(text.split("\n"), start=1))
    assert [one.minutes for one in stated] == [minutes]


@pytest.mark.parametrize(
    "text", ["The retry waits 5 minutes.", "GET /health within 15 s", "version 3.4", "Runs at 10:30."]
)
def test_other_numbers_are_no_stated_times(text: str) -> None:
    """Numbers that say nothing of the work's time are left alone."""
    assert times_stated("README.md", text, enumerate([text], start=1)) == ()


def test_walkthroughs_are_listed_and_not_opened() -> None:
    """Films and links to them are named with their places."""
    grade = graded({"README.md": README + "\nWalkthrough: https://www.loom.com/share/abc123.\n", "demo.mp4": b"\x00"})
    found = finding(grade, "walkthrough")
    assert found.outcome is Outcome.PASSED
    assert "https://www.loom.com/share/abc123" in found.title
    assert "not opened" in found.detail
    assert grade.measures["walkthrough_files"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [b"\x00" * 100_000, b"#" * 400_000, b"|" * 300_000, b"\xff\xfe" + "## A\n".encode("utf-16-le") * 9_000, b"- because " * 40_000],
    ids=["nul", "hashes", "bars", "utf-16", "bullets"],
)  # fmt: skip
def test_hostile_documents_do_no_harm(content: bytes) -> None:
    """No document brings the grader down or puts into the grade what cannot be written."""
    grade = graded({"README.md": content, "DECISIONS.md": content, "docs/adr/0001-x.md": content})
    assert str(grade).encode("utf-8")


def test_secrets_in_documents_are_left_out() -> None:
    """A key in a README reaches no finding."""
    token = "ghp_" + "a1B2" * 9
    grade = graded({"README.md": README + f"\nVideo: https://example.org/video?token={token} took 3 hours\n"})
    assert token not in str(grade)


@pytest.mark.parametrize("contract", ["http-service", "command-line", "library", None])
def test_what_was_handed_out_and_left_as_it_came_is_no_evidence(contract: str | None, tmp_path: Path) -> None:
    """The export of a pack, handed in untouched: no word, no time and no decision of a candidate's is in it."""
    if contract:
        new("tiny", tmp_path, contract)
    challenge = load("tiny", tmp_path) if contract else load("lead-ingestion")
    export(challenge, tmp_path / "export")
    handed_in = {str(path.relative_to(tmp_path / "export")): path for path in (tmp_path / "export").rglob("*.*")}
    sent = {path: content.decode() for path, content in challenge.handed_out.items()}
    grade = graded({path: file.read_bytes() for path, file in handed_in.items() if file.is_file()}, starter=sent)
    assert {one.id: one.outcome for one in grade.findings if one.outcome is Outcome.PASSED} == {}
    assert (grade.measures["readme_words"], grade.measures["minutes_stated"]) == (0, None)
