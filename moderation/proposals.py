"""Requests for protection: anyone proposes, a reviewer decides, the registry takes effect at once."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from sqlalchemy.orm import Session

from errors import UsageError
from media.caged import read_picture
from moderation import throttle
from moderation.cases import CaseKind
from moderation.context import Context
from moderation.opening import Opening, open_case
from moderation.roles import Reviewer, require
from records import audit, registry
from records.moderation_tables import ProposalRow, RegistryEntryRow
from safety.registry.picture_file import SURE
from safety.registry.pictures import row_of

_POLICY = {"person": "likeness.real_person", "character": "ip.character", "mark": "ip.mark"}


class Print(BaseModel):
    """Perceptual hashes of a picture, base64; see `safety.registry.pictures`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pdq: str = Field(min_length=1, max_length=100_000)
    phash: str = Field(min_length=1, max_length=25_000)
    threshold: int = Field(default=SURE, ge=0, le=80)  # bits; fewer for a simple picture


class Proposal(BaseModel):
    """What is to be protected. No template of a face or voice has a field here."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    kind: Literal["person", "character", "mark"]
    name: str = Field(min_length=2, max_length=200)
    aliases: tuple[str, ...] = Field(default=(), max_length=50)
    description: str = Field(default="", max_length=2000)
    owner: str = Field(min_length=2, max_length=200)
    contact: str = Field(min_length=3, max_length=200)
    statement: bool  # that the sender is the person, or has the right to speak for them
    fingerprints: tuple[Print, ...] = Field(default=(), max_length=20)

    @field_validator("aliases")
    @classmethod
    def _short(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if any(not 2 <= len(alias.strip()) <= 200 for alias in value):
            raise ValueError("an alias has 2 to 200 characters")
        return value


def fingerprint(path: Path, name: str) -> dict[str, Any]:
    """The hashes of a picture file, which is not kept.

    Raises:
        InputError: no readable picture. UsageError: too little detail to be told from others.
    """
    row = row_of(name, read_picture(path))
    return {"pdq": row.pdq, "phash": row.phash, "threshold": row.threshold}


def propose(session: Session, context: Context, fields: dict[str, Any], sender: str, locale: str = "en") -> str:
    """Store a proposal and open its case; returns the secret of the case.

    Raises:
        UsageError: a field is missing or malformed, or the sender does not state their right.
        TooMany: too many from this sender.
    """
    try:
        proposal = Proposal.model_validate(fields)
    except ValidationError as error:
        raise UsageError("error.report.field", field=str(error.errors()[0]["loc"][0])[:40]) from None
    if not proposal.statement:
        raise UsageError("error.report.field", field="statement")
    throttle.hit(session, context, "proposal", sender, context.config.report_throttle)
    proposal_id = "p-" + secrets.token_hex(8)
    opening = Opening(
        CaseKind.PROPOSAL, proposal_id, _POLICY[proposal.kind], f"proposal:{proposal_id}", locale, 2, actor="visitor"
    )
    case, _ = open_case(session, context, opening)
    session.add(ProposalRow(
        proposal_id=proposal_id, case_id=case.case_id, kind=proposal.kind, contact=proposal.contact, state="pending",
        entry=proposal.model_dump(mode="json", exclude={"contact", "statement"}), created_at=context.clock(),
    ))  # fmt: skip
    return context.link("case", case.case_id)


def decide(session: Session, context: Context, proposal_id: str, accepted: bool) -> None:
    """Publish or decline, as a reviewer's decision says. Twice changes nothing."""
    row = session.get(ProposalRow, proposal_id)
    if row is None or row.state != "pending":
        return
    row.state = "accepted" if accepted else "declined"
    if accepted:
        _put(session, context, proposal_id, row.entry, True, "system")


def withdraw(session: Session, context: Context, reviewer: Reviewer, entry_id: str) -> None:
    """Take an entry out of the registry; a new version says so."""
    _change(session, context, reviewer, entry_id, False)


def restore(session: Session, context: Context, reviewer: Reviewer, entry_id: str) -> None:
    """Put an entry back."""
    _change(session, context, reviewer, entry_id, True)


def _change(session: Session, context: Context, reviewer: Reviewer, entry_id: str, active: bool) -> None:
    require(reviewer, "registry")
    row = registry.newest(session, entry_id)
    if row is None:
        raise UsageError("error.desk.unknown_entry")
    if row.active is not active:
        _put(session, context, entry_id, row.entry, active, reviewer.reviewer_id)


def _put(session: Session, context: Context, entry_id: str, entry: Mapping[str, Any], active: bool, actor: str) -> None:
    row = registry.put(session, entry_id, entry, active, actor, context.clock())
    facts = {"version": row.version, "active": active, "kind": entry["kind"], "digest": digest(row)}
    audit.append(session, actor=actor, action="registry.changed", subject=entry_id, facts=facts)


def digest(row: RegistryEntryRow) -> str:
    """SHA-256 of one version of an entry; the audit chain commits to it."""
    text = json.dumps([row.entry_id, row.active, row.entry], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A protected entry in force."""

    entry_id: str
    kind: str
    names: tuple[str, ...]
    description: str
    fingerprints: tuple[Mapping[str, Any], ...]


def in_force(session: Session) -> tuple[int, tuple[Entry, ...]]:
    """The version of the registry and its entries; what detectors load."""
    version, rows = registry.current(session)
    return version, tuple(
        Entry(
            row.entry_id, row.entry["kind"], (row.entry["name"], *row.entry["aliases"]), row.entry["description"],
            tuple(row.entry["fingerprints"]),
        )
        for row in rows
    )  # fmt: skip
