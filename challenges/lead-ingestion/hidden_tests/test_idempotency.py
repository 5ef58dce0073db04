"""Idempotency: an upload that is sent again does its work once."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from examiner import Client, Log, check, check_equal
from people import person, sheet
from service import Service, csv_sources, error_code, expect_counts

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("idempotency"), pytest.mark.dimension("correctness")]


def fresh_key(dice: random.Random) -> str:
    """An Idempotency-Key that nobody has used."""
    return f"upload-{dice.randrange(16**16):016x}"


@pytest.mark.requirement("R-idempotency-1")
def test_same_upload_twice(service: Service, dice: random.Random) -> None:
    """The same key with the same bytes is the same import, and nothing happens a second time."""
    one, key = person(dice), fresh_key(dice)
    content = sheet([one, person(dice, email="broken")])
    report = service.imported(content, key=key)
    given = "the same file twice under the same Idempotency-Key"
    check_equal(service.accepted(content, key=key), report["id"], given=given, what="import id")
    again = service.completed(str(report["id"]))
    expect_counts(again, given, created=1, rejected=1)
    check_equal(len(csv_sources(service.lead(one.email))), 1, given=given, what="number of the lead's sources")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-idempotency-2")
def test_same_key_other_file(service: Service, dice: random.Random) -> None:
    """The same key with other bytes is answered 409, and nothing of the second file is stored."""
    first, key = person(dice), fresh_key(dice)
    second = replace(first, email=f"q{first.email[1:]}")  # as long as the first: only the bytes differ
    service.imported(sheet([first]), key=key)
    answer = service.upload(sheet([second]), key=key)
    given = "another file under an Idempotency-Key that is taken"
    answer.expect_status(409, given=given)
    check_equal(error_code(answer), "idempotency_conflict", given=given, what="error.code")
    check_equal(service.find(second.email), [], given=given, what="leads of the second file")


@pytest.mark.requirement("R-idempotency-3", "R-dedupe-4")
def test_without_or_with_another_key(service: Service, dice: random.Random) -> None:
    """Without a key, or under another one, the same file is a new import of rows that are all unchanged."""
    content = sheet([person(dice), person(dice)])
    first = service.imported(content, key=fresh_key(dice))
    second = service.imported(content, key=fresh_key(dice))
    third = service.imported(content)
    given = "the same file under two keys and without one"
    check_equal(len({first["id"], second["id"], third["id"]}), 3, given=given, what="different import ids")
    for report in (second, third):
        expect_counts(report, given, unchanged=2)


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_same_key_at_the_same_moment(service: Service, dice: random.Random) -> None:
    """Four uploads with the same key at the same moment are one import (or are told to come again)."""
    one, key = person(dice), fresh_key(dice)
    content = sheet([one])

    def upload(_: int) -> tuple[int, str]:
        # A thread has a client of its own: the log of exchanges belongs to the test's thread.
        twin = Service(Client(service.client.port, service.patience, Log()), service.patience, service.inbound_secret)
        answer = twin.upload(content, key=key)
        return answer.status, str(answer.mapping().get("id"))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(upload, range(4)))
    given = "the same file four times at once under one Idempotency-Key"
    check(
        all(status in (202, 409, 425, 429) for status, _ in answers),
        given=given,
        expected="202, or 409 to come again",
        observed=answers,
    )
    taken = {identity for status, identity in answers if status == 202}
    check_equal(len(taken), 1, given=given, what="different import ids")
    service.completed(taken.pop())
    check_equal(len(csv_sources(service.lead(one.email))), 1, given=given, what="number of the lead's sources")
