"""Queries on notices."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.moderation_tables import NoticeRow


def by_key(session: Session, dedupe_key: str) -> NoticeRow | None:
    """The notice stored under a key."""
    return session.execute(select(NoticeRow).where(NoticeRow.dedupe_key == dedupe_key)).scalar_one_or_none()


def of_case(session: Session, case_id: str) -> Sequence[NoticeRow]:
    """The notices of a case, oldest first."""
    query = select(NoticeRow).where(NoticeRow.case_id == case_id)
    return session.execute(query.order_by(NoticeRow.created_at, NoticeRow.notice_id)).scalars().all()
