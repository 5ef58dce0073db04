"""A walkthrough: a film of somebody showing the work, as a file or as a link. Links are listed, never opened."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_RECORDING = re.compile(r"(?i)(?:^|/)[^/]+\.(?:mp4|mov|webm|mkv|m4v|avi|cast|gif)$")
_FILM = re.compile(
    r"(?i)(?:walk-?through|demo|video|screencast|recording|loom)[^/]*\.(?:mp4|mov|webm|mkv|m4v|avi|cast|gif)$"
)
_URL = re.compile(r"https?://[^\s<>()\[\]\"'`]{4,400}")
_SITES = re.compile(
    r"(?i)^https?://(?:[\w-]{1,63}\.){0,4}(?:loom\.com/(?:share|embed|v)|youtube\.com/(?:watch|shorts|live)|youtu\.be/|vimeo\.com/|"
    r"asciinema\.org/|drive\.google\.com/|screen\.studio/|tella\.tv/|veed\.io/|vidyard\.com/|descript\.com/|dropbox\.com/s)"
)
_WORDS = re.compile(r"(?i)\b(?:walk-?through|video|screencast|recording|demo)\b")


@dataclass(frozen=True, slots=True)
class Link:
    """An address and where it stands."""

    url: str
    path: str
    line: int


def is_recording(path: str) -> bool:
    """Whether a path looks like a film of the work; an animated picture only when its name says so."""
    return bool(_RECORDING.search(path)) and (not path.casefold().endswith(".gif") or bool(_FILM.search(path)))


def walkthrough_links(path: str, lines: Iterable[tuple[int, str]]) -> tuple[Link, ...]:
    """The links to films in these lines: to a site for films, or from words that announce one."""
    found = []
    for number, line in lines:
        for url in _URL.findall(line[:4_000])[:20]:
            address = url.rstrip(".,;:!?*_")
            if _SITES.match(address) or (
                _WORDS.search(line) and "localhost" not in address and "127.0.0.1" not in address
            ):
                found.append(Link(address, path, number))
    return tuple(found[:20])
