"""Windows: every character lies in one, neighbours overlap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.language.windows import Deadline, Late, offsets_of, sentences, windows
from tests.safety.language import tiny


@pytest.fixture(scope="module")
def offsets():
    return offsets_of(tiny.tokenizer([]))


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=300), size=st.integers(4, 20))
def test_windows_cover_every_character_and_overlap(offsets, text, size):
    spans = windows(text, offsets(text), size, 3)
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    for (_, end), (begin, _) in pairwise(spans):
        assert begin <= end
    assert all(begin < end for begin, end in spans) or not text


@given(words=st.lists(st.sampled_from(tiny.FILLING), min_size=40, max_size=90), data=st.data())
def test_a_phrase_no_longer_than_the_overlap_is_whole_in_a_window(offsets, words, data):
    at = data.draw(st.integers(0, len(words)))
    text = " ".join([*words[:at], "bomb kiss", *words[at:]])
    spans = windows(text, offsets(text), 24, 8)
    assert any("bomb kiss" in text[slice(*span)] for span in spans)


def test_sentences_of_several_scripts():
    text = "One here. Two!  三つ目。चौथा। last"
    assert [text[slice(*span)] for span in sentences(text)] == ["One here.", "Two!", "三つ目。", "चौथा।", "last"]


def test_a_deadline_passes():
    assert Deadline.within(60).left_s() > 50
    with pytest.raises(Late):
        Deadline.within(-1).left_s()
