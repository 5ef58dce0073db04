"""How a lead and an import are written into a snapshot, and read from one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from leadbook.lead import Errand, FromClay, FromFile, Lead

COUNTS = ("created", "updated", "unchanged", "rejected")


class Rejection(NamedTuple):
    """A row that was not imported."""

    row: int
    code: str


@dataclass(slots=True)
class Import:
    """An upload and what became of its rows. `done` is the number of its records that have been dealt with."""

    id: str
    key: str | None
    digest: str
    status: str = "processing"
    done: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    rejections: list[Rejection] = field(default_factory=list)

    def copy(self) -> Import:
        """The import as it is now."""
        return Import(
            self.id, self.key, self.digest, self.status, self.done, dict(self.counts), list(self.rejections)
        )


def snapshot_events(imports: Iterable[Import], leads: Iterable[Lead]) -> Iterator[dict[str, Any]]:
    """One event for each import and each lead, oldest first, that bring a book to this state."""
    for one in imports:
        yield {
            "e": "import_was",
            "i": one.id,
            "key": one.key,
            "digest": one.digest,
            "status": one.status,
            "done": one.done,
            "counts": one.counts,
            "rejections": one.rejections,
        }
    for lead in leads:
        yield {
            "e": "lead_was",
            "l": lead.id,
            "k": lead.email,
            "at": [lead.created_at, lead.updated_at],
            "v": lead.values,
            "r": lead.ranks.hex(),
            "s": lead.sources,
            "enrichment": [lead.enrichment, lead.found, lead.newest, lead.lookup],
            "clay": [lead.clay, lead.edition, lead.push],
        }


def import_from(event: dict[str, Any]) -> Import:
    """What `snapshot_events` wrote about an import."""
    return Import(
        event["i"],
        event["key"],
        event["digest"],
        event["status"],
        event["done"],
        event["counts"],
        [Rejection(row, code) for row, code in event["rejections"]],
    )


def lead_from(event: dict[str, Any]) -> Lead:
    """What `snapshot_events` wrote about a lead."""
    created_at, updated_at = event["at"]
    enrichment, found, newest, lookup = event["enrichment"]
    clay, edition, push = event["clay"]
    return Lead(
        id=event["l"],
        email=event["k"],
        created_at=created_at,
        updated_at=updated_at,
        values=tuple(event["v"]),
        ranks=bytes.fromhex(event["r"]),
        sources=tuple(FromFile(*source) if len(source) == 2 else FromClay(*source) for source in event["s"]),
        enrichment=enrichment,
        found=found,
        newest=newest,
        lookup=Errand(*lookup) if lookup else None,
        clay=clay,
        edition=edition,
        push=Errand(*push) if push else None,
    )
