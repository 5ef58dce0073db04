"""Answers: "none needed" and "not tested" under a label are complete answers, in five languages."""

from __future__ import annotations

import re

_NONE_NEEDED = re.compile(
    r"(?i)^[\s*_`\"'(-]{0,6}(?:none|no (?:change|correction)s?|nothing|n/?a|not needed|as is|used as is|"
    r"accepted as is|unchanged|ninguna?|sin cambios|нет\b|без изменений|не потребовал|yok|gerekmedi|없음|필요 ?없)"
)
_NOT_TESTED = re.compile(
    r"(?i)^[\s*_`\"'(-]{0,6}(?:none|not (?:tested|verified|checked)|untested|no(?: verification)?[.\s]{0,4}$|n/?a|"
    r"sin probar|не (?:проверял|тестировал)|test edilmedi|검증하지 않|테스트하지 않)"
)
_REJECTED = re.compile(
    r"(?i)\b(?:reject(?:ed)?|discarded|threw (?:it|that|this) (?:out|away)|did(?: not|n['’]t) (?:use|take|keep|accept)|"
    r"not used|deleted (?:it|both|all|that)|wrote (?:it|that|this|them) (?:myself|by hand)|from scratch|"
    r"went with my own|"
    r"rechaz\w{1,6}|descart\w{1,6}|отклон\w{1,6}|reddet\w{1,6}|kullanmadım)\b|거절|사용하지 않|버렸"
)
_DECIDED = re.compile(
    r"(?i)[\W_]{0,4}(?:adapted|rejected|accepted|discarded|used as[ -]is|as[ -]is\b|not used|partly (?:used|taken)|"
    r"rechazad|rechacé|adaptad|adapté|aceptad|отклон|принят|взял как есть|"
    r"uyarla|reddet|olduğu gibi|kullanmadım|değiştirerek|거절|그대로|수정하여|übernommen|verworfen|angepasst)"
)


def tells_a_decision(text: str) -> bool:
    """Whether a text begins with what became of a suggestion ("adapted", "rejected")."""
    return bool(_DECIDED.match(text))


def is_none_needed(correction: str) -> bool:
    """Whether a correction says that none was needed."""
    return bool(_NONE_NEEDED.match(correction))


def is_not_tested(verification: str) -> bool:
    """Whether a verification says that nothing was verified."""
    return bool(_NOT_TESTED.match(verification))


def is_rejection(correction: str) -> bool:
    """Whether a correction says that a suggestion was not taken."""
    return bool(_REJECTED.search(correction[:4_000]))
