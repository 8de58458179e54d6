"""Typed tables. No name, address or file name is a column; prompts live in `jobs.request` until retention clears."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
BigKey = BigInteger().with_variant(Integer, "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time, always aware and in UTC; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a point in time carries its zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            return value.replace(tzinfo=UTC)
        return value.astimezone(UTC) if value is not None else None


class Base(DeclarativeBase):
    """Base of all tables; also of those in `records/moderation_tables.py`."""

    metadata = MetaData(naming_convention=NAMING)


class JobRow(Base):
    """A job. `token` fences: only the holder of the newest token may write; `attempt` counts leases."""

    __tablename__ = "jobs"

    job_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    visitor: Mapped[str] = mapped_column(String(80), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    progress: Mapped[float] = mapped_column(default=0.0)
    engine: Mapped[str] = mapped_column(String(60))
    locale: Mapped[str] = mapped_column(String(16), default="en")
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    worker: Mapped[str] = mapped_column(String(80), default="")
    token: Mapped[int] = mapped_column(BigInteger, default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    error_key: Mapped[str] = mapped_column(String(120), default="")
    error_params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    appeal_hash: Mapped[str] = mapped_column(String(64), default="", index=True)
    release_id: Mapped[str | None] = mapped_column(String(40), index=True)

    __table_args__ = (Index("ix_jobs_visitor_created_at", "visitor", "created_at"),)


class VerdictRow(Base):
    """A verdict as given: never changed afterwards."""

    __tablename__ = "verdicts"

    verdict_id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id"), index=True)
    stage: Mapped[str] = mapped_column(String(16))
    decision: Mapped[str] = mapped_column(String(8))
    policies: Mapped[list[str]] = mapped_column(JSON)
    policy_version: Mapped[str] = mapped_column(String(32))
    profile: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    signals: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReleaseRow(Base):
    """A stamped file that passed the release door, or waits for a person (`held`), or was taken down (`withdrawn`)."""

    __tablename__ = "releases"

    release_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    job_id: Mapped[str | None] = mapped_column(String(40), index=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    file_name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    draft_digest: Mapped[str] = mapped_column(String(64))
    payload: Mapped[str] = mapped_column(String(16), unique=True)
    manifest_label: Mapped[str] = mapped_column(String(200), unique=True)
    manifest: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    engine: Mapped[str] = mapped_column(String(60))
    previsualisation: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    size_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class FingerprintCodeRow(Base):
    """Index of pictures: a frame code turned by some bits, and a release that has it (`records.codes`)."""

    __tablename__ = "fingerprint_codes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    turn: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    code: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.release_id", ondelete="CASCADE"), primary_key=True, index=True
    )


class FingerprintKeyRow(Base):
    """Index of sounds: a pair of sound codes, and a release that has it (`Fingerprint.keys`)."""

    __tablename__ = "fingerprint_keys"

    key: Mapped[str] = mapped_column(String(8), primary_key=True)
    release_id: Mapped[str] = mapped_column(
        ForeignKey("releases.release_id", ondelete="CASCADE"), primary_key=True, index=True
    )


class AuditRow(Base):
    """One link of the chain: hashes only. Updates and deletes are refused by triggers."""

    __tablename__ = "audit_events"

    sequence: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    time: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(80))
    action: Mapped[str] = mapped_column(String(60), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    commitment: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditPayloadRow(Base):
    """The salted facts behind a link; erasing a row leaves the chain verifiable."""

    __tablename__ = "audit_payloads"

    sequence: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    salt: Mapped[str] = mapped_column(String(32))
    payload: Mapped[str] = mapped_column(Text)


class CheckpointRow(Base):
    """A signed head of the chain, so that a cut-off tail is noticed."""

    __tablename__ = "audit_checkpoints"

    size: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    head: Mapped[str] = mapped_column(String(64))
    time: Mapped[datetime] = mapped_column(UtcDateTime)
    signature: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(64))
