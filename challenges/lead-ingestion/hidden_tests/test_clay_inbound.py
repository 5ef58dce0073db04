"""Clay inbound: deliveries as Clay sends them, late, twice, out of order, and from strangers."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from enrichment import EnrichmentTwin
from enrichment import person as known
from examiner import Answer, CandidateFault, check, check_equal, pick, pick_list
from people import Person, person, tag
from service import Json, Service, error_code, expect_counts, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("clay-inbound"), pytest.mark.dimension("correctness")]

NOON = "2026-03-01T12:00:00Z"


def settled(service: Service, one: Person) -> Json:
    """The lead of a new row, when the provider has answered that it knows nobody."""
    service.imported([one])
    return service.enriched(one.email, "not_found")


def delivery(dice: random.Random, lead: Json, *, at: str = NOON, **values: Any) -> Json:
    """A delivery of Clay for this lead."""
    return {"lead_id": lead.get("id"), "delivery_id": f"d-{dice.randrange(16**12):012x}", "enriched_at": at, **values}


def clay_sources(lead: Json) -> list[Any]:
    """The delivery ids among a lead's sources."""
    return [pick(source, "delivery_id") for source in pick_list(lead, "sources") if pick(source, "type") == "clay"]


def unchanged(service: Service, lead: Json, given: object) -> None:
    """The lead's values, enrichment and sources are what they were."""
    names = ("first_name", "company", "title", "phone", "website", "enrichment", "sources")
    check_equal(
        fields(service.lead(str(lead.get("email"))), *names), fields(lead, *names), given=given, what="the lead"
    )


@pytest.mark.requirement("R-clay-inbound-2", "R-clay-inbound-3")
def test_delivery_is_applied(service: Service, dice: random.Random) -> None:
    """A delivery fills the empty fields of its lead, and all that it holds stands in the enrichment fields."""
    one = person(dice, title="", phone="", website="")
    values = {
        "title": f"Head of {tag(dice)}",
        "phone": "+1 555 0142",
        "linkedin_url": f"https://linkedin.example/in/{tag(dice)}",
        "employees": dice.randrange(5, 999),
    }
    body = delivery(dice, settled(service, one), **values)
    service.delivered(body, "applied")
    lead = service.enriched(one.email, "enriched")
    given = f"the delivery {body}"
    wanted = {"title": values["title"], "phone": values["phone"], "company": one.company, "website": None}
    check_equal(fields(lead, *wanted), wanted, given=given, what="the lead's fields")
    check_equal(
        {name: pick(lead, "enrichment", "fields", name) for name in values},
        values,
        given=given,
        what="enrichment.fields",
    )
    check_equal(clay_sources(lead), [body["delivery_id"]], given=given, what="deliveries among the sources")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-inbound-3")
def test_files_outrank_clay(service: Service, dice: random.Random) -> None:
    """Clay replaces its own earlier values, never those that a file gave."""
    one = person(dice, title="")
    lead = settled(service, one)
    service.delivered(
        delivery(dice, lead, at="2026-03-01T12:00:00Z", company="Clay Says Inc", title="First Title"), "applied"
    )
    service.delivered(
        delivery(dice, lead, at="2026-03-02T12:00:00Z", company="Clay Says Ltd", title="Second Title"), "applied"
    )
    lead = service.lead(one.email)
    given = f"a file gave the company {one.company!r} and no title; Clay then delivered both, twice"
    check_equal(
        fields(lead, "company", "title"),
        {"company": one.company, "title": "Second Title"},
        given=given,
        what="the lead's fields",
    )
    check_equal(
        pick(lead, "enrichment", "fields", "company"), "Clay Says Ltd", given=given, what="enrichment.fields.company"
    )


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-inbound-3", "R-dedupe-3")
def test_later_files_outrank_clay(service: Service, dice: random.Random) -> None:
    """A file replaces what Clay had filled in, and from then on Clay does not replace it."""
    one = person(dice, title="")
    lead = settled(service, one)
    service.delivered(delivery(dice, lead, at="2026-03-01T12:00:00Z", title="Clay's Title"), "applied")
    expect_counts(service.imported([replace(one, title="The File's Title")]), "a file with another title", updated=1)
    given = "Clay delivered a title for a lead without one, then a file gave another"
    check_equal(service.lead(one.email).get("title"), "The File's Title", given=given, what="title")
    service.delivered(delivery(dice, lead, at="2026-03-02T12:00:00Z", title="Clay's Next Title"), "applied")
    given = f"{given}, then Clay delivered a third"
    check_equal(service.lead(one.email).get("title"), "The File's Title", given=given, what="title")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-enrichment-3")
