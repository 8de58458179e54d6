"""One request of the page: who, in which language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import gradio as gr
from starlette.datastructures import Headers

from errors import ColophonError
from locales.catalog import translate
from ui.edge import caller


@dataclass(frozen=True, slots=True)
class Visit:
    """The visitor's id and language; says texts in it."""

    visitor: str
    language: str

    def say(self, key: str, /, **params: object) -> str:
        """A text in the visitor's language."""
        return translate(key, self.language, **params)

    def explain(self, error: ColophonError) -> str:
        """What went wrong, in the visitor's language. A parameter that is a message key itself is said too."""
        return self.say(error.key, **self.said(error.params))

    def said(self, params: Mapping[str, object]) -> dict[str, object]:
        """Parameters of a message, translated where the catalogue knows them."""
        return {name: self.say(value) if isinstance(value, str) else value for name, value in params.items()}


def visit(request: gr.Request, secret: str) -> Visit:
    """Who sent a Gradio event. Without a cookie of ours the secret session id of the tab stands in."""
    raw = [(str(k).lower().encode("latin-1"), str(v).encode("latin-1", "replace")) for k, v in request.headers.items()]
    who = caller(Headers(raw=raw), "", secret)
    return Visit(who.visitor or f"session:{request.session_hash}", who.language)
