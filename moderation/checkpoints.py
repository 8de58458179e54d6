"""Signed heads of the audit chain, and the walk that compares the desk's own records with it.

A chain does not notice that its end was cut off. A checkpoint does: it names size and head, is signed with a key of
its own (Ed25519) and is also written to a file that a host copies elsewhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from moderation import commitments, journal, statements
from moderation.cases import Happened, fold
from moderation.commitments import Problem
from records import audit
from records.moderation_tables import CaseEventRow, CaseRow, StatementRow
from records.tables import AuditPayloadRow, AuditRow, CheckpointRow

LOG = "checkpoints.jsonl"
_KEY = "checkpoint-key.pem"


@dataclass(frozen=True, slots=True)
class Report:
    """Outcome of a whole check."""

    events: int
    head: str
    checkpoints: int
    problems: tuple[Problem, ...]

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "intact": not self.problems}


class Notary:
    """Signs checkpoints. The key is made on first use, readable by its owner alone.

    Args:
        folder: private folder for the key and the log of checkpoints.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._key = _load(folder / _KEY)
        self.public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def checkpoint(self, session: Session, at: datetime) -> CheckpointRow:
        """Sign the present head, once for each size; the log outside the database gets the same line."""
        last = session.execute(select(AuditRow).order_by(AuditRow.sequence.desc()).limit(1)).scalar_one_or_none()
        size, head = (last.sequence, last.hash) if last else (0, audit.GENESIS)
        known = session.get(CheckpointRow, size)
        if known is not None:
            return known
        signature = self._key.sign(message(size, head, at)).hex()
        row = CheckpointRow(size=size, head=head, time=at, signature=signature, key_id=self.public.hex())
        session.add(row)
        session.flush()
        with (self._folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(as_line(row)) + "\n")
        return row


def message(size: int, head: str, time: datetime) -> bytes:
    """The signed bytes of a checkpoint."""
    return f"colophon-checkpoint\n{size}\n{head}\n{time.isoformat(timespec='microseconds')}\n".encode()


def as_line(row: CheckpointRow) -> dict[str, Any]:
    """A checkpoint as the log and the export write it."""
    return {
        "size": row.size, "head": row.head, "time": row.time.isoformat(timespec="microseconds"),
        "signature": row.signature, "key": row.key_id,
    }  # fmt: skip


def verify(session: Session, folder: Path, *, payloads: bool = True) -> Report:
    """Walk the chain, every checkpoint, every case and every statement; name all that does not fit."""
    chain = audit.verify(session, payloads=payloads)
    problems = [] if chain.broken_at is None else [Problem(f"audit_events #{chain.broken_at}", chain.problem)]
    points = list(session.execute(select(CheckpointRow).order_by(CheckpointRow.size)).scalars())
    problems += _signatures(points, folder)
    problems += _outside(session, folder)
    problems += _cases(session)
    problems += _statements(session)
    problems += commitments.problems(session)
    return Report(chain.events, chain.head, len(points), tuple(problems))


def _signatures(points: list[CheckpointRow], folder: Path) -> Iterator[Problem]:
    own = _load(folder / _KEY).public_key() if (folder / _KEY).exists() else None
    for point in points:
        key = own or Ed25519PublicKey.from_public_bytes(bytes.fromhex(point.key_id))
        try:
            key.verify(bytes.fromhex(point.signature), message(point.size, point.head, point.time))
        except (InvalidSignature, ValueError):
            yield Problem(f"audit_checkpoints #{point.size}", "signature")


def _outside(session: Session, folder: Path) -> Iterator[Problem]:
    """Compare with the log beside the database: it outlives whoever deletes the tail and its checkpoints."""
    log = folder / LOG
    for text in log.read_text("utf-8").splitlines() if log.exists() else ():
        line = json.loads(text)
        if line["size"] == 0:
            continue
        head = session.execute(select(AuditRow.hash).where(AuditRow.sequence == line["size"])).scalar()
        if head != line["head"]:
            yield Problem(f"audit_events #{line['size']}", "truncated" if head is None else "rewritten")


