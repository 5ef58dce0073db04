"""The store: leads, imports and idempotency keys in memory, with a JSON snapshot on disk.

The snapshot is written when an import is finished and when the service stops.
"""

import json
import os
import uuid
from datetime import datetime, timezone
from pathlib import Path

FIELDS = ("email", "first_name", "last_name", "company", "title", "phone", "website")


def now() -> str:
    return datetime.now(timezone.utc).isoformat()


class Store:
    def __init__(self, folder: Path):
        self.folder = folder
        self.path = folder / "store.json"
        self.leads: list[dict] = []
        self.by_id: dict[str, dict] = {}
        self.by_email: dict[str, dict] = {}
        self.imports: dict[str, dict] = {}
        self.keys: dict[str, dict] = {}
        self.deliveries: set[str] = set()
        self.load()

    def load(self) -> None:
        if not self.path.exists():
            return
        state = json.loads(self.path.read_text(encoding="utf-8"))
        self.leads = state["leads"]
        self.by_id = {lead["id"]: lead for lead in self.leads}
        self.by_email = {lead["email"]: lead for lead in self.leads}
        self.imports = state["imports"]
        self.keys = state["keys"]
        self.deliveries = set(state["deliveries"])

    def save(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        state = {
            "leads": self.leads,
            "imports": self.imports,
            "keys": self.keys,
            "deliveries": sorted(self.deliveries),
        }
        temporary = self.path.with_suffix(f".{uuid.uuid4().hex}.tmp")
        temporary.write_text(json.dumps(state), encoding="utf-8")
        os.replace(temporary, self.path)

    def add_lead(self, values: dict, *, enrichment: str, clay: str) -> dict:
        stamp = now()
        lead = {
            "id": uuid.uuid4().hex,
            **{field: values.get(field) or None for field in FIELDS},
            "sources": [],
            "enrichment": {"status": enrichment, "fields": {}},
            "clay": {"status": clay},
            "created_at": stamp,
            "updated_at": stamp,
            # who filled which field: "csv", "clay" or "provider"; not part of the API
            "_origin": {field: "csv" for field in FIELDS if values.get(field)},
            "_newest_delivery": None,
        }
        self.leads.append(lead)
        self.by_id[lead["id"]] = lead
        self.by_email[lead["email"]] = lead
        return lead

    def page(self, limit: int, cursor: str | None) -> tuple[list[dict], str | None]:
        start = int(cursor) if cursor else 0
        items = self.leads[start : start + limit]
        following = start + len(items)
        return items, str(following) if following < len(self.leads) else None


def public(lead: dict) -> dict:
    """The lead as the API shows it."""
    return {name: value for name, value in lead.items() if not name.startswith("_")}
