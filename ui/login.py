"""Signing in as a visitor, with the provider of `ui.desk.oauth`. It only names the owner of a list of jobs.

Nobody needs it. What the browser had made before goes along into the list of the login; no token is kept.
"""

from __future__ import annotations

import httpx
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from moderation.accounts import SignInFailed
from pipeline.workbench import Workbench
from ui import visitor
from ui.config import UiConfig
from ui.cookies import cookie
from ui.desk.oauth import Errand, Provider

log = structlog.get_logger("page.login")
ERRAND_COOKIE = "colophon_errand"
ERRAND_S = 600
OWNER = "hf-"  # an anonymous visitor is 32 hex digits


def router(studio: Workbench, config: UiConfig, provider: Provider) -> APIRouter:
    """`/login/huggingface`, `/login/callback`, `/login/out`."""
    routes = APIRouter(include_in_schema=False, prefix="/login")
    secret = config.secret.get_secret_value()

    def home(**cookies: tuple[str, int]) -> Response:
        response = RedirectResponse("../" if cookies else "../?signin=failed", 303)
        for name, (value, lifetime_s) in cookies.items():
            response.headers.append("set-cookie", cookie(name, value, config, lifetime_s=lifetime_s))
        return response

    @routes.get("/huggingface")
    def begin(request: Request) -> Response:
        errand = Errand.begin()
        try:
            there = provider.address(errand, _back(request, provider))
        except (SignInFailed, httpx.HTTPError, ValueError):
            log.warning("login.provider_silent")
            return home()
        response = RedirectResponse(there, 303)
        response.headers.append("set-cookie", cookie(ERRAND_COOKIE, str(errand), config, lifetime_s=ERRAND_S))
        return response

    @routes.get("/callback")
    def end(request: Request) -> Response:
        errand = Errand.of(request.cookies.get(ERRAND_COOKIE, ""))
        try:
            person = provider.person(errand, dict(request.query_params), _back(request, provider))
        except (SignInFailed, httpx.HTTPError, ValueError):
            log.warning("login.refused")
            return home()
        subject = str(person.get("sub", ""))
        if not subject.isalnum() or len(subject) > 60:
            return home()
        owner, before = OWNER + subject, visitor.read(request.cookies.get(visitor.COOKIE), secret) or ""
        if before and not before.startswith(OWNER):
            studio.adopt(before, owner)
        name = str(person.get("preferred_username") or subject)[:80]
        return home(
            **{
                visitor.COOKIE: (visitor.sign(owner, secret), visitor.LIFETIME_S),
                visitor.NAME_COOKIE: (visitor.sign(name.encode().hex(), secret), visitor.LIFETIME_S),
                ERRAND_COOKIE: ("", 0),
            }
        )

    @routes.get("/out")
    def leave() -> Response:
        return home(**{visitor.COOKIE: ("", 0), visitor.NAME_COOKIE: ("", 0)})

    return routes


def _back(request: Request, provider: Provider) -> str:
    origin = provider.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    return f"{origin}/login/callback"
