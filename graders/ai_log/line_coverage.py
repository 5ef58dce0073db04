"""Line coverage of a log: which own lines an entry, a transcript, a note or a trailer speaks of (AIL-13)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graders.ai_log.entry import Entry
from graders.path_kinds import kind_of

DEPTH = 2
"""Folders of a path that a row stands for."""
ROWS = 60
FOLDER_LINES, FILE_LINES = 40, 80
"""Added lines from which a folder, or a file, that nothing speaks of is named."""
GAPS = 3
TOP = "(top folder)"
_GENERIC = frozenset(
    re.findall(
        r"\w+",
        "main app index init conftest setup models model types type utils util helpers helper common base core test "
        "tests server client api data config settings run cli page form view views code file files",
    )
)


@dataclass(frozen=True, slots=True)
class Folder:
    """`added` lines of code and tests in a folder, `mentioned` of them in files that something speaks of, `by` what."""

    folder: str
    added: int
    mentioned: int
    by: str


@dataclass(frozen=True, slots=True)
class LineCoverage:
    """`gaps` are folders ("src/billing/") and files that nothing speaks of, with their added lines, largest first."""

    folders: tuple[Folder, ...] = ()
    gaps: tuple[tuple[str, int], ...] = ()
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def added(self) -> int:
        return sum(folder.added for folder in self.folders)

    @property
    def mentioned(self) -> int:
        return sum(folder.mentioned for folder in self.folders)


def line_coverage(
    added: Mapping[str, Collection[int]],
    entries: Sequence[Entry],
    sources: Sequence[tuple[str, Iterable[str]]],
) -> LineCoverage:
    """Join the candidate's own lines (by file) to what speaks of the files.

    `sources`: how to call a source ("an entry", "a transcript") and the paths that it names; a path that ends in a
    slash stands for all below it. A file whose name stands in an entry's words counts as named there too.
    """
    sizes = {path: len(lines) for path, lines in added.items() if kind_of(path) in ("code", "test") and lines}
    by: dict[str, str] = {}
    for name, paths in (*sources, ("an entry's words", _in_words(sizes, entries))):
        for path in paths:
            below = [one for one in sizes if one.startswith(path)] if path.endswith("/") else [path]
            for one in below:
                if one in sizes:
                    by.setdefault(one, name)
    folders: dict[str, list[str]] = defaultdict(list)
    for path in sizes:
        folders[_folder(path)].append(path)
    rows = tuple(
        Folder(
            name,
            sum(sizes[path] for path in paths),
            sum(sizes[path] for path in paths if path in by),
            ", ".join(name for name, _ in Counter(by[path] for path in paths if path in by).most_common(3)),
        )
        for name, paths in folders.items()
    )
    rows = tuple(sorted(rows, key=lambda row: (-row.added, row.folder)))[:ROWS]
    return LineCoverage(rows, _gaps(sizes, by, rows, folders), by)


def _gaps(
    sizes: Mapping[str, int], by: Mapping[str, str], rows: Sequence[Folder], folders: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, int], ...]:
    if not by:
        return ()  # a log that names no file at all leaves out every one: that is said once, and elsewhere
    gaps: list[tuple[str, int]] = []
    for row in rows:
        if not row.mentioned and row.folder != TOP:
            if row.added >= FOLDER_LINES:
                gaps.append((row.folder, row.added))
        else:
            alone = [path for path in folders[row.folder] if path not in by and sizes[path] >= FILE_LINES]
            alone = [path for path in alone if kind_of(path) == "code"]
            gaps += [(path, sizes[path]) for path in alone]
    return tuple(sorted(gaps, key=lambda gap: (-gap[1], gap[0]))[:GAPS])


def _folder(path: str) -> str:
    parts = path.split("/")[:-1][:DEPTH]
    return "/".join(parts) + "/" if parts else TOP


def _in_words(paths: Iterable[str], entries: Sequence[Entry]) -> list[str]:
    """The paths whose name stands in an entry's words: "the outbox" for outbox.py, "CSV reader" for csv_reader.py."""
    told = (" ".join((one.title, *(part.text[:4_000] for part in one.parts.values()))) for one in entries[:500])
    texts = [frozenset(re.findall(r"[^\W_]{2,40}", text.casefold())) for text in told]
    words = frozenset().union(*texts) if texts else frozenset[str]()
    found = []
    for path in paths:
        folders, _, name = path.casefold().rpartition("/")
        pieces = [piece for piece in re.findall(r"[^\W_]+", name.partition(".")[0]) if piece != "test"]
        last = folders.rsplit("/", 1)[-1]
        if len(pieces) == 1 and len(pieces[0]) >= 4 and pieces[0] not in _GENERIC:
            named = bool({pieces[0], pieces[0].removesuffix("s"), f"{pieces[0]}s"} & words)
        else:
            named = len(pieces) > 1 and words.issuperset(pieces) and any(text.issuperset(pieces) for text in texts)
        if named or (len(last) >= 4 and last not in _GENERIC and last not in ("tests", "source") and last in words):
            found.append(path)
    return found
