"""The preview: what the reader of the AI usage log will find in a working tree, before it is handed in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from graders.ai_log.document import Document
from graders.ai_log.entry import PARTS, Entry
from graders.ai_log.link_targets import Ground, resolved
from graders.ai_log.links import Link, named
from graders.ai_log.places import SEARCHED
from graders.ai_log.runs import Stated, read_runs
from graders.ai_log.search import Read, search
from graders.candidate.history import COMMITS, not_committed, own_commits
from graders.candidate.repository import Repository
from graders.candidate.walk import Troubles, read
from graders.decoding import decode
from graders.path_kinds import kind_of
from graders.redaction import Secret, redact_short, without_people

FILES = 50_000
_PASSED_OVER = frozenset(
    {".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".mypy_cache", ".pytest_cache", "site-packages"}
)
_TEST = re.compile(r"^[ \t]{0,40}(?:async )?def (test_\w{1,150})", re.MULTILINE)
_READ = 1024 * 1024
_LINE = 4_000
_PLACES = 100
_PLACEHOLDERS = ("_fill in_", "_YYYY-MM-DD", "_title_")
_TEST_FILES = 500
_DRAFT = re.compile(r"AI_LOG\.draft(?:-\d{1,3})?\.md")
_TEST_FILE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of an entry that holds a placeholder (`text`) or nothing, and where it stands.

    `entry` is 0 and `part` empty for a placeholder of ours that stands elsewhere: `text` is then its line.
    """

    entry: int
    part: str
    path: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be read. `secrets`: path and the rule with its line, never a value; `searched`: the places looked in.

    `dead` are names of commits, files and tests that lead nowhere; `unchecked` counts commits that could not be looked
    up because git is not there. `uncommitted`: documents that are not in the last commit (None: could not tell).
    `personal`: path and line of e-mail addresses and home folders in what people write by hand. `drafts`: drafts of an
    export, which nobody reads under their names. `runs`: what is read as a statement about a test run.
    """

    documents: tuple[Document, ...]
    entries: tuple[Entry, ...]
    gaps: tuple[Gap, ...]
    dead: tuple[Link, ...]
    links: int
    unchecked: int
    secrets: tuple[tuple[str, Secret], ...]
    uncommitted: tuple[str, ...] | None
    personal: tuple[tuple[str, int], ...]
    drafts: tuple[str, ...]
    runs: tuple[Stated, ...]
    searched: tuple[str, ...] = SEARCHED


def preview(repository: Repository, starters: Mapping[str, bytes] | None = None) -> Preview:
    """Read the log of a working tree. `starters`: the files that the challenge put there, by path."""
    sizes = dict(_files(repository.root))

    def content(path: str, limit: int) -> bytes | None:
        return read(repository.root / path, Troubles(), limit)[0] if path in sizes else None

    log = search(sizes, content, starters or {})
    entries = tuple(entry for document in log.documents if document.kind == "log" for entry in document.entries)
    dead, count, unchecked = _links(repository, entries, sizes)
    gaps = tuple(
        Gap(entry.n, name, entry.path, entry.unfilled[name].line, entry.unfilled[name].text.strip()[:80])
        for entry in entries
        for name in PARTS
        if name in entry.unfilled
    )
    gaps += _open_elsewhere(log.documents, content, {(gap.path, gap.line) for gap in gaps})
    paths = tuple(dict.fromkeys(document.path for document in log.documents))
    return Preview(
        log.documents,
        entries,
        gaps,
        dead,
        count,
        unchecked,
        log.secrets,
        not_committed(repository, paths),
        _personal(log.documents, content),
        tuple(path for path in sizes if _DRAFT.fullmatch(path)),
        read_runs(entries),
    )


def _open_elsewhere(documents: tuple[Document, ...], content: Read, known: set[tuple[str, int]]) -> tuple[Gap, ...]:
    """Placeholders of our template outside what is read as an entry's parts: the tools, an entry that nobody began."""
    found: list[Gap] = []
    for path in dict.fromkeys(document.path for document in documents if document.kind == "log"):
        lines = decode(content(path, _READ) or b"").text.split("\n")
        for number, line in enumerate(lines, start=1):
            left = any(mark in line[:_LINE] for mark in _PLACEHOLDERS)
            if left and (path, number) not in known and len(found) < _PLACES:
                found.append(Gap(0, "", path, number, redact_short(line.strip()[:80])))
    return tuple(found)


def _personal(documents: tuple[Document, ...], content: Read) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for path in dict.fromkeys(document.path for document in documents if document.kind in ("log", "summary")):
        lines = decode(content(path, _READ) or b"").text.split("\n")
        found += [(path, number) for number, line in enumerate(lines, start=1) if without_people(line[:_LINE])[1]]
    return tuple(found[:_PLACES])


def _links(
    repository: Repository, entries: tuple[Entry, ...], sizes: dict[str, int]
) -> tuple[tuple[Link, ...], int, int]:
    """The links that lead nowhere, how many there are, and how many commits could not be looked up."""
    links = named(entries)
    if not links:
        return (), 0, 0
    root = repository.root
    commits = own_commits(repository)
    ground = Ground(
        {commit.id: commit.subject for commit in commits or ()},
        list(sizes),
        sorted({path for commit in commits or () for path in commit.paths}),
        lambda: _tests(root, sizes),
        ignored=read(root / ".gitignore", Troubles(), 65_536)[0].decode("utf-8", "replace").splitlines(),
        cut=len(commits or ()) >= COMMITS,
    )
    done = resolved(links, ground)
    blind = [link for link in done if commits is None and link.kind == "commit"]
    dead = tuple(link for link in done if link.found is None and link not in blind)
    return dead, len(done), len(blind)


def _files(root: Path) -> Iterator[tuple[str, int]]:
    """The regular files of a working tree with their sizes, by their paths inside it; links are passed over."""
    count = 0
    for current, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
        for name in sorted(names):
            path = Path(current, name)
            try:
                if path.is_symlink() or not path.is_file():
                    continue
                size = path.stat().st_size
            except OSError:
                continue
            count += 1
            if count > FILES:
                return
            yield path.relative_to(root).as_posix(), size


def _tests(root: Path, sizes: dict[str, int]) -> dict[str, tuple[str, int]]:
    """The test functions in the tree with their places, by their `def` lines: nothing is run."""
    found: dict[str, tuple[str, int]] = {}
    paths = [path for path in sizes if path.endswith(".py") and kind_of(path) == "test"]
    for path in paths[:_TEST_FILES]:
        text = read(root / path, Troubles(), _TEST_FILE)[0].decode("utf-8", "replace")
        for match in _TEST.finditer(text):
            found.setdefault(match[1], (path, text.count("\n", 0, match.start()) + 1))
    return found
