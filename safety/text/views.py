"""The readings of a text: each undoes one family of disguises. All are linear in its length."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from safety.text import sounds
from safety.text.emoji import PICTURES, spoken
from safety.text.fold import SYMBOL_LEET, View, reversed_skeletons, skeleton

Span = tuple[int, int]
REACH: Final = 64  # letters of a skeleton; the longest bundled name has 49

DIGITS: Final = frozenset("0123456789")
MULTI: Final = {
    "|\\/|": "m", "/\\/\\": "m", "|\\|": "n", "/\\/": "n", "\\/\\/": "w", "\\/": "v", "/\\": "a", "|-|": "h", "]-[": "h",
    "}{": "h", "|)": "d", "|>": "d", "[)": "d", "|3": "b", "|<": "k", "|_|": "u", "(_)": "u", "()": "o", "[]": "o", "|_": "l",
    "|=": "f", "|°": "p", "|2": "r", "><": "x", "'/": "y", "(": "c", "<": "c", "¢": "c", "7_": "z",
}  # fmt: skip
_MULTI: Final = re.compile("|".join(re.escape(k) for k in sorted(MULTI, key=len, reverse=True)))
_NUMERAL: Final = re.compile(r"^[ \t]*(\d{1,2})[.)](?=\s)", re.MULTILINE)


def views(text: str) -> Iterator[View]:
    """Every reading that this text calls for; the plain skeleton comes first.

    A reading that differs from the plain one only where certain characters stand is made of the stretches around them.
    """
    text = _unnumbered(text)
    base = skeleton(text)
    yield base
    yield from reversed_skeletons(text)
    marks = set(text)

    def around(changed: Callable[[str], bool]) -> Iterator[Span]:
        return _around(text, base.at, [at for at, char in enumerate(text) if changed(char)])

    if marks & SYMBOL_LEET:
        for span in around(SYMBOL_LEET.__contains__):
            yield _moved(skeleton(text[slice(*span)], drop=SYMBOL_LEET, name="symbols"), span)
    if marks & DIGITS:
        for span in around((DIGITS | SYMBOL_LEET).__contains__):
            yield _moved(skeleton(text[slice(*span)], drop=DIGITS | SYMBOL_LEET, name="digits"), span)
    if marks & frozenset("|\\/()<>[]{}"):
        for span in _around(text, base.at, [match.start() for match in _MULTI.finditer(text)]):
            yield _moved(_rewritten(text[slice(*span)]), span)
    if any(sounds.is_kana(c) for c in marks):
        for span in around(sounds.is_kana):
            yield _moved(_through(sounds.romaji_view(text[slice(*span)])), span)
    if any(sounds.is_han(c) for c in marks) and any(c.isascii() and c.isalpha() for c in marks):
        for span in around(sounds.is_han):
            yield _moved(_through(sounds.pinyin_view(text[slice(*span)])), span)
    if marks & PICTURES:
        for span in around(PICTURES.__contains__):
            heard = spoken(text[slice(*span)])
            if heard is not None:
                yield _moved(_through(heard), span)


def _around(text: str, at: Sequence[int], places: Sequence[int]) -> Iterator[Span]:
    """Stretches of a text that hold `places` and `REACH` letters to each side of each, and end between words.

    Args:
        at: offsets of the letters of its skeleton, which tell letters from what is invisible.
        places: offsets, ascending.
    """
    start = end = 0  # the stretch that is being made
    for place in places:
        if end and place < end - 1 and end == len(text):
            break
        left = at[max(0, bisect_left(at, place) - REACH)] if at else 0
        upto = bisect_right(at, place) + REACH
        right = at[upto] if upto < len(at) else len(text)
        if end and left <= end:
            end = max(end, right)
            continue
        if end:
            yield _between_words(text, start, end)
        start, end = min(left, place), max(right, place + 1)
    if end:
        yield _between_words(text, start, end)


def _between_words(text: str, start: int, end: int) -> Span:
    for _ in range(REACH):
        if start == 0 or text[start - 1].isspace():
            break
        start -= 1
    for _ in range(REACH):
        if end >= len(text) or text[end].isspace():
            break
        end += 1
    return start, end


def _moved(view: View, span: Span) -> View:
    """A view of a stretch as a view of the whole text."""
    return View(view.text, [span[0] + place for place in view.at], view.name) if span[0] else view


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
