"""Validation: which emails are good, and how the others are reported."""

from __future__ import annotations

import random

import pytest
from examiner import check, check_equal, pick_list
from people import COLUMNS, Person, email, person, sheet, tag
from service import Service, errors_of, expect_counts, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("validation"), pytest.mark.dimension("correctness")]


@pytest.mark.requirement("R-validation-1")
def test_invalid_emails(service: Service, dice: random.Random) -> None:
    """Emails that can't be right are rejected, each with `invalid_email`."""
    word = tag(dice)
    bad = [
        word,
        f"{word}@",
        f"@{word}.com",
        f"{word}@{word}",
        f"a@b@{word}.com",
        f"{word} b@{word}.com",
        f"{word}@{word}..com",
        f"{word}@.{word}.com",
        f"{word}@{word}.com.",
        f"{word}\tb@{word}.com",
        f"{word}@{word} x.com",
        f"{'l' * 65}@{word}.com",
    ]
    good = person(dice)
    people = [*(Person(address, "Ann") for address in bad), good]
    report = service.imported(people)
    given = f"rows with the emails {bad} and one good row"
    codes = [code for _, code in errors_of(report)]
    check_equal(codes, ["invalid_email"] * len(bad), given=given, what="codes of the errors")
    expect_counts(report, given, created=1, rejected=len(bad))


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-validation-2", "R-validation-1")
def test_unusual_emails(service: Service, dice: random.Random) -> None:
    """Unusual emails that meet the rule are accepted: tags, apostrophes, dots, subdomains, any domain, any script."""
    word = tag(dice)
    good = [
        f"ann+sales@{word}.com",
        f"o'brien@{word}.com",
        f"ann@mail.eu.{word}.co.uk",
        f"ann@{word}.photography",
        f"ann@{word}.museum",
        f"{'m' * 64}@{word}.com",
        f"a@{word}.io",
        f"ann_lee-{word}@x-{word}.com",
        f"1234567890@{word}.org",
        f"first.middle.last@{word}.travel",
        f"jürgen@bücher-{word}.de",
        f"ann..lee@{word}.com",
        f"ann@{word}.x",
    ]
    report = service.imported([Person(address, "Ann") for address in good])
    check_equal(pick_list(report, "errors"), [], given=f"rows with the emails {good}", what="errors")
    expect_counts(report, f"rows with the emails {good}", created=len(good))
    for address in (good[0], good[1]):
        check_equal(service.lead(address).get("email"), address, given=f"the row {address}", what="email")


@pytest.mark.requirement("R-validation-3")
def test_missing_email(service: Service, dice: random.Random) -> None:
    """A row without an email is rejected with `missing_email`, also when it holds only spaces."""
    report = service.imported([person(dice, email=""), person(dice), person(dice, email="   ")])
    given = "three rows; the first has no email, the third only spaces"
    expect_counts(report, given, created=1, rejected=2)
    codes = [code for _, code in errors_of(report)]
    check_equal(codes, ["missing_email"] * 2, given=given, what="codes of the errors")


@pytest.mark.requirement("R-validation-4")
def test_error_entries(service: Service, dice: random.Random) -> None:
    """Each rejected row is told with row, field, code and a message for people."""
    report = service.imported([person(dice), person(dice, email="oops"), person(dice, email="")])
    given = "three rows; an invalid email in the second, none in the third"
    entries = sorted(
        (entry for entry in pick_list(report, "errors") if isinstance(entry, dict)),
        key=lambda entry: str(entry.get("row")),
    )
    check_equal(
        [fields(entry, "row", "field") for entry in entries],
        [{"row": 2, "field": "email"}, {"row": 3, "field": "email"}],
        given=given,
        what="errors",
    )
    for entry in entries:
        message = entry.get("message")
        check(
            isinstance(message, str) and message.strip() != "",
            given=given,
            expected="a message in each entry",
            observed=entry,
        )


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-happy-path-5")
def test_names_of_the_world(service: Service, dice: random.Random) -> None:
    """Names in any script, with emoji or right to left, are kept exactly."""
    people = [
        person(dice, first_name="Zoë", last_name="Łukasiewicz-Åström", company="Škoda Česká"),
        person(dice, first_name="محمد", last_name="بن سلمان", company="شركة"),
        person(dice, first_name="山田", last_name="太郎", company="株式会社🚀"),
        person(dice, first_name="Null", last_name="O'Neil; DROP TABLE leads", company="<b>Bold</b> & Co"),
    ]
    expect_counts(service.imported(people), "four people with names in several scripts", created=4)
    for one in people:
        check_equal(
            fields(service.lead(one.email), *COLUMNS), one.as_lead(), given=f"the row {one}", what="the lead's fields"
        )


# -- reasonable, but not stated ------------------------------------------------------------------------------


@pytest.mark.dimension("edge_cases")
@pytest.mark.tier("robustness")
def test_values_are_trimmed(service: Service, dice: random.Random) -> None:
    """Spaces around a value are not part of it."""
    one = person(dice)
    padded = Person(*(f"  {value} " for value in one.as_lead().values()))
    expect_counts(service.imported([padded]), "a row whose values all have spaces around them", created=1)
    check_equal(
        fields(service.lead(one.email), *COLUMNS),
        one.as_lead(),
        given="a row whose values all have spaces around them",
        what="the lead's fields",
    )


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_invisible_characters(service: Service, dice: random.Random) -> None:
    """A no-break or zero-width space around an email, as pasted from web pages, makes no second lead."""
    address = email(dice)
    report = service.imported(
        [Person(address, "Ann"), Person(f"\u00a0{address}", "Ann"), Person(f"{address}\u200b", "Ann")]
    )
    given = "the same email three times: plain, after a no-break space, before a zero-width space"
    check_equal(report.get("created"), 1, given=given, what="created")


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_overlong_email(service: Service, dice: random.Random) -> None:
    """An email of 100,000 characters is rejected like any other bad one, without an error of the program."""
    good = person(dice)
    report = service.imported(sheet([Person("a" * 100_000 + f"@{tag(dice)}.com"), good]))
    expect_counts(report, "an email of 100,000 characters, and a good row", created=1, rejected=1)


@pytest.mark.tier("probe")
@pytest.mark.dimension("edge_cases")
def test_domain_in_two_spellings(service: Service, dice: random.Random) -> None:
    """An international domain and its punycode spelling make one lead (the brief does not say)."""
    domain = f"bücher-{tag(dice)}"
    native, punycode = (f"ann@{name}.example" for name in (domain, domain.encode("idna").decode("ascii")))
    report = service.imported([Person(native, "Ann"), Person(punycode, "Ann")])
    check_equal(report.get("created"), 1, given=f"the emails {native} and {punycode}", what="created")
