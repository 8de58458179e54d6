"""Who works on what: claims, heartbeats, skips and assignments. No case is ever held by two reviewers."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from errors import UsageError
from moderation import journal
from moderation.context import Context
from moderation.roles import NotAllowed, Reviewer, require
from records import cases
from records.moderation_tables import CaseRow, ExposureRow

SKIP_REASONS = ("exposure", "language", "conflict", "unsure", "technical")
MAX_BEAT_S = 60.0  # a heartbeat cannot claim more time in view than has passed between two


def claim(session: Session, context: Context, reviewer: Reviewer, queue: str = "") -> CaseRow | None:
    """The case that the reviewer holds, or the next free one of their queues, or None.

    Asking twice gives the same case: a double click never takes two.
    """
    if queue:
        require(reviewer, "claim", queue)
    at, lease_s = context.clock(), context.config.lease_s
    held = cases.held_by(session, reviewer.reviewer_id, at, lease_s)
    if held is not None:
        return held
    queues = (queue,) if queue else reviewer.queues("claim")
    row = cases.next_free(session, reviewer.reviewer_id, queues, at, lease_s, reviewer.opted_out)
    return _take(session, context, reviewer, row, at) if row is not None else None


def claim_one(session: Session, context: Context, reviewer: Reviewer, case_id: str) -> CaseRow:
    """Claim a case by its id, giving back the one held before.

    Raises:
        UsageError: it is decided, held by another, or kept from this reviewer.
    """
    row = find(session, case_id)
    require(reviewer, "claim", row.queue)
    at = context.clock()
    if holds(row, reviewer, at, context.config.lease_s):
        return row
    others = row.lease_by is not None and not is_free(row, at, context.config.lease_s)
    if row.state != "open" or others or (row.assigned_to not in (None, reviewer.reviewer_id)):
        raise UsageError("error.desk.taken")
    if cases.barrier(session, case_id, reviewer.reviewer_id) == "decided":
        raise NotAllowed("error.desk.own_decision")
    _give_back_held(session, context, reviewer, at)
    cases.unbar(session, case_id, reviewer.reviewer_id)
    return _take(session, context, reviewer, row, at)


def find(session: Session, case_id: str) -> CaseRow:
    """A case by id, locked for the rest of the transaction.

    Raises:
        UsageError: there is none.
    """
    row = cases.get(session, case_id, lock=True)
    if row is None:
        raise UsageError("error.desk.unknown_case")
    return row


def held(session: Session, context: Context, reviewer: Reviewer, case_id: str, token: int) -> CaseRow:
    """The case, if this reviewer holds it under this lease.

    Raises:
        UsageError: the lease ran out, was given to another, or the case is decided.
    """
    row = find(session, case_id)
    if not holds(row, reviewer, context.clock(), context.config.lease_s) or row.lease_token != token:
        raise UsageError("error.desk.lease_lost")
    return row


def heartbeat(
    session: Session, context: Context, reviewer: Reviewer, case_id: str, token: int, visible_s: float = 0.0
) -> datetime:
    """Renew a lease and count the seconds that media were in view; returns its new end."""
    row = held(session, context, reviewer, case_id, token)
    row.lease_until = context.clock() + timedelta(seconds=context.config.lease_s)
    if visible_s > 0:
        _expose(session, reviewer, row, context.clock(), min(visible_s, MAX_BEAT_S))
    return row.lease_until


def skip(session: Session, context: Context, reviewer: Reviewer, case_id: str, token: int, reason: str) -> None:
    """Hand a case to others, with a reason; this reviewer does not get it again by itself."""
    if reason not in SKIP_REASONS:
        raise UsageError("error.desk.skip_reason", reason=reason)
    row = held(session, context, reviewer, case_id, token)
    journal.record(session, row, reviewer.reviewer_id, "skipped", {"reason": reason}, context.clock())
    cases.bar(session, case_id, reviewer.reviewer_id, "conflict" if reason == "conflict" else "skipped")
    release(row)


def give_back(session: Session, context: Context, reviewer: Reviewer, case_id: str, token: int) -> None:
    """Put a case back in its queue."""
    row = held(session, context, reviewer, case_id, token)
    journal.record(session, row, reviewer.reviewer_id, "returned", {}, context.clock())
    release(row)


def assign(session: Session, context: Context, reviewer: Reviewer, case_id: str, to: Reviewer | None) -> None:
    """Reserve an open case for one reviewer, or for nobody again.

    Raises:
        UsageError: the case is decided or being worked on. NotAllowed: no right here, for either of the two.
    """
    row = find(session, case_id)
    require(reviewer, "assign", row.queue)
    if row.state != "open" or not is_free(row, context.clock(), context.config.lease_s):
        raise UsageError("error.desk.taken")
    if to is not None:
        require(to, "claim", row.queue)
        if cases.barrier(session, case_id, to.reviewer_id) == "decided":
            raise NotAllowed("error.desk.own_decision")
        cases.unbar(session, case_id, to.reviewer_id)
    facts = {"to": to.reviewer_id if to else ""}
    journal.record(session, row, reviewer.reviewer_id, "assigned", facts, context.clock())


def is_free(row: CaseRow, at: datetime, lease_s: int) -> bool:
    """The same rule as `records.cases.free`, for a row in hand."""
    until = row.lease_until
    return row.lease_by is None or until is None or until <= at or until > at + timedelta(seconds=lease_s)


def holds(row: CaseRow, reviewer: Reviewer, at: datetime, lease_s: int) -> bool:
    """Whether this reviewer works on the case now."""
    return row.state == "open" and row.lease_by == reviewer.reviewer_id and not is_free(row, at, lease_s)


def release(row: CaseRow) -> None:
    """End a lease. The token stays, so that a late submit is recognised."""
    row.lease_by = row.lease_until = None


def _take(session: Session, context: Context, reviewer: Reviewer, row: CaseRow, at: datetime) -> CaseRow:
    row.lease_by, row.lease_until = reviewer.reviewer_id, at + timedelta(seconds=context.config.lease_s)
    row.lease_token += 1
    journal.record(session, row, reviewer.reviewer_id, "claimed", {"token": row.lease_token}, at)
    return row


def _give_back_held(session: Session, context: Context, reviewer: Reviewer, at: datetime) -> None:
    before = cases.held_by(session, reviewer.reviewer_id, at, context.config.lease_s)
    if before is not None:
        journal.record(session, before, reviewer.reviewer_id, "returned", {}, at)
        release(before)


def _expose(session: Session, reviewer: Reviewer, row: CaseRow, at: datetime, seconds: float) -> None:
    key = (reviewer.reviewer_id, at.date().isoformat(), row.policy.partition(".")[0])
    found = session.get(ExposureRow, key)
    if found is None:
        session.add(ExposureRow(reviewer_id=key[0], day=key[1], area=key[2], seconds=seconds))
    else:
        found.seconds += seconds
