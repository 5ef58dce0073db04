"""Link targets: what the commits, files, tests and decisions that a log names lead to in the submission.

A name that leads nowhere says little: history is rewritten, files are ignored, renamed and never committed. So each
such link carries what can explain it, and none of them is ever held against the log.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from graders.ai_log.links import Link
from graders.decision_log import Decision
from graders.grade import Evidence

PATHS = 20_000
_FAMILIES = (("ts", "tsx", "js", "jsx", "mjs"), ("yml", "yaml"), ("md", "markdown", "mdx"), ("py", "pyi"))
_DECISION_TITLE = re.compile(
    r"(?i)^\W{0,6}(?:(adr|dec|dr|d|decision|decisión|решение|karar|결정)[-_ #]{0,3})?0{0,4}(\d{1,4})\b"
)
_ADR_FILE = re.compile(r"(?i)(?:^|/)(?:adr[-_ ]?)?0{0,4}(\d{1,4})[-_ ][^/]+$")
_ALWAYS_IGNORED = (".env", "*.pyc", "*.db", "*.sqlite", "*.sqlite3", "*.log", "node_modules", ".venv", "venv")


@dataclass(frozen=True, slots=True)
class Ground:
    """What links lead to. `commits`: id to subject; `past`: paths that some commit changed.

    `tests` gives each test function's name with its file and line, and is only asked where a test is named.
    `ignored` are the lines of the submission's .gitignore. `cut`: the history is longer than what was read.
    """

    commits: Mapping[str, str]
    files: Sequence[str]
    past: Sequence[str]
    tests: Callable[[], Mapping[str, tuple[str, int]]]
    decisions: Sequence[Decision] = ()
    ignored: Sequence[str] = ()
    cut: bool = False


def resolved(links: Sequence[Link], ground: Ground) -> tuple[Link, ...]:
    """The links with what they lead to. Names that only a prompt asks for, and that are not there, are no links."""
    at_head, in_past = _Paths(ground.files), _Paths(ground.past)
    ids = _decision_ids(ground.decisions)
    tests: Mapping[str, tuple[str, int]] | None = None
    done: list[Link] = []
    for link in links:
        held: Link | None
        match link.kind:
            case "commit":
                held = _commit(link, ground)
            case "file":
                held = _file(link, at_head, in_past, ground)
            case "decision":
                held = _decision(link, ids)
            case _:
                tests = ground.tests() if tests is None else tests
                held = _test(link, tests, at_head)
        if held is not None and (held.found or (held.sure and held.part != "prompt")):
            done.append(held)
    return _once(done)


def _once(links: Sequence[Link]) -> tuple[Link, ...]:
    """Of the names that an entry has for one file or commit the longest: `store.py` is `app/store.py` again."""
    best: dict[tuple[int, str, str], Link] = {}
    for link in links:
        key = (link.entry, link.kind, link.found or link.text)
        if key not in best or len(link.text) > len(best[key].text):
            best[key] = link
    return tuple(best.values())


def _commit(link: Link, ground: Ground) -> Link:
    wanted = link.text.casefold()
    found = next((commit for commit in ground.commits if commit.startswith(wanted)), None)
    if found:
        subject = ground.commits[found][:200]
        return replace(link, found=f"{found[:12]} {subject}".strip(), target=Evidence("commit", subject, commit=found))
    why = "A rebase, a squash or another branch can explain it."
    return replace(link, why=why + (" Only the latest commits were read." if ground.cut else ""))


def _file(link: Link, at_head: _Paths, in_past: _Paths, ground: Ground) -> Link | None:
    past = in_past.match(link.text, whole=True)
    found = at_head.match(link.text, whole=True) or (None if past else at_head.match(link.text))
    if found:
        return replace(link, found=found, target=Evidence("place", "", found.rstrip("/")))
    near = at_head.related(link.text)
    past = past or in_past.match(link.text)
    if past:
        now = at_head.match(past.rsplit("/", 1)[-1])
        moved = f"in the history, now {now}" if now else "in the history, not at this commit"
        return replace(link, found=f"{past} ({moved})", target=Evidence("place", "", now or past))
    if near:
        return replace(link, found=f"{near} (another ending)", target=Evidence("place", "", near))
    if re.match(r"^[A-Z][A-Za-z]{1,30}\.js$", link.text):
        return None  # a product's name ("Octokit.js"), as far as anybody can tell
    if _is_ignored(link.text, ground.ignored):
        return replace(link, why="The repository's .gitignore, or custom, leaves such files out.")
    return replace(
        link, why="Neither at this commit nor in the history; an ignored, generated or renamed file can explain it."
    )


def _test(link: Link, tests: Mapping[str, tuple[str, int]], at_head: _Paths) -> Link:
    if link.text in tests:
        path, line = tests[link.text]
        return replace(link, found=f"{link.text} ({path}:{line})", target=Evidence("place", link.text, path, line))
    module = at_head.match(f"{link.text}.py")
    if module:
        return replace(link, found=module, target=Evidence("place", "", module))
    return replace(link, why="No test file at this commit defines a function of that name; a rename can explain it.")


def _decision(link: Link, ids: Mapping[tuple[str, int], Decision]) -> Link | None:
    """A decision's id means something only where the decision log has ids."""
    if not ids:
        return None
    prefix, number = re.sub(r"[^a-z]", "", link.text.casefold()), int(re.sub(r"\D", "", link.text))
    alike = ("d", "decision", "") if prefix in ("d", "decision") else (prefix, "")
    found = next((ids[name, number] for name in alike if (name, number) in ids), None)
    if found is None and prefix in ("decision", "adr"):
        found = next((ids[key] for key in ids if key[1] == number), None)
    if found is None:
        return replace(link, why="The decision log at this commit has no such number; a renumbering can explain it.")
    place = f"{found.path}:{found.line}"
    return replace(
        link, found=f"{found.title[:120]} ({place})", target=Evidence("place", found.title, found.path, found.line)
    )


