"""Paths: from the absolute path in a transcript, of whatever machine, to a file of the repository."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

_SCHEME = re.compile(r"^(?:file|vscode-remote|vscode-userdata|vscode-vfs):/{2}(?:[^/~]*(?=/))?")
_HOME = re.compile(r"^(?:/Users/|/home/|(?:[A-Za-z]:)?/Users/|/mnt/[a-z]/Users/)[^/]+/|^/root/")
_DRIVE = re.compile(r"^/?([A-Za-z]):(?=/|$)")
LIMIT = 1_000


def plain(path: str) -> str:
    """A path with forward slashes, without a URI's scheme, `./` and doubled slashes; a drive letter in lower case."""
    text = path.strip().strip("`\"'")[:LIMIT]
    if "://" in text[:24]:
        text = unquote(_SCHEME.sub("", text))
    text = re.sub(r"/{2,}", "/", text.replace("\\", "/"))
    text = text[1:] if text.startswith("/~/") else text
    text = _DRIVE.sub(lambda drive: drive[1].lower() + ":", text)
    parts = [part for place, part in enumerate(text.split("/")) if part != "." or not place]
    return "/".join(parts).removeprefix("./").rstrip("/")


def relative(path: str, folder: str | None) -> str:
    """The path below `folder` (the session's). One outside keeps its place, without the person's name in it."""
    text = plain(path)
    root = plain(folder) if folder else ""
    if root and (text == root or text.startswith(root + "/")):
        return text[len(root) + 1 :] or "."
    if root and text.casefold().startswith(root.casefold() + "/"):
        return text[len(root) + 1 :]
    return _HOME.sub("~/", text)


def same_file(one: str, other: str) -> bool:
    """Whether one path ends with the other at a `/`: the session's folder may lie above or below the repository's."""
    first, second = plain(one).casefold(), plain(other).casefold()
    if not first or not second:
        return False
    return first == second or first.endswith("/" + second) or second.endswith("/" + first)


def find(path: str, files: Iterable[str]) -> str | None:
    """The one file among `files` (paths in the repository) that a transcript's path means; None when none or several.

    An equal path goes first, then the longest one that the transcript's path ends with.
    """
    wanted = plain(path)
    folded = wanted.casefold()
    inner: list[str] = []
    outer: list[str] = []
    for file in files:
        if file == wanted:
            return file
        lower = file.casefold()
        if folded == lower or folded.endswith("/" + lower):
            inner.append(file)
        elif lower.endswith("/" + folded) and "/" not in file[: len(file) - len(wanted) - 1].strip("/"):
            outer.append(file)
    if inner:
        longest = max(len(file) for file in inner)
        best = [file for file in inner if len(file) == longest]
        return best[0] if len(best) == 1 else None
    return outer[0] if len(outer) == 1 else None
