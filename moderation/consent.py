"""Consent to the use of one's own likeness: asked for with a live capture, decided by a person, revocable, expiring.

Only for the profile ``studio``. Nothing biometric is kept: a consent names keyed digests of reference files. The
capture (a random phrase spoken, the head turned as asked) is seen by the reviewer and deleted with the decision.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from errors import Blocked, UsageError
from moderation import throttle
from moderation.cases import CaseKind
from moderation.context import Context, hash_token
from moderation.opening import Opening, open_case
from pipeline.request import PURPOSES as PURPOSES
from records import audit, consents
from records.moderation_tables import ConsentRow

PROFILE = "studio"
MAX_REFERENCES = 6
TURNS = ("left", "right", "up", "down")
CHALLENGE_MIN = 10
# Short, plain words that are told apart easily in every accent.
_WORDS = tuple((Path(__file__).parent / "phrase_words.txt").read_text("utf-8").split())


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the person is asked to do in front of the camera, once, within ten minutes."""

    consent_id: str
    secret: str
    phrase: str
    turns: tuple[str, ...]
    expires_at: datetime


def begin(
    session: Session, context: Context, account: str, purposes: Sequence[str], references: Mapping[str, str], days: int
) -> Challenge:
    """Start an application.

    Args:
        account: the visitor id that may use the likeness.
        references: the reference files that it covers: name inside the private capture folder -> SHA-256 (hex). The
            reviewer compares them with the recording, so that nobody consents with somebody else's picture.
        days: how long it is to last.

    Raises:
        Blocked: the deployment's profile knows no consent.
        UsageError: there is no account yet; a purpose, the number of files or the duration is not acceptable.
        TooMany: too many applications of this account.
    """
    if context.policy.profile != PROFILE:
        raise Blocked("error.consent.profile")
    if not account:
        raise UsageError("error.consent.account")
    if not purposes or not set(purposes) <= set(PURPOSES):
        raise UsageError("error.consent.purpose")
    if not 1 <= len(references) <= MAX_REFERENCES:
        raise UsageError("error.consent.files", limit=MAX_REFERENCES)
    if not 1 <= days <= context.config.consent_days:
        raise UsageError("error.consent.days", limit=context.config.consent_days)
    throttle.hit(session, context, "consent", account, context.config.report_throttle)
    return _store(session, context, account, purposes, references, days)


def _store(
    session: Session, context: Context, account: str, purposes: Sequence[str], references: Mapping[str, str], days: int
) -> Challenge:
    at, consent_id = context.clock(), "k-" + secrets.token_hex(8)
    phrase = " ".join(secrets.choice(_WORDS) for _ in range(5))
    turns = tuple(secrets.SystemRandom().sample(TURNS, 3))
    expires = at + timedelta(minutes=CHALLENGE_MIN)
    secret = context.link("consent", consent_id)
    session.add(ConsentRow(
        consent_id=consent_id, account=account, purposes=sorted(set(purposes)),
        reference_hashes=[context.link("reference", digest) for digest in references.values()], valid_from=at,
        valid_until=at + timedelta(days=days), state="asked", secret_hash=hash_token(secret), created_at=at,
        challenge={
            "phrase": phrase, "turns": list(turns), "expires_at": expires.isoformat(),
            "files": {f"reference{number}": name for number, name in enumerate(references, 1)},
        },
    ))  # fmt: skip
    session.flush()
    return Challenge(consent_id, secret, phrase, turns, expires)


def submit(session: Session, context: Context, secret: str, capture: str, locale: str = "en") -> str:
    """Hand in the capture of a challenge and open its case; returns the case id.

    Args:
        capture: name of the file inside the private capture folder.

    Raises:
        UsageError: unknown, already handed in, or too late.
    """
    row = _find(session, secret)
    if row.state != "asked":
        raise UsageError("error.consent.used")
    if context.clock() > datetime.fromisoformat(row.challenge["expires_at"]):
        raise UsageError("error.consent.expired", minutes=CHALLENGE_MIN)
    opening = Opening(
        CaseKind.CONSENT, row.consent_id, "likeness.real_person", f"consent:{row.consent_id}", locale, 2,
        "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", actor="visitor",
    )  # fmt: skip
    case, _ = open_case(session, context, opening)
    row.state, row.capture, row.case_id = "pending", capture, case.case_id
    _audit(session, "visitor", "consent.asked", row)
    return case.case_id


