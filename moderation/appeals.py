"""Appeals by secret link, without an account, and what the link shows afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from errors import UsageError
from moderation import journal, throttle
from moderation.cases import CaseKind, CaseState
from moderation.context import Context, hash_token
from moderation.opening import Opening, open_case
from moderation.queues import worst
from records import cases, statements
from records.moderation_tables import CaseRow, NoticeRow, StatementRow
from records.tables import JobRow, ReleaseRow, VerdictRow

MAX_MESSAGE = 5000


@dataclass(frozen=True, slots=True)
class Appealable:
    """What a token lets its holder appeal against.

    Attributes:
        subject: job, or release that was taken down.
        reasons: reasons as stored with the job; rule and remedy are message keys.
        open_case: secret of the appeal that already runs, or of the one that was decided; empty when there is none.
    """

    subject: str
    state: str
    locale: str
    reasons: Sequence[dict[str, object]]
    statement: StatementRow | None
    appeal_secret: str
    until: datetime


def look(session: Session, context: Context, token: str) -> Appealable:
    """What a token is good for.

    Raises:
        UsageError: no job has this token, there is nothing to appeal against, or the time for it is over.
    """
    job = _job(session, token)
    subject, state = _subject(session, job)
    stated = [*statements.of_subject(session, subject), *statements.of_subject(session, job.job_id)]
    since = stated[0].created_at if stated else job.updated_at
    until = since + timedelta(days=context.config.appeal_window_days)
    running = cases.by_key(session, _key(session, subject))
    if context.clock() > until and running is None:
        raise UsageError("error.appeal.late", days=context.config.appeal_window_days)
    secret = context.link("case", running.case_id) if running else ""
    return Appealable(subject, state, job.locale, job.reasons, stated[0] if stated else None, secret, until)


def appeal(session: Session, context: Context, token: str, message: str) -> str:
    """Open the appeal of a refusal, a hold or a take-down; returns the secret of its case.

    A job that still waits for a person gets the message added to its case. Sent twice, the first appeal stands.

    Raises:
        UsageError: the token is unknown or too late, the message is empty or too long. TooMany: too many attempts.
    """
    text = message.strip()
    if not text or len(text) > MAX_MESSAGE:
        raise UsageError("error.appeal.message", limit=MAX_MESSAGE)
    found = look(session, context, token)
    if found.appeal_secret:
        return found.appeal_secret
    throttle.hit(session, context, "appeal", found.subject, context.config.appeal_throttle)
    waiting = _waiting(session, found.subject)
    if waiting is not None:
        _message(session, context, waiting, text)
        return context.link("case", waiting.case_id)
    row = _open(session, context, found)
    _message(session, context, row, text)
    return context.link("case", row.case_id)


def _job(session: Session, token: str) -> JobRow:
    query = select(JobRow).where(JobRow.appeal_hash == hash_token(token))
    job = session.execute(query).scalar_one_or_none() if 16 <= len(token) <= 100 else None
    if job is None:
        raise UsageError("error.appeal.unknown")
    return job


def _subject(session: Session, job: JobRow) -> tuple[str, str]:
    release = session.get(ReleaseRow, job.release_id) if job.release_id else None
    if release is not None and release.state == "withdrawn":
        return release.release_id, "withdrawn"
    if job.state not in ("held", "refused"):
        raise UsageError("error.appeal.nothing")
    return job.job_id, job.state


def _key(session: Session, subject: str) -> str:
    """One appeal for each decision that restricts: a new decision after a new start may be appealed again."""
    earlier = [row for row in cases.of_subject(session, subject) if row.kind != CaseKind.APPEAL]
    return f"appeal:{subject}:{len(earlier)}"


def _waiting(session: Session, subject: str) -> CaseRow | None:
    rows = cases.of_subject(session, subject)
    return next((row for row in rows if row.kind == CaseKind.HELD and row.state == CaseState.OPEN), None)


def _open(session: Session, context: Context, found: Appealable) -> CaseRow:
    earlier = cases.of_subject(session, found.subject)
    policies = [str(reason.get("policy")) for reason in found.reasons if reason.get("policy")]
    policy = found.statement.policy if found.statement else worst(context.policy, policies)
    parent = earlier[-1] if earlier else None
    severity, category = (4 - parent.urgency, "") if parent else (0, "")
    opening = Opening(
        CaseKind.APPEAL, found.subject, policy, _key(session, found.subject), found.locale, severity, category,
        parent.case_id if parent else None, actor="visitor",
    )  # fmt: skip
    return open_case(session, context, opening)[0]


def _message(session: Session, context: Context, row: CaseRow, text: str) -> None:
    text_id, commitment = journal.write_text(session, row.case_id, "message", text, context.clock())
    facts = {"text_id": text_id, "text": commitment}
    journal.record(session, row, "visitor", "message", facts, context.clock())


@dataclass(frozen=True, slots=True)
class CaseStatus:
    """What a secret link shows: no reviewer, no score.

    Attributes:
        state: ``open``, ``closed``; a decision that can still be undone counts as open.
        outcome: empty, ``approve``, ``restrict`` or ``block``.
    """

    kind: str
    state: str
    outcome: str
    policy: str
    locale: str
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    statement: StatementRow | None
    as_reporter: bool = False


def status(session: Session, context: Context, secret: str) -> CaseStatus:
    """The state of a case or notice behind a secret link.

    Raises:
        UsageError: the link is unknown.
    """
    row = cases.by_secret(session, hash_token(secret))
    reporter = False
    if row is None:
        row, reporter = _of_notice(session, context, secret), True
    if row is None:
        raise UsageError("error.appeal.unknown")
    closed = row.state == CaseState.CLOSED
    stated = [s for s in statements.of_subject(session, row.subject) if s.case_id == row.case_id]
    return CaseStatus(
        row.kind, "closed" if closed else "open", row.outcome if closed else "", row.policy, row.locale, row.opened_at,
        row.due_at, row.closed_at, stated[0] if stated and closed and not reporter else None, reporter,
    )  # fmt: skip


def _of_notice(session: Session, context: Context, secret: str) -> CaseRow | None:
    notice = session.execute(
        select(NoticeRow).where(NoticeRow.secret_hash == hash_token(secret))
    ).scalar_one_or_none()  # fmt: skip
    return cases.get(session, notice.case_id) if notice else None


def verdict_of(session: Session, job_id: str) -> VerdictRow | None:
    """The newest verdict on a job."""
    query = select(VerdictRow).where(VerdictRow.job_id == job_id).order_by(VerdictRow.verdict_id.desc()).limit(1)
    return session.execute(query).scalar_one_or_none()
