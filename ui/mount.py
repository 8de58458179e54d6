"""Puts the page onto the application: files, limits, theme, cookies, language."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI, HTTPException, Request, Response

from pipeline.workbench import Workbench
from ui import assets, login, mine, receipt, theme
from ui.config import UiConfig
from ui.desk.oauth import Provider
from ui.edge import Caller, Edge, caller
from ui.gate import Gate
from ui.missing import Missing
from ui.page import build
from ui.patience import Patience
from ui.uploads import Uploads
from watermark.report import ReportSigner

KEEP_S = 31_536_000
SESSIONS = 500  # tabs that Gradio remembers, 120 kB each; calls of programs count, and none is ever closed


def mount(
    app: FastAPI,
    studio: Workbench,
    config: UiConfig,
    provider: Provider | None = None,
    signer: ReportSigner | None = None,
) -> FastAPI:
    """Serve the trial page of `studio` at ``/``.

    Args:
        provider: where visitors may sign in.
        signer: signs what Verify found, so that it can be taken along as a file.

    Only the releases folder is served, and from where it stands: Gradio makes no copies of it, so a
    withdrawn release is gone at once. Mount last: the page answers every path that nothing else took.
    """
    config.releases.mkdir(parents=True, exist_ok=True)
    gr.set_static_paths([config.releases])
    app.add_api_route("/ui/{name}", _asset, include_in_schema=False)
    app.include_router(mine.router(studio, lambda request: _caller(request, config)))
    if provider is not None and config.login:
        app.include_router(login.router(studio, config, provider))
    if signer is not None:
        app.include_router(receipt.router(signer, lambda request: _caller(request, config)))
    app.add_middleware(Uploads, config=config)
    app.add_middleware(Edge, config=config)
    app.add_middleware(Gate, config=config)
    app.add_middleware(Missing, config=config)
    app.add_middleware(Patience)
    page = build(studio, config, signer)
    page.state_session_capacity = SESSIONS
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        theme=theme.theme(),
        max_file_size=config.max_upload_mb * 2**20,
        allowed_paths=[str(config.releases.resolve())],
        blocked_paths=[str(config.quarantine.resolve())],
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=config.mcp,
        enable_monitoring=False,
    )
    return app


def _caller(request: Request, config: UiConfig) -> Caller:
    return caller(request.headers, "", config.secret.get_secret_value())


def _asset(name: str) -> Response:
    if name not in assets.FILES:
        raise HTTPException(404)
    body = assets.read(name)
    if name == "page.css":
        body = theme.variables().encode() + body
    return Response(
        body, media_type=assets.FILES[name], headers={"cache-control": f"public, max-age={KEEP_S}, immutable"}
    )
