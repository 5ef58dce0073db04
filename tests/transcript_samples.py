"""What tests of transcripts share: the made-up samples, and the counts that a reader of each would find by hand."""

from __future__ import annotations

from pathlib import Path

from graders.transcripts import Event, Session, read_sessions

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
    (
        "claude-code-2.1-plan.jsonl",
        "Claude Code",
        # typed: beside a picture, after an interrupt in the same record, queued, with a line separator in it;
        # the plan that is handed on, an answer to a question and a hook's words are no prompts; one edit failed
        *(4, 1, 1, 0, 0),
        {"reject": 1, "interrupt": 1, "accept": 1, "plan": 2, "reply": 1},
    ),
    ("claude-code-list.json", "Claude Code", 2, 0, 1, 0, 0, {}),  # the records as one list, over many lines
    (
        "codex-items.jsonl",
        "Codex",
        *(2, 2, 1, 0, 1),  # the stream of items alone; a patch of two files in a shell; input to a program is no run
        {"interrupt": 1},
    ),
    ("codex-subagent.jsonl", "Codex", 0, 0, 1, 0, 0, {"reply": 1}),  # another agent speaks, no person
    ("codex-2025-04.json", "Codex", 1, 0, 1, 0, 0, {"reply": 1}),
    ("gemini-logs.json", "Gemini CLI", 2, 0, 0, 0, 0, {}),  # /quit is no prompt
    ("gemini-checkpoint.json", "an AI tool", 1, 1, 0, 0, 0, {"reply": 1}),  # the first text is the program's own
    ("gemini-stream.jsonl", "Gemini CLI", 1, 0, 1, 0, 0, {"reply": 1}),
    ("cursor-agent.txt", "Cursor", 2, 1, 1, 0, 0, {"read": 1, "reply": 2}),
    (
        "cascade-export.md",
        "Windsurf",
        *(2, 2, 1, 0, 0),  # the heading inside the fence is none
        {"reject": 1, "read": 1, "reply": 3},
    ),
    ("cursor-stream.jsonl", "Cursor", 1, 1, 1, 0, 0, {"reply": 1}),  # each call is told twice
    ("qwen.jsonl", "Qwen Code", 1, 0, 1, 0, 0, {"reply": 1}),
    ("pi-bash.jsonl", "Pi", 1, 1, 1, 0, 0, {"interrupt": 1}),  # a command with ! is the person's
    ("opencode-subagent.json", "OpenCode", 0, 1, 1, 0, 0, {}),
    ("roo-ui.json", "Cline", 2, 2, 1, 0, 0, {}),
    ("specstory-codex.md", "Codex CLI", 2, 2, 0, 0, 0, {}),  # a patch of two files; a sidechain is no person
]


def sessions(name: str) -> tuple[Session, ...]:
    return read_sessions(f"ai/{name}", (DATA / name).read_bytes())


def only(name: str) -> Session:
    found = sessions(name)
    assert len(found) == 1
    return found[0]


def first(session: Session, kind: str) -> Event:
    return next(event for event in session.events if event.kind == kind)
