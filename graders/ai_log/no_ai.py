"""Statements that no AI was used, in the languages that logs are written in; and the line where one stands."""

from __future__ import annotations

import re

LINES = 5_000
_LONGEST = 600
_TOOLS = r"(?:ai|llms?|gpt|generative ai|chatgpt|copilot|claude|cursor|gemini|language models?)"
_NO_AI = re.compile(
    rf"(?i)\b(?:no|without(?: any| the)?(?: (?:use|help) of)?) (?:use of )?(?:any )?(?:{_TOOLS}|"
    rf"artificial intelligence)"
    r"(?: (?:tools?|assistants?|assistance|help|or llms?|coding tools?)){0,2}"
    r"(?: (?:was|were|is|has been|have been))? ?(?:used|involved|use|needed)?\b(?= ?(?:[.!,;]|$|in |for |on |"
    r"at |during ))|"
    r"\b(?:did not|didn['’]t|have not|haven['’]t|never) (?:use|used) (?:any )?(?:sort of |kind of )?"
    rf"(?:{_TOOLS}\b|artificial intelligence)|"
    rf"\b{_TOOLS}(?: tools?| assistants?)? (?:was|were|has been|have been) not used|"
    r"\b(?:tools?|ai|ai usage|ai tools|ai used|level)[*_ ]{0,4}:[*_ ]{0,4}(?:none|no)\b(?! ai)|"
    r"\bno (?:se )?(?:usé|utilicé|usó|utilizó|usaron|utilizaron|he usado|he utilizado|ha usado|ha utilizado|"
    r"hemos usado)"
    r"(?: ninguna?)?(?: herramientas?)?(?: de)?(?: la)? (?:ia\b|inteligencia artificial)|"
    r"\bsin (?:uso de |usar |ayuda de )?(?:ninguna )?(?:herramientas? de )?(?:la )?(?:ia\b|inteligencia artificial)|"
    r"\b(?:ии|нейросет\w{1,4}|искусственн\w{2,4} интеллект\w{0,3}|chatgpt)\b.{0,30}\bне (?:использова|применя)|"
    r"\bне использова(?:л|ла|ли|лся|лись|лось)? ?(?:никаки[ех] )?(?:ии|нейросет|искусственн|ai\b|chatgpt)|"
    r"\bбез (?:использования |применения |помощи )?(?:ии|нейросет\w{1,4}|искусственного интеллекта|ai)\b|"
    r"\b(?:yapay zek[aâ]|ai|chatgpt)\b.{0,40}\b(?:kullanmadım|kullanmadık|kullanılmadı|kullanılmamıştır)|"
    r"(?:AI|인공지능|생성형|챗GPT|ChatGPT)[^.\n]{0,30}(?:사용하지|쓰지|활용하지|이용하지) ?않"
)
_MINE_ALONE = re.compile(
    r"(?i)\b(?:entirely|completely|fully|all) (?:written )?by hand[ ,]{1,2}(?:and )?(?:no|"
    r"without)\b.{0,40}\b(?:ai|llm)"
)
_PART = re.compile(
    r"(?i)\b(?:for|in|on) (?:the |its |my |our )?(?!this\b|it\b|that\b|the\b|any\b|all\b|my\b|our\b|making\b|doing\b|"
    r"completing\b)"
    r"(?!(?:whole|entire|assignment|project|task|work|challenge|submission|take-home|take home|exercise|test|"
    r"solution|"
    r"repository|repo|code|codebase|assessment|development|homework|implementation|making|preparation)\b)\w"
)
_USED = re.compile(
    r"(?i)\b(?:i|we) (?:have |also |only |mostly |mainly |sometimes )?(?:used?|using|asked?|"
    r"paired with|worked with|let|"
    r"prompted)\b(?! no\b)"
    r".{0,40}\b(?:ai|llm|chatgpt|gpt\S{0,6}|copilot|claude|cursor|gemini|codex|model)\b|"
    r"\b(?:copilot|claude|chatgpt|cursor|gemini|codex) (?:code )?(?:wrote|drafted|suggested|generated|helped|"
    r"was used)|"
    r"\b(?:usé|utilicé|usamos|le pedí a) .{0,30}(?:ia|chatgpt|claude|copilot)\b|"
    r"(?:использовал|попросил)\w{0,2} (?!не).{0,20}(?:chatgpt|claude|copilot|gpt|ии)\b|"
    r"\b(?:chatgpt|claude|copilot)\S{0,4} .{0,30}kullandım\b|(?:ChatGPT|Claude|Copilot|"
    r"GPT)[^.\n]{0,30}(?:사용했|물어봤|썼)"
)
_SHORT = re.compile(
    r"(?i)^[\s*_>-]{0,8}(?:none|none used|not used|no|n/?a|nothing|ninguno|ninguna|нет|не использовал(?:а|ся|"
    r"ась)?|yok|"
    r"kullanılmadı|kullanmadım|없음|사용 안 ?함|사용하지 않음)[\s.!*_]{0,5}$"
)
_AI_HEADING = re.compile(r"(?i)\b(?:ai|ia|llms?|ии|yapay zek[aâ]|chatgpt|prompts?)\b|AI|인공지능")


_WHICH = re.compile(r"(?i)[\W_\d]{0,12}(?:what|where|which|things?|parts?|files?|areas?|tasks?)\b")
"""How a passage begins that names what was done without AI, next to the rest."""
_OF_THE_WORK = re.compile(
    r"(?i)\b(?:i|we|my|was|were|used|written|wrote|built|made|done|assignment|take-home|submission)\b|\bus[eéoó]|utiliz|"
    r"использ|применя|сделан|kullan|사용|쓰지|활용"
)


def says_no_ai(text: str, *, of_the_work: bool = False) -> int:
    """The line that says that no AI was used at all, 0 when none does: "none for the schema" is a part only.

    `of_the_work`: the text is about other things too, so the sentence has to speak of how the work was done ("works
    without AI" does not).
    """
    lines = text.split("\n")[:LINES]
    found = next((number for number, line in enumerate(lines, start=1) if _says(line, of_the_work)), 0)
    if not found:
        return 0 if of_the_work else _short_answer(lines)
    return 0 if any(_USED.search(_NO_AI.sub("", line[:_LONGEST])) for line in lines) else found


def _says(line: str, of_the_work: bool) -> bool:
    if len(line) > _LONGEST or _WHICH.match(line) or (of_the_work and not _OF_THE_WORK.search(line)):
        return False
    match = _NO_AI.search(line) or _MINE_ALONE.search(line)
    return match is not None and not _PART.match(line[match.end() :].lstrip())


def _short_answer(lines: list[str]) -> int:
    """The line of a text that says no more than "None." under headings on AI."""
    said = [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]
    texts = [(number, line) for number, line in said if not line.lstrip().startswith("#")]
    if len(texts) == 1 and _SHORT.match(texts[0][1][:80]):
        headings = [line for _, line in said if line.lstrip().startswith("#")]
        return texts[0][0] if not headings or any(_AI_HEADING.search(line[:200]) for line in headings) else 0
    return 0
