"""How long things are kept, as settings; a worker that erases, idempotently; and the page that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from moderation import consent
from moderation.config import RetentionConfig
from moderation.context import Context
from records import audit, consents
from records.jobs import erased_request
from records.moderation_tables import (
    CaseTextRow,
    DeskSessionRow,
    ExposureRow,
    HitRow,
    NoticeRow,
    ProposalRow,
    StatementRow,
)
from records.tables import AuditPayloadRow, AuditRow, JobRow

ERASED_NOTICE = ("name", "email", "address", "description", "work", "signature", "authority")
_NOT_REFUSED = ("released", "failed", "cancelled")
_FINAL = ("released", "refused", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Line:
    """One class of data on the published page: a key for its name and how long it is kept, in hours."""

    name: str
    hours: int


def table(config: RetentionConfig) -> list[Line]:
    """The published retention table."""
    return [
        Line("captures", config.captures_hours),
        Line("hits", config.hits_hours),
        Line("prompts", config.prompts_days * 24),
        Line("refused_prompts", config.refused_prompts_days * 24),
        Line("case_texts", config.case_texts_days * 24),
        Line("notice_contacts", config.notice_contacts_days * 24),
        Line("exposures", config.exposures_days * 24),
        Line("audit_payloads", config.audit_payloads_days * 24),
        Line("statements", config.statements_days * 24),
    ]


def run(session: Session, context: Context) -> dict[str, int]:
    """Erase what is past its time; returns how much of each class. A second run at the same time erases nothing."""
    at, keep = context.clock(), context.config.retention
    steps: dict[str, Callable[[], int]] = {
        "captures": lambda: _captures(session, context, at - timedelta(hours=keep.captures_hours)),
        "hits": lambda: _delete(session, delete(HitRow).where(HitRow.time < at - timedelta(hours=keep.hits_hours))),
        "sessions": lambda: _sessions(session, context, at),
        "prompts": lambda: _prompts(session, at - timedelta(days=keep.prompts_days), _NOT_REFUSED),
        "refused_prompts": lambda: _prompts(session, at - timedelta(days=keep.refused_prompts_days), _FINAL),
        "case_texts": lambda: _delete(
            session, delete(CaseTextRow).where(CaseTextRow.created_at < at - timedelta(days=keep.case_texts_days))
        ),
        "notice_contacts": lambda: _notices(session, at - timedelta(days=keep.notice_contacts_days)),
        "exposures": lambda: _delete(
            session,
            delete(ExposureRow).where(ExposureRow.day < (at - timedelta(days=keep.exposures_days)).date().isoformat()),
        ),
        "audit_payloads": lambda: _payloads(session, at - timedelta(days=keep.audit_payloads_days)),
        "statements": lambda: _delete(
            session, delete(StatementRow).where(StatementRow.created_at < at - timedelta(days=keep.statements_days))
        ),
        "consents": lambda: consent.expire(session, context),
    }  # fmt: skip
    erased = {name: step() for name, step in steps.items()}
    for name, count in erased.items():
        if count:
            audit.append(
                session, actor="system", action="retention.erased", subject=name, facts={"class": name, "count": count}
            )
    return erased


def _prompts(session: Session, before: datetime, states: tuple[str, ...]) -> int:
    query = select(JobRow).where(JobRow.updated_at < before, JobRow.state.in_(states))
    rows = [row for row in session.execute(query).scalars() if not row.request.get("erased")]
    for row in rows:
        row.request = erased_request(row.request)
    return len(rows)


def _notices(session: Session, before: datetime) -> int:
    query = select(NoticeRow).where(NoticeRow.created_at < before, ~NoticeRow.erased)
    rows = session.execute(query).scalars().all()
    for row in rows:
        row.fields = {name: value for name, value in row.fields.items() if name not in ERASED_NOTICE}
        row.erased = True
    contacts = update(ProposalRow).where(ProposalRow.created_at < before, ProposalRow.contact != "").values(contact="")
    return len(rows) + _delete(session, contacts)


def _payloads(session: Session, before: datetime) -> int:
    last = session.execute(select(func.max(AuditRow.sequence)).where(AuditRow.time < before)).scalar()
    return _delete(session, delete(AuditPayloadRow).where(AuditPayloadRow.sequence <= last)) if last else 0


def _captures(session: Session, context: Context, before: datetime) -> int:
    rows = consents.with_capture(session, before)
    for row in rows:
        consent.delete_capture(context, row)
    return len(rows)


def _sessions(session: Session, context: Context, at: datetime) -> int:
    oldest = at - timedelta(seconds=context.config.login.absolute_s)
    return _delete(session, delete(DeskSessionRow).where(DeskSessionRow.created_at < oldest))


def _delete(session: Session, statement: Any) -> int:
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0
