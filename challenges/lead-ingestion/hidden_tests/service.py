"""The words of the contract for the tests: import a file, wait for it, look at leads, deliver as Clay does."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from examiner import Call, CandidateFault, Client, Patience, Response, Twin, check, check_equal, pick, pick_list
from people import COLUMNS, Person, sheet

IMPORT_SECONDS = 20.0
"""What a small import may take. The brief names no time; on an idle machine it is milliseconds."""

SETTLE_SECONDS = 20.0
"""What enrichment or Clay may take for a lead, when nothing slows them down on purpose."""

Json = dict[str, Any]
Restart = Callable[..., "Service"]
"""restart(settings): start the program again on the data that it left."""

RETRY_BASE = 0.15
"""RETRY_BASE_SECONDS in the tests."""

CALM_SECONDS = 0.6
"""How long we watch that no further call comes: longer than the first two waits of RETRY_BASE."""

EARLY = 0.02
"""Seconds by which a wait may seem short: clocks and threads, not programs."""

LARGEST_CELL = 4 * 1024 * 1024


class Service:
    """The candidate's service, as one test sees it."""

    def __init__(self, client: Client, patience: Patience, inbound_secret: str) -> None:
        self.client = client
        self.patience = patience
        self.inbound_secret = inbound_secret

    # -- imports -----------------------------------------------------------------------------------------

    def upload(
        self, content: bytes, *, key: str | None = None, name: str = "leads.csv", seconds: float = 20.0
    ) -> Response:
        """POST /imports, whatever the answer."""
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(
            "/imports", files={"file": (name, content, "text/csv")}, headers=headers, seconds=seconds
        )

    def accepted(self, content: bytes, **more: Any) -> str:
        """POST /imports that must be taken: the import's id."""
        answer = self.upload(content, **more).expect_status(202, given="POST /imports with a CSV file")
        identifier = pick(answer.mapping(), "id")
        check(
            isinstance(identifier, str | int) and identifier != "",
            given="POST /imports with a CSV file",
            expected='{"id": ...}',
            observed=answer.text()[:300],
        )
        return str(identifier)

    def report(self, import_id: str) -> Json:
        """GET /imports/{id}."""
        return self.client.get(f"/imports/{import_id}").expect_status(200).mapping()

    def completed(self, import_id: str, seconds: float = IMPORT_SECONDS) -> Json:
        """Wait until the import is completed, and return its report, whose counts must add up."""
        report = self.patience.until(
            lambda: self.report(import_id),
            lambda report: report.get("status") in ("completed", "failed"),
            kind="import",
            seconds=seconds,
            given=f"GET /imports/{import_id} again and again",
            expected='"status": "completed"',
        )
        check_equal(report.get("status"), "completed", given=f"GET /imports/{import_id}", what="status")
        return report

    def imported(self, content: bytes | Sequence[Person], **more: Any) -> Json:
        """Upload and wait: the completed report (its "id" is the import's)."""
        identifier = self.accepted(content if isinstance(content, bytes) else sheet(content), **more)
        return {**self.completed(identifier), "id": identifier}

    # -- leads -------------------------------------------------------------------------------------------

    def find(self, email: str) -> list[Json]:
        """GET /leads?email=: the items."""
        answer = self.client.get("/leads", {"email": email}).expect_status(200).mapping()
        return [item for item in pick_list(answer, "items") if isinstance(item, dict)]

    def lead(self, email: str) -> Json:
        """The one lead with this key."""
        items = self.find(email)
        check_equal(len(items), 1, given=f"GET /leads?email={email}", what="number of items")
        return items[0]

    def lead_when(
        self, email: str, good: Callable[[Json], bool], expected: object, *, kind: str, seconds: float = SETTLE_SECONDS
    ) -> Json:
        """The lead, as soon as it is good."""
        return self.patience.until(
            lambda: self.lead(email),
            good,
            kind=kind,
            seconds=seconds,
            given=f"GET /leads?email={email} again and again",
            expected=expected,
        )

    def enriched(self, email: str, status: str, seconds: float = SETTLE_SECONDS) -> Json:
        """The lead, as soon as its enrichment has ended, which must be with this status."""
        lead = self.lead_when(
            email,
            lambda lead: pick(lead, "enrichment", "status") not in ("pending", None),
            f'"enrichment": {{"status": "{status}"}}',
            kind=f"enrichment {status}",
            seconds=seconds,
        )
        check_equal(pick(lead, "enrichment", "status"), status, given=f"the lead {email}", what="enrichment.status")
        return lead

    def pushed(self, email: str, status: str, seconds: float = SETTLE_SECONDS) -> Json:
        """The lead, as soon as Clay has been told or given up, which must be with this status."""
        lead = self.lead_when(
            email,
            lambda lead: pick(lead, "clay", "status") not in ("pending", None),
            f'"clay": {{"status": "{status}"}}',
            kind=f"clay {status}",
            seconds=seconds,
        )
        check_equal(pick(lead, "clay", "status"), status, given=f"the lead {email}", what="clay.status")
        return lead

    def settle(self, email: str) -> Json:
        """The lead, when enrichment and Clay have ended, however they did; or as it is after some seconds."""
        ends = time.monotonic() + self.patience.allow("settling", 5.0)
        while time.monotonic() < ends:
            lead = self.lead(email)
            if "pending" not in (pick(lead, "enrichment", "status"), pick(lead, "clay", "status")):
                self.patience.came("settling")
                return lead
            time.sleep(0.05)
        self.patience.in_vain("settling")
        return self.lead(email)

    def page(self, limit: int, cursor: str | None = None) -> Json:
        """GET /leads: one page."""
        query: dict[str, object] = {"limit": limit, **({"cursor": cursor} if cursor is not None else {})}
        return self.client.get("/leads", query).expect_status(200).mapping()

    def walk(self, limit: int, between: Callable[[int], None] = lambda page: None, pages: int = 400) -> list[Json]:
        """All leads, page by page; `between` is called after each page with its number."""
        items: list[Json] = []
        cursor: str | None = None
        for number in range(1, pages + 1):
            answer = self.page(limit, cursor)
            items += [item for item in pick_list(answer, "items") if isinstance(item, dict)]
            following = answer.get("next_cursor")
            if following is None:
                return items
            cursor = str(following)
            between(number)
        check(
            False,
            given=f"GET /leads?limit={limit}, page by page",
            expected="next_cursor null at the end",
            observed=f"{pages} pages",
        )
        return items

    def export(self) -> list[dict[str, str]]:
        """GET /leads.csv: a dict a row, its columns checked."""
        answer = self.client.get("/leads.csv", seconds=30).expect_status(200)
        kind = answer.header("content-type")
        check(
            kind.lower().startswith("text/csv"),
            given="GET /leads.csv",
            expected="Content-Type: text/csv",
            observed=kind,
        )
        csv.field_size_limit(LARGEST_CELL)
        try:
            rows = list(csv.reader(io.StringIO(answer.text().removeprefix("\ufeff"), newline="")))
        except csv.Error as trouble:
            raise CandidateFault("malformed", f"GET /leads.csv is no CSV: {trouble}", expected="CSV") from None
        check_equal(rows[0] if rows else [], list(COLUMNS), given="GET /leads.csv", what="the header")
        ragged = [row for row in rows[1:] if len(row) != len(COLUMNS)]
        check_equal(ragged[:3], [], given="GET /leads.csv", what="rows that have not seven cells")
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]

    # -- Clay --------------------------------------------------------------------------------------------

    def deliver(self, body: object, *, secret: str | None = ..., **more: Any) -> Response:  # type: ignore[assignment]
        """POST /webhooks/clay as Clay does; `secret` None leaves the header out. `body` may be bytes."""
        secret = self.inbound_secret if secret is ... else secret
        headers = {"Content-Type": "application/json", **more.pop("headers", {})}
        if secret is not None:
            headers["Authorization"] = f"Bearer {secret}"
        content = {"body": body} if isinstance(body, bytes) else {"json_body": body}
        return self.client.post("/webhooks/clay", headers=headers, **content, **more)

    def delivered(self, body: Json, status: str) -> None:
        """A delivery that must be answered 200 with this status."""
        answer = self.deliver(body).expect_status(200, given=f"POST /webhooks/clay {body}")
        check_equal(answer.mapping().get("status"), status, given=f"POST /webhooks/clay {body}", what="status")


