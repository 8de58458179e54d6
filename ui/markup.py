"""Small HTML without templates: every text is escaped unless it is markup already."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from markupsafe import Markup as Markup
from markupsafe import escape

from locales.catalog import texts, translate

Child = str | Markup | None | Iterable["Child"]

_TOKEN = re.compile(r"@@([a-z0-9_.]+)((?:\|[a-z_]+=[A-Za-z0-9._-]*)*)@@")


def t(key: str) -> str:
    """A stand-in for a text in the static page; `localise` puts the visitor's language in its place."""
    return f"@@{key}@@"


def t_with(key: str, **params: str | int) -> str:
    """A stand-in with values for the placeholders of its text: numbers and plain names."""
    return f"@@{key}{''.join(f'|{name}={value}' for name, value in params.items())}@@"


def localise(text: str, locale: str) -> str:
    """Replaces the stand-ins in plain text."""
    return _TOKEN.sub(lambda found: _said(found, locale), text)


def localise_json(body: str, locale: str) -> str:
    """Replaces the stand-ins inside JSON strings, also where the JSON stands in a script of a page."""
    return _TOKEN.sub(lambda found: _as_json(_said(found, locale)), body)


def _said(found: re.Match[str], locale: str) -> str:
    params = dict(pair.split("=", 1) for pair in found[2].split("|")[1:])
    return translate(found[1], locale, **params)


def el(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """An element.

    Args:
        attributes: ``class_`` and ``for_`` lose their underscore, others turn it into a hyphen; False and None are
            left out.
    """
    spelled = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{spelled}>")
    return Markup(f"<{name}{spelled}>") + join(children) + Markup(f"</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Children in order, escaped."""
    out = Markup("")
    for child in children:
        if child is None:
            continue
        out += escape(child) if isinstance(child, str) else join(child)
    return out


def words(prefix: str, locale: str) -> dict[str, str]:
    """All texts below a prefix, without it; for scripts."""
    return {key.removeprefix(prefix): text for key, text in texts(locale).items() if key.startswith(prefix)}


_VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "source"})


def _attribute(key: str, value: str | int | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _as_json(text: str) -> str:
    return json.dumps(text)[1:-1].replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
