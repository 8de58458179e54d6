"""Which queue a case goes to, how long it may take, and how its clock stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from moderation.cases import CaseKind
from moderation.config import DeskConfig
from safety.policy import SYSTEM_POLICY, Policy

MINORS = "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"
INTIMATE = frozenset({"STATEMENT_CATEGORY_CYBER_VIOLENCE", "STATEMENT_CATEGORY_CYBER_VIOLENCE_AGAINST_WOMEN"})
_BY_KIND = {
    CaseKind.HELD: "held",
    CaseKind.APPEAL: "appeals",
    CaseKind.NOTICE: "notices",
    CaseKind.CONSENT: "consent",
    CaseKind.PROPOSAL: "registry",
}


class Clock(StrEnum):
    """How much of a case's time is used."""

    DUE = "due"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case belongs."""

    queue: str
    severity: int
    due_at: datetime


def severity_of(policy: Policy, policy_id: str) -> int:
    """Severity of a policy id, 1 to 4: the worst of its rules; 1 when no rule names it."""
    return max((rule.severity for rule in policy.rules if rule.policy == policy_id), default=1)


def dsa_category(policy: Policy, policy_id: str) -> str:
    """Category of the DSA transparency database for a policy id."""
    found = [rule.dsa for rule in policy.rules if rule.policy == policy_id]
    return found[0] if found else "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"


def place(kind: CaseKind, policy_id: str, severity: int, category: str, at: datetime, config: DeskConfig) -> Place:
    """Queue and clock of a new case. Minors and intimate images go first whatever kind the case is."""
    queue = _BY_KIND[kind]
    if category == MINORS:
        queue = "minors"
    elif category in INTIMATE and severity >= 4:
        queue = "intimate"
    elif policy_id == "notice.order":
        queue = "orders"
    return Place(queue, severity, at + timedelta(hours=config.clock_h(queue)))


def worst(policy: Policy, policy_ids: list[str]) -> str:
    """The policy id with the highest severity; the first wins a tie."""
    return max(policy_ids, key=lambda policy_id: severity_of(policy, policy_id), default=SYSTEM_POLICY)


def clock(opened_at: datetime, due_at: datetime, at: datetime, at_risk_share: float) -> Clock:
    """The state of a case's clock."""
    if at >= due_at:
        return Clock.OVERDUE
    if at >= opened_at + (due_at - opened_at) * at_risk_share:
        return Clock.AT_RISK
    return Clock.DUE
