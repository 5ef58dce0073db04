"""CSV: what files look like in practice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import astuple, replace

import pytest
from examiner import check, check_equal
from people import COLUMNS, Person, email, person, sheet, table
from service import Service, counts, error_code, errors_of, expect_counts, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("csv"), pytest.mark.dimension("edge_cases")]

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89email,"


def expect_stored(service: Service, people: Sequence[Person], given: str) -> None:
    """Each of these is a lead with exactly these fields."""
    for one in people:
        check_equal(fields(service.lead(one.email), *COLUMNS), one.as_lead(), given=given, what="the lead's fields")


@pytest.mark.requirement("R-csv-1")
def test_byte_order_mark(service: Service, dice: random.Random) -> None:
    """A file with a byte order mark is read like any other."""
    one = person(dice)
    report = service.imported(b"\xef\xbb\xbf" + sheet([one]))
    expect_counts(report, "a UTF-8 file that starts with a byte order mark", created=1)
    expect_stored(service, [one], "a UTF-8 file that starts with a byte order mark")


@pytest.mark.requirement("R-csv-4", "R-validation-4")
@pytest.mark.parametrize("line_end", ["\r\n", "\n"], ids=["CRLF", "LF"])
def test_quoted_fields(service: Service, dice: random.Random, line_end: str) -> None:
    """Quoted commas, quotes and line breaks stay in their field, and the rows after them keep their numbers."""
    company = f'Miller, "Sons" & Co{line_end}Building 7, {dice.randrange(100)}'
    quoted, last = person(dice, company=company), person(dice)
    rows = [astuple(quoted), astuple(person(dice, email="not-an-email")), astuple(last)]
    report = service.imported(table(COLUMNS, rows, line_end))
    given = "a quoted company with a comma, quotes and a line break in row 1, an invalid email in row 2"
    expect_counts(report, given, created=2, rejected=1)
    check_equal(errors_of(report), [(2, "invalid_email")], given=given, what="row and code of the errors")
    found = {**service.lead(quoted.email)}
    found["company"] = str(found.get("company")).replace("\r\n", "\n")
    wanted = replace(quoted, company=company.replace("\r\n", "\n")).as_lead()
    check_equal(fields(found, *COLUMNS), wanted, given=given, what="the lead's fields (line breaks as LF)")
    expect_stored(service, [last], given)


@pytest.mark.requirement("R-csv-2")
@pytest.mark.parametrize(
    "header",
    [
        ("Email Address", "First Name", "Last Name", "Company Name", "Job Title", "Phone Number", "Website"),
        ("E-mail", "first_name", "last_name", "company", "title", "phone", "website"),
        ("EMAIL", "FIRST NAME", "last name", " Company ", "TITLE", "Phone", "WebSite"),
    ],
    ids=["long", "E-mail", "mixed case"],
)
def test_header_synonyms(service: Service, dice: random.Random, header: Sequence[str]) -> None:
    """Columns are found by the names that the brief lists, whatever their case and the spaces around them."""
    one = person(dice)
    report = service.imported(table(header, [astuple(one)]))
    given = f"a file with the header {', '.join(header)}"
    expect_counts(report, given, created=1)
    expect_stored(service, [one], given)


@pytest.mark.requirement("R-csv-2", "R-csv-3")
def test_order_and_unknown_columns(service: Service, dice: random.Random) -> None:
    """Columns may stand in any order, and unknown ones among them are ignored."""
    one = person(dice)
    cells = {**one.as_lead(), "Lead Score": "97", "Owner": "someone", "notes, internal": "=1+1"}
    names = list(cells)
    dice.shuffle(names)
    report = service.imported(table(names, [[cells[name] or "" for name in names]]))
    given = f"a file with the header {', '.join(names)}"
    expect_counts(report, given, created=1)
    expect_stored(service, [one], given)


@pytest.mark.requirement("R-csv-3")
def test_email_alone(service: Service, dice: random.Random) -> None:
    """A file with nothing but emails is a good file."""
    people = [Person(email(dice)) for _ in range(2)]
    report = service.imported(table(["email"], [[one.email] for one in people]))
    expect_counts(report, "a file with the column email alone", created=2)
    expect_stored(service, people, "a file with the column email alone")


@pytest.mark.requirement("R-csv-6")
def test_short_and_long_rows(service: Service, dice: random.Random) -> None:
    """A row with too few or too many cells is rejected alone; the rows around it are imported."""
    first, short, middle, long, last = (person(dice) for _ in range(5))
    rows = [astuple(first), astuple(short)[:3], astuple(middle), (*astuple(long), "one more"), astuple(last)]
    report = service.imported(table(COLUMNS, rows))
    given = "five rows, the second with three cells, the fourth with eight, under a header of seven"
    expect_counts(report, given, created=3, rejected=2)
    codes = [code for _, code in errors_of(report)]
    check_equal(codes, ["wrong_column_count"] * 2, given=given, what="codes of the errors")
    expect_stored(service, [first, middle, last], given)
    check_equal(
        service.find(short.email) + service.find(long.email), [], given=given, what="leads of the rejected rows"
    )


@pytest.mark.requirement("R-csv-5", "R-validation-4")
def test_blank_lines(service: Service, dice: random.Random) -> None:
    """Blank lines are skipped: they are not counted and shift no row number."""
    first, second = person(dice), person(dice)
    lines = sheet([first, person(dice, email="no-at-sign"), second]).split(b"\r\n")
    content = b"\r\n".join([lines[0], b"", lines[1], b"", b"", lines[2], b"", lines[3], b"", b""])
    report = service.imported(content)
    given = "three rows with blank lines before, between and after them; the second has an invalid email"
    expect_counts(report, given, created=2, rejected=1)
    check_equal(report.get("received"), 3, given=given, what="received")
    check_equal(errors_of(report), [(2, "invalid_email")], given=given, what="row and code of the errors")


@pytest.mark.requirement("R-csv-7")
def test_header_only(service: Service) -> None:
    """A file that holds only its header is completed with all counts 0."""
    given = "a file with a header and no rows"
    wanted = dict.fromkeys(("received", "created", "updated", "unchanged", "rejected"), 0)
    check_equal(counts(service.imported(sheet([]))), wanted, given=given, what="counts")


UNREADABLE = {
    "no bytes": (b"", "empty_file"),
    "no email column": (b"first_name,last_name,company\r\nAnn,Lee,Acme\r\n", "missing_column"),
    "image": (PNG, "not_text"),
    "image after text": (b"email,first_name\r\n" + b"lee@example.com,Lee\r\n" * 10_000 + b"\x81\x8d" + PNG, "not_text"),
    "UTF-16": ("email,first_name\r\nann@example.com,Ann\r\n".encode("utf-16"), "not_text"),
}


@pytest.mark.requirement("R-csv-8", "R-security-3")
@pytest.mark.parametrize("case", list(UNREADABLE))
def test_unreadable_file(service: Service, case: str) -> None:
    """A file that can't be read is refused at once with 400 and a code that says why, and nothing of it is stored."""
    content, code = UNREADABLE[case]
    answer = service.upload(content)
    answer.expect_status(400, given=f"POST /imports with a file: {case}")
    check_equal(error_code(answer), code, given=f"POST /imports with a file: {case}", what="error.code")
    address = "lee@example.com" if case == "image after text" else "ann@example.com"
    check_equal(service.find(address), [], given=f"POST /imports with a file: {case}", what="leads stored")


