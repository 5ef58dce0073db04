"""Batches, pace and retries of the push to Clay."""

import json

import httpx
import pytest

from intake import clay_outbound
from intake.clay_outbound import TokenBucket
from intake.csv_reader import FIELDS

LEADS = [{"id": str(number), **dict.fromkeys(FIELDS, "x")} for number in range(120)]


@pytest.fixture
def bucket() -> TokenBucket:
    return TokenBucket(1000, 1000)


def test_batches_of_fifty() -> None:
    assert [len(batch) for batch in clay_outbound.batches(LEADS)] == [50, 50, 20]


def test_one_call_a_batch(config, scripted, bucket) -> None:
    client, seen = scripted(httpx.Response(200, text="ok"))
    assert clay_outbound.send(client, config, bucket, LEADS[:3]) == "sent"
    assert [item["lead_id"] for item in json.loads(seen[0].content)] == ["0", "1", "2"]
    assert seen[0].headers["x-clay-webhook-auth"] == "out"


def test_waits_as_long_as_asked(config, scripted, bucket) -> None:
    client, _ = scripted(httpx.Response(429, headers={"Retry-After": "2"}), httpx.Response(200))
    waits: list[float] = []
    assert clay_outbound.send(client, config, bucket, LEADS[:1], waits.append) == "sent"
    assert waits == [2.0]


def test_five_calls_at_most(config, scripted, bucket) -> None:
    client, seen = scripted(httpx.ConnectError("down"))
    assert clay_outbound.send(client, config, bucket, LEADS[:1]) == "failed"
    assert len(seen) == 5


def test_refused_batch_is_not_repeated(config, scripted, bucket) -> None:
    client, seen = scripted(httpx.Response(422))
    assert clay_outbound.send(client, config, bucket, LEADS[:1]) == "failed"
    assert len(seen) == 1


def test_token_bucket_paces_after_the_burst() -> None:
    waits: list[float] = []
    bucket = TokenBucket(10, 2, clock=lambda: 0.0, sleep=waits.append)
    for _ in range(4):
        bucket.take()
    assert waits == pytest.approx([0.1, 0.2])
