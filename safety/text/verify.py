"""Decide on the original text whether a hit of the skeleton is the name or a coincidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from safety.text import sounds
from safety.text.components import COMPONENTS_SEEN, COMPOSED
from safety.text.edges import edges_of, is_mark, is_word
from safety.text.fold import LONGEST_KEPT, TABLE, plain, plain_kana
from safety.text.patterns import LONG_ENOUGH_TO_BE_GLUED, SHORTEST_ALIGNED, SHORTEST_DISGUISE, Pattern

NEVER_DISGUISED: Final = frozenset({"initial", "trap", "romanised", "romaji", "translit"})


_SENTENCE: Final = re.compile(r"\w\w[.!?;:]\s|[\n。！？；，、]")

SHORTEST_HOMOPHONE: Final = 3  # Han characters
SHORTEST_TURNED_KANA: Final = 4  # kana without long vowels: "ダンサー" is no "サンダー" from its end
SHORTEST_ROMAJI: Final = 9  # letters of a name that kana sound like: "こころ" is no "Kokkoro"
BLANKS: Final = frozenset(" \n")
_ASCII_WORD: Final = frozenset(filter(str.isalnum, map(chr, range(128))))
_VOICING: Final = re.compile(r"(?:[ \u3000\u2009.·*_~|/+-]{1,3}[ﾞﾟ゛゜ーｰ])+")  # of spaced-out half-width kana
EAST_ASIAN: Final = "\u3000"  # letters from here on are never merged by the fold
_CYRILLIC: Final = re.compile("[Ѐ-ӿ]")
_LATIN: Final = re.compile("[A-Za-z]")
WORD: Final = 3  # letters of a word that nobody writes letter by letter
KANA: Final = "\u3041"  # scripts from here on are written without spaces, but for Hangul
_NUMBERED: Final = re.compile(r"[^\W\d_]{2,}\W+\d+|\d+\W+[^\W\d_]{2,}|[\u3041-\u9fff]+\d+|\d+[\u3041-\u9fff]+")
UNHEARD: Final = "ьъ"  # letters that no skeleton keeps


class Hit(NamedTuple):
    """A pattern found in a text.

    Attributes:
        number: index of the pattern.
        start, end: code points of the original text, end exclusive.
        exact: spelled in the ordinary way.
        view: rewriting that revealed it.
    """

    number: int
    start: int
    end: int
    exact: bool
    view: str


def verify(pattern: Pattern, number: int, text: str, view: str, at: Sequence[int], first: int, last: int) -> Hit | None:
    """The hit at characters first..last (inclusive) of a view, or None when the original says otherwise.

    Args:
        view: name of the view.
        at: offset in the text of each of its characters.
    """
    start, end = at[first], at[last] + 1
    backwards = view == "reversed"
    if not backwards and _as_written(pattern, text, start, end):
        return Hit(number, start, end, True, view)
    if backwards:
        start, end = min(at[first : last + 1]), max(at[first : last + 1]) + 1
        if _skips_letters(at, first, last, start, end) or _glued_backwards(pattern, text[start:end]):
            return None
    if view == "components" and COMPOSED.get(text[end - 1 : end + 1]) == pattern.text[-1]:
        end += 1
    start, end = _with_marks(text, start, end)
    if backwards:
        while start > 0 and TABLE[text[start - 1]] == TABLE[text[start]] and text[start].isalpha():
            start -= 1
    piece = text[start:end]
    read = not backwards and plain(piece) == pattern.key
    if not read and pattern.size < SHORTEST_DISGUISE and piece.isascii() and piece.isalpha():
        return None  # other letters than those of a short name
    edges = edges_of(pattern, text, start, end)
    if edges == "none" or (not backwards and _by_chance(pattern, piece, text[end : end + 1])):
        return None
    if pattern.text.isascii() and _native(pattern, piece, text, start, end):
        return None
    exact = edges == "both" and read
    if not exact and edges == "both" and aligned(pattern, text, start, end):
        return Hit(number, start, end, False, "letter by letter")
    if not exact and edges == "both" and _alike(pattern, piece, view):
        return Hit(number, start, end, False, view if backwards else "letter by letter")
    shortest = 3 if pattern.entry < 0 and pattern.text.isascii() and not piece.isascii() else SHORTEST_DISGUISE
    turned = backwards and pattern.whole and piece[-1:].isupper() and piece[:1].islower()
    if not exact and (pattern.size < shortest or (pattern.weak and not turned) or pattern.label in NEVER_DISGUISED):
        return None
    if exact:
        good = _same_words(pattern, piece)
    else:
        good = edges_allow(pattern, edges, piece) and _plausible(pattern, piece, view)
    return Hit(number, start, end, exact, view) if good else None


def _as_written(pattern: Pattern, text: str, start: int, end: int) -> bool:
    """Latin letters just as the pattern has them, between blanks or ends of the text: the commonest hit, known at once."""
    written = pattern.text
    return (
        end - start == len(written)
        and (start == 0 or text[start - 1] in BLANKS)
        and (end == len(text) or text[end] in BLANKS)
        and written.isascii()
        and written.replace(" ", "").isalpha()
        and text[start:end].casefold() == written.casefold()
    )


def _by_chance(pattern: Pattern, piece: str, following: str) -> bool:
    """A word and its number ("Plan 4" is no "Plana"), or a word and the beginning of the next ("manos e|n")."""
    if piece.isalpha():
        return False
    if _NUMBERED.fullmatch(piece) is not None and not any(map(str.isdigit, pattern.text)):
        return True
    first, *more = piece.split()
    return bool(more) and len(first) >= WORD and " " not in pattern.text and following.isalpha() and piece[0] < KANA


def _alike(pattern: Pattern, piece: str, view: str) -> bool:
    """East Asian names in other kana, in parts or backwards: too short for the rules of Latin letters."""
    if pattern.weak or pattern.entry < 0 or pattern.script not in ("han", "kana") or _crosses_sentence(piece, pattern):
        return False
    if pattern.script == "han":
        if view == "components":
            piece = COMPONENTS_SEEN.sub(lambda parts: COMPOSED[parts.group()], piece)
        elif view == "reversed":
            piece = piece[::-1]
        else:
            return False
        return len(pattern.key) >= SHORTEST_HOMOPHONE and plain(piece) == pattern.key
    bare = plain_kana(pattern.text)
    if any(sounds.is_han(char) for char in piece) or plain_kana(piece[::-1] if view == "reversed" else piece) != bare:
        return False
    if view == "reversed":
        return len(bare) >= SHORTEST_TURNED_KANA
    longer = "ー" not in pattern.text and ("ー" in piece or "ｰ" in piece)
    return len(bare) >= (4 if longer else 3)


def _native(pattern: Pattern, piece: str, text: str, start: int, end: int) -> bool:
    """An ordinary Cyrillic word inside Cyrillic text only looks like Latin letters by chance."""
    if pattern.size >= LONG_ENOUGH_TO_BE_GLUED or (piece[0].isascii() and piece[0].isalpha()):
        return False
    if _LATIN.search(piece) or _CYRILLIC.search(text[max(0, start - 16) : start] + text[end : end + 16]) is None:
        return False
    return all("Ѐ" <= c <= "ӿ" for c in piece if c.isalpha())


def _skips_letters(at: Sequence[int], first: int, last: int, start: int, end: int) -> bool:
    """Whether a hit in words read backwards leaves out letters between its ends: "[gel]be Bl[ätter]" is no "Lee Greta".

    Such a hit begins or ends inside a word, and the letter next to it in the view lies inside its span of the text.
    """
    return (first > 0 and start <= at[first - 1] < end) or (last + 1 < len(at) and start <= at[last + 1] < end)


def _glued_backwards(pattern: Pattern, piece: str) -> bool:
    """A short name of several words backwards in one word, which is a coincidence: "karolina" is no "Ani Lorak"."""
    glued = pattern.script == "alpha" and len(piece.split()) < len(pattern.text.split())
    return glued and pattern.size < LONG_ENOUGH_TO_BE_GLUED


def _with_marks(text: str, start: int, end: int) -> tuple[int, int]:
    if text[end : end + 1] in BLANKS and text[end + 1 : end + 2] in _ASCII_WORD:
        return start, end
    while end < len(text) and end - start < 4096 and (is_mark(text[end]) or text[end] in "ـﾞﾟーｰ" or _merged(text, end)):
        end += 1
    voiced = _VOICING.match(text, end)
    return start, voiced.end() if voiced is not None else end


def _merged(text: str, end: int) -> bool:
    """The letter after a hit was merged into its last one: a doubled letter ("ट्ट" too), the n of "rn", a soft sign.

    East Asian letters are not: the particle in "ガガが" stands behind the name.
    """
    if text[end] in UNHEARD:
        return True
    last = end - 1
    while last > 0 and is_mark(text[last]):
        last -= 1
    before, after = TABLE[text[last]], TABLE[text[end]]
    return after.isalpha() and after < EAST_ASIAN and (before == after or (before == "r" and after == "n"))


def _pieces(piece: str) -> tuple[str, ...]:
    """Words of a matched stretch, cut at everything that is not a letter, digit or mark."""
    return _pieces_kept(piece) if len(piece) <= LONGEST_KEPT else _cut(piece)


@lru_cache(maxsize=8_000)
def _pieces_kept(piece: str) -> tuple[str, ...]:
    return _cut(piece)


def _cut(piece: str) -> tuple[str, ...]:
    return tuple("".join(c if is_word(c) else " " for c in piece).split())


def _crosses_sentence(piece: str, pattern: Pattern) -> bool:
    return _SENTENCE.search(piece) is not None and _SENTENCE.search(pattern.text) is None


def _same_words(pattern: Pattern, piece: str) -> bool:
    words = _pieces(piece)
    spaced = len(words) >= 3 and all(len(w) == 1 for w in words)
    if spaced:
        return len(words) >= 3 or pattern.script == "han"
    if _crosses_sentence(piece, pattern):
        return False
    own = _pieces(pattern.text)
    if len(words) == len(own) or len(words) == 1:
        return True
    return len(pattern.key) >= 4 if pattern.script == "hangul" else pattern.size >= 6 or pattern.script != "alpha"


def aligned(pattern: Pattern, text: str, start: int, end: int) -> bool:
    """Character for character the name, with some letters swapped for look-alikes: nobody types that by accident.

    A piece that is wholly in another style (circled, mathematical) counts when the text around it is not.
    """
    piece = text[start:end]
    if pattern.label in NEVER_DISGUISED or pattern.size < SHORTEST_ALIGNED or pattern.script != "alpha":
        return False
    if piece.isascii() and piece.replace(" ", "").isalpha():
        return False
    if pattern.size < SHORTEST_DISGUISE and len(piece.split()) > len(pattern.text.split()):
        return False  # "7 en punto" is no "Ten"
    seen, name = _drawn(piece), _drawn(pattern.text)
    if len(seen) != len(name) or len(seen) < 3:
        return False
    swapped = 0
    for c, n in zip(seen, name, strict=True):
        if c == n or c.casefold() == n.casefold():
            continue
        if (c.isascii() and c.isalpha()) or TABLE[c] != TABLE[n.lower()] or not n.isalpha():
            return False
        swapped += 1
    if pattern.text.isascii() and _LATIN.search(piece) is None:
        around = text[max(0, start - 12) : start] + text[end : end + 12]
        return pattern.size >= 5 and not any(c.isalpha() and not c.isascii() for c in around)
    return swapped > 0


@lru_cache(maxsize=8_000)
def _drawn(piece: str) -> tuple[str, ...]:
    """Characters that stand for letters."""
    return tuple([c for c in piece if TABLE[c] not in ("", " ")])


def edges_allow(pattern: Pattern, edges: str, piece: str) -> bool:
    """A disguised name stands between boundaries, or is long and begins or ends one unbroken word."""
    if edges == "both":
        return True
    return pattern.size >= LONG_ENOUGH_TO_BE_GLUED and pattern.entry >= 0 and all(c.isalnum() for c in piece)


def _plausible(pattern: Pattern, piece: str, view: str) -> bool:
    words = _pieces(piece)
    spaced = len(words) >= 3 and sum(len(w) == 1 for w in words) >= len(words) - 1
    if _crosses_sentence(piece, pattern) and not spaced:
        return False
    if view == "pinyin":
        return _homophone(pattern, piece)
    if view == "romaji" and (pattern.label == "pinyin" or pattern.size < SHORTEST_ROMAJI) and _all_kana(piece):
        return False
    if any(c.isdigit() for c in pattern.text) and not any(c.isdigit() for c in piece):
        return False
    if piece.isascii() and all(c.isalpha() or c == " " for c in piece) and not _doubled(pattern, piece, view, spaced):
        return False
    letters = sum(c.isalpha() for c in piece)
    if letters < 2 and not any(ord(c) > 0x2000 for c in piece):
        return False
    if spaced or len(words) <= 1:
        return True
    return pattern.size >= (6 if len(words) == len(pattern.text.split()) else 7)


def _all_kana(piece: str) -> bool:
    return all(map(sounds.is_kana, filter(str.isalnum, piece)))


def _doubled(pattern: Pattern, piece: str, view: str, spaced: bool) -> bool:
    """Plain letters are a disguise when they are doubled, spaced or backwards, or when much looks alike ("Vladirnir")."""
    if view == "reversed" or spaced or pattern.size >= LONG_ENOUGH_TO_BE_GLUED - 1:
        return True
    return len(piece.split()) <= len(pattern.text.split()) and _once(plain(piece)) == _once(pattern.key)


def _once(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", word)


def _homophone(pattern: Pattern, piece: str) -> bool:
    """Han text that sounds like a Han name: mixed with Latin letters it is a disguise by itself."""
    if pattern.label != "pinyin":
        return not all(sounds.is_han(c) for c in piece if c.isalnum())
    han = [c for c in piece if sounds.is_han(c)]
    if len(han) < len([c for c in piece if c.isalnum()]):
        return len(pattern.text.split()) >= 3
    return len(han) >= SHORTEST_HOMOPHONE  # `screen` compares the characters