@pytest.mark.requirement("R-csv-8", "R-security-3")
def test_missing_file(service: Service, dice: random.Random) -> None:
    """An upload without the field `file` is answered 400 `missing_file`."""
    one = person(dice)
    for field in ("document", "csv"):
        answer = service.client.post("/imports", files={field: ("leads.csv", sheet([one]), "text/csv")})
        answer.expect_status(400, given=f"POST /imports with the field {field!r} instead of 'file'")
        check_equal(
            error_code(answer), "missing_file", given=f"POST /imports with the field {field!r}", what="error.code"
        )
    check_equal(service.find(one.email), [], given="uploads under other field names", what="leads stored")


@pytest.mark.requirement("R-csv-4")
def test_long_field(offline: Service, dice: random.Random) -> None:
    """A field of 900,000 characters is imported whole."""
    one, other = person(dice, company="x" * 899_990 + tagged(dice)), person(dice)
    report = offline.imported([one, other])
    expect_counts(report, "a row with a company of 900,000 characters, and a usual one", created=2)
    company = str(offline.lead(one.email).get("company"))
    check_equal(
        (len(company), company[-10:]),
        (len(one.company), one.company[-10:]),
        given="that company",
        what="its length and its end",
    )


def tagged(dice: random.Random) -> str:
    """Ten letters."""
    return "".join(dice.choice("abcdefghij") for _ in range(10))


