"""Who is asking: an anonymous id in a signed cookie, so that nobody can name another visitor's jobs."""

from __future__ import annotations

import hashlib
import hmac
import secrets

COOKIE = "colophon_visitor"
NAME_COOKIE = "colophon_name"
LIFETIME_S = 180 * 24 * 3600


def mint(secret: str) -> str:
    """A fresh signed token."""
    return sign(secrets.token_hex(16), secret)


def sign(visitor: str, secret: str) -> str:
    """``<visitor>.<hmac-sha256>``."""
    return f"{visitor}.{_mac(visitor, secret)}"


def read(token: str | None, secret: str) -> str | None:
    """The visitor that a token proves, or None."""
    visitor, _, mac = (token or "").partition(".")
    if not visitor or not mac.isascii():
        return None
    return visitor if hmac.compare_digest(mac, _mac(visitor, secret)) else None


def _mac(visitor: str, secret: str) -> str:
    return hmac.new(secret.encode(), visitor.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def name_of(token: str | None, secret: str) -> str:
    """The display name of a login, from its own signed cookie; empty without one."""
    try:
        return bytes.fromhex(read(token, secret) or "").decode()
    except ValueError:
        return ""
