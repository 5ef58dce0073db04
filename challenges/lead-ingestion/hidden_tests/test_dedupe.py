"""Dedupe: one lead an email, and what becomes of its values."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from examiner import check_equal
from people import COLUMNS, email, person, tag
from service import Service, csv_sources, expect_counts, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("dedupe"), pytest.mark.dimension("correctness")]


@pytest.mark.requirement("R-dedupe-1", "R-dedupe-4", "R-dedupe-5")
def test_same_email_twice_in_a_file(service: Service, dice: random.Random) -> None:
    """The same row twice in a file makes one lead, which has both rows as its sources."""
    one = person(dice)
    report = service.imported([one, person(dice), one])
    given = "three rows, the third the same as the first"
    expect_counts(report, given, created=2, unchanged=1)
    imports = [identity for identity, _ in csv_sources(service.lead(one.email))]
    check_equal(imports, [report["id"]] * 2, given=given, what="imports of its sources")


@pytest.mark.requirement("R-dedupe-1")
def test_case_and_spaces(service: Service, dice: random.Random) -> None:
    """Capital letters and spaces around an email make no second lead, within a file and across files."""
    one = person(dice)
    report = service.imported([one, replace(one, email=f" {one.email.upper()} ")])
    expect_counts(report, f"{one.email}, and the same in capitals with spaces around it", created=1, unchanged=1)
    report = service.imported([replace(one, email=one.email.title())])
    expect_counts(report, f"then another file with {one.email.title()}", unchanged=1)
    check_equal(service.lead(one.email).get("email"), one.email, given="these three rows", what="the lead's email")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-dedupe-2")
def test_dots_and_plus_tags_count(service: Service, dice: random.Random) -> None:
    """Emails that differ by dots or a plus tag are different leads, also at Gmail, as the brief says."""
    word = tag(dice)
    addresses = [
        f"{word}.x@gmail.com",
        f"{word}x@gmail.com",
        f"{word}x+crm@gmail.com",
        f"a.{word}@{word}.com",
        f"a{word}@{word}.com",
    ]
    report = service.imported([person(dice, email=address) for address in addresses])
    expect_counts(report, f"rows with the emails {addresses}", created=len(addresses))
    for address in addresses:
        check_equal(service.lead(address).get("email"), address, given=f"the row {address}", what="email")


@pytest.mark.requirement("R-dedupe-3", "R-dedupe-5")
def test_two_halves_make_a_whole(service: Service, dice: random.Random) -> None:
    """A row with a phone and a row with a company are united: what is empty erases nothing."""
    whole = person(dice)
    left, right = (
        replace(whole, company="", title=""),
        replace(whole, first_name="", last_name="", phone="", website=""),
    )
    expect_counts(
        service.imported([left, right]), "two rows with one email, each with half of the values", created=1, updated=1
    )
    lead = service.lead(whole.email)
    check_equal(
        fields(lead, *COLUMNS),
        whole.as_lead(),
        given="two rows with one email, each with half of the values",
        what="the lead's fields",
    )


@pytest.mark.requirement("R-dedupe-3")
def test_later_values_win(service: Service, dice: random.Random) -> None:
    """A later file replaces the values that it fills and leaves those that it has empty."""
    old = person(dice)
    new = person(dice, email=old.email, last_name="", phone="", website="   ")
    service.imported([old])
    identity = service.lead(old.email).get("id")
    expect_counts(service.imported([new]), "a second file with another first name, company and title", updated=1)
    wanted = replace(new, last_name=old.last_name, phone=old.phone, website=old.website).as_lead()
    lead = service.lead(old.email)
    check_equal(fields(lead, *COLUMNS), wanted, given=f"the row {old}, then {new}", what="the lead's fields")
    check_equal(lead.get("id"), identity, given="the second file", what="the lead's id")


@pytest.mark.requirement("R-dedupe-4", "R-dedupe-5")
def test_importing_again(service: Service, dice: random.Random) -> None:
    """Importing a file a second time creates and updates nothing, and is recorded as a source."""
    people = [person(dice) for _ in range(4)]
    first = service.imported(people)
    before = {one.email: service.lead(one.email).get("id") for one in people}
    second = service.imported(people)
    given = "the same file of four rows, imported twice"
    expect_counts(second, given, unchanged=4)
    for one in people:
        lead = service.lead(one.email)
        check_equal(lead.get("id"), before[one.email], given=given, what="the lead's id")
        imports = sorted(identity for identity, _ in csv_sources(lead))
        check_equal(imports, sorted([first["id"], second["id"]]), given=given, what="imports of its sources")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-dedupe-6")
def test_rejected_rows_reserve_nothing(service: Service, dice: random.Random) -> None:
    """A broken row does not stand in the way of a good one with the same email."""
    one = person(dice)
    lines = [
        ",".join(COLUMNS),
        f"{one.email},Only,Three",
        ",".join(fields_of for fields_of in one.as_lead().values() if fields_of),
    ]
    report = service.imported("\r\n".join(lines).encode())
    given = "a row with too few cells, then a good row with the same email"
    expect_counts(report, given, created=1, rejected=1)
    lead = service.lead(one.email)
    check_equal(fields(lead, *COLUMNS), one.as_lead(), given=given, what="the lead's fields")
    check_equal(len(csv_sources(lead)), 1, given=given, what="number of its sources")


@pytest.mark.tier("probe")
@pytest.mark.dimension("edge_cases")
def test_composed_and_decomposed_letters(service: Service, dice: random.Random) -> None:
    """The same name in composed and in decomposed letters counts as no change (the brief does not say)."""
    address = email(dice)
    service.imported(
        [
            person(
                dice, email=address, first_name="Zo\u00eb", last_name="A", company="B", title="C", phone="", website=""
            )
        ]
    )
    again = service.imported(
        [
            person(
                dice, email=address, first_name="Zoe\u0308", last_name="A", company="B", title="C", phone="", website=""
            )
        ]
    )
    expect_counts(again, "Zoë composed, then decomposed", unchanged=1)
