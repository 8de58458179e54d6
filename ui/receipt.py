"""The report of Verify to take away: signed when it was made, printed when somebody asks, kept by nobody here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from ui.edge import Caller
from ui.markup import Markup, el
from ui.visit import Visit
from watermark import printed
from watermark.report import ReportSigner

KINDS = {"pdf": "application/pdf", "json": "application/json"}
ROUTE = "verify/report"
LONGEST = 1_000_000


def receipt(document: dict[str, Any], visit: Visit) -> Markup:
    """Buttons that send the signed report back and get it as a file."""
    buttons = (
        el("button", visit.say(f"ui.receipt.{kind}"), type="submit", class_="quiet", formaction=f"{ROUTE}.{kind}")
        for kind in KINDS
    )
    text = json.dumps(document, ensure_ascii=False)
    return el(
        "form",
        el("input", type="hidden", name="document", value=text),
        el("p", *buttons, class_="row"),
        el("p", visit.say("ui.receipt.note"), class_="faded small"),
        method="post",
        class_="receipt",
    )


def router(signer: ReportSigner, caller_of: Callable[[Request], Caller]) -> APIRouter:
    """The route that turns a signed report into a file; what our key did not sign is not put on our paper."""
    routes = APIRouter(include_in_schema=False)

    @routes.post(f"/{ROUTE}.{{kind}}")
    async def report(request: Request, kind: str, document: Annotated[str, Form(max_length=LONGEST)]) -> Response:
        told = _read(document)
        if kind not in KINDS or told is None or not signer.made(told):
            return Response(status_code=404 if kind not in KINDS else 400)
        language = caller_of(request).language
        body = await run_in_threadpool(printed.render, told, language) if kind == "pdf" else document.encode()
        name = f"colophon-report-{str(told['report'].get('sha256', ''))[:8]}.{kind}"
        shown = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "private, no-store"}
        return Response(body, media_type=KINDS[kind], headers=shown)

    return routes


def _read(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
