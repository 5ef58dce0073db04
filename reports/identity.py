"""Who is named in a report, and every way in which that name may be written.

People come from the commits (which the caller knows) and from what the report quotes: `Name <mail>`, a copyright line,
an author's field, a signature, a profile's address, a home folder. AI tools and bots are no people here: what they
signed is evidence.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reports.names_vocabulary import EVERYDAY, MAILBOXES, SHARED_FOLDERS, TOOLS

PEOPLE_LIMIT = 40
"""People whose names are looked for: a history can claim any number of authors, and each one costs time."""

_WORD = r"[A-Z\u00c0-\u024f][\w.'\u2019-]{1,30}"
_NAME = rf"({_WORD}(?: {_WORD}){{1,3}})"
_SIGNED = (
    (re.compile(r"(?i:copyright)(?: {0,3}(?:\([cC]\)|\u00a9))?[\d ,\u2013-]{1,24}(?:by )?" + _NAME), ("copyright",)),
    (re.compile(r"(?i:\bauthors?\b)[\"']? {0,2}[:=][\[{\"' \n]{0,8}(?:name ?= ?[\"'])?" + _NAME), ("author",)),
    (re.compile(r"(?i:\b(?:my name is|written by|created by|made by|built by))\s{1,2}" + _NAME), (" by", "my name")),
)
_MAIL_OF_NAME = re.compile(_NAME + r" ?<([^<>\s@]{1,64}@[^<>\s@]{1,255})>")
HOME = re.compile(
    r"[\\/]{1,2}(?:home|Users)[\\/]{1,2}([A-Za-z0-9._~$-]{1,40})|"
    r"(?:(?<=[\s/\\\"'`(=:])|^)-(?:home|Users)-([A-Za-z0-9._]{1,40})(?=-)"
)
"""A home folder, also as tools flatten it into a name (`-Users-ada-work`)."""
PROMPT = re.compile(r"(?<![\w.@-])([A-Za-z_][\w.-]{1,31})@([\w.-]{2,60})(?=:[~/]| [^\s%$#]{1,80} [%$#])")
"""A shell's prompt: account and machine."""
MACHINES = ("-MacBook", "-MBP", "-iMac", "-ThinkPad", "-Laptop", "-Desktop")
MACHINE = re.compile(rf"\b[\w-]{{2,40}}(?:{'|'.join(MACHINES)})\b[\w.-]{{0,40}}")
PROFILE = re.compile(
    r"https?://(?:avatars\.githubusercontent\.com/[^\s\"'<>)]{1,200}|(?:www\.|secure\.)?gravatar\.com/avatar/[^\s\"'<>)]{1,200}|"
    r"(?:[a-z]{2,3}\.|www\.)?linkedin\.com/in/[^\s\"'<>)]{1,100}|([a-zA-Z0-9-]{1,39})\.github\.io\b[^\s\"'<>)]{0,200})"
)
_NOREPLY = re.compile(r"(?:\d{1,12}\+)?([a-z0-9-]{1,39})@users\.noreply\.github\.com")
_TOOL = re.compile(
    r"^(?:claude|(?:github )?copilot|cursor|codex|gemini|aider|devin|chatgpt|windsurf|jules|cline|opencode|openai|"
    r"anthropic|amp|github|gitlab|dependabot|renovate|pre-commit)"
    r"(?:[ -](?:code|agent|cli|ai|bot|actions?|opus|sonnet|haiku|pro|flash|swe|ci|[\d.]{1,8})){0,5}$|"
    r"\[bot\]$|\(aider\)$"
)
_TOOL_MAIL = re.compile(
    r"@(?:anthropic|openai|cursor|aider|cognition)\.(?:com|chat|ai|so)$|\[bot\]@|\+copilot@|^noreply@|^no-reply@|^git@"
)


