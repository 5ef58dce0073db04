"""What Clay delivers: read strictly, applied once and in order."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update

from leadledger.ledger.layers import CLAY, is_whole, packed
from leadledger.moments import microseconds, now_text
from leadledger.refusal import Refusal
from leadledger.storage.schema import entries, leads

REQUIRED = ("lead_id", "delivery_id", "enriched_at")
TEXTS = ("title", "company", "phone", "website", "linkedin_url")


@dataclass(frozen=True)
class Delivery:
    """`moment` is enriched_at in microseconds since 1970; `values` has the fields that are not empty."""

    lead_id: str
    delivery_id: str
    moment: int
    values: dict[str, Any]


def read_delivery(body: bytes) -> Delivery:
    """A delivery from the body of a request. Raises Refusal: 400 where it is no JSON, 422 where it is a wrong one."""
    try:
        content = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refusal(400, "invalid_json", "The body is not JSON.") from None
    if not isinstance(content, dict):
        raise _invalid("The body must be a JSON object.")
    for name in REQUIRED:
        if name not in content:
            raise _invalid(f"The field {name} is missing.")
    for name in (*REQUIRED, *TEXTS):
        if name in content and not _is_text(content[name]):
            raise _invalid(f"The field {name} must be a text.")
    try:
        moment = microseconds(content["enriched_at"])
    except ValueError:
        raise _invalid("The field enriched_at must be a date and time in ISO 8601.") from None
    # Empty means that Clay found nothing this time; it takes nothing back.
    values = {name: content[name] for name in TEXTS if content.get(name, "").strip()}
    if "employees" in content:
        values["employees"] = _whole(content["employees"])
    return Delivery(content["lead_id"], content["delivery_id"], moment, values)


def apply(connection: Connection, delivery: Delivery) -> str:
    """Append a delivery to the ledger, in a transaction for writing; answers applied, duplicate or stale.

    Raises Refusal (404) when there is no such lead.
    """
    wanted = select(leads.c.number, leads.c.newest_delivery).where(leads.c.id == delivery.lead_id)
    lead = connection.execute(wanted).one_or_none()
    if lead is None:
        raise Refusal(404, "unknown_lead", "There is no lead with this lead_id.")
    if connection.scalar(select(exists().where(entries.c.delivery_id == delivery.delivery_id))):
        return "duplicate"
    if lead.newest_delivery is not None and delivery.moment < lead.newest_delivery:
        return "stale"
    told = {
        "lead": lead.number,
        "origin": CLAY,
        "delivery_id": delivery.delivery_id,
        "said": packed(delivery.values),
    }
    connection.execute(insert(entries).values(told))
    state = {"enrichment": "enriched", "newest_delivery": delivery.moment, "updated_at": now_text()}
    connection.execute(update(leads).where(leads.c.number == lead.number).values(state))
    return "applied"


def _invalid(message: str) -> Refusal:
    return Refusal(422, "invalid_delivery", message)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and is_whole(value)


def _whole(value: object) -> int:
    """A whole number; JSON makes no difference between 120 and 120.0."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _invalid("The field employees must be a whole number.")
    return value
