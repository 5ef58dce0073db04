"""Which sessions of a machine are a repository's, tool by tool; and that nothing which lies there breaks the search."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest
from candidate_machine import (
    KEEPERS,
    KEY,
    MAIL,
    MILLISECONDS,
    TOOLS,
    Home,
    aider,
    claude_code,
    codex,
    copilot_chat,
    cursor,
    found_in,
    gemini,
    identifier,
    opencode,
    prompt,
    run,
)

from graders import candidate
from graders.candidate.walk import Troubles, files_below, read


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    made = Home(tmp_path_factory.mktemp("machine"))
    made.fill()
    return made


@pytest.fixture
def small(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "COPILOT_HOME",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("tool", TOOLS)
def test_only_sessions_of_this_repository_are_taken(home: Home, tool: str) -> None:
    """Of five folders, the repository's own and the one inside it count; no sibling with its prefix, and no parent."""
    inside = [] if tool in ("aider", "specstory") else [f"Mark {tool} inside"]
    gone = ["History gone claude-code inside", "History gone claude-code ours"] if tool == "claude-code" else []

    assert found_in(home, home.repository, tool) == sorted([*gone, *inside, f"Mark {tool} ours"])


def test_another_repository_gets_its_own_sessions(home: Home) -> None:
    """The sibling whose name begins like the repository's is found by its own."""
    marks = found_in(home, home.work / "leads-old")

    assert {mark.split()[-1] for mark in marks} == {"sibling"}
    assert len(marks) == len(TOOLS) + 1


def test_links_in_a_tools_folder_are_not_followed(small: Home, tmp_path: Path) -> None:
    """A session behind a link (file or folder) is not read, and the file is listed."""
    claude_code(small, small.repository, prompt("claude-code", "ours", small.repository))
    (project,) = (small.path / ".claude" / "projects").iterdir()
    project.rename(tmp_path / "elsewhere")
    project.symlink_to(tmp_path / "elsewhere")
    real = next((tmp_path / "elsewhere").glob("*.jsonl"))
    beside = small.path / ".claude" / "projects" / "p"
    beside.mkdir()
    (beside / "linked.jsonl").symlink_to(real)
    (small.path / ".claude" / "history.jsonl").unlink()
    done = run(small.repository, "export", "--home", str(small.path), "--list")

    assert "No session" in done.output
    assert "linked.jsonl" in done.output
    assert "link" in done.output


def test_a_linked_folder_on_the_way_is_not_followed(small: Home, tmp_path: Path) -> None:
    """A link higher up in a tool's folder leads nowhere either; the tool's folder itself may be one."""
    for keep in (opencode, codex):
        keep(small, small.repository, "Mark ours: go")
    (small.path / ".local" / "share" / "opencode" / "storage").rename(tmp_path / "storage")
    (small.path / ".local" / "share" / "opencode" / "storage").symlink_to(tmp_path / "storage")
    (small.path / ".codex").rename(tmp_path / "settings")
    (small.path / ".codex").symlink_to(tmp_path / "settings")

    assert found_in(small, small.repository, "opencode") == []
    assert found_in(small, small.repository, "codex") == ["Mark ours"]


def test_what_can_not_be_read_is_listed(small: Home) -> None:
    """A file of an unknown form, and one that is no text, keep nothing else from being found."""
    codex(small, small.repository, "Write the import")
    small.put(".codex/sessions/odd.jsonl", {"cwd": str(small.repository), "what": "is this"})
    (small.path / ".codex" / "sessions" / "noise.jsonl").write_bytes(bytes(range(256)) * 40)
    done = run(small.repository, "export", "--home", str(small.path), "--list")

    assert "Write the import" in done.output
    assert "odd.jsonl: its format is not known here" in done.output


