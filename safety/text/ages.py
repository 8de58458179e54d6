"""Stated ages under 18, in digits or words, in the languages of the screen and some others: they count as ``minor``.

Ages in digits (of any numeral system) and in Han or Korean words are found by `spans`, for "13岁" must not be found in
"113岁" nor "十三岁" in "三十三岁". Ages in words of other languages are terms (`terms`), so that their disguises are
undone like those of every other term. Years that pass ("13 years ago", "depuis 12 ans") are no age. The words of each
language stand in `data/ages.json`.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from safety.text.fold import DATA
from safety.text.terms import Term

Span = tuple[int, int]
LABEL: Final = "minor"
REACH: Final = 40
_LISTS: Final[dict[str, Any]] = json.loads((DATA / "ages.json").read_text("utf-8"))
_ZEROS: Final = (0x0660, 0x06F0, 0x0966, 0x09E6, 0x0E50, 0xFF10)  # Arabic, Persian, Devanagari, Bengali, Thai, wide
_TO_ASCII: Final = {zero + digit: str(digit) for zero in _ZEROS for digit in range(10)}
_OTHER_DIGITS: Final = re.compile("[" + "".join(map(chr, _TO_ASCII)) + "]")


def _any(name: str) -> str:
    return "(?:" + "|".join(_LISTS[name]) + ")"


_NUMBER: Final = re.compile(
    r"[1-9](?:(?<![\w.,:/'’-].)|(?<=[^\W\da-zA-Z_].))(?:(?<=1)[0-7])?(?![0-9]|[.,:][0-9])",  # a digit first: found fast
)
_UNIT: Final = re.compile(r"[\s\-\u2010-\u2015]{0,3}" + _any("unit"), re.I)
_YEARS: Final = re.compile(r"\s{0,2}" + _any("years") + r"(?![a-zа-я])", re.I)
_PASSED_AFTER: Final = re.compile(r"\s{0,2}" + _any("passed_after"), re.I)
_PASSED_BEFORE: Final = re.compile(r"(?<!\w)" + _any("passed_before") + r"\s{1,2}$", re.I)
_COUNTED: Final = re.compile(r"\s{0,2}" + _any("counted"), re.I)
_NOUN_BEFORE: Final = re.compile(r"\b" + _any("nouns") + r"\s?[,(]\s?$", re.I)
_CLOSED: Final = re.compile(r"\s?(?:[,)]|$)")
_HAN: Final = re.compile(
    r"(?<![一二三四五六七八九十百廿卅〇零])(?:十[一二三四五六七]?|[一二三四五六七八九两兩])[周週]?[岁歲歳才](?!能)"
)
_KOREAN: Final = re.compile(
    r"(?<![가-힣])(?:열\s?(?:한|두|세|네|다섯|여섯|일곱)?|한|두|세|네|다섯|여섯|일곱|여덟|아홉)\s?살(?!아|았|고|던|며|림|짝)"
)
_IN_WORDS: Final = ((_HAN, "岁歲歳才"), (_KOREAN, "살"))  # and characters of which each of their matches has one
_SAID: Final = frozenset(_LISTS["said"])
_FILLERS: Final = frozenset(_LISTS["fillers"])
_SAID_UNSPACED: Final = tuple(_LISTS["said_unspaced"])


def spans(text: str) -> list[Span]:
    """Places of ages under 18 that are written in digits, Han or Korean words; sorted. Linear in the text's length."""
    plain = text.translate(_TO_ASCII) if _OTHER_DIGITS.search(text) else text
    found = [m.span() for m in _NUMBER.finditer(plain) if _is_age(plain, *m.span())]
    for pattern, units in _IN_WORDS:
        if any(unit in plain for unit in units):
            found += [m.span() for m in pattern.finditer(plain)]
    return sorted(set(found))


def terms() -> tuple[Term, ...]:
    """Ages in words as terms of the class ``minor``."""
    found = [
        (language, frame.format(word))
        for language, own in _LISTS["words"].items()
        for word in own["words"]
        for frame in own["frames"]
    ]
    found += [(language, text) for language, texts in _LISTS["phrases"].items() for text in texts]
    return tuple(Term(text.rstrip("*"), LABEL, language, text.endswith("*")) for language, text in dict.fromkeys(found))


def _is_age(text: str, start: int, end: int) -> bool:
    after = text[end : end + REACH]
    unit = _UNIT.match(after)
    if unit:
        return _PASSED_AFTER.match(after, unit.end()) is None
    before = text[max(0, start - REACH) : start]
    years = _YEARS.match(after)
    if years:
        return _PASSED_AFTER.match(after, years.end()) is None and _PASSED_BEFORE.search(before) is None
    if _said(before):
        return _COUNTED.match(after) is None
    return _beside_a_noun(before, after)


def _said(before: str) -> bool:
    """Whether the words before a number announce an age: "aged", "Alter:", "she looks barely"."""
    words = before.lower().rstrip(" :=").split()[-5:]
    while words and words[-1] in _FILLERS:
        words.pop()
    return bool(words) and (words[-1] in _SAID or words[-1].endswith(_SAID_UNSPACED))


def _beside_a_noun(before: str, after: str) -> bool:
    """As newspapers put it: "a girl, 13, ...", "girl (13)"."""
    opened = before[-2:].rstrip()[-1:] in (",", "(")
    return opened and _NOUN_BEFORE.search(before) is not None and _CLOSED.match(after) is not None
