"""Redaction: secrets are taken out of a text before anything stores or shows it; only rule and line remain.

Of people it takes out e-mail addresses and the names in home folders, in texts that are quoted from logs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

_FREE = r"(?<![A-Za-z0-9_-])"
"""A token starts here: keeps a search linear, since no position inside a token is tried again."""

_PROVIDERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("github-token", re.compile(_FREE + r"(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})")),
    ("gitlab-token", re.compile(_FREE + r"gl(?:pat|dt|rt|ptt)-[A-Za-z0-9_-]{20,100}")),
    ("aws-access-key", re.compile(_FREE + r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])")),
    ("anthropic-key", re.compile(_FREE + r"sk-ant-[A-Za-z0-9_-]{20,200}")),
    ("openai-key", re.compile(_FREE + r"sk-(?:proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,250}")),
    ("slack-token", re.compile(_FREE + r"xox[abeoprs]-[A-Za-z0-9-]{10,250}")),
    ("slack-webhook", re.compile(r"hooks\.slack\.com/services/[A-Za-z0-9/]{20,100}")),
    ("stripe-key", re.compile(_FREE + r"(?:(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,250}|whsec_[A-Za-z0-9]{24,100})")),
    ("google-key", re.compile(_FREE + r"(?:AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,60})")),
    ("hugging-face-token", re.compile(_FREE + r"hf_[A-Za-z0-9]{30,100}")),
    ("npm-token", re.compile(_FREE + r"npm_[A-Za-z0-9]{36}")),
    ("package-index-token", re.compile(_FREE + r"pypi-AgE[A-Za-z0-9_-]{40,300}")),
    ("sendgrid-key", re.compile(_FREE + r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}")),
    ("telegram-token", re.compile(_FREE + r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32,40}")),
    (
        "json-web-token",
        re.compile(_FREE + r"eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{4,4000}\.[A-Za-z0-9_-]{8,2000}"),
    ),
    ("bearer-token", re.compile(r"(?<=[Bb]earer )[A-Za-z0-9._~+/-]{24,500}")),
    ("password-in-url", re.compile(r"(?<=://)[^\s/@:\"']{0,80}:[^\s/@\"'<>{}$]{3,200}(?=@[A-Za-z0-9])")),
)
"""Name of the rule and what it finds. Every repetition is bounded, so that hostile text costs little."""

_HINT = re.compile(
    r"(?i)gh[pousr]_|github_pat|gl(?:pat|dt|rt|ptt)-|AKIA|ASIA|sk-|xox|hooks\.slack|[sr]k_|whsec|AIza|GOCSPX|hf_|npm_|pypi-|"
    r"SG\.|:AA|eyJ|bearer|://|key|secret|passw|token"
)
"""What every rule needs on a line; most lines hold none of it, and are left alone at once."""

_NAMED = re.compile(
    r"(?i:(?<![A-Za-z0-9])(?:[A-Za-z0-9]{1,20}[_-]){0,4}"
    r"(?:api[_-]?key|secret|secret[_-]?key|access[_-]?key|password|passwd|auth[_-]?token|token|private[_-]?key)"
    r"[\"'`]?[ \t]{0,4}(?:=|:|:=)[ \t]{0,4}[\"'`]?)"
    r"(?P<value>[A-Za-z0-9+/_.~=-]{16,200})"
)
_PLACEHOLDER = re.compile(
    r"(?i)your|example|changeme|change-me|placeholder|dummy|sample|xxxx|redacted|secret|password|token|environ|getenv|"
    r"settings\.|config\.|localhost|test|fake|abcdef|1234567"
)
_KEY_START = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----")
_KEY_END = "-----END"
_KEY_LIMIT = 8_000
_ENTROPY = 3.5
"""Bits a character, above which a value behind a name like `api_key` reads as random (hex digits reach at most 4)."""
_LINE = 20_000
_HITS = 200
_MAIL = re.compile(
    r"(?<![\w.%+/@-])(?!noreply@|no-reply@|git@)[\w%+][\w.%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w@-])"
)
_NOBODYS = re.compile(
    r"(?i)@(?:[a-z0-9-]{1,63}\.){0,4}(?:example\.(?:com|org|net)|example|test|invalid|localhost|local)$"
)
"""Addresses in reserved domains are test data, and belong to nobody."""
_HOME = re.compile(
    r"(?<![\w.~])(?:/mnt/[a-z])?/(?:home|Users)/[^/\s\"'`<>:*?|()\\]{1,64}(?:/|(?=[\s\"'`),;:\]]|$))|"
    r"(?<![A-Za-z])[A-Za-z]:(?:\\{1,2}|/)Users(?:\\{1,2}|/)[^/\\\n\"'`<>:*?|]{1,64}(?:\\{1,2}|/)|"
    r"(?<=/)-(?:home|Users)-[^-/\s]{1,64}-"
)
"""The folder of a person on a machine, as the systems spell it; the last is how a tool names its own folders."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that looks like a secret: by which rule, on which line (from 1). The value itself is kept nowhere."""

    rule: str
    line: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without the secrets that the rules know; line numbers are those of the text before."""

    text: str
    secrets: tuple[Secret, ...]


def redact(text: str) -> Redacted:
    """Take secrets out of a text; each leaves `[redacted: <rule>]` in its place."""
    found: list[Secret] = []
    lines = [_line(content, number, found) for number, content in enumerate(_keys(text, found).split("\n"), start=1)]
    return Redacted("\n".join(lines), tuple(found[:_HITS]))


def redact_short(text: str) -> str:
    """The same for a text whose places do not matter: a commit's subject, a file name."""
    return redact(text).text


