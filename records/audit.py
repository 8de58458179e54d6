"""The audit log: an append-only hash chain of salted commitments.

    commitment = SHA-256(salt || payload)                           payload: canonical JSON, kept in a side table
    hash       = SHA-256(previous || sequence || time || actor || action || subject || commitment)

Erasing a payload row keeps the chain verifiable; changing, inserting or removing a link does not. A cut-off
tail is noticed by signed checkpoints only (`moderation audit checkpoint`).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, func, insert, null, select, type_coerce
from sqlalchemy.orm import Session

from records.session import now
from records.tables import AuditPayloadRow, AuditRow, CheckpointRow

GENESIS = "0" * 64
_LOCK = 0x436F6C6F  # advisory lock on PostgreSQL, so that two writers cannot fork the chain


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One link of the chain."""

    sequence: int
    time: datetime
    actor: str
    action: str
    subject: str
    commitment: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Outcome of a walk. `broken_at` is the first sequence that does not fit, or None."""

    events: int
    head: str
    broken_at: int | None
    problem: str = ""


def append(session: Session, *, actor: str, action: str, subject: str, facts: Mapping[str, Any]) -> AuditEvent:
    """Append a link inside the caller's transaction.

    Args:
        actor: ``system``, ``visitor`` or a reviewer's pseudonym; never a name or address.
        action: e.g. ``release.published``.
        subject: id of a job, release or case.
        facts: what happened; no raw user text.
    """
    session.flush()  # what the caller wrote goes ahead: writers wait for each other from the next line to the commit
    payload, salt = json.dumps(dict(facts), sort_keys=True, default=str), secrets.token_hex(16)
    commitment = commit(salt, payload)
    head, previous = _head(session)
    sequence, time = head + 1, now()
    digest = link(previous, sequence, time, actor, action, subject, commitment)
    event = AuditEvent(sequence, time, actor, action, subject, commitment, previous, digest)
    _insert(session, event, salt, payload)
    return event


def _head(session: Session) -> tuple[int, str]:
    """Sequence and hash of the newest link, which nobody else extends until this transaction ends.

    SQLite's write lock is held already. On PostgreSQL lock and query go in one message, because every message costs
    a turn of this process while others wait; the query is a statement of its own and sees what the lock waited for.
    """
    newest = select(AuditRow.sequence, AuditRow.hash).order_by(AuditRow.sequence.desc()).limit(1)
    if session.get_bind().dialect.name != "postgresql":
        found = session.execute(newest).one_or_none()
        return (found[0], found[1]) if found else (0, GENESIS)
    driver: Any = session.connection().connection.driver_connection
    query = newest.compile(dialect=session.get_bind().dialect, compile_kwargs={"literal_binds": True})
    cursor = driver.execute(f"SELECT pg_advisory_xact_lock({_LOCK}); {query}")
    cursor.nextset()
    return cursor.fetchone() or (0, GENESIS)


def _insert(session: Session, event: AuditEvent, salt: str, payload: str) -> None:
    """Both rows; on PostgreSQL in one message, see `_head`."""
    chained = insert(AuditRow).values(**asdict(event))
    opened = insert(AuditPayloadRow).values(sequence=event.sequence, salt=salt, payload=payload)
    if session.get_bind().dialect.name == "postgresql":
        session.execute(opened.add_cte(chained.cte("chained")))
    else:
        session.execute(chained)
        session.execute(opened)


def commit(salt: str, payload: str) -> str:
    """The commitment to a payload."""
    return hashlib.sha256(f"{salt}|{payload}".encode()).hexdigest()


def link(previous: str, sequence: int, time: datetime, actor: str, action: str, subject: str, commitment: str) -> str:
    """The hash of a link."""
    return _link(previous, sequence, time.isoformat(timespec="microseconds"), actor, action, subject, commitment)


def _link(previous: str, sequence: int, stamp: str, actor: str, action: str, subject: str, commitment: str) -> str:
    return hashlib.sha256(
        f"{previous}\x1f{sequence}\x1f{stamp}\x1f{actor}\x1f{action}\x1f{subject}\x1f{commitment}".encode()
    ).hexdigest()


def verify(session: Session, *, payloads: bool = True) -> ChainReport:
    """Walk the whole chain, the payloads that still exist, and the checkpoints."""
    previous, expected = GENESIS, 1
    for sequence, stamp, actor, action, subject, commitment, before, stored, salt, payload in _walk(session, payloads):
        if sequence != expected:
            return ChainReport(expected - 1, previous, expected, "missing")
        if before != previous:
            return ChainReport(expected - 1, previous, sequence, "unlinked")
        if stored != _link(before, sequence, stamp, actor, action, subject, commitment):
            return ChainReport(expected - 1, previous, sequence, "changed")
        if salt is not None and commit(salt, payload) != commitment:
            return ChainReport(expected - 1, previous, sequence, "payload")
        previous, expected = stored, expected + 1
    return _against_checkpoints(session, expected - 1, previous)


def _walk(session: Session, payloads: bool) -> Iterator[Sequence[Any]]:
    """Links in order as plain tuples: a million of them as objects would cost a minute."""
    link = AuditRow.__table__.c
    salt, payload = (AuditPayloadRow.salt, AuditPayloadRow.payload) if payloads else (null(), null())
    query = select(
        link.sequence, _stamp(session), link.actor, link.action, link.subject, link.commitment, link.previous,
        link.hash, salt, payload,
    ).select_from(AuditRow.__table__)  # fmt: skip
    if payloads:
        query = query.outerjoin(AuditPayloadRow, AuditPayloadRow.sequence == link.sequence)
    return iter(session.execute(query.order_by(link.sequence).execution_options(yield_per=5000)))


def _stamp(session: Session) -> ColumnElement[str]:
    """The time of a link as `link` writes it, made by the database: parsing it here would cost as much as hashing."""
    if session.get_bind().dialect.name == "postgresql":
        return func.to_char(func.timezone("UTC", AuditRow.time), 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
    return func.replace(type_coerce(AuditRow.time, String), " ", "T").concat("+00:00")


def _against_checkpoints(session: Session, events: int, head: str) -> ChainReport:
    for point in session.execute(select(CheckpointRow).order_by(CheckpointRow.size)).scalars():
        if point.size > events:
            return ChainReport(events, head, point.size, "truncated")
        if (
            point.size
            and session.execute(select(AuditRow.hash).where(AuditRow.sequence == point.size)).scalar() != point.head
        ):
            return ChainReport(events, head, point.size, "checkpoint")
    return ChainReport(events, head, None)


def size(session: Session) -> int:
    """Number of links."""
    return session.execute(select(func.coalesce(func.max(AuditRow.sequence), 0))).scalar_one()
