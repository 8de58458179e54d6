"""Queries on the registry of protected names, characters and marks, by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.moderation_tables import RegistryEntryRow


def put(
    session: Session, entry_id: str, entry: Mapping[str, Any], active: bool, actor: str, at: datetime
) -> RegistryEntryRow:
    """Write a new version of an entry; older versions stay."""
    row = RegistryEntryRow(entry_id=entry_id, active=active, entry=dict(entry), actor=actor, created_at=at)
    session.add(row)
    session.flush()
    return row


def newest(session: Session, entry_id: str) -> RegistryEntryRow | None:
    """The newest version of an entry."""
    query = select(RegistryEntryRow).where(RegistryEntryRow.entry_id == entry_id)
    return session.execute(query.order_by(RegistryEntryRow.version.desc()).limit(1)).scalar_one_or_none()


def withdrawn(session: Session) -> Sequence[RegistryEntryRow]:
    """The newest version of every entry that was taken out."""
    newest = select(func.max(RegistryEntryRow.version)).group_by(RegistryEntryRow.entry_id)
    query = select(RegistryEntryRow).where(RegistryEntryRow.version.in_(newest), ~RegistryEntryRow.active)
    return session.execute(query.order_by(RegistryEntryRow.version)).scalars().all()


def current(session: Session) -> tuple[int, Sequence[RegistryEntryRow]]:
    """The version of the registry and its active entries."""
    newest = select(func.max(RegistryEntryRow.version)).group_by(RegistryEntryRow.entry_id)
    query = select(RegistryEntryRow).where(RegistryEntryRow.version.in_(newest), RegistryEntryRow.active)
    version = session.execute(select(func.coalesce(func.max(RegistryEntryRow.version), 0))).scalar_one()
    return version, session.execute(query.order_by(RegistryEntryRow.version)).scalars().all()


def history(session: Session, entry_id: str) -> Sequence[RegistryEntryRow]:
    """All versions of an entry, newest first."""
    query = select(RegistryEntryRow).where(RegistryEntryRow.entry_id == entry_id)
    return session.execute(query.order_by(RegistryEntryRow.version.desc())).scalars().all()
