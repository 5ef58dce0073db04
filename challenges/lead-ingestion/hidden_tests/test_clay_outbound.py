"""Clay outbound: every new or changed lead reaches the table, within Clay's limits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

import pytest
from clay import BODY_LIMIT, ClayTwin
from examiner import Answer, Call, Room, check, check_equal, pick
from fates import Fates, Script
from people import COLUMNS, crowd, person
from service import EARLY, Restart, Service, expect_calls, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("clay-outbound"), pytest.mark.dimension("correctness")]

TAKEN = Answer(200, "OK")
BROKEN = Answer(500, "error")
ACKNOWLEDGED = {
    "text": Answer(200, "success"),
    "HTML": Answer(202, "<p>queued</p>"),
    "204": Answer(204, b""),
    "cut JSON": Answer(201, b'{"ok": tr'),
}
STALL = 0.6
"""Seconds by which a call may be late on its way to us."""

REFUSALS = 6
"""429s in a row: more than the five calls after which a lead with errors is given up."""


def too_many(seconds: int) -> Answer:
    """A 429 with Retry-After."""
    return Answer(429, {"error": "rate limited"}, {"Retry-After": str(seconds)})


def script(dice: random.Random) -> Mapping[str, Script]:
    """Everybody in the file, and what Clay answers about them."""
    return {
        "plain": (person(dice, phone=""), ()),
        **{name: (person(dice), (answer,)) for name, answer in ACKNOWLEDGED.items()},
        "limited": (person(dice), (too_many(2), TAKEN)),
        "422": (person(dice), (Answer(422, {"error": "invalid"}),)),
        "limited too": (person(dice), (too_many(2), TAKEN)),
        "refused often": (person(dice), (*[too_many(0)] * REFUSALS, TAKEN)),
        "recovers": (person(dice), (BROKEN, Answer(503, "busy"), Answer(502, "bad gateway"), TAKEN)),
        "400": (person(dice), (Answer(400, {"error": "invalid"}),)),
        "broken": (person(dice), (BROKEN,)),
        "last": (person(dice), ()),
    }


@pytest.fixture(scope="module")
def all_fates(room: Room, clay: ClayTwin) -> Fates:
    return Fates(clay, lambda turn: script(room.dice(f"clay {turn}")))


@pytest.fixture
def fates(all_fates: Fates, service: Service) -> Fates:
    """The people of `script`, imported in one file."""
    return all_fates.begin(service)


def expect_rate(calls: list[Call], rate: float, burst: int, given: object) -> None:
    """In any stretch of time there are no more calls than a bucket of `burst` filled at `rate` a second gives out.

    The slack, what the bucket gives out in STALL seconds, is for calls that were held up on their way and arrive
    together: on a busy machine a first connection or a thread takes its time.
    """
    slack = 2 + STALL * rate
    moments = [call.at for call in calls]
    worst = max(
        ((last - first + 1) - burst - rate * (moments[last] - moments[first]), first, last)
        for first in range(len(moments))
        for last in range(first, len(moments))
    )
    over, first, last = worst
    observed = f"{last - first + 1} calls within {moments[last] - moments[first]:.2f} s"
    check(
        over <= slack, given=given, expected=f"at most {burst} calls at once, then {rate:g} a second", observed=observed
    )


def reached(clay: ClayTwin, mark: int) -> set[str]:
    """The emails of all calls after that number."""
    return {clay.key(call) for call in clay.journal.calls(lambda call: call.number > mark)}


@pytest.mark.requirement("R-clay-outbound-1", "R-clay-outbound-2", "R-clay-outbound-3")
def test_new_lead_is_sent(service: Service, clay: ClayTwin, fates: Fates) -> None:
    """A new lead is sent to Clay once, as one flat JSON object with its id, and with the token in its header."""
    one = fates["plain"]
    lead = service.pushed(one.email, "sent")
    service.enriched(one.email, "not_found")
    given = f"the new row {one}"
    call = expect_calls(service, clay, one.email, 1, given)[0]
    body = call.json()
    check_equal(pick(body, "lead_id"), lead.get("id"), given=given, what="lead_id in the body")
    sent = {name: pick(body, name) or None for name in COLUMNS}
    check_equal(sent, one.as_lead(), given=given, what="the lead's values in the body")
    content_type = call.headers.get("content-type", "")
    wanted = "Content-Type: application/json"
    check(content_type.lower().startswith("application/json"), given=given, expected=wanted, observed=content_type)


@pytest.mark.requirement("R-clay-outbound-1")
def test_changes_are_sent(service: Service, clay: ClayTwin, dice: random.Random) -> None:
    """A changed lead is sent again under the same lead_id; an unchanged one is not."""
    changed, same = person(dice), person(dice)
    service.imported([changed, same])
    for one in (changed, same):
        service.pushed(one.email, "sent")
        service.enriched(one.email, "not_found")
    service.imported([replace(changed, title="Another Title"), same])
    given = "a second file in which one row has another title and the other is the same"
    calls = clay.wait_for(
        service.patience,
        lambda calls: any(pick(call.json(), "title") == "Another Title" for call in calls),
        key=changed.email,
        seconds=15,
        given=given,
        expected="a call with the new title",
    )
    identities = {str(pick(call.json(), "lead_id")) for call in calls}
    check_equal(len(identities), 1, given=given, what="different lead_ids in the calls")
    service.patience.rest(0.3)
    expect_calls(service, clay, same.email, 1, f"{given}: the unchanged lead")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-outbound-1", "R-clay-outbound-4")
def test_change_while_being_sent(service: Service, clay: ClayTwin, dice: random.Random) -> None:
    """A lead that changes while Clay takes its time over the call about it is sent again as it is now."""
    one = person(dice)
    clay.script(one.email, Answer(200, "OK", delay=1.5), TAKEN)
    service.imported([one])
    given = "Clay takes 1.5 s to answer the first call about a lead, and meanwhile a file gives another title"
    clay.wait_for(service.patience, bool, key=one.email, seconds=15, given=given, expected="a first call")
    service.imported([replace(one, title="Another Title")])
    clay.wait_for(
        service.patience,
        lambda calls: any(pick(call.json(), "title") == "Another Title" for call in calls),
        key=one.email,
        seconds=15,
        given=given,
        expected="a call with the new title",
    )


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-outbound-3")
def test_any_success_counts(service: Service, clay: ClayTwin, fates: Fates) -> None:
    """Any 2xx means sent, whatever its body: text, HTML, nothing at all."""
    for name in ACKNOWLEDGED:
        one = fates[name]
        service.pushed(one.email, "sent")
        expect_calls(service, clay, one.email, 1, f"Clay acknowledges with {name}")


@pytest.mark.requirement("R-clay-outbound-5")
def test_too_many_requests(service: Service, clay: ClayTwin, fates: Fates) -> None:
    """After a 429 a lead is sent again, not before Retry-After is over, and none is lost."""
    given = "Clay answers 429 with Retry-After: 2 to two of the leads in a file, then 200"
    for name in ("limited", "limited too", "last"):
        service.pushed(fates[name].email, "sent", seconds=30)
    for name in ("limited", "limited too"):
        calls = clay.calls(fates[name].email)
        check_equal(len(calls), 2, given=given, what="calls for a lead that was refused")
        gap = calls[1].at - calls[0].at
        check(gap >= 2.0 - EARLY, given=given, expected="at least 2 s between the calls", observed=f"{gap:.2f} s")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-outbound-5")
def test_refused_many_times(service: Service, fates: Fates) -> None:
    """A lead that meets a 429 six times in a row is sent in the end: 429 is no failure."""
    service.pushed(fates["refused often"].email, "sent", seconds=40)


@pytest.mark.requirement("R-clay-outbound-6")
def test_recovers_from_errors(service: Service, clay: ClayTwin, fates: Fates) -> None:
    """After errors of Clay a lead is sent again until it is taken."""
    one = fates["recovers"]
    service.pushed(one.email, "sent", seconds=30)
    expect_calls(service, clay, one.email, 4, "Clay answers 500, 503, 502, then 200")


@pytest.mark.requirement("R-clay-outbound-6")
def test_gives_up_after_five_calls(service: Service, clay: ClayTwin, fates: Fates) -> None:
    """When Clay only fails, a lead is tried five times, then its status is `failed`; other leads are sent."""
    service.pushed(fates["last"].email, "sent", seconds=30)
    one = fates["broken"]
    service.pushed(one.email, "failed", seconds=40)
    expect_calls(service, clay, one.email, 5, "Clay answers 500 to every call for this lead")


@pytest.mark.requirement("R-clay-outbound-7")
def test_refusals_are_final(service: Service, clay: ClayTwin, fates: Fates) -> None:
    """A lead that Clay refuses with a 4xx is `failed` without another call; the leads around it are sent."""
    for status in ("400", "422"):
        one = fates[status]
        service.pushed(one.email, "failed")
        expect_calls(service, clay, one.email, 1, f"Clay answers {status} for this lead")
    for name in ("plain", "last"):
        service.pushed(fates[name].email, "sent", seconds=30)


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-clay-outbound-1", "R-clay-outbound-8")
def test_large_leads(service: Service, clay: ClayTwin, dice: random.Random) -> None:
    """A lead too large for Clay leads to no body of more than 100 KB and holds up no other; a smaller one is sent."""
    large, other, fitting = person(dice, company="x" * 300_000), person(dice), person(dice, company="x" * 90_000)
    mark = len(clay.journal)
    service.imported([large, other, fitting])
    service.pushed(other.email, "sent")
    service.pushed(fitting.email, "sent")
    lengths = [len(str(pick(call.json(), "company"))) for call in clay.calls(fitting.email)]
    check_equal(
        lengths[:1],
        [90_000],
        given="a lead with a company of 90,000 characters",
        what="length of the company in the call",
    )
    service.lead_when(
        large.email,
        lambda lead: pick(lead, "clay", "status") != "pending",
        "clay.status no longer pending",
        kind="clay large",
    )
    sizes = [call.size for call in clay.journal.calls(lambda call: call.number > mark and call.size > BODY_LIMIT)]
    check_equal(sizes, [], given="a lead with a company of 300,000 characters", what="sizes of the bodies over 100 KB")


@pytest.mark.requirement("R-clay-outbound-4", "R-clay-outbound-3")
def test_rate_limit(limited: Service, limits: tuple[int, int], clay: ClayTwin, dice: random.Random) -> None:
    """Sixty leads from three imports reach Clay at no more than the rate that is set, after the burst; all arrive."""
    rate, burst = limits
    groups = [crowd(dice, 20) for _ in range(3)]
    wanted = {one.email for group in groups for one in group}
    mark = len(clay.journal)
    for one in groups[0]:
        clay.script(one.email, BROKEN, TAKEN)
    for group in groups:
        limited.imported(group)
    given = f"60 new leads, 20 of them answered 500 at first, CLAY_RATE_PER_SECOND {rate}, CLAY_BURST {burst}"
    limited.patience.until(
        lambda: len(reached(clay, mark) & wanted),
        lambda count: count > 0,
        kind="clay rate",
        seconds=10,
        given=given,
        expected="the first leads reach Clay",
    )
    limited.patience.until(
        lambda: len(reached(clay, mark) & wanted),
        lambda count: count == len(wanted),
        kind="clay rate",
        seconds=30,
        given=given,
        expected="60 leads reach Clay",
    )
    expect_rate(clay.journal.calls(lambda call: call.number > mark), rate, burst, given)


@pytest.mark.requirement("R-clay-outbound-9")
def test_clay_off(offline: Service, dice: random.Random) -> None:
    """Without CLAY_WEBHOOK_URL imports work, and the status of Clay is `off`."""
    one = person(dice)
    offline.imported([one])
    offline.pushed(one.email, "off")


# -- reasonable, but not stated ------------------------------------------------------------------------------


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_crash_while_sending(
    limited: Service,
    restart: Restart,
    room: Room,
    limited_settings: dict[str, str],
    clay: ClayTwin,
    dice: random.Random,
) -> None:
    """After a kill in the middle of sending and a restart, every lead has reached Clay, each under one lead_id."""
    people = crowd(dice, 50)
    wanted = {one.email for one in people}
    mark = len(clay.journal)
    limited.imported(people)
    given = "50 new leads; the program is killed when some have been sent, and started again on its data"
    room.patience.until(
        lambda: len(reached(clay, mark) & wanted),
        lambda count: count >= 5,
        kind="clay crash",
        seconds=10,
        given=given,
        expected="5 leads reach Clay",
    )
    room.program.kill()
    restart(limited_settings)
    room.patience.until(
        lambda: len(reached(clay, mark) & wanted),
        lambda count: count == len(wanted),
        kind="clay crash",
        seconds=20,
        given=given,
        expected="50 leads reach Clay",
    )
    calls = clay.journal.calls(lambda call: call.number > mark and clay.key(call) in wanted)
    identities = {(clay.key(call), str(pick(call.json(), "lead_id"))) for call in calls}
    check_equal(len(identities), len(wanted), given=given, what="pairs of email and lead_id")


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_webhook_that_is_gone(misconfigured: Service, clay: ClayTwin, dice: random.Random) -> None:
    """When Clay's webhook is gone (404 to everything), each lead is told so at most once, and imports go on."""
    people = crowd(dice, 30)
    emails = {one.email for one in people}
    misconfigured.imported(people)
    lead = misconfigured.pushed(people[0].email, "failed")
    misconfigured.patience.rest(1.0)
    count = len(clay.journal.calls(lambda call: clay.key(call) in emails))
    given = "30 new leads, and a webhook that answers 404"
    check(count <= len(people), given=given, expected="at most 30 calls", observed=f"{count} calls")
    check_equal(fields(lead, "email"), {"email": people[0].email}, given=given, what="the lead")
