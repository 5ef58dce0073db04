"""Titles: an entry's title for a reader, without the number and the time that stand in it."""

from __future__ import annotations

import re

from graders.ai_log.entry import Entry

_NUMBER = re.compile(
    r"^(?:(?:entry|case|prompt|session|interaction)\s{0,2})?#?\d{1,4}\s{0,2}[.):–—-]{1,2}\s{1,3}", re.IGNORECASE
)
_AT_END = re.compile(
    r"[\s(\[,–—@-]{1,20}(?:\d{4}-\d\d-\d\d|\d{1,2}[./-]\d{1,2}[./-]\d{2,4})"
    r"(?:[T ,]{1,3}\d{1,2}:\d\d(?::\d\d)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?[)\]\s]{0,5}$"
)


def short_title(entry: Entry) -> str:
    """The title as it reads best after "entry 3: "; never empty."""
    title = entry.title.strip()
    short = _NUMBER.sub("", _AT_END.sub("", title)).strip(" \t*_:-–—")
    return (short or title or "without a title")[:100]
