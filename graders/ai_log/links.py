"""Links: the commits, files, tests and decisions that a log names, as they stand in its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from graders.ai_log.entry import Entry
from graders.grade import Evidence

MENTIONS = 400
_TEXT = 4_000
_CODE = re.compile(r"`([^`\n]{2,300})`")
_TOKEN = re.compile(r"[\w./\\@+-]{2,200}(?:::[\w:\[\]-]{1,200})?")
_SHA = re.compile(r"(?<![\w/.:#-])[0-9a-fA-F]{7,40}(?![\w/-])")
_SHA_WORD = re.compile(
    r"(?i)\b(?:commits?|committed(?: as| in)?|sha|hash|revision|rev|коммит[аеы]?|커밋)\b[\s:#`(]{1,4}"
    r"((?:[0-9a-f]{7,40}[`),\s]{0,4}(?:(?:and|und|y|и|ve)\s)?[`(]{0,2}){1,8})(?![\w/-])"
)
_BETWEEN_SHAS = re.compile(r"(?<=[0-9a-f]{7})\.{2,3}(?=[0-9a-f]{7})")
_BLOB = re.compile(
    r"https?://[^\s/()]{3,80}/[\w.-]{1,80}/[\w.-]{1,80}/(?:-/)?(?:blob|tree|raw|src)/[\w.-]{1,80}/([\w./-]{3,200})"
)
"""A file's page on a site that holds repositories, this one or another."""
_SHA_ADDRESS = re.compile(r"/commits?/([0-9a-f]{7,40})(?![\w-])")
_ENDINGS = (
    *("py", "pyi", "md", "toml", "txt", "json", "jsonl", "yaml", "yml", "cfg", "ini", "sql", "sh", "csv", "html"),
    *("css", "js", "ts", "tsx", "jsx", "mjs", "go", "rs", "rb", "java", "kt", "php", "cs", "lock", "env", "ipynb"),
    *(
        "dockerfile",
        "http",
        "tf",
        "proto",
        "vue",
        "svelte",
        "graphql",
        "prisma",
        "xml",
        "db",
        "sqlite",
        "sqlite3",
        "log",
    ),
)
_FILE = re.compile(rf"(?i)^[\w./\\@+-]{{1,200}}\.(?:{'|'.join(_ENDINGS)})$")
_BARE_FILES = frozenset({"dockerfile", "makefile", "procfile", "justfile", ".env", ".gitignore", ".dockerignore"})
_PRODUCTS = re.compile(
    r"(?i)^(?:next|node|vue|react|nuxt|octokit|express|three|d3|chart|nest|alpine|ember|backbone|discord|deno|bun|p5|"
    r"moment|day|solid|svelte|socket|babylon|hono|fastify|passport|plotly|tensorflow|brain)\.js$"
)
"""Names of products that look like file names."""
_DOMAIN = re.compile(r"(?i)^[\w-]{1,60}(?:\.[\w-]{1,60}){0,3}\.(?:com|org|net|io|dev|ai|co|app|sh|gov|edu|me)$")
_TEST = re.compile(r"^(?:[A-Z]\w{0,80}[.:]{1,2})?(test_\w{2,150})(?:\(\)|\[[^\[\]]{0,100}\])?$")
_DECISION = re.compile(
    r"(?<![\w`./-])(?<!Cloudflare )(?<!Vitamin )(?<!vitamin )(ADR|DEC|DR|D)[-_ #]{0,2}0{0,4}(\d{1,3})(?![\w%.]\w|-\d)|"
    r"\b([Dd]ecision|[Dd]ecisión|[Рр]ешени[ея]|[Kk]arar|결정)[ #]{1,3}0{0,4}(\d{1,3})\b(?!%)"
)


@dataclass(frozen=True, slots=True)
class Link:
    """What an entry names: `kind` is "commit", "file", "test" or "decision"; `part` is the entry's part it stands in.

    `found` is what it leads to, in words, and `target` the place; both None for a link that leads nowhere known, and
    `why` then says what can explain that. What is not `sure` is a bare word that a link may be (`Session`, 4e5f6a7):
    it counts only where it leads somewhere.
    """

    kind: str
    text: str
    entry: int
    path: str
    line: int
    found: str | None = None
    part: str = ""
    why: str = ""
    sure: bool = True
    target: Evidence | None = None


