"""Hostile transcripts: cut, encoded otherwise, nested, twisted. Readers neither raise nor take long; they say less."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graders.transcripts import IMPORTERS, Session, draft, read_attributions, read_sessions
from graders.transcripts.changes import of_input, patch, replaced
from graders.transcripts.commands import is_test_command
from graders.transcripts.opencode import read_tree
from graders.transcripts.session import Event
from graders.transcripts.source import Source, load
from graders.transcripts.typed import typed

DATA = Path(__file__).parent / "transcripts"
FILES = sorted(path.name for path in DATA.iterdir() if path.is_file())
STRANGE: tuple[Any, ...] = (None, 7, -1, 1.5, True, "", "x", [], [[]], {}, {"a": {}}, ["x", 1, None])


def sound(found: tuple[Session, ...]) -> None:
    """Every value has the type that the model promises, and can be written into a report."""
    for session in found:
        assert isinstance(session.tool, str)
        for text in (session.id, session.version, session.cwd, session.branch, session.head_commit):
            assert text is None or isinstance(text, str)
        assert session.bad_lines >= 0
        assert session.unknown >= 0
        for event in session.events:
            whole(event)
        json.dumps([event.text for event in session.events]).encode()
        "".join(event.text + (event.path or "") + (event.command or "") for event in session.events).encode()


def whole(event: Event) -> None:
    assert isinstance(event.line, int)
    assert event.line >= 1
    assert isinstance(event.text, str)
    for text in (event.path, event.command):
        assert text is None or isinstance(text, str)
    for number in (event.exit_code, event.added, event.removed):
        assert number is None or (isinstance(number, int) and not isinstance(number, bool))
    assert event.ok is None or isinstance(event.ok, bool)
    assert event.when is None or event.when.utcoffset() is not None


def read(content: bytes) -> tuple[Session, ...]:
    found = read_sessions("ai/x.jsonl", content)
    sound(found)
    read_attributions("x", content)
    return found


@pytest.mark.parametrize("name", FILES)
def test_a_file_may_end_anywhere(name: str) -> None:
    """Cut at any byte, a transcript gives what stands before the cut, or nothing; never more than the whole one."""
    content = (DATA / name).read_bytes()
    most = sum(len(session.events) for session in read(content))
    offsets = random.Random(5).sample(range(len(content)), 12)
    for offset in offsets:
        cut = read(content[:offset])
        assert sum(len(session.events) for session in cut) <= most + 3
        read(content[offset:])


def test_a_cut_document_gives_its_beginning() -> None:
    """Of a JSON document that ends in the middle, what stands before is read, and the cut is said."""
    content = (DATA / "gemini.json").read_bytes()
    (session,) = read(content[: content.rindex(b"stable sort")])
    assert session.truncated
    assert (len(session.prompts), len(session.edits)) == (1, 1)
    assert session.problems == ("It ends in the middle; what stands before was read.",)


def test_a_broken_first_line_hides_nothing_else() -> None:
    """JSON Lines whose first line was cut off still read, and the line is counted."""
    content = (DATA / "codex-0.98.jsonl").read_bytes()
    (session,) = read(content[20:])
    assert (session.bad_lines, len(session.prompts), len(session.shells)) == (1, 2, 2)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a JSON value."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The value with something else at a path; what it does not share stays untouched."""
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(value[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".json", ".jsonl"))])
def test_any_field_may_hold_anything(name: str) -> None:
    """Each field of a golden in turn holds a value of another type: nothing raises, and what is read is sound."""
    text = (DATA / name).read_text(encoding="utf-8")
    lines = text.split("\n") if name.endswith("l") else [text]
    values = [(place, load(line)) for place, line in enumerate(lines) if line]
    chances = [(place, value, path) for place, value in values if value for path in places(value)]
    pick = random.Random(name)
    for place, value, path in pick.sample(chances, min(len(chances), 16)):
        for strange in pick.sample(STRANGE, 2):
            changed = json.dumps(put(value, path, strange))
            read("\n".join([*lines[:place], changed, *lines[place + 1 :]]).encode())


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith((".json", ".jsonl"))])
def test_every_field_may_be_missing_or_twice(name: str) -> None:
    """A record without its fields, and one whose keys stand twice, reads as less."""
    text = (DATA / name).read_text(encoding="utf-8")
    for key in sorted({key for line in text.split("\n") for key in line.split('"')[1::2] if key.isidentifier()})[:9]:
        read(text.replace(f'"{key}"', '"gone"').encode())
        read(text.replace(f'"{key}":', f'"{key}": null, "{key}":').encode())


