"""Noted lines: what tools themselves attribute, line by line, in git-ai's notes and in Agent Trace records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from graders.grade import Evidence, Finding, Outcome
from graders.transcripts import Attribution

PLACES = 8
_WHO = {"ai": "to an AI", "human": "to a person", "mixed": "to both", "unknown": "to an unknown author"}


def of_notes(attributed: Sequence[Attribution]) -> list[Finding]:
    """One finding on what the records attribute; [] when there are none. Lines are those at the noted commits."""
    if not attributed:
        return []
    counts: dict[str, int] = defaultdict(int)
    by_file: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in attributed:
        for who in _WHO:
            counts[who] += one.lines(who)
            by_file[one.path][who] += one.lines(who)
    commits = {one.commit for one in attributed if one.commit}
    told = ", ".join(f"{counts[who]} {where}" for who, where in _WHO.items() if counts[who])
    tools = ", ".join(list(dict.fromkeys(one.tool for one in attributed))[:4])
    files = f"{len(by_file)} file{'s' * (len(by_file) != 1)}"
    at = f" at {len(commits)} commit{'s' * (len(commits) != 1)}" if commits else ""
    title = f"Notes by tools ({tools}) attribute lines of {files}{at}: {told or 'none'}"
    detail = (
        "git-ai's notes and Agent Trace records count lines as they were at their commit; a line that was changed "
        "again counts again. Tools write them and may leave lines out; where they are missing, nothing follows."
    )
    largest = sorted(by_file.items(), key=lambda item: (-item[1]["ai"], item[0]))[:PLACES]
    first = {one.path: one for one in reversed(attributed)}
    places = []
    for path, lines in largest:
        said = ", ".join(f"{lines[who]} {where}" for who, where in _WHO.items() if lines[who])
        record = first[path]
        if record.source_path:  # a record among the files: its own place can be opened
            places.append(Evidence("place", f"{path}: {said}", record.source_path, record.line))
        else:
            places.append(Evidence("place", said, path, commit=record.commit))
    return [Finding("ai_usage_log.notes", title, Outcome.PASSED, detail, tuple(places))]