# -- reasonable, but not stated ------------------------------------------------------------------------------


@pytest.mark.tier("robustness")
def test_semicolon_file(service: Service, dice: random.Random) -> None:
    """A file with semicolons (Excel in much of Europe) is read or refused with a reason, never half stored."""
    one = person(dice)
    content = sheet([one]).replace(b",", b";")
    answer = service.upload(content)
    if answer.status == 202:
        service.completed(str(answer.mapping().get("id")))
        expect_stored(service, [one], "a file with semicolons, accepted with 202")
    else:
        answer.expect_status(400, 415, 422, given="a file with semicolons instead of commas")
        check(
            isinstance(error_code(answer), str),
            given="a file with semicolons",
            expected="an error code",
            observed=answer.text()[:300],
        )


@pytest.mark.tier("robustness")
def test_windows_encoding(service: Service, dice: random.Random) -> None:
    """A file in Windows-1252 is read right or refused with a reason; no garbled name is ever stored."""
    one = person(dice, first_name="José", last_name="Müller")
    answer = service.upload(sheet([one]).decode("utf-8").encode("cp1252"))
    if answer.status == 202:
        service.completed(str(answer.mapping().get("id")))
        expect_stored(service, [one], "a file in Windows-1252, accepted with 202")
    else:
        answer.expect_status(400, 415, 422, given="a file in Windows-1252")


@pytest.mark.tier("robustness")
def test_unterminated_quote(service: Service, dice: random.Random) -> None:
    """A quote that never ends is reported; the rows that it swallows do not vanish in silence."""
    people = [person(dice) for _ in range(4)]
    lines = sheet(people).decode().split("\r\n")
    lines[2] = lines[2].replace(people[1].company, '"' + people[1].company, 1)
    answer = service.upload("\r\n".join(lines).encode())
    given = "four rows; a quote opens in the second and never closes"
    if answer.status != 202:
        answer.expect_status(400, 422, given=given)
        return
    report = service.patience.until(
        lambda: service.report(str(answer.mapping().get("id"))),
        lambda seen: seen.get("status") in ("completed", "failed"),
        kind="import",
        seconds=20,
        given=given,
        expected="the import ends",
    )
    told = report.get("status") == "failed" or bool(report.get("errors"))
    check(told, given=given, expected="the import failed, or an error names the row", observed=report)


@pytest.mark.tier("robustness")
def test_duplicate_header(service: Service, dice: random.Random) -> None:
    """A file with the column `email` twice is refused, or imported without losing the email that is filled in."""
    one = person(dice)
    answer = service.upload(table(["email", "first_name", "Email"], [[one.email, one.first_name, ""]]))
    given = "a header with email, first_name, Email; the second email is empty"
    if answer.status == 202:
        report = service.completed(str(answer.mapping().get("id")))
        expect_counts(report, given, created=1)
    else:
        answer.expect_status(400, 422, given=given)


@pytest.mark.tier("robustness")
def test_apollo_export(service: Service, dice: random.Random) -> None:
    """An export as a sales tool writes it, with 20 columns more, is imported by the columns that are known."""
    one = person(dice, phone="")
    extra = [
        "Email Status",
        "Seniority",
        "Departments",
        "Contact Owner",
        "Work Direct Phone",
        "Mobile Phone",
        "Stage",
        "Lists",
    ]
    extra += ["Last Contacted", "# Employees", "Industry", "Keywords", "Person Linkedin Url", "Company Linkedin Url"]
    header = ["First Name", "Last Name", "Title", "Company", "Email", *extra, "Website"]
    values = [
        one.first_name,
        one.last_name,
        one.title,
        one.company,
        one.email,
        *["C-Suite, Sales"] * len(extra),
        one.website,
    ]
    report = service.imported(table(header, [values]))
    expect_counts(report, f"an export with the header {', '.join(header)}", created=1)
    expect_stored(service, [one], "an export with many unknown columns")


@pytest.mark.tier("probe")
def test_row_of_commas(service: Service, dice: random.Random) -> None:
    """A row of nothing but commas is counted as a row without an email (would the team rather have it skipped?)."""
    report = service.imported(sheet([person(dice), Person("")]))
    expect_counts(report, "one good row and one of commas only", created=1, rejected=1)
