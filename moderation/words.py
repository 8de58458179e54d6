"""Texts for people, by key and language."""

from __future__ import annotations

from locales.catalog import translate


def say(key: str, locale: str = "en", /, **params: object) -> str:
    """The text of a key in a language; English where the language lacks it, and the key where nobody has it."""
    return translate(key, locale, **params)
