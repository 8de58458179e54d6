"""The page for an address where nothing is, for people; programs keep the JSON that the framework answers.

Gradio takes every path that nothing else took and answers unknown ones itself, so no exception handler of the
application sees them: this stands around everything and looks at what leaves.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locales.catalog import direction, translate
from ui.assets import version
from ui.config import UiConfig
from ui.edge import SECURITY, caller
from ui.gate import FRAMES, MORE
from ui.markup import Markup, el
from ui.stage import seal

CODES = frozenset({404, 405})
PROGRAMS = ("/v1/", "/gradio_api/", "/desk/")  # the desk is for people, and has pages of its own
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'"


class Missing:
    """ASGI middleware: a browser that finds nothing is told so in its visitor's language."""

    def __init__(self, app: ASGIApp, config: UiConfig) -> None:
        self._app, self._config = app, config
        self._headers = {
            **SECURITY,
            **MORE,
            "content-security-policy": f"{POLICY}; frame-ancestors {FRAMES[config.framed]}",
            "cache-control": "no-store",
            "vary": "Accept, Accept-Language, Cookie",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_person(scope):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def forward(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and _is_bare(message):
                replaced = True
                await self._answer(scope, message)(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._app(scope, receive, forward)

    def _answer(self, scope: Scope, found: Message) -> HTMLResponse:
        query = scope.get("query_string", b"").decode("latin-1")
        language = caller(Headers(scope=scope), query, self._config.secret.get_secret_value()).language
        headers = {**self._headers, "content-language": language}
        allowed = Headers(raw=list(found["headers"])).get("allow")
        if allowed:
            headers["allow"] = allowed
        return HTMLResponse(_page(found["status"], language, _up(scope["path"])), found["status"], headers)


def _is_person(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] in ("GET", "HEAD")
        and not f"{scope['path']}/".startswith(PROGRAMS)
        and "text/html" in Headers(scope=scope).get("accept", "").lower()
    )


def _is_bare(message: Message) -> bool:
    """Nothing that a person could read: the framework's JSON, or no body. Our own routes say why, in words."""
    headers = Headers(raw=list(message["headers"]))
    bare = headers.get("content-type", "").startswith("application/json") or headers.get("content-length") == "0"
    return message["status"] in CODES and bare


def _up(path: str) -> str:
    """The way from `path` to the page: relative, as the service need not know below which address a proxy shows it."""
    return "../" * (path.count("/") - 1) or "./"


def _page(code: int, language: str, home: str) -> str:
    """Nothing of the request is in it but its language and how deep it was."""
    title, name = translate("ui.missing.title", language), translate("ui.page.name", language)
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", f"{title} · {name}"),
        el("link", rel="icon", href=f"{home}ui/seal.svg", type="image/svg+xml"),
        el("link", rel="stylesheet", href=f"{home}ui/page.css?v={version()}"),
    )
    main = el(
        "main",
        seal("outline"),
        el("p", str(code), class_="faded small"),
        el("h1", title),
        el("p", translate("ui.missing.text", language)),
        el("p", el("a", translate("ui.missing.home", language), href=home, class_="primary")),
    )
    top = el("header", el("a", seal(), el("span", name), class_="name", href=home), class_="masthead")
    body = el("body", el("div", top, main, class_="gradio-container"))
    page = el("html", head, body, lang=language, dir=direction(language), class_="missing")
    return Markup("<!doctype html>") + page
