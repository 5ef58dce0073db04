"""`harness ai-log`: the candidate's side, on a machine that is made up for it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from candidate_machine import (
    KEEPERS,
    KEY,
    MAIL,
    TOOLS,
    Home,
    claude_code,
    cline,
    codex,
    found_in,
    prompt,
    run,
)

from graders import candidate
from graders.redaction import redact
from harness import ai_log_command

ROOT = Path(__file__).parent.parent
FILLED = """\
# AI usage log

Tools: Claude Code
Written: as I went

## 1. Import    2026-03-02 10:00 +01:00
**Prompt:** a parser for the leads
**Correction:** None needed
**Verification:** `pytest tests/test_leads.py` -> 3 passed
**Links:** `app/leads.py`, `app/missing.py`

## 2. Retries
**Prompt:** backoff
**Correction:** _fill in_
"""


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


def test_nothing_planted_is_shown_or_written(home: Home, tmp_path: Path) -> None:
    """Key, address and home path stand in prompts, commands, paths and outputs of every tool: none comes out."""
    done = run(home.repository, "export", "--home", str(home.path), "--out", str(tmp_path / "out"), "--yes")
    listed = run(home.repository, "export", "--home", str(home.path), "--list")
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    texts = [path.read_text() for path in files] + [str(path.relative_to(tmp_path)) for path in files]

    assert done.exit_code == 0, done.output
    assert len(files) == 2 * len(TOOLS) - 2 + 2 + 1
    for text in [*texts, done.output, listed.output]:
        for planted in (KEY, MAIL, str(home.path), str(home.path).replace("/", "-").strip("-"), KEY[4:20]):
            assert planted not in text
        assert not redact(text).secrets
    assert "github-token" in done.output
    assert "[redacted: e-mail]" in "".join(texts)


def test_an_export_writes_nothing_outside_its_folder(home: Home, tmp_path: Path) -> None:
    """The tools' folders and the repository are the same before and after an export to another folder."""

    def state() -> dict[str, tuple[int, int]]:
        return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in home.path.rglob("*") if p.is_file()}

    before = state()
    run(home.repository, "export", "--home", str(home.path), "--out", str(tmp_path / "out"), "--yes")

    assert state() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["AI_LOG.md", "ai"]


def test_an_export_reads_back_as_transcripts(home: Home, tmp_path: Path) -> None:
    """What was written is read by the reader of transcripts, prompt by prompt."""
    from graders.transcripts import read_sessions

    run(home.repository, "export", "--home", str(home.path), "--out", str(tmp_path), "--yes", "--tool", "codex")
    path = tmp_path / "ai" / "transcripts" / "1-codex.jsonl"
    (session,) = read_sessions(path.name, path.read_bytes())

    assert session.tool == "Codex"
    assert [event.text[:10] for event in session.prompts] == ["Mark codex"]
    assert session.cwd == "."


