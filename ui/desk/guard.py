"""Who is at the door: session cookie, form tokens, headers. Every page and form of the desk passes here."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from errors import ColophonError, InputError, UsageError
from moderation import accounts
from moderation.accounts import SignedIn, SignInFailed
from moderation.cases import Choice
from moderation.desk import Desk
from moderation.roles import NotAllowed
from moderation.throttle import TooMany

COOKIE = "colophon_desk"
MAX_FORM = 500_000
MAX_FILES = 6
FORM_COOKIE = "colophon_desk_form"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


AddressOf = Callable[[Request], str]


def peer(request: Request) -> str:
    """The address at the other end of the connection."""
    return request.client.host if request.client else "unknown"


class TooLarge(InputError):
    """A form is larger than any that is filled in by hand."""


class SignInFirst(ColophonError):
    """Nobody is signed in."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Checks requests against one desk."""

    desk: Desk
    address: AddressOf = peer

    def signed_in(self, request: Request) -> SignedIn:
        """The session of a request.

        Raises:
            SignInFirst: there is none.
        """
        found = accounts.resume(self.desk.database, self.desk.context, request.cookies.get(COOKIE, ""))
        if found is None:
            raise SignInFirst("error.desk.sign_in")
        return found

    async def form(self, request: Request) -> tuple[SignedIn, dict[str, Any]]:
        """The session and fields of a posted form.

        Raises:
            SignInFirst: nobody is signed in. NotAllowed: the form is not one of this session's own.
        """
        session = self.signed_in(request)
        fields = await read_form(request)
        same_site(request)
        token = str(fields.get("csrf") or request.headers.get("x-csrf-token", ""))
        if not accounts.csrf_fits(session, token):
            raise NotAllowed("error.desk.form")
        return session, fields

    def open(self, request: Request, response: Response, session: SignedIn) -> None:
        """Set the session cookie on a response."""
        response.set_cookie(
            COOKIE, session.cookie, max_age=self.desk.config.login.absolute_s, path=base(request) or "/",
            secure=self.is_secure(request), httponly=True, samesite="strict",
        )  # fmt: skip

    def is_secure(self, request: Request) -> bool:
        """Whether cookies are marked Secure."""
        return self.desk.config.login.secure_cookies or request.url.scheme == "https"


async def read_form(request: Request, most_bytes: int = MAX_FORM) -> dict[str, Any]:
    """The fields of a form; a name that comes more than once becomes a list under ``name[]``.

    Raises:
        TooLarge: more bytes than a form of this kind has, or a body that does not say how many.
    """
    length = request.headers.get("content-length", "")
    if not length.isascii() or not length.isdecimal() or int(length) > most_bytes:
        raise TooLarge("error.media.too_large", limit_mb=max(1, most_bytes // 1_000_000))
    form = await request.form(max_files=MAX_FILES, max_fields=2100)
    fields: dict[str, Any] = {name: form[name] for name in form if isinstance(form[name], str)}
    for name in form:
        fields[f"{name}[]"] = [value for value in form.getlist(name) if isinstance(value, str)]
    return fields


def same_site(request: Request) -> None:
    """Raise `NotAllowed` when the browser says that the form came from another site."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("error.desk.form")


def form_token(request: Request) -> str:
    """The token of forms that are sent before anyone is signed in: kept in a cookie, repeated in the form."""
    known = request.cookies.get(FORM_COOKIE, "")
    return known if 20 <= len(known) <= 60 else secrets.token_urlsafe(24)


def check_form_token(request: Request, fields: dict[str, Any]) -> None:
    """Raise `NotAllowed` unless cookie and form agree."""
    same_site(request)
    cookie, field = request.cookies.get(FORM_COOKIE, ""), str(fields.get("csrf", ""))
    if len(cookie) < 20 or not hmac.compare_digest(cookie.encode(), field.encode()):
        raise NotAllowed("error.desk.form")


def keep_form_token(request: Request, response: Response, token: str) -> None:
    """Set the cookie that goes with `form_token`."""
    secure = request.url.scheme == "https"
    response.set_cookie(
        FORM_COOKIE, token, path=base(request) or "/", secure=secure, httponly=True, samesite="strict"
    )  # fmt: skip


def choice_of(value: Any) -> Choice:
    """The choice that a form names.

    Raises:
        UsageError: there is no such choice.
    """
    if value not in {choice.value for choice in Choice}:
        raise UsageError("error.desk.form")
    return Choice(value)


def base(request: Request) -> str:
    """The path under which the application is mounted."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def status_of(error: ColophonError) -> int:
    """The HTTP status of a failure."""
    if isinstance(error, SignInFailed | SignInFirst):
        return 401
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, TooMany):
        return 429
    if isinstance(error, TooLarge):
        return 413
    if error.key.endswith((".unknown", ".unknown_case", ".no_media", ".unknown_entry")):
        return 404
    return 409 if isinstance(error, UsageError) else 422 if isinstance(error, InputError) else 500


def to_sign_in(request: Request) -> Response:
    """Send a browser to the sign-in page."""
    return RedirectResponse(f"{base(request)}/login", 303)