def without_people(text: str) -> tuple[str, int]:
    """A text without e-mail addresses (`[e-mail]`) and names of home folders (`~/`), and how many there were.

    Lines and what follows a home folder stay, so that a path still ends as the path in the tree does.
    """
    count = 0

    def mail(match: re.Match[str]) -> str:
        nonlocal count
        if _NOBODYS.search(match[0]):
            return match[0]
        count += 1
        return "[e-mail]"

    if "@" in text:
        text = _MAIL.sub(mail, text)
    if "home" in text or "Users" in text:
        text, homes = _HOME.subn(lambda match: "-~-" if match[0].startswith("-") else "~/", text)
        count += homes
    return text, count


def redact_quote(text: str) -> str:
    """A short text quoted from a log or a transcript, without secrets, addresses and home folders."""
    return without_people(redact(text).text)[0]


def _line(content: str, number: int, found: list[Secret]) -> str:
    if len(content) < 16 or not _HINT.search(content):
        return content
    pieces = [content[start : start + _LINE] for start in range(0, len(content), _LINE)]
    done = []
    for piece in pieces:
        for rule, pattern in _PROVIDERS:
            piece, count = pattern.subn(f"[redacted: {rule}]", piece)  # noqa: PLW2901 - each rule sees what the last left
            found.extend([Secret(rule, number)] * count)
        done.append(_NAMED.sub(lambda match: _named(match, number, found), piece))
    return "".join(done)


def _named(match: re.Match[str], number: int, found: list[Secret]) -> str:
    value = match["value"]
    plain = _PLACEHOLDER.search(value) or not any(letter.isdigit() for letter in value)
    if plain or not any(letter.isalpha() for letter in value) or _entropy(value) < _ENTROPY:
        return match[0]
    found.append(Secret("named-secret", number))
    return f"{match[0][: match.start('value') - match.start()]}[redacted: named-secret]"


def _entropy(value: str) -> float:
    """Shannon's, in bits a character."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _keys(text: str, found: list[Secret]) -> str:
    """Blank private key blocks, keeping their line ends so that later lines keep their numbers."""
    pieces: list[str] = []
    done = 0
    number = 1
    for start in _KEY_START.finditer(text):
        if start.start() < done:
            continue
        end = text.find(_KEY_END, start.end(), start.end() + _KEY_LIMIT)
        stop = end + len(_KEY_END) if end >= 0 else min(start.end() + 64, len(text))
        number += text.count("\n", done, start.start())
        pieces.append(text[done : start.start()])
        pieces.append("[redacted: private-key]" + "\n" * text.count("\n", start.start(), stop))
        found.append(Secret("private-key", number))
        number += text.count("\n", start.start(), stop)
        done = stop
    pieces.append(text[done:])
    return "".join(pieces)
