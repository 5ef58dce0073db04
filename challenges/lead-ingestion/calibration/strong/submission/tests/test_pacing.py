"""Pacing: the token bucket on a clock of our own, and what Retry-After may say."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.outbox import retry_after
from app.ratelimit import HEADROOM, TokenBucket


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds


def taken(count, rate, burst, pause_after=None):
    """The moments at which `count` tokens are given out."""
    clock = Clock()
    bucket = TokenBucket(rate, burst, clock, clock.sleep)

    async def take_all():
        moments = []
        for number in range(count):
            if number == pause_after:
                clock.now += 60
            await bucket.take()
            moments.append(clock.now - 100)
        return moments

    return asyncio.run(take_all())


def test_a_burst_comes_at_once_and_then_the_rate_holds():
    moments = taken(25, rate=10, burst=5)

    assert moments[:5] == [0.0] * 5
    for count, moment in enumerate(moments[5:], start=1):
        assert moment == pytest.approx(count / (10 * HEADROOM))


def test_a_long_pause_saves_up_one_burst_and_no_more():
    moments = taken(20, rate=10, burst=5, pause_after=5)

    assert moments[5:10] == [60.0] * 5
    assert moments[10] > 60.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("3", 3),
        (" 0.5 ", 0.5),
        ("-5", 0),
        ("soon", 0),
        ("nan", 0),
        ("1e9", 86_400),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
    ],
)
def test_retry_after_in_seconds(header, seconds):
    assert retry_after(header) == seconds


def test_retry_after_as_a_date():
    in_an_hour = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)

    assert 3500 < retry_after(in_an_hour) <= 3600
