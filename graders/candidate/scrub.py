"""Scrubbing: secrets, e-mail addresses and home paths are taken out of a text before it is shown or written."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from graders.candidate.repository import Repository
from graders.redaction import redact
from graders.transcripts import Event, Session

OUTPUT = 2_048
"""Characters of a tool's text that are kept: enough for a test run's last lines, too little for a data file."""
PROMPT = 8_000
_SEARCHED = 65_536
"""Characters of one text that are looked through; the rest is dropped, so nothing unsearched is ever written."""
_SEPARATOR = r"(?:[\\/]{1,4}|%2[Ff]|%5[Cc])"
_ANY_HOME = re.compile(
    rf"(?<![\w.~-])/(?:home|Users)/[\w.@+-]{{1,64}}|"
    rf"(?<![A-Za-z])[A-Za-z]:{_SEPARATOR}(?i:users){_SEPARATOR}[^\\/\s\"'<>|:*?%]{{1,64}}|"
    rf"%2[Ff](?:home|Users)%2[Ff][\w.+-]{{1,64}}"
)
_MAIL = re.compile(
    r"(?<![\w.%+-])(?!git@)[\w.%+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}\.[^\W\d_]{2,24}(?![^\W_])"
)
_OPEN_KEY = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----")
_UNBROKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+/=.~-"
_CUT = frozenset({1_000, 2_000, 4_000, 8_000})
"""Lengths at which a text was cut by whoever read it: what stands at such an end may be half of a secret."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder's name as a pattern. `hint`: what a text holds, in small letters, when the pattern can be in it."""

    hint: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Scrubber:
    """What `clean` takes out, and in `taken` how often by rule ("github-token", "e-mail", "home path")."""

    inside: tuple[Place, ...]
    homes: tuple[Place, ...]
    taken: Counter[str] = field(default_factory=Counter)

    def clean(self, text: str, limit: int = PROMPT) -> str:
        """The text without them, cut to a limit. Paths in the repository become relative to it, home folders `~`."""
        if len(text) > _SEARCHED or len(text) in _CUT:
            text = text[:_SEARCHED].rstrip(_UNBROKEN)
        opened = next((match for match in _OPEN_KEY.finditer(text) if "-----END" not in text[match.end() :]), None)
        if opened:
            self.taken["private-key"] += 1
            text = text[: opened.start()] + "[redacted: private-key]"
        found = redact(text)
        self.taken.update(secret.rule for secret in found.secrets)
        text = found.text
        small = text.casefold()
        for place in self.inside:
            if place.hint in small:
                text = place.pattern.sub(lambda match: "" if match[1] else ".", text)
        for place in self.homes:
            if place.hint in small:
                text = self._taken(place.pattern, "home path", "~", text)
        if "home" in small or "users" in small:
            text = self._taken(_ANY_HOME, "home path", "~", text)
        if "@" in small or "%40" in small:
            text = self._taken(_MAIL, "e-mail", "[redacted: e-mail]", text)
        return text if len(text) <= limit else text[:limit].rstrip() + " [cut]"

    def _taken(self, pattern: re.Pattern[str], rule: str, instead: str, text: str) -> str:
        text, count = pattern.subn(instead, text)
        if count:
            self.taken[rule] += count
        return text

    def session(self, session: Session) -> Session:
        """The session with every text of it cleaned, tool output cut to OUTPUT."""
        inside = (self._word(session.cwd, 400) or ".").strip("/")
        below = f"{inside}/" if inside != "." and not inside.startswith(("~", "[")) and ":" not in inside[:3] else ""
        return replace(
            session,
            tool=self.clean(session.tool, 80),
            path=self.clean(session.path, 200),
            id=self._word(session.id),
            version=self._word(session.version),
            models=tuple(self.clean(model, 80) for model in session.models),
            cwd="." if below else self._word(session.cwd, 400),
            branch=self._word(session.branch),
            head_commit=self._word(session.head_commit),
            problems=tuple(self.clean(problem, 400) for problem in session.problems[:20]),
            events=tuple(self._event(event, below) for event in session.events),
        )

    def _event(self, event: Event, below: str) -> Event:
        """`below`: the session's folder inside the repository, to which the paths of its events are relative."""
        path = self._word(event.path, 400)
        # Without the space a variable's value stays one word, and the command what it was.
        command = (self._word(event.command, OUTPUT) or "").replace("[redacted: ", "[redacted:") or None
        outside = event.path is None or event.path[:1] in "~/\\" or event.path[1:2] == ":"
        return replace(
            event,
            text=self.clean(event.text, PROMPT if event.kind in ("prompt", "plan") else OUTPUT),
            path=path if outside or path is None else below + path,
            command=command,
        )

    def _word(self, text: str | None, limit: int = 200) -> str | None:
        return None if text is None else self.clean(text, limit)


def make_scrubber(repository: Repository, home: Path) -> Scrubber:
    """A scrubber for sessions of this repository on a machine with this home folder."""
    homes = list(dict.fromkeys(str(folder) for folder in (home, home.resolve()) if len(folder.parts) > 1))
    spellings = set(repository.spellings)
    for one in homes:
        # Where a reader of transcripts has already written `~` for the home folder.
        below = one.rstrip("/\\") + "/"
        spellings |= {f"~/{name[len(below) :]}" for name in repository.spellings if name.startswith(below)}
    inside = [
        _place(one, rf"(?:file://)?{_path(one)}(?:([\\/]{{1,4}})(?=[\w.-])|(?![\w.-]))")
        for one in sorted(spellings, key=len, reverse=True)
    ]
    literal = [_place(one, rf"{_path(one)}(?![\w-])") for one in homes]
    # How Claude Code and Cursor name a project's folder: the path, with every separator made a dash.
    dashed = [
        _place(one, rf"(?<!\w)-?{re.escape('-'.join(Path(one).parts[1:]))}(?![A-Za-z0-9])")
        for one in homes
        if len(Path(one).parts) > 2
    ]
    return Scrubber(tuple(inside), (*literal, *dashed))


def _place(folder: str, pattern: str) -> Place:
    return Place(Path(folder).name.casefold(), re.compile(pattern, re.IGNORECASE))


def _path(folder: str) -> str:
    """A pattern for a folder's name, however its separators are written."""
    parts = [re.escape(part) for part in re.split(r"[\\/]+", folder) if part]
    lead = "" if re.match(r"[A-Za-z]:|~", folder) else _SEPARATOR
    return lead + _SEPARATOR.join(parts)
