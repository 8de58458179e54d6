"""In front of the page: the visitor cookie, the language of the page, headers that keep it to itself.

Gradio builds one page for everybody. The texts in it are stand-ins (`ui.markup.t`), and this
middleware puts the visitor's language in their place while the page leaves. The same moment sets
``lang``, ``dir``, title and style sheet, so that nothing flickers and no other site is asked for anything.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from locales.catalog import best, direction, translate
from ui import visitor
from ui.assets import SCRIPTS, version
from ui.config import UiConfig
from ui.cookies import cookie
from ui.markup import Markup, el, join, localise_json, words

LANGUAGE_COOKIE = "colophon_language"
PAGE = "/"
VERIFY = "/verify"  # the address that labels, manifests and copied links name
SPOKEN = frozenset({PAGE, "/config", "/config/", "/gradio_api/info", "/gradio_api/openapi.json"})
SECURITY = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self' data:; connect-src 'self' blob:; "
        "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
_HEAD_LINKS = re.compile(rb'<meta\s+(?:property|name)="(?:og|twitter):[^>]*?>|<link rel="manifest"[^>]*>', re.S)


@dataclass(frozen=True, slots=True)
class Caller:
    """What the cookies and headers of a request say."""

    language: str
    visitor: str | None
    name: str = ""


def caller(headers: Headers, query: str, secret: str) -> Caller:
    """Language: query, cookie, browser, in this order. Visitor and name of a login only from cookies that we signed."""
    cookies = _cookies(headers.get("cookie", ""))
    language = language_of(headers, parse_qs(query).get("lang", [""])[0])
    name = visitor.name_of(cookies.get(visitor.NAME_COOKIE), secret)
    return Caller(language, visitor.read(cookies.get(visitor.COOKIE), secret), name)


def language_of(headers: Headers, asked: str = "") -> str:
    """What was asked for, else the cookie's, else the browser's language."""
    chosen = asked or _cookies(headers.get("cookie", "")).get(LANGUAGE_COOKIE, "")
    return best(chosen or headers.get("accept-language", ""))


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, config: UiConfig) -> None:
        self._app = app
        self._config = config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        query = scope.get("query_string", b"").decode("latin-1")
        who = caller(headers, query, self._config.secret.get_secret_value())
        if scope["path"] == VERIFY:
            await _to_tab("verify", query)(scope, receive, send)
        elif scope["path"] == PAGE and "lang" in parse_qs(query):
            await self._switch_language(who.language, query)(scope, receive, send)
        elif scope["path"] in SPOKEN:
            await self._spoken(scope, receive, send, who)
        else:
            await self._app(scope, receive, _with_headers(send, SECURITY))

    def _switch_language(self, language: str, query: str) -> RedirectResponse:
        rest = {key: values for key, values in parse_qs(query).items() if key != "lang"}
        response = RedirectResponse("./" + (f"?{urlencode(rest, doseq=True)}" if rest else ""), 303)
        response.headers.append("set-cookie", self._cookie(LANGUAGE_COOKIE, language, script_may_read=True))
        return response

    async def _spoken(self, scope: Scope, receive: Receive, send: Send, who: Caller) -> None:
        """Collects the answer whole, translates it, sends it."""
        zipped = "gzip" in Headers(scope=scope).get("accept-encoding", "")
        plain = {
            **scope,
            "headers": [(k, v) for k, v in scope["headers"] if k not in (b"accept-encoding", b"if-none-match")],
        }
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                await self._answer(send, start, bytes(body), who, scope["path"], zipped)

        await self._app(plain, receive, collect)

    async def _answer(self, send: Send, start: Message, body: bytes, who: Caller, path: str, zipped: bool) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        body = localise_json(body.decode("utf-8"), who.language).encode("utf-8")
        if path == PAGE and "html" in headers.get("content-type", ""):
            body = dress(body, who.language, {"name": who.name, "upload_mb": self._config.max_upload_mb})
            headers["content-language"] = who.language
            headers["cache-control"] = "no-store"
            if who.visitor is None:
                headers.append("set-cookie", self._cookie(visitor.COOKIE, visitor.mint(self._secret)))
        headers["vary"] = "Cookie, Accept-Language, Accept-Encoding"
        if zipped:
            body = gzip.compress(body, 5)
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body))
        for name, value in SECURITY.items():
            headers[name] = value
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": body})

    @property
    def _secret(self) -> str:
        return self._config.secret.get_secret_value()

    def _cookie(self, name: str, value: str, script_may_read: bool = False) -> str:
        return cookie(name, value, self._config, script_may_read=script_may_read)


def _to_tab(tab: str, query: str) -> RedirectResponse:
    rest = {key: values for key, values in parse_qs(query).items() if key == "release"}
    return RedirectResponse("./?" + urlencode({"tab": tab, **rest}, doseq=True), 303)


def dress(page: bytes, language: str, facts: Mapping[str, object]) -> bytes:
    """Gradio's bare page in our language, direction, title and style; `facts` are for the script."""
    page = _HEAD_LINKS.sub(b"", page)
    tag = f'<html lang="{language}" dir="{direction(language)}"'
    page = re.sub(rb'<html\s+lang="en"', tag.encode(), page, count=1)
    return page.replace(b"</head>", _head(language, facts).encode() + b"</head>", 1)


def _head(language: str, facts: Mapping[str, object]) -> Markup:
    owner = translate("ui.jobs.owner_login", language)
    told = {**words("ui.js.", language), "facts": {**facts, "language": language, "owner": owner}}
    script_words = json.dumps(told).replace("<", "\\u003c")
    return join(
        [
            el("meta", name="description", content=translate("ui.page.description", language)),
            el("meta", name="theme-color", content="#F7F4EC"),
            el("link", rel="icon", href="ui/seal.svg", type="image/svg+xml"),
            el("link", rel="stylesheet", href=f"ui/page.css?v={version()}"),
            el("script", Markup(script_words), id="colophon-words", type="application/json"),
            *(el("script", src=f"ui/{name}?v={version()}") for name in SCRIPTS),
        ]
    )


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}


def _with_headers(send: Send, extra: dict[str, str]) -> Send:
    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in extra.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return forward
