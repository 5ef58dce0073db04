"""What an uploaded file may look like."""

import pytest

from intake.csv_reader import UnreadableFile, read_table


def rows(content: bytes) -> list[tuple[int, dict[str, str] | None]]:
    return [(row.number, row.values) for row in read_table(content).rows]


def test_synonyms_in_any_order() -> None:
    content = b"Job Title, E-Mail ,Colour\nCTO,ada@example.com,red\n"
    assert rows(content) == [(2, {"title": "CTO", "email": "ada@example.com"})]


def test_byte_order_mark() -> None:
    assert rows(b"\xef\xbb\xbfemail\nada@example.com\n") == [(2, {"email": "ada@example.com"})]


def test_quoted_newline_keeps_the_row_numbers() -> None:
    content = b'email,company\na@example.com,"One\nTwo"\nb@example.com,X\n'
    assert [number for number, _ in rows(content)] == [2, 3]


def test_blank_lines_are_skipped() -> None:
    assert [number for number, _ in rows(b"email\n\na@example.com\n\n\nb@example.com\n")] == [2, 3]


def test_wrong_cell_count() -> None:
    assert rows(b"email,company\na@example.com\n") == [(2, None)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\n", "empty_file"),
        (b"name\nAda\n", "missing_column"),
        (b"email\n\xff\xfe\n", "not_text"),
        (b"email\na\0b\n", "not_text"),
    ],
)
def test_unreadable_files(content: bytes, code: str) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_table(content)
    assert caught.value.code == code
