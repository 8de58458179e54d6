"""One request of the page: who, in which language, from where."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr
from starlette.datastructures import Headers

from errors import ColophonError
from locales.catalog import direction, translate
from ui.edge import caller


@dataclass(frozen=True, slots=True)
class Visit:
    """The visitor's id and language; says texts in it.

    Attributes:
        address: where the request comes from, for fair use only.
    """

    visitor: str
    language: str
    address: str = ""

    def say(self, key: str, /, **params: object) -> str:
        """A text in the visitor's language; in one from right to left, what is put into it keeps its own direction."""
        if direction(self.language) == "rtl":
            params = {name: _isolated(value) for name, value in params.items()}
        return translate(key, self.language, **params)

    def explain(self, error: ColophonError) -> str:
        """What went wrong, in the visitor's language. A parameter that is a message key itself is said too."""
        return self.say(error.key, **self.said(error.params))

    def said(self, params: Mapping[str, object]) -> dict[str, object]:
        """Parameters of a message, translated where the catalogue knows them."""
        return {name: self.say(value) if isinstance(value, str) else value for name, value in params.items()}


def _isolated(value: object) -> object:
    """Text between the marks that keep its order to itself; numbers as they are, because they choose a plural."""
    return f"\u2068{value}\u2069" if isinstance(value, str) and value else value


def visit(request: gr.Request, secret: str, proxy_header: str = "") -> Visit:
    """Who sent a Gradio event. Without a cookie of ours the secret session id of the tab stands in.

    Args:
        proxy_header: the header in which the host's own proxy puts the address; others are not believed.
    """
    raw = [(str(k).lower().encode("latin-1"), str(v).encode("latin-1", "replace")) for k, v in request.headers.items()]
    headers = Headers(raw=raw)
    who = caller(headers, "", secret)
    peer = request.client.host if request.client else ""
    return Visit(who.visitor or _stranger(request), who.language, address(headers, peer, proxy_header))


def _stranger(request: gr.Request) -> str:
    """A program without a cookie is somebody new at each call: nobody shares its jobs, limits or key."""
    return f"session:{request.session_hash}" if request.session_hash else secrets.token_hex(16)


def address(headers: Headers, peer: str, proxy_header: str) -> str:
    """The caller's address: behind a proxy the last entry of the header that the host names, else the peer."""
    named = headers.get(proxy_header, "") if proxy_header else ""
    return named.split(",")[-1].strip() or peer
