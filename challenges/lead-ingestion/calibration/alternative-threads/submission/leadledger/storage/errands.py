"""Errands: calls that are still to be made, in a table, so that a crash forgets none.

An errand is written in the transaction that creates or changes its lead, and removed in the one that stores how it
ended. Its revision grows when the lead changes again: a call that was under way then is not the last one.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from leadledger.storage.schema import errands

LOOKUP, PUSH = "lookup", "push"


@dataclass(frozen=True)
class Errand:
    number: int
    kind: str
    lead: int
    due: float
    failures: int
    refusals: int
    revision: int


def add(connection: Connection, kind: str, leads: Iterable[int]) -> None:
    """An errand of this kind for each lead, due now. One that is waiting is renewed, and keeps its time."""
    rows = [{"kind": kind, "lead": lead, "due": time.time()} for lead in leads]
    if rows:
        renewed = {"revision": errands.c.revision + 1, "failures": 0}
        statement = insert(errands).on_conflict_do_update(index_elements=["kind", "lead"], set_=renewed)
        connection.execute(statement, rows)


def first_due(connection: Connection, kind: str, taken: Collection[int]) -> Errand | None:
    """The errand that is due first, whenever that is, leaving out the numbers that are taken."""
    wanted = select(errands).where(errands.c.kind == kind).order_by(errands.c.due, errands.c.number)
    for row in connection.execute(wanted.limit(len(taken) + 1)):
        if row.number not in taken:
            return Errand(**row._mapping)
    return None


def renewed(connection: Connection, errand: Errand) -> Errand:
    """The errand as it stands now: its lead may have changed since it was claimed."""
    row = connection.execute(select(errands).where(errands.c.number == errand.number)).one()
    return Errand(**row._mapping)


def finish(connection: Connection, errand: Errand) -> bool:
    """Remove an errand that is done; False when it was renewed meanwhile, and stays."""
    done = delete(errands).where(errands.c.number == errand.number, errands.c.revision == errand.revision)
    return connection.execute(done).rowcount == 1


def put_off(
    connection: Connection, errand: Errand, seconds: float, *, failed: bool = False, refused: bool = False
) -> None:
    """Let an errand wait from now on, and count the failure unless it was renewed meanwhile."""
    mine = update(errands).where(errands.c.number == errand.number)
    refusals = errand.refusals + 1 if refused else 0
    connection.execute(mine.values(due=time.time() + seconds, refusals=refusals))
    if failed:
        same = mine.where(errands.c.revision == errand.revision)
        connection.execute(same.values(failures=errand.failures + 1))
