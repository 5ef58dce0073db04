"""The scoring log: each line holds on to the one before, and a line that was touched is found."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest

from reports.audit_log import LOG_LIMIT, START, Line, LogError, next_line, read_log, same_person
from reports.scorecard import digest_of

AT = datetime(2026, 6, 8, 11, 30, tzinfo=timezone(timedelta(hours=2)))
REPORT = digest_of(b"report")
PEOPLE = ("Ana", "Ben", "Ana", "Chloé \u202e", "Ben")


def written(number: int = 5) -> list[bytes]:
    """The lines of a log."""
    lines: list[bytes] = []
    for n in range(number):
        log = read_log(b"".join(lines))
        what = ("begun", "locked", "amended", "revealed", "withdrawn")[n]
        lines.append(next_line(log, PEOPLE[n], what, {"report": REPORT}, at=AT, note=f"note {n}").to_bytes())  # type: ignore[arg-type]
    return lines


def test_a_log_that_was_only_added_to_holds() -> None:
    """Lines are numbered from 1, times are UTC, each names the line before it."""
    log = read_log(b"".join(written()))

    assert log.trouble is None
    assert [line.n for line in log.lines] == [1, 2, 3, 4, 5]
    assert log.lines[0].previous == START
    assert {line.when for line in log.lines} == {"2026-06-08T09:30:00Z"}
    assert log.head == log.lines[-1].own


def test_no_log_yet_holds() -> None:
    """Nothing written is no trouble; its head is the start."""
    log = read_log(b"")

    assert (log.trouble, log.head) == (None, START)


@pytest.mark.parametrize("number", range(5))
def test_every_changed_line_is_found(number: int) -> None:
    """A byte changed in any line is that line's trouble, and the lines before it still hold."""
    lines = written()
    lines[number] = lines[number].replace(b"note", b"mote")

    log = read_log(b"".join(lines))

    assert f"line {number + 1} of the log" in (log.trouble or "")
    assert len(log.lines) == number


def test_a_changed_line_with_a_new_digest_is_found_in_the_next() -> None:
    """Who changes a line and seals it again breaks the line after it."""
    lines = written()
    line = Line.model_validate_json(lines[1])
    lines[1] = line.model_copy(update={"who": "Mallory"}).sealed().to_bytes()

    assert "line 3 of the log" in (read_log(b"".join(lines)).trouble or "")


@pytest.mark.parametrize("number", range(4))
def test_a_deleted_line_is_found(number: int) -> None:
    """The line that moved up says that it is another one."""
    lines = written()
    del lines[number]

    told = read_log(b"".join(lines)).trouble or ""

    assert f"line {number + 1} of the log" in told
    assert "missing" in told


def test_lines_in_another_order_are_found() -> None:
    """Two lines that changed places are found at the first."""
    lines = written()
    lines[1], lines[2] = lines[2], lines[1]

    assert "line 2 of the log" in (read_log(b"".join(lines)).trouble or "")


def test_a_line_written_twice_is_found() -> None:
    """A copy of a line is no new line."""
    lines = written()

    assert "line 6 of the log" in (read_log(b"".join([*lines, lines[4]])).trouble or "")


def test_a_tail_cut_off_shows_against_a_digest_kept_elsewhere() -> None:
    """The chain alone can't tell that its last lines are gone; a digest kept elsewhere can."""
    lines = written()
    head = read_log(b"".join(lines)).head

    cut = read_log(b"".join(lines[:3]))

    assert cut.trouble is None
    assert not cut.holds(head)
    assert cut.holds(cut.head)


def test_a_line_cut_in_the_middle_is_found() -> None:
    """A write that did not come to its end is no line, even when its text is whole."""
    data = b"".join(written())

    assert "line 5 of the log" in (read_log(data[:-1]).trouble or "")
    assert "line 5 of the log" in (read_log(data[:-40]).trouble or "")


@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"{}\n",
        b"null\n",
        b"\xff\n",
        b'{"n": 1}\n',
        b"{" * 50_000 + b"\n",
        b"x" * (LOG_LIMIT + 1),
        written(1)[0].replace(b'"n":1', b'"n": 1'),
        written(1)[0].replace(b'"n":1', b'"n":1,"n":1'),
        b"\n" + written(1)[0],
    ],
)
def test_whatever_else_is_no_log(data: bytes) -> None:
    """Other bytes, and the same content in other bytes, are trouble and never an exception."""
    log = read_log(data)

    assert log.trouble
    assert log.lines == ()


def test_nothing_is_added_to_a_broken_chain() -> None:
    """Adding would hide where it broke."""
    lines = written()

    with pytest.raises(LogError, match="line 2"):
        next_line(read_log(b"".join((lines[0], lines[2]))), "Ana", "locked", {}, at=AT)


def test_every_byte_of_a_line_is_plain() -> None:
    """A name with direction controls is written out, so that showing the log does nothing."""
    data = b"".join(written())

    assert data.isascii()
    assert "\u202e" in json.loads(data.splitlines()[3])["who"]


def test_spellings_of_a_name_are_one_person() -> None:
    """Spaces and capitals do not make another rater."""
    assert same_person(" ana  B", "Ana b ")
    assert not same_person("Ana", "Anna")


def test_lines_of_one_person_are_found() -> None:
    """By name, kind and report."""
    log = read_log(b"".join(written()))

    assert [line.n for line in log.of("ANA", "begun", "amended")] == [1, 3]
    assert log.of("Ana", "begun", report=digest_of(b"another")) == ()