def decide(session: Session, context: Context, consent_id: str, granted: bool) -> None:
    """Grant or decline, as a reviewer's decision says; the capture is deleted. Twice changes nothing."""
    row = consents.get(session, consent_id, lock=True)
    if row is None or row.state != "pending":
        return
    row.state = "granted" if granted else "declined"
    delete_capture(context, row)
    _audit(session, "system", f"consent.{row.state}", row)


def revoke(session: Session, context: Context, secret: str) -> None:
    """Take a consent back, at once, by the person's own link; what was made before keeps its record."""
    row = _find(session, secret)
    if row.state in ("asked", "pending", "granted"):
        row.state = "revoked"
        delete_capture(context, row)
        _audit(session, "visitor", "consent.revoked", row)


@dataclass(frozen=True, slots=True)
class Verified:
    """A consent in force that a person checked. It does not say whose it is, and no other part has to know."""

    consent_id: str
    account: str
    purpose: str
    valid_until: datetime


def lookup(session: Session, context: Context, account: str, purpose: str, reference_sha256: str) -> Verified | None:
    """The consent that lets an account use a reference for a purpose now, or None.

    A consent for another account, purpose, file or time is none; so is every one outside the profile `studio`.
    """
    if context.policy.profile != PROFILE or not account:
        return None
    digest = context.link("reference", reference_sha256)
    for row in consents.in_force(session, account, context.clock()):
        if purpose in row.purposes and digest in row.reference_hashes:
            return Verified(row.consent_id, account, purpose, row.valid_until)
    return None


def expire(session: Session, context: Context) -> int:
    """Mark consents whose time is over; `lookup` passes over them even before that."""
    rows = consents.past(session, context.clock())
    for row in rows:
        row.state = "expired"
        _audit(session, "system", "consent.expired", row)
    return len(rows)


def digest(row: ConsentRow) -> str:
    """SHA-256 of what was consented to; the audit chain commits to it."""
    dates = [time.isoformat(timespec="microseconds") for time in (row.valid_from, row.valid_until)]
    text = json.dumps([row.consent_id, row.account, row.purposes, row.reference_hashes, *dates])
    return hashlib.sha256(text.encode()).hexdigest()


def _captured(context: Context, name: str) -> Path:
    """A file in the private folder of captures; a name never leads out of it."""
    return context.config.folder / "captures" / Path(name).name


def capture_path(context: Context, row: ConsentRow) -> Path:
    """Where a capture stands: in a private folder, outside everything that is served."""
    return _captured(context, row.capture)


def reference_path(context: Context, row: ConsentRow, name: str) -> Path | None:
    """Where a reference of an application stands until it is decided, or None."""
    stored = dict(row.challenge.get("files", {})).get(name)
    path = _captured(context, stored) if stored else None
    return path if path is not None and path.exists() else None


def delete_capture(context: Context, row: ConsentRow) -> None:
    """Delete the recording and the references of an application, if they are still there."""
    stored = [row.capture, *dict(row.challenge.get("files", {})).values()]
    for name in filter(None, stored):
        _captured(context, name).unlink(missing_ok=True)
    row.capture, row.challenge = "", {**row.challenge, "files": {}}


def _find(session: Session, secret: str) -> ConsentRow:
    row = consents.by_secret(session, hash_token(secret))
    if row is None:
        raise UsageError("error.consent.unknown")
    return row


def _audit(session: Session, actor: str, action: str, row: ConsentRow) -> None:
    facts = {"purposes": row.purposes, "until": row.valid_until.isoformat(), "digest": digest(row)}
    audit.append(session, actor=actor, action=action, subject=row.consent_id, facts=facts)