def test_no_command_opens_a_socket(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline: with sockets taken away, all three commands work."""

    def refused(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a socket was asked for")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    out = tmp_path / "out"
    done = [
        run(home.repository, "export", "--home", str(home.path), "--out", str(out), "--yes"),
        run(out, "check"),
        run(out, "init", "--out", "other.md"),
    ]

    assert [one.exit_code for one in done] == [0, 0, 0], [one.output for one in done]


def test_without_a_terminal_it_lists_and_says_what_to_do(small: Home) -> None:
    """Where nobody can be asked, nothing is written."""
    codex(small, small.repository, prompt("codex", "ours", small.repository))
    done = run(small.repository, "export", "--home", str(small.path))

    assert done.exit_code == 0
    assert "Mark codex ours" in done.output
    assert "--yes" in done.output
    assert sorted(path.name for path in small.repository.iterdir()) == [".git", "app"]


def test_a_person_chooses(small: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal the numbers that were typed go in; what can't be understood is asked again."""
    monkeypatch.setattr(ai_log_command, "_at_a_terminal", lambda: True)
    for where in ("ours", "inside"):
        codex(small, small.folders[where], prompt("codex", where, small.folders[where]))
    done = run(small.repository, "export", "--home", str(small.path), typed="seven\n-1\n")

    assert "not understood" in done.output
    written = list((small.repository / "ai" / "transcripts").iterdir())
    assert [path.name for path in written] == ["1-codex.jsonl"]
    assert run(small.repository, "export", "--home", str(small.path), typed="none\n").output.endswith(
        "nothing was written.\n"
    )


def test_what_is_there_stays_as_it_is(small: Home) -> None:
    """A log that exists is not touched: the draft goes beside it, and a second one beside that."""
    codex(small, small.repository, "Write the import")
    (small.repository / "AI_LOG.md").write_text("mine")
    for _ in range(2):
        assert run(small.repository, "export", "--home", str(small.path), "--yes").exit_code == 0

    assert (small.repository / "AI_LOG.md").read_text() == "mine"
    names = sorted(path.name for path in small.repository.iterdir() if path.is_file())
    assert names == ["AI_LOG.draft-2.md", "AI_LOG.draft.md", "AI_LOG.md"]
    assert [path.name for path in (small.repository / "ai" / "transcripts").iterdir()] == ["1-codex.jsonl"]


def test_other_files_among_the_transcripts_are_kept(small: Home) -> None:
    """A transcript that somebody put there keeps its name; ours takes the next number."""
    codex(small, small.repository, "Write the import")
    theirs = small.repository / "ai" / "transcripts" / "1-codex.jsonl"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("theirs")
    run(small.repository, "export", "--home", str(small.path), "--yes")

    assert theirs.read_text() == "theirs"
    assert (theirs.parent / "2-codex.jsonl").exists()


def test_nothing_is_written_through_a_link(small: Home, tmp_path: Path) -> None:
    """Where ai/ is a link to another place, the export stops and says so."""
    codex(small, small.repository, "Write the import")
    outside = tmp_path / "outside"
    outside.mkdir()
    (small.repository / "ai").symlink_to(outside)
    done = run(small.repository, "export", "--home", str(small.path), "--yes")

    assert done.exit_code != 0
    assert "link" in done.output
    assert list(outside.iterdir()) == []


def test_since_and_tool_leave_out(small: Home) -> None:
    """--since leaves out what ended before; --tool takes one tool alone; a wrong date is a usage error."""
    for keep in (codex, claude_code):
        keep(small, small.repository, "Write the import")
    arguments = ("export", "--home", str(small.path), "--list")

    assert "2 sessions" not in run(small.repository, *arguments, "--tool", "codex").output
    assert "1 session of" in run(small.repository, *arguments, "--tool", "codex").output
    assert "No session" in run(small.repository, *arguments, "--since", "2026-03-03").output
    assert "Write the import" in run(small.repository, *arguments, "--since", "2026-03-01").output
    assert run(small.repository, *arguments, "--since", "yesterday").exit_code == 2
    assert run(small.repository, *arguments, "--since", "first-commit").exit_code == 2


def test_a_home_folder_is_no_submission(small: Home) -> None:
    """In the home folder every session of the machine would count: export and check refuse."""
    (small.path / ".git").mkdir()

    assert run(small.path, "export", "--home", str(small.path)).exit_code == 2
    assert found_in(small, small.work / "other") == []


def test_init_writes_a_template_that_reads_as_one(small: Home) -> None:
    """The template is read as a template; it is never written over anything."""
    folder = small.repository
    first = run(folder, "init")
    again = run(folder, "init")
    (folder / "mine.md").write_text("mine")

    assert first.exit_code == 0
    assert "Fifteen minutes" in first.output
    assert again.exit_code == 0
    assert "left as it is" in again.output
    assert run(folder, "init", "--out", "mine.md").exit_code == 2
    assert (folder / "mine.md").read_text() == "mine"
    assert "the template, with nothing filled in yet" in run(folder, "check").output


def test_a_filled_template_reads_as_a_complete_log(small: Home) -> None:
    """Whoever writes an answer at every place gets a log in which nothing is missing."""
    begun = candidate.TEMPLATE.replace("_fill in_", "None needed", 4)
    (small.repository / "AI_LOG.md").write_text(begun)
    told = run(small.repository, "check").output
    assert "Complete" not in told
    assert "AI_LOG.md:29  **Correction:** _fill in_" in told
    assert "AI_LOG.md:21  ## 1. _title_" in told

    text = candidate.TEMPLATE.replace("_title_", "Import").replace(
        "_YYYY-MM-DD HH:MM +HH:MM_", "2026-03-02 10:00 +01:00"
    )
    (small.repository / "AI_LOG.md").write_text(text.replace("_fill in_", "None needed"))
    done = run(small.repository, "check")

    assert "2 entries" in done.output
    assert "Complete: every entry" in done.output


def test_init_says_when_the_starter_brought_one(small: Home) -> None:
    """Where the challenge's starter holds a template already, that one is to be filled in."""
    starter = (ROOT / "challenges" / "lead-ingestion" / "starter" / "AI_LOG.md").read_text()
    (small.repository / "submission.toml").write_text('[submission]\nchallenge = "lead-ingestion"\n')
    (small.repository / "AI_LOG.md").write_text(starter)

    assert "the challenge's starter" in run(small.repository, "init").output
    done = run(small.repository, "init", "--challenge", "lead-ingestion", "--out", "LOG.md")
    assert "the challenge's starter" in done.output
    assert (small.repository / "LOG.md").read_text() == starter
    assert "the template" in run(small.repository, "check").output
    assert run(small.repository, "init", "--challenge", "no-such").exit_code == 2


def test_check_shows_what_the_reader_sees(small: Home) -> None:
    """Entries with their parts, placeholders and dead names with file and line, secrets by rule and never by value."""
    (small.repository / "AI_LOG.md").write_text(FILLED + f"**Links:** I used {KEY}\n")
    (small.repository / "app" / "leads.py").write_text("")
    done = run(small.repository, "check")

    assert done.exit_code == 0
    assert "AI_LOG.md: an AI usage log: 2 entries" in done.output
    assert "AI_LOG.md:14  entry 2, correction: holds '_fill in_'" in done.output
    assert "entry 2 has no verification" in done.output
    assert "AI_LOG.md:9  `pytest tests/test_leads.py` -> 3 passed" in done.output
    assert "AI_LOG.md:10  file app/missing.py" in done.output
    assert "app/leads.py" not in done.output
    assert "AI_LOG.md:15  github-token" in done.output
    assert KEY not in done.output


def test_check_as_json(small: Home) -> None:
    """The same for programs."""
    (small.repository / "AI_LOG.md").write_text(FILLED)
    told = json.loads(run(small.repository, "check", "--json").output)

    assert [entry["verification"] for entry in told["entries"]] == ["there", "missing"]
    assert [entry["correction"] for entry in told["entries"]] == ["there", "placeholder"]
    assert told["placeholders"][0]["line"] == 14
    assert told["searched"] == []


def test_check_names_the_places_searched(small: Home) -> None:
    """Without a log it says where one was looked for, and how to begin; it is no gate."""
    done = run(small.repository, "check")

    assert done.exit_code == 0
    assert "harness ai-log init" in done.output
    assert ".specstory/history/" in done.output
    assert run(small.repository, "check", "no-such-folder").exit_code == 2


def test_check_says_what_would_not_be_handed_in(small: Home) -> None:
    """A log that is not committed is named, where git can tell."""
    (small.repository / ".git").rmdir()
    subprocess.run(["git", "init", "-q", str(small.repository)], check=True)
    (small.repository / "AI_LOG.md").write_text(FILLED)
    done = run(small.repository, "check")

    assert "Not committed as they stand" in done.output


CHECKED = """
import sys
class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("docker", "git"):
            raise ImportError(f"{name} is not on this machine")
sys.meta_path.insert(0, Refused())
from click.testing import CliRunner
from harness.cli import cli
for arguments in (["check"], ["export", "--yes"], ["init", "--out", "other.md"], ["check", "--json"]):
    done = CliRunner().invoke(cli, ["ai-log", *arguments])
    print(done.exit_code, done.exception, done.output)
print("loaded", sorted({"docker", "git", "sandbox", "jinja2", "pydantic"} & set(sys.modules)))
"""


def test_neither_docker_nor_git_is_needed(small: Home) -> None:
    """With no docker or git package to import, and nothing on the PATH, each command does its work."""
    codex(small, small.repository, "Write the import")
    done = subprocess.run(
        [sys.executable, "-c", CHECKED],
        cwd=small.repository,
        env={"PYTHONPATH": str(ROOT), "HOME": str(small.path), "PATH": ""},
        capture_output=True,
        text=True,
    )

    assert done.stdout.endswith("loaded []\n"), done.stdout + done.stderr
    assert done.stdout.count("0 None ") == 4, done.stdout
    assert (small.repository / "AI_LOG.md").exists()
    assert (small.repository / "other.md").exists()


def test_the_tools_of_the_option_are_those_that_are_found() -> None:
    """--tool offers exactly what there is a finder for."""
    assert set(ai_log_command.TOOLS) == set(candidate.FINDERS) == set(TOOLS) == set(KEEPERS)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [("all", (1, 2, 3, 4, 5)), ("1,3-5", (1, 3, 4, 5)), ("2 4", (2, 4)), ("-2", (1, 3, 4, 5)), ("1-4 -3", (1, 2, 4)),
     ("none", ()), ("", ()), ("2 - 3", (2, 3)), ("1..2", (1, 2)), ("all,-1", (2, 3, 4, 5))],
)  # fmt: skip
def test_a_selection(typed: str, numbers: tuple[int, ...]) -> None:
    """Numbers, ranges, and what to leave out."""
    assert candidate.selected(typed, 5) == numbers


