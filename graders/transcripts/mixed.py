"""Mixed: JSON Lines of several tools, one behind the other in one file, told apart by the shape of each record."""

from __future__ import annotations

from typing import Any

from graders.transcripts.fields import word
from graders.transcripts.source import Source

PARTS = 20
"""Changes from one tool to another; a file with more is no concatenation."""


def parts(source: Source) -> list[Source]:
    """The file once for every tool, with only its records, at their lines; [] when one tool wrote all of it.

    A record of no clear shape, or an unreadable line, belongs to the tool before it.
    """
    if not source.sample:
        return []
    runs: list[tuple[str, int]] = []
    for record in source.records():
        family = _family(record.data) if record.data is not None else ""
        if family and (not runs or runs[-1][0] != family):
            runs.append((family, record.line))
            if len(runs) > PARTS:
                return []
    families = list(dict.fromkeys(family for family, _ in runs))
    if len(families) < 2:
        return []
    lines = source.lines
    found = []
    for family in families:
        kept = [""] * len(lines)
        for place, (name, first) in enumerate(runs):
            if name == family:
                begin = first - 1 if place else 0
                end = runs[place + 1][1] - 1 if place + 1 < len(runs) else len(lines)
                kept[begin:end] = lines[begin:end]
        found.append(Source(source.path, "\n".join(kept)))
    return found


def _family(data: dict[str, Any]) -> str:
    """The tool whose shape a record has; "" where others may write the same."""
    kind = word(data.get("type"))
    if isinstance(data.get("payload"), dict):
        return "Codex"
    if kind in ("user", "assistant") and isinstance(data.get("message"), dict) and "uuid" in data:
        return "Claude Code"
    if isinstance(data.get("data"), dict) and kind.partition(".")[0] in ("session", "user", "assistant", "tool"):
        return "Copilot"
    if "role" in data and isinstance(data.get("message"), dict) and not kind:
        return "Cursor"
    return "Gemini" if kind == "gemini" or "projectHash" in data else ""
