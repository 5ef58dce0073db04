"""Happy path: clean files in, leads out, pages, exports, restarts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime

import pytest
from examiner import Room, check, check_equal, pick_list
from people import COLUMNS, crowd, email, person, sheet
from service import Restart, Service, counts, csv_sources, error_code, errors_of, expect_counts, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("happy-path"), pytest.mark.dimension("correctness")]


@pytest.mark.requirement("R-happy-path-1")
def test_health(service: Service) -> None:
    """The program says that it is healthy."""
    answer = service.client.get("/health").expect_status(200)
    check_equal(answer.mapping().get("status"), "ok", given="GET /health", what="status")


@pytest.mark.requirement("R-happy-path-2", "R-happy-path-3", "R-happy-path-5")
def test_clean_rows_become_leads(service: Service, dice: random.Random) -> None:
    """Three clean rows become three leads with exactly the values of the file."""
    people = [person(dice) for _ in range(3)]
    report = service.imported(people)
    expect_counts(report, "a file of three clean rows", created=3)
    check_equal(pick_list(report, "errors"), [], given="a file of three clean rows", what="errors")
    for one in people:
        check_equal(
            fields(service.lead(one.email), *COLUMNS), one.as_lead(), given=f"the row {one}", what="the lead's fields"
        )


@pytest.mark.requirement("R-happy-path-4")
def test_counts_add_up(service: Service, dice: random.Random) -> None:
    """In a mixed file each row counts once: created, updated, unchanged or rejected."""
    known, changed, fresh = person(dice), person(dice), person(dice)
    service.imported([known, changed])
    rows = [
        known,
        replace(changed, title=f"New {changed.title}"),
        fresh,
        replace(fresh),
        person(dice, email="nobody"),
        person(dice, email=""),
    ]
    dice.shuffle(rows)
    report = service.imported(rows)
    given = "one new row, the same again, one known and unchanged, one with another title, two without a good email"
    wanted = {"received": 6, "created": 1, "updated": 1, "unchanged": 2, "rejected": 2}
    check_equal(counts(report), wanted, given=given, what="counts")


@pytest.mark.requirement("R-happy-path-3")
def test_asking_changes_nothing(service: Service, dice: random.Random) -> None:
    """Asking for a finished import again and again gives the same answer and changes no lead."""
    one = person(dice)
    report = service.imported([one, person(dice, email="x y@example.com")])
    before = service.settle(one.email)
    for _ in range(5):
        again = {**service.report(str(report["id"])), "id": report["id"]}
        check_equal(again, report, given="GET /imports/{id} again", what="the report")
    check_equal(service.lead(one.email), before, given="five times GET /imports/{id}", what="the lead")


@pytest.mark.requirement("R-happy-path-3", "R-happy-path-5", "R-security-3")
@pytest.mark.parametrize("path", ["/imports/", "/leads/"])
def test_unknown_ids(service: Service, dice: random.Random, path: str) -> None:
    """An id that was never given is answered 404, with an error in the brief's form."""
    for unknown in (f"{dice.randrange(16**32):032x}", str(dice.randrange(10**8, 10**9))):
        answer = service.client.get(path + unknown).expect_status(404)
        check(
            isinstance(error_code(answer), str),
            given=f"GET {path}{unknown}",
            expected='{"error": {"code", "message"}}',
            observed=answer.text()[:300],
        )


@pytest.mark.requirement("R-happy-path-5", "R-dedupe-5")
def test_shape_of_a_lead(service: Service, dice: random.Random) -> None:
    """A lead shows null for what is unknown, where it came from, and when it was made."""
    one = person(dice, company="", title="", phone="", website="")
    report = service.imported([person(dice), one])
    lead = service.lead(one.email)
    same = service.client.get(f"/leads/{lead.get('id')}").expect_status(200).mapping()
    given = "a row with an email and a name, second in its file"
    check_equal(fields(same, *COLUMNS), one.as_lead(), given=given, what="the fields of GET /leads/{id}")
    check_equal(csv_sources(same), [(report["id"], 2)], given=given, what="import and row of its csv sources")
    for name in ("created_at", "updated_at"):
        check(_is_moment(same.get(name)), given=given, expected=f"{name} as ISO 8601", observed=same.get(name))


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-happy-path-6")
def test_pages_are_stable(service: Service, dice: random.Random) -> None:
    """A walk through the pages neither repeats nor misses a lead while others are being added."""
    first, second = crowd(dice, 15), crowd(dice, 10)
    service.imported(first)
    service.imported(second)
    late = crowd(dice, 12)

    def add(page: int) -> None:
        if page <= 4:
            service.imported(late[(page - 1) * 3 : page * 3])

    seen = [str(lead.get("email")) for lead in service.walk(7, between=add)]
    given = "GET /leads?limit=7 page by page, three leads added after each of the first four pages"
    for group in (first, second):
        mine = {one.email for one in group}
        check_equal(
            sorted(address for address in seen if address in mine), sorted(mine), given=given, what="the earlier leads"
        )
    order = [
        "first" if address in {one.email for one in first} else "second"
        for address in seen
        if address in {one.email for one in first + second}
    ]
    check_equal(order, ["first"] * 15 + ["second"] * 10, given=given, what="the imports of the leads, oldest first")
    check_equal(len(seen), len(set(seen)), given=given, what="leads seen, each once")


