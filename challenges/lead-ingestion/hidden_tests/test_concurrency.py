"""Concurrency: what happens at the same time happens right."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from examiner import Client, Log, check, check_equal, pick, pick_list
from people import COLUMNS, crowd, person, sheet
from service import Service, counts, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("concurrency"), pytest.mark.dimension("correctness")]

T = TypeVar("T")


def together(service: Service, works: Sequence[Callable[[Service], T]]) -> list[T]:
    """Do all at the same time, each with a client of its own; the first fault is raised."""

    def alone(work: Callable[[Service], T]) -> T:
        return work(
            Service(Client(service.client.port, service.patience, Log()), service.patience, service.inbound_secret)
        )

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(alone, works))


@pytest.mark.requirement("R-concurrency-1", "R-happy-path-4")
def test_two_imports_of_the_same_people(offline: Service, dice: random.Random) -> None:
    """Two imports of the same 500 people at the same time make 500 leads, and each row counts once."""
    people = crowd(dice, 500)
    turned = people[::-1]
    works: list[Callable[[Service], str]] = [
        lambda service: service.accepted(sheet(people)),
        lambda service: service.accepted(sheet(turned)),
    ]
    reports = [offline.completed(identity, seconds=40) for identity in together(offline, works)]
    given = "two files with the same 500 emails, uploaded at the same time"
    for report in reports:
        total = sum(value for name, value in counts(report).items() if name != "received" and isinstance(value, int))
        check_equal(
            [report.get("received"), total, report.get("rejected")],
            [500, 500, 0],
            given=given,
            what="received, sum of the counts, rejected",
        )
    check_equal(
        sum(report["created"] for report in reports if isinstance(report.get("created"), int)),
        500,
        given=given,
        what="created in both imports together",
    )
    mine = {one.email for one in people}
    stored = [lead.get("email") for lead in offline.walk(200) if lead.get("email") in mine]
    check_equal((len(stored), len(set(stored))), (500, 500), given=given, what="leads stored, different emails")
    for one in dice.sample(people, 3):
        check_equal(len(pick_list(offline.lead(one.email), "sources")), 2, given=given, what="sources of a lead")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-concurrency-1", "R-dedupe-3")
def test_many_small_imports_of_one_person(offline: Service, dice: random.Random) -> None:
    """Six imports at the same time that each know another field of one person make one lead that has them all."""
    whole = person(dice)
    halves = [type(whole)(email=whole.email, **{name: getattr(whole, name)}) for name in COLUMNS[1:]]
    works = [lambda service, half=half: service.accepted(sheet([half])) for half in halves]
    for identity in together(offline, works):
        offline.completed(identity)
    given = "six files at the same time, each with the email and one other field of one person"
    check_equal(fields(offline.lead(whole.email), *COLUMNS), whole.as_lead(), given=given, what="the lead's fields")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-concurrency-2", "R-clay-inbound-4")
def test_same_delivery_at_the_same_moment(offline: Service, dice: random.Random) -> None:
    """The same delivery six times at the same moment is applied once; the others are duplicates."""
    one = person(dice, title="")
    offline.imported([one])
    body = {
        "lead_id": offline.lead(one.email).get("id"),
        "delivery_id": f"d-{dice.randrange(16**12):012x}",
        "enriched_at": "2026-03-01T12:00:00Z",
        "title": "Once",
    }
    answers = together(offline, [lambda service: service.deliver(body)] * 6)
    given = f"six times at once: POST /webhooks/clay {body}"
    check_equal([answer.status for answer in answers], [200] * 6, given=given, what="status of the answers")
    told = sorted(str(answer.mapping().get("status")) for answer in answers)
    check_equal(told, ["applied", *["duplicate"] * 5], given=given, what="status in the answers")
    sources = [source for source in pick_list(offline.lead(one.email), "sources") if pick(source, "type") == "clay"]
    check_equal(len(sources), 1, given=given, what="deliveries among the lead's sources")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-concurrency-2")
def test_different_deliveries_at_the_same_moment(offline: Service, dice: random.Random) -> None:
    """Four deliveries of one moment with different fields, sent at once, are all applied, and no value is lost."""
    one = person(dice, title="", phone="", website="", company="")
    offline.imported([one])
    identity = offline.lead(one.email).get("id")
    values = {"title": "Planner", "phone": "+1 555 0100", "website": "https://four.example", "company": "Four at Once"}
    works = [
        lambda service, name=name, value=value: service.deliver(
            {
                "lead_id": identity,
                "delivery_id": f"d-{name}-{one.email}",
                "enriched_at": "2026-03-01T12:00:00Z",
                name: value,
            }
        )
        for name, value in values.items()
    ]
    answers = together(offline, works)
    given = f"four deliveries at once, one with each of {values}"
    told = [(answer.status, answer.mapping().get("status")) for answer in answers]
    check_equal(told, [(200, "applied")] * 4, given=given, what="the answers")
    check_equal(fields(offline.lead(one.email), *values), values, given=given, what="the lead's fields")


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_reading_during_an_import(offline: Service, dice: random.Random) -> None:
    """While a large import runs, the program goes on answering within two seconds."""
    identity = offline.accepted(sheet(crowd(dice, 4000)))
    slowest = 0.0
    for _ in range(200):
        slowest = max(
            slowest, offline.client.get("/health").seconds, offline.client.get("/leads", {"limit": 10}).seconds
        )
        if offline.report(identity).get("status") != "processing":
            break
        offline.patience.rest(0.05)
    given = "GET /health and GET /leads while a file of 4,000 rows is imported"
    check(slowest <= 2.0, given=given, expected="an answer within 2 s", observed=f"the slowest took {slowest:.1f} s")
    offline.completed(identity, seconds=60)
