"""The history is told as it is recorded: order, sizes, tests next to code, and nothing concluded from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from graders import history
from graders.grade import Finding, Grade, Outcome
from graders.path_kinds import kind_of
from graders.trailers import trailers
from sandbox import Change, Commit

STARTED = datetime(2026, 6, 2, 9, 0, tzinfo=UTC)
BANNED = ("cheating", "fake", "fabricated", "suspicious", "dishonest", "tampered")


def commit(
    number: int,
    changes: dict[str, int | None],
    minutes: float = 0,
    *,
    body: str = "",
    author: str = "Sam",
    recorded: float | None = None,
    parents: tuple[int, ...] | None = None,
    removed: int = 0,
) -> Commit:
    """A commit, `minutes` after the start; changes: path to added lines."""
    before = (number - 1,) if parents is None and number > 1 else parents or ()
    return Commit(
        id=f"{number:040x}",
        author=author,
        author_email="sam@example.org",
        authored=STARTED + timedelta(minutes=minutes),
        committed=STARTED + timedelta(minutes=minutes if recorded is None else recorded),
        subject=f"Step {number}",
        body=body,
        parents=tuple(f"{parent:040x}" for parent in before),
        changes=tuple(Change(path, added, removed) for path, added in changes.items()),
    )


def graded(*commits: Commit, starter: Mapping[str, int] | None = None) -> Grade:
    """`starter`: path to lines of what was handed out, a brief and a contract besides the starter's own files."""
    sent = {path: b"x\n" * lines for path, lines in (starter or {}).items()}
    own = {path: text for path, text in sent.items() if path != "BRIEF.md" and not path.startswith("contract/")}
    case: Any = SimpleNamespace(
        submission=SimpleNamespace(commits=lambda limit: commits[-limit:]),
        challenge=SimpleNamespace(handed_out=sent, starter=own, time_box_minutes=240),
    )
    return history.grade(case)


def finding(grade: Grade, name: str) -> Finding | None:
    return next((one for one in grade.findings if one.id == f"history.{name}"), None)


USUAL = (
    commit(1, {"README.md": 20, "app/main.py": 30}),
    commit(2, {"app/imports.py": 120, "tests/test_imports.py": 80}, 40),
    commit(3, {"app/clay.py": 90}, 100),
    commit(4, {"tests/test_clay.py": 60, "AI_LOG.md": 30, "uv.lock": 900}, 220),
)


def test_tells_the_course_of_the_work() -> None:
    """Commits, span, time box and the lines by what they are for; generated files weigh nothing."""
    grade = graded(*USUAL)
    assert grade.outcome is Outcome.PASSED
    assert grade.summary == ("4 commits over 3 h 40 min (time box 4 h); 240 lines of code and 140 of tests were added.")
    assert grade.measures["span_minutes"] == 220
    assert grade.measures["commits_with_code_and_tests"] == 1
    tests = finding(grade, "tests")
    assert tests is not None
    assert tests.title == "1 of 3 commits with code add tests too"
    assert "the first tests come in commit 2 of 4" in tests.detail


def test_the_time_line_has_a_row_for_every_commit() -> None:
    """The exhibit holds the commits, oldest first, all rows with the same keys."""
    rows = graded(*USUAL).exhibits["commits"]
    assert [row["id"] for row in rows] == [one.id for one in USUAL]
    assert [row["test_added"] for row in rows] == [0, 80, 0, 60]
    assert rows[3]["other_added"] == 900
    assert rows[3]["added"] == 90
    assert rows[0]["time"] == "2026-06-02T09:00:00+00:00"
    assert len({tuple(row) for row in rows}) == 1


