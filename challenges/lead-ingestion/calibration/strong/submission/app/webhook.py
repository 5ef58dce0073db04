"""Clay, inbound: enriched rows that Clay sends back; late, twice, and out of order as it may be."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from app.database import Database
from app.emails import trim
from app.errors import ApiError
from app.leads import now_text

BODY_LIMIT = 100 * 1024
TEXTS = ("title", "company", "phone", "website", "linkedin_url")
Result = Literal["applied", "duplicate", "stale"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What Clay says about a lead. `enriched_at` is a UTC timestamp; `fields` holds what is not empty."""

    lead_id: str
    delivery_id: str
    enriched_at: float
    fields: dict[str, str | int]


def check_secret(header: str | None, secret: str) -> None:
    """Raise ApiError (401) unless the header is `Bearer <secret>`. Without a secret of ours nobody gets in."""
    scheme, _, given = (header or "").partition(" ")
    # Bytes, because compare_digest refuses texts that are not ASCII.
    right = hmac.compare_digest(given.strip().encode(), secret.encode())
    if not (right and secret and scheme.lower() == "bearer"):
        raise ApiError(401, "unauthorized", "The secret is missing or wrong.")


def read_delivery(body: bytes) -> Delivery:
    """The delivery that a body holds. Raises ApiError (422) and says which part is wrong."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        json.dumps(data, ensure_ascii=False).encode()  # lone surrogates can't be stored
    except (ValueError, RecursionError):
        raise _invalid("The body is not valid JSON in UTF-8.") from None
    if not isinstance(data, dict):
        raise _invalid("The body is not a JSON object.")
    fields: dict[str, str | int] = {}
    for name in TEXTS:
        value = data.get(name)
        if value is not None and not isinstance(value, str):
            raise _invalid(f"{name} is not a text.")
        if value and trim(value):
            fields[name] = trim(value)
    employees = data.get("employees")
    if employees is not None:
        if not isinstance(employees, int) or isinstance(employees, bool):
            raise _invalid("employees is not a whole number.")
        fields["employees"] = employees
    return Delivery(
        lead_id=_required(data, "lead_id"),
        delivery_id=_required(data, "delivery_id"),
        enriched_at=_timestamp(_required(data, "enriched_at")),
        fields=fields,
    )


def apply(database: Database, delivery: Delivery) -> Result:
    """Merge a delivery into its lead, once. Raises ApiError (404) when there is no such lead."""
    with database.write() as connection:
        lead = connection.execute("SELECT * FROM leads WHERE id = ?", (delivery.lead_id,)).fetchone()
        if lead is None:
            raise ApiError(404, "not_found", "There is no lead with this id.")
        seen = connection.execute("SELECT 1 FROM deliveries WHERE delivery_id = ?", (delivery.delivery_id,)).fetchone()
        if seen:
            return "duplicate"
        newest = lead["clay_enriched_at"]
        if newest is not None and delivery.enriched_at < newest:
            return "stale"
        connection.execute(
            "INSERT INTO deliveries VALUES (?, ?, ?)",
            (delivery.delivery_id, lead["seq"], delivery.enriched_at),
        )
        # Field by field: a delivery that says nothing about a field leaves what an earlier one said.
        merged = json.loads(lead["clay_fields"]) | delivery.fields
        connection.execute(
            "UPDATE leads SET clay_fields = ?, clay_enriched_at = ?, enrichment_status = 'enriched',"
            " updated_at = ? WHERE seq = ?",
            (json.dumps(merged), delivery.enriched_at, now_text(), lead["seq"]),
        )
        connection.execute(
            "INSERT INTO sources (lead, type, delivery_id) VALUES (?, 'clay', ?)",
            (lead["seq"], delivery.delivery_id),
        )
    return "applied"


def _required(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _invalid(f"{name} is missing or not a text.")
    return value


def _timestamp(text: str) -> float:
    """ISO 8601 as a UTC timestamp; a time without an offset is taken as UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        raise _invalid("enriched_at is not an ISO 8601 time.") from None


def _invalid(message: str) -> ApiError:
    return ApiError(422, "invalid_delivery", message)


def _refuse_constant(_name: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON.")
