"""The ground of a log's names: the commits, files, tests and decisions of a submission, and which of them are named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from graders.ai_log.link_targets import Ground
from graders.ai_log.links import Link
from graders.case import Case
from graders.decision_log import Decision, read_decisions
from graders.decoding import decode
from graders.path_kinds import kind_of
from graders.redaction import redact_short
from sandbox import Commit

COMMITS = 2_000
TEST_FILES, DECISION_FILES, FILE_LIMIT = 300, 40, 256 * 1024
_TEST_FUNCTION = re.compile(r"^[ \t]{0,40}(?:async[ \t]{1,4})?def (test_?\w{0,150})[ \t]{0,4}\(", re.MULTILINE)
_DECISIONS = re.compile(
    r"(?i)(?:^|/)(?:[\w-]{0,30}decision[\w-]{0,30}|trade-?offs?)\.(?:md|txt|rst|adoc)$|(?:^|/)(?:adrs?|decisions?)/[^/]+\.\w+$"
)


class TestFunctions:
    """Names of test functions with file and line, by their `def` lines: read as text, when first asked for."""

    __test__ = False

    def __init__(self, case: Case) -> None:
        self._case = case
        self._found: dict[str, tuple[str, int]] | None = None
        self._count = 0

    def __call__(self) -> Mapping[str, tuple[str, int]]:
        if self._found is None:
            self._found = {}
            names = (file.path for file in self._case.submission.files if file.path.endswith(".py"))
            paths = [path for path in names if kind_of(path) == "test"][:TEST_FILES]
            for path in paths:
                content = self._case.submission.read(path, limit=FILE_LIMIT) or b""
                text = content.decode("utf-8", "replace")
                for match in _TEST_FUNCTION.finditer(text):
                    self._count += 1
                    self._found.setdefault(match[1], (path, text.count("\n", 0, match.start()) + 1))
        return self._found

    @property
    def count(self) -> int:
        self()
        return self._count


def ground_of(case: Case, commits: Sequence[Commit], tests: TestFunctions) -> Ground:
    """What the names in a log lead to in this submission."""
    submission = case.submission
    ignored = submission.read(".gitignore", limit=16_384) or b""
    return Ground(
        {commit.id: redact_short(commit.subject) for commit in commits},
        [file.path for file in submission.files],
        sorted({change.path for commit in commits for change in commit.changes}),
        tests,
        _decisions(case),
        ignored.decode("utf-8", "replace").splitlines(),
        len(commits) >= COMMITS,
    )


def _decisions(case: Case) -> tuple[Decision, ...]:
    paths = [file.path for file in case.submission.files if _DECISIONS.search(file.path)]
    paths = sorted(paths, key=lambda path: (path.count("/"), path))[:DECISION_FILES]
    contents = case.submission.read_many(paths, limit=FILE_LIMIT)
    return tuple(
        decision
        for path, content in contents.items()
        for decision in read_decisions(redact_short(decode(content).text), path)
    )


def files_named(links: Sequence[Link], commits: Sequence[Commit]) -> dict[int, frozenset[str]]:
    """The files that each entry is about: named, holding a test that is named, or changed in a commit that is named."""
    changed = {commit.id: [change.path for change in commit.changes[:100]] for commit in commits}
    found: dict[int, set[str]] = {}
    for link in links:
        if link.found is None or link.target is None:
            continue
        paths = changed.get(link.target.commit, []) if link.target.commit else [link.target.path or ""]
        if link.kind == "file" and link.found.endswith("/"):
            paths = [link.found]
        if link.kind != "decision":
            found.setdefault(link.entry, set()).update(path for path in paths if path)
    return {entry: frozenset(paths) for entry, paths in found.items()}


def tests_named(links: Sequence[Link]) -> dict[int, list[Link]]:
    """The tests that each entry names and that are there, test files as a whole too."""
    found: dict[int, list[Link]] = {}
    for link in links:
        is_test = link.kind == "test" or (link.kind == "file" and kind_of(link.found or "") == "test")
        if link.found and is_test:
            found.setdefault(link.entry, []).append(link)
    return found