@pytest.mark.requirement("R-happy-path-6")
def test_page_sizes(offline: Service, dice: random.Random) -> None:
    """A page has as many leads as were asked for, 50 unless told, and never more than 200."""
    offline.imported(crowd(dice, 205))
    check_equal(len(pick_list(offline.page(3), "items")), 3, given="GET /leads?limit=3", what="number of items")
    answer = offline.client.get("/leads").expect_status(200).mapping()
    check_equal(len(pick_list(answer, "items")), 50, given="GET /leads", what="number of items")
    large = offline.client.get("/leads", {"limit": 1000})
    if large.status < 400:
        size = len(pick_list(large.expect_status(200).mapping(), "items"))
        check(
            size <= 200, given="GET /leads?limit=1000", expected="at most 200 items, or a 4xx", observed=f"{size} items"
        )
    else:
        large.expect_status(400, 422)


@pytest.mark.requirement("R-happy-path-7")
def test_find_by_email(service: Service, dice: random.Random) -> None:
    """A lead is found by its email, and an unknown email finds nobody."""
    one = person(dice, email=f"ann+{email(dice)}")
    service.imported([one, person(dice)])
    check_equal(
        [item.get("email") for item in service.find(one.email)],
        [one.email],
        given=f"GET /leads?email={one.email}",
        what="emails found",
    )
    unknown = email(dice)
    check_equal(service.find(unknown), [], given=f"GET /leads?email={unknown}, never imported", what="items")


@pytest.mark.requirement("R-happy-path-8")
def test_export(offline: Service, dice: random.Random) -> None:
    """The export holds all leads as CSV with the seven columns, quoted where they must be."""
    plain, odd = person(dice), person(dice, company='Smith, "Sons" & Co\nsecond line', title="", website="")
    others = crowd(dice, 220)  # more than a page of GET /leads
    offline.imported([plain, odd, *others])
    rows = offline.export()
    exported = {row["email"] for row in rows}
    missed = [one.email for one in others if one.email not in exported]
    check_equal(missed[:3], [], given="a file of 222 new rows", what="leads missing in GET /leads.csv")
    for one in (plain, odd):
        found = [row for row in rows if row["email"] == one.email]
        wanted = {name: value or "" for name, value in one.as_lead().items()}
        check_equal(found, [wanted], given=f"the lead {one.email}", what="its rows in GET /leads.csv")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-happy-path-9", "R-clay-inbound-4")
def test_kill_loses_nothing_that_was_told(
    offline: Service, restart: Restart, room: Room, offline_settings: dict[str, str], dice: random.Random
) -> None:
    """What was answered before the program is killed is there again after its start: nothing waits for a clean end."""
    one, key = person(dice, title=""), f"key-{dice.randrange(16**12):012x}"
    people = [one, person(dice, email="broken")]
    report = offline.imported(people, key=key)
    body = {"lead_id": offline.lead(one.email).get("id"), "delivery_id": f"d-{key}", "title": "Planner"}
    body["enriched_at"] = "2026-03-01T12:00:00Z"
    offline.delivered(body, "applied")
    lead = offline.lead(one.email)
    room.program.kill()
    service = restart(offline_settings)
    given = "an import that is completed and a delivery that is applied, then a kill and a start with the same DATA_DIR"
    check_equal(service.lead(one.email), lead, given=given, what="the lead")
    kept = service.report(str(report["id"]))
    check_equal(counts(kept), counts(report), given=given, what="the import's counts")
    check_equal(errors_of(kept), errors_of(report), given=given, what="row and code of the import's errors")
    service.delivered(body, "duplicate")
    again = service.accepted(sheet(people), key=key)
    check_equal(
        again, str(report["id"]), given=f"{given}, then the same file with the same Idempotency-Key", what="import id"
    )


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-happy-path-9")
def test_restart_keeps_everything(
    offline: Service, restart: Restart, room: Room, offline_settings: dict[str, str], dice: random.Random
) -> None:
    """Leads, imports and Idempotency-Keys are there again after a restart on the same data folder."""
    one, key = person(dice), f"key-{dice.randrange(16**12):012x}"
    report = offline.imported([one], key=key)
    lead = offline.lead(one.email)
    room.program.stop()
    service = restart(offline_settings)
    given = "a restart with the same DATA_DIR"
    check_equal(service.lead(one.email), lead, given=given, what="the lead")
    check_equal(counts(service.report(str(report["id"]))), counts(report), given=given, what="the import's counts")
    again = service.accepted(sheet([one]), key=key)
    check_equal(
        again, str(report["id"]), given=f"{given}, then the same file with the same Idempotency-Key", what="import id"
    )


def _is_moment(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False
