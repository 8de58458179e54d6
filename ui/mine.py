"""What belongs to one visitor, as files: their data, and the texts of their own releases."""

from __future__ import annotations

import json
from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from errors import ColophonError, UsageError
from locales.catalog import translate
from pipeline.workbench import Workbench
from ui.edge import Caller

KINDS = {
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "csv": "text/csv",
    "otio": "application/json",
    "json": "application/json",
}
NOBODY = UsageError("error.job.unknown")


def router(studio: Workbench, caller_of: Callable[[Request], Caller]) -> APIRouter:
    """Routes below ``/my``; each answers to the signed cookie only."""
    routes = APIRouter(include_in_schema=False, prefix="/my")

    @routes.get("/data.json")
    def data(request: Request) -> Response:
        who = caller_of(request)
        if who.visitor is None:
            return _refusal(NOBODY, who)
        body = json.dumps(studio.export(who.visitor), ensure_ascii=False, indent=2, default=str)
        return _file(body.encode(), "colophon-data.json")

    @routes.get("/{release_id}/{name}")
    def text(request: Request, release_id: str, name: str) -> Response:
        who = caller_of(request)
        try:
            files = studio.texts(release_id, who.visitor or "")
        except ColophonError as error:
            return _refusal(error, who)
        return _file(files[name], name) if name in files else _refusal(NOBODY, who)

    return routes


def _file(body: bytes, name: str) -> Response:
    kind = KINDS.get(name.rpartition(".")[2], "application/octet-stream")
    shown = "inline" if name.endswith(".vtt") else "attachment"
    return Response(
        body,
        media_type=f"{kind}; charset=utf-8",
        headers={"content-disposition": f'{shown}; filename="{name}"', "cache-control": "private, no-store"},
    )


def _refusal(error: ColophonError, who: Caller) -> Response:
    return Response(translate(error.key, who.language, **error.params), 404, media_type="text/plain; charset=utf-8")
