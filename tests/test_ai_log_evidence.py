"""What a log claims is held against a real repository: found with its place, or left open with what can explain it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evidence_cases import findings, graded_repository, place, rows
from repositories import MOMENT, Change

from graders.grade import Grade, Outcome

MONEY_BEFORE = "import csv\n\n\ndef price(text):\n    return float(text)\n"
MONEY_AFTER = "import csv\nfrom decimal import Decimal\n\n\ndef price(text):\n    return Decimal(text)\n"
BILLING = "".join(f"value_{number} = {number}\n" for number in range(60))
LOG = """# AI usage log
Tools: Claude Code

## 1. Amounts                                   2026-06-02 14:10 +00:00
**Prompt:** Write a parser in `src/amounts_that_never_came.py`.
**Correction:** It used float; I replaced float by Decimal, as D2 says. Removed `retry_forever`.
**Verification:** `pytest tests/test_money.py` -> 2 passed; read the diff; the slow path is not tested.
**Links:** src/money.py, tests/test_money.py::test_price, old/helper.py, `lost/file.py`, `data/leads.db`

## 2. Everything else
**Prompt:** Write the rest of src/service.py.
**Correction:** None needed.
**Verification:** Tried it by hand.
**Links:** 0123abc
"""


@pytest.fixture(scope="module")
def grade(tmp_path_factory: pytest.TempPathFactory) -> Grade:
    return graded_repository(
        tmp_path_factory.mktemp("evidence"),
        [
            Change({"src/money.py": MONEY_BEFORE, "src/service.py": "def run():\n    retry_forever()\n"}, "Draft"),
            Change({"src/money.py": MONEY_AFTER, "DECISIONS.md": "## D2. Amounts are decimals\n\nBecause of cents.\n"}),
            Change({"src/service.py": "def run():\n    pass\n", "old/helper.py": "x = 1\n"}, "No endless retry"),
            Change(
                {
                    "old/helper.py": None,
                    "tests/test_money.py": "def test_price():\n    pass\n",
                    "src/billing/rates.py": BILLING,
                    ".gitignore": "*.db\n",
                    "CLAUDE.md": "Use uv.\nNo pandas.\n",
                },
                "Tests",
            ),
            Change({"AI_LOG.md": LOG}, "Log"),
        ],
    )


def test_a_replacement_is_joined_to_its_hunk(grade: Grade) -> None:
    """ "I replaced float by Decimal" leads to the line that did it, and to a place to ask about."""
    found = findings(grade, "ai_usage_log.gap.replaced.")
    assert "`float` was replaced by `Decimal` at src/money.py:6" in {one.title.partition("says, ")[2] for one in found}
    claim = next(row for row in rows(grade, "claims", kind="correction") if "Decimal" in row["found"])
    assert (claim["result"], claim["evidence_path"], claim["evidence_line"]) == ("confirmed", "src/money.py", 6)
    assert len(claim["evidence_commit"]) == 40


def test_a_removal_is_joined_to_its_hunk(grade: Grade) -> None:
    """ "Removed retry_forever" leads to the commit that took it out."""
    claim = next(row for row in rows(grade, "claims", kind="correction") if "retry_forever" in row["text"])
    assert (claim["result"], claim["evidence_path"]) == ("confirmed", "src/service.py")


def test_links_lead_to_places_or_are_left_open(grade: Grade) -> None:
    """Files now and earlier, tests and decisions are found; what is not there has its likely reasons, and no blame."""
    found = {row["text"]: (row["result"], row["found"]) for row in rows(grade, "claims", kind="link")}
    assert found["old/helper.py"][0] == "confirmed"
    assert "in the history, not at this commit" in found["old/helper.py"][1]
    assert found["test_price"] == ("confirmed", "Test: test_price (tests/test_money.py:1).")
    assert found["D2"][1] == "Decision: D2. Amounts are decimals (DECISIONS.md:1)."
    assert found["lost/file.py"][0] == found["data/leads.db"][0] == found["0123abc"][0] == "could not check"
    assert ".gitignore" in found["data/leads.db"][1]
    assert "rebase" in found["0123abc"][1]
    assert "src/amounts_that_never_came.py" not in found


def test_statements_have_their_level(grade: Grade) -> None:
    """A named test is checkable, reading is stated only, "not tested" is no statement at all."""
    said = {row["text"]: (row["level"], row["result"]) for row in rows(grade, "claims", kind="verification")}
    assert said["`pytest tests/test_money.py` -> 2 passed"][0] == "checkable in the repository"
    assert said["read the diff"] == said["Tried it by hand"] == ("stated only", "could not check")
    assert not [text for text in said if "not tested" in text]


def test_nothing_honest_is_contradicted_or_noted_above_skipped(grade: Grade) -> None:
    """What cannot be found is never held against a log."""
    assert grade.measures["claims_contradicted"] == 0
    assert {one.outcome for one in grade.findings} <= {Outcome.PASSED, Outcome.SKIPPED}
    assert grade.outcome is Outcome.PASSED


def test_a_folder_that_nothing_speaks_of_is_named(grade: Grade) -> None:
    """Of 60 lines in a folder without a word in the log, it is said that they may be hand-written."""
    (found,) = findings(grade, "ai_usage_log.gap.folder.")
    assert found.title == "No log entry mentions src/billing/ (60 added lines)"
    assert "It may be hand-written" in found.detail
    (row,) = rows(grade, "coverage", folder="src/billing/")
    assert (row["added"], row["mentioned"]) == (60, 0)


def test_entries_without_change_and_stated_only_are_asked_about(grade: Grade) -> None:
    """The gaps have stable ids, a title of our own and the place in the log."""
    (accepted,) = findings(grade, "ai_usage_log.gap.accepted.")
    assert accepted.title == "Entry 2 was accepted without change: Everything else"
    assert place(accepted.evidence[0]) == ("AI_LOG.md", 12)
    (stated,) = findings(grade, "ai_usage_log.gap.stated.")
    assert place(stated.evidence[0]) == ("AI_LOG.md", 13)


def test_agent_files_and_the_time_line_are_shown(grade: Grade) -> None:
    """The candidate's own instructions for agents are listed, and entries stand in time."""
    assert rows(grade, "agent_files") == [{"path": "CLAUDE.md", "lines": 2, "from_starter": "no"}]
    assert [row["lane"] for row in rows(grade, "events")] == ["log-edit", "entry"]
    assert rows(grade, "events", lane="entry")[0]["label"] == "entry 1: Amounts"
    assert grade.measures["time_reading"]


