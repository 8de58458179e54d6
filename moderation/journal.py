"""Writing to a case: one event, its link in the audit chain and the folded row, in the caller's transaction."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from moderation.cases import Case, Happened, fold
from records import audit, cases
from records.moderation_tables import CaseEventRow, CaseRow, CaseTextRow


def record(session: Session, row: CaseRow, actor: str, kind: str, facts: Mapping[str, Any], at: datetime) -> Case:
    """Append an event to a case and fold it anew.

    Args:
        actor: ``system``, ``visitor``, ``reporter`` or a reviewer's pseudonym.
        facts: no text that a person wrote; see `write_text`.
        at: the present. A clock that went back does not reorder events: the last event's time is the least.
    """
    past = [happened(event) for event in cases.events(session, row.case_id)]
    time = max(at, past[-1].time) if past else at
    event = Happened(row.case_id, len(past) + 1, time, actor, kind, dict(facts))
    case = fold([*past, event])
    link = audit.append(
        session, actor=actor, action=f"case.{kind}", subject=row.case_id,
        facts={"number": event.number, "digest": digest(event)},
    )  # fmt: skip
    session.add(CaseEventRow(
        case_id=row.case_id, number=event.number, time=time, actor=actor, kind=kind,
        facts=dict(facts), audit_sequence=link.sequence,
    ))  # fmt: skip
    project(case, row)
    session.flush()
    return case


def happened(row: CaseEventRow) -> Happened:
    """A stored event."""
    return Happened(row.case_id, row.number, row.time, row.actor, row.kind, row.facts)


def load(session: Session, case_id: str) -> Case:
    """The case, folded from its events."""
    return fold(happened(event) for event in cases.events(session, case_id))


def digest(event: Happened) -> str:
    """SHA-256 of an event in canonical form; the audit chain commits to it."""
    parts = [event.case_id, event.number, event.time.isoformat(timespec="microseconds"), event.actor, event.kind]
    text = json.dumps([*parts, event.facts], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


PROJECTED = ("live", "queue", "policy", "subject", "parent", "locale", "opened_at", "due_at", "settle_at",
             "closed_at", "assigned_to", "events", "outcome")  # fmt: skip


def project(case: Case, row: CaseRow) -> None:
    """Write the folded case into its row."""
    for name in PROJECTED:
        setattr(row, name, getattr(case, name))
    row.kind, row.state, row.urgency = case.kind.value, case.state.value, 4 - case.severity


def write_text(session: Session, case_id: str, kind: str, body: str, at: datetime) -> tuple[str, str]:
    """Store what a person wrote where retention can erase it; returns its id and a salted commitment."""
    text_id, salt = secrets.token_hex(12), secrets.token_hex(16)
    session.add(CaseTextRow(text_id=text_id, case_id=case_id, kind=kind, body=body, salt=salt, created_at=at))
    return text_id, audit.commit(salt, body)