def test_the_starter_is_not_the_candidates_work() -> None:
    """Commits that only bring the starter's own files are shown, and counted apart."""
    starter = {"README.md": 40, "tests/test_public.py": 100}
    first = commit(1, {"README.md": 40, "tests/test_public.py": 100}, -5000)
    grade = graded(first, *(commit(n, {"app/a.py": 10}, n * 30) for n in (2, 3)), starter=starter)
    assert (grade.measures["commits"], grade.measures["starter_commits"], grade.measures["test_lines_added"]) == (
        2,
        1,
        0,
    )
    assert grade.measures["span_minutes"] == 30
    assert [row["starter"] for row in grade.exhibits["commits"]] == [1, 0, 0]


def test_one_commit_says_little() -> None:
    """A single commit is told as such, with a question and without a judgement."""
    grade = graded(commit(1, {"app/a.py": 900}))
    course = finding(grade, "course")
    assert course is not None
    assert course.title == "The work came in one commit"
    assert "squashed" in course.detail
    assert grade.outcome is Outcome.PASSED


def test_one_starter_file_written_first_is_the_candidates_work() -> None:
    """A first commit with nothing but DECISIONS.md is work, although the starter has a file of that name."""
    starter = dict.fromkeys(("README.md", "DECISIONS.md", "AI_LOG.md", "tests/test_public.py"), 12)
    grade = graded(commit(1, {"DECISIONS.md": 12}), commit(2, {"app/a.py": 10}, 30), starter=starter)

    assert (grade.measures["commits"], grade.measures["starter_commits"]) == (2, 0)


def test_no_commit_beyond_the_starter() -> None:
    """An empty history, or the starter alone, is said and no reason to fall over."""
    assert graded().summary == "The history holds no commit beyond the starter."
    assert graded(commit(1, {"README.md": 3}), starter={"README.md": 3}).measures["commits"] == 0


def test_the_brief_and_the_contract_committed_with_the_starter_are_not_the_candidates_work() -> None:
    """Whoever commits the export as it came, or the starter alone, has added nothing yet, tests least of all."""
    sent = {
        "BRIEF.md": 280,
        "contract/a.yaml": 500,
        "contract/b.yaml": 9,
        "app/main.py": 3,
        "tests/test_public.py": 349,
    }
    starter = {path: lines for path, lines in sent.items() if path.startswith(("app/", "tests/"))}
    for first in (sent, starter):
        grade = graded(commit(1, dict(first)), commit(2, {"app/main.py": 30}, 30), starter=sent)
        assert (grade.measures["starter_commits"], grade.measures["test_lines_added"]) == (1, 0)


def test_one_commit_of_work_in_the_starters_own_files_is_the_candidates_work() -> None:
    """The whole solution written into the files that were handed out, and committed once, is no starter."""
    starter = {"program.py": 3, "README.md": 3, "AI_LOG.md": 6, "submission.toml": 6}
    work = {**starter, "program.py": 33, "README.md": 17}
    grade = graded(commit(1, work), starter=starter)
    assert (grade.measures["commits"], grade.measures["starter_commits"]) == (1, 0)
    assert "beyond the starter" not in grade.summary


def test_a_large_commit_is_a_question() -> None:
    """A commit with most of the lines is named with its share."""
    grade = graded(commit(1, {"a.py": 30}), commit(2, {f"m{n}.py": 100 for n in range(9)}, 200))
    large = finding(grade, "large")
    assert large is not None
    assert large.title == "One commit holds 97% of the added lines"
    assert "900 lines in 9 files" in large.detail
    assert finding(graded(*USUAL), "large") is None


