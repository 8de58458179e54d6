"""Writing statements of reasons: for a reviewer's decision in its transaction, for an automatic refusal at once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from moderation.cases import Case, CaseKind, Choice
from moderation.context import Context
from moderation.notices import NOTICES
from moderation.queues import dsa_category
from moderation.reasons import StatementOfReasons, make
from moderation.words import say
from records import statements as rows
from records.moderation_tables import StatementRow
from records.tables import JobRow, ReleaseRow

_CONTENT = {"video": "CONTENT_TYPE_VIDEO", "image": "CONTENT_TYPE_IMAGE", "audio": "CONTENT_TYPE_AUDIO"}


def for_case(session: Session, context: Context, case: Case, choice: Choice, policy: str, facts: str) -> StatementRow:
    """The statement of a decision that restricts something; part of the caller's transaction.

    Raises:
        UsageError: a field is not valid; nothing of the decision is then written.
    """
    notified = case.kind is CaseKind.NOTICE
    statement = make(
        **_common(session, context, case.subject, policy, case.opened_at.date()),
        decision_visibility=(_visibility(session, case, choice),),
        decision_facts=facts.strip() or _standard(policy, case.locale),
        source_type=_source(case.policy) if notified else "SOURCE_VOLUNTARY",
        automated_detection="No" if notified else "Yes",
        automated_decision="AUTOMATED_DECISION_NOT_AUTOMATED",
    )
    return _store(session, context, statement, case.case_id, case.subject, policy, case.locale)


def for_refused_job(session: Session, context: Context, job: JobRow) -> StatementRow:
    """The statement of a refusal that no person took part in."""
    policies = [str(reason.get("policy", "")) for reason in job.reasons if reason.get("policy")]
    policy = policies[0] if policies else "system.not_judged"
    places = ", ".join(dict.fromkeys(_place(reason) for reason in job.reasons)) or "request"
    statement = make(
        **_common(session, context, job.job_id, policy, job.created_at.date()),
        decision_visibility=("DECISION_VISIBILITY_CONTENT_DISABLED",),
        decision_facts=say(
            "desk.facts.automatic", job.locale, places=places, rule=say(f"policy.{policy}.rule", job.locale)
        ),
        source_type="SOURCE_VOLUNTARY",
        automated_detection="Yes",
        automated_decision="AUTOMATED_DECISION_FULLY",
    )
    return _store(session, context, statement, None, job.job_id, policy, job.locale)


def void(session: Session, puid: str) -> None:
    """Mark the statement of an undone decision: it was never sent and is never exported."""
    rows.get(session, puid).voided = True


def digest(fields: Mapping[str, Any]) -> str:
    """SHA-256 of a statement in canonical form; the decision's event commits to it."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def reasons(policy: str) -> Sequence[dict[str, Any]]:
    """A reviewer's refusal in the shape of `pipeline.views.ReasonView`."""
    return [
        {
            "policy": policy, "where": "request", "rule_key": f"policy.{policy}.rule",
            "remedy_key": f"policy.{policy}.remedy", "sureness": "certain", "time_s": None, "box": None, "span": None,
        }
    ]  # fmt: skip


def _common(session: Session, context: Context, subject: str, policy: str, made: date) -> dict[str, Any]:
    job, today = _job(session, subject), context.clock().date()
    language = (job.locale if job else "en").partition("-")[0]
    notice = next((kind for kind in NOTICES.values() if kind.policy == policy), None)
    return {
        **_ground(policy, notice.illegal if notice else False),
        "category": notice.category if notice else dsa_category(context.policy, policy),
        "category_specification": (notice.keyword,) if notice and notice.keyword else (),
        "content_type": (_content(session, subject, job), "CONTENT_TYPE_SYNTHETIC_MEDIA"),
        "content_language": language.upper() if len(language) == 2 else None,
        "content_date": min(job.created_at.date() if job else made, today),
        "application_date": today,
        "puid": f"colophon-{secrets.token_hex(12)}",
    }


def _standard(policy: str, locale: str) -> str:
    """What a statement says when the reviewer wrote nothing; in the language of the person concerned."""
    return say("desk.facts.reviewed", locale, rule=say(f"policy.{policy}.rule", locale))


def _ground(policy: str, illegal: bool) -> dict[str, Any]:
    title, rule = say(f"policy.{policy}.title"), say(f"policy.{policy}.rule")
    if illegal:
        return {
            "decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT",
            "illegal_content_legal_ground": title[:500],
            "illegal_content_explanation": rule[:2000],
        }
    return {
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": title[:500],
        "incompatible_content_explanation": rule[:2000],
    }


def _visibility(session: Session, case: Case, choice: Choice) -> str:
    if choice is Choice.RESTRICT:
        return "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"
    released = session.get(ReleaseRow, case.subject) is not None
    return "DECISION_VISIBILITY_CONTENT_REMOVED" if released else "DECISION_VISIBILITY_CONTENT_DISABLED"


def _source(policy: str) -> str:
    return "SOURCE_TYPE_OTHER_NOTIFICATION" if policy == "notice.order" else "SOURCE_ARTICLE_16"


def _job(session: Session, subject: str) -> JobRow | None:
    release = session.get(ReleaseRow, subject)
    return session.get(JobRow, (release.job_id or "") if release else subject)


def _content(session: Session, subject: str, job: JobRow | None) -> str:
    release = session.get(ReleaseRow, subject)
    kind = release.media_type.partition("/")[0] if release else str((job.request if job else {}).get("output", "video"))
    return _CONTENT.get(kind, "CONTENT_TYPE_VIDEO")


def _place(reason: Mapping[str, Any]) -> str:
    where = str(reason.get("where", "request"))
    return where if where.replace(" ", "").replace(".", "").isalnum() else "request"


def _store(
    session: Session, context: Context, statement: StatementOfReasons, case_id: str | None, subject: str, policy: str,
    locale: str,
) -> StatementRow:  # fmt: skip
    row = StatementRow(
        puid=statement.puid, case_id=case_id, subject=subject, fields=statement.model_dump(mode="json"), policy=policy,
        locale=locale, voided=False, created_at=context.clock(),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row
