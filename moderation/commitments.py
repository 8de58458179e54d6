"""Rows beside the journal that the audit chain committed to: consents, registry entries, texts of cases.

Each yields what no longer is as the chain knows it. Facts that retention erased are no evidence either way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation import consent, proposals
from records import audit
from records.moderation_tables import CaseEventRow, CaseTextRow, ConsentRow, RegistryEntryRow
from records.tables import AuditPayloadRow, AuditRow


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit: where, and what. `subject` names the row, e.g. ``case_events c-1 #3``."""

    subject: str
    problem: str


def problems(session: Session) -> Iterator[Problem]:
    """All that does not fit."""
    yield from _consents(session)
    yield from _registry(session)
    yield from _texts(session)


def _consents(session: Session) -> Iterator[Problem]:
    """Every decided consent is in the state that the chain saw last, for what was asked then."""
    query = select(ConsentRow).where(ConsentRow.state != "asked").execution_options(yield_per=500)
    for row in session.execute(query).scalars():
        links = _links(session, row.consent_id, "consent.")
        action, facts = links[-1] if links else ("", {})
        if action != ("consent.asked" if row.state == "pending" else f"consent.{row.state}"):
            yield Problem(f"consents {row.consent_id}", "changed: state")
        elif facts.get("digest", consent.digest(row)) != consent.digest(row):
            yield Problem(f"consents {row.consent_id}", "changed")


def _registry(session: Session) -> Iterator[Problem]:
    """Every version of every entry was written by the chain's own hand."""
    rows: dict[str, list[RegistryEntryRow]] = {}
    for row in session.execute(select(RegistryEntryRow).order_by(RegistryEntryRow.version)).scalars():
        rows.setdefault(row.entry_id, []).append(row)
    for entry_id, versions in rows.items():
        links = _links(session, entry_id, "registry.")
        if len(links) != len(versions):
            yield Problem(f"registry_entries {entry_id}", "added or deleted")
        for row, (_, facts) in zip(versions, links, strict=False):
            if facts.get("digest", proposals.digest(row)) != proposals.digest(row):
                yield Problem(f"registry_entries {entry_id} #{row.version}", "changed")


def _texts(session: Session) -> Iterator[Problem]:
    """What people wrote is what the event of the case committed to."""
    texts = {row.text_id: row for row in session.execute(select(CaseTextRow)).scalars()}
    query = select(CaseEventRow).where(CaseEventRow.kind.in_(("decided", "noted", "message")))
    for event in session.execute(query.execution_options(yield_per=500)).scalars():
        row = texts.get(str(event.facts.get("text_id", "")))
        if row is not None and audit.commit(row.salt, row.body) != event.facts["text"]:
            yield Problem(f"case_texts {event.case_id} {row.text_id}", "changed")


def _links(session: Session, subject: str, prefix: str) -> list[tuple[str, dict[str, Any]]]:
    query = (
        select(AuditRow.action, AuditPayloadRow.payload)
        .outerjoin(AuditPayloadRow, AuditPayloadRow.sequence == AuditRow.sequence)
        .where(AuditRow.subject == subject, AuditRow.action.startswith(prefix))
        .order_by(AuditRow.sequence)
    )
    return [(action, json.loads(payload) if payload else {}) for action, payload in session.execute(query)]
