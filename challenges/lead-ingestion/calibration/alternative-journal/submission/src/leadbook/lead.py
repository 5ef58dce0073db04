"""One lead, and what becomes of it when somebody says something about it.

Leads never change: each function here takes one and returns the next. So whoever holds one (a page that is being
written, a snapshot in another thread) holds it as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

FIELDS = ("first_name", "last_name", "company", "title", "phone", "website")
COLUMNS = ("email", *FIELDS)

NOBODY, PROVIDER, CLAY, FILE = range(4)
"""Who gave a value. A voice replaces what came from its own rank or a lower one, never what came from a higher."""

Values = tuple[str | None, ...]


class FromFile(NamedTuple):
    """A row that touched a lead."""

    import_id: str
    row: int


class FromClay(NamedTuple):
    """A delivery that was applied to a lead."""

    delivery_id: str


class Errand(NamedTuple):
    """A call that is still to be made: how many failed so far, and the time before which the next must not be."""

    failures: int = 0
    due: float = 0.0


FRESH = Errand()


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead. `values` and `ranks` stand in the order of FIELDS; `lookup` and `push` are None when there is none."""

    id: str
    email: str
    created_at: str
    updated_at: str
    values: Values = (None,) * len(FIELDS)
    ranks: bytes = bytes(len(FIELDS))
    sources: tuple[FromFile | FromClay, ...] = ()
    enrichment: str = "off"
    found: Mapping[str, Any] | None = None
    newest: str | None = None
    lookup: Errand | None = None
    clay: str = "off"
    edition: int = 0
    push: Errand | None = None


def born(lead_id: str, email: str, at: str, *, look_up: bool) -> Lead:
    """A lead of which nothing is known yet."""
    if look_up:
        return Lead(lead_id, email, at, at, enrichment="pending", lookup=FRESH)
    return Lead(lead_id, email, at, at)


def with_row(lead: Lead, source: FromFile, said: Mapping[str, str], at: str, *, push: bool) -> Lead:
    """After a row of a file. The edition grows when the row changed a value, or made the lead."""
    values, ranks = _overlay(lead, said, FILE)
    sources = (*lead.sources, source)
    if lead.edition and values == lead.values:
        return replace(lead, ranks=ranks, sources=sources)
    # Whatever Clay asked us to wait before we send this lead again holds for its next edition too.
    errand = Errand(0, lead.push.due if lead.push else 0.0) if push else None
    return replace(
        lead,
        values=values,
        ranks=ranks,
        sources=sources,
        updated_at=at,
        edition=lead.edition + 1,
        clay="pending" if push else "off",
        push=errand,
    )


def with_delivery(lead: Lead, delivery_id: str, enriched_at: str, said: Mapping[str, Any], at: str) -> Lead:
    """After a delivery of Clay."""
    values, ranks = _overlay(lead, said, CLAY)
    return replace(
        lead,
        values=values,
        ranks=ranks,
        sources=(*lead.sources, FromClay(delivery_id)),
        enrichment="enriched",
        found={**(lead.found or {}), **said},
        newest=enriched_at,
        updated_at=at,
    )


def with_profile(lead: Lead, status: str, said: Mapping[str, Any], at: str) -> Lead:
    """After the provider's last word. What Clay delivered meanwhile stands: its values, and that it found something."""
    lead = replace(lead, lookup=None, updated_at=at)
    if status == "enriched":
        values, ranks = _overlay(lead, {name: said.get(name) for name in ("title", "company")}, PROVIDER)
        return replace(
            lead, values=values, ranks=ranks, enrichment=status, found={**said, **(lead.found or {})}
        )
    return lead if lead.newest else replace(lead, enrichment=status)


def with_lookup_missed(lead: Lead, due: float) -> Lead:
    """After a call to the provider that is to be repeated."""
    return replace(lead, lookup=Errand((lead.lookup or FRESH).failures + 1, due))


def with_push(lead: Lead, edition: int, status: str) -> Lead:
    """After Clay's last word on an edition; a newer one is still to be sent."""
    return replace(lead, clay=status, push=None) if edition == lead.edition else lead


def with_push_missed(lead: Lead, edition: int, due: float, *, counts: bool) -> Lead:
    """After a call to Clay that is to be repeated; `counts` says whether it was one of the five."""
    failures = (lead.push or FRESH).failures + (1 if counts and edition == lead.edition else 0)
    return replace(lead, push=Errand(failures, due))


def _overlay(lead: Lead, said: Mapping[str, Any], rank: int) -> tuple[Values, bytes]:
    """The whole rule about whose value is shown: an empty value says nothing, a lower rank gives way."""
    values, ranks = list(lead.values), bytearray(lead.ranks)
    for place, name in enumerate(FIELDS):
        value = said.get(name)
        if isinstance(value, str) and value.strip() and rank >= ranks[place]:
            values[place], ranks[place] = value, rank
    return tuple(values), bytes(ranks)
