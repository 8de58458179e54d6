"""The readings of a text: each undoes one family of disguises. All are linear in its length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from safety.text import sounds
from safety.text.emoji import PICTURES, spoken
from safety.text.fold import SYMBOL_LEET, View, skeleton

DIGITS: Final = frozenset("0123456789")
MULTI: Final = {
    "|\\/|": "m", "/\\/\\": "m", "|\\|": "n", "/\\/": "n", "\\/\\/": "w", "\\/": "v", "/\\": "a", "|-|": "h", "]-[": "h",
    "}{": "h", "|)": "d", "|>": "d", "[)": "d", "|3": "b", "|<": "k", "|_|": "u", "(_)": "u", "()": "o", "[]": "o", "|_": "l",
    "|=": "f", "|°": "p", "|2": "r", "><": "x", "'/": "y", "(": "c", "<": "c", "¢": "c", "7_": "z",
}  # fmt: skip
_MULTI: Final = re.compile("|".join(re.escape(k) for k in sorted(MULTI, key=len, reverse=True)))
_NUMERAL: Final = re.compile(r"^[ \t]*(\d{1,2})[.)](?=\s)", re.MULTILINE)


def views(text: str) -> Iterator[View]:
    """Every reading that this text calls for; the plain skeleton comes first."""
    text = _unnumbered(text)
    base = skeleton(text)
    yield base
    yield _reversed(text)
    yield skeleton(text, name="reversed", backwards=True)
    marks = set(text)
    if marks & SYMBOL_LEET:
        yield skeleton(text, drop=SYMBOL_LEET, name="symbols")
    if marks & DIGITS:
        yield skeleton(text, drop=DIGITS | SYMBOL_LEET, name="digits")
    if marks & frozenset("|\\/()<>[]{}"):
        yield _rewritten(text)
    if any(sounds.is_kana(c) for c in marks):
        yield _through(sounds.romaji_view(text))
    if any(sounds.is_han(c) for c in marks) and any(c.isascii() and c.isalpha() for c in marks):
        yield _through(sounds.pinyin_view(text))
    if marks & PICTURES:
        heard = spoken(text)
        if heard is not None:
            yield _through(heard)


def _unnumbered(text: str) -> str:
    """The text with blanks for the numbers of a list, 1, 2, 3 at the heads of its lines; of the same length.

    They stand for no letter: "3. Der Flakon" names nobody called Eder. Numbers that do not count up are left alone.
    """
    found = list(_NUMERAL.finditer(text))
    if len(found) < 2 or [int(number[1]) for number in found] != list(range(1, len(found) + 1)):
        return text
    chars = list(text)
    for number in found:
        chars[slice(*number.span(1))] = " " * len(number[1])
    return "".join(chars)


def _reversed(text: str) -> View:
    """The text read backwards; folded afterwards, because folding joins letters in reading order."""
    inner = skeleton(text[::-1], name="reversed")
    last = len(text) - 1
    return View(inner.text, [last - i for i in inner.at], "reversed")


def _through(view: View) -> View:
    """The skeleton of a view, with offsets into the original."""
    inner = skeleton(view.text, name=view.name)
    return View(inner.text, [view.at[i] for i in inner.at], view.name)


def _rewritten(text: str) -> View:
    chars: list[str] = []
    at: list[int] = []
    last = 0
    for match in _MULTI.finditer(text):
        chars.append(text[last : match.start()] + MULTI[match.group()])
        at.extend(range(last, match.start() + 1))
        last = match.end()
    chars.append(text[last:])
    at.extend(range(last, len(text)))
    return _through(View("".join(chars), at, "leet"))
