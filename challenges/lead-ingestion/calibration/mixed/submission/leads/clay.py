"""Clay: leads out to the table webhook, enriched rows in."""

import asyncio
import hmac
from datetime import datetime

import httpx

from leads.settings import Settings
from leads.store import FIELDS, Store, now

ATTEMPTS = 5
TEXT_FIELDS = ("title", "company", "phone", "website", "linkedin_url")


async def push(client: httpx.AsyncClient, settings: Settings, lead: dict) -> None:
    """One JSON object per lead."""
    headers = {}
    if settings.clay_webhook_auth:
        headers["x-clay-webhook-auth"] = settings.clay_webhook_auth
    body = {"lead_id": lead["id"], **{field: lead[field] for field in FIELDS}}
    for attempt in range(ATTEMPTS):
        try:
            response = await client.post(settings.clay_webhook_url, json=body, headers=headers, timeout=10)
            status = response.status_code
        except httpx.HTTPError:
            status = 599
        if 200 <= status < 300:
            lead["clay"]["status"] = "sent"
            return
        if status != 429 and status < 500:
            break
        if attempt + 1 < ATTEMPTS:
            await asyncio.sleep(settings.retry_base * 2**attempt)
    lead["clay"]["status"] = "failed"


def secret_matches(settings: Settings, header: str | None) -> bool:
    if not settings.clay_inbound_secret or not header:
        return False
    return hmac.compare_digest(header.encode(), f"Bearer {settings.clay_inbound_secret}".encode())


class BadDelivery(Exception):
    pass


def check_delivery(body) -> datetime:
    """The time of the delivery. Raises BadDelivery with a sentence."""
    if not isinstance(body, dict):
        raise BadDelivery("The body must be a JSON object.")
    for name in ("lead_id", "delivery_id", "enriched_at"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise BadDelivery(f"{name} is missing or not a text.")
    for name in TEXT_FIELDS:
        if body.get(name) is not None and not isinstance(body[name], str):
            raise BadDelivery(f"{name} must be a text.")
    employees = body.get("employees")
    if employees is not None and (not isinstance(employees, int) or isinstance(employees, bool)):
        raise BadDelivery("employees must be a number.")
    try:
        moment = datetime.fromisoformat(body["enriched_at"])
    except ValueError:
        raise BadDelivery("enriched_at is not an ISO 8601 time.") from None
    return moment.astimezone()


def apply_delivery(store: Store, lead: dict, body: dict, moment: datetime) -> str:
    if body["delivery_id"] in store.deliveries:
        return "duplicate"
    newest = lead["_newest_delivery"]
    if newest and moment < datetime.fromisoformat(newest):
        return "stale"
    store.deliveries.add(body["delivery_id"])
    lead["_newest_delivery"] = moment.isoformat()
    for name in (*TEXT_FIELDS, "employees"):
        value = body.get(name)
        if value in (None, ""):
            continue
        lead["enrichment"]["fields"][name] = value
        if name in FIELDS and lead["_origin"].get(name) != "csv":
            lead[name] = value
            lead["_origin"][name] = "clay"
    lead["enrichment"]["status"] = "enriched"
    lead["sources"].append({"type": "clay", "delivery_id": body["delivery_id"]})
    lead["updated_at"] = now()
    return "applied"
