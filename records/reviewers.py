"""Queries on reviewers and their sessions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from records.moderation_tables import DeskSessionRow, ReviewerRow


def by_login(session: Session, login: str) -> ReviewerRow | None:
    """The reviewer who signs in with a name."""
    return session.execute(select(ReviewerRow).where(ReviewerRow.login == login)).scalar_one_or_none()


def everyone(session: Session) -> Sequence[ReviewerRow]:
    """All reviewers by login."""
    return session.execute(select(ReviewerRow).order_by(ReviewerRow.login)).scalars().all()


def end_sessions(session: Session, reviewer_id: str) -> None:
    """Sign a reviewer out everywhere."""
    session.execute(delete(DeskSessionRow).where(DeskSessionRow.reviewer_id == reviewer_id))