def test_moments_quote_at_most_six_passages(grade: Grade) -> None:
    """Each moment has its rule, a short quote and a place."""
    moments = rows(grade, "moments")
    assert [row["kind"] for row in moments] == ["first prompt", "correction", "stated only"]
    assert all(len(row["quote"]) <= 240 and row["path"] == "AI_LOG.md" for row in moments)


def test_every_table_has_rows_of_one_form(grade: Grade) -> None:
    """Rows of a table have the same keys, and cells are scalars."""
    for table in grade.exhibits.values():
        assert len({tuple(row) for row in table}) <= 1
        assert all(isinstance(cell, int | float | str | None) for row in table for cell in row.values())


def test_without_a_log_nothing_else_changes(tmp_path: Path) -> None:
    """With no log there is one finding with the places searched, and no table of evidence."""
    grade = graded_repository(tmp_path, [Change({"app.py": "x = 1\n", "CLAUDE.md": "Be brief.\n"})])
    assert [one.id for one in grade.findings] == ["ai_usage_log.presence"]
    assert grade.exhibits == {"entries": (), "log_texts": ()}


def test_a_trailer_of_another_tool_is_asked_about(tmp_path: Path) -> None:
    """A commit that carries Claude's name beside a log that names ChatGPT only is worth a question, starter apart."""
    log = "Tools: ChatGPT\n\n## 1. A\n**Prompt:** x\n**Correction:** y\n"
    signed = "Work\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    commits = [
        Change({"starter.py": "x = 1\n", "other.py": "y = 1\n"}, signed),
        Change({"app.py": "z = 1\n"}, signed),
        Change({"AI_LOG.md": log}),
    ]
    grade = graded_repository(tmp_path, commits, {"starter.py": "x = 1\n", "other.py": "y = 1\n"})
    (found,) = findings(grade, "ai_usage_log.gap.tools.")
    assert found.title == "1 commit carries `Co-Authored-By: Claude`; the log names ChatGPT only"
    assert found.outcome is Outcome.SKIPPED


def test_times_far_away_are_noted_only_when_no_reading_fits(tmp_path: Path) -> None:
    """Three entries of another year are a question; local times stamped Z are read as what they are."""
    entries = "".join(f"## {n}. Work 2024-03-0{n} 10:00\n**Prompt:** x\n**Correction:** y\n\n" for n in range(1, 4))
    grade = graded_repository(tmp_path, [Change({"a.py": "x = 1\n", "AI_LOG.md": entries}, moment=MOMENT)])
    (found,) = findings(grade, "ai_usage_log.timeline.outside")
    assert found.title.startswith("3 entries lie more than a day outside")
    assert "git init" in found.detail


