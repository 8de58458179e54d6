"""Copy a whole deployment's records from one database to another, all or nothing: from SQLite to PostgreSQL, or back.

The target must be empty. After the copy, still in the same transaction, every table has as many rows as its source
and the audit chain of the copy is walked from its first link; otherwise nothing was copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, insert, select, text

from errors import IntegrityError, UsageError
from records import audit, moderation_tables  # noqa: F401 - registers the tables
from records.migrate import upgrade
from records.session import Database
from records.tables import Base

BATCH = 500


@dataclass(frozen=True, slots=True)
class Copied:
    """Rows of each table, and the audit chain as the target tells it."""

    rows: Mapping[str, int]
    events: int
    head: str


def copy(source: Database, target: Database) -> Copied:
    """Copy everything. Both schemas are brought to the newest version first; stop every process before.

    Raises:
        UsageError: the target holds records.
        IntegrityError: counts or audit chain differ; nothing was copied.
    """
    upgrade(source)
    upgrade(target)
    tables = Base.metadata.sorted_tables
    with source.read() as reading, target.write() as writing:
        old, new = reading.connection(), writing.connection()
        if any(_count(new, table) for table in tables):
            raise UsageError("error.copy.target")
        rows = {table.name: _copy(table, old, new) for table in tables}
        for table in tables:
            _continue_numbers(table, new)
        differing = [table.name for table in tables if _count(old, table) != _count(new, table)]
        report = audit.verify(writing)
        if differing or report.broken_at is not None or report.head != audit.verify(reading).head:
            raise IntegrityError("error.copy.differs", part=", ".join(differing) or "audit")
    return Copied(rows, report.events, report.head)


def _copy(table: Table, old: Connection, new: Connection) -> int:
    rows = 0
    found = old.execution_options(yield_per=BATCH).execute(select(table).order_by(*table.primary_key.columns))
    for part in found.mappings().partitions(BATCH):
        new.execute(insert(table), [dict(row) for row in part])
        rows += len(part)
    return rows


def _continue_numbers(table: Table, new: Connection) -> None:
    """Let the target count on after the copied rows."""
    if new.dialect.name != "postgresql":
        return
    for column in table.primary_key.columns:
        sequence = new.execute(text("SELECT pg_get_serial_sequence(:t, :c)"), {"t": table.name, "c": column.name})
        if name := sequence.scalar():
            highest = new.execute(select(func.max(column))).scalar()
            if highest is not None:
                new.execute(text("SELECT setval(:s, :n)"), {"s": name, "n": highest})


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
