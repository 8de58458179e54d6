"""One decision about many cases, previewed first; what was not previewed is not decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from errors import UsageError
from moderation import decisions, journal, leases
from moderation.actions import plan
from moderation.cases import Choice
from moderation.context import Context
from moderation.decisions import Decided
from moderation.roles import Reviewer
from records import cases
from records.moderation_tables import CaseRow

MAX_CASES = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a preview: what would be done, or why nothing can be."""

    case_id: str
    policy: str
    effects: tuple[str, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview; `seal` binds the reviewer, the choice and the exact state of every case."""

    lines: tuple[Line, ...]
    seal: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many were decided, and which could not be."""

    decided: int
    left: tuple[str, ...]


def preview(session: Session, context: Context, reviewer: Reviewer, case_ids: Sequence[str], choice: Choice) -> Preview:
    """What the decision would do to each case.

    Raises:
        UsageError: no case, too many, or one that does not exist.
    """
    lines = tuple(_line(session, context, reviewer, row, choice) for row in _rows(session, case_ids))
    return Preview(lines, _seal(session, context, reviewer, case_ids, choice))


def decide(
    session: Session, context: Context, reviewer: Reviewer, case_ids: Sequence[str], choice: Choice, policy: str,
    facts: str, seal: str,
) -> Outcome:  # fmt: skip
    """Claim and decide each case of a preview, one after the other.

    Raises:
        UsageError: anything changed since the preview.
    """
    if seal != _seal(session, context, reviewer, case_ids, choice):
        raise UsageError("error.desk.bulk_changed")
    lines = [_line(session, context, reviewer, row, choice) for row in _rows(session, case_ids)]
    able = [line.case_id for line in lines if not line.problem]
    for case_id in able:
        row = leases.claim_one(session, context, reviewer, case_id)
        decisions.decide(session, context, reviewer, case_id, Decided(row.lease_token, choice, policy, facts))
    return Outcome(len(able), tuple(line.case_id for line in lines if line.problem))


def _rows(session: Session, case_ids: Sequence[str]) -> list[CaseRow]:
    if not 0 < len(case_ids) <= MAX_CASES:
        raise UsageError("error.desk.bulk_size", limit=MAX_CASES)
    rows = [cases.get(session, case_id) for case_id in dict.fromkeys(case_ids)]
    if any(row is None for row in rows):
        raise UsageError("error.desk.unknown_case")
    return [row for row in rows if row is not None]


def _line(session: Session, context: Context, reviewer: Reviewer, row: CaseRow, choice: Choice) -> Line:
    problem = _problem(session, context, reviewer, row)
    case = journal.load(session, row.case_id)
    actions = plan(case, choice, row.policy, decisions.reached(session, case))
    return Line(row.case_id, row.policy, tuple(action.effect.value for action in actions), problem)


def _problem(session: Session, context: Context, reviewer: Reviewer, row: CaseRow) -> str:
    if not (reviewer.may("bulk", row.queue) and reviewer.may("decide", row.queue)):
        return "error.desk.not_allowed"
    at, lease_s = context.clock(), context.config.lease_s
    others = row.lease_by != reviewer.reviewer_id and not leases.is_free(row, at, lease_s)
    if row.state != "open" or others or row.assigned_to not in (None, reviewer.reviewer_id):
        return "error.desk.taken"
    if cases.barrier(session, row.case_id, reviewer.reviewer_id) == "decided":
        return "error.desk.own_decision"
    return ""


def _seal(session: Session, context: Context, reviewer: Reviewer, case_ids: Sequence[str], choice: Choice) -> str:
    rows = _rows(session, case_ids)
    state = ",".join(f"{row.case_id}={row.events}" for row in rows)
    return context.link("bulk", f"{reviewer.reviewer_id}|{choice.value}|{state}")
