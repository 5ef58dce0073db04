"""Attribution: which lines a tool says an AI or a person wrote, from git-ai notes and Agent Trace records."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from graders.transcripts.fields import fields, number, objects, word
from graders.transcripts.paths import plain
from graders.transcripts.source import Source, line_of, load, open_source

FILES = 2_000
RANGES = 5_000
_LAST_LINE = 10_000_000
_ENTRY = re.compile(r"^ {2}(\S{1,120}) ([\d,\- ]{1,60000})$")
_RANGE = re.compile(r"(\d{1,8})(?:-(\d{1,8}))?")
_WHO = frozenset({"ai", "human", "mixed", "unknown"})
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")


@dataclass(frozen=True, slots=True)
class Attribution:
    """Lines of one file. `ranges`: first line, last line, and "ai", "human", "mixed" or "unknown"; sorted.

    `commit` is the commit at which the line numbers hold, where the record names it (a git-ai note stands at its
    commit, and names it nowhere). `tool` is the assistant, as far as the record tells. `line` is where the file is
    named in the record.
    """

    tool: str
    commit: str | None
    path: str
    ranges: tuple[tuple[int, int, str], ...]
    source_path: str
    line: int = 1

    def lines(self, who: str) -> int:
        """How many lines are attributed to `who`; a line in two ranges counts once."""
        count = reached = 0
        for first, last, one in self.ranges:
            if one == who and last > reached:
                count += last - max(first - 1, reached)
                reached = last
        return count


def read_attributions(path: str, content: bytes, commit: str | None = None) -> tuple[Attribution, ...]:
    """The attributions of a file's bytes; () when it is neither a git-ai note nor an Agent Trace record.

    `commit`: the commit that a git note belongs to. Never raises on content.
    """
    source = open_source(path, content)
    if source is None:
        return ()
    start = source.text.lstrip()[:1]
    if start in ("{", "["):
        if '"conversations"' not in source.text or '"files"' not in source.text:
            return ()
        return tuple(_of_traces(source))[:FILES]
    return tuple(_of_note(source, commit))


def _of_note(source: Source, commit: str | None) -> Iterator[Attribution]:
    """A git-ai note: files with their ranges, a rule, then JSON that says who stands behind each key."""
    text = source.text
    at = 0 if text.startswith("---\n") else text.find("\n---\n")
    about = fields(load(text[at + 4 :].strip("-\n \t"))) if at >= 0 else {}
    if not word(about.get("schema_version")).startswith("authorship/"):
        return
    people = fields(about.get("humans"))
    tools = {**fields(about.get("prompts")), **fields(about.get("sessions"))}
    path, line = "", 1
    found: list[tuple[int, int, str]] = []
    agents: dict[str, None] = {}
    count = 0
    for number_, row in enumerate([*text[:at].split("\n"), "end"], start=1):
        entry = _ENTRY.match(row)
        if entry is None:
            if path and found and count < FILES:
                count += 1
                tool = ", ".join(agents) or "git-ai"
                yield Attribution(tool, commit, path, tuple(sorted(found)), source.path, line)
            path, line, found, agents = plain(row.strip().strip('"')), number_, [], {}
            continue
        key = entry[1].split("::")[0]
        who = "human" if key.startswith("h_") or key in people else "ai"
        agent = word(fields(fields(tools.get(key)).get("agent_id")).get("tool"))
        if agent and len(agents) < 10:
            agents[agent] = None
        for range_ in list(_RANGE.finditer(entry[2]))[: RANGES - len(found)]:
            first, last = int(range_[1]), int(range_[2] or range_[1])
            if 1 <= first <= last <= _LAST_LINE:
                found.append((first, last, who))


def _of_traces(source: Source) -> Iterator[Attribution]:
    """Agent Trace: one record, a list of them, or one a line."""
    document = source.document
    records = [document] if isinstance(document, dict) else objects(document)
    if not records:
        records = [record.data for record in source.records() if record.data is not None]
    for record in records[:FILES]:
        yield from _of_trace(record, source.path)


def _of_trace(record: dict[str, Any], source_path: str) -> Iterator[Attribution]:
    version = fields(record.get("vcs"))
    revision = word(version.get("revision"))
    commit = revision.lower() if word(version.get("type")) in ("git", "") and _COMMIT.fullmatch(revision) else None
    tool = word(fields(record.get("tool")).get("name")) or "Agent Trace"
    for file in objects(record.get("files")):
        path = plain(word(file.get("path")))
        found: list[tuple[int, int, str]] = []
        for talk in objects(file.get("conversations")):
            usual = word(fields(talk.get("contributor")).get("type"))
            for one in objects(talk.get("ranges"))[: RANGES - len(found)]:
                who = word(fields(one.get("contributor")).get("type")) or usual
                first, last = number(one.get("start_line")), number(one.get("end_line"))
                if first is not None and last is not None and 1 <= first <= last <= _LAST_LINE:
                    found.append((first, last, who if who in _WHO else "unknown"))
        if path and found:
            yield Attribution(tool, commit, path, tuple(sorted(found)), source_path, line_of(file, 1))
