"""One text without the candidate: what is replaced in it, and by what."""

from __future__ import annotations

import bisect
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from reports.identity import HOME, MACHINE, MACHINES, PROFILE, PROMPT, Form, folded_with_places, is_tool
from reports.names_vocabulary import NOBODYS_DOMAINS, SHARED_FOLDERS

_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)
_MOMENT = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d)(:\d\d(?:\.\d{1,9})?)?( ?)([+-])(\d\d):?(\d\d)(?!\d)")
_OFFSET = re.compile(r"(\d\d:\d\d(?::\d\d)?(?: \d{4})?) [+-]\d{4}(?!\d)")
_ZONE = re.compile(
    r"\b(?:Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z][A-Za-z_]{2,30}"
    r"(?:/[A-Z][A-Za-z_]{2,30})?\b|\b(?:UTC|GMT) ?[+-] ?\d{1,2}(?::?\d\d)?\b"
)
_ABBREVIATION = re.compile(
    r"(\d\d?:\d\d(?::\d\d)?(?: ?[AaPp][Mm])?) ?(?:CES?T|IST|[PECM][SD]T|BST|JST|KST|SGT|AE[SD]T|NZ[SD]T|MSK|EES?T|"
    r"WES?T|WAT|EAT|CAT|SAST|BRT|ART|PKT|HKT|WIB|ICT)\b"
)
_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{7,64}(?![0-9A-Za-z])")
HIDDEN_ZONE = "(zone hidden)"


class Blinder:
    """Callable on a text. `gently` leaves what a hidden test may have made up itself: addresses and times of nobody."""

    def __init__(self, candidate: str, secret: bytes, forms: Sequence[Form], commits: Iterable[str]) -> None:
        self._candidate = candidate
        self._secret = secret
        self._forms = forms
        self._commits = sorted(commits)
        self._patterns: dict[str, re.Pattern[str]] = {}
        self.replaced_commits: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text without the candidate, without other people's addresses, and with its times in UTC."""
        return self._people(_times(self._addresses(self._places(text))))

    def gently(self, text: str) -> str:
        """The text without the candidate alone."""
        return self._people(self._places(text))

    def opaque(self, commit: str) -> str:
        """Another id of the same length for a commit's or a tree's id; the whole id's beginning stays its beginning."""
        if not re.fullmatch(r"[0-9a-f]{7,64}", commit):
            return self(commit)
        place = bisect.bisect_left(self._commits, commit)
        known = place < len(self._commits) and self._commits[place].startswith(commit)
        whole = self._commits[place] if known else commit
        told = hmac.digest(self._secret, b"commit\0" + whole.encode("ascii"), "sha256").hex()[: len(commit)]
        if len(commit) >= 40:
            self.replaced_commits[told] = commit
        return told

    def person(self, number: int) -> str:
        """What stands for a person: the candidate's id, or `Person-2` for the next one."""
        return self._candidate if number == 0 else f"Person-{number + 1}"

    def _places(self, text: str) -> str:
        """Profiles, home folders, commits."""
        if "http" in text:
            text = PROFILE.sub(f"(profile of {self._candidate})", text)
        if "home" in text or "Users" in text:
            text = HOME.sub(self._home, text)
        if "@" in text:
            text = PROMPT.sub(f"{self._candidate}@host", text)
        if any(machine in text for machine in MACHINES):
            text = MACHINE.sub("host", text)
        return _HEX.sub(self._commit, text)

    def _home(self, match: re.Match[str]) -> str:
        group = 1 if match[1] is not None else 2
        if match[group].lower().strip(".~$-") in SHARED_FOLDERS:
            return match[0]
        return match[0][: match.start(group) - match.start()] + self._candidate

    def _commit(self, match: re.Match[str]) -> str:
        text = match[0]
        place = bisect.bisect_left(self._commits, text)
        known = place < len(self._commits) and self._commits[place].startswith(text)
        return self.opaque(text) if known or len(text) == 40 else text

    def _addresses(self, text: str) -> str:
        return _MAIL.sub(self._mail, text) if "@" in text else text

    def _mail(self, match: re.Match[str]) -> str:
        mail = match[0].casefold()
        domain = mail.rpartition("@")[2]
        if domain.endswith(NOBODYS_DOMAINS) or is_tool("", mail):
            return match[0]
        for form in self._forms:
            if form.piece == mail:
                return f"{self.person(form.person).lower()}@hidden.invalid"
        mark = hmac.digest(self._secret, b"mail\0" + mail.encode("utf-8", "replace"), "sha256").hex()[:4]
        return f"mail-{mark}@hidden.invalid"

    def _people(self, text: str) -> str:
        """Every form that occurs, those first that join most words; what one has taken, no other takes again."""
        if len(text) < 2:
            return text
        folded, places = folded_with_places(text)
        taken = bytearray(len(folded))
        found: list[tuple[int, int, Form]] = []
        for form in self._forms:
            if form.piece not in folded:
                continue
            for match in self._pattern(form).finditer(folded):
                start, end = places[match.start()], places[match.end()]
                while end < len(text) and end <= places[match.end() - 1]:
                    end += 1  # a character that folds into two ends where the next one begins
                if any(taken[match.start() : match.end()]) or (form.careful and not text[start].isupper()):
                    continue
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                found.append((start, end, form))
        pieces: list[str] = []
        done = 0
        for start, end, form in sorted(found, key=lambda each: each[:2]):
            if start >= done:
                pieces += [text[done:start], self._stand_in(form)]
                done = end
        return "".join((*pieces, text[done:]))

    def _pattern(self, form: Form) -> re.Pattern[str]:
        pattern = self._patterns.get(form.pattern)
        if pattern is None:
            pattern = self._patterns[form.pattern] = re.compile(form.pattern)
        return pattern

    def _stand_in(self, form: Form) -> str:
        person = self.person(form.person)
        return f"{person.lower()}@hidden.invalid" if "@" in form.piece else person


def _times(text: str) -> str:
    """The same moments in UTC; where only a zone is named, that it was."""
    if ":" not in text and "/" not in text and "UTC" not in text and "GMT" not in text:
        return text
    text = _MOMENT.sub(_in_utc, text)
    text = _OFFSET.sub(rf"\1 {HIDDEN_ZONE}", text)
    text = _ABBREVIATION.sub(rf"\1 {HIDDEN_ZONE}", text)
    return _ZONE.sub(HIDDEN_ZONE, text)


def _in_utc(match: re.Match[str]) -> str:
    day, joint, clock, seconds, gap, sign, hours, minutes = match.groups()
    try:
        whole = datetime.fromisoformat(f"{day}T{clock}{(seconds or ':00')[:3]}{sign}{hours}:{minutes}").astimezone(UTC)
    except (ValueError, OverflowError):
        return f"{day}{joint}{clock}{seconds or ''} {HIDDEN_ZONE}"
    rest = (seconds or "")[3:]
    told = whole.strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{whole:%Y-%m-%d}{joint}{told}{rest}{gap}+00:00"