@pytest.mark.parametrize(
    ("name", "folder", "keep"),
    [("CLAUDE_CONFIG_DIR", ".claude", claude_code), ("CODEX_HOME", ".codex", codex),
     ("XDG_DATA_HOME", ".local/share", opencode), ("XDG_CONFIG_HOME", ".config", copilot_chat)],
)  # fmt: skip
def test_moved_folders_are_found(
    small: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, folder: str, keep: object
) -> None:
    """The settings with which people move a tool's folder are honoured."""
    assert callable(keep)
    keep(small, small.repository, "Mark moved: x")
    (small.path / folder).rename(tmp_path / "moved")
    monkeypatch.setenv(name, str(tmp_path / "moved"))
    done = run(small.repository, "export", "--home", str(small.path), "--list")

    assert "Mark moved" in done.output


@pytest.mark.parametrize("place", ["Library/Application Support/Code/User", "AppData/Roaming/Cursor/User"])
def test_editors_of_other_systems_are_found(small: Home, place: str) -> None:
    """macOS and Windows keep an editor's data elsewhere."""
    copilot_chat(small, small.repository, "Mark elsewhere: x")
    (small.path / place).parent.mkdir(parents=True)
    (small.path / ".config" / "Code" / "User").rename(small.path / place)

    assert found_in(small, small.repository) == ["Mark elsewhere"]


@pytest.fixture
def linked(small: Home) -> Path:
    link = small.path / "short"
    link.symlink_to(small.repository)
    return link


def test_a_repository_has_several_names(small: Home, linked: Path) -> None:
    """Reached through a link or in another worktree, it is the same; what a link inside leads out to is not in it."""
    tree = small.work / "tree"
    tree.mkdir()
    worktrees = small.repository / ".git" / "worktrees" / "tree"
    worktrees.mkdir(parents=True)
    (worktrees / "gitdir").write_text(f"{tree}/.git\n")
    (tree / ".git").write_text(f"gitdir: {worktrees}\n")
    claimed = small.repository / ".git" / "worktrees" / "claimed"
    claimed.mkdir()
    (claimed / "gitdir").write_text(f"{small.work}/leads-old/.git\n")
    (small.repository / "out").symlink_to(small.work / "other")
    repository = candidate.find_repository(linked / "app", small.path)

    held = [str(linked), str(linked / "app"), str(small.repository), str(tree / "sub"), f"{small.repository}/gone/away"]
    assert [name for name in held if not repository.holds(name)] == []
    assert candidate.find_repository(tree, small.path).holds(str(small.repository))
    others = [str(small.work), f"{small.repository}-old", f"{small.repository}/../other", str(small.repository / "out"),
              "", "leads", "\x00", "/", "~/code/leads", "C:\\code\\leads"]  # fmt: skip
    assert [name for name in others if repository.holds(name)] == []


def test_paths_of_windows() -> None:
    """Drive letter, direction of the slashes and letter case make no difference there."""
    repository = candidate.Repository(Path("C:/Code/Leads"), ("c:/code/leads",), ("C:\\Code\\Leads",), True, fold=True)

    assert repository.holds("c:\\code\\LEADS\\app")
    assert not repository.holds("C:\\Code\\Leads-old")
    assert not repository.holds("D:\\Code\\Leads")


def test_walking_has_limits(tmp_path: Path) -> None:
    """A large file is cut at a whole line, a pipe is not opened, deep folders are left."""
    troubles = Troubles()
    (tmp_path / "a.jsonl").write_bytes(b"12345\n67890\n")
    os.mkfifo(tmp_path / "b.jsonl")
    deep = tmp_path / "1" / "2" / "3"
    deep.mkdir(parents=True)
    (deep / "c.jsonl").write_text("x")

    assert [path.name for path in files_below(tmp_path, (".jsonl",), troubles, depth=2)] == ["a.jsonl"]
    assert read(tmp_path / "a.jsonl", troubles, 8) == (b"12345", True)
    assert read(tmp_path / "b.jsonl", troubles) == (b"", False)
    assert [path.name for path, _ in troubles.found] == ["b.jsonl"]


