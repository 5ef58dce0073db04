"""The book: everything the service knows, in memory, as the sum of the events that happened.

`apply` is the only way in. It reads no clock, no setting and no random number, so the same events give the same book,
live or replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from leadbook import lead as leads
from leadbook.lead import FromClay, FromFile, Lead
from leadbook.records import Import, Rejection, import_from, lead_from, snapshot_events

Event = dict[str, Any]


class Book:
    """Leads by id, by email and in their order; imports by id and by Idempotency-Key; deliveries that were applied."""

    def __init__(self) -> None:
        self.leads: dict[str, Lead] = {}
        self.order: list[str] = []
        self.by_email: dict[str, str] = {}
        self.imports: dict[str, Import] = {}
        self.by_key: dict[str, str] = {}
        self.deliveries: set[str] = set()

    def find(self, email: str) -> Lead | None:
        """The lead with this key."""
        lead_id = self.by_email.get(email)
        return None if lead_id is None else self.leads[lead_id]

    def apply(self, event: Event) -> str:
        """Let an event happen. Answers what it did to a row: created, updated, unchanged or rejected; else nothing."""
        return getattr(self, f"_on_{event['e']}")(event) or ""

    def frozen(self) -> Iterator[Event]:
        """Events that lead to this state, from copies taken at once: the book may go on while they are read."""
        imports = [one.copy() for one in self.imports.values()]
        return snapshot_events(imports, list(self.leads.values()))

    # -- imports ---------------------------------------------------------------------------------------

    def _on_accepted(self, event: Event) -> None:
        self._keep_import(Import(event["i"], event["key"], event["digest"]))

    def _on_row(self, event: Event) -> str:
        lead = self.find(event["k"])
        if lead is None:
            lead = leads.born(event["l"], event["k"], event["at"], look_up=event["look_up"])
            self.order.append(lead.id)
            self.by_email[lead.email] = lead.id
        source = FromFile(event["i"], event["n"])
        after = leads.with_row(lead, source, event["v"], event["at"], push=event["push"])
        self.leads[lead.id] = after
        if lead.edition == 0:
            effect = "created"
        else:
            effect = "updated" if after.edition > lead.edition else "unchanged"
        self._count(event, effect)
        return effect

    def _on_rejected(self, event: Event) -> str:
        self.imports[event["i"]].rejections.append(Rejection(event["n"], event["code"]))
        self._count(event, "rejected")
        return "rejected"

    def _on_ended(self, event: Event) -> None:
        self.imports[event["i"]].status = event["status"]

    def _count(self, event: Event, effect: str) -> None:
        one = self.imports[event["i"]]
        one.done = event["n"]
        one.counts[effect] += 1

    def _keep_import(self, one: Import) -> None:
        self.imports[one.id] = one
        if one.key is not None:
            self.by_key[one.key] = one.id

    # -- what others say -------------------------------------------------------------------------------

    def _on_delivered(self, event: Event) -> None:
        lead = self.leads[event["l"]]
        self.deliveries.add(event["d"])
        self.leads[lead.id] = leads.with_delivery(
            lead, event["d"], event["enriched_at"], event["v"], event["at"]
        )

    def _on_looked_up(self, event: Event) -> None:
        lead = self.leads[event["l"]]
        self.leads[lead.id] = leads.with_profile(lead, event["status"], event["v"], event["at"])

    def _on_lookup_missed(self, event: Event) -> None:
        lead = self.leads[event["l"]]
        self.leads[lead.id] = leads.with_lookup_missed(lead, event["due"])

    def _on_pushed(self, event: Event) -> None:
        lead = self.leads[event["l"]]
        self.leads[lead.id] = leads.with_push(lead, event["edition"], event["status"])

    def _on_push_missed(self, event: Event) -> None:
        lead = self.leads[event["l"]]
        self.leads[lead.id] = leads.with_push_missed(
            lead, event["edition"], event["due"], counts=event["counts"]
        )

    # -- snapshots -------------------------------------------------------------------------------------

    def _on_import_was(self, event: Event) -> None:
        self._keep_import(import_from(event))

    def _on_lead_was(self, event: Event) -> None:
        lead = lead_from(event)
        self.leads[lead.id] = lead
        self.order.append(lead.id)
        self.by_email[lead.email] = lead.id
        self.deliveries.update(source.delivery_id for source in lead.sources if isinstance(source, FromClay))
