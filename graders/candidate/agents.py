"""Tools of the terminal: Claude Code, Codex, Gemini CLI, Copilot CLI. Which of their sessions are the repository's."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from graders.candidate.kept import Kept, parsed, records, text_at
from graders.candidate.machine import Machine
from graders.candidate.repository import Repository
from graders.candidate.walk import Troubles, files_below, folders_in, head, in_head, read

_CWD_TAG = re.compile(rb"<cwd>([^<\n\\]{1,2000})</cwd>")
_CWD_LINE = re.compile(rb"^(?:cwd|git_root):[ \t]{0,4}[\"']?([^\"'\r\n]{1,2000})[\"']?[ \t]{0,4}\r?$", re.MULTILINE)
_FOLDERS = 2_000
_HASH = re.compile(r"[0-9a-f]{64}")


def claude_code(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    """Sessions and the runs of their subagents; of sessions that were deleted since, the prompts in history.jsonl."""
    for root in machine.claude():
        known: set[str] = set()
        ours: set[str] = set()
        for path in files_below(root / "projects", (".jsonl",), troubles):
            known.add(path.stem)  # a session's file is named by its id
            folder = in_head(path, troubles, _claude_folder)
            if folder:
                held = repository.holds(folder)
            else:
                held = path.parent.name == "subagents" and path.parent.parent.name in ours
            if held:
                ours.add(path.stem)
                yield Kept("claude-code", path, *read(path, troubles))
        yield from _claude_history(root / "history.jsonl", repository, troubles, known)


def _claude_folder(start: bytes) -> str:
    return next((folder for record in records(start) if (folder := text_at(record, "cwd"))), "")


def _claude_history(path: Path, repository: Repository, troubles: Troubles, known: set[str]) -> Iterator[Kept]:
    """The file holds the prompts of every project on the machine: only this repository's lines go on from here."""
    content, cut = read(path, troubles)
    lines: dict[str, list[bytes]] = {}
    for line in content.split(b"\n"):
        record = parsed(line) if b'"project"' in line else None
        session = text_at(record, "sessionId")
        if session not in known and repository.holds(text_at(record, "project")):
            lines.setdefault(session, []).append(line)
    for ours in lines.values():
        yield Kept("claude-code", path, b"\n".join(ours) + b"\n", cut)


def codex(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    for root in machine.codex():
        for folder in ("sessions", "archived_sessions"):
            for path in files_below(root / folder, (".jsonl", ".json"), troubles):
                if repository.holds(in_head(path, troubles, _codex_folder)):
                    yield Kept("codex", path, *read(path, troubles))


def _codex_folder(start: bytes) -> str:
    for record in records(start):
        found = text_at(record, "payload", "cwd") or text_at(record, "cwd")
        if found:
            return found
    tag = _CWD_TAG.search(start)  # sessions of 2025 name the folder in a text for the model alone
    return tag[1].decode("utf-8", "replace") if tag else ""


def gemini(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    for root in machine.gemini():
        listed = parsed(head(root / "projects.json", troubles, 4 * 1024 * 1024))
        registry = listed.get("projects") if isinstance(listed, dict) else None
        slugs = {
            slug
            for folder, slug in (registry.items() if isinstance(registry, dict) else ())
            if isinstance(slug, str) and repository.holds(folder)
        }
        hashes: set[str] | None = None
        for project in folders_in(root / "tmp", troubles):
            marker = head(project / ".project_root", troubles, 4_096).decode("utf-8", "replace").strip()
            if _HASH.fullmatch(project.name):
                hashes = _hashes(repository) if hashes is None else hashes
                ours = project.name in hashes
            else:
                ours = repository.holds(marker) if marker else project.name in slugs
            if ours:
                for path in files_below(project / "chats", (".json", ".jsonl"), troubles):
                    yield Kept("gemini", path, *read(path, troubles))


def _hashes(repository: Repository) -> set[str]:
    """Gemini CLI names a project by the SHA-256 of its folder: those of the repository and of the folders in it."""
    folders = list(repository.spellings)
    for current, inner, _ in os.walk(repository.root, followlinks=False):
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name != "node_modules")
        folders += [os.path.join(current, name) for name in inner]  # noqa: PTH118 - many texts, and no files
        if len(folders) > _FOLDERS:
            break
    return {hashlib.sha256(folder.encode("utf-8", "surrogateescape")).hexdigest() for folder in folders}


def copilot_cli(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    for root in machine.copilot():
        for folder in ("session-state", "history-session-state"):
            for path in files_below(root / folder, (".jsonl", ".json"), troubles, depth=2):
                found = in_head(path, troubles, _copilot_folder)
                beside = _CWD_LINE.search(head(path.parent / "workspace.yaml", troubles, 8_192)) if not found else None
                if repository.holds(beside[1].decode("utf-8", "replace").strip() if beside else found):
                    yield Kept("copilot-cli", path, *read(path, troubles))


def _copilot_folder(start: bytes) -> str:
    for record in records(start):
        data = record.get("data") if isinstance(record.get("data"), dict) else record
        found = text_at(data, "context", "cwd") or text_at(data, "cwd") or text_at(data, "context", "gitRoot")
        if found:
            return found
    return ""
