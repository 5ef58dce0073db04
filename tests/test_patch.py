"""A commit's patch is read line by line, with limits, whatever the lines look like."""

from __future__ import annotations

import pytest
from repositories import Change, make_repository

from sandbox import Hunk, Submission, fetch
from sandbox import patch as patch_module

ODD = "-- a/forged.py\n++ b/forged.py\n@@ -1 +1 @@\ndiff --git a/x b/x\n"


@pytest.fixture(scope="module")
def submission(tmp_path_factory: pytest.TempPathFactory) -> Submission:
    folder = tmp_path_factory.mktemp("patch")
    repository = make_repository(
        folder / "theirs",
        {"money.py": "import os\nPRICE = float('1')\nEND = 1\n", "a b.txt": "x", "odd.txt": "old\n"},
        [
            Change({"money.py": "import os\nPRICE = Decimal('1')\nEND = 1\n", "odd.txt": ODD}, "Decimal"),
            Change({"money.py": None, "long.txt": "y" * 5_000 + "\n", "a b.txt": "x\nz"}, "Away"),
        ],
    )
    into = folder / "ours"
    into.mkdir()
    return fetch(str(repository), into=into)


def test_hunks_hold_the_lines_before_and_after(submission: Submission) -> None:
    """A replaced line comes as one hunk, with the number that it has after the commit."""
    second = submission.commits()[1].id
    assert submission.patch(second, ["money.py"]) == (
        Hunk("money.py", 2, ("PRICE = float('1')",), ("PRICE = Decimal('1')",)),
    )


def test_lines_that_look_like_a_patch_are_content(submission: Submission) -> None:
    """Content that spells a patch's heads is counted off as lines of its file."""
    second = submission.commits()[1].id
    assert submission.patch(second, ["odd.txt"]) == (
        Hunk("odd.txt", 1, ("old",), tuple(ODD.removesuffix("\n").split("\n"))),
    )
    assert {hunk.path for hunk in submission.patch(second)} == {"money.py", "odd.txt"}


def test_first_commits_removals_and_long_lines(submission: Submission) -> None:
    """The first commit adds everything; a removed file has lines taken away only; a long line is cut."""
    first, _, third = (commit.id for commit in submission.commits())
    assert {(hunk.path, len(hunk.added)) for hunk in submission.patch(first)} == {
        ("money.py", 3), ("a b.txt", 1), ("odd.txt", 1)
    }  # fmt: skip
    hunks = {hunk.path: hunk for hunk in submission.patch(third)}
    assert (len(hunks["money.py"].removed), hunks["money.py"].added) == (3, ())
    assert hunks["long.txt"].added == ("y" * patch_module.LINE_LIMIT,)
    assert hunks["a b.txt"].added == ("x", "z")


def test_what_is_no_commit_has_no_patch(submission: Submission) -> None:
    """An id of another form never reaches git; one that is not there has no hunks."""
    assert submission.patch("--output=/tmp/x") == ()
    assert submission.patch("0" * 40) == ()


def test_a_patch_over_the_limit_is_read_in_part(submission: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the whole hunks before it stay."""
    first = submission.commits()[0].id
    whole = submission.patch(first)
    monkeypatch.setattr(patch_module, "OUTPUT_LIMIT", 300)
    part = submission.patch(first)
    assert part == whole[: len(part)]
    assert len(part) < len(whole)
