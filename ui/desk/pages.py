"""Templates with what they all need: texts, times, tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from locales.catalog import best, direction
from moderation.words import say
from ui.desk.guard import HEADERS, base

FOLDER = Path(__file__).parent
_TEMPLATES = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def language(request: Request) -> str:
    """The language of a page: asked for in the address, else the browser's."""
    return best(request.query_params.get("lang", "") or request.headers.get("accept-language", ""))


def page(request: Request, template: str, code: int = 200, *, locale: str = "", **values: Any) -> Response:
    """A rendered page with the desk's headers. Everything in it is escaped."""
    spoken = locale or language(request)

    def t(key: str, /, **params: object) -> str:
        return say(key, spoken, **params)

    text = _TEMPLATES.get_template(template).render(
        t=t, lang=spoken, dir=direction(spoken), base=base(request), now=datetime.now(UTC), ago=ago, when=when,
        left=left, **values,
    )  # fmt: skip
    return HTMLResponse(text, code, headers=HEADERS)


def when(time: datetime) -> str:
    """A point in time, UTC, to the minute."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def ago(time: datetime, at: datetime) -> str:
    """How long ago, in two units at most."""
    return _span((at - time).total_seconds())


def left(time: datetime, at: datetime) -> str:
    """Time left, with a minus sign when it is over."""
    seconds = (time - at).total_seconds()
    return _span(seconds) if seconds >= 0 else "\u2212" + _span(-seconds)


def _span(seconds: float) -> str:
    minutes = int(abs(seconds)) // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d}" if hours < 48 else f"{hours // 24} d {hours % 24} h"
