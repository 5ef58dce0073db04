"""Transcripts: every format reads with the counts that its content holds. The golden numbers were counted by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from graders.ai_log.document import read_document
from graders.ai_log.search import search
from graders.ai_log.session_gaps import with_gaps
from graders.transcripts import (
    IMPORTERS,
    Event,
    Session,
    distinct,
    neutral,
    read_sessions,
)
from graders.transcripts.opencode import read_tree
from graders.transcripts.source import Source

DATA = Path(__file__).parent / "transcripts"

# file, tool, prompts, edits, shells, bad lines, unknown records, other events
GOLDEN: list[tuple[str, str, int, int, int, int, int, dict[str, int]]] = [
    (
        "claude-code-2.1.jsonl",
        "Claude Code",
        *(4, 2, 3, 1, 1),  # 3 typed and 1 queued; a streamed message twice; the refused edit is a reject; ! is a shell
        {"reject": 1, "interrupt": 1, "compact": 1, "user_edit": 1, "subagent": 1, "read": 1, "search": 1, "reply": 2},
    ),
    (
        "claude-code-1.0.jsonl",
        "Claude Code",
        *(1, 1, 0, 0, 0),  # two edits, of which one failed
        {"plan": 1, "accept": 1, "interrupt": 1},
    ),
    (
        "claude-code-export.txt",
        "Claude Code",
        *(2, 2, 2, 0, 0),  # /clear is no prompt; a command with ! is the person's; a sentence looks like a call
        {"reject": 1, "interrupt": 1, "read": 1, "reply": 2},
    ),
    ("claude-code-history.jsonl", "Claude Code", 2, 0, 1, 0, 0, {}),  # /clear is no prompt
    (
        "codex-0.98.jsonl",
        "Codex",
        *(2, 3, 2, 0, 0),  # both streams hold both prompts; two of the edits are one patch, one is a patch in a shell
        {"reject": 1, "interrupt": 1, "compact": 1, "reply": 1},
    ),
    ("codex-bare.jsonl", "Codex", 1, 0, 1, 0, 0, {"reply": 1}),
    ("codex-exec.jsonl", "Codex", 0, 2, 1, 0, 0, {"reply": 1}),
    (
        "specstory-2.1.md",
        "Claude Code",
        *(2, 1, 1, 0, 0),  # the mark inside the fence is none; /clear is no prompt
        {"reject": 1, "interrupt": 1, "read": 1, "reply": 2},
    ),
    ("specstory-old-cursor.md", "SpecStory", 2, 1, 1, 0, 0, {"read": 1, "reply": 1}),
    (
        "aider.md",
        "Aider",
        *(3, 1, 1, 0, 0),  # lint output that Aider sends itself, /undo and /add are no prompts, /ask is one
        {"reject": 2, "interrupt": 1, "reply": 3},
    ),
    ("aider-input.txt", "Aider", 1, 0, 1, 0, 0, {}),
    ("cursor-export.md", "Cursor", 3, 0, 0, 0, 0, {"reply": 3}),  # two exports; a fence that is never closed
    ("cursor-agent.jsonl", "Cursor", 2, 2, 1, 0, 0, {"read": 1, "reply": 1}),
    (
        "copilot-chat-3.json",
        "Copilot Chat",
        *(2, 1, 1, 0, 0),  # an edit is told by the call and by its group, and counted once
        {"reject": 1, "interrupt": 1, "user_edit": 1, "read": 1, "reply": 2},
    ),
    ("copilot-chat-journal.jsonl", "Copilot Chat", 2, 1, 0, 0, 0, {"interrupt": 1, "reply": 1}),
    ("copilot-cli.jsonl", "Copilot CLI", 1, 1, 1, 0, 1, {"reject": 1, "interrupt": 1, "compact": 1, "reply": 1}),
    ("gemini.json", "Gemini CLI", 2, 1, 1, 0, 0, {"reject": 1, "read": 1, "reply": 1}),
    ("gemini.jsonl", "Gemini CLI", 2, 1, 0, 1, 0, {}),  # a message is written again with its calls
    (
        "cline-ui.json",
        "Cline",
        *(2, 2, 1, 0, 1),  # a partial message is written again when it is whole
        {"reject": 1, "user_edit": 1, "read": 1, "reply": 1},
    ),
    ("cline-api.json", "Cline", 2, 0, 1, 0, 0, {"reject": 1, "read": 1, "reply": 1}),  # task and feedback
    ("cline-export.md", "Cline", 2, 2, 1, 0, 0, {"reply": 1}),
    ("opencode-export.json", "OpenCode", 1, 1, 1, 0, 0, {"reject": 1, "reply": 1}),  # a second edit failed
    ("chatgpt.json", "ChatGPT", 3, 0, 0, 0, 0, {"reply": 3}),  # the branch last seen; the longest where none is named
    ("claude-ai.json", "Claude.ai", 2, 0, 0, 0, 0, {"reply": 1}),  # one message stands twice
    ("windsurf.jsonl", "Windsurf", 1, 1, 1, 0, 0, {"reject": 2, "accept": 1, "read": 1, "reply": 1}),
    ("continue.json", "Continue", 1, 1, 0, 0, 0, {"reject": 1, "reply": 1}),
    ("droid.jsonl", "Factory Droid", 1, 1, 1, 0, 0, {}),
    ("amp.json", "Amp", 1, 1, 1, 0, 0, {"reply": 1}),
    ("pi.jsonl", "Pi", 1, 1, 1, 0, 0, {"compact": 1, "reply": 1}),
    ("messages.jsonl", "an AI tool", 1, 0, 1, 0, 0, {"reply": 1}),
    ("harness.jsonl", "Claude Code", 1, 1, 1, 0, 0, {}),
]


def sessions(name: str) -> tuple[Session, ...]:
    return read_sessions(f"ai/{name}", (DATA / name).read_bytes())


def only(name: str) -> Session:
    found = sessions(name)
    assert len(found) == 1
    return found[0]


def first(session: Session, kind: str) -> Event:
    return next(event for event in session.events if event.kind == kind)


@pytest.mark.parametrize(
    ("name", "tool", "prompts", "edits", "shells", "bad", "unknown", "others"), GOLDEN, ids=[row[0] for row in GOLDEN]
)
def test_reads_the_counts_that_a_transcript_holds(
    name: str, tool: str, prompts: int, edits: int, shells: int, bad: int, unknown: int, others: dict[str, int]
) -> None:
    """Prompts, edits, commands and unreadable lines are those that a reader of the file would count."""
    found = sessions(name)
    assert {session.tool for session in found} == {tool}
    counted = (
        sum(len(session.prompts) for session in found),
        sum(len(session.edits) for session in found),
        sum(len(session.shells) for session in found),
        sum(session.bad_lines for session in found),
        sum(session.unknown for session in found),
    )
    assert counted == (prompts, edits, shells, bad, unknown)
    kinds = Counter(event.kind for session in found for event in session.events)
    assert {kind: kinds[kind] for kind in others} == others
    for kind in ("reject", "interrupt", "user_edit", "accept", "compact", "plan", "subagent"):
        assert kind in others or kind == "plan" or not kinds[kind], kind


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_a_format_is_found_by_its_content_alone(name: str) -> None:
    """The same bytes under any other name read the same."""
    content = (DATA / name).read_bytes()
    for other in ("notes", "x.json", "a/b.md"):
        assert [s.events for s in read_sessions(other, content)] == [s.events for s in sessions(name)]


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_one_format_fits_a_transcript_first(name: str) -> None:
    """The importer that reads a file is not hidden by one before it: the first that fits is the one that reads it."""
    source = Source(name, (DATA / name).read_text(encoding="utf-8"))
    fitting = [key for key, importer in IMPORTERS.items() if importer.fits(source)]
    assert fitting
    assert IMPORTERS[fitting[0]].read(source)


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_line_ends_and_encodings_change_nothing(name: str) -> None:
    """A BOM, Windows line ends and UTF-16 give the same events, with the same lines."""
    content = (DATA / name).read_bytes()
    text = content.decode()
    wanted = [session.events for session in read_sessions("x", content)]
    for encoded in (b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), text.encode("utf-16")):
        assert [session.events for session in read_sessions("x", encoded)] == wanted


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_events_stand_at_their_line(name: str) -> None:
    """The first words of a prompt stand in the record (or below the mark) at the line that its event names."""
    lines = (DATA / name).read_text(encoding="utf-8").split("\n")
    for session in sessions(name):
        for prompt in session.prompts:
            words = prompt.text.split("\n")[0].split('"')[0][:25]
            record = "\n".join(lines[prompt.line - 1 : prompt.line + 20]).replace('\\"', '"')
            assert words in record, (prompt.line, words)


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


def test_the_neutral_format_gives_back_what_it_was_given() -> None:
    """What `write` wrote reads as the same events, whatever tool they came from."""
    for row in GOLDEN:
        for session in sessions(row[0]):
            again = read_sessions("ai/transcripts/x.jsonl", neutral.write(session).encode())
            assert len(again) == 1
            kept = [(e.kind, e.when, e.text, e.path, e.command, e.exit_code, e.ok, e.added) for e in session.events]
            assert [
                (e.kind, e.when, e.text, e.path, e.command, e.exit_code, e.ok, e.added) for e in again[0].events
            ] == kept
            assert (again[0].tool, again[0].id, again[0].models) == (session.tool, session.id, session.models)


def test_the_same_session_in_two_files_counts_once() -> None:
    """A history of prompts beside the session itself, or a copy of it, adds nothing."""
    whole = only("claude-code-2.1.jsonl")
    prompts = Session("Claude Code", "history.jsonl", whole.prompts[:2])
    other = only("codex-0.98.jsonl")
    assert distinct((prompts, whole, whole, other)) == (whole, other)
    assert distinct((prompts, other)) == (prompts, other)


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


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_a_transcript_without_its_persons_names_reads_the_same(name: str) -> None:
    """What the search takes out before reading (secrets, home folders) changes no count and no line."""
    content = (DATA / name).read_bytes()
    log = search({f"ai/{name}": len(content)}, lambda path, limit: content[:limit], {})
    found = [session for document in log.documents for session in document.sessions]
    assert [[(e.kind, e.line, e.added) for e in session.events] for session in found] == [
        [(e.kind, e.line, e.added) for e in session.events] for session in sessions(name)
    ]


def test_a_record_of_authorship_is_no_log() -> None:
    """An Agent Trace record in the place of the log is told apart, and none of its fields is an entry."""
    document = read_document((DATA / "agent-trace.json").read_text(encoding="utf-8"), "ai/trace.json")
    assert (document.kind, document.shape) == ("transcript", "record of which lines an AI wrote")
    assert document.entries == ()
