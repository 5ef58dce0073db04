"""Observability: what the program prints helps, and gives nothing away."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from enrichment import EnrichmentTwin
from examiner import Answer, Room, check
from people import Person, person
from service import Service

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("observability"), pytest.mark.dimension("edge_cases")]

OUTPUT_KIB = 256


@pytest.mark.requirement("R-observability-1")
def test_import_is_logged(service: Service, room: Room, dice: random.Random) -> None:
    """The program prints a line with the id of each import."""
    identity = str(service.imported([person(dice), person(dice, email="broken")])["id"])
    # A request log names the id as well, in the path of our own questions: that is no line about the import.
    room.patience.until(
        lambda: [
            line
            for line in room.program.output(OUTPUT_KIB).splitlines()
            if identity in line and f"/imports/{identity}" not in line
        ][:3],
        bool,
        kind="log",
        seconds=5,
        given=f"the import {identity}",
        expected="a printed line with the import's id",
        every=0.1,
    )


@pytest.mark.requirement("R-observability-2")
def test_output_gives_nothing_away(
    service: Service, room: Room, provider: EnrichmentTwin, secrets: dict[str, str], dice: random.Random
) -> None:
    """No email, phone number or secret is printed: not for good rows, not for bad ones, not when the provider fails."""
    good, failing, delivered = person(dice), person(dice), person(dice).phone
    bad = Person(f"{good.email.replace('@', '@@')}", phone=person(dice).phone)
    provider.script(failing.email, Answer(500, {"error": f"no answer for {failing.email}"}))
    service.imported([good, failing, bad, Person(person(dice).email, "too", "few")])
    service.settle(good.email)
    lead = service.settle(failing.email)
    service.deliver({"lead_id": lead.get("id"), "delivery_id": "d-1", "enriched_at": "yesterday", "phone": good.phone})
    body = {"lead_id": lead.get("id"), "delivery_id": f"d-{lead.get('id')}", "enriched_at": "2026-03-01T12:00:00Z"}
    service.delivered({**body, "phone": delivered}, "applied")
    service.patience.rest(0.2)
    printed = room.program.output(OUTPUT_KIB)
    told = {
        "an email": [good.email, failing.email],
        "a phone number": [good.phone, failing.phone, bad.phone, delivered],
        "a secret": list(secrets.values()),
    }
    for what, values in told.items():
        for value in values:
            line = next((line for line in printed.splitlines() if value.lower() in line.lower()), None)
            check(
                line is None,
                given="good and bad rows, a provider that fails, a bad delivery and a good one",
                expected=f"{what} is never printed",
                observed=line,
            )


@pytest.mark.tier("robustness")
def test_request_log_gives_nothing_away(
    service: Service, room: Room, provider: EnrichmentTwin, dice: random.Random
) -> None:
    """Nor does an email stand in the program's request log, by way of an address with `?email=`."""
    one = person(dice)
    service.imported([one])
    service.settle(one.email)
    service.find(one.email)
    service.patience.rest(0.2)
    spellings = {one.email, quote(one.email), quote(one.email, safe="")}
    line = next(
        (
            line
            for line in room.program.output(OUTPUT_KIB).splitlines()
            if any(spelling in line for spelling in spellings)
        ),
        None,
    )
    check(
        line is None,
        given=f"GET /leads?email={one.email}, and a look-up at the provider",
        expected="no email in the output",
        observed=line,
    )
