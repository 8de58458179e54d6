"""The outermost gate: what nobody here needs is closed, other sites may not act in a visitor's name, frames are named.

Gradio brings routes of its own for files, proxies, streams and editors. Only released files are served, so that an
upload of one visitor is no file for another; bodies of calls are small.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.calls import REFUSAL, status_of
from ui.config import UiConfig
from ui.edge import SECURITY

API = "/gradio_api/"
FILE = f"{API}file="
CLOSED = (
    f"{API}file/", f"{API}proxy=", f"{API}stream", f"{API}deep_link", f"{API}vibe-", f"{API}undo-vibe-", f"{API}dev/",
    f"{API}process_recording", f"{API}component_server", f"{API}custom_component", f"{API}runs", "/monitoring",
    "/svelte/",
)  # fmt: skip
ELSEWHERE = ("cross-site", "same-site")
SAFE = ("GET", "HEAD", "OPTIONS")
BODY_BYTES = 2_000_000
FRAMES = {False: "'self'", True: "'self' https://huggingface.co https://*.hf.space"}
MORE = {"permissions-policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()"}


class TooLarge(Exception):
    """A body without end."""


class Gate:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, config: UiConfig) -> None:
        self._app = app
        self._releases = config.releases.resolve()
        self._frames = f"frame-ancestors {FRAMES[config.framed]}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, send)
            return
        scope[REFUSAL] = {}
        try:
            await self._app(scope, _bounded(receive) if _is_call(scope) else receive, self._dressed(scope, send))
        except TooLarge:
            await PlainTextResponse("", 413, SECURITY)(scope, receive, send)

    def _refused(self, scope: Scope) -> Response | None:
        path, headers = unquote(scope["path"]), Headers(scope=scope)
        if path.startswith(CLOSED) or (path.startswith(FILE) and not self._released(path.removeprefix(FILE))):
            return PlainTextResponse("", 404, SECURITY)
        if (
            scope["method"] not in SAFE
            and headers.get("sec-fetch-site", "") in ELSEWHERE
            and not path.startswith("/v1/")
        ):
            return PlainTextResponse("", 403, SECURITY)
        if _is_call(scope) and int(headers.get("content-length") or 0) > BODY_BYTES:
            return PlainTextResponse("", 413, {**SECURITY, "connection": "close"})
        return None

    def _released(self, path: str) -> bool:
        try:
            return Path(path).resolve().is_relative_to(self._releases)
        except (OSError, ValueError):
            return False

    def _dressed(self, scope: Scope, send: Send) -> Send:
        async def forward(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                policy = headers.get("content-security-policy", "default-src 'none'")
                if "frame-ancestors" not in policy:
                    headers["content-security-policy"] = f"{policy}; {self._frames}"
                for name, value in MORE.items():
                    headers.setdefault(name, value)
                message = {**message, "status": status_of(scope, message["status"]), "headers": headers.raw}
            await send(message)

        return forward


def _is_call(scope: Scope) -> bool:
    return scope["method"] == "POST" and scope["path"].startswith(API) and not scope["path"].startswith(f"{API}upload")


def _bounded(receive: Receive) -> Receive:
    """The request's body, as long as it stays small; a length need not be stated."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_BYTES:
            raise TooLarge
        return message

    return counted
