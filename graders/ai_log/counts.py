"""Counts: how many test functions the test files define, at the graded commit and at those before it.

Counted by their `def` lines, and never run: one function can be several tests (parameters, subclasses), so a count is
what there is at the least wherever a file holds such things. A number that equals one is borne out; none is ever
contradicted by it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from graders.ai_log.own_run import OwnRun
from graders.path_kinds import kind_of
from sandbox import SandboxError, Submission, SubmissionRefused, at_commit

COMMITS = 60
"""Commits that changed test files and are looked into; of more, they are taken evenly."""
FILES = 300
FILE_BYTES = 256 * 1024
SECONDS = 10.0

_FUNCTION = re.compile(r"^([ \t]{0,40})(?:async[ \t]{1,4})?def (test\w{0,150})[ \t]{0,4}\(", re.MULTILINE)
_SEVERAL = re.compile(
    r"paramete?ri[sz]e|@ddt|params\s{0,3}=|pytest_generate_tests|subTest|subtests|load_tests|__test__|"
    r"^class \w{1,80}\((?!\s{0,3}(?:unittest\.)?(?:TestCase|IsolatedAsyncioTestCase|object)?\s{0,3}\))",
    re.MULTILINE,
)
"""Signs that one function can be several tests, or that tests come from elsewhere."""
_SETTINGS = re.compile(r"doctest|python_(?:functions|classes)|pytest_generate_tests|params\s{0,3}=")
"""Signs of the same, for all tests, in the settings of pytest and in a conftest.py."""


@dataclass(frozen=True, slots=True)
class Counted:
    """So many test functions; `open_ended`: at the least."""

    functions: int = 0
    open_ended: bool = False

    def fits(self, number: int) -> bool:
        """Whether so many tests may come of them."""
        return number == self.functions or (self.open_ended and number > self.functions > 0)


@dataclass(frozen=True, slots=True)
class _File:
    names: tuple[str, ...]
    open_ended: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """The test files of one commit. `exact`: how many tests a file's content is known to give."""

    commit: str
    when: datetime
    files: Mapping[str, _File]
    exact: Mapping[str, int]
    settings: bool

    def count(self, paths: Sequence[str] = (), words: Sequence[str] = ()) -> Counted:
        """The functions that a selection takes in; with `-k` or `-m` (`words`) up to all of them."""
        functions, open_ended = 0, bool(words) or self.settings
        for path, file in self.files.items():
            names = _chosen(path, file.names, paths)
            whole = len(names) == len(file.names)
            if path in self.exact and whole and names:
                functions += self.exact[path]
            elif names and not _is_shared(path):
                functions += len(names)
                open_ended = open_ended or file.open_ended
        return Counted(0 if words else functions, open_ended)


@dataclass(frozen=True, slots=True)
class History:
    """`standings` of every commit, oldest first. `complete`: nothing was left out, and no history was cut off.

    `linear`: no branches come together in it, so that the commit before one is the one that it was made from.
    """

    standings: tuple[Standing, ...] = ()
    complete: bool = True
    linear: bool = True

    def of(self, commit: str) -> int | None:
        """The place of a commit."""
        return next((place for place, one in enumerate(self.standings) if one.commit == commit), None)

    def equal(self, number: int, paths: Sequence[str] = (), words: Sequence[str] = ()) -> list[Standing]:
        """The commits where the selection gives exactly so many tests, newest first."""
        counts = [(one, one.count(paths, words)) for one in self.standings]
        return [one for one, count in reversed(counts) if count.functions == number and not count.open_ended]


@dataclass
class _Reader:
    submission: Submission
    own: OwnRun | None
    contents: dict[str, _File] = field(default_factory=dict)
    known: dict[tuple[str, str], int] = field(default_factory=dict)

    def standing(self, commit: str, when: datetime) -> Standing:
        there = at_commit(self.submission, commit)
        tests = {file.path: file.blob for file in there.files if _is_test(file.path) and not file.is_link}
        tests = dict(list(tests.items())[:FILES])
        new = [path for path, blob in tests.items() if blob not in self.contents]
        for path, content in there.read_many(new, FILE_BYTES).items():
            self.contents[tests[path]] = _read(content)
        places = ["pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", *(path for path in tests if _is_shared(path))]
        settings = there.read_many(places[:20], 64 * 1024)
        files = {path: self.contents[blob] for path, blob in tests.items() if blob in self.contents}
        exact = {path: self.known[path, blob] for path, blob in tests.items() if (path, blob) in self.known}
        special = any(_SETTINGS.search(content.decode("utf-8", "replace")) for content in settings.values())
        return Standing(commit, when, files, exact, special)

    def learn(self) -> None:
        """What the own run says of the files as they are now: it holds wherever a file was the same."""
        given: dict[str, int] = {}
        for test in self.own.outcomes if self.own else ():
            path = test.partition("::")[0]
            given[path] = given.get(path, 0) + 1
        self.known = {(file.path, file.blob): given[file.path] for file in self.submission.files if file.path in given}


def read_history(submission: Submission, own: OwnRun | None) -> History:
    """The counts over history. What git can't give in time is left out, and the history is then not complete."""
    commits = submission.commits()
    touched = [
        commit.id
        for place, commit in enumerate(commits)
        if place == 0 or len(commit.parents) > 1 or any(_is_test(change.path) for change in commit.changes)
    ]
    complete = len(touched) <= COMMITS and not any(note.kind == "history" for note in submission.notes)
    step = -(-len(touched) // COMMITS) if touched else 1
    chosen = {*touched[::-step], submission.commit}
    reader = _Reader(submission, own)
    reader.learn()
    deadline = time.monotonic() + SECONDS
    standings: list[Standing] = []
    for commit in commits:
        try:
            if commit.id in chosen and time.monotonic() < deadline:
                standings.append(reader.standing(commit.id, commit.committed))
                continue
            complete = complete and commit.id not in chosen
        except (SandboxError, SubmissionRefused):
            complete = False
        if standings:
            last = standings[-1]
            standings.append(Standing(commit.id, commit.committed, last.files, last.exact, last.settings))
    return History(tuple(standings), complete, all(len(commit.parents) < 2 for commit in commits))


def _read(content: bytes) -> _File:
    text = content.decode("utf-8", "replace")
    top: set[str] = set()
    inside: list[str] = []
    for match in _FUNCTION.finditer(text):
        if match[1]:
            inside.append(match[2])
        else:
            top.add(match[2])  # a second one of the same name takes the first one's place
    return _File((*sorted(top), *inside), bool(_SEVERAL.search(text)) or len(content) >= FILE_BYTES)


def _chosen(path: str, names: tuple[str, ...], paths: Sequence[str]) -> tuple[str, ...]:
    if not paths:
        return names
    for one in paths:
        place, _, inner = one.partition("::")
        if path == place or path.startswith(f"{place.rstrip('/')}/"):
            if not inner:
                return names
            wanted = inner.rsplit("::", 1)[-1].partition("[")[0]
            return tuple(name for name in names if name == wanted) or names
    return ()


def _is_shared(path: str) -> bool:
    return path == "conftest.py" or path.endswith("/conftest.py")


def _is_test(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.endswith(".py") and (kind_of(path) == "test" or name.startswith("test_") or name.endswith("_test.py"))
