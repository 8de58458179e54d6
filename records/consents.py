"""Queries on consents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.moderation_tables import ConsentRow


def get(session: Session, consent_id: str, lock: bool = False) -> ConsentRow | None:
    """One consent."""
    query = select(ConsentRow).where(ConsentRow.consent_id == consent_id)
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def by_secret(session: Session, secret_hash: str) -> ConsentRow | None:
    """The consent behind its owner's link."""
    return session.execute(select(ConsentRow).where(ConsentRow.secret_hash == secret_hash)).scalar_one_or_none()


def in_force(session: Session, account: str, at: datetime) -> Sequence[ConsentRow]:
    """Granted consents of an account that are neither revoked nor outside their dates."""
    query = select(ConsentRow).where(
        ConsentRow.account == account, ConsentRow.state == "granted",
        ConsentRow.valid_from <= at, ConsentRow.valid_until > at,
    )  # fmt: skip
    return session.execute(query).scalars().all()


def past(session: Session, at: datetime) -> Sequence[ConsentRow]:
    """Granted consents whose time is over."""
    query = select(ConsentRow).where(ConsentRow.state == "granted", ConsentRow.valid_until <= at)
    return session.execute(query).scalars().all()


def with_capture(session: Session, before: datetime) -> Sequence[ConsentRow]:
    """Consents made before a time that still have a recording or references, handed in or not."""
    query = select(ConsentRow).where(ConsentRow.created_at <= before, ConsentRow.state.in_(("asked", "pending")))
    kept = select(ConsentRow).where(ConsentRow.created_at <= before, ConsentRow.capture != "")
    rows = [*session.execute(query).scalars(), *session.execute(kept).scalars()]
    return list({row.consent_id: row for row in rows if row.capture or row.challenge.get("files")}.values())
