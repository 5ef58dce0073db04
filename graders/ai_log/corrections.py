"""Corrections: what an entry says was replaced, removed or added by its author, as identifiers to look for in hunks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graders.ai_log.answers import is_none_needed
from graders.ai_log.entry import Entry

PER_ENTRY, IN_ALL = 4, 60
_TEXT = 3_000
_CLAUSE = re.compile(r"(?<=[.;!?。])\s{1,4}|\n|(?<=[^\W\d])[;:]\s")
_X, _Y = r"(?P<old>.{2,80}?)", r"(?P<new>.{2,80})"
_REPLACED = (
    rf"\b(?:replac(?:ed|ing)|swapped(?: out)?|exchanged) {_X} (?:by|with|for) {_Y}",
    rf"\b(?:switched|changed|moved|migrated|went|rewrote|converted|refactored|renamed) (?:it |this |that )?"
    rf"(?:from )?{_X} (?:to|into) {_Y}",
    rf"^(?P<old>[^.;]{{2,80}}?) (?:was |were |got )?replaced (?:by|with) {_Y}",
    rf"^(?P<old>.{{2,60}}?) (?:became|is now|turned into) {_Y}",
    rf"\bus(?:ed?|ing) {_Y} (?:instead of|rather than|in place of|over|,? ?(?:and )?not) (?P<old_after>.{{2,80}})",
    rf"\b(?:reemplac[éeó]|cambi[éeó]|sustitu[ií]) {_X} por {_Y}",
    rf"\b(?:заменил[аи]?|поменял[аи]?) {_X} на {_Y}",
    r"(?P<old>\S{2,80}) yerine (?P<new>\S{2,80})",
    r"(?P<old>[\w.`()]{2,80}?)`?(?:을|를) ?(?P<new>[\w.`()]{2,80}?)`?(?:으로|로) ?(?:바꾸|바꿨|변경|교체|수정)",
    r"(?P<old>`[^`\n]{1,80}`) ?(?:->|→|=>) ?(?P<new>`[^`\n]{1,80}`)",
    r"(?:^|[:,] )(?P<old>[\w./()-]{2,60})(?: for \w{2,20}| in \w{2,20})? ?(?:->|→|=>) ?(?P<new>[\w./()-]{2,60})",
)
_SWITCHED = (
    r"\b(?:switched|changed(?: (?:it|that|this|them))?|moved|migrated|went|rewrote (?:it|that|this)) "
    rf"(?:to|as|with) {_Y}",
    rf"\bused {_Y} instead\b",
    rf"\b(?:rewritten|redone|rebuilt|reworked|rewrote|converted \w{{2,12}}) (?:with|using|in|to) {_Y}",
    rf"\bmade (?:it|them|that|this|those) (?:an? |use )?{_Y}",
    rf"\b(?:cambi[éeó]|pas[éeó]) a {_Y}",
)
_REMOVED = (
    r"\b(?:removed|deleted|dropped|ditched|scrapped|nuked|took out|stripped|threw out|cut|got rid of|ripped out) "
    r"(?P<old>.{2,80})",
    r"\b(?:eliminé|quité|borré) (?P<old>.{2,80})",
    r"\b(?:удалил[аи]?|убрал[аи]?) (?P<old>.{2,80})",
    r"(?P<old>\S{2,80}) (?:kaldırdım|sildim|çıkardım)",
    r"(?P<old>[\w.`()]{2,80}?)`?(?:을|를) ?(?:제거|삭제)",
)
_ADDED = (
    rf"\b(?:rewrote|rebuilt|reimplemented|redid) (?:.{{2,60}}?) (?:with|using|on top of) {_Y}",
    r"\b(?:added|introduced|put in|put|wrapped (?:it|this|that) in|inserted) (?P<new>.{2,80})",
    r"\b(?:añadí|agregué) (?P<new>.{2,80})",
    r"\b(?:добавил[аи]?) (?P<new>.{2,80})",
    r"(?P<new>\S{2,80}) ekledim",
    r"(?P<new>[\w.`()]{2,80}?)`?(?:을|를) ?(?:추가)",
)
_PATTERNS = tuple(
    (how, re.compile(pattern, re.IGNORECASE))
    for how, group in (("replaced", _REPLACED), ("switched", _SWITCHED), ("removed", _REMOVED), ("added", _ADDED))
    for pattern in group
)
_BY_AI = re.compile(
    r"(?i)\b(?:it|ai|the model|model|claude|chatgpt|gpt(?:-\S{1,6})?|copilot|cursor|gemini|codex|agent|assistant|which|"
    r"suggested|proposed|wanted|tried|recommended)\b"
)
_BY_ME = re.compile(r"(?i)\b(?:i|we|my|had it|made it|asked it|told it|let it|instructed)\b")
_USED = re.compile(
    r"(?i)\b(?:used|uses|using|proposed|suggested|wrote|gave(?: me)?|wanted|generated|had|chose|picked|started with|"
    r"compar(?:ed|es|ing)(?: \w{1,20}){0,2}? (?:with|using|by)|summed|called|relied on|came with|"
    r"(?:was|were)(?: in)?) (.{2,60})"
)
_END = re.compile(
    r"(?i)[;!?]|, | [-–—(] ?|"
    r" (?:because|since|so that|for|in|inside|from|on|at|which|that|where|when|everywhere|entirely|en|para|"
    r"porque|в|для) "
)
"""Where the name of a thing ends and its story begins."""
_MARKED = re.compile(r"`([^`\n]{1,80})`")
_CODE_LIKE = re.compile(
    r"(?<![\w.])(?:[A-Za-z_]\w{0,60}(?:\.[A-Za-z_]\w{0,60}){1,4}|[A-Za-z]\w{0,40}_\w{1,60}|_\w{2,60}|"
    r"[a-z]{1,30}[A-Z]\w{1,60}|[A-Z][a-z0-9]{1,30}[A-Z]\w{0,60}|[A-Z]{2,20}\d{0,4}|[A-Za-z_]\w{1,60}(?=\(\)))(?!\w)"
)
_PRONOUN = re.compile(r"(?i)(?:it|that|this|them|those)(?: all)?")
_SIGN = re.compile(r"[\"'“”]?([=!<>+*/%&|^-]{1,3})[\"'“”.]{0,2}")
_BRACKET = re.compile(r"\s?\(((?:[^()\s]|\(\)){2,60})\)")
_MANY = {
    name + "s": name for name in ("float", "int", "dict", "print", "thread", "tuple", "dataclass", "decimal", "enum")
}
"""Names of the language that people put in the plural; other words keep their ending ("requests")."""
_CALLED = frozenset({"print", "eval", "exec", "breakpoint"})
_KNOWN = frozenset({*_CALLED, "float", "int", "str", "dict", "bool", "bytes", "tuple", "Decimal"})
"""Names of the language, which other words beside them ("float money") do not hide."""
_ASKED = re.compile(
    r"(?i)\b(?:asked|told|had|made|got|instructed) (?!to\b)\w{2,12} (?:to )?"
    r"(swap|replace|switch|change|remove|delete|drop|use|add|rename)\b"
)
_PAST = {"swap": "swapped", "drop": "dropped", "add": "added"}
"""What the model was made to do is the author's change: "had it swap" reads as "I swapped"."""
_NOT_DONE = re.compile(
    r"(?i)\b(?:(?:should|could|would|might|may) (?:\w{2,8} )?(?:have|be)|"
    r"consider(?:ed|ing)|thought (?:about|of)|almost|nearly|wanted to|plan(?:ned|ning)? to|will|going to|"
    r"did(?: not|n['’]t)|never|not yet|no need to|refused to|"
    r"decided against|against)\b|\bне\b"
)
_UNDONE = re.compile(
    r"(?i)\b(?:did(?: not|n['’]t)|but (?:then |i )?(?:kept|left|went back|reverted|undid)|reverted (?:it|that)|undid|"
    r"rolled (?:it|that)? ?back|changed my mind)\b"
)
_WORD = re.compile(r"[A-Za-z_][\w.-]{1,40}")
_STOP = frozenset(
    re.findall(
        r"\w+",
        "the a an it its this that these those my our your his her their all both some any no not is was were be been "
        "and or with for from into to of in on at by as so then than too also instead more one two three code logic "
        "function class method file files line lines test tests version approach implementation thing things part "
        "parts way check checks everything nothing something unused extra unnecessary old new whole own plain simple "
        "explicit proper missing them they us me myself here there only just he she again back out off up down over "
        "layer model call calls library package module schema object type decorator statement statements client "
        "wrapper global handling based",
    )
)
"""Words that name nothing that could be looked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """`how` is "replaced", "removed" or "added"; `old` and `new` are identifiers to look for, "" where none is said.

    `sure`: the identifiers read as code, so that meeting them in a hunk is no chance. A plain word that was added or
    removed is only looked for where names come from: in imports and definitions.
    """

    entry: int
    path: str
    line: int
    words: str
    how: str
    old: str
    new: str
    sure: bool


def changes_stated(entries: Iterable[Entry]) -> tuple[Change, ...]:
    """The changes that the corrections state, of those whose author is the entry's own."""
    found: list[Change] = []
    for entry in entries:
        part = entry.parts.get("correction")
        if part is None or is_none_needed(part.text):
            continue
        seen: set[tuple[str, str]] = set()
        # Plain words come last: few of them can be found.
        stated = sorted(
            _in_text(entry, part.text[:_TEXT], part.line), key=lambda one: not one.sure and one.how != "replaced"
        )
        for change in stated:
            if (change.old, change.new) not in seen and len(seen) < PER_ENTRY and len(found) < IN_ALL:
                seen.add((change.old, change.new))
                found.append(change)
    return tuple(found)


