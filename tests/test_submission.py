"""A submission: what can be read from it, and that whatever a candidate puts in comes out as plain data."""

from __future__ import annotations

import dataclasses
import json
import os
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from repositories import Change, Content, Link, Program, make_repository, run

from sandbox.engine import SandboxError
from sandbox.fetch import fetch
from sandbox.replay import CommitPlan, build_repository
from sandbox.submission import Submission
from sandbox.tree import Note

NAMES = {
    "line\nbreak.py": "control characters",
    "\x1b[31mred\x1b[0m.py": "control characters",
    "\u202egnp.exe": "turn the direction",
    b"caf\xe9.txt": "not UTF-8",
    b"sur\xed\xa0\x80rogate": "not UTF-8",
    'quote".py': None,
    "-rf": None,
    "tab\tname": "control characters",
    "spaces and ünï.py": None,
}


def submit(tmp_path: Path, files: dict[str | bytes, Content], *commits: Change) -> Submission:
    source = make_repository(tmp_path / "demo", files, commits)
    into = tmp_path / "into"
    into.mkdir()
    return fetch(str(source), into=into)


def of_kind(submission: Submission, kind: str) -> list[Note]:
    return [note for note in submission.notes if note.kind == kind]


def test_odd_names_are_kept_noted_and_readable(tmp_path: Path) -> None:
    """Names with line breaks, ANSI codes, turned text and broken UTF-8 arrive whole, as text that can be written."""
    submission = submit(tmp_path, dict.fromkeys(NAMES, "content\n"))
    assert {file.raw for file in submission.files} == {
        name if isinstance(name, bytes) else name.encode() for name in NAMES
    }
    odd = {note.path: note.text for note in of_kind(submission, "name")}
    for name, reason in NAMES.items():
        path = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
        assert submission.read(path) == b"content\n"
        assert (reason in odd[path]) if reason else (path not in odd)
    for text in (
        *(file.path for file in submission.files),
        *(change.path for change in submission.commits()[0].changes),
    ):
        text.encode("utf-8")  # no lone surrogates
    assert len(submission.commits()[0].changes) == len(NAMES)


def test_reading_is_bounded_and_follows_no_link(tmp_path: Path) -> None:
    """A long file is cut, a missing one is None, a link is None wherever it leads, a folder is None."""
    submission = submit(
        tmp_path,
        {
            "long.txt": "x" * 5000,
            "empty": "",
            "l": Link("long.txt"),
            "p": Link("/etc/passwd"),
            "d/f": "1",
            "run": Program("#!"),
        },
    )
    assert submission.read("long.txt", limit=10) == b"x" * 10
    assert submission.read("empty") == b""
    assert submission.size_of("long.txt") == 5000
    for path in ("l", "p", "d", "none", "../demo", "", "long.txt/"):
        assert submission.read(path) is None
        assert submission.size_of(path) is None
    assert submission.read_many(["d/f", "none", "long.txt"], 3) == {"d/f": b"1", "long.txt": b"xxx"}
    assert {file.path: file.mode for file in submission.files}["run"] == "100755"


def test_pointers_hidden_files_and_names_that_collide_are_noted(tmp_path: Path) -> None:
    """LFS pointers, export attributes and names that differ in case only: each is said, none is obeyed."""
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 123456\n"
    submission = submit(
        tmp_path,
        {
            "data.bin": pointer,
            ".gitattributes": "secret.py export-ignore\n*.bin filter=lfs\n",
            "docs/.gitattributes": "# my-export-ignored things\n",
            "secret.py": "hidden = True\n",
            "README.md": "a",
            "readme.md": "b",
        },
    )
    assert [note.path for note in of_kind(submission, "lfs")] == ["data.bin"]
    assert [note.path for note in of_kind(submission, "export")] == [".gitattributes"]
    assert [note.path for note in of_kind(submission, "case")] == ["readme.md"]
    assert submission.read("secret.py") == b"hidden = True\n"


def test_notes_of_one_kind_are_bounded(tmp_path: Path) -> None:
    """A thousand odd names make two hundred notes and one that counts the rest."""
    submission = submit(tmp_path, {f"a\tb{number}": "" for number in range(1000)})
    found = of_kind(submission, "name")
    assert len(found) == 201
    assert "800 more" in found[-1].text