def _decision_ids(decisions: Sequence[Decision]) -> dict[tuple[str, int], Decision]:
    ids: dict[tuple[str, int], Decision] = {}
    for decision in decisions:
        title, file = _DECISION_TITLE.match(decision.title), _ADR_FILE.search(decision.path)
        if title:
            ids.setdefault(((title[1] or "").casefold(), int(title[2])), decision)
        if file:
            ids.setdefault(("adr", int(file[1])), decision)
    return ids


def _is_ignored(path: str, patterns: Sequence[str]) -> bool:
    """Whether the lines of a .gitignore (or custom) leave a path out; exceptions ("!") are not looked at."""
    parts = path.replace("\\", "/").lstrip("./" if path.startswith("./") else "/").split("/")[:20]
    for line in (*_ALWAYS_IGNORED, *patterns[:200]):
        pattern = line.strip().rstrip("/")[:100]
        if not pattern or pattern.startswith(("#", "!")):
            continue
        names = ["/".join(parts[:stop]) for stop in range(1, len(parts) + 1)] if "/" in pattern else parts
        if any(fnmatchcase(name, pattern.lstrip("/")) for name in names):
            return True
    return False


class _Paths:
    """Paths that can be looked up by any of their ends, letter case apart ("csv_import.py", "app/csv_import.py")."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._ends: dict[str, str] = {}
        self._folders: dict[str, str] = {}
        for path in paths[:PATHS]:
            parts = path.casefold().split("/")[-12:]
            for start in range(len(parts)):
                self._ends.setdefault("/".join(parts[start:]), path)
                for stop in range(start + 1, len(parts)):
                    self._folders.setdefault("/".join(parts[start:stop]), "/".join(path.split("/")[-12:][:stop]))

    def match(self, text: str, *, whole: bool = False) -> str | None:
        """The path that a text names; `whole`: all of the text must be the end of a path."""
        wanted = text.replace("\\", "/").casefold().rstrip("/")
        while wanted.startswith(("./", "../", "/", "@")):
            wanted = wanted.lstrip("@/") if wanted[0] in "@/" else wanted.split("/", 1)[1]
        parts = wanted.split("/")
        for start in range(len(parts)):
            # A path as the author's machine has it (/home/me/repository/src/a.py) ends with the path in the tree.
            end = "/".join(parts[start:])
            if end in self._ends and (start == 0 or "/" in end or len(parts) > 2):
                return self._ends[end]
            if end in self._folders and start == 0:
                return f"{self._folders[end]}/"
            if whole:
                break
        return None

    def related(self, text: str) -> str | None:
        """The same name with an ending of the same family (`App.ts` for `App.tsx`)."""
        stem, _, ending = text.rpartition(".")
        for family in _FAMILIES:
            if ending.casefold() in family and stem:
                return next((found for other in family if (found := self.match(f"{stem}.{other}"))), None)
        return None
