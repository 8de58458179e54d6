"""Pages about the desk itself: figures, exports, a reviewer's own settings, the registry."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse, StreamingResponse

from errors import UsageError
from moderation import accounts, checkpoints, decisions, figures, proposals, quality, transparency
from moderation.accounts import KEYS
from moderation.desk import Desk
from moderation.roles import require
from records import registry
from ui.desk.guard import HEADERS, Guard, base, choice_of
from ui.desk.pages import page

EXPORTS = ("transparency.json", "transparency.csv", "dsa.json", "dsa.csv", "audit.jsonl")


def routes(app: FastAPI, desk: Desk, watch: Guard) -> None:
    """Add the overview routes."""
    _figures(app, desk, watch)
    _settings(app, desk, watch)
    _registry(app, desk, watch)
    _golden(app, desk, watch)


def _figures(app: FastAPI, desk: Desk, watch: Guard) -> None:
    @app.get("/figures")
    def show(request: Request, days: int = 30) -> Response:
        session = watch.signed_in(request)
        require(session.reviewer, "figures")
        end = desk.clock()
        with desk.database.read() as records:
            found = figures.collect(records, desk.context, end - timedelta(days=max(1, min(days, 366))), end)
        exports = EXPORTS if session.reviewer.may("export") else ()
        return page(request, "figures.html", session=session, figures=found, days=days, exports=exports)

    @app.get("/export/{name}")
    def export(request: Request, name: str, days: int = 180) -> Response:
        session = watch.signed_in(request)
        require(session.reviewer, "export")
        end = desk.clock()
        return _export(desk, name, end - timedelta(days=max(1, min(days, 3660))), end)


def _export(desk: Desk, name: str, start: datetime, end: datetime) -> Response:
    headers = HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
    with desk.database.read() as session:
        if name == "transparency.json":
            text = json.dumps(transparency.report(session, desk.context, start, end), indent=2)
        elif name == "transparency.csv":
            text = transparency.as_csv(transparency.report(session, desk.context, start, end))
        elif name == "dsa.json":
            text = transparency.dsa_json(session, start, end)
        elif name == "dsa.csv":
            text = transparency.dsa_csv(session, start, end)
        elif name == "audit.jsonl":
            lines = (json.dumps(line) + "\n" for line in list(checkpoints.export(session)))
            return StreamingResponse(lines, media_type="application/x-ndjson", headers=headers)
        else:
            raise UsageError("error.desk.unknown_case")
    return PlainTextResponse(text, headers=headers)


def _settings(app: FastAPI, desk: Desk, watch: Guard) -> None:
    @app.get("/settings")
    def show(request: Request) -> Response:
        session = watch.signed_in(request)
        keys = KEYS | session.reviewer.settings.get("keys", {})
        areas = sorted({clause.partition(".")[0] for clause in decisions.clauses(desk.context)} - {"system"})
        return page(request, "settings.html", session=session, keys=keys, areas=areas)

    @app.post("/settings")
    async def store(request: Request) -> Response:
        session, fields = await watch.form(request)
        keys = {name: str(fields.get(f"key_{name}", key)) for name, key in KEYS.items()}
        with desk.database.write() as records:
            accounts.settings(
                records, session.reviewer, {"keys": keys, "opted_out": fields.get("opted_out[]", [])}
            )  # fmt: skip
        return RedirectResponse(f"{base(request)}/settings", 303)


def _registry(app: FastAPI, desk: Desk, watch: Guard) -> None:
    @app.get("/registry")
    def show(request: Request) -> Response:
        session = watch.signed_in(request)
        require(session.reviewer, "registry")
        with desk.database.read() as records:
            (version, rows), gone = registry.current(records), registry.withdrawn(records)
        return page(request, "registry.html", session=session, version=version, rows=rows, gone=gone)

    @app.post("/registry/{entry_id}/{change}")
    async def change(request: Request, entry_id: str, change: str) -> Response:
        session, _ = await watch.form(request)
        if change not in _CHANGES:
            raise UsageError("error.desk.unknown_entry")
        with desk.database.write() as records:
            _CHANGES[change](records, desk.context, session.reviewer, entry_id)
        desk.on_registry()
        return RedirectResponse(f"{base(request)}/registry", 303)


def _golden(app: FastAPI, desk: Desk, watch: Guard) -> None:
    @app.get("/golden")
    def show(request: Request) -> Response:
        session = watch.signed_in(request)
        with desk.database.read() as records:
            rows = quality.golden_cases(records, session.reviewer)
        return page(request, "golden.html", session=session, rows=rows)

    @app.post("/case/{case_id}/golden")
    async def make(request: Request, case_id: str) -> Response:
        session, fields = await watch.form(request)
        copies = str(fields.get("copies", ""))
        count = int(copies) if copies.isascii() and copies.isdecimal() and len(copies) < 3 else 0
        desk.golden(session.reviewer, case_id, choice_of(fields.get("expected")), count)
        return RedirectResponse(f"{base(request)}/golden", 303)


_CHANGES = {"withdraw": proposals.withdraw, "restore": proposals.restore}
