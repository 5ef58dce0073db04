"""Transcripts: what each format keeps beside the counts (results, paths, commits), and what a transcript is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from transcript_samples import DATA, first, only, sessions

from graders.ai_log.document import read_document
from graders.ai_log.session_gaps import with_gaps
from graders.transcripts import Event, Session, distinct, read_sessions
from graders.transcripts.opencode import read_tree


def test_a_claude_code_session_keeps_what_came_of_each_call() -> None:
    """Results are joined to their calls: patches to edits, exit codes and words to commands, feedback to refusals."""
    session = only("claude-code-2.1.jsonl")
    assert (session.id, session.version, session.branch) == ("5a1e", "2.1.30", "main")
    assert (session.cwd, session.models) == ("/home/sam/parcels", ("claude-opus-4-6",))
    edit, write = session.edits
    assert (edit.path, edit.added, edit.removed, edit.ok) == ("parcels/rules.py", 2, 1, True)
    assert (write.kind, write.path, write.added, write.removed) == ("write", "parcels/weights.py", 3, 0)
    failed, passed, typed_in = session.shells
    assert (failed.command, failed.ok, failed.exit_code) == ("python -m pytest -q", False, 1)
    assert (passed.ok, passed.text) == (True, "4 passed in 0.21s")
    assert typed_in.command == "git status --short"
    refused = first(session, "reject")
    assert (refused.path, refused.text) == ("parcels/rules.py", "Keep the parsing in one place.")
    assert first(session, "user_edit").path == "parcels/rules.py"
    assert session.started == datetime(2026, 3, 2, 9, 1, tzinfo=UTC)
    assert [prompt.text for prompt in session.prompts][1] == "Use Decimal for weights, not float."
    assert sum(event.synthetic for event in session.events) == 4


def test_a_session_says_when_its_beginning_is_missing() -> None:
    """A file that starts with a compaction, or whose records follow on absent ones, says so and accuses nobody."""
    record = (
        '{"type":"user","uuid":"b","parentUuid":"a","sessionId":"s","isCompactSummary":true,'
        '"message":{"role":"user","content":"This session is being continued from a previous conversation."}}\n'
        '{"type":"user","uuid":"d","parentUuid":"c","sessionId":"s","message":{"role":"user","content":"go on"}}\n'
    )
    session = read_sessions("x", record.encode())[0]
    assert session.truncated
    assert session.compactions == 1
    assert session.problems == (
        "It starts after a compaction; earlier turns are not in the file.",
        "Records that follow on one that is not in the file: 1.",
    )


def test_a_resumed_session_counts_once() -> None:
    """Records that a file repeats (under the same id) are read once."""
    line = '{"type":"user","uuid":"b","sessionId":"s","message":{"role":"user","content":"hello"}}\n'
    assert len(read_sessions("x", (line * 3).encode())[0].prompts) == 1


def test_subagents_are_no_people() -> None:
    """What an agent asks of another agent is no prompt of a person's, in the file of a subagent too."""
    asked = (
        '{"type":"user","uuid":"b","sessionId":"s","isSidechain":true,"agentId":"a1",'
        '"message":{"role":"user","content":"look"}}'
    )
    assert read_sessions("x.jsonl", asked.encode())[0].prompts == ()
    plain_record = asked.replace('"isSidechain":true,"agentId":"a1",', "")
    assert len(read_sessions("s.jsonl", plain_record.encode())[0].prompts) == 1
    assert read_sessions("s/subagents/agent-a1.jsonl", plain_record.encode())[0].prompts == ()


def test_codex_keeps_exit_codes_and_the_commit() -> None:
    """The commit at the start, exit codes from either stream, and every file of a patch are kept."""
    session = only("codex-0.98.jsonl")
    assert session.head_commit == "0123456789abcdef0123456789abcdef01234567"
    assert [(edit.kind, edit.path, edit.added, edit.removed) for edit in session.edits] == [
        ("edit", "printer.py", 1, 1),
        ("write", "tests/test_printer.py", 2, 0),
        ("edit", "printer.py", 1, 1),
    ]
    assert [(shell.command, shell.exit_code, shell.ok) for shell in session.shells] == [
        ("pytest -q", 1, False),
        ("pytest -q", 0, True),
    ]
    assert [prompt.text for prompt in session.prompts] == ["Make the label printer retry twice.", "run the tests again"]
    assert first(session, "reject").command == "rm -rf out"