def test_a_database_of_opencode_is_read_and_left_alone(small: Home) -> None:
    """Newer versions keep sessions in SQLite: this repository's are found, and nothing beside the file appears."""
    folder = small.path / ".local" / "share" / "opencode"
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / "opencode.db")) as database:
        database.execute("CREATE TABLE session (id TEXT, directory TEXT)")
        database.execute("CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT)")
        database.execute(
            "CREATE TABLE part (id TEXT, message_id TEXT, session_id TEXT, time_created INTEGER, data TEXT)"
        )
        for number, where in enumerate(("ours", "sibling", "parent")):
            database.execute("INSERT INTO session VALUES (?, ?)", (f"s{number}", str(small.folders[where])))
            data = json.dumps({"role": "user", "time": {"created": MILLISECONDS}})
            database.execute("INSERT INTO message VALUES (?, ?, 1, ?)", (f"m{number}", f"s{number}", data))
            data = json.dumps({"type": "text", "text": f"Mark {where}: go"})
            database.execute(
                "INSERT INTO part VALUES (?, ?, ?, 1, ?)", (f"p{number}", f"m{number}", f"s{number}", data)
            )
        database.commit()
    (folder / "opencode-broken.db").write_text("no database")

    assert found_in(small, small.repository, "opencode") == ["Mark ours"]
    assert sorted(path.name for path in folder.iterdir()) == ["opencode-broken.db", "opencode.db"]


def test_two_folders_can_share_a_name_in_cursor(small: Home) -> None:
    """`leads/old` and `leads-old` have one name there: the paths that were used, or Cursor's own note, decide."""
    inside = small.repository / "old"
    inside.mkdir()
    for folder in (inside, small.work / "leads-old"):
        cursor(small, folder, f"Mark {folder.name}: go")
    (project,) = (small.path / ".cursor" / "projects").iterdir()
    assert found_in(small, small.repository, "cursor") == ["Mark old"]
    assert found_in(small, small.work / "leads-old", "cursor") == ["Mark leads-old"]

    (project / ".workspace-trusted").write_text(json.dumps({"workspacePath": str(small.work / "leads-old")}))
    assert found_in(small, small.repository, "cursor") == []


def test_newer_names_of_gemini_projects(small: Home) -> None:
    """A project named by a short word is found by the note in its folder, or by the list of projects."""
    gemini(small, small.repository, "Mark ours: go")
    tmp = small.path / ".gemini" / "tmp"
    (project,) = tmp.iterdir()
    project.rename(tmp / "leads")
    assert found_in(small, small.repository, "gemini") == []
    (small.path / ".gemini" / "projects.json").write_text(json.dumps({"projects": {str(small.repository): "leads"}}))
    assert found_in(small, small.repository, "gemini") == ["Mark ours"]
    (tmp / "leads" / ".project_root").write_text(str(small.work / "other"))
    assert found_in(small, small.repository, "gemini") == []


def test_a_repository_that_was_moved(small: Home) -> None:
    """Sessions from before a folder was renamed count when its earlier name is given; a home folder is no such name."""
    earlier = small.work / "earlier"
    codex(small, earlier, f"Mark earlier: {earlier}/app/leads.py")
    arguments = ("export", "--home", str(small.path), "--list")

    assert "No session" in run(small.repository, *arguments).output
    assert "Mark earlier: app/leads.py" in run(small.repository, *arguments, "--was", str(earlier)).output
    assert run(small.repository, *arguments, "--was", str(small.path)).exit_code == 2


def test_a_session_in_two_forms_is_one(small: Home) -> None:
    """A session that moved to the archive, or lies there twice, is listed once."""
    codex(small, small.repository, "Mark ours: go")
    (rollout,) = (small.path / ".codex").rglob("rollout-*.jsonl")
    archive = small.path / ".codex" / "archived_sessions"
    archive.mkdir()
    (archive / rollout.name).write_bytes(rollout.read_bytes())

    assert found_in(small, small.repository, "codex") == ["Mark ours"]