def test_secrets_in_history_reach_no_evidence(tmp_path: Path) -> None:
    """A key in a commit's subject or in a changed line is taken out before it is quoted."""
    key = "ghp_" + "a1B2" * 9
    log = "## 1. A\n**Prompt:** x\n**Correction:** replaced `old_token` by `new_token`\n**Links:** a.py\n"
    commits = [
        Change({"a.py": f"old_token = '{key}'\n"}, f"Use {key}"),
        Change({"a.py": f"new_token = '{key}'\n", "AI_LOG.md": log}, f"Drop {key}"),
    ]
    grade = graded_repository(tmp_path, commits)
    assert rows(grade, "claims", kind="correction")[0]["result"] == "confirmed"
    assert key not in str(grade)


BANNED = ("cheating", "fake", "fabricated", "suspicious", "dishonest", "tampered")


def test_our_words_accuse_nobody(grade: Grade) -> None:
    """None of the words that would accuse stands in what we say ourselves."""
    told = [f"{one.title} {one.detail}" for one in grade.findings]
    told += [
        str(row.get("found", "")) + str(row.get("title", "")) for table in grade.exhibits.values() for row in table
    ]
    assert not [word for word in BANNED if word in " ".join(told).casefold()]


@pytest.mark.slow
def test_a_log_of_thousands_of_claims_stays_within_bounds(tmp_path: Path) -> None:
    """However much a log claims, every table and list of findings ends."""
    entry = (
        "## {0}. W\n**Prompt:** p\n**Correction:** replaced `old{0}` by `new{0}`\n**Verification:** `test_{0}_x` ran\n"
    )
    log = "".join(entry.format(n) for n in range(1, 1_500))
    grade = graded_repository(tmp_path, [Change({"a.py": "x = 1\n"}), Change({"AI_LOG.md": log})])
    assert len(rows(grade, "claims")) == 300
    assert len(grade.findings) < 60
    assert grade.measures["claims_contradicted"] == 0


def test_a_transcript_in_the_repository_is_a_record(tmp_path: Path) -> None:
    """A handed-in session records a test run, gives facts and events, and speaks of the files that it edited."""
    events = [
        {"kind": "prompt", "when": "2025-11-24T16:00:00Z", "text": "Write the parser"},
        {"kind": "edit", "when": "2025-11-24T16:01:00Z", "path": "src/parser.py"},
        {"kind": "shell", "when": "2025-11-24T16:05:00Z", "command": "pytest tests/test_parser.py", "exit_code": 0},
    ]
    lines = [{"format": "harness-transcript", "v": 1, "tool": "Claude Code"}, *events]
    log = "## 1. A\n**Prompt:** p\n**Correction:** none\n**Verified:** `pytest tests/test_parser.py`, all passed\n"
    files = {
        "src/parser.py": "x = 1\n" * 50,
        "tests/test_parser.py": "def test_it():\n    pass\n",
        "ai/transcripts/1.jsonl": "\n".join(json.dumps(line) for line in lines) + "\n",
        "AI_LOG.md": log,
    }
    grade = graded_repository(tmp_path, [Change(files)])
    (claim,) = rows(grade, "claims", kind="verification")
    assert (claim["level"], claim["result"], claim["evidence_line"]) == ("machine-recorded", "confirmed", 4)
    (session,) = rows(grade, "sessions")
    assert (session["prompts"], session["tests"], session["tests_after_last_edit"]) == (1, 1, "yes")
    assert [row["lane"] for row in rows(grade, "events")] == ["log-edit", "prompt", "edit", "test"]
    assert rows(grade, "coverage", folder="src/")[0]["mentioned"] == 50
    assert grade.measures["claims_recorded"] == 1


def test_a_note_of_git_ai_speaks_of_its_files(tmp_path: Path) -> None:
    """Lines that a note attributes are not said to be hand-written."""
    note = 'src/engine.py\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-60\n---\n{"schema_version": "authorship/3.0.0"}\n'
    log = "## 1. A\n**Prompt:** p\n**Correction:** y\n**Links:** web/page.js\n"
    files = {"src/engine.py": "x = 1\n" * 60, "web/page.js": "let y = 2\n" * 50, "AI_LOG.md": log}
    grade = graded_repository(tmp_path, [Change(files)], note=note)
    (row,) = rows(grade, "coverage", folder="src/")
    assert (row["mentioned"], row["by"]) == (60, "a note")
    assert findings(grade, "ai_usage_log.gap.folder.") == []
