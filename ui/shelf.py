"""Released files where several machines share them: any replica hands out any file, a withdrawn one no more."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote, unquote

from fastapi import FastAPI, HTTPException
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from errors import ColophonError, UsageError
from pipeline.shelf import Lending
from ui.edge import SECURITY

FILE = re.compile(r"^/gradio_api/file=.*/(rel-[0-9a-f]{16})/([^/]+)$")
RETRY_S = "5"


class Shelf:
    """ASGI middleware: before the page's own file route answers, the file is asked for by its row and fetched."""

    def __init__(self, app: ASGIApp, lending: Lending) -> None:
        self._app, self._lending = app, lending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match = FILE.match(unquote(scope["path"])) if scope["type"] == "http" else None
        if match is None:
            await self._app(scope, receive, send)
            return
        try:
            path = await run_in_threadpool(self._lending.file, match[1], match[2])
        except UsageError:
            await PlainTextResponse("", 404, SECURITY)(scope, receive, send)
        except ColophonError:
            await PlainTextResponse("", 503, {**SECURITY, "retry-after": RETRY_S})(scope, receive, send)
        else:
            here = f"/gradio_api/file={path.resolve()}"
            await self._app({**scope, "path": here, "raw_path": quote(here).encode()}, receive, send)


def serve(app: FastAPI, lending: Lending, releases: Path, links_s: int) -> None:
    """Let every replica serve every released file; nothing to do where this machine keeps its files itself."""
    if lending.shelf.storage is None:
        return
    app.add_middleware(Shelf, lending=lending)
    if not links_s:
        return

    async def link(release_id: str) -> RedirectResponse:
        try:
            target = await run_in_threadpool(lending.link, release_id, links_s)
        except ColophonError as error:
            raise HTTPException(404) from error
        if not target:
            raise HTTPException(404)
        return RedirectResponse(target, 307)

    app.router.routes.insert(0, APIRoute("/files/{release_id}", link, include_in_schema=False))