@pytest.mark.parametrize("typed", ["6", "0-2", "3-1", "x", "1,two", "9" * 50, "1;rm"])
def test_a_selection_that_is_none(typed: str) -> None:
    """What is not in the list, or no number, is told and never guessed."""
    with pytest.raises(candidate.SelectionError):
        candidate.selected(typed, 5)


def test_check_names_lines_with_personal_data(small: Home) -> None:
    """An address or a home folder in the log is pointed at by its line, and not repeated."""
    (small.repository / "AI_LOG.md").write_text(FILLED + f"**Verification:** asked {MAIL}, see /home/mia/x.py\n")
    done = run(small.repository, "check")

    assert "AI_LOG.md:15" in done.output
    assert MAIL not in done.output
    assert "/home/mia" not in done.output


def test_changes_by_hand_that_cline_notes_are_hints(small: Home, tmp_path: Path) -> None:
    """Which files a person changed stands in another file of the task; the draft names them as a note."""
    cline(small, small.repository, "Mark ours: go")
    run(small.repository, "export", "--home", str(small.path), "--out", str(tmp_path / "out"), "--yes")
    draft = (tmp_path / "out" / "AI_LOG.md").read_text()

    assert "09:00 +00:00 you changed by hand app/[redacted: e-mail]" in draft.replace("11:00 +02:00", "09:00 +00:00")
    assert "pytest -q` -> 3 passed" in draft
