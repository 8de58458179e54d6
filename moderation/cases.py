"""What a case is: the fold of its events. Nothing else decides its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


class CaseKind(StrEnum):
    """Why the case exists."""

    HELD = "held"
    APPEAL = "appeal"
    NOTICE = "notice"
    CONSENT = "consent"
    PROPOSAL = "proposal"


class CaseState(StrEnum):
    """OPEN awaits a reviewer, SETTLING can still be undone, CLOSED was carried out."""

    OPEN = "open"
    SETTLING = "settling"
    CLOSED = "closed"


class Choice(StrEnum):
    """What a reviewer can choose. For an appeal or a notice, APPROVE favours publication, BLOCK does not."""

    APPROVE = "approve"
    RESTRICT = "restrict"
    BLOCK = "block"
    ESCALATE = "escalate"


@dataclass(frozen=True, slots=True)
class Vote:
    """One reviewer's choice in the current round."""

    reviewer: str
    choice: Choice
    policy: str
    text_id: str


@dataclass(frozen=True, slots=True)
class Happened:
    """One event, as stored."""

    case_id: str
    number: int
    time: datetime
    actor: str
    kind: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A case after some events.

    Attributes:
        live: False for second looks and golden cases: compared, never carried out.
        severity: 0 (none) to 4 (minors, intimate).
        subject: id of the job, release, consent or proposal.
        parent: the case that this one looks at again.
        votes: choices of the current round, oldest first.
        outcome: the choice that was carried out; empty until closed.
    """

    case_id: str
    kind: CaseKind
    live: bool
    queue: str
    severity: int
    policy: str
    subject: str
    parent: str | None
    locale: str
    opened_at: datetime
    due_at: datetime
    state: CaseState = CaseState.OPEN
    votes: tuple[Vote, ...] = ()
    outcome: str = ""
    settle_at: datetime | None = None
    closed_at: datetime | None = None
    assigned_to: str | None = None
    events: int = 1
    failures: int = 0

    @property
    def area(self) -> str:
        """The part of the policy id before the dot."""
        return self.policy.partition(".")[0]


def fold(events: Iterable[Happened]) -> Case:
    """The case that the events describe.

    Raises:
        ValueError: no event, a first event that is not `opened`, a gap in the numbers or an unknown kind.
    """
    case: Case | None = None
    for expected, event in enumerate(events, 1):
        if event.number != expected:
            raise ValueError(f"event {expected} is missing")
        if case is None:
            case = _opened(event)
            continue
        if event.kind not in _STEPS:
            raise ValueError(f"unknown event {event.kind}")
        case = replace(_STEPS[event.kind](case, event), events=event.number)
    if case is None:
        raise ValueError("a case has at least one event")
    return case


def _opened(event: Happened) -> Case:
    if event.kind != "opened":
        raise ValueError("the first event opens the case")
    facts = event.facts
    return Case(
        event.case_id, CaseKind(facts["kind"]), facts["live"], facts["queue"], facts["severity"], facts["policy"],
        facts["subject"], facts["parent"], facts["locale"], event.time, datetime.fromisoformat(facts["due_at"]),
    )  # fmt: skip


def _same(case: Case, event: Happened) -> Case:
    return case


def _decided(case: Case, event: Happened) -> Case:
    facts = event.facts
    vote = Vote(event.actor, Choice(facts["choice"]), facts["policy"], facts["text_id"])
    votes = (*case.votes, vote)
    if facts["leads_to"] == "settling":
        settle_at = datetime.fromisoformat(facts["settle_at"])
        return replace(case, votes=votes, state=CaseState.SETTLING, settle_at=settle_at, assigned_to=None)
    return replace(case, votes=votes, queue=facts["queue"], assigned_to=None)


def _undone(case: Case, event: Happened) -> Case:
    return replace(case, votes=case.votes[:-1], state=CaseState.OPEN, settle_at=None, queue=event.facts["queue"])


def _settled(case: Case, event: Happened) -> Case:
    return replace(
        case, state=CaseState.CLOSED, outcome=case.votes[-1].choice.value, settle_at=None, closed_at=event.time
    )


def _closed(case: Case, event: Happened) -> Case:
    return replace(case, state=CaseState.CLOSED, outcome=event.facts["why"], settle_at=None, closed_at=event.time)


def _failed(case: Case, event: Happened) -> Case:
    retry = event.facts["retry_at"]
    if retry:
        return replace(case, settle_at=datetime.fromisoformat(retry), failures=case.failures + 1)
    failures, queue = case.failures + 1, event.facts["queue"]
    return replace(case, state=CaseState.OPEN, votes=(), settle_at=None, queue=queue, failures=failures)


def _routed(case: Case, event: Happened) -> Case:
    due_at = min(case.due_at, datetime.fromisoformat(event.facts["due_at"]))
    return replace(case, queue=event.facts["queue"], severity=event.facts["severity"], due_at=due_at)


def _assigned(case: Case, event: Happened) -> Case:
    return replace(case, assigned_to=event.facts["to"] or None)


_STEPS = {
    "claimed": _same,
    "returned": _same,
    "skipped": _same,
    "noted": _same,
    "joined": _same,
    "message": _same,
    "revealed": _same,
    "interim": _same,
    "assigned": _assigned,
    "decided": _decided,
    "undone": _undone,
    "settled": _settled,
    "closed": _closed,
    "failed": _failed,
    "routed": _routed,
}