def test_late_profile_fills_only_what_is_empty(service: Service, provider: EnrichmentTwin, dice: random.Random) -> None:
    """What the provider says after Clay has delivered fills what is still empty and replaces nothing of Clay's."""
    one = person(dice, title="", company="")
    profile = known(
        one.email, title="Late Title", company="Late Company", linkedin_url="https://l.example/l", employees=5
    )
    provider.script(one.email, Answer(503, {"error": "busy"}, {"Retry-After": "1"}), profile)
    service.imported([one])
    given = "the provider answers 503 with Retry-After: 1, Clay delivers a title, then the provider knows another"
    provider.wait_for(service.patience, bool, key=one.email, seconds=10, given=given, expected="a first call")
    service.delivered(delivery(dice, service.lead(one.email), title="Clay's Title"), "applied")
    service.patience.rest(1.6)
    check_equal(service.lead(one.email).get("title"), "Clay's Title", given=given, what="title")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-inbound-3", "R-happy-path-8")
def test_clay_outranks_the_provider(service: Service, provider: EnrichmentTwin, dice: random.Random) -> None:
    """Clay replaces what the provider had filled in."""
    one = person(dice, title="", company="")
    provider.script(
        one.email,
        known(one.email, title="Old Title", company="Old Company", linkedin_url="https://l.example/old", employees=5),
    )
    service.imported([one])
    lead = service.enriched(one.email, "enriched")
    service.delivered(delivery(dice, lead, title="New Title", employees=7), "applied")
    lead = service.lead(one.email)
    given = "the provider gave title, company and employees; Clay then title and employees"
    check_equal(
        fields(lead, "title", "company"),
        {"title": "New Title", "company": "Old Company"},
        given=given,
        what="the lead's fields",
    )
    found = {name: pick(lead, "enrichment", "fields", name) for name in ("title", "employees", "linkedin_url")}
    check_equal(
        found,
        {"title": "New Title", "employees": 7, "linkedin_url": "https://l.example/old"},
        given=given,
        what="enrichment.fields",
    )
    exported = [fields(row, "title", "company") for row in service.export() if row["email"] == one.email]
    wanted = [{"title": "New Title", "company": "Old Company"}]
    check_equal(exported, wanted, given=given, what="its rows in GET /leads.csv")


@pytest.mark.requirement("R-clay-inbound-1", "R-security-3")
def test_strangers_are_refused(service: Service, inbound_secret: str, dice: random.Random) -> None:
    """A delivery without the secret, or with a wrong one, is answered 401 and stores nothing."""
    one = person(dice, title="")
    lead = settled(service, one)
    body = delivery(dice, lead, title="Intruder")
    tries: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {inbound_secret}"},
        {"Authorization": f"Bearer {inbound_secret}x"},
        {"Authorization": f"Bearer {inbound_secret[:-1]}"},
        {"Authorization": f"Bearer {inbound_secret.upper()}"},
        {"x-clay-webhook-auth": inbound_secret},
    ]
    for headers in tries:
        service.deliver(body, secret=None, headers=headers).expect_status(
            401, given=f"POST /webhooks/clay with the headers {headers}"
        )
    unchanged(service, lead, "deliveries with no secret or a wrong one")
    service.delivered(body, "applied")


