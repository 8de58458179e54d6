"""The text screen costs twice as much for twice the text, whatever the text: steps are counted, not time.

A step is an executed line or a turn of a loop in Python; all remembered words are forgotten before each count. Work on
arrays is not counted; the only step of it that costs more than twice as much for twice the text is sorting.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safety.registry.load import load
from safety.text import arrays, edits, fold, misspelt_prompt
from safety.text.fuzzy import FuzzyIndex
from safety.text.match import find
from safety.text.places import Places
from safety.text.screen import TextScreen
from safety.text.views import views

SIZE = 2_000  # code points of the shorter text
MOST = 2.6  # times the steps for twice the text
ALWAYS = 20_000  # steps that every text costs

UNITS = {
    "one letter": "a",
    "rn": "rn",
    "spaced letters": "a b ",
    "spaced name": "T o m C r u i s e ",
    "digits": "1234567890",
    "leet": "T0m Cru1s3 ",
    "space": " ",
    "line ends": "\n",
    "list numbers": "1. a\n",
    "names": "Taylor Swift ",
    "glued names": "TaylorSwiftTomCruise",
    "lower glued": "taylorswift",
    "backwards": "tfiwS rolyaT ",
    "misspelt": "Tailor Swfit ",
    "masked": "T*yl*r Sw*ft ",
    "stars": "*",
    "stars between": "sp**drm*n ",
    "marks": "a\u0301\u0301",
    "only marks": "\u0301",
    "zero width": "T\u200bo\u200bm\u200b ",
    "bidi": "\u202ea\u202c",
    "han": "周杰伦跳舞",
    "han in Latin": "zhou杰lun ",
    "kana": "ピカチュウ",
    "hangul": "아이유의",
    "jamo": "ㅇㅏㅇㅣㅇㅠ",
    "Arabic": "عمرو دياب ",
    "Devanagari": "शाहरुख खान ",
    "Cyrillic": "Том Круз ",
    "style": "in the style of Taylor Swift, ",
    "weak and cue": "actor Pink and the band ",
    "safe": "safety training against weapons ",
    "harm": "make a bomb, ",
    "trap": "tom yum soup, ",
    "emoji": "🕷👨",
    "symbols": "|\\/|@$!",
    "role": "the star of Titanic ",
    "public domain": "Snow White from Disney ",
    "r and n": "r r n ",
    "closing": "ab.r n ",
}


@pytest.fixture(scope="module")
def screen() -> TextScreen:
    return TextScreen(load())


def steps(screen: TextScreen, text: str) -> int:
    """Lines executed for one look at a text with nothing remembered."""
    count = 0

    def line(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    fold.forget()
    before = sys.gettrace()
    sys.settrace(line)
    try:
        screen.look(text)
    finally:
        sys.settrace(before)
    return count


def repeated(unit: str, size: int) -> str:
    return (unit * (size // len(unit) + 1))[:size]


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS.keys())
def test_twice_the_text_costs_about_twice_the_steps(screen: TextScreen, unit: str) -> None:
    once, twice = steps(screen, repeated(unit, SIZE)), steps(screen, repeated(unit, 2 * SIZE))
    assert twice <= MOST * max(once, ALWAYS)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(sorted(UNITS.values())), min_size=2, max_size=5))
def test_mixtures_cost_about_twice_the_steps(screen: TextScreen, units: list[str]) -> None:
    once, twice = (steps(screen, repeated("".join(units), size)) for size in (1_000, 2_000))
    assert twice <= MOST * max(once, ALWAYS)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=12),
    st.integers(0, 40), st.integers(1, 9), st.integers(0, 12),
)  # fmt: skip
def test_places_answer_as_a_walk_through_all_would(
    pairs: list[tuple[int, int]], start: int, length: int, reach: int
) -> None:
    spans, end = [(s, s + n) for s, n in pairs], start + length
    places = Places(spans)
    assert places.covers(start, end) == any(s <= start and end <= e for s, e in spans)
    assert places.covers_more(start, end) == any(s <= start and end <= e and (s, e) != (start, end) for s, e in spans)
    assert places.reaches(start, end, reach) == any(max(s - end, start - e) <= reach for s, e in spans)
    assert places.beside(start, end, reach) == any(
        max(s - end, start - e) <= reach and not (s < end and start < e) for s, e in spans
    )


def test_letters_joined_across_spaces_keep_their_places() -> None:
    for text in ("ab.r n", "r r n", "R. R. Martin", "a r. r n o"):
        for view in (fold.skeleton(text), fold.skeleton(text, backwards=True)):
            assert len(view.text) == len(view.at), text
    assert fold.skeleton("ab.r n").text == "abm"


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="abcrnmrnlLTom 1.-'\u200b\u0301@$가 아é，ﬁ漢かカっﾞ", max_size=30))
def test_arrays_fold_as_one_character_after_another_does(text: str) -> None:
    codes = arrays.codes_of(text)
    there, turned = np.arange(len(codes)), fold.turned_places(codes)
    backwards, by_words = fold.reversed_skeletons(text)
    for slow, fast in (
        (fold.skeleton(text), fold.folded(codes, there, "skeleton")),
        (fold.skeleton(text, drop=fold.SYMBOL_LEET), fold.folded(codes, there, "skeleton", fold.SYMBOL_LEET)),
        (backwards, fold.folded(codes[::-1], there[::-1], "reversed")),
        (by_words, fold.folded(codes[turned], turned, "reversed")),
    ):
        assert (slow.text, list(slow.at)) == (fast.text, list(fast.at))


def test_a_long_text_is_judged_as_its_parts_are(screen: TextScreen) -> None:
    parts = [
        "T0m Cru1s3 dances",
        "周jie伦 sings",
        "Taylor Swfit in the rain",
        "ピカチュウ と 🕷👨",
        "tfiwS rolyaT",
        "ㅇㅏㅇㅣㅇㅠ",
    ]
    filler = "an old lighthouse keeper paints a fence blue while the rain falls on the grey sea. " * 4
    alone = [{f.entry for f in screen.look(part)} for part in parts]
    whole = {f.entry for f in screen.look(filler.join(parts))}
    assert all(alone)
    assert whole >= set().union(*alone)


def test_nothing_is_read_across_the_stretches_of_a_reading() -> None:
    apart = "1om" + " the quiet lake lies there" * 12 + " cru1se"
    digits = next(view for view in views(apart) if view.name == "digits")
    assert chr(arrays.BREAK) in digits.text
    assert "\U0010ffff" not in fold.skeleton("a\U0010ffffb" * 400).text


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet="abcd", min_size=1, max_size=9),
    st.text(alphabet="abcd", min_size=1, max_size=9),
    st.text("x", max_size=6),
)
def test_words_one_edit_apart_are_told_in_arrays_as_one_by_one(a: str, b: str, inside: str) -> None:
    a, b = f"{a[:4]}{inside}{a[4:]}", f"{b[:4]}{inside}{b[4:]}"
    one, other = edits.Spelled.of([a]), edits.Spelled.of([b])
    row = np.zeros(1, np.int64)
    assert bool(edits.near_rows(one, row, other, row)[0]) == edits.one_edit(a, b)
    assert bool(edits.equal_rows(one, row, other, row)[0]) == (a == b)
    if edits.one_edit(a, b):
        assert set(one.forms()[0].tolist()) & set(other.forms()[0].tolist())


SHORT: Final = (
    "I.L", "i", "l", "L C.K.", "kkk", "K", "k\u0301", "ⓚ", "ⓚⓚⓚ", "🇰", "А4", "@4", "a4", "3%", "3", "M&M", "m m",
    "JJ", "V", "W", "v", "Sia", "5ia", "S1a", "s\u200bia", "her", "H.E.R.", "Lee", "Le", "ei", "ell", "Ali", "al",
    "ａｌ", "ss", "ß", "BTS", "8TS", "vw", "rn", "m", "IU", "ㅋㅋ", "가", "Рэй", "Рэи\u0306", "न\u093c", "ｶﾞ", "x ﾞ",
    "ь", "ー",
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SHORT), st.sampled_from(("", " ", "  ", "-", "\n", "."))), max_size=9))
def test_short_names_left_out_early_would_not_have_counted(screen: TextScreen, parts: list[tuple[str, str]]) -> None:
    text = "".join(map("".join, parts)).rjust(arrays.LONG)
    every = replace(screen.patterns, opens=np.zeros_like(screen.patterns.opens))
    assert find(screen.patterns, text) == find(every, text)


@pytest.fixture(scope="module")
def index(screen: TextScreen) -> FuzzyIndex:
    return FuzzyIndex(screen.patterns, screen.registry)


MISSPELT = (
    "Tailor Swfit", "Tom Crjise", "leonardo dicapri0", "Leonardo di Caprio", "Lio Messi", "Robert Downey Jr", "th rock",
    "a cat", "T*yl*r Sw*ft", "k anye", "pikachuu", "pikachu", "the hobit", "mr ba3n", "иван ургнат", ",", "\n\n\n",
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(MISSPELT), min_size=1, max_size=8))
def test_words_of_a_prompt_are_misspelt_names_as_in_a_long_text(index: FuzzyIndex, parts: list[str]) -> None:
    text = " ".join(parts)
    for _ in ("looked up", "remembered"):
        assert list(index.find(text)) == list(index.find(text.ljust(arrays.LONG)))


def test_words_of_prompts_are_remembered_in_bounds(index: FuzzyIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misspelt_prompt, "READINGS_KEPT", 4)
    for at in range(6):
        list(index.find(f"Tailor Swfit number{at}"))
        assert len(index.prompts._readings) <= 4
    index.prompts.forget()
    assert not index.prompts._readings


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=12))
def test_distinct_numbers_ascend(numbers: list[int]) -> None:
    assert arrays.distinct(np.array(numbers, np.int64)).tolist() == sorted(set(numbers))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4)), max_size=6))
def test_numbers_are_spread_with_their_rows(ranges: list[tuple[int, int]]) -> None:
    first, sizes = np.array(ranges, np.int64).reshape(-1, 2).T
    numbers, row = arrays.spread(first, first + sizes)
    assert list(zip(numbers.tolist(), row.tolist(), strict=True)) == [
        (number, row) for row, (start, size) in enumerate(ranges) for number in range(start, start + size)
    ]
