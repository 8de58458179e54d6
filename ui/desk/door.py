"""Signing in and out: by password and code, or through a provider when the host registered one."""

from __future__ import annotations

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from errors import ColophonError
from moderation import accounts
from moderation.desk import Desk
from ui.desk import guard
from ui.desk.guard import Guard, base
from ui.desk.oauth import Errand, Provider
from ui.desk.pages import page

_ERRAND = "colophon_desk_errand"
_ERRAND_S = 600


def routes(app: FastAPI, desk: Desk, watch: Guard, provider: Provider | None) -> None:
    """Add the routes of the door."""
    _by_password(app, desk, watch, provider)
    if provider is not None:
        _by_provider(app, desk, watch, provider)

    @app.post("/logout")
    async def leave(request: Request) -> Response:
        await watch.form(request)
        accounts.sign_out(desk.database, request.cookies.get(guard.COOKIE, ""))
        response = guard.to_sign_in(request)
        response.delete_cookie(guard.COOKIE, path=base(request) or "/")
        return response


def _by_password(app: FastAPI, desk: Desk, watch: Guard, provider: Provider | None) -> None:
    @app.get("/login")
    def ask(request: Request, failed: str = "") -> Response:
        token = guard.form_token(request)
        response = page(request, "login.html", csrf=token, failed=bool(failed), oauth=provider is not None)
        guard.keep_form_token(request, response, token)
        return response

    @app.post("/login")
    async def enter(request: Request) -> Response:
        fields = await guard.read_form(request)
        guard.check_form_token(request, fields)
        name, password, code = (str(fields.get(key, ""))[:200] for key in ("login", "password", "code"))
        try:
            session = accounts.sign_in(desk.database, desk.context, name, password, code, watch.address(request))
        except accounts.SignInFailed:
            return _failed(request)
        response = RedirectResponse(f"{base(request)}/", 303)
        watch.open(request, response, session)
        return response


def _by_provider(app: FastAPI, desk: Desk, watch: Guard, provider: Provider) -> None:
    @app.get("/login/oauth")
    def leave_for_provider(request: Request) -> Response:
        errand = Errand.begin()
        try:
            accounts.attempt(desk.database, desk.context, watch.address(request))
            response = RedirectResponse(provider.address(errand, _back(request, provider)), 303)
        except (accounts.SignInFailed, httpx.HTTPError, ValueError):
            return _failed(request)
        # Lax: the browser comes back from another site, and this cookie has to come along.
        response.set_cookie(
            _ERRAND, str(errand), max_age=_ERRAND_S, path=f"{base(request)}/login", httponly=True, samesite="lax",
            secure=watch.is_secure(request),
        )  # fmt: skip
        return response

    @app.get("/login/oauth/back")
    def come_back(request: Request) -> Response:
        errand = Errand.of(request.cookies.get(_ERRAND, ""))
        try:
            login = provider.login(errand, request.query_params, _back(request, provider))
            response = _arrived(request, watch, accounts.sign_in_external(desk.database, desk.context, login))
        except (ColophonError, httpx.HTTPError, ValueError):
            response = _failed(request)
        response.delete_cookie(_ERRAND, path=f"{base(request)}/login")
        return response


def _back(request: Request, provider: Provider) -> str:
    origin = provider.public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    return f"{origin}{base(request)}/login/oauth/back"


def _failed(request: Request) -> Response:
    return RedirectResponse(f"{base(request)}/login?failed=1", 303)


def _arrived(request: Request, watch: Guard, session: accounts.SignedIn) -> Response:
    """A page, not a redirect: a strict cookie is not sent along a chain that began on the provider's site."""
    response = page(request, "entered.html")
    watch.open(request, response, session)
    response.headers["refresh"] = f"0;url={base(request)}/"
    return response
