"""What a file may try is limited, so that the bound on false words holds whatever the file and however many keys."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from media.clip import Sound
from tests.watermark.invisible.material import KEYRING
from watermark.invisible import KeyRing, PixelReader, extract_sound, extract_still, listener, stills
from watermark.invisible.code import LIST_SIZE, SYMBOLS
from watermark.invisible.leads import LONG_LISTS, MOST_WORDS, SOUND_WORDS, STILL_WORDS, Site, Tally
from watermark.invisible.payload import CHECKED_BITS
from watermark.invisible.recall import CHANCE
from watermark.neural.words import Multiplexed, Punctured, TrustMarkLayout

GOAL = 1e-9
LISTS_RECALLED = 2
"""What looks alike, then everything."""
RETIRED = tuple(b"a retired secret, number %d" % number for number in range(3))
ROTATED = KeyRing(KEYRING.current, RETIRED)
SITE = Site(KEYRING.key, None, (0.0, 0.0))


def _noise(shape: int | tuple[int, ...], seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def _words(*counts: int) -> float:
    return sum(counts) * 2.0**-CHECKED_BITS


def test_a_clip_with_sound_and_memory_stays_within_the_goal_with_three_retired_keys() -> None:
    recalled = LISTS_RECALLED * 2 * CHANCE
    neural = len(ROTATED.keys) * (Punctured.false_positive + Multiplexed.false_positive)
    assert _words(MOST_WORDS, *LONG_LISTS, SOUND_WORDS) + recalled + neural < GOAL


def test_a_still_with_memory_and_neural_marks_stays_within_the_goal_with_three_retired_keys() -> None:
    neural = len(ROTATED.keys) * (Punctured.false_positive + TrustMarkLayout.false_positive)
    assert _words(STILL_WORDS, *LONG_LISTS) + LISTS_RECALLED * CHANCE + neural < GOAL


def test_no_word_is_tried_beyond_the_limit_and_the_look_is_kept() -> None:
    tally = Tally(left=2 * LIST_SIZE + 5)
    for seed in range(4):
        assert tally.read_at(_noise(SYMBOLS, seed), SITE, 1.0) is None
    assert tally.attempts == 2 * LIST_SIZE
    assert len(tally.looks.best()) == 4


def test_searches_side_by_side_share_what_is_left() -> None:
    tally = Tally(left=4 * LIST_SIZE)
    parts = [tally.part(2) for _ in range(2)]
    for part in parts:
        for seed in range(4):
            part.read(_noise(SYMBOLS, seed), KEYRING.key, 1.0)
        tally.join(part)
    tally.read(_noise(SYMBOLS), KEYRING.key, 1.0)
    assert tally.attempts == 4 * LIST_SIZE


def test_long_lists_are_used_once() -> None:
    tally = Tally(left=0)
    tally.read_at(_noise(SYMBOLS), SITE, 1.0)
    for _ in range(2):
        assert tally.insist() is None
    assert tally.attempts == LONG_LISTS[0]


def test_a_reader_of_four_keys_keeps_to_the_limit() -> None:
    reader = PixelReader(ROTATED, tally=Tally(left=5 * LIST_SIZE))
    for seed in range(3):
        reader.add((128 + 20 * _noise((300, 400), seed)).astype(np.uint8), float(seed))
    attempts = reader.result().attempts
    assert 5 * LIST_SIZE <= attempts <= 5 * LIST_SIZE + sum(LONG_LISTS)


def test_both_readers_of_a_still_share_one_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stills, "STILL_WORDS", LIST_SIZE)
    picture = np.repeat((128 + 20 * _noise((300, 400, 1))).astype(np.uint8), 3, axis=2)
    assert LIST_SIZE <= extract_still(picture, ROTATED).attempts <= LIST_SIZE + sum(LONG_LISTS)


def test_sound_keeps_to_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener, "SOUND_WORDS", 3 * LIST_SIZE)
    monkeypatch.setattr(listener, "SYNC_SCORE", 0.0)
    assert extract_sound(Sound(0.1 * _noise((1, 96_000)), 48_000), ROTATED).attempts == 3 * LIST_SIZE
