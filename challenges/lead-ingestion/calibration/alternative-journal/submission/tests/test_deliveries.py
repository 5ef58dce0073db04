"""Clay, inbound: from the right caller, once, in order, and never over what a file said."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from conftest import SECRET, Outside, Running, Start, reply, until

KIM = "kim@a.example"


def delivery(
    lead: dict[str, Any], name: str = "d-1", at: str = "2026-05-01T12:00:00Z", **values: Any
) -> dict[str, Any]:
    return {"lead_id": lead["id"], "delivery_id": name, "enriched_at": at, **values}


@pytest_asyncio.fixture
async def lead(service: Running) -> dict[str, Any]:
    await service.imported("email,company\nkim@a.example,Acorn\n")
    return await service.lead(KIM)


async def test_a_delivery_fills_and_is_a_source(service: Running, lead: dict[str, Any]) -> None:
    values = {"title": "CTO", "company": "Birch", "phone": "+1 555 0100", "employees": 9, "website": ""}
    assert await service.deliver(delivery(lead, **values, score=None)) == (200, {"status": "applied"})
    after = await service.lead(KIM)
    assert (after["title"], after["company"], after["website"]) == ("CTO", "Acorn", None)
    filled = {name: value for name, value in values.items() if value}
    assert after["enrichment"] == {"status": "enriched", "fields": filled}
    assert after["sources"][-1] == {"type": "clay", "delivery_id": "d-1"}


async def test_once_only(service: Running, lead: dict[str, Any]) -> None:
    assert (await service.deliver(delivery(lead, title="One")))[1] == {"status": "applied"}
    again = delivery(lead, at="2026-05-09T12:00:00Z", title="Two")
    assert await service.deliver(again) == (200, {"status": "duplicate"})
    assert (await service.lead(KIM))["title"] == "One"


async def test_six_at_the_same_moment(service: Running, lead: dict[str, Any]) -> None:
    answers = await asyncio.gather(*(service.deliver(delivery(lead, title="One")) for _ in range(6)))
    assert sorted(answer["status"] for _, answer in answers) == ["applied", *["duplicate"] * 5]


async def test_a_later_one_wins_in_any_time_zone(service: Running, lead: dict[str, Any]) -> None:
    async def arrives(name: str, at: str) -> str:
        return (await service.deliver(delivery(lead, name, at, title=name)))[1]["status"]

    assert await arrives("noon", "2026-05-01T12:00:00Z") == "applied"
    assert await arrives("earlier", "2026-05-01T13:59:59+02:00") == "stale"
    assert await arrives("same", "2026-05-01T07:00:00-05:00") == "applied"
    assert await arrives("naive", "2026-05-01T12:00:00.5") == "applied"
    assert (await service.lead(KIM))["title"] == "naive"


async def test_a_file_outranks_clay_whenever_it_comes(service: Running, lead: dict[str, Any]) -> None:
    await service.deliver(delivery(lead, title="From Clay"))
    one = await service.imported("email,title\nkim@a.example,From Clay\n")
    assert one["unchanged"] == 1
    await service.deliver(delivery(lead, "d-2", "2026-05-02T12:00:00Z", title="Clay again", company="Birch"))
    after = await service.lead(KIM)
    assert (after["title"], after["company"]) == ("From Clay", "Acorn")
    assert after["enrichment"]["fields"] == {"title": "Clay again", "company": "Birch"}


async def test_clay_outranks_the_provider_whoever_comes_first(start: Start, outside: Outside) -> None:
    outside.pause = 0.15
    outside.tell("lookup", KIM, reply(200, {"title": "Provider", "employees": 5}))
    outside.tell("lookup", "sam@a.example", reply(404))
    service = await start(online=True, clay_url="")
    await service.imported("email\nkim@a.example\nsam@a.example\n")
    for email in (KIM, "sam@a.example"):
        lead = await service.lead(email)
        await service.deliver(delivery(lead, email, title="Clay"))
    await until(lambda: all(one.lookup is None for one in service.keeper.book.leads.values()))
    kim, sam = await service.lead(KIM), await service.lead("sam@a.example")
    assert (kim["title"], kim["enrichment"]["fields"]) == ("Clay", {"title": "Clay", "employees": 5})
    assert (sam["title"], sam["enrichment"]["status"]) == ("Clay", "enriched")


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {SECRET}",
        SECRET,
        f"Bearer {SECRET}x",
        "Bearer \u00fcber",
        "Bearer None",
    ],
)
async def test_strangers(service: Running, lead: dict[str, Any], authorization: str | None) -> None:
    status, answer = await service.deliver(delivery(lead, title="Intruder"), authorization)
    assert (status, answer["error"]["code"]) == (401, "unauthorized")
    assert (await service.lead(KIM))["title"] is None


async def test_without_a_secret_nobody_delivers(start: Start) -> None:
    service = await start(inbound_secret="")
    assert (await service.deliver({}, "Bearer "))[0] == 401


@pytest.mark.parametrize(
    "change",
    [
        {"lead_id": None},
        {"delivery_id": 7},
        {"delivery_id": " "},
        {"enriched_at": "yesterday"},
        {"enriched_at": 1777777777},
        {"enriched_at": "0001-01-01T00:00:00+10:00"},
        {"title": ["CTO"]},
        {"title": None},
        {"employees": True},
        {"employees": "9"},
        {"employees": 9.5},
    ],
)
async def test_wrong_forms(service: Running, lead: dict[str, Any], change: dict[str, Any]) -> None:
    status, answer = await service.deliver({**delivery(lead, phone="1"), **change})
    assert (status, answer["error"]["code"]) == (422, "invalid_delivery")
    assert await service.lead(KIM) == lead


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 422),
        (b'"text"', 422),
        (b"", 400),
        (b"{", 400),
        (b'{"a": NaN}', 400),
        (b"\xff", 400),
        (b"[" * 90_000, 400),
    ],
)
async def test_bodies_that_are_no_objects(service: Running, body: bytes, status: int) -> None:
    assert (await service.deliver(body))[0] == status


async def test_sizes(service: Running, lead: dict[str, Any]) -> None:
    whole = delivery(lead, title="x")
    whole["website"] = "w" * (100 * 1024 - len(str(whole)) - 40)
    assert (await service.deliver(whole))[1] == {"status": "applied"}
    whole.update(delivery_id="d-2", website="w" * 102_400)
    status, answer = await service.deliver(whole)
    assert (status, answer["error"]["code"]) == (413, "too_large")


async def test_an_unknown_lead(service: Running) -> None:
    status, answer = await service.deliver(delivery({"id": "lead-0"}))
    assert (status, answer["error"]["code"]) == (404, "unknown_lead")
