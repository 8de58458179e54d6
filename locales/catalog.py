"""One catalogue for every text that a person reads: labels, errors, reasons, policies.

One flat JSON file per language tag lies beside this module; English is complete and the fallback.
``zz`` is a pseudo-locale, made here from English: what stays plain on the page is text that escaped
the catalogue, what is cut off has no room for longer languages.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from errors import ColophonError
from locales import plural

FOLDER = Path(__file__).parent
SOURCE = "en"
PSEUDO = "zz"
NAMES: Mapping[str, str] = {
    "en": "English",
    "zh-Hans": "简体中文",
    "zh-Hant": "繁體中文",
    "ar": "العربية",
    "de": "Deutsch",
    "ru": "Русский",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "ko": "한국어",
    "pt-BR": "Português (Brasil)",
    "hi": "हिन्दी",
    "id": "Bahasa Indonesia",
}
RIGHT_TO_LEFT = frozenset({"ar"})

_ALIASES = {
    "zh": "zh-Hans",
    "zh-cn": "zh-Hans",
    "zh-sg": "zh-Hans",
    "zh-tw": "zh-Hant",
    "zh-hk": "zh-Hant",
    "zh-mo": "zh-Hant",
    "pt": "pt-BR",
    "in": "id",
}
_PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)((?:\|[^{}|]*)*)\}")
_ACCENTS = str.maketrans("aceginorsuyACEGINORSUY", "áçéĝíñóŕšúýÁÇÉĜÍÑÓŔŠÚÝ")


def tags() -> tuple[str, ...]:
    """Language tags in the order of the switch, without the pseudo-locale."""
    return tuple(NAMES)


def direction(tag: str) -> str:
    """``rtl`` or ``ltr``, as HTML's ``dir`` wants it."""
    return "rtl" if tag in RIGHT_TO_LEFT else "ltr"


@cache
def texts(tag: str) -> Mapping[str, str]:
    """Every text of a language; English where it has none.

    Raises:
        KeyError: there is no such language.
    """
    if tag == SOURCE:
        return _read(SOURCE)
    if tag == PSEUDO:
        return {key: _pseudo(text) for key, text in _read(SOURCE).items()}
    if tag not in NAMES:
        raise KeyError(tag)
    return {**_read(SOURCE), **_read(tag)}


def translate(key: str, locale: str = SOURCE, /, **params: object) -> str:
    """The text of a key with its placeholders filled.

    An unknown language falls back to English, an unknown key to the key itself: a person then sees
    an odd word, never a fault page.
    """
    tag = best(locale) if locale != PSEUDO else PSEUDO
    return _PLACEHOLDER.sub(lambda hole: _filled(hole, params, tag), texts(tag).get(key, key))


def _filled(hole: re.Match[str], params: Mapping[str, object], tag: str) -> str:
    """A placeholder's value, or the form of a word that goes with it (`locales.plural`)."""
    name, forms = hole[1], hole[2]
    if name not in params:
        return hole[0]
    return plural.form(forms[1:].split("|"), params[name], tag) if forms else str(params[name])


def i18n() -> dict[str, dict[str, str]]:
    """All languages, in the shape that ``gradio.I18n(**i18n())`` takes."""
    return {tag: dict(texts(tag)) for tag in tags()}


def placeholders(text: str) -> frozenset[str]:
    """Names of the placeholders in a text."""
    return frozenset(name for name, _ in _PLACEHOLDER.findall(text))


def best(wanted: str) -> str:
    """The language to speak to someone who asks for `wanted`: a tag or an Accept-Language header (RFC 9110, 12.5.4)."""
    for tag in _by_preference(wanted):
        found = _match(tag)
        if found:
            return found
    return SOURCE


def _by_preference(header: str) -> list[str]:
    ranked = []
    for place, item in enumerate(header.split(",")[:20]):
        tag, _, quality = item.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, place, tag.strip()))
    return [tag for weight, _, tag in sorted(ranked) if tag and weight]


def complain(error: ColophonError, locale: str = SOURCE) -> int:
    """Tell an error on stderr, as every command does; returns its exit status."""
    print(translate(error.key, locale, **error.params), file=sys.stderr)  # noqa: T201
    return error.exit_status


def _match(tag: str) -> str | None:
    low = tag.lower().replace("_", "-")
    if low == PSEUDO:
        return PSEUDO
    exact = {name.lower(): name for name in NAMES}
    while low:
        if low in exact or low in _ALIASES:
            return exact.get(low) or _ALIASES[low]
        low = low.rpartition("-")[0]
    return None


@cache
def _read(tag: str) -> dict[str, str]:
    path = FOLDER / f"{tag}.json"
    found: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _pseudo(text: str) -> str:
    holes = [*(found[0] for found in _PLACEHOLDER.finditer(text)), ""]
    parts = _PLACEHOLDER.split(text)[::3]
    body = "".join(part.translate(_ACCENTS) + hole for part, hole in zip(parts, holes, strict=True))
    return f"⟦{body}{'·' * (len(text) // 3)}⟧"
