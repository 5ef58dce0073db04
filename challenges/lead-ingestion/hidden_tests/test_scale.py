"""Scale: many rows, large files, and a crash in the middle."""

from __future__ import annotations

import random
import time

import pytest
from examiner import Room, check, check_equal
from people import crowd, email, person, sheet, table
from service import Restart, Service, counts, csv_sources, error_code, expect_counts

pytestmark = [pytest.mark.tier("contract"), pytest.mark.category("scale"), pytest.mark.dimension("correctness")]

ROWS = 20_000
MANY_ROWS = 100_000
MEMORY_MIB = 512


@pytest.mark.deadline(150)
@pytest.mark.requirement("R-scale-1", "R-dedupe-5")
def test_twenty_thousand_rows(offline: Service, room: Room, dice: random.Random) -> None:
    """A file of 20,000 rows is completed within 60 seconds in 512 MiB of memory, with every row counted."""
    people = crowd(dice, ROWS)
    began = time.monotonic()
    identity = offline.accepted(sheet(people), seconds=60)
    report = offline.completed(identity, seconds=60)
    given = f"a file of {ROWS} rows"
    took = time.monotonic() - began
    check(took <= 60, given=given, expected="completed within 60 s", observed=f"{took:.0f} s")
    expect_counts(report, given, created=ROWS)
    for place in (0, ROWS - 1, dice.randrange(ROWS)):
        one, lead = people[place], offline.lead(people[place].email)
        check_equal(lead.get("first_name"), one.first_name, given=given, what="first_name of a lead")
        check_equal(csv_sources(lead), [(identity, place + 1)], given=given, what="import and row of its csv sources")
    state = room.program.state()
    peak = state.get("memory_peak_mib")
    check(
        not state.get("out_of_memory"),
        given=given,
        expected=f"at most {MEMORY_MIB} MiB",
        observed="the program ran out of memory",
    )
    if isinstance(peak, int | float):
        check(
            peak <= MEMORY_MIB,
            given=given,
            expected=f"at most {MEMORY_MIB} MiB",
            observed=f"{peak:.0f} MiB at its peak",
        )


@pytest.mark.tier("robustness")
@pytest.mark.deadline(150)
def test_a_hundred_thousand_rows(crowded: Service, room: Room, dice: random.Random) -> None:
    """A file of 100,000 rows, well within the size limit, is completed in two minutes and in the memory there is."""
    people = crowd(dice, MANY_ROWS)
    given = f"a file of {MANY_ROWS} rows"
    began = time.monotonic()
    identity = crowded.accepted(sheet(people), seconds=60)
    report = crowded.patience.until(
        lambda: crowded.report(identity) if room.program.state().get("running") else {"status": "gone"},
        lambda seen: seen.get("status") != "processing",
        kind="a very large import",
        seconds=120,
        given=given,
        expected="the import is completed",
    )
    took = time.monotonic() - began
    state = room.program.state()
    check(
        state.get("running") and not state.get("out_of_memory"),
        given=given,
        expected=f"the program goes on within {MEMORY_MIB} MiB of memory",
        observed="it ran out of memory" if state.get("out_of_memory") else "it ended",
    )
    check_equal(report.get("status"), "completed", given=given, what=f"status after {took:.0f} s")
    expect_counts(report, given, created=MANY_ROWS)
    for one in (people[0], people[-1], dice.choice(people)):
        check_equal(crowded.lead(one.email).get("first_name"), one.first_name, given=given, what="first_name of a lead")


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-scale-2")
def test_file_just_small_enough(offline: Service, dice: random.Random) -> None:
    """A file of nearly 25 MB, most of it in a column that is ignored, is imported."""
    rows = [(email(dice), "x" * 990_000) for _ in range(26)]
    content = table(("email", "Notes"), rows)
    report = offline.completed(offline.accepted(content, seconds=30), seconds=60)
    expect_counts(report, f"a file of {len(content)} bytes in {len(rows)} rows", created=len(rows))


@pytest.mark.dimension("edge_cases")
@pytest.mark.requirement("R-scale-2")
def test_file_too_large(offline: Service, dice: random.Random) -> None:
    """A file of more than 25 MB is answered 413, and nothing of it is stored."""
    one = person(dice)
    line = b"filler@example.com,A,B,C,D,,\r\n"
    content = sheet([one]) + line * (27 * 1024 * 1024 // len(line))
    answer = offline.upload(content, seconds=30)
    answer.expect_status(413, given=f"POST /imports with {len(content)} bytes")
    check(
        isinstance(error_code(answer), str),
        given="a file of 27 MiB",
        expected="an error code",
        observed=answer.text()[:300],
    )
    check_equal(offline.find(one.email), [], given="a file of 27 MiB", what="leads stored")


@pytest.mark.tier("robustness")
@pytest.mark.dimension("edge_cases")
def test_crash_in_an_import(
    offline: Service, restart: Restart, room: Room, offline_settings: dict[str, str], dice: random.Random
) -> None:
    """After a kill in the middle of an import and a restart, the import ends with true counts and can be repeated."""
    people = crowd(dice, 6000)
    content = sheet(people)
    identity = offline.accepted(content, seconds=30)
    offline.patience.rest(0.15)
    running = offline.report(identity).get("status") == "processing"
    room.program.kill()
    service = restart(offline_settings)
    when = "while it imports" if running else "after it imported"
    given = f"the program is killed {when} 6,000 rows, and started again on its data"
    report = service.patience.until(
        lambda: service.report(identity),
        lambda seen: seen.get("status") in ("completed", "failed"),
        kind="import after a crash",
        seconds=20,
        given=given,
        expected="the import is completed or failed, not processing for ever",
    )
    if report.get("status") == "completed":
        check_equal(counts(report).get("received"), len(people), given=given, what="received")
        check_equal(len(service.find(people[-1].email)), 1, given=given, what="leads of the last row")
    again = service.completed(service.accepted(content, seconds=30), seconds=40)
    total = sum(value for name, value in counts(again).items() if name != "received" and isinstance(value, int))
    check_equal(
        (again.get("received"), total),
        (len(people), len(people)),
        given=f"{given}; then the file again",
        what="received, sum of the counts",
    )
    check_equal(
        len(service.find(people[0].email)), 1, given=f"{given}; then the file again", what="leads of the first row"
    )


@pytest.mark.tier("robustness")
@pytest.mark.deadline(120)
def test_upload_is_answered_at_once(offline: Service, dice: random.Random) -> None:
    """A file of 5,000 rows is taken within two seconds; the work goes on afterwards."""
    began = time.monotonic()
    identity = offline.accepted(sheet(crowd(dice, 5000)), seconds=30)
    took = time.monotonic() - began
    check(took <= 2.0, given="POST /imports with 5,000 rows", expected="202 within 2 s", observed=f"{took:.1f} s")
    offline.completed(identity, seconds=60)
