"""Enriched rows from Clay: checked, applied once."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from intake.config import Config
from intake.csv_reader import FIELDS
from intake.database import Database, now

TEXTS = ("title", "company", "phone", "website", "linkedin_url")


class InvalidDelivery(ValueError):
    """The body is not a delivery; the message says why."""


class UnknownLead(LookupError):
    """The delivery is for a lead that we do not have."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One enriched row."""

    lead_id: str
    delivery_id: str
    enriched_at: datetime
    values: dict[str, Any]


def is_authorised(config: Config, header: str | None) -> bool:
    """Compare in constant time; without a secret in the settings nobody is let in."""
    if not config.clay_inbound_secret or header is None:
        return False
    return hmac.compare_digest(header.encode(), f"Bearer {config.clay_inbound_secret}".encode())


def parse(content: bytes) -> Delivery:
    """Read a body. Raises InvalidDelivery."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise InvalidDelivery("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise InvalidDelivery("The body is not an object.")
    for name in ("lead_id", "delivery_id", "enriched_at"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise InvalidDelivery(f"{name} is missing or not a text.")
    for name in TEXTS:
        if not isinstance(body.get(name), str | None):
            raise InvalidDelivery(f"{name} is not a text.")
    employees = body.get("employees")
    if isinstance(employees, bool) or not isinstance(employees, int | None):
        raise InvalidDelivery("employees is not a number.")
    try:
        enriched_at = datetime.fromisoformat(body["enriched_at"])
    except ValueError:
        raise InvalidDelivery("enriched_at is not a time.") from None
    values = {name: body[name] for name in (*TEXTS, "employees") if body.get(name) not in (None, "")}
    return Delivery(body["lead_id"], body["delivery_id"], enriched_at, values)


def apply(database: Database, delivery: Delivery) -> str:
    """"applied" or "duplicate". The latest arrival wins. Raises UnknownLead."""
    with database.write() as connection:
        lead = connection.execute(
            "SELECT * FROM leads WHERE id = ?", (delivery.lead_id,)
        ).fetchone()
        if lead is None:
            raise UnknownLead(delivery.lead_id)
        fresh = connection.execute(
            "INSERT OR IGNORE INTO deliveries VALUES (?)", (delivery.delivery_id,)
        ).rowcount
        if not fresh:
            return "duplicate"
        origins = json.loads(lead["origins"])
        columns = {name: lead[name] for name in FIELDS}
        for name, value in delivery.values.items():
            if name in columns and origins.get(name) != "csv":
                columns[name] = value
                origins[name] = "clay"
        connection.execute(
            f"UPDATE leads SET {', '.join(f'{name} = ?' for name in FIELDS)}, origins = ?,"
            " enrichment_status = 'enriched', enrichment_fields = ?, updated_at = ? WHERE id = ?",
            (
                *columns.values(),
                json.dumps(origins),
                json.dumps(json.loads(lead["enrichment_fields"]) | delivery.values),
                now(),
                delivery.lead_id,
            ),
        )
        source = {"type": "clay", "delivery_id": delivery.delivery_id}
        connection.execute(
            "INSERT INTO sources VALUES (?, ?)", (delivery.lead_id, json.dumps(source))
        )
    return "applied"
