"""Enrichment: what the provider says, and what becomes of a lead when it says nothing good."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

import pytest
from enrichment import EnrichmentTwin
from enrichment import person as known
from examiner import Answer, Room, Unmet, check, check_equal, pick
from fates import Fates, Script
from people import crowd, person, sheet, tag
from service import RETRY_BASE, Service, expect_calls, expect_counts, expect_waits, fields

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("enrichment"), pytest.mark.dimension("correctness")]

BROKEN = Answer(500, {"error": "internal"})
PENDING = Answer(202, {"status": "pending"})
SILENCE = 0.9
"""Seconds after its first call at which an import that waits for a silent provider can't be completed yet."""

TRIES = 3
OLD_DATE = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}

MALFORMED = {
    "HTML": Answer(200, "<html><body>Service temporarily unavailable</body></html>", {"Content-Type": "text/html"}),
    "array": Answer(200, []),
    "cut JSON": Answer(200, b'{"email": "ann@exam', {"Content-Type": "application/json"}),
    "nothing": Answer(200, b"", {"Content-Type": "application/json"}),
    "null": Answer(200, b"null", {"Content-Type": "application/json"}),
}


def profile(dice: random.Random, email: str) -> Answer:
    """What the provider knows about somebody."""
    return known(
        email,
        title=f"Chief {tag(dice)} Officer",
        company=f"{tag(dice)} Group",
        linkedin_url=f"https://linkedin.example/in/{tag(dice)}",
        employees=dice.randrange(10, 10_000),
    )


def script(dice: random.Random) -> Mapping[str, Script]:
    """Everybody in the file, and what the provider answers about them."""
    plus = person(dice, email=f"ann+{tag(dice)}@{tag(dice)}.com")
    bare, partly, full = person(dice, title="", company=""), person(dice, title=""), person(dice)
    recovers, limited, drops, dated, later, busy, hasty = (person(dice) for _ in range(7))
    partial = person(dice, title="")
    nulls = {"email": partial.email, "title": None, "company": None, "employees": "51-200", "new": {"a": 1}}
    return {
        "known": (plus, (profile(dice, plus.email),)),
        "bare": (bare, (profile(dice, bare.email),)),
        "partly": (partly, (profile(dice, partly.email),)),
        "full": (full, (profile(dice, full.email),)),
        "unknown": (person(dice), ()),
        "busy": (busy, (Answer(503, "busy", {"Retry-After": "1"}), profile(dice, busy.email))),
        "at once": (hasty, (Answer(429, {"error": "slow"}, {"Retry-After": "0"}), profile(dice, hasty.email))),
        "recovers": (recovers, (BROKEN, Answer(503, "busy"), profile(dice, recovers.email))),
        "broken": (person(dice), (BROKEN,)),
        "limited": (limited, (Answer(429, {"error": "slow"}, {"Retry-After": "2"}), profile(dice, limited.email))),
        "400": (person(dice), (Answer(400, {"error": "bad request"}),)),
        "422": (person(dice), (Answer(422, {"error": "bad request"}),)),
        "silent": (person(dice), (Answer(hang=25),)),
        "drops": (person(dice), (Answer(drop=True),)),
        "drops once": (drops, (Answer(drop=True), profile(dice, drops.email))),
        **{name: (person(dice), (answer,)) for name, answer in MALFORMED.items()},
        "partial": (partial, (Answer(200, nulls),)),
        "later": (later, (PENDING, PENDING, profile(dice, later.email))),
        "dated": (dated, (Answer(429, {"error": "slow"}, OLD_DATE), profile(dice, dated.email))),
    }


@pytest.fixture(scope="module")
def all_fates(room: Room, provider: EnrichmentTwin) -> Fates:
    return Fates(provider, lambda turn: script(room.dice(f"enrichment {turn}")))


@pytest.fixture
def fates(all_fates: Fates, service: Service) -> Fates:
    """The people of `script`, imported in one file."""
    return all_fates.begin(service)


