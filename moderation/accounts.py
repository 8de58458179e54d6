"""Reviewers' accounts and sessions: argon2 passwords, TOTP, throttled sign-in, cookies of which only a hash is kept."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from errors import UsageError
from moderation import throttle
from moderation.config import LoginConfig
from moderation.context import Context, hash_token
from moderation.roles import QUEUES, Reviewer, check_roles
from records import audit, hits, reviewers
from records.moderation_tables import DeskSessionRow, ReviewerRow
from records.session import Database

MIN_PASSWORD = 12
_STEP_S = 30
KEYS = {
    "approve": "a", "restrict": "t", "block": "b", "escalate": "e", "skip": "s", "undo": "u", "next": "n", "note": "o",
    "blur": "1", "grey": "2", "sound": "3", "size": "4", "play": "p", "help": "h",
}  # fmt: skip


class SignInFailed(UsageError):
    """Name, password or code is wrong; which one is never said."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session. `cookie` is set only when it was just opened."""

    reviewer: Reviewer
    csrf: str
    cookie: str = ""


def add(
    session: Session, context: Context, login: str, password: str, roles: Sequence[str], queues: Sequence[str] = (),
    totp: bool = False,
) -> tuple[str, str]:  # fmt: skip
    """Add a reviewer, or change the password, roles and code of a known one.

    Returns:
        the pseudonym, and the ``otpauth://`` address of the code generator (empty without TOTP).

    Raises:
        UsageError: name, password, role or queue is not acceptable.
    """
    if not re.fullmatch(r"[A-Za-z0-9._@-]{2,120}", login):
        raise UsageError("error.desk.login_name")
    if len(password) < MIN_PASSWORD:
        raise UsageError("error.desk.password", limit=MIN_PASSWORD)
    if not set(queues) <= set(QUEUES):
        raise UsageError("error.desk.queue", known=", ".join(QUEUES))
    row = reviewers.by_login(session, login)
    if row is None:
        row = ReviewerRow(
            reviewer_id="r-" + secrets.token_hex(4), login=login, settings={}, created_at=context.clock(),
            roles=[], queues=[], totp_step=0, disabled=False,
        )  # fmt: skip
        session.add(row)
    row.password_hash, row.roles, row.queues = (
        _hasher(context.config.login).hash(password),
        list(check_roles(roles)),
        list(queues),
    )
    row.totp_secret = pyotp.random_base32() if totp else ""
    session.flush()
    reviewers.end_sessions(session, row.reviewer_id)
    facts = {"roles": row.roles, "queues": row.queues, "totp": totp}
    audit.append(session, actor="system", action="reviewer.set", subject=row.reviewer_id, facts=facts)
    uri = pyotp.TOTP(row.totp_secret).provisioning_uri(name=login, issuer_name="Colophon") if totp else ""
    return row.reviewer_id, uri


def disable(session: Session, login: str) -> None:
    """Lock a reviewer out, at once and everywhere.

    Raises:
        UsageError: there is no such reviewer.
    """
    row = reviewers.by_login(session, login)
    if row is None:
        raise UsageError("error.desk.login_name")
    row.disabled = True
    reviewers.end_sessions(session, row.reviewer_id)
    audit.append(session, actor="system", action="reviewer.disabled", subject=row.reviewer_id, facts={})


def sign_in(database: Database, context: Context, login: str, password: str, code: str, address: str) -> SignedIn:
    """Open a session. Every attempt counts, by name and by address, before anything is compared.

    Raises:
        SignInFailed: wrong. TooMany: too many attempts for this name or from this address.
    """
    with database.write() as session:
        throttle.hit(session, context, "login", login.lower(), context.config.login.per_login)
        throttle.hit(session, context, "address", address, context.config.login.per_address)
    with database.write() as session:
        row = reviewers.by_login(session, login)
        if (
            not _password_fits(context, row, password)
            or row is None
            or row.disabled
            or not _code_fits(context, row, code)
        ):
            raise SignInFailed("error.desk.sign_in")
        hits.clear(session, context.bucket("login", login.lower()))
        return _open(session, context, row)


def attempt(database: Database, context: Context, address: str) -> None:
    """Count an attempt that has no name yet.

    Raises:
        TooMany: too many from this address.
    """
    with database.write() as session:
        throttle.hit(session, context, "address", address, context.config.login.per_address)


def sign_in_external(database: Database, context: Context, login: str) -> SignedIn:
    """Open a session for a name that an OAuth provider vouches for.

    Raises:
        SignInFailed: the name is not on the allow-list, or no reviewer has it.
    """
    with database.write() as session:
        row = reviewers.by_login(session, login) if login in context.config.login.oauth_logins else None
        if row is None or row.disabled:
            raise SignInFailed("error.desk.sign_in")
        return _open(session, context, row)


