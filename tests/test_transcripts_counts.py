"""The counts of every format: each sample reads with the numbers that its content holds, counted by hand."""

from __future__ import annotations

from collections import Counter

import pytest
from transcript_samples import DATA, GOLDEN, sessions

from graders.ai_log.search import search
from graders.transcripts import IMPORTERS, neutral, read_sessions
from graders.transcripts.source import Source


@pytest.mark.parametrize(
    ("name", "tool", "prompts", "edits", "shells", "bad", "unknown", "others"), GOLDEN, ids=[row[0] for row in GOLDEN]
)
def test_reads_the_counts_that_a_transcript_holds(
    name: str, tool: str, prompts: int, edits: int, shells: int, bad: int, unknown: int, others: dict[str, int]
) -> None:
    """Prompts, edits, commands and unreadable lines are those that a reader of the file would count."""
    found = sessions(name)
    assert {session.tool for session in found} == {tool}
    counted = (
        sum(len(session.prompts) for session in found),
        sum(len(session.edits) for session in found),
        sum(len(session.shells) for session in found),
        sum(session.bad_lines for session in found),
        sum(session.unknown for session in found),
    )
    assert counted == (prompts, edits, shells, bad, unknown)
    kinds = Counter(event.kind for session in found for event in session.events)
    assert {kind: kinds[kind] for kind in others} == others
    for kind in ("reject", "interrupt", "user_edit", "accept", "compact", "plan", "subagent"):
        assert kind in others or kind == "plan" or not kinds[kind], kind


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_a_format_is_found_by_its_content_alone(name: str) -> None:
    """The same bytes under any other name read the same."""
    content = (DATA / name).read_bytes()
    for other in ("notes", "x.json", "a/b.md"):
        assert [s.events for s in read_sessions(other, content)] == [s.events for s in sessions(name)]


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_one_format_fits_a_transcript_first(name: str) -> None:
    """The importer that reads a file is not hidden by one before it: the first that fits is the one that reads it."""
    source = Source(name, (DATA / name).read_text(encoding="utf-8"))
    fitting = [key for key, importer in IMPORTERS.items() if importer.fits(source)]
    assert fitting
    assert IMPORTERS[fitting[0]].read(source)


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_line_ends_and_encodings_change_nothing(name: str) -> None:
    """A BOM, Windows line ends and UTF-16 give the same events, with the same lines."""
    content = (DATA / name).read_bytes()
    text = content.decode()
    wanted = [session.events for session in read_sessions("x", content)]
    for encoded in (b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), text.encode("utf-16")):
        assert [session.events for session in read_sessions("x", encoded)] == wanted


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_events_stand_at_their_line(name: str) -> None:
    """The first words of a prompt stand in the record (or below the mark) at the line that its event names."""
    lines = (DATA / name).read_text(encoding="utf-8").split("\n")
    for session in sessions(name):
        for prompt in session.prompts:
            words = prompt.text.split("\n")[0].split('"')[0][:25]
            record = "\n".join(lines[prompt.line - 1 : prompt.line + 20]).replace('\\"', '"')
            assert words in record, (prompt.line, words)


def test_the_neutral_format_gives_back_what_it_was_given() -> None:
    """What `write` wrote reads as the same events, whatever tool they came from."""
    for row in GOLDEN:
        for session in sessions(row[0]):
            again = read_sessions("ai/transcripts/x.jsonl", neutral.write(session).encode())
            assert len(again) == 1
            kept = [(e.kind, e.when, e.text, e.path, e.command, e.exit_code, e.ok, e.added) for e in session.events]
            assert [
                (e.kind, e.when, e.text, e.path, e.command, e.exit_code, e.ok, e.added) for e in again[0].events
            ] == kept
            assert (again[0].tool, again[0].id, again[0].models) == (session.tool, session.id, session.models)


@pytest.mark.parametrize("name", [row[0] for row in GOLDEN])
def test_a_transcript_without_its_persons_names_reads_the_same(name: str) -> None:
    """What the search takes out before reading (secrets, home folders) changes no count and no line."""
    content = (DATA / name).read_bytes()
    log = search({f"ai/{name}": len(content)}, lambda path, limit: content[:limit], {})
    found = [session for document in log.documents for session in document.sessions]
    assert [[(e.kind, e.line, e.added) for e in session.events] for session in found] == [
        [(e.kind, e.line, e.added) for e in session.events] for session in sessions(name)
    ]