@pytest.mark.requirement("R-enrichment-1", "R-enrichment-2")
def test_enriched(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """A new lead is looked up once, with the API key, and what the provider knows stands in its enrichment fields."""
    one = fates["known"]
    lead = service.enriched(one.email, "enriched")
    body = fates.answers("known")[0].body
    given = f"the provider knows {one.email}"
    names = ("title", "company", "linkedin_url", "employees")
    found = {name: pick(lead, "enrichment", "fields", name) for name in names}
    check_equal(found, {name: pick(body, name) for name in names}, given=given, what="enrichment.fields")
    calls = expect_calls(service, provider, one.email, 1, given)
    check_equal(calls[0].path, "/v1/people", given=given, what="the path of the call")
    service.imported([one, replace(one, phone="+1 555 0123")])
    service.patience.rest(0.3)
    expect_calls(service, provider, one.email, 1, f"{given}, and the row is imported again, then with another phone")


@pytest.mark.requirement("R-enrichment-3")
def test_fills_only_what_is_empty(service: Service, fates: Fates) -> None:
    """The provider's title and company fill empty fields and never replace what a file gave."""
    for name in ("bare", "partly", "full"):
        one, body = fates[name], fates.answers(name)[0].body
        lead = service.enriched(one.email, "enriched")
        wanted = {"title": one.title or pick(body, "title"), "company": one.company or pick(body, "company")}
        given = f"the file gave title {one.title!r} and company {one.company!r}, the provider {body}"
        check_equal(fields(lead, "title", "company"), wanted, given=given, what="the lead's fields")


@pytest.mark.requirement("R-enrichment-4")
def test_not_found(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """When the provider knows nobody by that email, the lead is kept as `not_found` and not asked for again."""
    one = fates["unknown"]
    lead = service.enriched(one.email, "not_found")
    wanted = {"email": one.email, "company": one.company}
    check_equal(fields(lead, "email", "company"), wanted, given="the provider answers 404", what="the lead")
    expect_calls(service, provider, one.email, 1, "the provider answers 404")


@pytest.mark.requirement("R-enrichment-5", "R-enrichment-6")
def test_recovers_from_errors(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """After two errors of the provider the third call succeeds, and the waits between the calls grow."""
    one = fates["recovers"]
    service.enriched(one.email, "enriched")
    given = f"the provider answers 500, 503, then 200; RETRY_BASE_SECONDS is {RETRY_BASE}"
    expect_waits(expect_calls(service, provider, one.email, 3, given), [RETRY_BASE, 2 * RETRY_BASE], given)


@pytest.mark.requirement("R-enrichment-5")
def test_gives_up_after_three_calls(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """A provider that only fails is called three times, then the lead is `failed`, whole and usable."""
    one = fates["broken"]
    lead = service.enriched(one.email, "failed")
    wanted = {"first_name": one.first_name, "company": one.company}
    check_equal(fields(lead, *wanted), wanted, given="the provider answers 500 to every call", what="the lead")
    expect_calls(service, provider, one.email, 3, "the provider answers 500 to every call")


@pytest.mark.requirement("R-enrichment-5", "R-enrichment-6")
def test_retry_after(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """After a 429 or a 5xx the program waits as long as Retry-After says, and never less than without it."""
    for name, status, seconds in (("limited", 429, 2), ("busy", 503, 1), ("at once", 429, 0)):
        one = fates[name]
        service.enriched(one.email, "enriched")
        given = (
            f"the provider answers {status} with Retry-After: {seconds}, then 200; RETRY_BASE_SECONDS is {RETRY_BASE}"
        )
        expect_waits(expect_calls(service, provider, one.email, 2, given), [max(seconds, RETRY_BASE)], given)


@pytest.mark.requirement("R-enrichment-7")
def test_refusals_are_final(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """After a 400 or a 422 the lead is `failed` at once: asking again would change nothing."""
    for status in ("400", "422"):
        one = fates[status]
        service.enriched(one.email, "failed")
        expect_calls(service, provider, one.email, 1, f"the provider answers {status}")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-enrichment-5")
def test_silent_provider(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """A call that the provider never answers is given up in time: after three of them the lead is `failed`."""
    one = fates["silent"]
    given = "the provider takes each call and never answers; ENRICH_TIMEOUT_SECONDS is 1"
    service.enriched(one.email, "failed", seconds=30)
    expect_calls(service, provider, one.email, 3, given)


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-enrichment-9")
def test_slow_provider_holds_up_no_import(service: Service, provider: EnrichmentTwin, dice: random.Random) -> None:
    """While the provider is silent about the lead of one file, that file and the next one are completed at once."""
    given = "the provider takes each call about the one lead of a file and never answers; ENRICH_TIMEOUT_SECONDS is 1"
    after = [SILENCE]
    while after[-1] >= SILENCE and len(after) <= TRIES:
        slow = person(dice)
        provider.script(slow.email, Answer(hang=25))
        expect_counts(service.completed(service.accepted(sheet([slow])), seconds=10), given, created=1)
        seen, calls = time.monotonic(), provider.calls(slow.email)
        after.append(seen - calls[0].at if calls else 0.0)
    # Who waits for the answer, be it of the first call alone, is never earlier; who doesn't may on a busy machine be
    # seen so late, but not each time.
    check(
        after[-1] < SILENCE,
        given=given,
        expected="the import is completed while the provider's answer is still open",
        observed=f"completed {min(after[1:]):.1f} s after the first call or later, in each of {TRIES} files",
    )
    fresh = person(dice)
    expect_counts(service.completed(service.accepted(sheet([fresh])), seconds=10), given, created=1)


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-enrichment-5")
def test_broken_connections(service: Service, provider: EnrichmentTwin, fates: Fates) -> None:
    """A connection that breaks is an error like a 500: asked again, and healed when the provider is back."""
    lost, back = fates["drops"], fates["drops once"]
    service.enriched(back.email, "enriched")
    service.enriched(lost.email, "failed")
    count = len(provider.calls(lost.email))
    given = "the provider closes each connection without an answer"
    # An HTTP library may repeat a call by itself when a kept connection breaks: not the program's doing.
    check(3 <= count <= 6, given=given, expected="three calls", observed=f"{count} calls")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-enrichment-8")
def test_malformed_answers(service: Service, fates: Fates) -> None:
    """An answer that is not a JSON object makes the lead `failed`, and the program goes on with the others."""
    for name in MALFORMED:
        service.enriched(fates[name].email, "failed")
    service.enriched(fates["known"].email, "enriched")


@pytest.mark.requirement("R-enrichment-10")
def test_enrichment_off(offline: Service, dice: random.Random) -> None:
    """Without ENRICH_BASE_URL imports work, and the status of the enrichment is `off`."""
    one = person(dice)
    expect_counts(offline.imported([one]), "ENRICH_BASE_URL unset", created=1)
    offline.enriched(one.email, "off")


# -- reasonable, but not stated ------------------------------------------------------------------------------


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_partial_profile(service: Service, fates: Fates) -> None:
    """A profile with nulls and fields of other types erases nothing and breaks nothing."""
    one = fates["partial"]
    lead = service.enriched(one.email, "enriched")
    wanted = {"title": None, "company": one.company}
    check_equal(fields(lead, *wanted), wanted, given="a profile whose title and company are null", what="the lead")


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_accepted_for_later(service: Service, fates: Fates) -> None:
    """A 202 (the provider is still searching) is not taken for a profile."""
    one = fates["later"]
    with suppress(Unmet):  # It may stay pending: then we have looked long enough.
        service.enriched(one.email, "enriched", seconds=2)
    enrichment = pick(service.lead(one.email), "enrichment")
    empty = pick(enrichment, "status") == "enriched" and not pick(enrichment, "fields", "title")
    given = "the provider answers 202 {'status': 'pending'} twice, then the profile"
    check(not empty, given=given, expected="pending, failed, or enriched with the profile", observed=enrichment)


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_retry_after_as_date(service: Service, fates: Fates) -> None:
    """A Retry-After that is a date, as HTTP allows, breaks nothing: the lead is enriched in the end."""
    service.enriched(fates["dated"].email, "enriched")


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_wrong_key_stops_the_calls(misconfigured: Service, provider: EnrichmentTwin, dice: random.Random) -> None:
    """When the provider refuses the API key, the program stops calling instead of trying every lead."""
    people = crowd(dice, 60)
    emails = {one.email for one in people}
    misconfigured.imported(people)
    misconfigured.patience.rest(1.5)
    count = len(provider.journal.calls(lambda call: provider.key(call) in emails))
    given = "60 new leads, and a provider that answers 401 to every call"
    check(count <= 30, given=given, expected="at most 30 calls", observed=f"{count} calls")
