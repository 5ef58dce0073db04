"""Enrichment: one lookup at the provider per new lead, with retries."""

import asyncio

import httpx

from leads.settings import Settings
from leads.store import Store, now

ATTEMPTS = 3


async def enrich(client: httpx.AsyncClient, settings: Settings, store: Store, lead: dict) -> None:
    response = None
    for attempt in range(ATTEMPTS):
        try:
            response = await client.get(
                f"{settings.enrich_base_url}/v1/people",
                params={"email": lead["email"]},
                headers={"X-Api-Key": settings.enrich_api_key},
                timeout=settings.enrich_timeout,
            )
        except httpx.HTTPError:
            response = None
        if response is not None and response.status_code == 200:
            break
        if attempt + 1 < ATTEMPTS:
            await asyncio.sleep(settings.retry_base * 2**attempt)

    if response is not None and response.status_code == 404:
        lead["enrichment"]["status"] = "not_found"
    elif response is None or response.status_code != 200:
        lead["enrichment"]["status"] = "failed"
    else:
        apply(lead, response)


def apply(lead: dict, response: httpx.Response) -> None:
    try:
        person = response.json()
        fields = {
            name: person.get(name)
            for name in ("title", "company", "linkedin_url", "employees")
            if person.get(name) is not None
        }
    except (ValueError, AttributeError):
        lead["enrichment"]["status"] = "failed"
        return
    lead["enrichment"]["fields"].update(fields)
    lead["enrichment"]["status"] = "enriched"
    for name in ("title", "company"):
        if fields.get(name) and not lead[name]:
            lead[name] = fields[name]
            lead["_origin"][name] = "provider"
    lead["updated_at"] = now()