@dataclass(frozen=True, slots=True)
class Person:
    """One person: names, e-mail addresses and account names as they were written, and how many commits are theirs."""

    names: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a person: a pattern for folded text, and a piece that such a text must contain.

    `careful`: the word is an everyday one too, and only meant where it stands with a capital.
    `words`: how many it joins.
    """

    pattern: str
    piece: str
    person: int
    careful: bool = False
    words: int = 1


def fold(text: str) -> str:
    """Lower case without accents; not of the same length (see `folded_with_places`)."""
    return "".join(_fold(character) for character in text)


_SINGLE = {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "’": "'"}
_FOLDED: dict[str, str] = {}


def _fold(character: str) -> str:
    known = _FOLDED.get(character)
    if known is None:
        plain = unicodedata.normalize("NFKD", character).casefold()
        known = "".join(_SINGLE.get(c, c) for c in plain if not unicodedata.combining(c))
        if len(_FOLDED) < 100_000:
            _FOLDED[character] = known
    return known


def folded_with_places(text: str) -> tuple[str, Sequence[int]]:
    """The folded text, and for each of its characters (and its end) the place in `text` that it comes from."""
    if text.isascii():
        return text.lower(), range(len(text) + 1)
    pieces: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        folded = _fold(character)
        pieces.append(folded)
        places.extend([place] * len(folded))
    places.append(len(text))
    return "".join(pieces), places


def is_tool(name: str, mail: str = "") -> bool:
    """Whether this author is an AI tool or a bot. A person who is called Claude is none."""
    return bool(_TOOL.search(name.strip().casefold()) or (mail and _TOOL_MAIL.search(mail.strip().casefold())))


def gather(texts: Iterable[str], authors: Sequence[tuple[str, str]], handles: Sequence[str]) -> tuple[Person, ...]:
    """The people, the candidate first: the author (name, e-mail; oldest first) of most commits, else of the last one.

    `handles` are account names of the candidate's, as the repository's address tells them. `texts` are the report's.
    """
    pairs = [(" ".join(name.split())[:120], mail.strip()[:254]) for name, mail in authors if not is_tool(name, mail)]
    times = Counter(pairs)
    last = {pair: place for place, pair in enumerate(pairs)}
    order = sorted(times, key=lambda pair: (-times[pair], -last[pair]))
    found: dict[tuple[str, str], None] = dict.fromkeys(order[: 4 * PEOPLE_LIMIT])
    more: dict[str, None] = dict.fromkeys(handles)
    homes: dict[str, None] = {}
    for text in texts:
        _look(text, found, more, homes)
    # `GET /home/dashboard` is no home folder: a name from there counts when it fits what is known of somebody.
    known = {word for pair in found for word in re.split(r"[\W_\d]+", fold(" ".join(pair))) if len(word) >= 3}
    more |= {home: None for home in homes if any(word in fold(home) for word in known | {fold(h) for h in handles})}
    groups: list[list[tuple[str, str]]] = []
    for pair in found:
        _join(groups, pair)
    if not groups:
        groups = [[("", "")]]
    groups = groups[:PEOPLE_LIMIT]
    return tuple(_person(group, tuple(more) if n == 0 else ()) for n, group in enumerate(groups))


def _look(text: str, found: dict[tuple[str, str], None], handles: dict[str, None], homes: dict[str, None]) -> None:
    """Add the people and the accounts that this text gives away."""
    if len(found) > 4 * PEOPLE_LIMIT or len(handles) > PEOPLE_LIMIT or len(text) < 4:
        return
    if "@" in text:
        for match in _MAIL_OF_NAME.finditer(text):
            if not is_tool(match[1], match[2]):
                found.setdefault((match[1], match[2]))
        for match in PROMPT.finditer(text):
            _account_of(match[1], handles)
    lowered = text.lower()
    for pattern, words in _SIGNED:
        if any(word in lowered for word in words):
            for match in pattern.finditer(text):
                if not is_tool(match[1]):
                    found.setdefault((match[1], ""))
    if "home" in text or "Users" in text:
        for match in HOME.finditer(text):
            _account_of(match[1] or match[2], handles if "Users" in match[0] else homes)
    if ".github.io" in lowered:
        for match in PROFILE.finditer(text):
            if match[1]:
                handles.setdefault(match[1])


def _account_of(name: str, accounts: dict[str, None]) -> None:
    plain = name.strip("._~$-")
    if len(plain) >= 3 and plain.lower() not in SHARED_FOLDERS | EVERYDAY | MAILBOXES and len(accounts) < 1_000:
        accounts.setdefault(plain)


def _join(groups: list[list[tuple[str, str]]], pair: tuple[str, str]) -> None:
    """Put the pair to the person who has this name or this address already, else make a new one."""
    name, mail = fold(pair[0]), pair[1].casefold()
    for group in groups:
        if any((name and fold(n) == name) or (mail and m.casefold() == mail) for n, m in group):
            group.append(pair)
            return
    groups.append([pair])


def _person(group: Sequence[tuple[str, str]], handles: tuple[str, ...]) -> Person:
    names = tuple(dict.fromkeys(name for name, _ in group if name))
    mails = tuple(dict.fromkeys(mail for _, mail in group if mail))
    accounts = [match[1] for mail in mails if (match := _NOREPLY.search(mail.casefold()))]
    return Person(names, mails, tuple(dict.fromkeys((*handles, *accounts))))


def forms(people: Sequence[Person], protected: frozenset[str], literal: Iterable[str] = ()) -> tuple[Form, ...]:
    """Every way to write these people, whole names first. `protected`: words that a name alone may not blank.

    `literal`: other texts that stand for the candidate, such as the repository's address.
    """
    found = {_whole(fold(text)): Form(_whole(fold(text)), fold(text), 0, words=9) for text in literal}
    for number, person in enumerate(people):
        for form in _forms(person, number, protected):
            found.setdefault(form.pattern, form)
    return tuple(sorted(found.values(), key=lambda form: (-form.words, -len(form.pattern), form.pattern)))


_BEFORE = r"(?:(?<![^\W\d_])|(?<=\\[nrt])|(?<=%[0-9a-f][0-9a-f]))"
_AFTER = r"(?:s(?=-))?(?![^\W\d_])"
_JOINED = r"[ ._+,'\-]{0,3}"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Å": "Aa"})


def _whole(word: str) -> str:
    return f"{_BEFORE}{re.escape(word)}{_AFTER}"


def _forms(person: Person, number: int, protected: frozenset[str]) -> Iterable[Form]:
    for mail in person.mails:
        folded = fold(mail)
        yield Form(re.escape(folded), folded, number, words=8)
        local = folded.partition("@")[0].split("+")[0]
        if "noreply" not in folded:
            yield from _account(local, number, protected)
    for handle in person.handles:
        yield from _account(fold(handle), number, protected)
    for name in person.names:
        for spelled in {name, unicodedata.normalize("NFC", name).translate(_UMLAUTS)}:
            yield from _named([word for word in re.split(r"[\W_]+", fold(spelled)) if word], number, protected)


def _account(name: str, number: int, protected: frozenset[str]) -> Iterable[Form]:
    if len(name) >= 3 and name not in MAILBOXES | EVERYDAY | TOOLS | protected:
        yield Form(_whole(name), name, number)
    words = [word for word in re.split(r"[\W_\d]+", name) if word]
    if len(words) > 1:
        yield from _named(words, number, protected, alone=False)


def _named(words: Sequence[str], number: int, protected: frozenset[str], *, alone: bool = True) -> Iterable[Form]:
    if len(words) > 1:
        first, last = words[0], words[-1]
        for order in {tuple(words), (first, last), (last, first)}:
            joined = _JOINED.join(re.escape(word) for word in order)
            plain = sum(map(len, order)) >= 7
            yield Form(joined if plain else f"{_BEFORE}{joined}{_AFTER}", order[0], number, words=len(order))
        if len(last) >= 3:
            for head, tail in ((first[0], last), (last, first[0])):
                dot = "[._-]" if head + tail in EVERYDAY | protected else "[._-]?"  # T. Able is no table
                yield Form(f"{_BEFORE}{re.escape(head)}{dot}{re.escape(tail)}{_AFTER}", last, number, words=2)
        if len(first) >= 4 and first not in EVERYDAY | protected:
            yield Form(f"{_BEFORE}{re.escape(first)}[._-]?{last[0]}{_AFTER}", first, number)
    for word in words if alone or len(words) == 1 else ():
        if any(ord(character) > 0x2E80 for character in word):
            if len(word) >= 2 or len(words) == 1:
                yield Form(re.escape(word), word, number)
        elif len(word) >= 3 and word not in protected | TOOLS:
            yield Form(_whole(word), word, number, careful=word in EVERYDAY)
