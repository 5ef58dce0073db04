"""An invocation: a test command as a log spells it, taken over only in a form that is known to be harmless.

A log is written by the candidate, and so is its command. What may be run is `python3 -m pytest` with relative paths,
`-k`, `-m` and a few flags, handed over as a list and never to a shell. Of anything else no word is kept, and the
invocation is not `exact`: what its run gives can bear a claim out, and never speaks against one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

COMMAND_LIMIT = 400
PATHS = 8
RUNNER = ("python3", "-m", "pytest")

_FORBIDDEN = re.compile(r"[;|&<>$`\\\n\r\x00*?~!#{}]|\$\(")
_STARTS = re.compile(
    r"(?:(?:uv|poetry|pdm|hatch|pipenv|rye) run )?"
    r"(?:(?:\./)?\.?venv/bin/)?"
    r"(?:(?:python|python3|python3\.\d{1,2}|py)(?: -[BIWbu]){0,2} -m )?"
    r"(?:coverage run (?:--?[\w=./-]{1,40} ){0,4}-m )?"
    r"(pytest|py\.test|unittest)(?=\s|$)"
)
_SETTING = re.compile(r"[A-Z_]{1,30}=[\w./:,-]{0,80} ")
_PATH = re.compile(r"(?!-)(?:[\w.-]{1,100}/){0,10}[\w.-]{1,150}/?(?:::[\w.-]{1,150}(?:\[[\w .,=+-]{1,100}\])?){0,4}")
_EXPRESSION = re.compile(r"[\w .\[\]():-]{1,120}")
_KEPT = frozenset({"-q", "-qq", "-v", "-vv", "-vvv", "-s", "-l", "--quiet", "--verbose"})
_SILENT = re.compile(
    r"-r[\w]{0,8}|--tb=\w{1,10}|--durations=\d{1,4}|--no-header|--no-summary|--color=\w{1,6}|-n=?(?:\d{1,3}|auto)|"
    r"--cov(?:=[\w./-]{1,80}|-[\w=./:-]{1,80})?|--no-cov|--disable-warnings|--disable-pytest-warnings|-W=?[\w:.]{1,60}|"
    r"-x|--exitfirst|--strict(?:-markers|-config)?|--capture=\w{1,5}|-p=?no:\w{1,30}|--cache-clear|--showlocals|--timeout=\d{1,5}"
)
"""Flags that change how a run looks, not which tests it runs: left out."""
_WITH_VALUE = frozenset({"-n", "--cov", "-W", "--tb", "--durations", "--color", "--maxfail", "--timeout"})
"""Flags whose value may stand as a word of its own."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """`arguments` follow `python3 -m pytest`; `paths` are those among them, `words` the rest of the selection.

    `exact`: it selects what the log's command selects. `text` is the command as it is shown.
    """

    arguments: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    exact: bool = True

    @property
    def whole(self) -> bool:
        """Whether it is the whole suite."""
        return not self.paths and not self.words

    def placed(self, files: Sequence[str]) -> Invocation:
        """The same with paths as they are in `files`: who ran it in a folder leaves the folder's name out."""
        moved = {path: _place(path, files) for path in self.paths}
        return replace(
            self,
            arguments=tuple(moved.get(part, part) for part in self.arguments),
            paths=tuple(moved[path] for path in self.paths),
        )

    @property
    def text(self) -> str:
        return " ".join(("python3 -m pytest", *(shlex.quote(part) for part in self.arguments)))


PLAIN = Invocation(("-q",), exact=False)
"""The whole suite, where the log names no command that can be taken over."""


def _place(path: str, files: Sequence[str]) -> str:
    name, mark, inner = path.partition("::")
    if name in files or any(file.startswith(f"{name.rstrip('/')}/") for file in files):
        return path
    ends = [file for file in files if file.endswith(f"/{name}")]
    return f"{ends[0]}{mark}{inner}" if len(ends) == 1 else path


def read_invocation(command: str) -> Invocation | None:
    """The invocation in a command line; None where it runs neither pytest nor unittest."""
    text = " ".join(command.strip().removeprefix("$ ").removeprefix("> ").split())
    exact = len(text) <= COMMAND_LIMIT
    text = text[:COMMAND_LIMIT]
    hostile = _FORBIDDEN.search(text)
    if hostile:
        return _plain(text)
    while setting := _SETTING.match(text):
        exact = exact and setting[0].startswith("PYTHON")  # RUN_SLOW=1 may select other tests
        text = text[setting.end() :]
    start = _STARTS.match(text)
    if start is None:
        return _plain(text)
    if start[1] == "unittest":
        return PLAIN  # pytest runs the same tests, and may find others besides
    try:
        parts = shlex.split(text[start.end() :])
    except ValueError:
        return PLAIN
    return _taken(parts, exact)


def _plain(text: str) -> Invocation | None:
    """The whole suite for a command that holds a runner and more than may be taken over."""
    runs = re.search(r"(?<![\w./-])(?:pytest|py\.test|unittest)(?![\w./-])", text)
    return PLAIN if runs else None


def _taken(parts: list[str], exact: bool) -> Invocation:
    flags: list[str] = []
    words: list[str] = []
    paths: list[str] = []
    waiting = list(parts)
    while waiting:
        part = waiting.pop(0)
        name, _, value = part.partition("=")
        if name in ("-k", "-m"):
            expression = value or (waiting.pop(0) if waiting else "")
            if not _EXPRESSION.fullmatch(expression) or expression.startswith("-"):
                return PLAIN
            words += [name, expression]
        elif part in _KEPT:
            flags.append(part)
        elif _SILENT.fullmatch(part) or name == "--maxfail":
            if name in _WITH_VALUE and not value and waiting and _is_value(name, waiting[0]):
                waiting.pop(0)
        elif part in _WITH_VALUE and waiting and _is_value(part, waiting[0]):
            waiting.pop(0)
        elif _is_path(part) and len(paths) < PATHS:
            if part.rstrip("/") not in (".", ""):
                paths.append(part.removeprefix("./"))
        elif part.startswith("-"):
            return PLAIN
        else:
            exact = False
    return Invocation((*(flags or ["-q"]), *words, *paths), tuple(paths), tuple(words), exact)


def _is_value(flag: str, word: str) -> bool:
    if flag in ("-n", "--durations", "--maxfail", "--timeout"):
        return word.isdigit() or word == "auto"
    if flag == "--cov":
        return bool(re.fullmatch(r"\w{1,60}", word)) and not word.startswith("test")
    return bool(re.fullmatch(r"[\w:.]{1,60}", word))


def _is_path(word: str) -> bool:
    if word in (".", "./"):
        return True
    path = word.partition("::")[0]
    return bool(_PATH.fullmatch(word)) and ".." not in path.split("/") and ("/" in path or "." in path or "::" in word
        or path.startswith("test"))  # fmt: skip
