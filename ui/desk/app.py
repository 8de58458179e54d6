"""The desk as an application of its own, mounted at ``/desk``: sign-in, queues, one case at a time."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from errors import ColophonError
from moderation import accounts
from moderation.accounts import KEYS
from moderation.cases import CaseState, Choice
from moderation.desk import Desk
from moderation.leases import SKIP_REASONS
from ui.desk import door, guard, media, overview
from ui.desk.guard import AddressOf, Guard, SignInFirst, base, choice_of, peer
from ui.desk.oauth import Provider
from ui.desk.pages import FOLDER, page


def build(desk: Desk, provider: Provider | None = None, address_of: AddressOf = peer) -> FastAPI:
    """The desk's application.

    Args:
        provider: lets reviewers on the allow-list sign in through it; None: by password only.
        address_of: the caller's address, for the limits of attempts.
    """
    app = FastAPI(title="desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")
    watch = Guard(desk, address_of)
    _faults(app)
    door.routes(app, desk, watch, provider)
    _queue(app, desk, watch)
    _case(app, desk, watch)
    _decide(app, desk, watch)
    media.routes(app, desk, watch)
    overview.routes(app, desk, watch)
    return app


def _faults(app: FastAPI) -> None:
    @app.exception_handler(SignInFirst)
    async def first(request: Request, error: SignInFirst) -> Response:
        if request.method == "GET" and "text/html" in request.headers.get("accept", "text/html"):
            return guard.to_sign_in(request)
        return JSONResponse({"error": error.key}, 401, headers=guard.HEADERS)

    @app.exception_handler(ColophonError)
    async def known(request: Request, error: ColophonError) -> Response:
        status = guard.status_of(error)
        if "text/html" not in request.headers.get("accept", ""):
            return JSONResponse({"error": error.key}, status, headers=guard.HEADERS)
        return page(request, "fault.html", status, error=error)


def _queue(app: FastAPI, desk: Desk, watch: Guard) -> None:
    @app.get("/")
    def queue(request: Request, queue: str = "", state: str = "open", after: str = "", undo: str = "") -> Response:
        session = watch.signed_in(request)
        shown = state if state in {s.value for s in CaseState} else "open"
        view = desk.queue(session.reviewer, queue, state=shown, after=after)
        return page(
            request, "queue.html", session=session, view=view, queue=queue, state=shown, undo=undo, at=desk.clock(),
            keys=_keys(session), bulk=session.reviewer.may("bulk", queue or "held"), choices=list(Choice)[:3],
        )  # fmt: skip

    @app.post("/next")
    async def following(request: Request) -> Response:
        session, fields = await watch.form(request)
        return _next(request, desk, session, str(fields.get("queue", "")))

    @app.post("/bulk")
    async def bulk(request: Request) -> Response:
        session, fields = await watch.form(request)
        ids, choice = fields.get("case[]", []), choice_of(fields.get("choice"))
        if not fields.get("seal"):
            preview = desk.bulk_preview(session.reviewer, ids, choice)
            policies = sorted({line.policy for line in preview.lines})
            return page(
                request, "bulk.html", session=session, preview=preview, choice=choice, policies=policies,
                keys=_keys(session),
            )  # fmt: skip
        policy, facts = str(fields.get("policy", "")), str(fields.get("facts", ""))
        done = desk.bulk_decide(session.reviewer, ids, choice, policy, facts, str(fields["seal"]))
        return RedirectResponse(f"{base(request)}/?decided={done.decided}", 303)


def _case(app: FastAPI, desk: Desk, watch: Guard) -> None:
    @app.get("/case/{case_id}")
    def show(request: Request, case_id: str, undo: str = "") -> Response:
        session = watch.signed_in(request)
        view = desk.case(session.reviewer, case_id)
        return page(
            request, "case.html", session=session, view=view, undo=undo, at=desk.clock(), keys=_keys(session),
            reasons=SKIP_REASONS, undo_s=desk.config.undo_s, lease_s=desk.config.lease_s,
            rest=_needs_rest(desk, session),
        )  # fmt: skip

    @app.post("/case/{case_id}/claim")
    async def claim(request: Request, case_id: str) -> Response:
        session, _ = await watch.form(request)
        desk.claim_one(session.reviewer, case_id)
        return RedirectResponse(f"{base(request)}/case/{case_id}", 303)

    @app.post("/case/{case_id}/beat")
    async def beat(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        until = desk.heartbeat(session.reviewer, case_id, _token(fields), _seconds(fields.get("visible_s")))
        return JSONResponse({"until": until.isoformat()}, headers=guard.HEADERS)

    @app.post("/case/{case_id}/note")
    async def note(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        desk.note(session.reviewer, case_id, str(fields.get("text", "")))
        return RedirectResponse(f"{base(request)}/case/{case_id}", 303)

    @app.post("/case/{case_id}/reveal")
    async def reveal(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        desk.reveal(session.reviewer, case_id, _token(fields), str(fields.get("what", ""))[:20])
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"{base(request)}/case/{case_id}", 303)
        return JSONResponse({"logged": True}, headers=guard.HEADERS)


def _decide(app: FastAPI, desk: Desk, watch: Guard) -> None:
    @app.post("/case/{case_id}/decide")
    async def decide(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        choice = choice_of(fields.get("choice"))
        policy, facts = str(fields.get("policy", "")), str(fields.get("facts", ""))
        desk.decide(case_id, session.reviewer, choice, policy, facts, token=_token(fields))
        return _next(request, desk, session, str(fields.get("queue", "")), undo=case_id)

    @app.post("/case/{case_id}/undo")
    async def undo(request: Request, case_id: str) -> Response:
        session, _ = await watch.form(request)
        desk.undo(case_id, session.reviewer)
        return RedirectResponse(f"{base(request)}/case/{case_id}", 303)

    @app.post("/case/{case_id}/skip")
    async def skip(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        desk.skip(session.reviewer, case_id, _token(fields), str(fields.get("reason", "")))
        return _next(request, desk, session, str(fields.get("queue", "")))

    @app.post("/case/{case_id}/return")
    async def give_back(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        desk.give_back(session.reviewer, case_id, _token(fields))
        return RedirectResponse(f"{base(request)}/", 303)

    @app.post("/case/{case_id}/assign")
    async def assign(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        with desk.database.read() as records:
            to = accounts.find(records, str(fields["to"])) if fields.get("to") else None
        desk.assign(session.reviewer, case_id, to)
        return RedirectResponse(f"{base(request)}/case/{case_id}", 303)


def _next(request: Request, desk: Desk, session: accounts.SignedIn, queue: str, undo: str = "") -> Response:
    lease = desk.claim(session.reviewer, queue)
    tail = f"?undo={undo}" if undo else ""
    return RedirectResponse(f"{base(request)}/case/{lease.case_id}{tail}" if lease else f"{base(request)}/{tail}", 303)


def _keys(session: accounts.SignedIn) -> dict[str, str]:
    return KEYS | dict(session.reviewer.settings.get("keys", {}))


def _needs_rest(desk: Desk, session: accounts.SignedIn) -> bool:
    return desk.exposure_today_s(session.reviewer) > desk.config.exposure_minutes_per_day * 60


def _token(fields: dict[str, Any]) -> int:
    text = str(fields.get("token", ""))
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else -1


def _seconds(value: Any) -> float:
    text = str(value or "0")
    return float(text) if text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdecimal() else 0.0
