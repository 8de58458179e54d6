"""Opening cases: once for each key, in the right queue, kept from those who decided before."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from moderation import journal
from moderation.cases import CaseKind
from moderation.context import Context, hash_token
from moderation.queues import dsa_category, place, severity_of
from records import cases
from records.moderation_tables import CaseRow


@dataclass(frozen=True, slots=True)
class Opening:
    """What a new case is about. `key` makes it unique: a second opening under a key finds the first."""

    kind: CaseKind
    subject: str
    policy: str
    key: str
    locale: str = "en"
    severity: int = 0
    category: str = ""
    parent: str | None = None
    live: bool = True
    actor: str = "system"


def open_case(session: Session, context: Context, opening: Opening) -> tuple[CaseRow, bool]:
    """The case of an opening and whether it is new."""
    found = cases.by_key(session, opening.key)
    if found is not None:
        return found, False
    row = _row(context, opening)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Another worker was faster; its case is the case.
        existing = cases.by_key(session, opening.key)
        if existing is None:
            raise
        return existing, False
    _record(session, context, opening, row)
    for reviewer_id in cases.deciders(session, _earlier(session, opening)):
        cases.bar(session, row.case_id, reviewer_id, "decided")
    return row, True


def _row(context: Context, opening: Opening) -> CaseRow:
    at, case_id = context.clock(), "c-" + secrets.token_hex(8)
    return CaseRow(
        case_id=case_id, kind=opening.kind.value, live=opening.live, queue="held", urgency=4, policy=opening.policy,
        subject=opening.subject, parent=opening.parent, state="open", locale=opening.locale, opened_at=at,
        due_at=at, dedupe_key=opening.key, secret_hash=hash_token(context.link("case", case_id)),
    )  # fmt: skip


def _record(session: Session, context: Context, opening: Opening, row: CaseRow) -> None:
    severity = opening.severity or severity_of(context.policy, opening.policy)
    category = opening.category or dsa_category(context.policy, opening.policy)
    at = context.clock()
    where = place(opening.kind, opening.policy, severity, category, at, context.config)
    facts = {
        "kind": opening.kind.value, "live": opening.live, "queue": where.queue, "severity": where.severity,
        "policy": opening.policy, "subject": opening.subject, "parent": opening.parent, "locale": opening.locale,
        "due_at": where.due_at.isoformat(),
    }  # fmt: skip
    journal.record(session, row, opening.actor, "opened", facts, at)


def _earlier(session: Session, opening: Opening) -> list[str]:
    found = [row.case_id for row in cases.of_subject(session, opening.subject)]
    parent = opening.parent
    while parent is not None:
        found.append(parent)
        row = cases.get(session, parent)
        found += [other.case_id for other in cases.of_subject(session, row.subject)] if row else []
        parent = row.parent if row else None
    return found
