"""AI notes: what git-ai wrote beside commits comes with the submission, within limits, and never hinders it."""

from __future__ import annotations

from pathlib import Path

import pytest
import test_ai_usage_log as log_tests
from repositories import Change, add_commits, make_bomb, make_repository, run

from sandbox import ai_notes
from sandbox.fetch import FetchLimits, fetch
from sandbox.submission import Submission

NOTE = 'app.py\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-2\n---\n{"schema_version": "authorship/3.0.0"}\n'


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir(mode=0o700)
    return folder


def get(repository: Path, into: Path) -> Submission:
    return fetch(str(repository), into=into, limits=FetchLimits())


def noted(path: Path, note: str = NOTE) -> tuple[Path, str]:
    """A repository whose one commit has a note, and the commit's id."""
    source = make_repository(path, {"app.py": "a = 1\nb = 2\n"})
    commit = run(source, "rev-parse", "HEAD")
    add_notes(source, {commit: note})
    return source, commit


def add_notes(source: Path, notes: dict[str, str | bytes]) -> None:
    add_commits(source, [Change(dict(notes), "Notes")], branch="refs/notes/ai")


def test_notes_come_with_the_submission(tmp_path: Path, into: Path) -> None:
    """The note of a commit is there under the commit's id, and nothing but the submission is left in the folder."""
    source, commit = noted(tmp_path / "repo")
    submission = get(source, into)
    assert submission.ai_notes() == {commit: NOTE.encode()}
    assert [place.name for place in into.iterdir()] == ["submission.git"]
    assert not (into / "submission.git" / "shallow").exists()
    assert [entry.subject for entry in submission.commits()] == ["Start"]


def test_notes_in_folders_are_found(tmp_path: Path, into: Path) -> None:
    """Git spreads many notes over folders; the id is put together again."""
    source = make_repository(tmp_path / "repo", {"app.py": "a = 1\n"})
    add_notes(source, {"ab/" + "c" * 38: "one", "ab/cd/" + "e" * 36: "two", "f" * 40: "three"})
    assert get(source, into).ai_notes() == {
        "ab" + "c" * 38: b"one",
        "abcd" + "e" * 36: b"two",
        "f" * 40: b"three",
    }


def test_without_notes_nothing_changes(tmp_path: Path, into: Path) -> None:
    """A repository without notes, or with notes of another kind, has none."""
    source = make_repository(tmp_path / "repo", {"app.py": "a = 1\n"})
    add_commits(source, [Change({"f" * 40: "hello"}, "Notes")], branch="refs/notes/commits")
    assert get(source, into).ai_notes() == {}


def test_what_is_no_note_is_left_out(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other names, large notes, and what is above the number or the size in all are not taken."""
    monkeypatch.setattr(ai_notes, "NOTE_BYTES", 100)
    monkeypatch.setattr(ai_notes, "ALL_BYTES", 250)
    source = make_repository(tmp_path / "repo", {"app.py": "a = 1\n"})
    add_notes(
        source,
        {
            "README.md": "x",
            "0" * 39: "short id",
            "1" * 40: b"\xff\x00 bytes",
            "2" * 40: "x" * 101,
            "3" * 40: "y" * 100,
            "4" * 40: "z" * 100,
            "5" * 40: "w" * 100,
        },
    )
    assert list(get(source, into).ai_notes()) == ["1" * 40, "3" * 40, "4" * 40]


@pytest.mark.slow
def test_a_bomb_of_notes_gives_none(tmp_path: Path, into: Path) -> None:
    """Notes of which a dozen objects stand for ten thousand million files are given up, and the grade goes on."""
    bomb = make_bomb(tmp_path / "bomb")
    run(bomb, "update-ref", "refs/notes/ai", "refs/heads/main")
    add_commits(bomb, [Change({"app.py": "a = 1\n"}, "Start")], branch="work")
    run(bomb, "update-ref", "-d", "refs/heads/main")
    run(bomb, "symbolic-ref", "HEAD", "refs/heads/work")
    submission = get(bomb, into)
    assert [file.path for file in submission.files] == ["app.py"]
    assert submission.ai_notes() == {}


def test_notes_that_point_to_nothing_give_none(tmp_path: Path, into: Path) -> None:
    """A ref to a blob, or to an object that is not there, hinders nothing."""
    source = make_repository(tmp_path / "repo", {"app.py": "a = 1\n"})
    blob = run(source, "hash-object", "-w", "--stdin", feed=b"no commit")
    (source / ".git" / "refs" / "notes").mkdir(parents=True)
    for target in (blob, "1" * 40):
        (source / ".git" / "refs" / "notes" / "ai").write_text(target + "\n")
        folder = into / target[:4]
        folder.mkdir()
        assert get(source, folder).ai_notes() == {}


def test_notes_that_git_refuses_give_none(tmp_path: Path, into: Path) -> None:
    """A tree with names that lead out of it is refused by git, and the submission comes without notes."""
    source, _ = noted(tmp_path / "repo")
    add_notes(source, {"../aa": "x"})
    submission = get(source, into)
    assert submission.ai_notes() == {}
    assert [place.name for place in into.iterdir()] == ["submission.git"]


def test_noted_lines_are_spoken_of_in_the_grade(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that a note of the candidate's commit attributes to an AI counts as spoken of, with the note named."""
    made = log_tests.commit(1, ("app.py", "util.py"))
    monkeypatch.setattr(log_tests.Repository, "ai_notes", lambda self: {made.id: NOTE.encode(), "f" * 40: b"x"})
    files: dict[str, str | bytes] = {
        "app.py": "a = 1\nb = 2\n" * 20,
        "util.py": "c = 3\n" * 20,
        "AI_LOG.md": "## 1. Start\n\n**Prompt:** begin\n\n**Correction:** none\n\n**Verification:** read it\n",
    }
    grade = log_tests.graded(files, commits=(made,))
    rows = grade.exhibits["coverage"]
    assert any("a note" in str(row["by"]) for row in rows), rows
