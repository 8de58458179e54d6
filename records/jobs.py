"""Queries on jobs. The row is the truth; a broker only wakes somebody up.

A lease is a promise to work: it carries a fencing token, and every later write names that token, so a
worker that lost its lease (a zombie) changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from errors import ColophonError, UsageError
from records import audit
from records.session import clock, now
from records.tables import JobRow, VerdictRow

WAITING = "queued"
WORKING = ("screening", "rendering", "checking", "stamping", "verifying")
FINAL = ("released", "refused", "failed", "cancelled")
MAX_ATTEMPTS = 3
LONGEST_LEASE = timedelta(hours=1)  # a lease that ends later was written by a clock that has been put back since
OVERLOOKED = timedelta(seconds=10)  # after this a waiting job that nobody was told about is announced again


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


def erased_request(request: Mapping[str, Any]) -> dict[str, Any]:
    """A request without anything that a person wrote or uploaded; its technical values stay."""
    return {
        **request, "prompt": " ", "negative_prompt": "", "title": "", "plan": None, "references": [], "erased": True,
    }  # fmt: skip


def token_hash(token: str) -> str:
    """What is stored of a secret token."""
    return hashlib.sha256(token.encode()).hexdigest()


def position(session: Session, row: JobRow) -> int:
    """Place in the queue by fair turns; 1 is next, 0 when it does not wait, or no longer since the row was read."""
    order = turns(session) if row.state == WAITING else []
    return order.index(row.job_id) + 1 if row.job_id in order else 0


def turns(session: Session) -> list[str]:
    """Ids of the waiting jobs in fair order; see `_turns`."""
    return [job_id for job_id, _ in _turns(session)]


def _turns(session: Session) -> list[tuple[str, str]]:
    """Id and engine of the waiting jobs in fair order: everybody's first job, then everybody's second, each by age.

    Running jobs count as turns that were taken, so who sends many jobs at once does not keep others waiting.
    """
    columns = select(JobRow.job_id, JobRow.engine, JobRow.visitor, JobRow.state)
    query = columns.where(JobRow.state.in_((WAITING, *WORKING)))
    taken: dict[str, int] = {}
    ranked: list[tuple[int, int, str, str]] = []
    for job_id, engine, visitor, state in sorted(
        session.execute(query.order_by(JobRow.created_at)).all(), key=lambda row: row.state == WAITING
    ):
        if state == WAITING:
            ranked.append((taken.get(visitor, 0), len(ranked), job_id, engine))
        taken[visitor] = taken.get(visitor, 0) + 1
    return [(job_id, engine) for _, _, job_id, engine in sorted(ranked)]


def waiting(session: Session, visitor: str | None = None, network: str | None = None) -> int:
    """How many jobs wait or run: in all, of one visitor or of one network."""
    query = _of(select(func.count()).where(JobRow.state.in_((WAITING, *WORKING))), visitor, network)
    return int(session.execute(query).scalar_one())


def times(
    session: Session, since: datetime, *, visitor: str | None = None, network: str | None = None, state: str = ""
) -> list[datetime]:
    """When jobs were created since a moment, oldest first; deleted ones count, too."""
    query = _of(select(JobRow.created_at).where(JobRow.created_at > since), visitor, network)
    query = query.where(JobRow.state == state) if state else query
    return list(session.execute(query.order_by(JobRow.created_at)).scalars())


def _of(query: Any, visitor: str | None, network: str | None) -> Any:
    if visitor is not None:
        query = query.where(JobRow.visitor == visitor)
    if network is not None:
        query = query.where(JobRow.request["network"].as_string() == network)
    return query


def lease(session: Session, job_id: str, worker: str, seconds: float, over: int = 0) -> Lease | None:
    """Take a job that waits, or whose worker went silent. None when somebody works on it or it is over.

    Args:
        over: fencing token of a holder that is known to be dead, so that its lease need not run out first.
    """
    row = session.execute(select(JobRow).where(JobRow.job_id == job_id).with_for_update()).scalar_one_or_none()
    present = clock(session)
    if row is None or not (_free(row, present) or _held_by(row, over)):
        return None
    if row.attempt >= MAX_ATTEMPTS:
        _give_up(session, row)
        return None
    row.token, row.attempt, row.worker = row.token + 1, row.attempt + 1, worker
    row.state, row.progress, row.updated_at = WORKING[0], 0.0, now()
    row.lease_until = present + timedelta(seconds=seconds)
    session.flush()
    return Lease(row.job_id, row.token, row.attempt, row.lease_until)


def _give_up(session: Session, row: JobRow) -> None:
    finish(session, row, "failed", error=("error.job.attempts", {"attempts": row.attempt}))
    facts = {"error": row.error_key, "policies": []}
    audit.append(session, actor="system", action="job.failed", subject=row.job_id, facts=facts)


def _free(row: JobRow, present: datetime) -> bool:
    return row.state == WAITING or (row.state in WORKING and _silent(row.lease_until, present))


def _silent(until: datetime | None, present: datetime) -> bool:
    return until is not None and not present <= until <= present + LONGEST_LEASE


def _held_by(row: JobRow, token: int) -> bool:
    return bool(token) and row.state in WORKING and row.token == token


def pulses(session: Session, fits: Callable[[str], bool]) -> dict[str, tuple[str, int, datetime | None]]:
    """Worker, fencing token and end of the lease of every job in hand; a living worker moves the end all the time."""
    columns = select(JobRow.job_id, JobRow.engine, JobRow.worker, JobRow.token, JobRow.lease_until)
    rows = session.execute(columns.where(JobRow.state.in_(WORKING), JobRow.worker != "")).all()
    return {job_id: (worker, token, until) for job_id, engine, worker, token, until in rows if fits(engine)}


def ready(session: Session, fits: Callable[[str], bool] = lambda engine: True) -> list[str]:
    """Ids of waiting jobs in fair order, of the engines that fit."""
    return [job_id for job_id, engine in _turns(session) if fits(engine)]


def remind(session: Session, limit: int, again_s: float, *, told: bool = True) -> list[tuple[str, str]]:
    """Jobs to announce, oldest first: silent ones go back into the queue, waiting ones nobody was told about.

    While a job waits, `lease_until` says when it is announced again.

    Args:
        again_s: seconds until the same job is announced once more.
        told: the announcements of earlier processes still exist somewhere; False for a queue in memory, at start.

    Returns:
        id and engine of each job.
    """
    present = clock(session)
    over = or_(JobRow.lease_until < present, JobRow.lease_until > present + LONGEST_LEASE)
    unheard = JobRow.lease_until.is_(None) & (JobRow.updated_at < present - OVERLOOKED)
    silent: ColumnElement[bool] = JobRow.state.in_(WORKING) & over
    waits = JobRow.state == WAITING
    query = select(JobRow).where(or_(silent, waits & or_(over, unheard) if told else waits)).order_by(JobRow.created_at)
    rows = session.execute(query.limit(limit).with_for_update(skip_locked=True)).scalars().all()
    for row in rows:
        if row.state != WAITING:
            row.state, row.token, row.progress = WAITING, row.token + 1, 0.0
        row.lease_until = present + timedelta(seconds=again_s)
    session.flush()
    return [(row.job_id, row.engine) for row in rows]


def give_back(session: Session, worker: str) -> int:
    """Put what a worker could not finish back into the queue; what it still writes is void. Returns how many."""
    rows = session.execute(
        select(JobRow).where(JobRow.worker == worker, JobRow.state.in_(WORKING)).with_for_update()
    ).scalars().all()  # fmt: skip
    for row in rows:
        requeue(session, row)
    return len(rows)


def standings(session: Session, job_ids: Collection[str]) -> dict[str, tuple[str, int]]:
    """State and newest fencing token of those jobs that have a row."""
    query = select(JobRow.job_id, JobRow.state, JobRow.token).where(JobRow.job_id.in_(job_ids))
    return {job_id: (state, token) for job_id, state, token in session.execute(query)}


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
        .values(
            state=state, progress=progress, updated_at=now(), lease_until=clock(session) + timedelta(seconds=seconds)
        )
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
    row.lease_until = clock(session) + timedelta(seconds=seconds)
    row.token, row.updated_at, row.attempt = row.token + 1, now(), max(0, row.attempt - 1)
    row.worker = ""
    session.flush()


def requeue(session: Session, row: JobRow) -> None:
    """Put a job back into the queue: a graceful stop, or a reviewer's approval. Fences whoever held it."""
    row.state, row.lease_until, row.updated_at, row.attempt = WAITING, None, now(), max(0, row.attempt - 1)
    row.token += 1
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
