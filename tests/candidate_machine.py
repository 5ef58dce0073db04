"""A candidate's machine, made up: a home folder in which every AI tool keeps sessions of several repositories.

Each session's prompt names its tool and its repository, and carries a key, an address and a home path.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from click.testing import CliRunner, Result

from graders import candidate
from harness.cli import cli

KEY = "ghp_" + "q7Zt" * 9
"""The shape of a token, and nobody's."""
MAIL = "mia.moreau@lakeside-mail.net"
TOOLS = (
    *("claude-code", "codex", "gemini", "copilot-cli", "copilot-chat", "cursor", "aider", "cline", "opencode"),
    "specstory",
)
STARTED = "2026-03-02T09:{minute:02d}:00.000Z"
MILLISECONDS = 1_772_442_000_000
"""2026-03-02 09:00 UTC."""


class Home:
    """A home folder with `code/leads` (the repository), `code/leads-old`, `code/other`, and sessions in `code`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "home" / "mia"
        self.work = self.path / "code"
        self.repository = self.work / "leads"
        for name in ("leads", "leads-old", "other"):
            (self.work / name / ".git").mkdir(parents=True)
        (self.repository / "app").mkdir()

    @property
    def folders(self) -> dict[str, Path]:
        return {
            "ours": self.repository,
            "inside": self.repository / "app",
            "sibling": self.work / "leads-old",
            "other": self.work / "other",
            "parent": self.work,
        }

    def fill(self) -> None:
        """Sessions of every tool in every folder (those in a repository: in each repository)."""
        for tool, keep in KEEPERS.items():
            for where, folder in self.folders.items():
                if tool in ("aider", "specstory") and where in ("inside", "parent"):
                    continue
                keep(self, folder, prompt(tool, where, folder))

    def put(self, name: str, *records: dict[str, Any]) -> Path:
        return self.text(name, "".join(json.dumps(record) + "\n" for record in records))

    def text(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def prompt(tool: str, where: str, folder: Path) -> str:
    return f"Mark {tool} {where}: read {folder}/leads.csv, use {KEY}, and write to {MAIL} when it is done."


def identifier(folder: Path, tool: str) -> str:
    digest = hashlib.sha256(f"{tool} {folder}".encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"


def command() -> str:
    return f"TOKEN={KEY} python -m pytest -q"


def output(folder: Path) -> str:
    return f"rootdir: {folder}\nlogged in as {MAIL} with {KEY}\n3 passed"


def claude_code(home: Home, folder: Path, text: str) -> None:
    session = identifier(folder, "claude-code")
    encoded = str(folder).replace("/", "-")

    def record(minute: int, kind: str, content: Any, **more: Any) -> dict[str, Any]:
        return {
            "type": kind, "uuid": f"u{minute}", "parentUuid": None, "sessionId": session, "version": "2.1.30",
            "cwd": str(folder), "gitBranch": "main", "isSidechain": False, "userType": "external",
            "timestamp": STARTED.format(minute=minute), "message": {"role": kind, "content": content}, **more,
        }  # fmt: skip

    edit = {"file_path": f"{folder}/app/{MAIL}.py", "old_string": "a = 1", "new_string": f"a = '{KEY}'"}
    home.put(
        f".claude/projects/{encoded}/{session}.jsonl",
        {"type": "summary", "summary": "a summary", "leafUuid": "x"},
        record(0, "user", text),
        record(1, "assistant", [{"type": "thinking", "thinking": f"the key is {KEY}"}, {"type": "text", "text": text}]),
        record(2, "assistant", [{"type": "tool_use", "id": "t1", "name": "Edit", "input": edit}]),
        record(3, "user", [{"type": "tool_result", "tool_use_id": "t1", "content": "done"}],
               toolUseResult={"filePath": edit["file_path"], "userModified": True, "structuredPatch": []}),
        record(4, "assistant", [{"type": "tool_use", "id": "t2", "name": "Bash", "input": {"command": command()}}]),
        record(5, "user", [{"type": "tool_result", "tool_use_id": "t2", "content": output(folder), "is_error": False}]),
        record(6, "user", [{"type": "text", "text": "[Request interrupted by user]"}]),
        record(7, "user", f"no, use Decimal and tell {MAIL}"),
    )  # fmt: skip
    home.put(
        f".claude/projects/{encoded}/{session}/subagents/agent-a1.jsonl",
        record(8, "user", f"Look around in {folder}", isSidechain=True, agentId="a1"),
        record(9, "assistant", [{"type": "text", "text": f"I see {KEY}"}], isSidechain=True, agentId="a1"),
    )
    with (home.path / ".claude" / "history.jsonl").open("a", encoding="utf-8") as file:
        for number, kept in ((session, "kept"), (f"gone-{session}", "gone")):
            row = {
                "display": text.replace("Mark", f"History {kept}"),
                "pastedContents": {},
                "timestamp": MILLISECONDS,
                "project": str(folder),
                "sessionId": number,
            }
            file.write(json.dumps(row) + "\n")


def codex(home: Home, folder: Path, text: str) -> None:
    session = identifier(folder, "codex")

    def record(minute: int, kind: str, **payload: Any) -> dict[str, Any]:
        return {"timestamp": STARTED.format(minute=minute), "type": kind, "payload": payload}

    home.put(
        f".codex/sessions/2026/03/02/rollout-2026-03-02T09-00-00-{session}.jsonl",
        record(0, "session_meta", id=session, cwd=str(folder), cli_version="0.99.0", originator="codex_cli_rs",
               instructions="x" * 30_000),
        record(1, "event_msg", type="user_message", message=text),
        record(2, "response_item", type="function_call", name="shell", call_id="c1",
               arguments=json.dumps({"command": ["bash", "-lc", command()]})),
        record(3, "response_item", type="function_call_output", call_id="c1",
               output=json.dumps({"output": output(folder), "metadata": {"exit_code": 0}})),
    )  # fmt: skip


def gemini(home: Home, folder: Path, text: str) -> None:
    project = hashlib.sha256(str(folder).encode()).hexdigest()
    session = identifier(folder, "gemini")
    call = {"id": "g1", "name": "run_shell_command", "args": {"command": command()}, "status": "success",
            "result": [{"functionResponse": {"response": {"output": output(folder)}}}]}  # fmt: skip
    document = {
        "sessionId": session, "projectHash": project, "startTime": STARTED.format(minute=0),
        "lastUpdated": STARTED.format(minute=4),
        "messages": [
            {"id": "1", "timestamp": STARTED.format(minute=1), "type": "user", "content": text},
            {"id": "2", "timestamp": STARTED.format(minute=2), "type": "gemini", "content": "Done.",
             "toolCalls": [call]},
        ],
    }  # fmt: skip
    home.text(
        f".gemini/tmp/{project}/chats/session-2026-03-02T09-00-{session[:8]}.json", json.dumps(document, indent=2)
    )


def copilot_cli(home: Home, folder: Path, text: str) -> None:
    session = identifier(folder, "copilot-cli")

    def record(minute: int, kind: str, **data: Any) -> dict[str, Any]:
        return {
            "type": kind,
            "data": data,
            "id": f"e{minute}",
            "timestamp": STARTED.format(minute=minute),
            "parentId": None,
        }

    home.put(
        f".copilot/session-state/{session}/events.jsonl",
        record(0, "session.start", sessionId=session, copilotVersion="1.0.45", startTime=STARTED.format(minute=0),
               context={"cwd": str(folder), "gitRoot": str(folder), "branch": "main"}),
        record(1, "user.message", content=text, attachments=[]),
        record(2, "assistant.message", messageId="m", content="Running.",
               toolRequests=[{"toolCallId": "k1", "name": "bash", "arguments": {"command": command()}}]),
        record(3, "tool.execution_start", toolCallId="k1", toolName="bash", arguments={"command": command()}),
        record(4, "tool.execution_complete", toolCallId="k1", success=True, result={"content": output(folder)}),
    )  # fmt: skip


def copilot_chat(home: Home, folder: Path, text: str) -> None:
    session = identifier(folder, "copilot-chat")
    workspace = f".config/Code/User/workspaceStorage/{session[:8]}"
    home.text(f"{workspace}/workspace.json", json.dumps({"folder": f"file://{quote(str(folder))}"}))
    document = {
        "version": 3, "sessionId": session, "creationDate": MILLISECONDS, "lastMessageDate": MILLISECONDS,
        "requesterUsername": MAIL, "responderUsername": "GitHub Copilot",
        "requests": [{
            "requestId": "request_1", "timestamp": MILLISECONDS, "modelId": "copilot/some-model",
            "message": {"text": text, "parts": []}, "variableData": {"variables": []},
            "response": [{"value": f"I wrote {folder}/app/leads.py with {KEY}."}], "result": {}, "isCanceled": False,
        }],
    }  # fmt: skip
    home.text(f"{workspace}/chatSessions/{session}.json", json.dumps(document))


def cursor(home: Home, folder: Path, text: str) -> None:
    session = identifier(folder, "cursor")
    slug = str(folder).strip("/").replace("/", "-")
    tools = [{"type": "tool_use", "name": "Write", "input": {"path": f"{folder}/app/leads.py", "contents": KEY}},
             {"type": "tool_use", "name": "Shell", "input": {"command": command()}}]  # fmt: skip
    home.put(
        f".cursor/projects/{slug}/agent-transcripts/{session}/{session}.jsonl",
        {"role": "user", "message": {"content": [{"type": "text", "text": f"<user_query>\n{text}\n</user_query>"}]}},
        {"role": "assistant", "message": {"content": [{"type": "text", "text": "On it."}, *tools]}},
    )


def aider(home: Home, folder: Path, text: str) -> None:
    lines = ["# aider chat started at 2026-03-02 09:00:00", "", f"#### {text}", "", f"I use {KEY}.", "",
             f"> Running {command()}", f"> Applied edit to app/{MAIL}.py", ""]  # fmt: skip
    (folder / ".aider.chat.history.md").write_text("\n".join(lines), encoding="utf-8")


def cline(home: Home, folder: Path, text: str) -> None:
    task = f".config/Code/User/globalStorage/saoudrizwan.claude-dev/tasks/{int(identifier(folder, 'cline')[:8], 16)}"
    request = f"<task>{text}</task>\n# Current Working Directory ({folder}) Files\napp/leads.py"
    messages = [
        {"ts": MILLISECONDS, "type": "say", "say": "text", "text": text},
        {"ts": MILLISECONDS + 1, "type": "say", "say": "api_req_started", "text": json.dumps({"request": request})},
        {"ts": MILLISECONDS + 2, "type": "ask", "ask": "command", "text": command()},
        {"ts": MILLISECONDS + 3, "type": "say", "say": "command_output", "text": output(folder)},
    ]
    home.text(f"{task}/ui_messages.json", json.dumps(messages))
    home.text(f"{task}/task_metadata.json", json.dumps({"files_in_context": [
        {"path": f"app/{MAIL}.py", "record_source": "user_edited", "user_edit_date": MILLISECONDS + 4}]}))  # fmt: skip
    history = [{"role": "user", "content": [{"type": "text", "text": request}]}]
    home.text(f"{task}/api_conversation_history.json", json.dumps(history))


def opencode(home: Home, folder: Path, text: str) -> None:
    session = f"ses_{identifier(folder, 'opencode')[:8]}"
    storage = ".local/share/opencode/storage"
    info = {"id": session, "directory": str(folder), "title": text, "time": {"created": MILLISECONDS}}
    home.text(f"{storage}/session/p1/{session}.json", json.dumps(info))
    state = {"status": "completed", "input": {"command": command()}, "output": output(folder)}
    said = {"id": "prt_1", "type": "text", "text": text}
    ran = {"id": "prt_2", "type": "tool", "tool": "bash", "callID": "o1", "state": state}
    for number, role, part in ((1, "user", said), (2, "assistant", ran)):
        message = {"id": f"{session}_{number}", "sessionID": session, "role": role, "time": {"created": MILLISECONDS}}
        home.text(f"{storage}/message/{session}/{session}_{number}.json", json.dumps(message))
        home.text(f"{storage}/part/{session}_{number}/{part['id']}.json", json.dumps(part))


def specstory(home: Home, folder: Path, text: str) -> None:
    path = folder / ".specstory" / "history" / "2026-03-02_09-00-00Z-leads.md"
    path.parent.mkdir(parents=True)
    lines = ["<!-- Generated by SpecStory, Markdown v2.1.0 -->", "", "# 2026-03-02 09:00:00Z", "",
             f"<!-- Claude Code Session {identifier(folder, 'specstory')} (2026-03-02 09:00:00Z) -->", "",
             "_**User (2026-03-02 09:00:00Z)**_", "", text, "", "---", "",
             "_**Agent (some-model 2026-03-02 09:01:00Z)**_", "", f"I use {KEY}.", ""]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")


KEEPERS: dict[str, Callable[[Home, Path, str], None]] = {
    "claude-code": claude_code,
    "codex": codex,
    "gemini": gemini,
    "copilot-cli": copilot_cli,
    "copilot-chat": copilot_chat,
    "cursor": cursor,
    "aider": aider,
    "cline": cline,
    "opencode": opencode,
    "specstory": specstory,
}


def run(folder: Path, *arguments: str, typed: str | None = None) -> Result:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return CliRunner().invoke(cli, ["ai-log", *arguments], input=typed)
    finally:
        os.chdir(before)


def found_in(home: Home, folder: Path, *tools: str) -> list[str]:
    """The first prompts of the sessions found for a repository, in short."""
    repository = candidate.find_repository(folder, home.path)
    found = candidate.discover(repository, candidate.Machine(home.path), tools)
    return sorted(one.prompts[0].text.split(":")[0] for one in found.found)
