"""Tools in an editor: Copilot Chat, Cursor, Cline and its relatives; and what tools leave in the repository itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from graders.candidate.kept import Kept, parsed, text_at
from graders.candidate.machine import Machine
from graders.candidate.repository import Repository
from graders.candidate.walk import Troubles, files_below, folders_in, head, in_head, read

_CLINE = ("saoudrizwan.claude-dev", "rooveterinaryinc.roo-cline", "kilocode.kilo-code")
"""Extensions that keep tasks in the same form: Cline, Roo Code, Kilo Code."""
_CLINE_FOLDER = re.compile(
    rb"Current (?:Working|Workspace) Directory \(((?:[^()\"\\\n]|\\\\){1,2000})\)(?: Files)?|"
    rb"\"(?:cwdOnTaskInitialization|workspace|cwd)\"\s{0,4}:\s{0,4}\"((?:[^\"\\\n]|\\\\){1,2000})\""
)
_PATH = re.compile(
    rb"\"(?:path|file_path|filePath|target_file|targetFile|working_directory|cwd)\"\s{0,4}:\s{0,4}"
    rb"\"((?:/|[A-Za-z]:)(?:[^\"\\\n]|\\\\){1,1000})\""
)
_PATHS = 400


def copilot_chat(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    """Chats of VS Code and editors like it: their workspace.json says which folder was open."""
    for user in machine.editors():
        for workspace in folders_in(user / "workspaceStorage", troubles):
            opened = parsed(head(workspace / "workspace.json", troubles, 65_536))
            folder = text_at(opened, "folder") or text_at(opened, "workspace") or text_at(opened, "configuration")
            if not repository.holds(_path_of(folder)):
                continue
            kept: set[str] = set()
            for inside in ("chatSessions", "GitHub.copilot-chat/transcripts"):
                for path in files_below(workspace / inside, (".json", ".jsonl"), troubles, depth=0):
                    if path.stem not in kept:  # the same session is kept in both, or in an old and a new form
                        kept.add(path.stem)
                        yield Kept("copilot-chat", path, *read(path, troubles))


def _path_of(address: str) -> str:
    """The path of a `file:` address; "" for any other (a folder on another machine)."""
    parts = urlsplit(address) if len(address) < 4_096 else urlsplit("")
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return ""
    path = unquote(parts.path)
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path


def cursor(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    """Cursor names a project by its folder with every sign made a dash, which two folders can share.

    So the note that it keeps beside the project decides, and without one the paths that the session's tools used.
    """
    names = {_dashed(spelling) for spelling in repository.spellings}
    for root in machine.cursor():
        for project in folders_in(root / "projects", troubles):
            name = _dashed(project.name)
            exact = name in names
            if not exact and not any(name.startswith(f"{known}-") for known in names):
                continue
            trusted = text_at(parsed(head(project / ".workspace-trusted", troubles, 65_536)), "workspacePath")
            if trusted and not repository.holds(trusted):
                continue
            for path in files_below(project / "agent-transcripts", (".jsonl", ".txt"), troubles, depth=3):
                content, cut = read(path, troubles)
                if trusted or _works_in(content, repository, otherwise=exact):
                    yield Kept("cursor", path, content, cut)


def _works_in(content: bytes, repository: Repository, *, otherwise: bool) -> bool:
    """Whether the absolute paths in a session lie in the repository; `otherwise` when it names none."""
    seen = held = 0
    for match in _PATH.finditer(content):
        seen += 1
        held += repository.holds(match[1].replace(b"\\\\", b"\\").decode("utf-8", "replace"))
        if seen >= _PATHS:
            break
    return held * 2 > seen if seen else otherwise


def _dashed(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")


def cline(machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    """Tasks of Cline, Roo Code and Kilo Code: the folder stands in what was sent to the model with each request."""
    places = [user / "globalStorage" / extension for user in machine.editors() for extension in _CLINE]
    places += [folder / "data" for folder in machine.cline()]
    for place in places:
        for task in (*folders_in(place / "tasks", troubles), *folders_in(place / "sessions", troubles)):
            if _cline_folder(task, repository, troubles):
                path = next(
                    (task / name for name in ("ui_messages.json", "claude_messages.json") if (task / name).exists()),
                    task / "api_conversation_history.json",
                )
                yield Kept("cline", path, *read(path, troubles), group=str(task))
                notes = task / "task_metadata.json"
                yield Kept("cline", notes, *read(notes, troubles), group=str(task), notes=True)


def _cline_folder(task: Path, repository: Repository, troubles: Troubles) -> bool:
    """The first folder that any of a task's files names is the one it was started in."""
    for name in ("history_item.json", "api_conversation_history.json", "ui_messages.json", "claude_messages.json"):
        found = in_head(task / name, troubles, _cline_recorded)
        if found:
            return repository.holds(found)
    return False


def _cline_recorded(start: bytes) -> str:
    found = _CLINE_FOLDER.search(start)
    return (found[1] or found[2]).replace(b"\\\\", b"\\").decode("utf-8", "replace") if found else ""


def aider(_machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    """Aider keeps its chat in the repository."""
    path = repository.root / ".aider.chat.history.md"
    content, cut = read(path, troubles)
    if content:
        yield Kept("aider", path, content, cut)


def specstory(_machine: Machine, repository: Repository, troubles: Troubles) -> Iterator[Kept]:
    """SpecStory writes sessions of other tools into the repository."""
    for path in files_below(repository.root / ".specstory" / "history", (".md",), troubles, depth=1):
        yield Kept("specstory", path, *read(path, troubles))
