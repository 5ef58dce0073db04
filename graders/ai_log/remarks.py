"""Remarks: sentences in a log that speak to whoever grades it, and numbers of tests that it states."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graders.ai_log.entry import Entry

_GRADER = r"(?:ai|llm|automated|model|graders?|grading|reviewer bot|evaluator|scoring|assistant|judge)"
_ADDRESSED = re.compile(
    r"(?i)\b(?:ignore|disregard|forget) (?:(?:all|any|the|your|every) ){0,3}"
    r"(?:previous|prior|above|earlier|preceding|system)\b|"
    r"\b(?:note|message|instructions?|attention|hello|hi|dear)[ ,]{1,2}(?:to |for )?(?:(?:the|any|all) ){0,2}"
    rf"{_GRADER}\b|"
    rf"\b(?:if )?you are (?:an? |the )(?:ai |llm |automated |helpful )?{_GRADER}\b|"
    r"\b(?:give|award|assign|grant) (?:(?:this|it|me|the|us|submission|candidate|solution|log) ){0,3}(?:an? |the )?"
    r"(?:full|maximum|max|top|perfect|highest|high|10/10|100) ?(?:marks?|scores?|points?|grades?|rating|%)|"
    r"\b(?:rate|score|grade|mark|classify|recommend) (?:this |the |my )(?:submission|candidate|solution|log|work)"
    r"(?: as| with| an?| highly)|"
    r"\b(?:strong hire|must be hired|recommend hiring|do not (?:flag|report|penali[sz]e))\b|"
    r"\b(?:ignora|olvida|descarta) (?:(?:todas|las|tus|cualquier) ){0,3}(?:instrucciones|indicaciones)\b|"
    r"\b(?:puntuación|nota|calificación) (?:máxima|perfecta)\b|"
    r"\b(?:игнорируй|забудь|проигнорируй)(?:те)? (?:(?:все|свои|эти) ){0,2}(?:предыдущие|прежние|прошлые|инструкции)|"
    r"\b(?:максимальный|высший|полный) балл|"
    r"\b(?:önceki|yukarıdaki|tüm) (?:önceki )?(?:talimatları|komutları) (?:yok say|unut|dikkate alma)|\btam puan ver|"
    r"(?:이전|앞의|위의|모든) (?:지시|명령|지침)[^.\n]{0,10}(?:무시|잊)|(?:만점|최고 점수)[을를]? ?(?:주|부여)"
)
_COUNT = re.compile(
    r"(?i)(?<![\d.,/#:-])(\d{1,5})(?: ?/ ?\d{1,5})? "
    r"(?:(?:unit|integration|new|own|pytest|public|passing|green|more|automated|end-to-end|e2e) ){0,2}"
    r"(?:tests?\b|passed\b|passing\b|pruebas\b|тест(?:ов|а)?\b|test (?:geçti|başarılı))|"
    r"(?<!\d)(\d{1,5})개(?:의)? ?테스트"
)
QUOTES = 10
CLAIMS = 12


@dataclass(frozen=True, slots=True)
class Remark:
    """A quoted line and its number."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A number of tests that entry `entry` states, with the words around it."""

    number: int
    words: str
    entry: int
    path: str
    line: int


def addressed(text: str) -> tuple[Remark, ...]:
    """Lines that speak to a grader or a model: they are quoted, never followed."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        for start in range(0, min(len(line), 40_000), 4_000):
            match = _ADDRESSED.search(line, start, start + 4_200)
            if match:
                begin = max(match.start() - 80, 0)
                found.append(Remark(number, line[begin : match.end() + 160].strip()))
                break
        if len(found) >= QUOTES:
            break
    return tuple(found)


def stated_counts(entries: Iterable[Entry]) -> tuple[Claim, ...]:
    """Numbers of tests in corrections and verifications; each number once an entry."""
    claims: list[Claim] = []
    for entry in entries:
        seen: set[int] = set()
        for name in ("verification", "correction", "notes", "text"):
            part = entry.parts.get(name)
            if part is None:
                continue
            for match in _COUNT.finditer(part.text[:4_000]):
                number = int(match[1] or match[2])
                if number and number not in seen and len(claims) < CLAIMS:
                    seen.add(number)
                    line = part.line + part.text.count("\n", 0, match.start())
                    claims.append(Claim(number, " ".join(match[0].split()), entry.n, entry.path, line))
    return tuple(claims)