def _cases(session: Session) -> Iterator[Problem]:
    """Every case: its events as the chain committed to them, its row as its events say."""
    query = select(CaseRow).order_by(CaseRow.case_id).execution_options(yield_per=500)
    for row in session.execute(query).scalars():
        events, broken = [], False
        for event, problem in _events(session, row.case_id):
            events.append(event)
            if problem:
                broken = True
                yield Problem(f"case_events {event.case_id} #{event.number}", problem)
        if not broken:
            yield from _row(row, events)
    yield from _deleted(session)


def _events(session: Session, case_id: str) -> Iterator[tuple[Happened, str]]:
    query = (
        select(CaseEventRow, AuditRow, AuditPayloadRow)
        .outerjoin(AuditRow, AuditRow.sequence == CaseEventRow.audit_sequence)
        .outerjoin(AuditPayloadRow, AuditPayloadRow.sequence == CaseEventRow.audit_sequence)
        .where(CaseEventRow.case_id == case_id)
        .order_by(CaseEventRow.number)
    )
    for row, link, payload in session.execute(query):
        event = journal.happened(row)
        fits = link is not None and (link.subject, link.action) == (case_id, f"case.{event.kind}")
        if fits and payload is not None:
            fits = json.loads(payload.payload).get("digest") == journal.digest(event)
        yield event, "" if fits else "changed"


def _row(row: CaseRow, events: list[Happened]) -> Iterator[Problem]:
    try:
        case = fold(events)
    except (ValueError, KeyError):
        yield Problem(f"case_events {row.case_id}", "missing")
        return
    differing = [name for name in journal.PROJECTED if getattr(case, name) != getattr(row, name)]
    if (case.kind.value, case.state.value, 4 - case.severity) != (row.kind, row.state, row.urgency):
        differing.append("state")
    if differing:
        yield Problem(f"cases {row.case_id}", "changed: " + ", ".join(differing))


def _deleted(session: Session) -> Iterator[Problem]:
    """Links of the chain about case events that are gone."""
    query = (
        select(AuditRow.sequence, AuditRow.subject)
        .outerjoin(CaseEventRow, CaseEventRow.audit_sequence == AuditRow.sequence)
        .where(AuditRow.action.like("case.%"), CaseEventRow.case_id.is_(None))
        .order_by(AuditRow.sequence)
    )
    for sequence, subject in session.execute(query):
        yield Problem(f"case_events {subject}", f"deleted (audit #{sequence})")


def _statements(session: Session) -> Iterator[Problem]:
    query = select(CaseEventRow).where(CaseEventRow.kind == "decided").execution_options(yield_per=500)
    for event in session.execute(query).scalars():
        puid = event.facts.get("statement")
        row = session.get(StatementRow, puid) if puid else None
        if row is not None and statements.digest(row.fields) != event.facts["statement_digest"]:
            yield Problem(f"statements {puid}", "changed")


def export(session: Session) -> Iterator[dict[str, Any]]:
    """The proof for an auditor, line by line: every link without its payload, every checkpoint."""
    query = select(AuditRow).order_by(AuditRow.sequence).execution_options(yield_per=5000)
    for row in session.execute(query).scalars():
        yield {
            "sequence": row.sequence, "time": row.time.isoformat(timespec="microseconds"), "actor": row.actor,
            "action": row.action, "subject": row.subject, "commitment": row.commitment, "previous": row.previous,
            "hash": row.hash,
        }  # fmt: skip
    for point in session.execute(select(CheckpointRow).order_by(CheckpointRow.size)).scalars():
        yield {"checkpoint": as_line(point)}


def _load(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not path.exists():
        key = Ed25519PrivateKey.generate()
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return key
    loaded = load_pem_private_key(path.read_bytes(), None)
    if not isinstance(loaded, Ed25519PrivateKey):
        raise TypeError("the checkpoint key is an Ed25519 key")
    return loaded