@pytest.mark.requirement("R-clay-inbound-4")
def test_same_delivery_twice(service: Service, dice: random.Random) -> None:
    """A delivery that comes twice is answered `duplicate` and has its effect once, whatever it holds then."""
    one = person(dice, title="")
    body = delivery(dice, settled(service, one), title="Once")
    service.delivered(body, "applied")
    service.delivered(body, "duplicate")
    service.delivered({**body, "title": "Twice", "enriched_at": "2026-03-09T12:00:00Z"}, "duplicate")
    lead = service.lead(one.email)
    check_equal(lead.get("title"), "Once", given="the same delivery_id three times", what="title")
    check_equal(
        clay_sources(lead),
        [body["delivery_id"]],
        given="the same delivery_id three times",
        what="deliveries among the sources",
    )


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-inbound-5")
def test_late_delivery(service: Service, dice: random.Random) -> None:
    """A delivery that is older than the newest one is answered `stale` and takes nothing back, in any time zone."""
    one = person(dice, title="")
    lead = settled(service, one)
    service.delivered(delivery(dice, lead, at="2026-03-01T12:00:00+00:00", title="Newest"), "applied")
    # 13:30 at +02:00 is 11:30 in UTC: older, though its text sorts later.
    for at in ("2026-03-01T11:59:59Z", "2026-03-01T13:30:00+02:00", "2025-12-31T23:59:59Z"):
        service.delivered(delivery(dice, lead, at=at, title="Older", phone="+1 555 0199"), "stale")
    check_equal(
        service.lead(one.email).get("title"), "Newest", given="an earlier enriched_at after a later one", what="title"
    )
    service.delivered(delivery(dice, lead, at="2026-03-01T11:00:01-05:00", title="Newer"), "applied")
    check_equal(
        service.lead(one.email).get("title"), "Newer", given="then a later one, in another time zone", what="title"
    )


@pytest.mark.requirement("R-clay-inbound-6", "R-security-3")
def test_unknown_lead(service: Service, dice: random.Random) -> None:
    """A delivery for a lead that is not there is answered 404."""
    one = person(dice)
    lead = settled(service, one)
    identity = lead.get("id")
    unknown = f"{dice.randrange(16**32):032x}" if isinstance(identity, str) else 10**9 + dice.randrange(10**6)
    answer = service.deliver({**delivery(dice, lead, title="Nobody"), "lead_id": unknown})
    answer.expect_status(404, given=f"POST /webhooks/clay with the lead_id {unknown!r}")
    check(
        isinstance(error_code(answer), str),
        given="an unknown lead_id",
        expected="an error code",
        observed=answer.text()[:300],
    )


BROKEN: dict[str, Any] = {
    "an array": lambda body: [body],
    "a text": lambda body: "hello",
    "null": lambda body: None,
    "no lead_id": lambda body: {key: value for key, value in body.items() if key != "lead_id"},
    "no delivery_id": lambda body: {key: value for key, value in body.items() if key != "delivery_id"},
    "no enriched_at": lambda body: {key: value for key, value in body.items() if key != "enriched_at"},
    "enriched_at is no date": lambda body: {**body, "enriched_at": "yesterday"},
    "title is a number": lambda body: {**body, "title": 7},
    "employees is a text": lambda body: {**body, "employees": "51-200"},
    "title is a list": lambda body: {**body, "title": ["a", "b"]},
    "title is an object": lambda body: {**body, "title": {"name": "a"}},
    "delivery_id is an object": lambda body: {**body, "delivery_id": {"a": 1}},
}


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-inbound-7", "R-security-3")
def test_wrong_bodies(service: Service, dice: random.Random) -> None:
    """A delivery of the wrong form is answered 422 and has no effect."""
    one = person(dice, title="")
    lead = settled(service, one)
    for name, spoil in BROKEN.items():
        body = spoil(delivery(dice, lead, title="Spoilt"))
        service.deliver(body).expect_status(422, given=f"POST /webhooks/clay: {name}: {json.dumps(body)}")
    unchanged(service, lead, f"deliveries with wrong bodies: {', '.join(BROKEN)}")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-inbound-7", "R-security-3")
