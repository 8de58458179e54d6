"""Stretches of letters: which there are, and that a disguise does not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safety.text.wording import BUCKETS, SILENT, SIZES, Stretches
from safety.text.wordlists import folded


def counted(text: str) -> dict[int, int]:
    stretches = Stretches.of(*folded(text))
    buckets, times = stretches.counted(0, len(stretches.at))
    return dict(zip(buckets.tolist(), times.tolist(), strict=True))


def pieces(text: str) -> list[str]:
    """All stretches of two to five letters without a space inside."""
    letters = " " + " ".join(text.split()) + " "
    cut = (letters[at : at + size] for size in SIZES for at in range(len(letters) - size + 1))
    return [piece for piece in cut if " " not in piece[1:-1]]


@given(st.text(alphabet="abcd ", max_size=30))
def test_every_stretch_inside_a_word_counts_once_for_each_time(text: str) -> None:
    assert sum(counted(text).values()) == (len(pieces(text)) if text.split() else 0)


def test_the_same_stretch_has_the_same_bucket_wherever_it_stands() -> None:
    assert set(counted("cat")) <= set(counted("the cat sat"))
    assert counted("cat cat") == {bucket: 2 * times for bucket, times in counted("cat").items()}


@pytest.mark.parametrize("disguised", ["BOMB", "b\u200bomb", "\u0432omb", "b0mb", "ｂｏｍｂ"])
def test_disguised_letters_give_the_same_stretches(disguised: str) -> None:
    assert counted(disguised) == counted("bomb")


def test_sums_are_those_of_the_letters_asked_for_over_the_root_of_their_number() -> None:
    stretches = Stretches.of(*folded("ab cde"))
    weights = np.append(np.arange(BUCKETS) % 251 - 125, 0)
    for first, last in ((0, len(stretches.at)), (2, 5), (3, 3)):
        buckets, times = stretches.counted(first, last)
        plain = (weights[buckets] * times).sum() / np.sqrt(max(1, times.sum()))
        assert stretches.weighed(weights, np.array([first]), np.array([last])) == pytest.approx([plain])


def test_a_text_of_nothing_has_no_stretches() -> None:
    assert counted("") == counted("  \u200b ") == {}
    assert SILENT.buckets.shape == (len(SIZES), 0)