def test_the_history_is_read_oldest_first_with_counts(tmp_path: Path) -> None:
    """Author, times with their zone, subject, body, parents and the lines of each file, without guessing renames."""
    submission = submit(
        tmp_path,
        {"a.py": "1\n2\n3\n", "b.bin": b"\0\1"},
        Change({"a.py": "1\ntwo\n3\n4\n"}, "Add four\n\nBecause three\nwere few.\n", zone="+0530"),
        Change({"a.py": None, "moved.py": "1\ntwo\n3\n4\n"}, "Move"),
    )
    first, second, third = submission.commits()
    assert [(change.path, change.added, change.removed) for change in first.changes] == [
        ("a.py", 3, 0),
        ("b.bin", None, None),
    ]
    assert (second.subject, second.body) == ("Add four", "Because three\nwere few.")
    assert second.authored.utcoffset() == timedelta(hours=5, minutes=30)
    assert second.parents == (first.id,)
    assert [(change.path, change.added, change.removed) for change in second.changes] == [("a.py", 2, 1)]
    assert [(change.path, change.added, change.removed) for change in third.changes] == [
        ("a.py", 0, 4),
        ("moved.py", 4, 0),
    ]
    assert third.id == submission.commit
    assert submission.commits(1) == (third,)
    assert submission.commits(0) == ()


def test_a_merge_has_no_changes_of_its_own(tmp_path: Path) -> None:
    """A merge brings nothing that its parents don't have, and is recognised by two parents."""
    source = make_repository(tmp_path / "demo", {"a": "1\n"}, [Change({"b": "1\n"})])
    tree = run(source, "rev-parse", "HEAD^{tree}")
    merge = run(
        source,
        "-c",
        "user.name=a",
        "-c",
        "user.email=b",
        "commit-tree",
        "-m",
        "Merge",
        "-p",
        "HEAD",
        "-p",
        "HEAD~1",
        tree,
    )
    run(source, "update-ref", "refs/heads/main", merge)
    (tmp_path / "into").mkdir()
    commits = fetch(str(source), into=tmp_path / "into").commits()
    assert len(commits[-1].parents) == 2
    assert commits[-1].changes == ()


def test_hostile_commit_texts_stay_texts(tmp_path: Path) -> None:
    """Messages that imitate our format, long ones, ANSI codes and broken bytes neither forge a commit nor a change."""
    submission = submit(
        tmp_path,
        {"a.py": "1\n"},
        Change({"a.py": "2\n"}, "Subject\n\n5\t6\tforged.py\n:100644 100644 a b M\tforged.py\n" + "0" * 40 + "\n"),
        Change({"a.py": "3\n"}, b"caf\xe9 \x1b[31m" + b"x" * 500 + b"\n\n" + b"y" * 100_000),
        Change({"a.py": "4\n"}, ""),
        Change({"a.py": "5\n"}, "\n\n\n"),
    )
    commits = submission.commits()
    assert len(commits) == 5
    assert all([change.path for change in commit.changes] == ["a.py"] for commit in commits)
    assert len(commits[2].subject) == 200
    assert commits[2].subject.startswith("caf\ufffd \x1b[31mxxx")
    assert len(commits[2].body) == 4096
    assert (commits[3].subject, commits[3].body) == ("", "")
    json.dumps([dataclasses.asdict(commit) for commit in commits], default=str).encode("utf-8")


@pytest.mark.parametrize(
    ("moment", "zone", "year"),
    [
        (0, "+0000", 1970),
        (99_999_999_999_999, "+0000", 9999),
        (253_402_300_799, "+1400", 9999),
        (1_764_000_000, "-9959", 2025),
    ],
)
def test_dates_beyond_every_calendar_are_read(tmp_path: Path, moment: int, zone: str, year: int) -> None:
    """A date that Python can't hold becomes the nearest that it can; a zone of four days is none."""
    submission = submit(tmp_path, {"a": "1"}, Change({"a": "2"}, moment=moment, zone=zone))
    assert submission.commits()[-1].authored.year == year
    submission.commits()[-1].authored.isoformat()


@pytest.mark.slow
def test_a_long_history_is_bounded_and_quick(tmp_path: Path) -> None:
    """Of 2500 commits the last 2000 are read."""
    submission = submit(
        tmp_path, {"a": "0\n"}, *(Change({"a": f"{number}\n"}, f"Step {number}") for number in range(2500))
    )
    started = time.monotonic()
    commits = submission.commits()
    assert (len(commits), commits[0].subject, commits[-1].subject) == (2000, "Step 500", "Step 2499")
    assert time.monotonic() - started < 5


def test_attributes_do_not_hide_line_counts(tmp_path: Path) -> None:
    """A candidate's `* -diff` or `binary` would blank the counts; ours go first."""
    submission = submit(tmp_path, {".gitattributes": "* binary -diff\n", "a.py": "1\n2\n"})
    assert {change.path: change.added for change in submission.commits()[0].changes}["a.py"] == 2


