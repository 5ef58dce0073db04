"""Deliveries from Clay: who may deliver, what a delivery is, and what becomes of it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leadbook import moments
from leadbook.keeper import Keeper
from leadbook.refusals import Refusal
from leadbook.wire import NotJson, parse_json

LARGEST_BODY = 100 * 1024
TEXTS = ("title", "company", "phone", "website", "linkedin_url")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery of the right form; `enriched_at` is in UTC, and `values` has no empty ones."""

    lead_id: str
    delivery_id: str
    enriched_at: str
    values: Mapping[str, Any]


def is_from_clay(authorization: str, secret: str) -> bool:
    """Whether an Authorization header shows the secret. Without a secret nobody may deliver."""
    scheme, _, shown = authorization.partition(" ")
    same = hmac.compare_digest(
        shown.encode("utf-8", "surrogateescape"), secret.encode("utf-8", "surrogateescape")
    )
    return bool(secret) and scheme.lower() == "bearer" and same


def read_delivery(body: bytes) -> Delivery:
    """The delivery in a body. Raises Refusal: 400 for what is no JSON, 422 for JSON of another form."""
    try:
        said = parse_json(body)
    except NotJson:
        raise Refusal(400, "invalid_json", "The body is not JSON in UTF-8.") from None
    if not isinstance(said, dict):
        raise _wrong("The body is not a JSON object.")
    return Delivery(
        lead_id=_required_text(said, "lead_id"),
        delivery_id=_required_text(said, "delivery_id"),
        enriched_at=_moment(_required_text(said, "enriched_at")),
        values=_values(said),
    )


async def take(keeper: Keeper, delivery: Delivery) -> str:
    """Apply a delivery: applied, duplicate or stale. Raises Refusal (404) when there is no such lead."""
    status = _decide(keeper, delivery)
    if status == "applied":
        keeper.record(
            {
                "e": "delivered",
                "l": delivery.lead_id,
                "d": delivery.delivery_id,
                "enriched_at": delivery.enriched_at,
                "v": delivery.values,
                "at": moments.now_text(),
            }
        )
    # A duplicate waits as well: what it is told happened has to be on disk by then.
    await keeper.settled()
    return status


def _decide(keeper: Keeper, delivery: Delivery) -> str:
    lead = keeper.book.leads.get(delivery.lead_id)
    if lead is None:
        raise Refusal(404, "unknown_lead", "There is no lead with this lead_id.")
    if delivery.delivery_id in keeper.book.deliveries:
        return "duplicate"
    return "stale" if lead.newest is not None and delivery.enriched_at < lead.newest else "applied"


def _required_text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _wrong(f"{name} is missing, or not a text.")
    return value


def _moment(text: str) -> str:
    try:
        return moments.as_text(moments.parse(text))
    except ValueError:
        raise _wrong("enriched_at is not a time in ISO 8601.") from None


def _values(said: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in TEXTS:
        if name in said:
            if not isinstance(said[name], str):
                raise _wrong(f"{name} is not a text.")
            if said[name].strip():
                values[name] = said[name]
    if "employees" in said:
        values["employees"] = _whole_number(said["employees"])
    return values


def _whole_number(value: object) -> int:
    # In Python True is an int; in JSON it is not. 120.0 is a whole number in both.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise _wrong("employees is not a whole number.")
    return int(value)


def _wrong(message: str) -> Refusal:
    return Refusal(422, "invalid_delivery", message)