def _in_text(entry: Entry, text: str, first_line: int) -> Iterator[Change]:
    before = ""
    start = 0
    for mark in (*(match.span() for match in _CLAUSE.finditer(text)), (len(text), len(text))):
        clause = text[start : mark[0]].strip()
        if clause and len(clause) <= 600:
            line = first_line + text.count("\n", 0, start)
            for how, old, new, sure in _in_clause(clause, before):
                yield Change(entry.n, entry.path, line, clause[:240], how, old, new, sure)
            before = clause
        start = mark[1]


def _in_clause(clause: str, before: str) -> Iterator[tuple[str, str, str, bool]]:
    taken: list[tuple[int, int]] = []
    clause = _ASKED.sub(lambda match: f"I {_past(match[1].lower())}", clause)
    for how, pattern in _PATTERNS:
        match = pattern.search(clause)
        if match is None or any(match.start() < end and begin < match.end() for begin, end in taken):
            continue
        if not _is_the_authors(clause[: match.start()]) or _NOT_DONE.search(clause[: match.start()]):
            continue
        if _UNDONE.search(clause[match.start() :]):
            continue
        groups = match.groupdict()
        old, old_sure = identifier(groups.get("old_after") or groups.get("old") or "")
        new, new_sure = identifier(groups.get("new") or "")
        if how == "switched" or _PRONOUN.fullmatch(groups.get("old") or ""):
            used = _USED.search(clause[: match.start()]) or _USED.search(before)
            old, old_sure = identifier(used[1]) if used else ("", False)
        if how in ("replaced", "switched") and new and (old or new_sure):
            taken.append(match.span())
            yield "replaced", old, new, new_sure or old_sure
        elif how in ("replaced", "switched") and len(new) >= 4:  # to what, but not from what
            taken.append(match.span())
            yield "added", "", new, False
        elif how == "removed" and (old_sure or len(old) >= 4):
            taken.append(match.span())
            yield how, old, "", old_sure
        elif how == "added" and (new_sure or len(new) >= 4):
            taken.append(match.span())
            yield how, "", new, new_sure


