"""Dialects: other light markups turned into Markdown line by line, so that one reader serves them all.

reStructuredText, AsciiDoc, Org, HTML tags in Markdown, and definition lists. Every line keeps its number.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from graders.ai_log.entry import PARTS
from graders.ai_log.words import LABELS

_LONGEST = 4_000
"""Characters of a line in which marks are looked for; a longer line is text as it stands."""

_HTML_HEADING = re.compile(r"(?i)^\s{0,20}<h([1-6])(?:\s[^<>]{0,200})?>(.{0,400}?)</h[1-6]>\s{0,20}$")
_HTML_SUMMARY = re.compile(r"(?i)^(.{0,60}?)<summary(?:\s[^<>]{0,200})?>(.{0,400}?)</summary>(.{0,2000})$")
_HTML_BOLD = re.compile(r"(?i)</?(?:b|strong)>")
_HTML_ITEM = re.compile(r"(?i)^(\s{0,40})<(?:li|dd)(?:\s[^<>]{0,200})?>")
_HTML_TERM = re.compile(r"(?i)^\s{0,40}<dt(?:\s[^<>]{0,200})?>(.{1,200}?)</dt>")
_HTML_BLOCK = re.compile(
    r"(?i)</?(?:p|div|ul|ol|li|dl|dd|dt|section|article|span|br|details|body|html)(?:\s[^<>]{0,200})?/?>"
)
_RST_FIELD = re.compile(r"^(\s{0,20}):([^\W\d_][^:\n]{0,60}):(?=\s|$)")
_RST_UNDERLINE = re.compile(r"^([=\-~^\"'+*#.:_`])\1{2,200}\s{0,20}$")
_ADOC_HEADING = re.compile(r"^(={1,6})\s{1,4}(\S.{0,400})$")
_ADOC_TERM = re.compile(r"^(\s{0,20})([^\W\d_][^:\n]{0,60})::(?=\s|$)")
_ADOC_FENCE = re.compile(r"^(?:-{4,20}|\.{4,20}|={4,20})\s{0,20}$")
_ORG_HEADING = re.compile(r"^(\*{1,6})\s{1,4}(?:(?:TODO|DONE)\s{1,4})?(\S.{0,400})$")
_ORG_TERM = re.compile(r"^(\s{0,20}[-+]\s{1,4}[^:\n]{1,60}?)\s{1,4}::(?=\s|$)")
_ROLE = re.compile(r"^\s{0,12}(?:-\s{1,4})?[\"']?(?:role|speaker|from)[\"']?:\s{1,4}[\"']?(\w{2,20})[\"']?\s{0,4}$")
_CONTENT = re.compile(
    r"^\s{0,12}(?:-\s{1,4})?[\"']?(?:content|text|message|value)[\"']?:\s{0,4}(?:[|>][+-]?\s{0,4}$)?(.*)$"
)
_ASKED = re.compile(
    r"^\s{0,4}[*_]{0,2}(?:Q|Question|Вопрос|В|P|Pregunta)\s?\d{0,3}[*_]{0,2}[.:)][*_]{0,2}\s{1,3}(.{4,80}\?)"
)
_ANSWER = re.compile(r"^\s{0,4}[*_]{0,2}(?:A|Answer|Ответ|О|R|Respuesta)\s?\d{0,3}[*_]{0,2}[.:)][*_]{0,2}\s{1,3}")
_ADMONITION = re.compile(r"^(?:!!!|\?\?\?\+?) \w{1,20} [\"']([^\"'\n]{1,200})[\"']\s{0,4}$")
_DEFINITION = re.compile(r"^\s{0,3}:\s{1,4}(\S.{0,4000})$")
_TERM = re.compile(r"^\s{0,3}[^\W\d_][^.:!?|<>\n]{0,60}$")


def as_markdown(text: str, path: str) -> str:
    """The text with headings, labels and fences as Markdown spells them; the number of lines stays."""
    ending = path.rsplit(".", 1)[-1].casefold() if "." in path else ""
    lines = text.split("\n")
    change = _BY_ENDING.get(ending)
    if change is not None:
        lines = change(lines)
    if ending not in ("json", "jsonl", "csv", "tsv"):
        if "<" in text:
            lines = [_html(line) if "<" in line else line for line in lines]
        if "!!! " in text or "??? " in text:
            lines = [_ADMONITION.sub(r"###### \1", line[:_LONGEST]) + line[_LONGEST:] for line in lines]
        lines = _answers(_definitions(lines))
    return "\n".join(lines)


def _html(line: str) -> str:
    if len(line) > _LONGEST:
        return line
    heading = _HTML_HEADING.match(line)
    if heading:
        return f"{'#' * int(heading[1])} {_HTML_BLOCK.sub('', _HTML_BOLD.sub('', heading[2])).strip()}"
    summary = _HTML_SUMMARY.match(line)
    if summary:
        title = _HTML_BLOCK.sub("", _HTML_BOLD.sub("", summary[2])).strip(" *_")
        rest = _HTML_BLOCK.sub(" ", summary[3]).strip()
        if LABELS.field(title) or rest:
            return f"<summary>{title}</summary> {rest}".rstrip()
        return f"###### {title}"
    term = _HTML_TERM.match(line)
    if term:
        line = f"**{_HTML_BOLD.sub('', term[1]).strip(' :')}:** {line[term.end() :]}"
    line = _HTML_ITEM.sub(r"\1- ", line)
    return _HTML_BLOCK.sub("", _HTML_BOLD.sub("**", line))


def _definitions(lines: list[str]) -> list[str]:
    """A term with ": text" on the line after it, as a label and its text."""
    done = list(lines)
    for index in range(1, len(lines)):
        described = _DEFINITION.match(lines[index]) if lines[index].lstrip()[:1] == ":" else None
        if described and _TERM.match(lines[index - 1][:80]):
            done[index - 1] = f"**{lines[index - 1].strip()}:**"
            done[index] = described[1]
    return done


def _answers(lines: list[str]) -> list[str]:
    """Questions that are labels ("Q: How did I check it?") with their answers ("A: ..."), as labels and texts."""
    asked = [
        index for index, line in enumerate(lines) if line.lstrip("*_ ")[:1] in "QqПВP" and _ASKED.match(line[:200])
    ]
    known = [index for index in asked if (m := _ASKED.match(lines[index][:200])) and LABELS.field(m[1]) in PARTS]
    if len(known) < 2:
        return lines
    done = list(lines)
    for index in known:
        question = _ASKED.match(lines[index][:200])
        done[index] = f"**{question[1].strip()}**" if question else lines[index]
        if index + 1 < len(lines):
            done[index + 1] = _ANSWER.sub("", lines[index + 1][:_LONGEST], count=1) + lines[index + 1][_LONGEST:]
    return done


def _rst(lines: list[str]) -> list[str]:
    done = [_RST_FIELD.sub(r"\1**\2:**", line[:_LONGEST]) + line[_LONGEST:] for line in lines]
    levels: dict[str, int] = {}
    for index, line in enumerate(lines):
        underline = _RST_UNDERLINE.match(line[:300])
        title = lines[index - 1].strip() if index else ""
        if underline and title and len(title) <= len(line.strip()) + 2 and not _RST_UNDERLINE.match(title):
            level = levels.setdefault(underline[1], min(len(levels) + 1, 6))
            done[index - 1] = f"{'#' * level} {title}"
            done[index] = ""
            if index > 1 and lines[index - 2].strip() == line.strip():
                done[index - 2] = ""  # a title with a line above it too
    return done


def _adoc(lines: list[str]) -> list[str]:
    done = []
    for line in lines:
        heading = _ADOC_HEADING.match(line[:_LONGEST])
        if heading:
            done.append(f"{'#' * len(heading[1])} {heading[2]}")
        elif _ADOC_FENCE.match(line[:40]):
            done.append("```")
        else:
            done.append(_ADOC_TERM.sub(r"\1**\2:**", line[:_LONGEST]) + line[_LONGEST:])
    return done


def _org(lines: list[str]) -> list[str]:
    done = []
    for line in lines:
        heading = _ORG_HEADING.match(line[:_LONGEST])
        word = line.strip()[:20].casefold()
        if heading:
            done.append(f"{'#' * len(heading[1])} {heading[2]}")
        elif word.startswith(("#+begin_", "#+end_")):
            done.append("```")
        elif word.startswith(("#+", ":properties:", ":end:")):
            done.append("")
        else:
            done.append(_ORG_TERM.sub(r"\1:", line[:_LONGEST]) + line[_LONGEST:])
    return done


def _yaml(lines: list[str]) -> list[str]:
    """A conversation as a list of roles and contents becomes one with speakers; all else stays as it is."""
    if not any(_ROLE.match(line[:80]) for line in lines):
        return lines
    done = []
    for line in lines:
        role = _ROLE.match(line[:80])
        said = _CONTENT.match(line[:_LONGEST])
        done.append(f"{role[1]}:" if role else said[1] + line[_LONGEST:] if said else line)
    return done


_BY_ENDING: dict[str, Callable[[list[str]], list[str]]] = {
    "rst": _rst,
    "adoc": _adoc,
    "asciidoc": _adoc,
    "org": _org,
    "yaml": _yaml,
    "yml": _yaml,
}
