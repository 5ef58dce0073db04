"""What the candidate's own tests and documents say of a behaviour, as far as their words tell.

Two joins by words, both shown as such: an own test that shares at least two words with a hidden test, one of them
rare, and a written sentence that speaks of its category. Neither says that a test is good or a sentence true.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reports.matrix import Row, State, Tested, hidden_tests
from reports.report import FindingRecord, GradeRecord
from reports.wording import CATEGORY_MENTIONS, LEFT_OUT_WORDS

OWN_TESTS_LIMIT = 500
"""Own tests whose names are looked at."""
TIME_BOX = "written_evidence.time_box"
NAMED_LIMIT = 2
"""Own tests and sentences shown for one behaviour."""

COMMON_SHARE = 0.06
"""A word in more of the hidden tests than this is common."""

_WORD = re.compile(r"[a-z]{3,30}|\d{3}")
_COMMON = frozenset(
    (
        *("the", "and", "are", "was", "its", "that", "this", "with", "for", "not", "has", "one", "two", "than", "all"),
        *("test", "tests", "can", "may", "when", "where", "which", "what", "have", "into", "from", "them", "they"),
        *("but", "how", "more", "each", "case", "answered", "answers", "gives", "given", "comes", "same", "program"),
    )
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the candidate's documents, where it stands, and whether it says that something was left out."""

    quote: str
    path: str
    line: int | None
    left_out: bool


@dataclass(frozen=True, slots=True)
class OwnTest:
    """An own test by its id, with the telling words of its file and of its name."""

    id: str
    words: frozenset[str]
    name_words: frozenset[str]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What can be joined: the own tests that have a result, and the sentences that were written down."""

    tests: tuple[OwnTest, ...]
    said: tuple[Said, ...]
    common: frozenset[str] = frozenset()

    def tests_on(self, finding: FindingRecord) -> tuple[str, ...]:
        """Ids of up to two own tests that share most words with this hidden test: at least two, one of them rare."""
        mine = telling(_words_of(finding))
        rare = mine - self.common
        shared = ((-len(test.words & mine), test.id) for test in self.tests if test.name_words & rare)
        best = sorted((number, identifier) for number, identifier in shared if number <= -2)
        return tuple(identifier for _, identifier in best[:NAMED_LIMIT])

    def left_out_on(self, finding: FindingRecord) -> tuple[Said, ...]:
        """Up to two sentences that say that something was left out, and share two words with this hidden test."""
        mine = telling(_words_of(finding))
        rare = mine - self.common
        pairs = ((said, telling(said.quote)) for said in self.said if said.left_out)
        return tuple(said for said, words in pairs if len(words & mine) >= 2 and words & rare)[:NAMED_LIMIT]

    def said_on(self, category: str) -> tuple[Said, ...]:
        """Up to two sentences on this category, those first that say that something was left out."""
        words = CATEGORY_MENTIONS.get(category, ())
        found = [said for said in self.said if any(_speaks(said.quote, word) for word in words)]
        return tuple(sorted(found, key=lambda said: not said.left_out)[:NAMED_LIMIT])

    def tests_by_category(self, rows: Sequence[Row]) -> dict[str, list[str]]:
        """For each category (by id) the own tests that name it, and those whose words fit its tests and no other's."""
        found: dict[str, list[str]] = {row.category.id: [] for row in rows}
        hidden = {row.category.id: [telling(_words_of(t.finding)) for t in row.tests] for row in rows}
        for test in self.tests:
            fits = {
                name: max((len(test.words & words) for words in tests), default=0) for name, tests in hidden.items()
            }
            best = max(fits.values(), default=0)
            fitting = [name for name, fit in fits.items() if fit == best >= 2]
            for name in fits:
                words = CATEGORY_MENTIONS.get(name, ())
                if fitting == [name] or any(_speaks(test.id.replace("_", " "), word) for word in words):
                    found[name].append(test.id)
        return found


@dataclass(frozen=True, slots=True)
class Choice:
    """A category: the own tests with its words, and the hidden tests that are not handled and have no own test."""

    title: str
    tests: tuple[str, ...]
    missed: tuple[Tested, ...]


def chosen(words: OwnWords, rows: Sequence[Row]) -> tuple[Choice, ...]:
    """What the own tests look at, category by category; () when there is no own test or no hidden test."""
    if not words.tests or not any(row.tests for row in rows):
        return ()
    found = words.tests_by_category(rows)
    return tuple(
        Choice(
            row.category.title,
            tuple(found[row.category.id]),
            tuple(t for t in row.tests if t.state is State.NOT_HANDLED and not words.tests_on(t.finding)),
        )
        for row in rows
        if row.tests
    )


def own_words(grades: Mapping[str, GradeRecord]) -> OwnWords:
    """The candidate's own words, from the exhibits of the own tests and the quotes of the written evidence."""
    own = grades.get("own_tests")
    rows = own.exhibits.get("own_tests", ()) if own else ()
    ids = [str(row.get("id") or "")[:300] for row in rows[:OWN_TESTS_LIMIT]]
    tests = tuple(OwnTest(i, telling(i), telling(i.split("::", 1)[-1])) for i in ids if "::" in i)
    return OwnWords(tests, _said(grades.get("written_evidence")), _common(hidden_tests(grades)))


def _words_of(finding: FindingRecord) -> str:
    return f"{finding.id} {finding.title}"[:600]


def _common(tests: Sequence[FindingRecord]) -> frozenset[str]:
    """Words of so many hidden tests that sharing one says little (`lead`, `import`)."""
    found = Counter(word for test in tests for word in telling(_words_of(test)))
    return frozenset(word for word, number in found.items() if number > max(2, len(tests) * COMMON_SHARE))


def telling(text: str) -> frozenset[str]:
    """The words of a text that say what it is about, without their endings (`deliveries` as `deliver`)."""
    return frozenset(_stem(word) for word in _WORD.findall(text.lower()) if word not in _COMMON)


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "ed", "es", "s", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _said(record: GradeRecord | None) -> tuple[Said, ...]:
    """Quotes of the written evidence. What was said on the time counts where it says that something was left out."""
    found = []
    for finding in record.findings if record else ():
        for piece in finding.evidence[:OWN_TESTS_LIMIT]:
            quote = piece.text[:400]
            left_out = any(word in quote.lower() for word in LEFT_OUT_WORDS)
            if piece.path and len(quote) > 12 and (left_out or finding.id != TIME_BOX):
                found.append(Said(quote, piece.path, piece.line, left_out))
    return tuple(found[:OWN_TESTS_LIMIT])


def _speaks(text: str, word: str) -> bool:
    return re.search(rf"\b{re.escape(word)}", text.lower()) is not None