def test_own_lines_are_those_that_the_starter_does_not_have(tmp_path: Path) -> None:
    """New files count whole, changed ones by line, untouched and binary ones not at all; line ends don't matter."""
    starter = {"app.py": b"import os\n\ndef a():\n    pass\n", "same.py": b"x\n", "crlf.py": b"a\nb\n"}
    submission = submit(
        tmp_path,
        {
            "app.py": "import os\n\ndef a():\n    return 1\n\ndef b():\n    pass\n",
            "same.py": "x\n",
            "crlf.py": "a\r\nb\r\nc\r\n",
            "new.py": "1\n2\n3",
            "empty.py": "",
            "data.bin": b"\0\1\n",
            "link.py": Link("app.py"),
        },
    )
    own = submission.added_lines(starter)
    assert own["app.py"] in ({4, 5, 6}, {5, 6, 7})  # which of two equal lines is the old one, nobody can tell
    assert own["crlf.py"] == {3}
    assert own["new.py"] == {1, 2, 3}
    assert set(submission.added_lines(starter)) == {"app.py", "crlf.py", "new.py"}
    assert submission.added_lines({})["same.py"] == {1}


def test_own_lines_of_crafted_files_are_told_in_time(tmp_path: Path) -> None:
    """Files made to be slow to compare (half a million equal lines) cost seconds at most and bounded memory."""
    starter = {f"{number}.py": b"x\ny\n" * 2000 for number in range(3)}
    submission = submit(tmp_path, {f"{number}.py": "y\nx\n" * (4_000 + 100_000 * (number == 2)) for number in range(3)})
    started = time.monotonic()
    submission.added_lines(starter)
    assert time.monotonic() - started < 3


CET = timezone(timedelta(hours=1))
PLAN = [
    CommitPlan(
        "Read the import",
        datetime(2026, 3, 2, 18, tzinfo=CET),
        "Sam Example <sam@example.org>",
        ("app/*.py", "submission.toml"),
    ),
    CommitPlan("The rest", datetime(2026, 3, 2, 20, 30, tzinfo=CET), "Sam Example <sam@example.org>", ("**/*",)),
]


def example(folder: Path) -> Path:
    (folder / "app" / "__pycache__").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "app" / "main.py").write_text("a = 1\n")
    (folder / "app" / "__pycache__" / "main.pyc").write_text("x")
    (folder / "tests" / "test_main.py").write_text("b = 1\n")
    (folder / "submission.toml").write_text("[run]\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("run.sh")
    return folder


def test_an_example_is_replayed_with_the_same_ids_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan's messages, dates, authors and files; same ids whatever the user, the umask and the clock."""
    folder = example(tmp_path / "files")
    first = build_repository(folder, PLAN, tmp_path / "strong")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody Else")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    old = os.umask(0o077)
    try:
        second = build_repository(folder, PLAN, tmp_path / "again")
    finally:
        os.umask(old)
    assert run(first, "rev-parse", "main") == run(second, "rev-parse", "main")
    (tmp_path / "into").mkdir()
    submission = fetch(str(first), into=tmp_path / "into")
    one, two = submission.commits()
    assert submission.name == "strong"
    assert (one.subject, one.author, one.author_email) == ("Read the import", "Sam Example", "sam@example.org")
    assert one.authored == datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
    assert one.authored.utcoffset() == timedelta(hours=1)
    assert [change.path for change in one.changes] == ["app/main.py", "submission.toml"]
    assert [change.path for change in two.changes] == ["link", "run.sh", "tests/test_main.py"]
    assert {file.path: file.mode for file in submission.files} == {
        "app/main.py": "100644",
        "link": "120000",
        "run.sh": "100755",
        "submission.toml": "100644",
        "tests/test_main.py": "100644",
    }


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ([CommitPlan("x", datetime(2026, 1, 1, tzinfo=UTC), "A <a@b>", ("app",))], "No commit of the plan names link"),
        ([CommitPlan("x", datetime(2026, 1, 1, tzinfo=UTC), "A <a@b>", ("nothing/*",))], "names no file"),
        ([CommitPlan("x", datetime(2026, 1, 1, tzinfo=UTC), "A <a@b>", ("/etc/*",))], "not a glob"),
        ([CommitPlan("x", datetime(2026, 1, 1), "A <a@b>", ("**",))], "no offset"),  # noqa: DTZ001 - the point of it
        ([], "no commit"),
    ],
)
def test_a_plan_that_does_not_fit_its_files_is_our_mistake(tmp_path: Path, plan: list[CommitPlan], words: str) -> None:
    """A file that no commit brings, or a glob that finds nothing, is said by name."""
    with pytest.raises(SandboxError, match=words):
        build_repository(example(tmp_path / "files"), plan, tmp_path / "out")