def test_a_copied_conversation_keeps_counts_and_exit_codes() -> None:
    """The lines of an edit, a command over two lines and its exit code are read from the text of a terminal."""
    session = only("claude-code-export.txt")
    assert [(e.kind, e.path, e.added, e.removed) for e in session.edits] == [
        ("edit", "parcels/rules.py", 3, 1),
        ("write", "parcels/weights.py", 12, None),
    ]
    assert (session.shells[0].command, session.shells[0].exit_code) == ("python -m pytest -q tests/test_rules.py", 1)
    assert session.prompts[0].text == "Parcels that weigh 0 should be refused.\nWhere is that checked?"
    assert (session.version, session.started) == ("2.1.12", None)


def test_specstory_keeps_commands_and_counts() -> None:
    """Commands, exit codes, paths and changed lines are taken from the blocks, of new and old versions."""
    new, old = only("specstory-2.1.md"), only("specstory-old-cursor.md")
    assert (new.shells[0].command, new.shells[0].exit_code) == ("cd api\npytest -q", 2)
    assert (new.edits[0].path, new.edits[0].added, new.edits[0].removed) == ("parcels/model.py", 2, 1)
    assert first(new, "reject").command == "npm run lint"
    assert new.started == datetime(2026, 4, 1, 8, tzinfo=UTC)
    assert new.version == "SpecStory v2.1.0"
    assert (old.shells[0].command, old.shells[0].text) == ("npm test", "12 passing")
    assert (old.edits[0].path, old.edits[0].added, old.edits[0].removed) == ("src/printer.ts", 3, 1)


def test_aider_joins_edits_to_commits() -> None:
    """An applied edit carries its lines and the commit that Aider made of it; its times are local."""
    one, two = sessions("aider.md")
    edit = one.edits[0]
    assert (edit.path, edit.added, edit.removed) == ("src/rates.py", 1, 1)
    assert edit.text == "commit 1a2b3c4: fix: Round rates up to the cent"
    assert one.prompts[0].text == "Round rates up to the cent.\nUse ROUND_UP."
    assert (one.local_times, one.version, one.models) == (True, "0.86.1", ("gpt-5",))
    assert two.started == datetime(2026, 1, 20, 11, 30, tzinfo=UTC)


def test_copilot_reads_terminals_refusals_and_windows_paths() -> None:
    """Consent, exit codes and what the person did with the edits are read; paths have forward slashes."""
    session = only("copilot-chat-3.json")
    assert (session.shells[0].command, session.shells[0].exit_code) == ("npm test", 0)
    assert first(session, "reject").command == "git push"
    assert session.edits[0].path == "~/parcels/rules.py"
    assert (session.edits[0].added, session.edits[0].removed) == (2, 1)
    cli = only("copilot-cli.jsonl")
    assert cli.head_commit == "3a97d3e01e093f632865982193c9506debda3a00"
    assert (cli.shells[0].exit_code, cli.shells[0].ok) == (1, False)
    assert first(cli, "reject").command == "git push"


def test_results_are_joined_in_the_other_formats() -> None:
    """Exit codes, success and changed lines come from wherever a format keeps them."""
    gemini = only("gemini.json")
    assert (gemini.edits[0].added, gemini.edits[0].removed, gemini.edits[0].path) == (2, 1, "~/parcels/sort.py")
    assert (gemini.shells[0].exit_code, gemini.shells[0].ok) == (1, False)
    opencode = only("opencode-export.json")
    assert (opencode.shells[0].exit_code, opencode.shells[0].ok) == (1, False)
    assert (opencode.edits[0].path, opencode.edits[0].added) == ("rates.py", 1)
    amp = only("amp.json")
    assert (amp.shells[0].exit_code, amp.cwd) == (1, "/home/sam/parcels")
    assert only("pi.jsonl").shells[0].ok is False
    assert only("windsurf.jsonl").shells[0].exit_code == 1
    assert only("cline-ui.json").shells[0].text == "3 passed"
    assert only("cline-api.json").shells[0].text == "Command executed.\n3 passed"
    assert (only("cline-ui.json").edits[0].added, only("cline-ui.json").edits[0].removed) == (2, 1)