def named(entries: Iterable[Entry]) -> tuple[Link, ...]:
    """Everything the entries name, each name once an entry, in order."""
    links: list[Link] = []
    for entry in entries:
        seen: dict[tuple[str, str], int] = {}
        # What stands in a prompt comes last: a name that another part has too is a statement there, and no request.
        for name, part in sorted(entry.parts.items(), key=lambda item: item[0] == "prompt"):
            if name in ("when", "tool", "id", "response"):
                continue
            for kind, text, offset, sure in _in_text(part.text[:_TEXT], name):
                if (kind, text) not in seen and len(links) < MENTIONS:
                    seen[kind, text] = len(links)
                    links.append(Link(kind, text, entry.n, entry.path, part.line + offset, part=name, sure=sure))
                elif sure and (kind, text) in seen:
                    at = seen[kind, text]
                    links[at] = replace(links[at], sure=True)
    return tuple(links)


def _in_text(text: str, part: str) -> Iterator[tuple[str, str, int, bool]]:
    """Kind, text and line offset of what a text names, and whether that is sure. A list of links needs no marks."""
    loose = part == "links"
    for offset, raw in enumerate(text.split("\n")):
        line = _BETWEEN_SHAS.sub(" ", raw)
        for match in _BLOB.finditer(line):
            if "/" in match[1].strip("/"):
                yield "file", match[1].rstrip("."), offset, False
        pieces = [(piece, True) for piece in _CODE.findall(line)]
        bare = _CODE.sub(" ", line)
        pieces.append((bare, loose))
        for match in _SHA_WORD.finditer(line):
            yield from (
                ("commit", sha, offset, True) for sha in re.findall(r"[0-9a-fA-F]{7,40}", match[1]) if _is_sha(sha)
            )
        for match in _SHA_ADDRESS.finditer(line):
            yield "commit", match[1], offset, True
        for match in _DECISION.finditer(bare):
            prefix = match[1] or "decision "
            yield "decision", f"{prefix}{'-' if len(prefix) in (2, 3) else ''}{match[2] or match[4]}", offset, True
        for piece, marked in pieces:
            for sha in _SHA.findall(piece):
                if _is_sha(sha):
                    yield "commit", sha, offset, marked
            for token in _TOKEN.findall(piece):
                for kind, name, sure in _token(token, piece, marked):
                    yield kind, name, offset, sure or (kind == "test" and part == "verification")


def _token(token: str, piece: str, marked: bool) -> Iterator[tuple[str, str, bool]]:
    path, _, test = token.partition("::")
    path = re.sub(r":\d{1,6}$", "", path).strip(".,;:") if not path.startswith(".") else path.rstrip(".,;:")
    path = path.lstrip("-@+") if not path.startswith(("-", "@/")) else path.lstrip("-")
    if f"://{token}" in piece or "//" in path or path.startswith(("http", "www.")) or not path:
        return
    head, slash, _ = path.partition("/")
    if slash and _DOMAIN.match(head):
        return
    name = _TEST.match(test.rsplit("::", 1)[-1] if test else path)
    if name:
        yield "test", name[1], bool(test) or marked
        if not test:
            return
    has_folder = "/" in path.strip("/\\") or "\\" in path
    bare_file = path.rsplit("/", 1)[-1].casefold() in _BARE_FILES
    if (_FILE.match(path) and not _PRODUCTS.match(path)) or bare_file:
        yield "file", path, marked or has_folder
    elif path.endswith("/") and (has_folder or marked):
        yield "file", path, marked and has_folder


def _is_sha(text: str) -> bool:
    """Hexadecimal words ("defaced") and plain numbers are no commit ids."""
    return any(letter.isdigit() for letter in text) and any(letter.isalpha() for letter in text)
