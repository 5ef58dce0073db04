"""The tables.

`entries` is the ledger and the heart of it: one row for each thing that was ever said about a lead, by a row of a
file, by the provider or by Clay. It is only ever appended to. What a lead shows is folded from it on reading.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

imports = Table(
    "imports",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("idempotency_key", Text, unique=True),
    Column("digest", Text, nullable=False),
    Column("created", Integer, nullable=False, server_default=text("0")),
    Column("updated", Integer, nullable=False, server_default=text("0")),
    Column("unchanged", Integer, nullable=False, server_default=text("0")),
    Column("rejected", Integer, nullable=False, server_default=text("0")),
)

row_errors = Table(
    "row_errors",
    metadata,
    Column("import_number", ForeignKey("imports.number"), primary_key=True),
    Column("row", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    sqlite_with_rowid=False,
)

leads = Table(
    "leads",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("email", Text, nullable=False, unique=True),
    Column("enrichment", Text, nullable=False),
    Column("clay", Text, nullable=False),
    Column("newest_delivery", Integer, comment="Microseconds since 1970: the newest enriched_at applied."),
    Column("created_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("lead", ForeignKey("leads.number"), nullable=False, index=True),
    Column("origin", SmallInteger, nullable=False),
    Column("import_number", ForeignKey("imports.number")),
    Column("row", Integer),
    Column("delivery_id", Text),
    Column("said", Text, comment="A JSON object of what this entry adds; null where it repeats what is known."),
)
Index(
    "one_entry_a_delivery",
    entries.c.delivery_id,
    unique=True,
    sqlite_where=entries.c.delivery_id.is_not(None),
)

errands = Table(
    "errands",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("lead", ForeignKey("leads.number"), nullable=False),
    Column("due", Float, nullable=False, comment="Seconds since 1970."),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("refusals", Integer, nullable=False, server_default=text("0"), comment="429s in a row."),
    Column("revision", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("kind", "lead"),
)
Index("errands_by_due", errands.c.kind, errands.c.due, errands.c.number)