def expect_calls(service: Service, twin: Twin, key: str, count: int, given: object) -> list[Call]:
    """Exactly so many calls about `key`, and no more in the calm after the last of them."""
    calls = twin.calls(key)
    service.patience.rest((calls[-1].at if calls else time.monotonic()) + CALM_SECONDS - time.monotonic())
    calls = twin.calls(key)
    check_equal(len(calls), count, given=given, what=f"calls to the {twin.name}")
    return calls


def expect_waits(calls: Sequence[Call], waits: Sequence[float], given: object) -> None:
    """Between the calls lies at least so much time each."""
    seen = [later.at - earlier.at for earlier, later in pairwise(calls)]
    kept = len(seen) == len(waits) and all(gap >= wait - EARLY for gap, wait in zip(seen, waits, strict=True))
    wanted = f"waits of at least {list(waits)} s between the calls"
    check(kept, given=given, expected=wanted, observed=[round(gap, 3) for gap in seen])


def counts(report: Json) -> dict[str, Any]:
    """The five counts of an import's report."""
    return {name: report.get(name) for name in ("received", "created", "updated", "unchanged", "rejected")}


def expect_counts(
    report: Json, given: object, *, created: int = 0, updated: int = 0, unchanged: int = 0, rejected: int = 0
) -> None:
    """The four counts of what became of the rows (`received` has a test of its own)."""
    wanted = {"created": created, "updated": updated, "unchanged": unchanged, "rejected": rejected}
    check_equal(fields(report, *wanted), wanted, given=given, what="counts")


def errors_of(report: Json) -> list[tuple[Any, Any]]:
    """(row, code) of each entry of an import's errors, in the order of the report."""
    return [(pick(entry, "row"), pick(entry, "code")) for entry in pick_list(report, "errors")]


def csv_sources(lead: Json) -> list[tuple[str, Any]]:
    """(import id, row) of each CSV source of a lead, in the order of the lead."""
    found = [source for source in pick_list(lead, "sources") if pick(source, "type") == "csv"]
    return [(str(pick(source, "import_id")), pick(source, "row")) for source in found]


def fields(lead: Json, *names: str) -> Json:
    """Some fields of a lead."""
    return {name: lead.get(name) for name in names}


def error_code(answer: Response) -> Any:
    """The code of an error answer: {"error": {"code", "message"}}."""
    return pick(answer.mapping(), "error", "code")
