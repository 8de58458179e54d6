"""Forms for everybody, without an account: appeal, report, the state of a case, protection, consent, retention."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.responses import JSONResponse, RedirectResponse

from errors import ColophonError, InputError, UsageError
from media.caged import probe
from moderation import consent, proposals, retention
from moderation.desk import Desk
from moderation.notices import NOTICES
from moderation.words import say
from ui.desk import guard
from ui.desk.pages import FOLDER, language, page

VisitorOf = Callable[[Request], str]
MAX_JSON = 64_000
MAX_CAPTURE = 40_000_000
MAX_PICTURE = 20_000_000
_ASSETS = {"desk.css": "text/css", "public.css": "text/css", "consent.js": "text/javascript"}


def public_router(desk: Desk, visitor_of: VisitorOf, address_of: guard.AddressOf = guard.peer) -> APIRouter:
    """Routes outside the desk.

    Args:
        visitor_of: the visitor id of a request, as jobs carry it; an application for consent is for that account.
        address_of: the caller's address, for limits of attempts; it is never stored.
    """
    router = APIRouter(include_in_schema=False)
    _assets(router, desk)
    _appeal(router, desk)
    _report(router, desk, address_of)
    _api(router, desk, address_of)
    _protect(router, desk, address_of)
    if desk.policy.profile == "studio":
        _consent(router, desk, visitor_of)
    return router


def _assets(router: APIRouter, desk: Desk) -> None:
    @router.get("/public/{name}")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise _missing()
        headers = {"cache-control": "public, max-age=3600", "x-content-type-options": "nosniff"}
        return Response((FOLDER / "static" / name).read_bytes(), media_type=_ASSETS[name], headers=headers)

    @router.get("/retention")
    def keep(request: Request) -> Response:
        return page(request, "retention.html", lines=retention.table(desk.config.retention))


def _missing() -> UsageError:
    return UsageError("error.appeal.unknown")


def _appeal(router: APIRouter, desk: Desk) -> None:
    @router.get("/appeal/{token}")
    def ask(request: Request, token: str) -> Response:
        try:
            found = desk.appealable(token)
        except ColophonError as error:
            return _fault(request, error)
        form = guard.form_token(request)
        response = page(request, "appeal.html", locale=found.locale, found=found, csrf=form, failed="")
        guard.keep_form_token(request, response, form)
        return response

    @router.post("/appeal/{token}")
    async def send(request: Request, token: str) -> Response:
        try:
            fields = await guard.read_form(request)
            guard.check_form_token(request, fields)
            secret = desk.appeal(token, str(fields.get("message", "")))
        except ColophonError as error:
            return _fault(request, error)
        return RedirectResponse(f"{guard.base(request)}/case/{secret}?new=1", 303)

    @router.get("/case/{secret}")
    def state(request: Request, secret: str, new: str = "", mine: str = "") -> Response:
        try:
            status = desk.case_status(secret)
        except ColophonError as error:
            return _fault(request, error)
        return page(request, "status.html", locale=status.locale, status=status, fresh=bool(new), mine=mine[:100])


def _report(router: APIRouter, desk: Desk, address_of: guard.AddressOf) -> None:
    @router.get("/report")
    def ask(request: Request, kind: str = "impersonation", where: str = "") -> Response:
        return _report_form(request, kind, {"where": where[:500]}, None)

    @router.post("/report")
    async def send(request: Request) -> Response:
        fields: dict[str, Any] = {}
        kept: dict[str, Any] = {}
        try:
            fields = await guard.read_form(request)
            kept = {name: value for name, value in fields.items() if name in _report_names(str(fields.get("kind")))}
            guard.check_form_token(request, fields)
            secret = desk.report(_typed(kept) | {"locale": language(request)}, address_of(request))
        except ColophonError as error:
            return _report_form(request, str(fields.get("kind", "")), kept, error)
        return RedirectResponse(f"{guard.base(request)}/case/{secret}?new=1", 303)


_BOXES = ("good_faith", "accurate", "jurisdiction")


def _report_names(kind: str) -> tuple[str, ...]:
    needed = NOTICES[kind].requires if kind in NOTICES else ()
    optional = ("name", "email") if kind in ("impersonation", "minor", "other") else ()
    return ("kind", "where", "description", *dict.fromkeys((*needed, *optional)))


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value == "yes" if name in _BOXES else value for name, value in fields.items()}


def _report_form(request: Request, kind: str, values: dict[str, Any], error: ColophonError | None) -> Response:
    chosen, token = kind if kind in NOTICES else "other", guard.form_token(request)
    names = [name for name in _report_names(chosen) if name != "kind"]
    optional = [name for name in names if name in ("name", "email") and name not in NOTICES[chosen].requires]
    status = guard.status_of(error) if error else 200
    response = page(
        request, "report.html", status, kind=chosen, kinds=tuple(NOTICES), names=names, boxes=_BOXES, values=values,
        csrf=token, error=error, optional=optional, relations=("self", "parent", "agent", "lawyer", "other"),
    )  # fmt: skip
    guard.keep_form_token(request, response, token)
    return response


def _api(router: APIRouter, desk: Desk, address_of: guard.AddressOf) -> None:
    @router.post("/v1/report", include_in_schema=True)
    async def report(request: Request) -> Response:
        """Take in a notice as JSON; answers with the secret of its case."""
        spoken = language(request)
        try:
            secret = desk.report(await _json(request), address_of(request))
        except ColophonError as error:
            body = {"error": error.key, "message": say(error.key, spoken, **error.params), **error.params}
            return JSONResponse(body, 400 if guard.status_of(error) == 409 else guard.status_of(error))
        return JSONResponse({"case": secret, "status": f"{guard.base(request)}/case/{secret}"}, 201)


async def _json(request: Request) -> dict[str, Any]:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_JSON:
            raise UsageError("error.report.field", field="body")
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise UsageError("error.report.field", field="body") from None
    if not isinstance(fields, dict):
        raise UsageError("error.report.field", field="body")
    return fields


def _protect(router: APIRouter, desk: Desk, address_of: guard.AddressOf) -> None:
    @router.get("/protect")
    def ask(request: Request) -> Response:
        return _protect_form(request, {}, None)

    @router.post("/protect")
    async def send(request: Request) -> Response:
        fields: dict[str, Any] = {}
        try:
            fields = await guard.read_form(request, MAX_PICTURE + guard.MAX_FORM)
            guard.check_form_token(request, fields)
            with TemporaryDirectory() as folder:
                prints = await _fingerprints(request, Path(folder))
            entry = _entry(fields) | {"fingerprints": prints}
            with desk.database.write() as session:
                secret = proposals.propose(session, desk.context, entry, address_of(request), language(request))
        except ColophonError as error:
            return _protect_form(request, fields, error)
        return RedirectResponse(f"{guard.base(request)}/case/{secret}?new=1", 303)


def _entry(fields: dict[str, Any]) -> dict[str, Any]:
    aliases = [alias.strip() for alias in str(fields.get("aliases", "")).split("\n") if alias.strip()]
    names = ("kind", "name", "description", "owner", "contact")
    return {name: str(fields.get(name, "")) for name in names} | {
        "aliases": aliases,
        "statement": fields.get("statement") == "yes",
    }


async def _fingerprints(request: Request, folder: Path) -> list[dict[str, str]]:
    """A fingerprint of the picture that came with a form; the picture itself is not kept."""
    upload = (await request.form()).get("picture")
    if not isinstance(upload, UploadFile) and not hasattr(upload, "read"):
        return []
    data = await upload.read(MAX_PICTURE + 1)  # type: ignore[union-attr]
    if not data:
        return []
    if len(data) > MAX_PICTURE:
        raise InputError("error.media.too_large", limit_mb=MAX_PICTURE // 1_000_000)
    path = folder / "picture"
    path.write_bytes(data)
    if probe(path).kind != "image":
        raise InputError("error.media.not_an_image")
    return [proposals.fingerprint(path, str(getattr(upload, "filename", "") or "picture")[:80])]


def _protect_form(request: Request, values: dict[str, Any], error: ColophonError | None) -> Response:
    token, status = guard.form_token(request), guard.status_of(error) if error else 200
    response = page(request, "protect.html", status, values=values, error=error, csrf=token)
    guard.keep_form_token(request, response, token)
    return response


def _consent(router: APIRouter, desk: Desk, visitor_of: VisitorOf) -> None:
    @router.get("/consent")
    def ask(request: Request) -> Response:
        token = guard.form_token(request)
        response = page(
            request, "consent.html", csrf=token, purposes=consent.PURPOSES, days=desk.config.consent_days
        )  # fmt: skip
        guard.keep_form_token(request, response, token)
        return response

    @router.post("/consent")
    async def begin(request: Request) -> Response:
        stored: dict[str, str] = {}
        try:
            fields = await guard.read_form(request, consent.MAX_REFERENCES * MAX_PICTURE + guard.MAX_FORM)
            guard.check_form_token(request, fields)
            stored = await _store_references(request, desk)
            days = int(fields["days"]) if re.fullmatch(r"[0-9]{1,4}", str(fields.get("days", ""))) else 0
            with desk.database.write() as session:
                challenge = consent.begin(
                    session, desk.context, visitor_of(request), fields.get("purposes[]", []), stored, days
                )  # fmt: skip
        except ColophonError as error:
            for name in stored:
                (_captures(desk) / name).unlink(missing_ok=True)
            return _fault(request, error)
        return page(request, "capture.html", challenge=challenge, csrf=str(fields["csrf"]))

    @router.post("/consent/{secret}/capture")
    async def hand_in(request: Request, secret: str) -> Response:
        try:
            guard.same_site(request)
            path = await _store_capture(request, desk)
            try:
                with desk.database.write() as session:
                    case_id = consent.submit(session, desk.context, secret, path.name, language(request))
            except BaseException:
                path.unlink(missing_ok=True)
                raise
        except ColophonError as error:
            return JSONResponse({"error": say(error.key, language(request), **error.params)}, guard.status_of(error))
        case = desk.context.link("case", case_id)
        return JSONResponse({"status": f"{guard.base(request)}/case/{case}?mine={secret}"})

    @router.get("/consent/{secret}")
    def mine(request: Request, secret: str) -> Response:
        token = guard.form_token(request)
        response = page(request, "mine.html", secret=secret, csrf=token)
        guard.keep_form_token(request, response, token)
        return response

    @router.post("/consent/{secret}/revoke")
    async def revoke(request: Request, secret: str) -> Response:
        try:
            guard.check_form_token(request, await guard.read_form(request))
            with desk.database.write() as session:
                consent.revoke(session, desk.context, secret)
        except ColophonError as error:
            return _fault(request, error)
        return page(request, "revoked.html")


def _captures(desk: Desk) -> Path:
    folder = desk.config.folder / "captures"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


async def _store_references(request: Request, desk: Desk) -> dict[str, str]:
    """Keep the reference files of an application for its reviewer: name in the private folder -> SHA-256."""
    stored: dict[str, str] = {}
    for upload in (await request.form()).getlist("files")[: consent.MAX_REFERENCES]:
        data = b"" if isinstance(upload, str) else await upload.read(MAX_PICTURE + 1)
        if not data:
            continue
        path = _captures(desk) / secrets.token_hex(12)
        path.write_bytes(data)
        try:
            named = path.rename(path.with_suffix(f".{_visual(path, len(data))}"))
        except ColophonError:
            for name in (path.name, *stored):
                (path.parent / name).unlink(missing_ok=True)
            raise
        stored[named.name] = hashlib.sha256(data).hexdigest()
    return stored


def _visual(path: Path, size: int) -> str:
    """The container's name of a picture or video."""
    if size > MAX_PICTURE:
        raise InputError("error.media.too_large", limit_mb=MAX_PICTURE // 1_000_000)
    info = probe(path)
    if info.kind not in ("image", "video"):
        raise InputError("error.media.unsupported")
    return info.container.name


async def _store_capture(request: Request, desk: Desk) -> Path:
    path, size = _captures(desk) / f"{secrets.token_hex(12)}.webm", 0
    try:
        with path.open("xb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_CAPTURE:
                    raise InputError("error.media.too_large", limit_mb=MAX_CAPTURE // 1_000_000)
                file.write(chunk)
        if probe(path).kind != "video":
            raise InputError("error.media.unsupported")
    except ColophonError:
        path.unlink(missing_ok=True)
        raise
    return path


def _fault(request: Request, error: ColophonError) -> Response:
    return page(request, "public_fault.html", guard.status_of(error), error=error)