def test_opencode_storage_is_put_together() -> None:
    """The many small files of a session become one session, with who said what."""
    root = DATA / "opencode-storage"
    files = {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.json")}
    (session,) = read_tree(files)
    assert (session.id, session.cwd, session.models) == ("oc2", "/home/sam/parcels", ("gpt-5",))
    assert [(event.kind, event.text or event.command) for event in session.events] == [
        ("prompt", "cap it"),
        ("shell", "ls"),
    ]


def test_the_same_session_in_two_files_counts_once() -> None:
    """A history of prompts beside the session itself, or a copy of it, adds nothing."""
    whole = only("claude-code-2.1.jsonl")
    prompts = Session("Claude Code", "history.jsonl", whole.prompts[:2])
    other = only("codex-0.98.jsonl")
    assert distinct((prompts, whole, whole, other)) == (whole, other)
    assert distinct((prompts, other)) == (prompts, other)


def test_a_fork_counts_what_is_its_own() -> None:
    """A session that goes on from another repeats it: each prompt counts once, and the session says why."""
    whole = only("claude-code-2.1.jsonl")
    more = Event("prompt", 99, datetime(2026, 3, 3, 9, tzinfo=UTC), "and the printer")
    fork = replace(whole, path="ai/fork.jsonl", id="fork", events=(*whole.events, more))
    kept, own = distinct((whole, fork))
    assert kept == whole
    assert [prompt.text for prompt in own.prompts] == ["and the printer"]
    assert own.problems[-1].startswith("It goes on from another session; ")
    later = replace(fork, events=(replace(first(whole, "prompt"), when=more.when, synthetic=False), more))
    assert distinct((whole, later)) == (whole, later)


def test_a_document_carries_its_sessions() -> None:
    """A transcript in the place of the log gives the person's prompts as entries, and the sessions beside them."""
    text = (DATA / "claude-code-2.1.jsonl").read_text(encoding="utf-8")
    document = read_document(text, "ai/transcripts/s1.jsonl")
    assert (document.kind, document.shape) == ("transcript", "transcript of Claude Code")
    assert len(document.entries) == 4
    assert document.sessions == read_sessions("ai/transcripts/s1.jsonl", text.encode())
    assert document.entries[0].when == "2026-03-02 09:03:00+00:00"
    aider = read_document((DATA / "aider.md").read_text(encoding="utf-8"), ".aider.chat.history.md")
    assert aider.entries[0].when == "2026-01-20 10:00:00"


@pytest.mark.parametrize(
    "text",
    [
        '{"timestamp": "2026-01-01", "prompt": "x", "response_summary": "y"}\n{"prompt": "z", "notes": "n"}\n',
        "# AI log\n\n## 1. Import\n\nPrompt: read CSV\nCorrection: none needed\nVerification: pytest\n",
        '{"entries": [{"prompt": "a", "correction": "b", "verification": "c"}]}',
        '[{"id": 1, "directory": "x", "messages": []}]',
        '{"name": "x", "version": "1.0.0", "dependencies": {}}',
        "",
        "{",
        "[]",
    ],
)
def test_a_log_is_no_transcript(text: str) -> None:
    """What people write themselves, and other JSON, is left to the other readers."""
    assert read_sessions("AI_LOG.md", text.encode()) == ()


def test_gaps_of_a_session_are_said_without_a_conclusion() -> None:
    """Work on other files, no prompt, and no times are said beside the session; what is whole says nothing."""
    whole = only("claude-code-2.1.jsonl")
    kept = with_gaps([whole], ["parcels/rules.py", "README.md"])[0]
    assert kept.problems == whole.problems
    elsewhere = with_gaps([whole], ["src/app.py"])[0]
    assert elsewhere.problems[-1] == (
        "None of the 2 files that it changes is in the repository: parcels/rules.py. It may be a session of other work."
    )
    agents = with_gaps([only("codex-exec.jsonl")], ["main.go"])[0]
    assert agents.problems == (
        "It holds no prompt: it is an agent's own session, or its prompts were not kept.",
        "It holds no times.",
    )
    assert with_gaps([only("opencode-export.json")], ["api/rates.py"])[0].problems == ()
    (gone,) = with_gaps([only("opencode-export.json")], ["api/other_rates.py"])
    assert gone.problems[-1].startswith("The file that it changes is not in the repository: rates.py.")


def test_a_record_of_authorship_is_no_log() -> None:
    """An Agent Trace record in the place of the log is told apart, and none of its fields is an entry."""
    document = read_document((DATA / "agent-trace.json").read_text(encoding="utf-8"), "ai/trace.json")
    assert (document.kind, document.shape) == ("transcript", "record of which lines an AI wrote")
    assert document.entries == ()
