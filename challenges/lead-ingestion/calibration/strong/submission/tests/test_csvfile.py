"""CSV files: what is refused whole, and how the rest is read."""

import pytest

from app.csvfile import FIELD_LIMIT, FileRefused, check_file, records


@pytest.fixture
def read(tmp_path):
    """Write a file, check it, and read its records."""

    def write_and_read(content):
        path = tmp_path / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        check_file(path)
        return list(records(path))

    return write_and_read


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\r\n \r\n", "empty_file"),
        (b"name,company\nAnn,Acme\n", "missing_column"),
        (b"email;name\nann@example.com;Ann\n", "missing_column"),
        (b'"email,name\nann@example.com,Ann\n', "missing_column"),
        (b"\x89PNG\r\n\x1a\n", "not_text"),
        ("email\nann@example.com\n".encode("utf-16"), "not_text"),
        ("email\nann@example.com\n".encode("utf-16-le"), "not_text"),
        ("email,name\na@b.co,José".encode("cp1252"), "not_text"),
        (b"email\nann@example.com\xc3", "not_text"),
    ],
)
def test_files_that_cannot_be_read_are_refused(read, content, code):
    with pytest.raises(FileRefused) as refused:
        read(content)

    assert refused.value.code == code


def test_the_hint_names_other_separators(read):
    with pytest.raises(FileRefused, match="something else than commas"):
        read("email;name\n")


def test_a_character_across_two_chunks_is_text(read):
    filler = "x" * (65536 - len("email\n"))

    assert len(read(f"email\n{filler[:-1]}é\n")) == 1


def test_byte_order_mark_is_no_part_of_the_header(read):
    assert read("\ufeffemail\nann@example.com\n")[0].values == {"email": "ann@example.com"}


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Email Address", "email"),
        (" E-mail ", "email"),
        ("FIRST NAME", "first_name"),
        ("FirstName", "first_name"),
        ("last_name", "last_name"),
        ("Company Name", "company"),
        ("Job Title", "title"),
        ("Phone Number", "phone"),
        ("WebSite", "website"),
    ],
)
def test_headers_have_synonyms(read, header, name):
    extra = "" if name == "email" else "email,"

    assert read(f"{extra}{header}\n{'a@b.co,' if extra else ''}value\n")[0].values[name] == "value"


def test_unknown_columns_are_ignored(read):
    assert read("Score,email,Owner\n1,a@b.co,me\n")[0].values == {"email": "a@b.co"}


def test_of_a_column_given_twice_the_filled_cell_counts(read):
    assert read("email,Email\n,a@b.co\n")[0].values == {"email": "a@b.co"}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_line_breaks_do_not_shift_row_numbers(read, end):
    found = read(end.join(["email,company", f'a@b.co,"One, ""two""{end}three"', "b@b.co,Four"]))

    assert [(record.row, record.values["company"]) for record in found] == [
        (1, f'One, "two"{end}three'),
        (2, "Four"),
    ]


def test_unusual_line_separators_split_nothing(read):
    assert read("email,company\na@b.co,One\u2028Two\x85Three\n")[0].values["company"] == "One\u2028Two\x85Three"


def test_blank_lines_are_not_counted(read):
    assert [record.row for record in read("\nemail,company\n\n   \na@b.co,A\n\nb@b.co,B\n\n")] == [1, 2]


def test_a_row_of_the_wrong_width_is_an_error_of_that_row_alone(read):
    found = read("email,company\na@b.co\nb@b.co,B,more\nc@b.co,C\n")

    assert [record.error.code if record.error else None for record in found] == [
        "wrong_column_count",
        "wrong_column_count",
        None,
    ]


def test_a_field_may_hold_a_megabyte_and_no_more(read):
    fits, over = read(f"email,company\na@b.co,{'x' * FIELD_LIMIT}\nb@b.co,{'x' * (FIELD_LIMIT + 1)}\n")

    assert len(fits.values["company"]) == FIELD_LIMIT
    assert over.error.code == "field_too_long"


def test_a_quote_that_never_closes_is_told_and_swallows_nothing_silently(read):
    found = read('email,company\na@b.co,A\nb@b.co,"B\nc@b.co,C\n')

    assert [(record.row, record.error and record.error.code, record.last) for record in found] == [
        (1, None, False),
        (2, "malformed_row", True),
    ]


def test_text_after_a_closing_quote_spoils_its_row_alone(read):
    found = read('email,company\na@b.co,"A"x\nb@b.co,B\n')

    assert [record.error and record.error.code for record in found] == ["malformed_row", None]


def test_a_space_before_a_quote_does_not_split_the_cell(read):
    assert read('email, company\na@b.co, "A, B"\n')[0].values["company"] == "A, B"
