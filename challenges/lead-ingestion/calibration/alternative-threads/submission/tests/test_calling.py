"""The provider and Clay: what is sent, what becomes of each answer, how long is waited."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from conftest import BOTH, eventually

from leadledger.outbound import clay, provider
from leadledger.outbound.bucket import Bucket
from leadledger.outbound.calls import Answer

BUSY = Answer(503)
PROFILE = Answer(200, b'{"email": "x", "title": "CTO", "company": "Acme", "employees": 12, "linkedin_url": null}')


def enriched(house, email):
    return eventually(lambda: found if (found := house.who(email))["enrichment"]["status"] != "pending" else None)


def pushed(house, email):
    return eventually(lambda: found if (found := house.who(email))["clay"]["status"] != "pending" else None)


def lookups(wire, email):
    return [one for one in wire.about(email) if one["to"] == "GET"]


def pushes(wire, email):
    return [one for one in wire.about(email) if one["to"] == "POST"]


def gaps(calls):
    return [later["at"] - earlier["at"] for earlier, later in pairwise(calls)]


def test_a_new_lead_is_looked_up_and_filled(open_house, wire):
    wire.expect("a+b@x.example", PROFILE)
    house = open_house(**{**BOTH, "clay_url": ""})
    house.run("email,company\na+b@x.example,Bolt\n")
    lead = enriched(house, "a+b@x.example")
    assert (lead["title"], lead["company"]) == ("CTO", "Bolt")
    assert lead["enrichment"]["fields"] == {"title": "CTO", "company": "Acme", "employees": 12}
    house.run("email,company\na+b@x.example,Other\n")
    (call,) = lookups(wire, "a+b@x.example")
    assert call["url"] == "http://provider.example/v1/people?email=a%2Bb%40x.example"
    assert call["headers"]["X-Api-Key"] == "key-1"


@pytest.mark.parametrize(
    ("answers", "status", "calls"),
    [
        ([Answer(404)], "not_found", 1),
        ([Answer(400)], "failed", 1),
        ([Answer(302)], "failed", 1),
        ([Answer(204)], "failed", 1),
        ([Answer(200, b"[]")], "failed", 1),
        ([Answer(200, b"<html>")], "failed", 1),
        ([Answer(200, b"[" * 100_000)], "failed", 1),
        ([Answer(200, b'{"title": "\\ud800"}')], "enriched", 1),
        ([BUSY, None, PROFILE], "enriched", 3),
        ([BUSY], "failed", 3),
        ([None], "failed", 3),
        ([Answer(202), PROFILE], "enriched", 2),
    ],
)
def test_each_answer_of_the_provider(open_house, wire, answers, status, calls):
    wire.expect("a@x.example", *answers)
    house = open_house(**{**BOTH, "clay_url": ""})
    house.run("email\na@x.example\n")
    lead = enriched(house, "a@x.example")
    assert lead["enrichment"]["status"] == status
    assert len(wire.sent) == calls
    assert house.web.get("/leads.csv").status_code == 200


def test_the_waits_before_another_lookup_grow_or_are_as_told(open_house, wire):
    wire.expect("a@x.example", BUSY)
    wire.expect("b@x.example", Answer(429, retry_after=0.5), PROFILE)
    house = open_house(**{**BOTH, "clay_url": "", "retry_base": 0.1})
    house.run("email\na@x.example\nb@x.example\n")
    assert enriched(house, "a@x.example")["enrichment"]["status"] == "failed"
    assert enriched(house, "b@x.example")["enrichment"]["status"] == "enriched"
    first, second = gaps(lookups(wire, "a@x.example"))
    assert first >= 0.1
    assert second >= 0.2
    assert gaps(lookups(wire, "b@x.example"))[0] >= 0.5


def test_what_clay_delivered_is_not_undone_by_a_late_provider(open_house, wire):
    wire.expect("a@x.example", Answer(429, retry_after=0.3), Answer(404))
    house = open_house(**{**BOTH, "clay_url": ""})
    house.run("email\na@x.example\n")
    house.deliver(house.who("a@x.example"), "d-1", title="CTO")
    eventually(lambda: len(wire.sent) == 2)
    time.sleep(0.1)
    assert house.who("a@x.example")["enrichment"] == {"status": "enriched", "fields": {"title": "CTO"}}


def test_a_refused_key_stops_the_lookups(open_house, wire, monkeypatch):
    monkeypatch.setattr(provider, "PAUSE", 0.8)
    emails = [f"p{n}@x.example" for n in range(40)]
    for email in emails:
        wire.expect(email, Answer(401))
    house = open_house(**{**BOTH, "clay_url": ""})
    house.run("email\n" + "\n".join(emails))
    time.sleep(0.4)
    assert 3 <= len(wire.sent) <= 12
    seen = len(wire.sent)
    eventually(lambda: len(wire.sent) > seen)


def test_a_new_lead_goes_to_clay_and_a_changed_one_again(connected, wire):
    connected.run("email,first_name\nann@x.example,Änn\n")
    lead = pushed(connected, "ann@x.example")
    assert lead["clay"]["status"] == "sent"
    (call,) = pushes(wire, "ann@x.example")
    blank = dict.fromkeys(("last_name", "company", "title", "phone", "website"))
    assert call["letter"] == {"lead_id": lead["id"], "email": "ann@x.example", "first_name": "Änn", **blank}
    assert call["headers"] == {"Content-Type": "application/json", "x-clay-webhook-auth": "token-ä"}
    connected.run("email,first_name\nann@x.example,Änn\n")
    connected.run("email,title\nann@x.example,CTO\n")
    eventually(lambda: len(pushes(wire, "ann@x.example")) == 2)
    assert pushes(wire, "ann@x.example")[1]["letter"]["title"] == "CTO"
    assert pushed(connected, "ann@x.example")["clay"]["status"] == "sent"


@pytest.mark.parametrize(
    ("answers", "status", "calls"),
    [
        ([Answer(204)], "sent", 1),
        ([Answer(422)], "failed", 1),
        ([Answer(301)], "failed", 1),
        ([BUSY, None, BUSY, BUSY, Answer(200)], "sent", 5),
        ([BUSY], "failed", 5),
        ([*[Answer(429)] * 7, BUSY, Answer(200)], "sent", 9),
    ],
)
def test_each_answer_of_clay(open_house, wire, answers, status, calls):
    wire.expect("a@x.example", *answers)
    house = open_house(**{**BOTH, "provider_url": "", "retry_base": 0.005})
    house.run("email\na@x.example\nb@x.example\n")
    assert pushed(house, "a@x.example")["clay"]["status"] == status
    assert len(pushes(wire, "a@x.example")) == calls
    assert pushed(house, "b@x.example")["clay"]["status"] == "sent"


def test_after_a_429_everybody_waits(open_house, wire):
    wire.expect("a@x.example", Answer(429, retry_after=0.4), Answer(200))
    house = open_house(**{**BOTH, "provider_url": ""})
    house.run("email\na@x.example\n")
    eventually(lambda: wire.sent)
    time.sleep(0.05)
    house.run("email\nb@x.example\n")
    for email in ("a@x.example", "b@x.example"):
        assert pushed(house, email)["clay"]["status"] == "sent"
    refused, *others = sorted(wire.sent, key=lambda one: one["at"])
    assert min(one["at"] for one in others) - refused["at"] >= 0.4


def test_a_lead_too_large_for_clay_is_not_sent(connected, wire):
    connected.run(f"email,company\na@x.example,{'é' * 52_000}\nb@x.example,{'é' * 50_000}\n")
    assert pushed(connected, "a@x.example")["clay"]["status"] == "failed"
    assert pushed(connected, "b@x.example")["clay"]["status"] == "sent"
    assert pushes(wire, "a@x.example") == []


def test_a_change_during_a_call_is_sent_after_it(open_house, wire, monkeypatch):
    house = open_house(**{**BOTH, "provider_url": ""})
    told = []

    def slow(method, url, **rest):
        if not told:
            told.append(house.run("email,title\na@x.example,CTO\n"))
        return wire.call(method, url, **rest)

    monkeypatch.setattr(clay, "call", slow)
    house.run("email\na@x.example\n")
    eventually(lambda: len(wire.sent) == 2)
    assert [one["letter"]["title"] for one in wire.sent] == [None, "CTO"]
    assert pushed(house, "a@x.example")["clay"]["status"] == "sent"


def test_what_was_waiting_goes_on_after_a_restart(open_house, wire):
    emails = [f"p{n}@x.example" for n in range(12)]
    slow = {**BOTH, "provider_url": "", "clay_rate": 0.01, "clay_burst": 3.0}
    first = open_house(**slow)
    first.run("email\n" + "\n".join(emails))
    eventually(lambda: len(wire.sent) == 3)
    first.book.stop()
    off = open_house(**{**BOTH, "provider_url": "", "clay_url": ""})
    assert sorted({off.who(email)["clay"]["status"] for email in emails}) == ["off", "sent"]
    last = open_house(**{**BOTH, "provider_url": ""})
    for email in emails:
        assert pushed(last, email)["clay"]["status"] == "sent"
    assert sorted(one["letter"]["email"] for one in wire.sent) == sorted(emails)


def test_an_errand_that_crashes_leaves_the_others_alone(open_house, wire, monkeypatch, caplog):
    house = open_house(**{**BOTH, "provider_url": ""})

    def burst(method, url, **rest):
        if b"a@x.example" in rest["body"]:
            raise RuntimeError("a@x.example")
        return wire.call(method, url, **rest)

    monkeypatch.setattr(clay, "call", burst)
    house.run("email\na@x.example\nb@x.example\n")
    assert pushed(house, "b@x.example")["clay"]["status"] == "sent"
    eventually(lambda: "errand crashed" in caplog.text)
    assert house.who("a@x.example")["clay"]["status"] == "pending"


def test_the_bucket_gives_a_burst_and_then_the_rate():
    now = [100.0]
    bucket = Bucket(4, 3, clock=lambda: now[0])
    assert [bucket.reserve() for _ in range(5)] == pytest.approx([0, 0, 0, 0.25, 0.5])
    now[0] += 1.25
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.25])
    now[0] += 3600
    assert [bucket.reserve() for _ in range(4)] == pytest.approx([0, 0, 0, 0.25])


def test_a_bucket_after_a_restart_has_no_burst():
    bucket = Bucket(4, 3, full=False, clock=lambda: 100.0)
    assert [bucket.reserve() for _ in range(2)] == pytest.approx([0.25, 0.5])
    assert Bucket(4, 0, clock=lambda: 100.0).reserve() == 0
