"""Enrichment: one lookup per new lead at the provider, with a table of what each answer means."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import httpx

from intake.config import Config
from intake.database import Database, now

log = logging.getLogger("intake.enrichment")

CALLS = 3
FIELDS = ("title", "company", "linkedin_url", "employees")
FILLS = ("title", "company")


def retry_after(response: httpx.Response | None) -> float:
    """Seconds that the answer asks us to wait; 0 when it does not say."""
    value = response.headers.get("retry-after", "") if response is not None else ""
    return float(value) if value.isdigit() else 0.0


def look_up(
    client: httpx.Client,
    config: Config,
    email: str,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[str, dict[str, Any]]:
    """Ask the provider: ("enriched" | "not_found" | "failed", fields)."""
    for call in range(CALLS):
        response: httpx.Response | None
        try:
            response = client.get(
                f"{config.enrich_base_url}/v1/people",
                params={"email": email},
                headers={"X-Api-Key": config.enrich_api_key},
                timeout=config.enrich_timeout,
            )
        except httpx.HTTPError:
            response = None
        if response is not None:
            if response.status_code == 200:
                return _person(response)
            if response.status_code == 404:
                return "not_found", {}
            if response.status_code != 429 and response.status_code < 500:
                return "failed", {}
        if call + 1 < CALLS:
            sleep(max(config.retry_base * 2**call, retry_after(response)))
    return "failed", {}


def _person(response: httpx.Response) -> tuple[str, dict[str, Any]]:
    try:
        body = response.json()
    except ValueError:
        return "failed", {}
    if not isinstance(body, dict):
        return "failed", {}
    return "enriched", {name: body[name] for name in FIELDS if body.get(name) is not None}


def store(database: Database, lead_id: str, status: str, fields: dict[str, Any]) -> None:
    """Keep the answer; a value that a person gave stays."""
    with database.write() as connection:
        lead = connection.execute("SELECT * FROM leads WHERE id = ?", (lead_id,)).fetchone()
        if lead["enrichment_status"] != "pending":
            return
        origins = json.loads(lead["origins"])
        kept = json.loads(lead["enrichment_fields"]) | fields
        filled = {name: fields[name] for name in FILLS if fields.get(name) and not lead[name]}
        origins |= dict.fromkeys(filled, "provider")
        connection.execute(
            "UPDATE leads SET title = ?, company = ?, origins = ?, enrichment_status = ?,"
            " enrichment_fields = ?, updated_at = ? WHERE id = ?",
            (
                filled.get("title", lead["title"]),
                filled.get("company", lead["company"]),
                json.dumps(origins),
                status,
                json.dumps(kept),
                now(),
                lead_id,
            ),
        )
