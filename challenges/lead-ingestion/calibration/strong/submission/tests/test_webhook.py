"""Clay, inbound: who may deliver, what is taken, and what repeats and delays do."""

import threading
from dataclasses import replace

import pytest
from conftest import HANG, SECRET, Service

from app.main import create_app
from app.settings import Settings


def delivery(lead, number=1, at="2026-03-01T12:00:00Z", **values):
    return {"lead_id": lead["id"], "delivery_id": f"d-{number}", "enriched_at": at, **values}


@pytest.fixture
def lead(service):
    service.imported("email,company\nann@x.example,Given\n")
    return service.lead("ann@x.example")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """A service and its lead, for all who try to change it in vain: what one of them changes, the others see too."""
    service = Service(create_app(Settings(data_dir=tmp_path_factory.mktemp("data"), clay_inbound_secret=SECRET)))
    service.imported("email,company\nann@x.example,Given\n")
    yield service, service.lead("ann@x.example")
    service.stop()


def test_a_delivery_fills_what_is_empty(service, lead):
    body = delivery(lead, title=" CTO ", company="Other", phone="+1 555", linkedin_url="https://l.example", employees=9)

    assert service.deliver(body).json() == {"status": "applied"}
    after = service.lead("ann@x.example")
    assert (after["title"], after["company"], after["phone"]) == ("CTO", "Given", "+1 555")
    assert after["enrichment"] == {
        "status": "enriched",
        "fields": {
            "title": "CTO",
            "company": "Other",
            "phone": "+1 555",
            "linkedin_url": "https://l.example",
            "employees": 9,
        },
    }
    assert after["sources"][-1] == {"type": "clay", "delivery_id": "d-1"}


def test_newer_values_of_clay_replace_its_older_ones(service, lead):
    service.deliver(delivery(lead, 1, title="CTO", phone="1"))
    service.deliver(delivery(lead, 2, "2026-03-02T00:00:00Z", title="CEO", phone=None, website="  "))
    after = service.lead("ann@x.example")

    assert (after["title"], after["phone"], after["website"]) == ("CEO", "1", None)


def test_a_file_outranks_clay_also_when_it_comes_later(service, lead):
    service.deliver(delivery(lead, title="CTO"))
    service.imported("email,title\nann@x.example,Chief\n")
    service.deliver(delivery(lead, 2, "2026-04-01T00:00:00Z", title="CEO"))

    assert service.lead("ann@x.example")["title"] == "Chief"


def test_the_same_delivery_has_one_effect(service, lead):
    service.deliver(delivery(lead, title="Once"))

    assert service.deliver(delivery(lead, at="2027-01-01T00:00:00Z", title="Twice")).json() == {"status": "duplicate"}
    after = service.lead("ann@x.example")
    assert (after["title"], len(after["sources"])) == ("Once", 2)


@pytest.mark.parametrize(
    "older", ["2026-03-01T11:59:59Z", "2026-03-01T13:30:00+02:00", "2026-03-01T11:00:00", "2025-01-01"]
)
def test_an_older_delivery_is_stale_in_any_time_zone(service, lead, older):
    service.deliver(delivery(lead, title="Newest"))

    assert service.deliver(delivery(lead, 2, older, title="Older")).json() == {"status": "stale"}
    assert service.lead("ann@x.example")["title"] == "Newest"


def test_the_same_moment_is_not_older(service, lead):
    service.deliver(delivery(lead, title="CTO"))

    assert service.deliver(delivery(lead, 2, phone="1")).json() == {"status": "applied"}


@pytest.mark.parametrize("secret", [None, "", "wrong", SECRET + "x", SECRET[:-1], "pässwört"])
def test_strangers_are_refused(untouched, secret):
    service, lead = untouched
    header = {} if secret is None else {"Authorization": f"Bearer {secret}".encode()}
    answer = service.client.post("/webhooks/clay", json=delivery(lead, title="Intruder"), headers=header)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert service.lead("ann@x.example") == lead


def test_the_secret_needs_its_scheme(untouched):
    service, lead = untouched
    headers = {"Authorization": f"Basic {SECRET}", "x-clay-webhook-auth": SECRET}

    assert service.client.post("/webhooks/clay", json=delivery(lead), headers=headers).status_code == 401


def test_without_a_secret_of_ours_nobody_gets_in(start, settings):
    service = start(replace(settings, clay_inbound_secret=""))
    service.imported("email\nann@x.example\n")

    for secret in (None, "", "x"):
        assert service.deliver(delivery(service.lead("ann@x.example")), secret).status_code == 401


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: [body],
        lambda body: None,
        lambda body: "text",
        lambda body: body | {"lead_id": None},
        lambda body: body | {"delivery_id": 7},
        lambda body: body | {"delivery_id": " "},
        lambda body: body | {"enriched_at": "yesterday"},
        lambda body: body | {"enriched_at": 1767225600},
        lambda body: body | {"title": ["CTO"]},
        lambda body: body | {"title": "\ud800"},
        lambda body: body | {"employees": "many"},
        lambda body: body | {"employees": True},
        lambda body: b"",
        lambda body: b"{",
        lambda body: b'{"lead_id": "\xff"}',
        lambda body: b"[" * 90_000,
        lambda body: b'{"employees": NaN}',
    ],
)
def test_wrong_bodies_have_no_effect(untouched, spoil):
    service, lead = untouched
    answer = service.deliver(spoil(delivery(lead, title="Spoilt")))

    assert answer.status_code == 422
    assert set(answer.json()["error"]) == {"code", "message"}
    assert service.lead("ann@x.example") == lead


def test_columns_that_we_do_not_know_are_ignored(service, lead):
    assert service.deliver(delivery(lead, title="CTO") | {"Score": {"a": 1}}).json() == {"status": "applied"}


def test_unknown_leads_are_not_found(service, lead):
    assert service.deliver(delivery({"id": "nobody"})).status_code == 404


def test_large_bodies_are_refused(service, lead):
    assert service.deliver(delivery(lead, title="x" * 102_400)).status_code == 413
    assert service.deliver(delivery(lead, title="x" * 90_000)).status_code == 200


def test_the_provider_takes_back_nothing_that_clay_said(start, connected, world):
    world.script("provider", "ann@x.example", HANG, 404)
    service = start(replace(connected, enrich_timeout_seconds=600.0))
    service.imported("email\nann@x.example\n")
    service.deliver(delivery(service.lead("ann@x.example"), title="CTO"))
    world.let_go.set()
    service.at_rest()

    assert service.lead("ann@x.example")["enrichment"] == {"status": "enriched", "fields": {"title": "CTO"}}


def test_the_same_delivery_at_the_same_moment_is_applied_once(service, lead):
    told = []
    threads = [
        threading.Thread(target=lambda: told.append(service.deliver(delivery(lead, title="CTO")).json()["status"]))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == ["applied"] + ["duplicate"] * 5
