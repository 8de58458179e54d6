"""Queries on counted attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from records.moderation_tables import HitRow


def count(session: Session, bucket: str, since: datetime) -> int:
    """Attempts in a bucket since a time."""
    query = select(func.count()).select_from(HitRow).where(HitRow.bucket == bucket, HitRow.time > since)
    return session.execute(query).scalar_one()


def add(session: Session, bucket: str, at: datetime) -> None:
    """Count one attempt."""
    session.add(HitRow(bucket=bucket, time=at))
    session.flush()


def clear(session: Session, bucket: str) -> None:
    """Forget a bucket, after a success."""
    session.execute(delete(HitRow).where(HitRow.bucket == bucket))