@pytest.mark.parametrize(
    ("body", "author", "expected"),
    [
        ("Co-Authored-By: Claude Opus 4 <noreply@anthropic.com>", "Sam", [("Co-Authored-By", "Claude Opus 4")]),
        ("Co-authored-by: Copilot <1+Copilot@users.noreply.github.com>", "Sam", [("Co-authored-by", "Copilot")]),
        ("Co-authored-by: aider (gpt) <aider@aider.chat>", "Sam", [("Co-authored-by", "aider (gpt)")]),
        ("Assisted-by: some-agent:model-1", "Sam", [("Assisted-by", "some-agent:model-1")]),
        ("Generated with [Claude Code](https://x)", "Sam", [("message", "Generated with Claude Code")]),
        ("", "Sam (aider)", [("author", "Sam (aider)")]),
        ("Co-authored-by: Claude Monet <claude@monet.example>", "Sam", []),
        ("Co-authored-by: Jo <jo@example.org>\nSigned-off-by: Sam", "Claude Shannon", []),
        ("I read about ChatGPT today", "Sam", []),
    ],
)
def test_reads_the_signs_that_tools_leave(body: str, author: str, expected: list[tuple[str, str]]) -> None:
    """Trailers and author names of tools are read; people called Claude are people."""
    assert [(sign.name, sign.text) for sign in trailers(body, author)] == expected


def test_signs_are_positive_evidence_only() -> None:
    """Commits that name a tool are listed, and those that do not are said to prove nothing."""
    grade = graded(USUAL[0], commit(2, {"a.py": 1}, 5, body="x\n\nCo-Authored-By: Claude Code <noreply@anthropic.com>"))
    signs = finding(grade, "ai_signs")
    assert signs is not None
    assert signs.title == "1 of 2 commits name an AI tool"
    assert "commits without one say nothing" in signs.detail
    assert finding(graded(*USUAL), "ai_signs") is None


def test_odd_clocks_are_said_neutrally() -> None:
    """Times that run backward are named with their ordinary reasons."""
    grade = graded(
        USUAL[0], commit(2, {"a.py": 5}, 90), commit(3, {"b.py": 5}, 30), commit(4, {"c.py": 5}, 95, recorded=4000)
    )
    clock = finding(grade, "clock")
    assert clock is not None
    assert "rebases" in clock.detail
    assert "1 commit was recorded at a time before their parent's" in clock.detail
    assert finding(graded(*USUAL), "clock") is None


def test_secrets_in_a_subject_are_left_out() -> None:
    """A token in a commit's subject reaches neither findings nor rows."""
    token = "ghp_" + "a1B2" * 9
    one = commit(1, {"a.py": 1})
    grade = graded(Commit(**{**{name: getattr(one, name) for name in Commit.__slots__}, "subject": f"add {token}"}))
    assert token not in str(grade)


def test_merges_and_uncounted_changes() -> None:
    """Binary changes and merges without changes of their own are rows like the others."""
    grade = graded(
        commit(1, {"logo.png": None}), commit(2, {}, 3, parents=(1, 1)), commit(3, {"a.py": 5}, 9, removed=2)
    )
    assert [row["merge"] for row in grade.exhibits["commits"]] == [0, 1, 0]
    assert grade.measures["lines_added"] == 5


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app/main.py", "code"), ("tests/test_a.py", "test"), ("app/a_test.py", "test"), ("tests/data/a.csv", "test"),
        ("conftest.py", "test"), ("README.md", "document"), ("docs/a.rst", "document"), ("uv.lock", "generated"),
        ("node_modules/a/b.js", "generated"), ("data/leads.csv", "other"), ("src/contest.py", "code"),
        ("web/app.spec.ts", "test"), ("latest.py", "code"), ("requirements.txt", "generated"),
    ],
)  # fmt: skip
def test_knows_files_by_their_paths(path: str, kind: str) -> None:
    """What a file is for follows from its path alone."""
    assert kind_of(path) == kind


def test_never_says_the_banned_words() -> None:
    """No finding of the history accuses."""
    grades = [
        graded(*USUAL),
        graded(commit(1, {"a.py": 900})),
        graded(USUAL[0], commit(2, {"a.py": 2_000}, -90, recorded=9000)),
    ]
    words = " ".join(f"{one.title} {one.detail}" for grade in grades for one in grade.findings).casefold()
    assert not [banned for banned in BANNED if banned in words]
