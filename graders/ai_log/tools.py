"""Tools: which AI tools a log names, beside those that commits and configuration carry the names of (AIL-14).

Only what is there counts: a trailer that is missing says nothing, and a renamed model is the same tool.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_MAKERS: dict[str, str] = {
    "Claude": r"\bclaude|\banthropic\b|\b(?:opus|sonnet|haiku|fable)\b|클로드|клод",
    "ChatGPT": r"\bchat ?gpt|\bgpt[-_ ]?\d|\bopenai\b|\bcodex\b|\bo[134](?:-mini|-pro)?\b|챗지피티|\bgpts?\b",
    "Gemini": r"\bgemini\b|\bbard\b|\bjules\b|\bantigravity\b|\bgoogle ai\b|제미나이",
    "DeepSeek": r"\bdeepseek\b",
    "Grok": r"\bgrok\b|\bxai\b",
    "Mistral": r"\bmistral\b|\bcodestral\b|\ble chat\b",
    "Llama": r"\bllama\b|\bollama\b|\bmeta ai\b",
    "Qwen": r"\bqwen\b|\btongyi\b",
}
_HOSTS: dict[str, str] = {
    "Copilot": r"\bcopilot\b|코파일럿",
    "Cursor": r"\bcursor\b|\bcursoragent\b|커서",
    "Aider": r"\baider\b",
    "Windsurf": r"\bwindsurf\b|\bcodeium\b|\bcascade\b",
    "Cline": r"\b(?:cline|roo(?: ?code)?|kilo ?code)\b",
    "OpenCode": r"\bopencode\b",
    "Devin": r"\bdevin\b",
    "Amp": r"\bamp(?:code)?\b",
    "JetBrains AI": r"\bjetbrains|\bjunie\b",
    "Replit": r"\breplit\b",
    "Kiro": r"\bkiro\b",
    "Continue": r"\bcontinue\.dev\b",
}
"""Programs that run models of several makers: one of them, and a maker's name, do not disagree."""
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in {**_MAKERS, **_HOSTS}.items()}


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Something that carries the name of a tool which the log does not name: `carried` in words, `count` times.

    `named` are the tools of the log. `commits` are ids, `paths` files.
    """

    carried: str
    tool: str
    count: int
    named: tuple[str, ...]
    commits: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def tools_in(text: str) -> frozenset[str]:
    """The tools that a text names."""
    return frozenset(name for name, pattern in _PATTERNS.items() if pattern.search(text[:400_000]))


def disagree(named: frozenset[str], carried: frozenset[str]) -> bool:
    """Whether a carried name cannot belong to any of the named tools: maker against maker, host against host."""
    if not carried or named & carried:
        return False
    hosts, makers = named & _HOSTS.keys(), named & _MAKERS.keys()
    if carried & _MAKERS.keys():
        return not hosts
    return not makers


def mismatches(
    named: frozenset[str], signs: Sequence[tuple[str, str]], configuration: Mapping[str, str]
) -> tuple[Mismatch, ...]:
    """What carries another tool's name. `signs`: commit and the text of its trailer; `configuration`: path and tool.

    With no tool named (and no statement that none was used) there is nothing to disagree with: the caller sees to it.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for commit, text in signs:
        carried = tools_in(text)
        if disagree(named, carried):
            found.setdefault(" or ".join(sorted(carried)), []).append((commit, text))
    done = [
        Mismatch(
            rows[0][1], tool, len({commit for commit, _ in rows}), tuple(sorted(named)),
            commits=tuple(dict.fromkeys(commit for commit, _ in rows))[:6],
        )
        for tool, rows in found.items()
    ]  # fmt: skip
    files: dict[str, list[str]] = {}
    for path, tool in configuration.items():
        if disagree(named, frozenset({tool})):
            files.setdefault(tool, []).append(path)
    done += [
        Mismatch(", ".join(paths[:3]), tool, len(paths), tuple(sorted(named)), paths=tuple(paths[:6]))
        for tool, paths in files.items()
    ]
    return tuple(done)
