"""Product prompts: texts that a product sends to a model at run time, told apart from what was typed to build it."""

from __future__ import annotations

import re
from itertools import islice

from graders.ai_log.entry import Entry, Part

_RUN_TIME = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bsystem prompt",
        r"\b(?:user|prompt) template",
        r"\byou are an? [a-z]{2,30}",
        r"\bfew-shot\b",
        r"\btemperature\b",
        r"\bmax[_ ]tokens\b",
        r"\b(?:json|output|response) schema\b",
        r"\boutput format\b",
        r"\brespond (?:only )?(?:with|in) (?:valid )?json\b",
        r"\bRAG\b|\bretrieval\b",
        r"\{\{ ?[a-z_]{1,40} ?\}\}|\$\{[a-z_]{1,40}\}",
        r"\bguardrails?\b",
        r"(?<![\w{$\\])\{[a-z_]{3,30}\}(?![\w}])",
        r"(?m)^\s{0,8}[-\"']{0,2}\s?(?:role[\"']?:\s{0,3}[\"']?system\b|system[\"']?: {0,3}[|>\"'A-Z])",
        r"\brun ?time\b",
    )
)
"""Words of prompts that a product sends itself; two of them in a text without log labels make it one (AIL-03)."""
_BUILDS = re.compile(
    r"(?i)\b(?:create|build|implement|add|fix|refactor|scaffold|set up|write|make|debug|update|migrate|generate)\b"
    r"[^.\n]{0,80}\b(?:functions?|components?|app|workers?|class(?:es)?|tests?|endpoints?|project|repo\w{0,6}|code|api|"
    r"database|schema|bugs?|errors?|frontend|backend|ui|readme|docker\w{0,4}|typescript|python|react|module|service|page)\b"
)
"""A prompt that has something built: it was typed while working, even where it speaks of system prompts."""
_PERSONAL = re.compile(r"(?i)\b(?:i|we|my|our|me|yo|mi|мой|моя|мы|ben|bana|benim)\b|나는|내가|제가|\bя\b")


def sent_by_the_product(text: str, path: str) -> bool:
    """Whether a text reads as sent at run time: by two signs, or by one in a place of prompts that no "I" speaks in."""
    signs = sum(1 for pattern in _RUN_TIME if pattern.search(text))
    if sum(1 for _ in islice(_BUILDS.finditer(text), 2)) == 2:
        return False
    return signs >= 2 or (signs == 1 and "prompt" in path.casefold() and not _PERSONAL.search(text))


def without_product_prompts(entries: tuple[Entry, ...], path: str) -> tuple[tuple[Entry, ...], tuple[Part, ...]]:
    """Entries that only hold a prompt, and one that reads as sent by the product, are set aside with their reason."""
    kept: list[Entry] = []
    aside: list[Part] = []
    for entry in entries:
        text = f"{entry.title}\n{entry.text('prompt')}"
        alone = "correction" not in entry.parts and "verification" not in entry.parts
        alone = alone and not _BUILDS.search(text)
        signs = sum(1 for pattern in _RUN_TIME if pattern.search(text)) if alone else 0
        if signs >= 3 or (signs == 2 and "/" in path and "prompt" in path.casefold()):
            aside.append(Part(f"{entry.title or 'a passage'}: reads as a prompt that the product sends", entry.line))
        else:
            kept.append(entry)
    return tuple(kept), tuple(aside)