def _past(verb: str) -> str:
    return _PAST.get(verb, verb + ("d" if verb.endswith("e") else "ed"))


def _is_the_authors(before: str) -> bool:
    """Whether the words before a verb leave it to the author: not "it removed", but "I removed", "made it remove"."""
    me = max((match.end() for match in _BY_ME.finditer(before)), default=-1)
    ai = max((match.end() for match in _BY_AI.finditer(before)), default=-1)
    return me >= ai


def identifier(text: str) -> tuple[str, bool]:
    """The identifier that a few words name, and whether it reads as code; ("", False) for none.

    Marked as code first, then what is spelled like code, then a plain word ("float") with at most one before it.
    """
    whole, text = text, _END.split(text)[0].strip()
    if sign := _SIGN.fullmatch(text):
        return sign[1], True
    bracket = _BRACKET.match(whole[len(text) :])
    if bracket and not (_MARKED.search(text) or _CODE_LIKE.search(text)):
        text = bracket[1]  # "the cache layer (OrderCache)"
    marked = _MARKED.search(text)
    if marked:
        return marked[1].strip().removesuffix("()"), True
    text = text.strip("`\"'“” ").rstrip(".:")
    spelled = _CODE_LIKE.search(text)
    if spelled:
        return spelled[0], True
    words = [word for word in _WORD.findall(text) if word.casefold() not in _STOP]
    if known := next((name for word in words if (name := _MANY.get(word.casefold(), word)) in _KNOWN), ""):
        return known, known in _CALLED or known[0].isupper()
    if not words or len(words) > 2 or len(text.split()) > 4 or len(words[-1]) < 3:
        return "", False
    head = _MANY.get(words[-1].casefold(), words[-1])  # "a frozen dataclass" is a dataclass
    return head, len(words) == 1 and head[:1].isupper() and len(head) > 3