def test_bodies_that_are_no_json(service: Service, dice: random.Random) -> None:
    """A delivery that is no JSON is answered 400 or 422, and the program goes on."""
    lead = settled(service, person(dice, title=""))
    whole = json.dumps(delivery(dice, lead, title="Cut")).encode()
    for name, body in {
        "empty": b"",
        "cut": whole[:-5],
        "not UTF-8": b'{"lead_id": "\xff\xfe"}',
        "a form": b"lead_id=1&delivery_id=2",
    }.items():
        service.deliver(body).expect_status(400, 422, given=f"POST /webhooks/clay: {name}")
    unchanged(service, lead, "deliveries that are no JSON")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-inbound-2", "R-clay-inbound-8")
def test_large_delivery(service: Service, dice: random.Random) -> None:
    """A delivery of more than 100 KB is answered 413 and has no effect; one of 90,000 characters is applied."""
    one = person(dice, title="")
    lead = settled(service, one)
    body = delivery(dice, lead, title="Large", website="https://example.com/" + "x" * 150_000)
    service.deliver(body).expect_status(413, given="POST /webhooks/clay with 150 KB")
    unchanged(service, lead, "a delivery of 150 KB")
    answer = service.deliver(delivery(dice, lead, title="x" * 90_000))
    given = "POST /webhooks/clay with a title of 90,000 characters"
    check_equal(answer.expect_status(200, given=given).mapping().get("status"), "applied", given=given, what="status")
    length = len(str(service.lead(one.email).get("title")))
    check_equal(length, 90_000, given=given, what="length of the lead's title")


# -- reasonable, but not stated ------------------------------------------------------------------------------


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_unknown_columns_in_a_delivery(service: Service, dice: random.Random) -> None:
    """A delivery with more columns than the brief names (a Clay table has many) is applied all the same."""
    one = person(dice, title="")
    body = delivery(dice, settled(service, one), title="Planner")
    service.delivered({**body, "Find Work Email": None, "Score (AI)": {"value": 7}, "table": "Leads"}, "applied")
    check_equal(service.lead(one.email).get("title"), "Planner", given="a delivery with unknown columns", what="title")


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_empty_values_in_a_delivery(service: Service, dice: random.Random) -> None:
    """Empty values in a later delivery (Clay found nothing this time) erase none of the earlier ones."""
    one = person(dice, title="")
    lead = settled(service, one)
    service.delivered(delivery(dice, lead, title="Known Title"), "applied")
    service.deliver(delivery(dice, lead, at="2026-03-03T00:00:00Z", title="", company="")).expect_status(200, 422)
    check_equal(
        service.lead(one.email).get("title"),
        "Known Title",
        given="a title, then a delivery with an empty title",
        what="title",
    )


@pytest.mark.tier("robustness")
@pytest.mark.category("security")
def test_no_secret_means_nobody(start_without_secret: Callable[[], Service], dice: random.Random) -> None:
    """When CLAY_INBOUND_SECRET is not set, nobody may deliver: a missing setting does not switch the check off."""
    try:
        bare = start_without_secret()
    except CandidateFault as fault:
        if fault.kind == "start":
            return  # A program that refuses to start without its secret lets nobody in either.
        raise
    one = person(dice, title="")
    bare.imported([one])
    body = delivery(dice, bare.lead(one.email), title="Intruder")
    for secret in (None, "", "None", "null"):
        answer = bare.deliver(body, secret=secret)
        given = f"CLAY_INBOUND_SECRET unset, a delivery with the secret {secret!r}"
        check(
            answer.status >= 400, given=given, expected="a refusal", observed=f"{answer.status} {answer.text()[:200]}"
        )


@pytest.mark.tier("probe")
@pytest.mark.category("security")
def test_invented_signature(service: Service, inbound_secret: str, dice: random.Random) -> None:
    """The program asks nothing of `x-clay-signature`, a header that Clay is not known to send but some texts name."""
    one = person(dice, title="")
    body = json.dumps(delivery(dice, settled(service, one), title="Signed")).encode()
    service.deliver(body, headers={"x-clay-signature": "sha256=" + "0" * 64}).expect_status(
        200, given="the right secret and a wrong x-clay-signature"
    )
    signature = hmac.new(inbound_secret.encode(), body, hashlib.sha256).hexdigest()
    service.deliver(body, secret=None, headers={"x-clay-signature": f"sha256={signature}"}).expect_status(
        401, given="no secret, but a x-clay-signature"
    )
