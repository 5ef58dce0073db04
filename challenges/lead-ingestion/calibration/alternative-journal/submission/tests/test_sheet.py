"""Reading CSV files and judging emails: no service, no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from leadbook.emails import key_of, objection
from leadbook.sheet import Record, Unreadable, check, open_sheet, records

Read = Callable[[str | bytes], list[Record]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """read(content): its records, after the check."""

    def of(content: str | bytes) -> list[Record]:
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        check(path)
        with open_sheet(path) as file:
            return [record for record in records(file) if record is not None]

    return of


def test_a_reader_gets_a_turn_after_each_blank_line(tmp_path: Path) -> None:
    path = tmp_path / "blank.csv"
    path.write_text("email\n\n\na@a.example\n")
    with open_sheet(path) as file:
        assert [record and record.number for record in records(file)] == [None, None, 1]


def rejected(found: list[Record]) -> list[tuple[int, str | None]]:
    return [(record.number, record.rejected) for record in found if record.rejected]


@pytest.mark.parametrize(
    "header",
    ["email,first_name", "\ufeffE-MAIL , First Name", '"Email Address",FIRST_NAME', "\n\nemail,first name"],
)
def test_headers_are_found_by_any_of_their_names(read: Read, header: str) -> None:
    (record,) = read(f"{header}\nkim@a.example, Kim \n")
    assert record.values == {"email": "kim@a.example", "first_name": "Kim"}


def test_quotes_commas_and_line_breaks_stay_inside_their_field(read: Read) -> None:
    content = 'email,company\r\nkim@a.example,"North, ""Sons""\r\n& Co"\r\nnobody,x\r\n'
    first, second = read(content)
    assert first.values["company"] == 'North, "Sons"\r\n& Co'
    assert (second.number, second.rejected) == (2, "invalid_email")


def test_blank_lines_are_no_records(read: Read) -> None:
    found = read("email,title\n\na@a.example,x\n\n\nbad,y\n\n")
    assert rejected(found) == [(2, "invalid_email")]
    assert len(found) == 2


def test_a_line_separator_of_unicode_ends_no_record(read: Read) -> None:
    (record,) = read("email,title\na@a.example,left\u2028right\x85end\n")
    assert record.values["title"] == "left\u2028right\x85end"


def test_rows_of_another_width_are_rejected_alone(read: Read) -> None:
    found = read("email,title\na@a.example\nb@a.example,x,y\nc@a.example,z\n")
    assert rejected(found) == [(1, "wrong_column_count"), (2, "wrong_column_count")]


def test_a_quote_in_the_wrong_place_costs_one_row(read: Read) -> None:
    found = read('email,title\na@a.example,"x" y\nb@a.example,z\n')
    assert rejected(found) == [(1, "malformed_row")]
    assert found[1].values["title"] == "z"


def test_a_quote_that_never_closes_is_told_with_its_row(read: Read) -> None:
    found = read('email,title\na@a.example,x\nb@a.example,"y\nc@a.example,z\n')
    assert rejected(found) == [(2, "unclosed_quote")]


def test_a_field_of_a_megabyte_is_read_and_a_longer_one_is_not(read: Read) -> None:
    found = read(f"email,title\na@a.example,{'x' * 2**20}\nb@a.example,{'x' * (2**20 + 1)}\n")
    assert len(found[0].values["title"]) == 2**20
    assert rejected(found) == [(2, "field_too_long")]


def test_a_column_that_is_there_twice_gives_its_first_value(read: Read) -> None:
    (record,) = read("email,Company,Company Name,Email\n,,Acorn,a@a.example\n")
    assert (record.values["company"], record.values["email"]) == ("Acorn", "a@a.example")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"first_name,title\nKim,x\n", "missing_column"),
        (b"email;first_name\na@a.example;Kim\n", "missing_column"),
        (b'"email\na@a.example\n', "missing_column"),
        (b"\n\n", "missing_column"),
        ("email\nzo\u00eb@a.example\n".encode("latin-1"), "not_text"),
        ("email\na@a.example\n".encode("utf-16"), "not_text"),
        ("email\na@a.example\n".encode("utf-16-le"), "not_text"),
        (b"email\na@a.example\n\xe2\x82", "not_text"),
    ],
)
def test_what_can_not_be_read_says_why(read: Read, content: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "address",
    [
        "kim+crm@a.example",
        "o'neil@a.example",
        "k@mail.eu.a.example",
        f"{'k' * 64}@a.example",
        "\u00a0k@a.museum\u200b",
    ],
)
def test_good_emails(address: str) -> None:
    assert objection(address) is None


@pytest.mark.parametrize(
    "address",
    [
        *(
            "plain",
            "@a.example",
            "k@",
            "k@localhost",
            "k@@a.example",
            "k@a@b.example",
            "k@a..example",
            "k@.example",
        ),
        *("k@a.example.", "k m@a.example", "k\x00@a.example", "k@a\u00a0b.example", f"{'k' * 65}@a.example"),
    ],
)
def test_bad_emails(address: str) -> None:
    assert objection(address) == "invalid_email"


def test_the_key_is_trimmed_and_lowered_and_nothing_else() -> None:
    assert key_of(" K.Im+Crm@Gmail.com\t") == "k.im+crm@gmail.com"
    assert objection(" \u200b ") == "missing_email"
