"""Transcripts as they arrive: several tools in one file, records over many lines, a missing head, a storage folder."""

from __future__ import annotations

import gzip
import json

import pytest
from transcript_samples import DATA

from graders.ai_log.search import search
from graders.transcripts import Session, read_sessions

CLAUDE = (DATA / "claude-code-2.1.jsonl").read_text(encoding="utf-8")
CODEX = (DATA / "codex-0.98.jsonl").read_text(encoding="utf-8")


def counts(session: Session) -> tuple[str, int, int, int, int]:
    return session.tool, len(session.prompts), len(session.edits), len(session.shells), session.bad_lines


@pytest.mark.parametrize("parts", [(CLAUDE, CODEX), (CODEX, CLAUDE), (CODEX, CLAUDE, CODEX.replace("9:", "8:"))])
def test_two_tools_in_one_file_are_both_read(parts: tuple[str, ...]) -> None:
    """Files of two tools, one behind the other, give the sessions of both, with the lines of the whole file."""
    text = "".join(parts)
    found = {session.tool: session for session in read_sessions("ai/all.jsonl", text.encode())}
    assert found.keys() == {"Claude Code", "Codex"}
    assert counts(found["Claude Code"]) == ("Claude Code", 4, 2, 3, 1)
    lines = text.split("\n")
    for session in found.values():
        assert session.prompts
        for prompt in session.prompts:
            assert prompt.text[:20] in lines[prompt.line - 1]


def test_records_over_many_lines_are_read() -> None:
    """Records that a formatter spread over lines, one after the other or in a list, count as they did on one line."""
    records = [json.loads(line) for line in CODEX.splitlines()]
    spread = "\n".join(json.dumps(record, indent=2) for record in records)
    (wanted,) = read_sessions("x", CODEX.encode())
    for text in (spread, json.dumps(records, indent=2), json.dumps(records)):
        (session,) = read_sessions("x", text.encode())
        assert counts(session) == counts(wanted)
        assert [event.text for event in session.events] == [event.text for event in wanted.events]
    lines = spread.split("\n")
    (session,) = read_sessions("x", spread.encode())
    for prompt in session.prompts:
        assert any(prompt.text[:20] in line for line in lines[prompt.line - 1 : prompt.line + 20])


def test_a_document_without_its_head_keeps_what_is_whole() -> None:
    """Of a document of which the first part is missing, the messages that are whole are read."""
    messages = [
        {
            "id": str(n),
            "type": "gemini" if n % 2 else "user",
            "timestamp": f"2026-03-02T10:0{n}:00Z",
            "content": f"{n}!",
        }
        for n in range(10)
    ]
    whole = json.dumps({"sessionId": "s", "projectHash": "h", "messages": messages}, indent=1)
    (session,) = read_sessions("x.json", whole[whole.index('"content": "2!"') + 5 :].encode())
    assert [prompt.text for prompt in session.prompts] == ["4!", "6!", "8!"]


def test_several_documents_in_one_file_are_several_sessions() -> None:
    """Exports that were put one behind the other are read one by one."""
    text = (DATA / "gemini.json").read_text(encoding="utf-8")
    found = read_sessions("x.json", (text + text).encode())
    assert [counts(session) for session in found] == [("Gemini CLI", 2, 1, 1, 0)] * 2
    assert found[1].prompts[0].line == found[0].prompts[0].line + text.count("\n")


def test_packed_files_are_said_not_to_be_read() -> None:
    """A transcript that was packed, under the name of one that is not, is named as what it is."""
    for content, what in ((gzip.compress(CODEX.encode()), "a compressed file"), (b"PK\x03\x04" + bytes(40), "a zip")):
        assert read_sessions("ai/session.jsonl", content) == ()
        log = search({"ai/session.jsonl": len(content)}, lambda path, limit, it=content: it[:limit], {})
        assert [document.kind for document in log.documents] == ["unreadable"]
        assert what in log.documents[0].problems[0]


@pytest.mark.parametrize("below", ["opencode-storage/", ".opencode/storage/", ""])
def test_a_storage_folder_is_one_session(below: str) -> None:
    """OpenCode's folder of small files is put together: what was typed counts, and no file stands for itself."""
    root = DATA / "opencode-storage"
    files = {f"{below}{path.relative_to(root)}": path.read_bytes() for path in root.rglob("*.json")}
    log = search({path: len(content) for path, content in files.items()}, lambda path, limit: files[path][:limit], {})
    (document,) = log.documents
    assert (document.kind, document.path) == ("transcript", f"{below}session/p/oc2.json")
    assert [entry.text("prompt") for entry in document.entries] == ["cap it"]
    assert [counts(session) for session in document.sessions] == [("OpenCode", 1, 0, 1, 0)]


def test_a_storage_folder_of_2025_and_its_secrets() -> None:
    """The older layout reads too, nothing secret in it is kept, and files that are too large are counted."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    message = {"id": "m1", "sessionID": "s1", "role": "user", "time": {"created": 1767700000000}}
    part = {"id": "p1", "messageID": "m1", "sessionID": "s1", "type": "text", "text": f"use {token}"}
    large = {"id": "p2", "messageID": "m1", "sessionID": "s1", "type": "text", "text": "x" * 1_100_000}
    contents = {
        "ai/storage/session/info/s1.json": {"id": "s1", "directory": "/home/sam/parcels"},
        "ai/storage/session/message/s1/m1.json": message,
        "ai/storage/session/part/s1/m1/p1.json": part,
        "ai/storage/session/part/s1/m1/p2.json": large,
    }
    files = {path: json.dumps(content).encode() for path, content in contents.items()}
    log = search({path: len(content) for path, content in files.items()}, lambda path, limit: files[path][:limit], {})
    (document,) = log.documents
    assert token not in document.entries[0].text("prompt") + document.text
    assert [path for path, _ in log.secrets] == ["ai/storage/session/part/s1/m1/p1.json"]
    assert document.problems == ("1 of the 4 files of its folder are too large or too many to be read.",)


def test_folders_with_such_names_are_no_storage() -> None:
    """Messages and parts of a product (its translations, its fixtures) are left alone."""
    files = {"web/message/en/home.json": b'{"title": "Home"}', "web/part/en/x.json": b'{"id": "x", "price": 3}'}
    log = search({path: len(content) for path, content in files.items()}, lambda path, limit: files[path][:limit], {})
    assert log.documents == ()
