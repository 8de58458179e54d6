"""Checking the checkers: blind second looks, golden cases, agreement."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from errors import UsageError
from moderation import journal
from moderation.cases import Case, CaseKind, Choice
from moderation.context import Context
from moderation.opening import Opening, open_case
from moderation.roles import Reviewer, require
from records import cases
from records.moderation_tables import CaseRow, ComparisonRow

_SCALE = 1_000_000


def maybe_second_look(session: Session, context: Context, case: Case) -> CaseRow | None:
    """Open a blind second look at a decided case, at the configured rate. It shows as what it repeats."""
    if not case.live or case.kind in (CaseKind.CONSENT, CaseKind.PROPOSAL):
        return None
    if secrets.randbelow(_SCALE) >= context.config.second_look_rate * _SCALE:
        return None
    return _copy(session, context, case, "second_look", case.outcome)


def golden(session: Session, context: Context, reviewer: Reviewer, case_id: str, expected: Choice) -> CaseRow:
    """Make a golden case of a closed one: its right answer is known, and it waits in the queue like any other.

    Raises:
        NotAllowed, UsageError: no right to; the case is not closed; escalation is no answer.
    """
    require(reviewer, "golden")
    case = journal.load(session, case_id)
    if case.closed_at is None or expected is Choice.ESCALATE:
        raise UsageError("error.desk.golden")
    return _copy(session, context, case, "golden", expected.value)


def _copy(session: Session, context: Context, case: Case, purpose: str, expected: str) -> CaseRow:
    opening = Opening(
        case.kind, case.subject, case.policy, f"{purpose}:{case.case_id}:{secrets.token_hex(4)}", case.locale,
        case.severity, "", case.case_id, live=False,
    )  # fmt: skip
    row, _ = open_case(session, context, opening)
    if row.queue != case.queue and case.queue != "senior":
        at = context.clock()
        facts = {"queue": case.queue, "severity": case.severity, "due_at": row.due_at.isoformat()}
        journal.record(session, row, "system", "routed", facts, at)
    session.add(ComparisonRow(
        case_id=row.case_id, purpose=purpose, policy=case.policy, expected=expected, created_at=context.clock(),
    ))  # fmt: skip
    return row


def compare(session: Session, case: Case) -> None:
    """Write down how a second look or golden case was decided."""
    row = session.get(ComparisonRow, case.case_id)
    if row is not None and case.votes:
        row.decided, row.reviewer_id = case.votes[-1].choice.value, case.votes[-1].reviewer


def disagreement(session: Session, context: Context, case: Case) -> None:
    """Send a case whose second look came out differently to a senior reviewer, as an appeal nobody had to write."""
    row = session.get(ComparisonRow, case.case_id)
    if row is None or row.purpose != "second_look" or row.decided == row.expected or case.parent is None:
        return
    parent = journal.load(session, case.parent)
    opening = Opening(
        CaseKind.APPEAL, parent.subject, parent.policy, f"disagreement:{parent.case_id}", parent.locale,
        parent.severity, "", parent.case_id,
    )  # fmt: skip
    again, new = open_case(session, context, opening)
    cases.bar(session, again.case_id, row.reviewer_id, "decided")
    if new and again.queue not in ("minors", "senior"):
        facts = {"queue": "senior", "severity": parent.severity, "due_at": again.due_at.isoformat()}
        journal.record(session, again, "system", "routed", facts, context.clock())