def test_deep_json_is_not_parsed() -> None:
    """Brackets within brackets, in a line or a document, closed or not, end the reading and not the program."""
    deep = "[" * 60_000
    assert load(deep + "]" * 60_000) is None
    assert load('{"a":' * 1_000 + "1" + "}" * 3_000) is None
    for text in (deep, '{"a":' * 20_000, deep + "]" * 60_000):
        assert Source("x", text).document is None
        assert read(text.encode()) == ()
    nested = '{"type":"user","uuid":"1","message":{"role":"user","content":' + deep + "]" * 60_000 + "}}"
    good = '{"type":"user","uuid":"2","message":{"role":"user","content":"hello"}}'
    (session,) = read(f"{good}\n{nested}\n".encode())
    assert (session.bad_lines, len(session.prompts)) == (1, 1)


def test_a_line_beyond_the_limit_is_counted_and_left() -> None:
    """A line of more than two million characters is not read, and what follows it is.

    A picture that was pasted into a prompt is taken out before, so the prompt beside it is kept.
    """
    good = '{"type":"user","uuid":"2","message":{"role":"user","content":"hello"}}'
    (session,) = read(f'{good}\n{{"type":"user","x":[{"1," * 1_000_000}1]}}\n{good.replace("2", "3")}\n'.encode())
    assert (session.lines, session.bad_lines, len(session.prompts)) == (3, 1, 2)
    pasted = good.replace(
        '"hello"', f'[{{"type":"image","source":"{"A" * 2_000_001}"}},{{"type":"text","text":"look"}}]'
    )
    (session,) = read(f"{pasted}\n".encode())
    assert (session.bad_lines, [prompt.text for prompt in session.prompts]) == (0, ["look"])


def test_quotes_and_brackets_cost_linear_time() -> None:
    """Texts made of openings without ends (quotes, tags, fences, marks) are gone through once."""
    count = 10_000
    for text in (
        '{"a": "' + '\\"' * count,
        '{"a": ' + '"' * count,
        '[{"role":"user","content":"' + "<task>" * count + '"}]',
        "_**User**_\n" * 1_000 + "_**Agent**_\n" + "<tool-use " * 1_000,
        "_**User**_\n\n```a\n" + "`````b\n" * 2_000 + "_**Agent (x)**_\n" + "Tool use: **Bash**\n" * 1_000,
        "# aider chat started at 2026-01-01 00:00:00\n" * 500 + "#### x\n> Applied edit to a\n" * 500,
        "_Exported on x from Cursor (1)_\n**User**\n" * 800,
        "**User:**\n<task>\n**Assistant:**\n" + "<read_file>" * count,
        "src/a.py\n" + "  h_1 1-2\n" * 5_000 + "---\n{",
        "<!-- x Session abcdef -->\n_**User**_\n" * 500,
    ):
        read(text.encode())
    assert typed("<system-reminder>" * count) == ""
    assert typed("<rules></rules>" * count) == ""
    assert not is_test_command("'" * count)
    assert not is_test_command("$(" * count)
    is_test_command("tests/" * count)
    assert replaced("a\n" * count, "b\n" * count) == (count, count)
    assert patch("*** Update File: a\n" * count)
    assert of_input({"diff": "<<<<<<< SEARCH\n" * count}) == (0, 0)


