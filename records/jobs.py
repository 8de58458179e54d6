"""Queries on jobs. The row is the truth; a broker only wakes somebody up.

A lease is a promise to work: it carries a fencing token, and every later write names that token, so a
worker that lost its lease (a zombie) changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from errors import ColophonError, UsageError
from records.session import now
from records.tables import JobRow, VerdictRow

WAITING = "queued"
WORKING = ("screening", "rendering", "checking", "stamping", "verifying")
FINAL = ("released", "refused", "failed", "cancelled")
MAX_ATTEMPTS = 3


class LeaseLost(ColophonError):
    """Another worker holds the job now; whatever this one made is void."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job until `until`, as long as `token` is the newest."""

    job_id: str
    token: int
    attempt: int
    until: datetime


def add(session: Session, *, job_id: str, visitor: str, engine: str, locale: str, request: Mapping[str, Any]) -> JobRow:
    """Queue a job."""
    row = JobRow(
        job_id=job_id, visitor=visitor, state=WAITING, engine=engine, locale=locale, request=dict(request),
        created_at=now(), updated_at=now(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def get(session: Session, job_id: str, visitor: str | None = None) -> JobRow:
    """A job; with `visitor`, only if it is theirs.

    Raises:
        UsageError: ``error.job.unknown`` - also for somebody else's job, so that ids cannot be probed.
    """
    row = session.get(JobRow, job_id)
    if row is None or (visitor is not None and (row.visitor != visitor or row.hidden)):
        raise UsageError("error.job.unknown")
    return row


def of_visitor(session: Session, visitor: str, limit: int) -> Sequence[JobRow]:
    """The newest jobs of a visitor."""
    query = select(JobRow).where(JobRow.visitor == visitor, JobRow.hidden.is_(False))
    return session.execute(query.order_by(JobRow.created_at.desc()).limit(limit)).scalars().all()


def by_appeal(session: Session, token: str) -> JobRow | None:
    """The job that a secret appeal token belongs to."""
    return session.execute(select(JobRow).where(JobRow.appeal_hash == token_hash(token))).scalar_one_or_none()


def token_hash(token: str) -> str:
    """What is stored of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def position(session: Session, row: JobRow) -> int:
    """Place in the queue; 1 is next, 0 when it does not wait."""
    if row.state != WAITING:
        return 0
    ahead = select(func.count()).where(JobRow.state == WAITING, JobRow.created_at < row.created_at)
    return session.execute(ahead).scalar_one() + 1


def waiting(session: Session, visitor: str | None = None) -> int:
    """How many jobs wait or run, in all or for one visitor."""
    query = select(func.count()).where(JobRow.state.in_((WAITING, *WORKING)))
    return session.execute(query.where(JobRow.visitor == visitor) if visitor else query).scalar_one()


def lease(session: Session, job_id: str, worker: str, seconds: float) -> Lease | None:
    """Take a job that waits, or whose worker went silent. None when somebody works on it or it is over."""
    row = session.execute(select(JobRow).where(JobRow.job_id == job_id).with_for_update()).scalar_one_or_none()
    if row is None or not _free(row):
        return None
    if row.attempt >= MAX_ATTEMPTS:
        finish(session, row, "failed", error=("error.job.attempts", {"attempts": row.attempt}))
        return None
    row.token, row.attempt, row.worker = row.token + 1, row.attempt + 1, worker
    row.state, row.progress, row.updated_at = WORKING[0], 0.0, now()
    row.lease_until = now() + timedelta(seconds=seconds)
    session.flush()
    return Lease(row.job_id, row.token, row.attempt, row.lease_until)


def _free(row: JobRow) -> bool:
    if row.state == WAITING:
        return True
    return row.state in WORKING and row.lease_until is not None and row.lease_until < now()


def ready(session: Session) -> Sequence[str]:
    """Ids of jobs that anybody may take, oldest first."""
    silent: ColumnElement[bool] = JobRow.state.in_(WORKING) & (JobRow.lease_until < now())
    query = select(JobRow.job_id).where(or_(JobRow.state == WAITING, silent)).order_by(JobRow.created_at)
    return session.execute(query).scalars().all()


def alive(session: Session) -> frozenset[str]:
    """Ids of jobs whose quarantine folder is still needed."""
    query = select(JobRow.job_id).where(JobRow.state.in_((WAITING, "held", *WORKING)))
    return frozenset(session.execute(query).scalars())


def step(session: Session, held: Lease, state: str, progress: float, seconds: float) -> bool:
    """Report a step and renew the lease; returns whether the visitor asked to cancel.

    Raises:
        LeaseLost: another worker has the job.
    """
    changed = session.execute(
        update(JobRow)
        .where(JobRow.job_id == held.job_id, JobRow.token == held.token, JobRow.state.in_(WORKING))
        .values(state=state, progress=progress, updated_at=now(), lease_until=now() + timedelta(seconds=seconds))
        .returning(JobRow.cancel_requested)
    ).scalar_one_or_none()
    if changed is None:
        raise LeaseLost("error.job.lease_lost")
    return bool(changed)


def holder(session: Session, held: Lease) -> JobRow:
    """The row, locked, if the lease is still the newest.

    Raises:
        LeaseLost: another worker has the job, or it was ended from outside.
    """
    query = select(JobRow).where(JobRow.job_id == held.job_id, JobRow.token == held.token).with_for_update()
    row = session.execute(query).scalar_one_or_none()
    if row is None or row.state not in WORKING:
        raise LeaseLost("error.job.lease_lost")
    return row


def finish(
    session: Session,
    row: JobRow,
    state: str,
    *,
    error: tuple[str, Mapping[str, Any]] | None = None,
    reasons: Sequence[Mapping[str, Any]] = (),
    release_id: str | None = None,
    appeal_token: str = "",
) -> None:
    """End a job, or hold it."""
    row.state, row.updated_at, row.lease_until, row.progress = (
        state,
        now(),
        None,
        1.0 if state == "released" else row.progress,
    )
    row.error_key, row.error_params = (error[0], dict(error[1])) if error else ("", {})
    row.reasons = [dict(reason) for reason in reasons]
    row.release_id = release_id or row.release_id
    if appeal_token:
        row.appeal_hash = token_hash(appeal_token)
    session.flush()


def postpone(session: Session, row: JobRow, seconds: float) -> None:
    """Let a job rest in its step and be taken again later; the attempt does not count."""
    row.lease_until, row.updated_at, row.attempt = now() + timedelta(seconds=seconds), now(), max(0, row.attempt - 1)
    row.token += 1
    session.flush()


def requeue(session: Session, row: JobRow) -> None:
    """Put a job back into the queue: a graceful stop, or a reviewer's approval."""
    row.state, row.lease_until, row.updated_at, row.attempt = WAITING, None, now(), max(0, row.attempt - 1)
    session.flush()


def add_verdict(session: Session, job_id: str, stage: str, facts: Mapping[str, Any]) -> int:
    """Store a verdict as given. `facts` are the remaining columns of `VerdictRow`."""
    row = VerdictRow(job_id=job_id, stage=stage, created_at=now(), **facts)
    session.add(row)
    session.flush()
    return row.verdict_id


def verdicts(session: Session, job_id: str) -> Sequence[VerdictRow]:
    """All verdicts of a job, oldest first."""
    return (
        session.execute(select(VerdictRow).where(VerdictRow.job_id == job_id).order_by(VerdictRow.verdict_id))
        .scalars()
        .all()
    )
