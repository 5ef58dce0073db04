"""Enrichment: every way in which the provider can answer, or not answer."""

from dataclasses import replace

import httpx
import pytest
from conftest import HANG, counts, wait_for

from app import enrichment

PROFILE = {
    "email": "x",
    "title": "CTO",
    "company": "Acme",
    "linkedin_url": "https://l.example/a",
    "employees": 12,
}


def reply(status, body=None, **headers):
    return httpx.Response(status, json=body, headers=headers)


def test_a_known_person_is_enriched_by_one_call(online, world):
    world.script("provider", "ann+x@x.example", reply(200, PROFILE))
    online.imported("email\nann+x@x.example\n")
    lead = online.settled("ann+x@x.example", "enrichment")

    assert lead["enrichment"] == {
        "status": "enriched",
        "fields": {name: PROFILE[name] for name in ("title", "company", "linkedin_url", "employees")},
    }
    [call] = world.seen("provider")
    assert (call.method, call.url.path, call.headers["X-Api-Key"]) == ("GET", "/v1/people", "provider-key")
    assert b"ann%2Bx%40x.example" in call.url.query
    online.imported("email,company\nann+x@x.example,New\n")
    online.at_rest()
    assert len(world.seen("provider")) == 1


def test_what_a_file_gave_is_not_overwritten(online, world):
    world.script("provider", "ann@x.example", reply(200, PROFILE))
    online.imported("email,company\nann@x.example,Given\n")
    lead = online.settled("ann@x.example", "enrichment")

    assert (lead["company"], lead["title"]) == ("Given", "CTO")
    assert lead["enrichment"]["fields"]["company"] == "Acme"


def test_a_file_that_repeats_the_providers_value_makes_it_its_own(online, world):
    world.script("provider", "ann@x.example", reply(200, PROFILE))
    online.imported("email\nann@x.example\n")
    lead = online.settled("ann@x.example", "enrichment")

    assert counts(online.imported("email,title\nann@x.example,CTO\n")) == (0, 0, 1, 0)
    body = {"lead_id": lead["id"], "delivery_id": "d", "enriched_at": "2026-01-01T00:00:00Z", "title": "COO"}
    assert online.deliver(body).json() == {"status": "applied"}
    assert online.lead("ann@x.example")["title"] == "CTO"


def test_nobody_found_is_final(online, world):
    online.imported("email\nann@x.example\n")

    assert online.settled("ann@x.example", "enrichment")["enrichment"] == {
        "status": "not_found",
        "fields": {},
    }
    online.at_rest()
    assert len(world.seen("provider")) == 1


def test_errors_are_waited_out_with_growing_pauses(clock, start, connected, world):
    world.script("provider", "ann@x.example", 500, 503, reply(200, PROFILE))
    service = start(replace(connected, retry_base_seconds=0.05))
    service.imported("email\nann@x.example\n")

    assert service.settled("ann@x.example", "enrichment")["enrichment"]["status"] == "enriched"
    first, second, third = world.times("provider", "ann@x.example")
    assert second - first >= 0.05
    assert third - second >= 0.1


@pytest.mark.parametrize(
    "trouble", [500, 429, 202, HANG, httpx.ConnectError("refused"), httpx.RemoteProtocolError("cut")], ids=str
)
def test_lasting_trouble_ends_after_three_calls(online, world, trouble):
    world.script("provider", "ann@x.example", trouble)
    online.imported("email\nann@x.example\n")

    assert online.settled("ann@x.example", "enrichment")["enrichment"]["status"] == "failed"
    online.at_rest()
    assert len(world.seen("provider")) == 3


def test_retry_after_outweighs_our_own_pause(clock, online, world):
    world.script("provider", "ann@x.example", reply(429, **{"Retry-After": "3600"}), reply(200, PROFILE))
    online.imported("email\nann@x.example\n")
    wait_for(lambda: online.calls_due("provider"), lambda due: due[0] > clock.time() + 3000)
    clock.leap(3600)
    online.imported("email\nbob@x.example\n")

    assert online.settled("ann@x.example", "enrichment")["enrichment"]["status"] == "enriched"
    first, second = world.times("provider", "ann@x.example")
    assert second - first >= 3600


@pytest.mark.parametrize("status", [301, 400, 422, 451])
def test_other_refusals_are_final(online, world, status):
    world.script("provider", "ann@x.example", status)
    online.imported("email\nann@x.example\n")

    assert online.settled("ann@x.example", "enrichment")["enrichment"]["status"] == "failed"
    online.at_rest()
    assert len(world.seen("provider")) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b'{"title": "CT',
        b"[" * 100_000,
        b'{"title": "\\ud800"}',
        b'"' + b"x" * 300_000,
    ],
)
def test_malformed_answers_fail_the_lead_and_nothing_else(online, world, body):
    world.script("provider", "ann@x.example", httpx.Response(200, content=body))
    world.script("provider", "bob@x.example", reply(200, PROFILE))
    online.imported("email\nann@x.example\nbob@x.example\n")

    assert online.settled("ann@x.example", "enrichment")["enrichment"]["status"] == "failed"
    assert online.settled("bob@x.example", "enrichment")["enrichment"]["status"] == "enriched"


def test_fields_of_the_wrong_type_are_left_out(online, world):
    world.script(
        "provider",
        "ann@x.example",
        reply(200, {"title": ["a"], "company": None, "linkedin_url": " ", "employees": True}),
    )
    online.imported("email,company\nann@x.example,Given\n")
    lead = online.settled("ann@x.example", "enrichment")

    assert lead["enrichment"] == {"status": "enriched", "fields": {}}
    assert lead["company"] == "Given"


def test_a_silent_provider_holds_up_no_import(start, connected, world):
    service = start(replace(connected, enrich_timeout_seconds=600.0))
    emails = [f"slow{number}@x.example" for number in range(20)]
    for email in emails:
        world.script("provider", email, HANG)
    service.imported("email\n" + "\n".join(emails))
    service.imported("email\nann@x.example\n")

    for email in [*emails, "ann@x.example"]:
        assert service.lead(email)["enrichment"]["status"] == "pending"


def test_a_refused_key_stops_the_calls(clock, online, world):
    emails = [f"p{number}@x.example" for number in range(40)]
    for email in emails:
        world.script("provider", email, 401)
    online.imported("email\n" + "\n".join(emails))
    wait_for(lambda: len(online.calls_due("clay")), lambda left: left == 0)  # as many calls as there would be
    wait_for(lambda: len(online.calls_due("provider")), lambda left: left <= 37)

    assert len(world.seen("provider")) <= 10

    def after_a_while():
        clock.leap(enrichment.PARK_SECONDS)
        online.imported("email\nann@x.example\n")
        return len(world.seen("provider"))

    wait_for(after_a_while, lambda calls: calls > 10)


def test_a_single_refusal_stops_nothing(online, world):
    world.script("provider", "ann@x.example", 403)
    online.imported("email\nann@x.example\nbob@x.example\ncleo@x.example\n")

    assert online.settled("ann@x.example", "enrichment")["enrichment"]["status"] == "failed"
    assert online.settled("cleo@x.example", "enrichment")["enrichment"]["status"] == "not_found"
