"""Queries on releases, and the ledger that the Verify page asks."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from errors import UsageError
from records.tables import ReleaseRow

PUBLIC, HELD, WITHDRAWN, PENDING = "released", "held", "withdrawn", "pending"


def get(session: Session, release_id: str, *states: str) -> ReleaseRow:
    """A release in one of the given states (any when none is given).

    Raises:
        UsageError: ``error.release.unknown``.
    """
    row = session.get(ReleaseRow, release_id)
    if row is None or (states and row.state not in states):
        raise UsageError("error.release.unknown")
    return row


def by_payload(session: Session, payload: str) -> ReleaseRow | None:
    """The release whose mark carries this payload (16 hex characters)."""
    return session.execute(select(ReleaseRow).where(ReleaseRow.payload == payload)).scalar_one_or_none()


def by_manifest(session: Session, label: str) -> ReleaseRow | None:
    """The release with this active manifest label."""
    return session.execute(select(ReleaseRow).where(ReleaseRow.manifest_label == label)).scalar_one_or_none()


def in_state(session: Session, *states: str) -> Sequence[ReleaseRow]:
    """All releases in the given states, oldest first."""
    query = select(ReleaseRow).where(ReleaseRow.state.in_(states)).order_by(ReleaseRow.created_at)
    return session.execute(query).scalars().all()
