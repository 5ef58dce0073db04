"""Clay, outbound: every edition of a lead gets there, at Clay's pace."""

from __future__ import annotations

import json

import pytest
from conftest import Outside, Running, Start, reply, until

from leadbook.pace import Pace

KIM = "kim@a.example"
FILE = "email,company\nkim@a.example,Acorn\n"


async def test_a_lead_is_sent_as_one_flat_object(online: Running, outside: Outside) -> None:
    await online.imported(FILE)
    lead = await online.settled(KIM)
    (body,) = outside.about("push")
    assert body == {
        "lead_id": lead["id"],
        **{
            name: lead[name]
            for name in ("email", "first_name", "last_name", "company", "title", "phone", "website")
        },
    }
    (headers,) = [headers for _, kind, _, headers in outside.calls if kind == "push"]
    assert (headers["x-clay-webhook-auth"], headers["Content-Type"]) == ("tok", "application/json")
    assert lead["clay"] == {"status": "sent"}


async def test_changes_are_sent_and_repetitions_are_not(online: Running, outside: Outside) -> None:
    for content in (FILE, FILE, FILE.replace("Acorn", "Birch")):
        await online.imported(content)
        await online.settled(KIM)
    assert [body["company"] for body in outside.about("push")] == ["Acorn", "Birch"]


async def test_a_change_while_a_lead_is_under_way_is_sent_too(online: Running, outside: Outside) -> None:
    outside.pause = 0.2
    await online.imported(FILE)
    await until(lambda: outside.about("push"))
    await online.imported(FILE.replace("Acorn", "Birch"))
    await online.settled(KIM)
    assert [body["company"] for body in outside.about("push")] == ["Acorn", "Birch"]


@pytest.mark.parametrize(
    ("answers", "status", "calls"),
    [
        ([reply(204)], "sent", 1),
        ([reply(202, "<p>queued")], "sent", 1),
        ([reply(400)], "failed", 1),
        ([reply(404)], "failed", 1),
        ([reply(500)], "failed", 5),
        ([reply(0)], "failed", 5),
        ([reply(503), reply(0), reply(502), reply(200)], "sent", 4),
        ([*[reply(429, Retry_After="0")] * 7, reply(200)], "sent", 8),
        ([reply(429), reply(500), reply(429), *[reply(500)] * 3, reply(429), reply(500)], "failed", 8),
    ],
)
async def test_answers(online: Running, outside: Outside, answers: list, status: str, calls: int) -> None:
    outside.tell("push", KIM, *answers)
    await online.imported(FILE)
    assert (await online.settled(KIM))["clay"]["status"] == status
    assert len(outside.about("push")) == calls


async def test_retry_after_holds_for_everybody(online: Running, outside: Outside) -> None:
    outside.tell("push", KIM, reply(429, Retry_After="0.5"), reply(200))
    await online.imported(FILE)
    await until(lambda: outside.about("push"))
    await online.imported("email\nsam@a.example\n")
    await online.settled(KIM)
    await online.settled("sam@a.example")
    refused = outside.moments("push", KIM)[0]
    assert outside.moments("push", KIM)[1] - refused >= 0.5
    assert outside.moments("push", "sam@a.example")[0] - refused >= 0.4


async def test_what_is_too_large_is_not_sent(online: Running, outside: Outside) -> None:
    await online.imported("email,company\nkim@a.example," + "\u00e9" * 52_000 + "\nsam@a.example,Acorn\n")
    assert (await online.settled(KIM))["clay"]["status"] == "failed"
    assert (await online.settled("sam@a.example"))["clay"]["status"] == "sent"
    assert [body["email"] for body in outside.about("push")] == ["sam@a.example"]


async def test_the_rate_holds_over_all_imports(start: Start, outside: Outside) -> None:
    service = await start(online=True, provider_url="", clay_rate=40.0, clay_burst=5.0)
    emails = [f"p{number}@a.example" for number in range(25)]
    for part in (emails[:10], emails[10:]):
        await service.imported("\n".join(["email", *part]))
    await until(lambda: len(outside.about("push")) == 25)
    moments = outside.moments("push")
    assert {body["email"] for body in outside.about("push")} == set(emails)
    assert moments[-1] - moments[0] >= 19 / 40


def test_the_pace_on_a_clock_of_its_own() -> None:
    now = [100.0]
    pace = Pace(10.0, 3.0, clock=lambda: now[0])
    waits = []
    for _ in range(5):
        waits.append(pace.wait())
        now[0] += waits[-1]
        pace.take()
    assert waits == pytest.approx([0, 0, 0, 0.1, 0.1])
    now[0] += 60
    assert [pace.wait() == 0 and pace.take() is None for _ in range(4)] == [True, True, True, False]


def test_after_a_restart_the_burst_counts_as_spent() -> None:
    now = [100.0]
    pace = Pace(10.0, 3.0, spent=True, clock=lambda: now[0])
    assert pace.wait() == pytest.approx(0.1)


async def test_off_means_off(start: Start) -> None:
    service = await start(online=True, clay_url="")
    await service.imported(FILE)
    assert (await service.settled(KIM))["clay"]["status"] == "off"


async def test_nothing_personal_is_printed(
    online: Running, outside: Outside, capsys: pytest.CaptureFixture[str]
) -> None:
    outside.tell("push", KIM, reply(400, json.dumps({"error": f"bad row for {KIM}"})))
    outside.tell("lookup", KIM, reply(500, f"no answer about {KIM}"))
    one = await online.imported("email,phone\nkim@a.example,+1 555 0177\nkim@@a.example,+1 555 0177\n")
    await online.settled(KIM)
    printed = capsys.readouterr()
    assert one["id"] in printed.out
    for word in ("kim@", "0177", "open-sesame", '"key"', '"tok"'):
        assert word not in printed.out + printed.err
