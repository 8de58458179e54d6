"""Tables of the moderation desk.

Two kinds: journals that only grow (`case_events`; updates and deletes are refused by triggers) and working
state that the journal explains (`cases` is the fold of its events, `desk_reviewers`, leases, sessions).
Texts that people wrote stand apart, in `case_texts` and `notices`, so that retention can erase them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from records.tables import Base, BigKey, UtcDateTime


class CaseRow(Base):
    """A case as its events leave it, plus the lease of the reviewer who holds it.

    `urgency` is 4 minus the severity, so that one ascending index gives the order of work. `live` is False for
    second looks and golden cases, whose decisions are compared and never carried out.
    """

    __tablename__ = "cases"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    live: Mapped[bool] = mapped_column(default=True)
    queue: Mapped[str] = mapped_column(String(20))
    urgency: Mapped[int] = mapped_column()
    policy: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(80), index=True)
    parent: Mapped[str | None] = mapped_column(String(40), index=True)
    state: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str] = mapped_column(String(12), default="")
    locale: Mapped[str] = mapped_column(String(16), default="en")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settle_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    assigned_to: Mapped[str | None] = mapped_column(String(40), index=True)
    events: Mapped[int] = mapped_column(default=0)
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), index=True)
    lease_by: Mapped[str | None] = mapped_column(String(40))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_token: Mapped[int] = mapped_column(BigInteger, default=0)

    __table_args__ = (
        Index("ix_cases_work", "state", "queue", "urgency", "due_at", "case_id"),
        Index("ix_cases_order", "state", "urgency", "due_at", "case_id"),
    )


class CaseEventRow(Base):
    """One thing that happened to a case. `facts` hold no text that a person wrote."""

    __tablename__ = "case_events"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.case_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    audit_sequence: Mapped[int] = mapped_column(BigInteger, unique=True)


class CaseTextRow(Base):
    """A text that a person wrote: a note, a message, the facts of a decision. Erased by retention."""

    __tablename__ = "case_texts"

    text_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.case_id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class CaseBarrierRow(Base):
    """A case that one reviewer may not take: skipped, decided before, or a party to it."""

    __tablename__ = "case_barriers"

    case_id: Mapped[str] = mapped_column(ForeignKey("cases.case_id"), primary_key=True)
    reviewer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    why: Mapped[str] = mapped_column(String(12))


class StatementRow(Base):
    """A statement of reasons (DSA Article 17). `voided` when its decision was undone within the window."""

    __tablename__ = "statements"

    puid: Mapped[str] = mapped_column(String(80), primary_key=True)
    case_id: Mapped[str | None] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(80), index=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    policy: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(16))
    voided: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class NoticeRow(Base):
    """A report by anyone. Name, address and description are erased by retention; kind and digest stay."""

    __tablename__ = "notices"

    notice_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("cases.case_id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    release_id: Mapped[str] = mapped_column(String(40), default="", index=True)
    dedupe_key: Mapped[str] = mapped_column(String(64), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    erased: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class StayDownRow(Base):
    """An output that must not come back: digests and fingerprint of a release that was taken down."""

    __tablename__ = "stay_down"

    release_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str] = mapped_column(String(40), default="")
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    draft_digest: Mapped[str] = mapped_column(String(64), index=True)
    fingerprint: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    active: Mapped[bool] = mapped_column(default=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ConsentRow(Base):
    """A person's consent to the use of their own likeness by one account, for purposes, until a day.

    `reference_hashes` are keyed digests of the reference files it covers; no template of a face or voice.
    """

    __tablename__ = "consents"

    consent_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    account: Mapped[str] = mapped_column(String(80), index=True)
    purposes: Mapped[list[str]] = mapped_column(JSON)
    reference_hashes: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(12), index=True)
    challenge: Mapped[dict[str, Any]] = mapped_column(JSON)
    capture: Mapped[str] = mapped_column(String(80), default="")
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    case_id: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ProposalRow(Base):
    """A request for protection: names, descriptions and picture fingerprints for the registry."""

    __tablename__ = "registry_proposals"

    proposal_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[str | None] = mapped_column(String(40), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    entry: Mapped[dict[str, Any]] = mapped_column(JSON)
    contact: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(12), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegistryEntryRow(Base):
    """One version of one protected entry. The current registry is the newest version of each entry that is active."""

    __tablename__ = "registry_entries"

    version: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    entry_id: Mapped[str] = mapped_column(String(40), index=True)
    active: Mapped[bool] = mapped_column()
    entry: Mapped[dict[str, Any]] = mapped_column(JSON)
    actor: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReviewerRow(Base):
    """A reviewer. `reviewer_id` is the pseudonym that all records use; `login` never leaves this table."""

    __tablename__ = "desk_reviewers"

    reviewer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    login: Mapped[str] = mapped_column(String(120), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    totp_secret: Mapped[str] = mapped_column(String(64), default="")
    totp_step: Mapped[int] = mapped_column(BigInteger, default=0)
    roles: Mapped[list[str]] = mapped_column(JSON)
    queues: Mapped[list[str]] = mapped_column(JSON)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DeskSessionRow(Base):
    """A signed-in browser; only a hash of its cookie is stored."""

    __tablename__ = "desk_sessions"

    session_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reviewer_id: Mapped[str] = mapped_column(ForeignKey("desk_reviewers.reviewer_id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class HitRow(Base):
    """One counted attempt of a throttled action. `bucket` is a keyed hash, never an address."""

    __tablename__ = "desk_hits"

    hit_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    bucket: Mapped[str] = mapped_column(String(64))
    time: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (Index("ix_desk_hits_bucket_time", "bucket", "time"),)


class ExposureRow(Base):
    """Seconds that a reviewer had media of a policy area in view, by day."""

    __tablename__ = "exposures"

    reviewer_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    area: Mapped[str] = mapped_column(String(60), primary_key=True)
    seconds: Mapped[float] = mapped_column(default=0.0)


class ComparisonRow(Base):
    """A blind second look or a golden case, compared: what was expected and what was decided."""

    __tablename__ = "comparisons"

    case_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(12))
    policy: Mapped[str] = mapped_column(String(60))
    expected: Mapped[str] = mapped_column(String(12))
    decided: Mapped[str] = mapped_column(String(12), default="")
    reviewer_id: Mapped[str] = mapped_column(String(40), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
