"""Queries on statements of reasons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from errors import UsageError
from records.moderation_tables import CaseRow, StatementRow
from records.tables import JobRow


def get(session: Session, puid: str) -> StatementRow:
    """A statement by its id.

    Raises:
        UsageError: there is none.
    """
    row = session.get(StatementRow, puid)
    if row is None:
        raise UsageError("error.desk.unknown_case")
    return row


def of_subject(session: Session, subject: str) -> Sequence[StatementRow]:
    """Statements about a job or release, newest first, without those of undone decisions."""
    query = select(StatementRow).where(StatementRow.subject == subject, ~StatementRow.voided)
    return session.execute(query.order_by(StatementRow.created_at.desc())).scalars().all()


def between(session: Session, start: datetime, end: datetime) -> Sequence[StatementRow]:
    """Statements in force of a period; those whose decision can still be undone are not among them."""
    open_still = exists().where(CaseRow.case_id == StatementRow.case_id, CaseRow.state == "settling")
    query = select(StatementRow).where(
        StatementRow.created_at >= start, StatementRow.created_at < end, ~StatementRow.voided, ~open_still
    )
    return session.execute(query.order_by(StatementRow.created_at, StatementRow.puid)).scalars().all()


def refused_without(session: Session, limit: int = 500) -> Sequence[JobRow]:
    """Refused jobs that nobody has stated reasons for yet, oldest first."""
    stated = exists().where(StatementRow.subject == JobRow.job_id, ~StatementRow.voided)
    query = select(JobRow).where(JobRow.state == "refused", ~stated).order_by(JobRow.created_at).limit(limit)
    return session.execute(query).scalars().all()
