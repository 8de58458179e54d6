"""Reports by anyone: which kinds there are, what each must hold, and how one becomes a case.

Sources: DSA Article 16 (notice and action), 17 U.S.C. 512(c)(3) and (g)(3) (notice and counter-notice),
TAKE IT DOWN Act section 3 (written, signed request), IT Rules of India rule 3 (orders, intimate imagery).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from errors import UsageError
from moderation import journal, throttle
from moderation.cases import CaseKind
from moderation.context import Context, hash_token
from moderation.opening import Opening, open_case
from moderation.queues import MINORS
from records import cases, notices
from records.moderation_tables import CaseRow, NoticeRow
from records.tables import JobRow, ReleaseRow


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """A kind of notice.

    Attributes:
        requires: fields that make it valid, beyond the description.
        illegal: the ground is the law; otherwise it is our own rules.
    """

    severity: int
    category: str
    keyword: str = ""
    requires: tuple[str, ...] = ()
    illegal: bool = True
    policy: str = ""


_SIGNED = ("name", "email", "good_faith", "signature")
NOTICES = {
    "impersonation": NoticeKind(
        3, "STATEMENT_CATEGORY_SCAMS_AND_FRAUD", "KEYWORD_IMPERSONATION_ACCOUNT_HIJACKING", ("relation",), False,
        "notice.impersonation",
    ),
    "intimate_image": NoticeKind(
        4, "STATEMENT_CATEGORY_CYBER_VIOLENCE", "KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE",
        ("relation", "email", "good_faith", "signature"), True, "notice.intimate_image",
    ),
    "minor": NoticeKind(4, MINORS, "", (), True, "notice.minor"),
    "copyright": NoticeKind(
        2, "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "KEYWORD_COPYRIGHT_INFRINGEMENT",
        (*_SIGNED, "work", "accurate", "address"), True, "notice.copyright",
    ),
    "counter_notice": NoticeKind(
        2, "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS", "KEYWORD_COPYRIGHT_INFRINGEMENT",
        (*_SIGNED, "accurate", "address", "jurisdiction"), True, "notice.counter_notice",
    ),
    "illegal_content": NoticeKind(
        3, "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", "", ("name", "email", "good_faith", "law"), True,
        "notice.illegal_content",
    ),
    "order": NoticeKind(
        4, "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE", "", ("name", "email", "law", "authority"), True, "notice.order"
    ),
    "other": NoticeKind(1, "STATEMENT_CATEGORY_OTHER_VIOLATION_TC", "", (), False, "notice.other"),
}  # fmt: skip
_RELEASE = re.compile(r"rel-[0-9a-f]{16}")


class Notice(BaseModel):
    """A notice as sent. Only what its kind requires has to be filled; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: str = Field(max_length=20)
    where: str = Field(min_length=1, max_length=500)  # release id, or a link that holds it
    description: str = Field(min_length=10, max_length=5000)
    name: str = Field(default="", max_length=200)
    email: str = Field(default="", max_length=254, pattern=r"^$|^[^@\s<>\"]+@[^@\s<>\"]+\.[^@\s<>\"]+$")
    address: str = Field(default="", max_length=500)
    relation: str = Field(default="", max_length=40, pattern=r"^$|^(self|parent|agent|lawyer|other)$")
    work: str = Field(default="", max_length=2000)
    law: str = Field(default="", max_length=500)
    authority: str = Field(default="", max_length=200)
    good_faith: bool = False
    accurate: bool = False
    jurisdiction: bool = False
    signature: str = Field(default="", max_length=200)
    locale: str = Field(default="en", max_length=16)


def parse(fields: dict[str, Any]) -> Notice:
    """A complete notice.

    Raises:
        UsageError: unknown kind, or the first field that is missing or malformed.
    """
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in NOTICES:
        raise UsageError("error.report.kind")
    try:
        notice = Notice.model_validate(fields)
    except ValidationError as error:
        place = error.errors()[0]["loc"]
        raise UsageError("error.report.field", field=str(place[0])[:40] if place else "form") from None
    for name in NOTICES[notice.kind].requires:
        if not getattr(notice, name):
            raise UsageError("error.report.field", field=name)
    return notice


@dataclass(frozen=True, slots=True)
class Received:
    """Where a notice went: the secret of its case, and the release to hide until it is decided, if any."""

    secret: str
    case_id: str
    hide: str = ""


def report(session: Session, context: Context, notice: Notice, sender: str) -> Received:
    """Store a notice and open its case, or join the open one about the same release and kind.

    Args:
        sender: address the notice came from; used for the rate limit as a keyed hash, never stored.

    Raises:
        Busy: too many notices from one sender or in all.
    """
    key = _key(context, notice)
    known = notices.by_key(session, key)
    if known is not None:
        return Received(context.link("notice", known.notice_id), known.case_id)
    throttle.hit(session, context, "report", sender, context.config.report_throttle)
    throttle.hit(session, context, "report", "everyone", context.config.report_total)
    release = find_release(session, notice.where)
    row, new = _case(session, context, notice, release)
    notice_id = "n-" + secrets.token_hex(8)
    session.add(NoticeRow(
        notice_id=notice_id, case_id=row.case_id, kind=notice.kind, release_id=release.release_id if release else "",
        dedupe_key=key, secret_hash=hash_token(context.link("notice", notice_id)),
        fields=notice.model_dump(mode="json"), created_at=context.clock(),
    ))  # fmt: skip
    journal.record(session, row, "reporter", "joined", {"notice": notice_id, "kind": notice.kind}, context.clock())
    hide = _interim(session, context, notice, row, release) if new else ""
    return Received(context.link("notice", notice_id), row.case_id, hide)


def find_release(session: Session, where: str) -> ReleaseRow | None:
    """The release that an id or link names, also by the first digits of a file name; None when it is not ours."""
    found = _RELEASE.search(where)
    return session.get(ReleaseRow, found[0]) if found else None


def _case(session: Session, context: Context, notice: Notice, release: ReleaseRow | None) -> tuple[CaseRow, bool]:
    kind = NOTICES[notice.kind]
    subject = release.release_id if release else "unknown:" + secrets.token_hex(8)
    rounds = sum(
        row.state == "closed" and row.policy == kind.policy for row in cases.of_subject(session, subject)
    )  # fmt: skip
    opening = Opening(
        CaseKind.NOTICE, subject, kind.policy, f"notice:{notice.kind}:{subject}:{rounds}", _locale(session, release),
        kind.severity, kind.category, actor="reporter",
    )  # fmt: skip
    return open_case(session, context, opening)


def _interim(session: Session, context: Context, notice: Notice, row: CaseRow, release: ReleaseRow | None) -> str:
    if release is None or release.state != "released" or notice.kind not in context.config.interim_kinds:
        return ""
    journal.record(session, row, "system", "interim", {"release": release.release_id}, context.clock())
    return release.release_id


def _locale(session: Session, release: ReleaseRow | None) -> str:
    job = session.get(JobRow, release.job_id) if release and release.job_id else None
    return job.locale if job else "en"


def _key(context: Context, notice: Notice) -> str:
    """The same words about the same place by the same person are one notice."""
    parts = (notice.kind, notice.where.lower(), notice.email.lower(), " ".join(notice.description.lower().split()))
    return context.bucket("notice", hashlib.sha256("\x1f".join(parts).encode()).hexdigest())
