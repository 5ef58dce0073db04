"""Emails and CSV files, without a service around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadledger.intake.csv_file import Bad, Good, Torn, read_header, read_rows
from leadledger.intake.emails import is_valid, key_of, trimmed
from leadledger.refusal import Refusal

VALID = [
    *("ann@example.com", "ann+tag@example.com", "o'hara@example.com", "ann@a.b.example.org", "1@example.travel"),
    *("a@b.c", "ann..lee@example.com", "-@-.-", "ünal@exämple.example"),
]
INVALID = [
    *("ann", "@example.com", "ann@", "ann@example", "ann@.example", "ann@example.", "ann@ex..ample", "a@b@c.d"),
    *("an n@example.com", "ann@exa\u00a0mple.com", "ann\x00@example.com"),
]


@pytest.fixture
def file(tmp_path: Path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("email", VALID)
def test_emails_that_meet_the_rule(email):
    assert is_valid(email)


@pytest.mark.parametrize("email", INVALID)
def test_emails_that_do_not(email):
    assert not is_valid(email)


def test_local_parts_of_64_characters_and_no_more():
    assert is_valid("l" * 64 + "@example.com")
    assert not is_valid("l" * 65 + "@example.com")


def test_a_key_is_trimmed_and_lowered_and_nothing_else():
    assert key_of(" \u200bAnn.Lee+X@Gmail.COM\u00a0\ufeff") == "ann.lee+x@gmail.com"
    assert trimmed(" Ann@example.com\t") == "Ann@example.com"


def test_rows_are_numbered_by_record(file):
    path = file('\n\nemail,company\r\n\r\na@x.example,"two\r\nlines, ""quoted"""\r\n   \nbad\r\nb@x.example,B')
    assert list(read_rows(path)) == [
        Good(1, "a@x.example", {"company": 'two\r\nlines, "quoted"'}),
        Bad(2, "wrong_column_count"),
        Good(3, "b@x.example", {"company": "B"}),
    ]
    assert [row.row for row in read_rows(path, skip=2)] == [3]


def test_headers_are_found_by_any_of_their_names(file):
    path = file("\ufeff Job Title ,E-MAIL,Score,first name,Phone Number\nCTO,Ann@X.example,9, Ann ,  \n")
    assert list(read_rows(path)) == [Good(1, "ann@x.example", {"title": "CTO", "first_name": "Ann"})]


def test_a_column_that_comes_twice_loses_nothing(file):
    path = file("email,Email Address,company,Company Name\n,a@x.example,Acme,\n")
    assert list(read_rows(path)) == [Good(1, "a@x.example", {"company": "Acme"})]


def test_under_a_single_column_spaces_are_an_empty_email(file):
    assert list(read_rows(file('email\n \n""\n\n'))) == [Bad(1, "missing_email"), Bad(2, "missing_email")]


def test_unusual_line_separators_split_nothing(file):
    (row,) = read_rows(file("email,company\na@x.example,one\u2028two\x0bthree\x85four\n"))
    assert row.values["company"] == "one\u2028two\x0bthree\x85four"


def test_a_cell_of_a_megabyte_and_one_beyond(file):
    size = 1024 * 1024
    rows = list(read_rows(file(f"email,company\na@x.example,{'x' * size}\nb@x.example,{'é' * (size // 2 + 1)}\n")))
    assert len(rows[0].values["company"]) == size
    assert rows[1] == Bad(2, "field_too_large")


def test_wrong_quotes_cost_one_row(file):
    rows = list(read_rows(file('email,company\na@x.example,"A" B\nb@x.example,B\n')))
    assert rows == [Bad(1, "malformed_row"), Good(2, "b@x.example", {"company": "B"})]


def test_a_quote_that_never_closes_is_told_with_its_row(file):
    rows = read_rows(file('email,company\na@x.example,A\nb@x.example,"B\nc@x.example,C\n'))
    assert next(rows) == Good(1, "a@x.example", {"company": "A"})
    with pytest.raises(Torn) as torn:
        next(rows)
    assert torn.value.row == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"name,company\n", "missing_column"),
        (b"email;company\n", "missing_column"),
        (b"\n \n", "missing_column"),
        (b'"email" x,company\n', "missing_column"),
        ("email,company\n".encode("utf-16-le"), "not_text"),
    ],
)
def test_headers_that_can_not_be_used(file, content, code):
    with pytest.raises(Refusal) as refusal:
        read_header(file(content))
    assert (refusal.value.status, refusal.value.code) == (400, code)