def resume(database: Database, context: Context, cookie: str) -> SignedIn | None:
    """The session of a cookie, or None when it is unknown, idle for too long, too old, or the reviewer is locked."""
    if not 20 <= len(cookie) <= 100:
        return None
    with database.write() as session:
        row = session.get(DeskSessionRow, hash_token(cookie))
        if row is None:
            return None
        reviewer, at, limits = session.get(ReviewerRow, row.reviewer_id), context.clock(), context.config.login
        idle, age = abs(at - row.seen_at), abs(at - row.created_at)
        if idle > timedelta(seconds=limits.idle_s) or age > timedelta(seconds=limits.absolute_s):
            session.delete(row)
            return None
        if reviewer is None or reviewer.disabled:
            return None
        if idle > timedelta(seconds=limits.idle_s / 30):
            row.seen_at = at
        return SignedIn(_reviewer(reviewer), row.csrf)


def sign_out(database: Database, cookie: str) -> None:
    """End a session."""
    with database.write() as session:
        row = session.get(DeskSessionRow, hash_token(cookie))
        if row is not None:
            session.delete(row)


def csrf_fits(signed_in: SignedIn, token: str) -> bool:
    """Whether a form carries the token of its session."""
    return hmac.compare_digest(signed_in.csrf.encode(), token.encode())


def settings(session: Session, reviewer: Reviewer, changes: dict[str, Any]) -> dict[str, Any]:
    """Store a reviewer's keys, filters and opted-out areas.

    Raises:
        UsageError: a key is used twice or is no single letter or digit; an area is unknown.
    """
    row = session.get(ReviewerRow, reviewer.reviewer_id)
    if row is None:
        raise UsageError("error.desk.login_name")
    keys = KEYS | {name: str(key).lower() for name, key in dict(changes.get("keys", {})).items() if name in KEYS}
    if any(not re.fullmatch(r"[a-z0-9]", key) for key in keys.values()) or len(set(keys.values())) < len(keys):
        raise UsageError("error.desk.keys")
    areas = [area for area in changes.get("opted_out", []) if re.fullmatch(r"[a-z_]{2,40}", area)]
    row.settings = {**row.settings, "keys": keys, "opted_out": areas}
    return dict(row.settings)


def find(session: Session, reviewer_id: str) -> Reviewer:
    """A reviewer by pseudonym.

    Raises:
        UsageError: there is none.
    """
    row = session.get(ReviewerRow, reviewer_id)
    if row is None or row.disabled:
        raise UsageError("error.desk.login_name")
    return _reviewer(row)


def _reviewer(row: ReviewerRow) -> Reviewer:
    return Reviewer(row.reviewer_id, tuple(row.roles), tuple(row.queues), dict(row.settings))


def _password_fits(context: Context, row: ReviewerRow | None, password: str) -> bool:
    """An unknown login costs the same time as a wrong password."""
    stored = row.password_hash if row and row.password_hash else _dummy(context.config.login)
    try:
        return _hasher(context.config.login).verify(stored, password) and row is not None
    except (VerificationError, InvalidHashError):
        return False


def _hasher(config: LoginConfig) -> PasswordHasher:
    return PasswordHasher(time_cost=config.hash_rounds, memory_cost=config.hash_memory_kib)


@cache
def _dummy(config: LoginConfig) -> str:
    return _hasher(config).hash(secrets.token_hex(16))


def _code_fits(context: Context, row: ReviewerRow, code: str) -> bool:
    """A code is good once, in its half minute and the one before and after."""
    if not row.totp_secret:
        return True
    generator, now_step = pyotp.TOTP(row.totp_secret), int(context.clock().timestamp()) // _STEP_S
    for step in (now_step - 1, now_step, now_step + 1):
        if step > row.totp_step and hmac.compare_digest(generator.at(step * _STEP_S), code.strip()):
            row.totp_step = step
            return True
    return False


def _open(session: Session, context: Context, row: ReviewerRow) -> SignedIn:
    cookie, csrf, at = secrets.token_urlsafe(32), secrets.token_urlsafe(24), context.clock()
    session.add(DeskSessionRow(
        session_hash=hash_token(cookie), reviewer_id=row.reviewer_id, csrf=csrf, created_at=at, seen_at=at,
    ))  # fmt: skip
    audit.append(session, actor=row.reviewer_id, action="reviewer.signed_in", subject=row.reviewer_id, facts={})
    return SignedIn(_reviewer(row), csrf, cookie)