def test_times_without_a_zone_are_of_this_machine(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Aider writes local times: where they were written, their zone is known, and the export holds them in UTC."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        aider(small, small.repository, "Mark ours: go")
        repository = candidate.find_repository(small.repository, small.path)
        (found,) = candidate.discover(repository, candidate.Machine(small.path)).found
    finally:
        monkeypatch.undo()
        time.tzset()

    assert found.started is not None
    assert found.started.isoformat() == "2026-03-02T00:00:00+00:00"
    assert not found.sessions[0].local_times


def test_commits_are_asked_of_git(small: Home) -> None:
    """Ids, times, subjects and paths come from git, newest first; a name with a line break in it breaks nothing."""
    (small.repository / ".git").rmdir()
    settings = ["-c", "user.name=Mia", "-c", "user.email=mia@example.test", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], [*settings, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *arguments], cwd=small.repository, check=True)
    for name in ("a\nb.py", "é.py"):
        (small.repository / name).write_text("")
    subprocess.run(["git", "add", "."], cwd=small.repository, check=True)
    subprocess.run(["git", *settings, "commit", "-q", "-m", "second: \x1f odd"], cwd=small.repository, check=True)
    commits = candidate.own_commits(candidate.find_repository(small.repository, small.path)) or ()

    assert [commit.subject.split()[0] for commit in commits] == ["second:", "first"]
    assert "é.py" in commits[0].paths
    assert commits[1].paths == ()
    assert candidate.own_commits(candidate.find_repository(small.work / "other", small.path)) is None
    codex(small, small.repository, "Mark ours: go")
    done = run(small.repository, "export", "--home", str(small.path), "--list", "--since", "first-commit")
    assert "No session" in done.output


NOISE = {
    "cut": lambda content: content[: len(content) // 2],
    "nothing": lambda content: b"",
    "other types": lambda content: (
        b'{"cwd": 5, "payload": [], "data": 7, "sessionId": [], "directory": {}, "projects": []}\n' * 3
    ),
    "a list": lambda content: b"[1, null, [[]], {}]",
    "deep": lambda content: b"[" * 5_000 + b"]" * 5_000,
    "no text": lambda content: bytes(range(256)) * 50,
    "two-byte letters": lambda content: content.decode("utf-8").encode("utf-16"),
    "line ends": lambda content: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n"),
    "one long line": lambda content: content.replace(b"\n", b" ") * 40,
}


@pytest.mark.parametrize("kind", NOISE)
def test_whatever_lies_in_a_tools_folder_nothing_breaks(tmp_path: Path, kind: str) -> None:
    """Cut, empty, mistyped, deep, binary: what is there is found or listed, and no command fails."""
    small = Home(tmp_path)
    for tool, keep in KEEPERS.items():
        keep(small, small.repository, f"Mark {tool}: go")
    for path in [path for path in small.path.rglob("*") if path.is_file()]:
        path.write_bytes(NOISE[kind](path.read_bytes()))
    done = run(small.repository, "export", "--home", str(small.path), "--out", str(tmp_path / "out"), "--yes")
    seen = run(small.repository, "check")

    assert done.exit_code == 0, done.output
    assert seen.exit_code == 0, seen.output
    written = "".join(path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file())
    for planted in (KEY, MAIL, str(small.path)):
        assert planted not in done.output + seen.output + written


def test_a_file_that_may_not_be_read_is_listed(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system says no, the others are still found."""
    for where in ("ours", "inside"):
        codex(small, small.folders[where], f"Mark {where}: go")
    opened = os.open

    def refusing(path: Path, flags: int) -> int:
        if identifier(small.repository, "codex") in str(path):
            raise PermissionError(13, "Permission denied")
        return opened(path, flags)

    monkeypatch.setattr(os, "open", refusing)
    done = run(small.repository, "export", "--home", str(small.path), "--list")

    assert "Mark inside" in done.output
    assert "Permission denied" in done.output
