"""Deciding: votes, double review, the undo window, and carrying out what was decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from errors import ColophonError, UsageError
from moderation import journal, leases, statements
from moderation.actions import EnforcementAction, Reached, plan
from moderation.cases import Case, CaseState, Choice, Happened
from moderation.context import Context
from moderation.notices import NOTICES
from moderation.roles import NotAllowed, Reviewer, require
from records import cases
from records.moderation_tables import CaseRow
from records.tables import JobRow, ReleaseRow

MAX_FACTS = 2000
MAX_FAILURES = 5
RETRY_S = 30


@dataclass(frozen=True, slots=True)
class Decided:
    """What a reviewer submits.

    Attributes:
        token: the lease under which it was decided; a late or doubled submit carries an old one.
        policy: the clause it rests on; for APPROVE the clause that was examined.
        facts: what was seen and where, without personal data; becomes part of the statement of reasons.
    """

    token: int
    choice: Choice
    policy: str
    facts: str = ""


def clauses(context: Context) -> tuple[str, ...]:
    """Policy ids that a decision may rest on."""
    ids = {rule.policy for rule in context.policy.rules} | {kind.policy for kind in NOTICES.values()}
    return tuple(sorted(ids | {"system.not_judged"}))


def decide(session: Session, context: Context, reviewer: Reviewer, case_id: str, decided: Decided) -> Case:
    """Record a reviewer's decision and, when it restricts something, its statement of reasons.

    Raises:
        NotAllowed: no right in this queue, or the same person decided before.
        UsageError: the lease is lost, the clause unknown, the facts too long or personal.
    """
    row = leases.held(session, context, reviewer, case_id, decided.token)
    require(reviewer, "decide", row.queue)
    if cases.barrier(session, case_id, reviewer.reviewer_id) == "decided":
        raise NotAllowed("error.desk.own_decision")
    if decided.policy not in clauses(context):
        raise UsageError("error.desk.clause", policy=decided.policy[:60])
    if len(decided.facts) > MAX_FACTS:
        raise UsageError("error.desk.too_long", limit=MAX_FACTS)
    case = journal.load(session, case_id)
    return _record(session, context, reviewer, row, case, decided)


def _record(session: Session, context: Context, reviewer: Reviewer, row: CaseRow, case: Case, decided: Decided) -> Case:
    at = context.clock()
    text_id, commitment = journal.write_text(session, case.case_id, "facts", decided.facts, at)
    leads_to, queue = _leads_to(context, case, decided.choice)
    facts: dict[str, Any] = {
        "choice": decided.choice.value, "policy": decided.policy, "text_id": text_id, "text": commitment,
        "leads_to": leads_to, "queue": queue, "was": case.queue, "statement": "",
    }  # fmt: skip
    if leads_to == "settling":
        facts["settle_at"] = (at + timedelta(seconds=context.config.undo_s)).isoformat()
        if case.live and decided.choice in (Choice.BLOCK, Choice.RESTRICT):
            statement = statements.for_case(session, context, case, decided.choice, decided.policy, decided.facts)
            facts |= {"statement": statement.puid, "statement_digest": statements.digest(statement.fields)}
    after = journal.record(session, row, reviewer.reviewer_id, "decided", facts, at)
    leases.release(row)
    for case_id in (case.case_id, *cases.copies(session, case.parent if not case.live else None)):
        cases.bar(session, case_id, reviewer.reviewer_id, "decided")
    return after


def _leads_to(context: Context, case: Case, choice: Choice) -> tuple[str, str]:
    """``settling``, or ``open`` for another reviewer, and the queue it then waits in."""
    above = "minors" if case.queue == "minors" else "senior"  # the child-safety lane is never left
    if choice is Choice.ESCALATE:
        return "open", above
    if case.queue not in context.config.double_queues:
        return "settling", case.queue
    agreeing = sum(vote.choice is choice for vote in case.votes)
    if agreeing:
        return "settling", case.queue
    return "open", above if any(vote.choice is not Choice.ESCALATE for vote in case.votes) else case.queue


def undo(session: Session, context: Context, reviewer: Reviewer, case_id: str) -> tuple[Case, int]:
    """Take one's own last decision back within the window; the reviewer holds the case again.

    Returns:
        the case and the token of the new lease.

    Raises:
        UsageError: the window has passed, another event came after it, or it was not theirs.
    """
    row = leases.find(session, case_id)
    last = journal.happened(cases.events(session, case_id)[-1])
    at = context.clock()
    if last.kind != "decided" or last.actor != reviewer.reviewer_id or not _in_window(context, last, at):
        raise UsageError("error.desk.undo_late")
    case = journal.record(session, row, reviewer.reviewer_id, "undone", {"queue": last.facts["was"]}, at)
    if last.facts["statement"]:
        statements.void(session, last.facts["statement"])
    cases.unbar(session, case_id, reviewer.reviewer_id)
    row.lease_by, row.lease_until = reviewer.reviewer_id, at + timedelta(seconds=context.config.lease_s)
    row.lease_token += 1
    return case, row.lease_token


def _in_window(context: Context, event: Happened, at: datetime) -> bool:
    return abs((at - event.time).total_seconds()) <= context.config.undo_s


def reached(session: Session, case: Case) -> Reached:
    """The job and release that a case is about."""
    release = session.get(ReleaseRow, case.subject)
    job_id = (release.job_id or "") if release else case.subject
    job = session.get(JobRow, job_id) if job_id else None
    if release is None and job is not None:
        release = _release_of(session, job)
    if release is None:
        return Reached(job_id=job.job_id if job else "")
    return Reached(job.job_id if job else "", release.release_id, release.state)


def _release_of(session: Session, job: JobRow) -> ReleaseRow | None:
    if job.release_id:
        return session.get(ReleaseRow, job.release_id)
    query = select(ReleaseRow).where(ReleaseRow.job_id == job.job_id).order_by(ReleaseRow.created_at.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()


@dataclass(frozen=True, slots=True)
class Due:
    """A decision whose undo window has passed, ready to be carried out."""

    case: Case
    actions: tuple[EnforcementAction, ...]
    reasons: Sequence[dict[str, Any]]


def due(session: Session, context: Context, case_id: str) -> Due | None:
    """What has to be done for a settling case, or None when it no longer is one."""
    case = journal.load(session, case_id)
    if case.state is not CaseState.SETTLING or case.settle_at is None or case.settle_at > context.clock():
        return None
    vote = case.votes[-1]
    actions = plan(case, vote.choice, vote.policy, reached(session, case))
    return Due(case, actions, statements.reasons(vote.policy))


def settled(session: Session, context: Context, due: Due) -> Case | None:
    """Close a case whose effects were carried out; None when another worker already did."""
    row = leases.find(session, due.case.case_id)
    if row.state != CaseState.SETTLING or row.events != due.case.events:
        return None
    facts = {"actions": [action.as_dict() for action in due.actions]}
    return journal.record(session, row, "system", "settled", facts, context.clock())


def failed(session: Session, context: Context, due: Due, error: ColophonError) -> None:
    """Note that an effect could not be carried out: tried again later, in the end a senior reviewer's matter."""
    row = leases.find(session, due.case.case_id)
    if row.state != CaseState.SETTLING or row.events != due.case.events:
        return
    at, last = context.clock(), due.case.failures + 1 >= MAX_FAILURES
    retry = "" if last else (at + timedelta(seconds=RETRY_S * 2**due.case.failures)).isoformat()
    queue = "minors" if due.case.queue == "minors" else "senior"
    facts = {"error": error.key, "retry_at": retry, "queue": queue}
    if last:
        for vote in due.case.votes:
            cases.unbar(session, due.case.case_id, vote.reviewer)
    journal.record(session, row, "system", "failed", facts, at)
