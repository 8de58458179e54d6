"""Checking the checkers: blind second looks, golden cases, agreement."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from errors import UsageError
from moderation import journal
from moderation.cases import Case, CaseKind, Choice
from moderation.context import Context
from moderation.opening import Opening, open_case
from moderation.roles import Reviewer, require
from records import audit, cases
from records.moderation_tables import CaseRow, ComparisonRow

_SCALE = 1_000_000
MAX_COPIES = 20


def maybe_second_look(session: Session, context: Context, case: Case) -> CaseRow | None:
    """Open a blind second look at a decided case, at the configured rate. It shows as what it repeats."""
    if not case.live or case.kind in (CaseKind.CONSENT, CaseKind.PROPOSAL):
        return None
    if secrets.randbelow(_SCALE) >= context.config.second_look_rate * _SCALE:
        return None
    return _copy(session, context, case, "second_look", case.outcome)


def golden(
    session: Session, context: Context, reviewer: Reviewer, case_id: str, expected: Choice, copies: int = 1
) -> list[CaseRow]:
    """Make golden cases of a closed one: the right answer is known, and they wait in the queue like any other.

    Each copy goes to another reviewer, and none to those who decided the case before or made it.

    Raises:
        NotAllowed, UsageError: no right to; the case is not closed; escalation is no answer; 1 to 20 copies.
    """
    require(reviewer, "golden")
    if cases.get(session, case_id) is None:
        raise UsageError("error.desk.unknown_case")
    case = journal.load(session, case_id)
    if not case.live or case.closed_at is None or expected is Choice.ESCALATE or not 1 <= copies <= MAX_COPIES:
        raise UsageError("error.desk.golden")
    made = [_copy(session, context, case, "golden", expected.value) for _ in range(copies)]
    for row in made:
        cases.bar(session, row.case_id, reviewer.reviewer_id, "decided")
    facts = {"case": case_id, "expected": expected.value, "copies": copies}
    audit.append(session, actor=reviewer.reviewer_id, action="quality.golden", subject=case_id, facts=facts)
    return made


@dataclass(frozen=True, slots=True)
class Golden:
    """A golden case and how it was answered; `decided` and `reviewer` are empty until then."""

    case_id: str
    of: str
    policy: str
    expected: str
    decided: str
    reviewer: str


def golden_cases(session: Session, reviewer: Reviewer, limit: int = 200) -> list[Golden]:
    """Golden cases, newest first.

    Raises:
        NotAllowed: who answers golden cases must not know which they are.
    """
    require(reviewer, "golden")
    query = (
        select(ComparisonRow, CaseRow.parent)
        .join(CaseRow, CaseRow.case_id == ComparisonRow.case_id)
        .where(ComparisonRow.purpose == "golden")
        .order_by(ComparisonRow.created_at.desc(), ComparisonRow.case_id)
        .limit(limit)
    )
    return [
        Golden(row.case_id, parent or "", row.policy, row.expected, row.decided, row.reviewer_id)
        for row, parent in session.execute(query)
    ]


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
