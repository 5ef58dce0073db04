"""Clay, outbound: what is sent, how often, and what becomes of a lead when Clay says no."""

import json
from dataclasses import replace

import httpx
import pytest
from conftest import HANG, wait_for

from app import clay
from app.ratelimit import TokenBucket


def bodies(world, email=None):
    return [json.loads(request.content) for request in world.seen("clay", email)]


def test_a_new_lead_is_sent_as_one_flat_object(online, world):
    online.imported("email,first_name,company\nann@x.example,Zoë,Acme\n")
    lead = online.settled("ann@x.example", "clay")

    assert lead["clay"]["status"] == "sent"
    [request] = world.seen("clay")
    assert (request.headers["x-clay-webhook-auth"], request.headers["content-type"]) == (
        "clay-token",
        "application/json",
    )
    assert json.loads(request.content) == {
        "lead_id": lead["id"],
        "email": "ann@x.example",
        "first_name": "Zoë",
        "last_name": None,
        "company": "Acme",
        "title": None,
        "phone": None,
        "website": None,
    }


def test_without_a_token_there_is_no_header(start, connected, world):
    service = start(replace(connected, clay_webhook_auth=""))
    service.imported("email\nann@x.example\n")
    service.settled("ann@x.example", "clay")

    assert "x-clay-webhook-auth" not in world.seen("clay")[0].headers


def test_changes_are_sent_again_and_repetitions_are_not(online, world):
    online.imported("email,title\nann@x.example,CTO\n")
    online.settled("ann@x.example", "clay")
    online.imported("email,title\nann@x.example,CTO\n")
    online.imported("email,title\nann@x.example,COO\n")
    online.settled("ann@x.example", "clay")

    assert [body["title"] for body in bodies(world)] == ["CTO", "COO"]
    assert len({body["lead_id"] for body in bodies(world)}) == 1


def test_a_lead_that_changes_while_it_is_sent_goes_again(online, world):
    world.script("clay", "ann@x.example", HANG, 200)
    online.imported("email,title\nann@x.example,CTO\n")
    wait_for(lambda: world.seen("clay"), bool)
    online.imported("email,title\nann@x.example,COO\n")

    assert online.lead("ann@x.example")["clay"]["status"] == "pending"
    world.let_go.set()
    assert online.settled("ann@x.example", "clay")["clay"]["status"] == "sent"
    assert [body["title"] for body in bodies(world)] == ["CTO", "COO"]


@pytest.mark.parametrize("answer", [httpx.Response(200, text="success"), httpx.Response(202, text="<p>"), 204], ids=str)
def test_any_success_means_sent(online, world, answer):
    world.script("clay", "ann@x.example", answer)
    online.imported("email\nann@x.example\n")

    assert online.settled("ann@x.example", "clay")["clay"]["status"] == "sent"


def test_errors_are_tried_five_times(online, world):
    world.script("clay", "ann@x.example", 500)
    world.script("clay", "bob@x.example", 500, 503, httpx.ConnectError("refused"), 502, 200)
    online.imported("email\nann@x.example\nbob@x.example\n")

    assert online.settled("ann@x.example", "clay")["clay"]["status"] == "failed"
    assert online.settled("bob@x.example", "clay")["clay"]["status"] == "sent"
    assert (len(bodies(world, "ann@x.example")), len(bodies(world, "bob@x.example"))) == (5, 5)


def test_a_silent_clay_is_given_up_in_time(online, world, monkeypatch):
    monkeypatch.setattr(clay, "CALL_SECONDS", 0.02)
    world.script("clay", "ann@x.example", HANG)
    online.imported("email\nann@x.example\n")

    assert online.settled("ann@x.example", "clay")["clay"]["status"] == "failed"
    assert len(bodies(world)) == 5


def test_refusals_are_final_for_that_lead_alone(online, world):
    world.script("clay", "ann@x.example", 422)
    online.imported("email\nann@x.example\nbob@x.example\n")

    assert online.settled("ann@x.example", "clay")["clay"]["status"] == "failed"
    assert online.settled("bob@x.example", "clay")["clay"]["status"] == "sent"
    online.at_rest()
    assert len(bodies(world, "ann@x.example")) == 1


def test_too_many_requests_is_no_failure_however_often(online, world):
    world.script("clay", "ann@x.example", *[429] * 8, 200)
    online.imported("email\nann@x.example\n")

    assert online.settled("ann@x.example", "clay")["clay"]["status"] == "sent"


def test_retry_after_holds_for_everybody(clock, online, world):
    world.script("clay", "ann@x.example", httpx.Response(429, headers={"Retry-After": "3600"}), 200)
    online.imported("email\nann@x.example\n")
    wait_for(lambda: online.calls_due("clay"), lambda due: due[0] > clock.time() + 3000)
    online.imported("email\nbob@x.example\n")
    online.settled("bob@x.example", "enrichment")
    assert len(world.seen("clay")) == 1

    clock.leap(3600)
    online.imported("email\ncleo@x.example\n")
    online.at_rest()
    refused, again = world.times("clay", "ann@x.example")
    assert again - refused >= 3600
    assert world.times("clay", "bob@x.example")[0] - refused >= 3600


def test_a_lead_larger_than_clay_takes_is_not_sent(online, world):
    online.imported(f"email,company\nann@x.example,{'ü' * 60_000}\nbob@x.example,Acme\n")

    assert online.settled("ann@x.example", "clay")["clay"]["status"] == "failed"
    assert online.settled("bob@x.example", "clay")["clay"]["status"] == "sent"
    assert bodies(world, "ann@x.example") == []


class StandingClock:
    """Nothing but the sleep of the token bucket moves it."""

    now = 0.0

    def time(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


def test_the_rate_holds_over_all_imports(start, connected, world, monkeypatch):
    world.clock = clock = StandingClock()
    monkeypatch.setattr(clay, "TokenBucket", lambda rate, burst: TokenBucket(rate, burst, clock.time, clock.sleep))
    service = start(replace(connected, clay_rate_per_second=40.0, clay_burst=5))
    for part in range(3):
        service.imported("email\n" + "\n".join(f"p{part}.{number}@x.example" for number in range(10)))
    service.at_rest()

    times = [call[2] for call in world.calls if call[0] == "clay"]
    assert len(times) == 30
    for count, moment in enumerate(times, start=1):
        assert count <= 5 + 40 * moment