def test_trees_may_run_in_circles() -> None:
    """Parents that are each other's, absent, or themselves end the walk; branches of any length are walked."""

    def node(key: str, parent: Any) -> dict[str, Any]:
        message = {"author": {"role": "user"}, "content": {"parts": [key]}}
        return {"id": key, "parent": parent, "children": [key], "message": message}

    circle = {key: node(key, parent) for key, parent in (("a", "b"), ("b", "a"), ("c", "c"), ("d", "gone"), ("e", [1]))}
    for current in ("a", "c", "d", "e", "nowhere", None, 5):
        read(json.dumps([{"mapping": circle, "current_node": current}]).encode())
    chain = {str(n): node(str(n), str(n - 1)) for n in range(1_000)}
    (session,) = read(json.dumps([{"mapping": chain}]).encode())
    assert len(session.prompts) == 1_000


def test_ids_may_stand_many_times() -> None:
    """One id for every call, and results for calls that never were, join nothing wrong and raise nothing."""
    use = {"type": "tool_use", "id": "t", "name": "Bash", "input": {"command": "ls"}}
    result = {"type": "tool_result", "tool_use_id": "t", "content": "Exit code 1", "is_error": True}
    rows = []
    for n in range(60):
        rows.append({"type": "assistant", "uuid": f"a{n}", "message": {"role": "assistant", "content": [use]}})
        rows.append(
            {
                "type": "user",
                "uuid": f"b{n}",
                "message": {"role": "user", "content": [result, {**result, "tool_use_id": "no"}]},
            }
        )
    (session,) = read("\n".join(json.dumps(row) for row in rows).encode())
    assert len(session.shells) == 1


def test_a_journal_changes_only_what_is_there() -> None:
    """Paths of a journal that lead nowhere, outside a list, or into a text change nothing."""
    rows: list[dict[str, Any]] = [{"kind": 0, "v": {"requests": [{"message": {"text": "hello"}}]}}]
    for path in (
        ["requests", 10**12],
        ["requests", -1],
        ["requests", 0, "message", "text", "x"],
        ["requests", "0"],
        [[]],
        [None],
    ):
        rows += [{"kind": kind, "k": path, "v": "x"} for kind in (1, 2, 3)]
    (session,) = read("\n".join(json.dumps(row) for row in rows).encode())
    assert [prompt.text for prompt in session.prompts] == ["hello"]


def test_many_events_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session keeps a bounded number of events and says how many there were."""
    monkeypatch.setattr(draft, "EVENTS", 20)
    line = '{"role":"user","message":{"content":[{"type":"text","text":"<user_query>x</user_query>"}]}}\n'
    (session,) = read((line * 21).encode())
    assert len(session.events) == 20
    assert "It holds 21 events; the first 20 were read." in session.problems


def test_letters_that_no_report_can_hold_are_left_out() -> None:
    """Halves of characters, control characters and turns of the writing direction do not reach an event."""
    record = {
        "type": "user",
        "uuid": "1",
        "cwd": "/x\ud800",
        "message": {"role": "user", "content": "a\ud800b\u202ec\x00d"},
    }
    (session,) = read(json.dumps(record).encode())
    assert session.prompts[0].text == "abcd"
    assert session.cwd == "/x"


def test_bytes_that_are_no_text_give_nothing() -> None:
    """Databases, archives and noise are no transcripts."""
    noise = random.Random(1).randbytes(5_000)
    for content in (
        b"",
        b"\x00" * 500,
        b"SQLite format 3\x00" + noise,
        b"PK\x03\x04" + noise,
        noise,
        b"\xff\xfe",
        b"\n\n",
    ):
        assert read(content) == ()


def test_storage_trees_take_anything() -> None:
    """A folder of strange files is no session."""
    files = {
        "a.json": b"[]",
        "b.json": b"{",
        "session/x.json": b'{"id":"s","directory":"/x"}',
        "part/m/p.json": b'{"id":5}',
    }
    (session,) = read_tree(files)
    assert session.events == ()


def test_every_importer_refuses_what_is_none() -> None:
    """No format claims an empty text, prose, or a plain JSON value."""
    for text in (
        "",
        "hello\n",
        "{}",
        "[]",
        "null",
        "5",
        '{"a": 1}\n{"a": 2}\n',
        "# Title\n\n## User\n\nx\n",
        "**User**\n\nx\n",
    ):
        assert [name for name, importer in IMPORTERS.items() if importer.fits(Source("x", text))] == []
