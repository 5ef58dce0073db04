"""Links: the commits, files and tests that a log names, and whether the submission has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from graders.ai_log.entry import Entry

MENTIONS = 400
_TEXT = 4_000
_CODE = re.compile(r"`([^`\n]{3,300})`")
_TOKEN = re.compile(r"[\w./\\@+-]{2,200}(?:::[\w:\[\]-]{1,200})?")
_SHA = re.compile(r"(?<![\w/.-])[0-9a-f]{7,40}(?![\w/-])")
_SHA_WORD = re.compile(
    r"(?i)\b(?:commits?|sha|hash|revision|rev|pr|коммит|커밋)\b[\s:#`(]{1,4}([0-9a-f]{7,40})(?![\w/-])"
)
_ENDINGS = (
    *(
        "py",
        "pyi",
        "md",
        "toml",
        "txt",
        "json",
        "jsonl",
        "yaml",
        "yml",
        "cfg",
        "ini",
        "sql",
        "sh",
        "csv",
        "html",
        "css",
    ),
    *("js", "ts", "tsx", "jsx", "go", "rs", "rb", "java", "kt", "lock", "env", "dockerfile", "ipynb", "http", "tf"),
)
_FILE = re.compile(rf"(?i)^[\w./\\@+-]{{1,200}}\.(?:{'|'.join(_ENDINGS)})$")
_PRODUCTS = re.compile(
    r"(?i)^(?:next|node|vue|react|nuxt|octokit|express|three|d3|chart|nest|alpine|ember|backbone|discord|deno|bun)\.js$"
)
"""Names of products that look like file names."""
_TEST = re.compile(r"^(?:[A-Z]\w{0,80}[.:]{1,2})?(test_\w{2,150})(?:\(\)|\[[^\[\]]{0,100}\])?$")


@dataclass(frozen=True, slots=True)
class Link:
    """What an entry names: `kind` is "commit", "file" or "test"; and where in the log. `found` is what it leads to."""

    kind: str
    text: str
    entry: int
    path: str
    line: int
    found: str | None = None


def named(entries: Iterable[Entry]) -> tuple[Link, ...]:
    """Everything the entries name, each name once an entry, in order."""
    links: list[Link] = []
    for entry in entries:
        seen: set[tuple[str, str]] = set()
        for name, part in entry.parts.items():
            if name in ("when", "tool", "id", "response"):
                continue
            for kind, text, offset in _in_text(part.text[:_TEXT], loose=name == "links"):
                if (kind, text) not in seen and len(links) < MENTIONS:
                    seen.add((kind, text))
                    links.append(Link(kind, text, entry.n, entry.path, part.line + offset))
    return tuple(links)


def resolved(
    links: Sequence[Link],
    commits: Sequence[str],
    files: Sequence[str],
    past: Sequence[str],
    tests: Callable[[], set[str]],
) -> tuple[Link, ...]:
    """The links with what they lead to. `past`: paths that some commit changed; `tests`: names of test functions."""
    at_head = _Paths(files)
    in_past = _Paths(past)
    names: set[str] | None = None
    done = []
    for link in links:
        found: str | None = None
        if link.kind == "commit":
            found = next((commit for commit in commits if commit.startswith(link.text)), None)
        elif link.kind == "file":
            found = at_head.match(link.text)
            if found is None:
                past_path = in_past.match(link.text)
                found = f"{past_path} (in the history, not at this commit)" if past_path else None
        else:
            if names is None:
                names = tests()
            found = link.text if link.text in names else None
        done.append(Link(link.kind, link.text, link.entry, link.path, link.line, found))
    return tuple(done)


class _Paths:
    """Paths that can be looked up by any of their ends, letter case apart ("csv_import.py", "app/csv_import.py")."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._ends: dict[str, str] = {}
        self._folders: set[str] = set()
        for path in paths[:20_000]:
            parts = path.casefold().split("/")[-12:]
            for start in range(len(parts)):
                self._ends.setdefault("/".join(parts[start:]), path)
                for stop in range(start + 1, len(parts)):
                    self._folders.add("/".join(parts[start:stop]))

    def match(self, text: str) -> str | None:
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
                return f"{text.rstrip('/')}/"
        return None


def _in_text(text: str, *, loose: bool) -> Iterable[tuple[str, str, int]]:
    """Kind, text and line offset of what a text names. `loose`: in a list of links no marks are needed."""
    for offset, line in enumerate(text.split("\n")):
        pieces = [(piece, True) for piece in _CODE.findall(line)]
        pieces.append((_CODE.sub(" ", line), loose))
        for match in _SHA_WORD.finditer(line):
            if _is_sha(match[1]):
                yield "commit", match[1], offset
        for piece, marked in pieces:
            if marked:
                for sha in _SHA.findall(piece):
                    if _is_sha(sha):
                        yield "commit", sha, offset
            for token in _TOKEN.findall(piece):
                yield from ((kind, name, offset) for kind, name in _token(token, piece, marked))


def _token(token: str, piece: str, marked: bool) -> Iterable[tuple[str, str]]:
    path, _, test = token.partition("::")
    path = re.sub(r":\d{1,6}$", "", path).strip(".,;:") if not path.startswith(".") else path.rstrip(".,;:")
    if f"://{token}" in piece or "//" in path or path.startswith(("http", "www.", "-")):
        return
    name = _TEST.match(test.rsplit("::", 1)[-1] if test else path)
    if name and (test or marked):
        yield "test", name[1]
        if not test:
            return
    has_folder = "/" in path.strip("/\\") or "\\" in path
    is_file = _FILE.match(path) and (marked or has_folder) and not _PRODUCTS.match(path)
    if is_file or (marked and has_folder and path.endswith("/")):
        yield "file", path


def _is_sha(text: str) -> bool:
    """Hexadecimal words ("defaced") and plain numbers are no commit ids."""
    return any(letter.isdigit() for letter in text) and any(letter.isalpha() for letter in text)
