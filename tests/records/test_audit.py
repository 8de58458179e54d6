"""The chain: one test per way of breaking it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError

from records import audit
from records.session import Database, now
from records.tables import AuditPayloadRow, AuditRow, CheckpointRow


def _fill(database: Database, count: int = 5) -> None:
    for number in range(count):
        with database.write() as session:
            audit.append(
                session, actor="system", action="job.queued", subject=f"job-{number}", facts={"number": number}
            )


def _report(database: Database) -> audit.ChainReport:
    with database.read() as session:
        return audit.verify(session)


def _unprotected(database: Database, statement: str) -> None:
    with database.write() as session:
        if database.is_sqlite:
            session.execute(text("DROP TRIGGER IF EXISTS audit_events_no_update"))
            session.execute(text("DROP TRIGGER IF EXISTS audit_events_no_delete"))
        else:
            session.execute(text("ALTER TABLE audit_events DISABLE TRIGGER ALL"))
        session.execute(text(statement))


def test_an_untouched_chain_verifies(database: Database) -> None:
    _fill(database)
    report = _report(database)
    assert (report.events, report.broken_at) == (5, None)


def test_an_empty_chain_verifies(database: Database) -> None:
    assert _report(database) == audit.ChainReport(0, audit.GENESIS, None)


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_events SET action='x' WHERE sequence=3", "DELETE FROM audit_events WHERE sequence=3"]
)
def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    _fill(database)
    with pytest.raises(DBAPIError), database.write() as session:
        session.execute(text(statement))
    assert _report(database).broken_at is None


def test_a_changed_link_is_named(database: Database) -> None:
    _fill(database)
    _unprotected(database, "UPDATE audit_events SET subject='other' WHERE sequence=3")
    assert (_report(database).broken_at, _report(database).problem) == (3, "changed")


def test_a_removed_link_is_named(database: Database) -> None:
    _fill(database)
    _unprotected(database, "DELETE FROM audit_events WHERE sequence=3")
    assert (_report(database).broken_at, _report(database).problem) == (3, "missing")


def test_a_changed_payload_is_named(database: Database) -> None:
    _fill(database)
    with database.write() as session:
        session.execute(text("UPDATE audit_payloads SET payload='{}' WHERE sequence=2"))
    assert (_report(database).broken_at, _report(database).problem) == (2, "payload")


def test_erasing_payloads_keeps_the_chain_whole(database: Database) -> None:
    _fill(database)
    with database.write() as session:
        session.execute(delete(AuditPayloadRow).where(AuditPayloadRow.sequence <= 4))
    assert _report(database).broken_at is None


def test_a_cut_tail_is_seen_against_a_checkpoint(database: Database) -> None:
    _fill(database)
    with database.write() as session:
        head = session.execute(select(AuditRow.hash).where(AuditRow.sequence == 5)).scalar_one()
        session.add(CheckpointRow(size=5, head=head, time=now(), signature="", key_id=""))
    _unprotected(database, "DELETE FROM audit_events WHERE sequence > 3")
    assert _report(database).problem == "truncated"


def test_parallel_writers_do_not_fork_the_chain(database: Database) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: _fill(database, 5), range(4)))
    assert (_report(database).events, _report(database).broken_at) == (20, None)
