"""The provider: what each of its answers makes of a lead."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from conftest import Outside, Running, Start, reply, until

from leadbook.courier import Courier
from leadbook.wire import retry_after

KIM = "kim@a.example"
FILE = "email,company\nkim@a.example,Acorn\n"
PROFILE = {
    "email": KIM,
    "title": "CTO",
    "company": "Other",
    "linkedin_url": "https://l.example/k",
    "employees": 7,
}


def gaps(moments: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(moments)]


async def test_a_profile_fills_what_the_file_left_empty(online: Running, outside: Outside) -> None:
    outside.tell("lookup", KIM, reply(200, PROFILE))
    await online.imported(FILE)
    lead = await online.settled(KIM)
    assert (lead["title"], lead["company"]) == ("CTO", "Acorn")
    assert lead["enrichment"] == {
        "status": "enriched",
        "fields": {n: v for n, v in PROFILE.items() if n != "email"},
    }
    (headers,) = [headers for _, kind, _, headers in outside.calls if kind == "lookup"]
    assert headers["X-Api-Key"] == "key"
    await online.imported("email,title\nkim@a.example,CEO\n")
    assert (await online.settled(KIM))["title"] == "CEO"
    assert len(outside.about("lookup")) == 1


async def test_the_email_arrives_as_it_is(online: Running, outside: Outside) -> None:
    await online.imported("email\no'neil+crm&x=1@zo\u00eb.example\n")
    await until(lambda: outside.about("lookup"))
    assert outside.about("lookup") == [{"email": "o'neil+crm&x=1@zo\u00eb.example"}]


@pytest.mark.parametrize(
    ("answers", "status", "calls"),
    [
        ([reply(404)], "not_found", 1),
        ([reply(400)], "failed", 1),
        ([reply(302, "", Location="/v1/people?email=else@a.example")], "failed", 1),
        ([reply(500)], "failed", 3),
        ([reply(0)], "failed", 3),
        ([reply(503), reply(0), reply(200, PROFILE)], "enriched", 3),
        ([reply(202, {"status": "pending"}), reply(200, PROFILE)], "enriched", 2),
        ([reply(200, "<html>")], "failed", 1),
        ([reply(200, [])], "failed", 1),
        ([reply(200, "null")], "failed", 1),
        ([reply(200, '{"title": "\\ud800"}')], "failed", 1),
        ([reply(200, b"{" + b" " * 2**20 + b"}")], "failed", 1),
        ([reply(200, {"title": None, "employees": ["many"]})], "enriched", 1),
    ],
)
async def test_answers(online: Running, outside: Outside, answers: list, status: str, calls: int) -> None:
    outside.tell("lookup", KIM, *answers)
    await online.imported(FILE)
    lead = await online.settled(KIM)
    assert (lead["enrichment"]["status"], len(outside.about("lookup"))) == (status, calls)
    assert lead["company"] == "Acorn"


async def test_waits_double(online: Running, outside: Outside) -> None:
    outside.tell("lookup", KIM, reply(500))
    await online.imported(FILE)
    await online.settled(KIM)
    first, second = gaps(outside.moments("lookup"))
    assert first >= 0.02
    assert second >= 0.04


async def test_retry_after_is_kept(online: Running, outside: Outside) -> None:
    old = "Wed, 21 Oct 2015 07:28:00 GMT"
    outside.tell("lookup", KIM, reply(429, Retry_After="0.4"), reply(429, Retry_After=old), reply(404))
    await online.imported(FILE)
    await online.settled(KIM)
    first, second = gaps(outside.moments("lookup"))
    assert first >= 0.4
    assert second >= 0.04


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(None, 0), ("2", 2), ("0.5", 0.5), ("-1", 0), ("nan", 0), ("inf", 0), ("soon", 0), ("", 0)],
)
def test_what_retry_after_can_say(text: str | None, seconds: float) -> None:
    assert retry_after(text) == seconds


def test_retry_after_as_a_date_ahead() -> None:
    assert 50 < retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)) <= 60


async def test_a_silent_provider_holds_up_no_import(
    start: Start, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    service = await start(online=True, clay_url="", provider_timeout=0.1)
    outside.pause = 0.5
    one = await service.imported("email\n" + "".join(f"p{number}@a.example\n" for number in range(40)))
    assert one["created"] == 40
    assert (await service.lead("p39@a.example"))["enrichment"]["status"] == "pending"
    lead = await service.settled("p0@a.example")
    assert lead["enrichment"]["status"] == "failed"
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if lead["id"] in line]
    assert [(line["event"], line["calls"]) for line in told] == [("lookup_failed", 3)]


async def test_a_refused_key_is_not_tried_with_every_lead(start: Start, outside: Outside) -> None:
    outside.usual["lookup"] = reply(401)
    refused = await start(online=True)
    await refused.imported("email\n" + "".join(f"p{number}@a.example\n" for number in range(60)))
    assert (await refused.settled("p0@a.example"))["enrichment"]["status"] == "failed"
    assert (await refused.lead("p59@a.example"))["enrichment"]["status"] == "pending"
    assert len(outside.about("lookup")) <= 16
    await refused.stop()
    outside.usual["lookup"] = reply(404)
    mended = await start(online=True)
    assert (await mended.settled("p59@a.example"))["enrichment"]["status"] == "not_found"


async def test_during_a_pause_nobody_goes() -> None:
    went: list[str] = []

    async def carry(lead_id: str) -> None:
        went.append(lead_id)

    courier = Courier("test", carry, lanes=2)
    courier.hold(0.2)
    courier.put("lead-1")
    work = asyncio.create_task(courier.run())
    began = time.monotonic()
    await until(lambda: went)
    work.cancel()
    assert time.monotonic() - began >= 0.19


async def test_an_errand_that_breaks_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("leadbook.courier.AFTER_TROUBLE", 0.05)
    went: list[str] = []

    async def carry(lead_id: str) -> None:
        went.append(lead_id)
        if len(went) == 1:
            raise KeyError("kim@a.example")

    courier = Courier("test", carry, lanes=2)
    work = asyncio.create_task(courier.run())
    courier.put("lead-1")
    await until(lambda: len(went) == 2)
    work.cancel()
    printed = capsys.readouterr().out
    assert '"type": "KeyError"' in printed
    assert "kim@" not in printed


async def test_off_means_off(start: Start) -> None:
    service = await start(online=True, provider_url="")
    await service.imported(FILE)
    assert (await service.settled(KIM))["enrichment"]["status"] == "off"
