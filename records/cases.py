"""Queries on cases, their events, texts and barriers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import ScalarSelect

from records.moderation_tables import CaseBarrierRow, CaseEventRow, CaseRow, CaseTextRow
from records.tables import JobRow, VerdictRow

Place = tuple[int, datetime, str]  # urgency, due_at, case_id: where a page ends


def get(session: Session, case_id: str, lock: bool = False) -> CaseRow | None:
    """One case, locked against other writers when asked."""
    query = select(CaseRow).where(CaseRow.case_id == case_id)
    return session.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def by_key(session: Session, dedupe_key: str) -> CaseRow | None:
    """The case opened under a key; there is at most one."""
    return session.execute(select(CaseRow).where(CaseRow.dedupe_key == dedupe_key)).scalar_one_or_none()


def by_secret(session: Session, secret_hash: str) -> CaseRow | None:
    """The case behind a secret link."""
    return session.execute(select(CaseRow).where(CaseRow.secret_hash == secret_hash)).scalar_one_or_none()


def of_subject(session: Session, subject: str) -> Sequence[CaseRow]:
    """All live cases about a job, release, consent or proposal, oldest first."""
    query = select(CaseRow).where(CaseRow.subject == subject, CaseRow.live).order_by(CaseRow.opened_at, CaseRow.case_id)
    return session.execute(query).scalars().all()


def events(session: Session, case_id: str) -> Sequence[CaseEventRow]:
    """The events of a case, in order."""
    query = select(CaseEventRow).where(CaseEventRow.case_id == case_id).order_by(CaseEventRow.number)
    return session.execute(query).scalars().all()


def texts(session: Session, case_id: str) -> dict[str, CaseTextRow]:
    """Texts of a case by id; erased ones are gone."""
    rows = session.execute(select(CaseTextRow).where(CaseTextRow.case_id == case_id)).scalars()
    return {row.text_id: row for row in rows}


def copies(session: Session, parent: str | None) -> Sequence[str]:
    """Open second looks and golden cases of one case: who answered one of them answers no other."""
    if parent is None:
        return ()
    query = select(CaseRow.case_id).where(CaseRow.parent == parent, ~CaseRow.live, CaseRow.state == "open")
    return session.execute(query).scalars().all()


def bar(session: Session, case_id: str, reviewer_id: str, why: str) -> None:
    """Keep a case from a reviewer; a second reason changes nothing."""
    if session.get(CaseBarrierRow, (case_id, reviewer_id)) is None:
        session.add(CaseBarrierRow(case_id=case_id, reviewer_id=reviewer_id, why=why))
        session.flush()


def unbar(session: Session, case_id: str, reviewer_id: str) -> None:
    """Let a reviewer have a case again, after an undo or an assignment."""
    row = session.get(CaseBarrierRow, (case_id, reviewer_id))
    if row is not None:
        session.delete(row)
        session.flush()


def barrier(session: Session, case_id: str, reviewer_id: str) -> str:
    """Why a reviewer may not take a case, or an empty string."""
    row = session.get(CaseBarrierRow, (case_id, reviewer_id))
    return row.why if row else ""


def deciders(session: Session, case_ids: Iterable[str]) -> set[str]:
    """Reviewers who decided any of these cases."""
    query = select(CaseEventRow.actor).where(CaseEventRow.case_id.in_(list(case_ids)), CaseEventRow.kind == "decided")
    return set(session.execute(query).scalars())


def free(at: datetime, lease_s: int) -> ColumnElement[bool]:
    """Nobody holds the case. A lease that ends further ahead than a lease can last was made by a wrong clock."""
    return or_(
        CaseRow.lease_by.is_(None),
        CaseRow.lease_until <= at,
        CaseRow.lease_until > at + timedelta(seconds=lease_s),
    )


def workable(reviewer_id: str, queues: Iterable[str], at: datetime, lease_s: int) -> ColumnElement[bool]:
    """Open, in these queues, free, not kept from this reviewer and not assigned to another one."""
    barred = exists().where(CaseBarrierRow.case_id == CaseRow.case_id, CaseBarrierRow.reviewer_id == reviewer_id)
    return and_(
        CaseRow.state == "open",
        CaseRow.queue.in_(list(queues)),
        free(at, lease_s),
        or_(CaseRow.assigned_to.is_(None), CaseRow.assigned_to == reviewer_id),
        ~barred,
    )


def next_free(
    session: Session, reviewer_id: str, queues: Iterable[str], at: datetime, lease_s: int, areas_out: Sequence[str] = ()
) -> CaseRow | None:
    """The next case for a reviewer: most severe first, then the earliest due. Locked, never the same for two."""
    query = select(CaseRow).where(workable(reviewer_id, queues, at, lease_s))
    for area in areas_out:
        query = query.where(~CaseRow.policy.startswith(f"{area}."))
    query = query.order_by(CaseRow.urgency, CaseRow.due_at, CaseRow.case_id).limit(1)
    return session.execute(query.with_for_update(skip_locked=True, of=CaseRow)).scalar_one_or_none()


def held_by(session: Session, reviewer_id: str, at: datetime, lease_s: int) -> CaseRow | None:
    """The case that a reviewer holds now."""
    query = select(CaseRow).where(
        CaseRow.state == "open", CaseRow.lease_by == reviewer_id, ~free(at, lease_s)
    )  # fmt: skip
    return session.execute(query.order_by(CaseRow.lease_until.desc()).limit(1)).scalar_one_or_none()


def page(
    session: Session, queues: Iterable[str], state: str = "open", limit: int = 50, after: Place | None = None
) -> Sequence[CaseRow]:
    """One page in the order of work. `after` is (urgency, due_at, case_id) of the last row of the page before."""
    query = select(CaseRow).where(CaseRow.state == state, CaseRow.queue.in_(list(queues)))
    if after is not None:
        urgency, due_at, case_id = after
        query = query.where(or_(
            CaseRow.urgency > urgency,
            and_(CaseRow.urgency == urgency, CaseRow.due_at > due_at),
            and_(CaseRow.urgency == urgency, CaseRow.due_at == due_at, CaseRow.case_id > case_id),
        ))  # fmt: skip
    query = query.order_by(CaseRow.urgency, CaseRow.due_at, CaseRow.case_id).limit(limit)
    return session.execute(query).scalars().all()


def counts(session: Session, at: datetime) -> dict[str, tuple[int, int]]:
    """Open cases by queue: how many, and how many of them are overdue."""
    overdue = func.sum(case((CaseRow.due_at <= at, 1), else_=0))
    query = select(CaseRow.queue, func.count(), overdue).where(CaseRow.state == "open").group_by(CaseRow.queue)
    return {queue: (number, late or 0) for queue, number, late in session.execute(query)}


def settling(session: Session, at: datetime, limit: int = 200) -> Sequence[str]:
    """Cases whose undo window has passed."""
    query = select(CaseRow.case_id).where(CaseRow.state == "settling", CaseRow.settle_at <= at)
    return session.execute(query.order_by(CaseRow.settle_at).limit(limit)).scalars().all()


def held_jobs(session: Session, limit: int = 500) -> Sequence[tuple[JobRow, VerdictRow | None]]:
    """Held jobs with their newest verdict that have no case for it yet, oldest first."""
    newest = (
        select(func.max(VerdictRow.verdict_id))
        .where(VerdictRow.job_id == JobRow.job_id)
        .correlate(JobRow)
        .scalar_subquery()
    )
    known = exists().where(CaseRow.dedupe_key == "held:" + JobRow.job_id + ":" + _as_text(newest))
    query = (
        select(JobRow, VerdictRow)
        .outerjoin(VerdictRow, VerdictRow.verdict_id == newest)
        .where(JobRow.state == "held", ~known)
        .order_by(JobRow.created_at)
        .limit(limit)
    )
    return [(job, verdict) for job, verdict in session.execute(query)]


def _as_text(newest: ScalarSelect[int]) -> ColumnElement[str]:
    return cast(func.coalesce(newest, 0), String)
