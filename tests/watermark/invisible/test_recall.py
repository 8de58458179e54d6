"""A word that cannot be decoded is recognised among those that were issued, and no other is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.watermark.invisible import material as m
from watermark.invisible import KeyRing, mint
from watermark.invisible.code import decode, encode
from watermark.invisible.recall import CHANCE, LOOKS, Look, look, recall

OTHERS = KeyRing(b"another deployment's secret")
ISSUED = [mint(m.KEYRING, number.to_bytes(4)) for number in range(3000)]
WORDS = np.array([word.value for word in ISSUED], np.uint64)


def _faint(number: int, correlation: float, seed: int = 0) -> np.ndarray:
    """Symbols of unit power that agree with a word by `correlation`."""
    noise = np.random.default_rng(seed).normal(0, 1, 800)
    mixed = correlation * encode(ISSUED[number]) + math.sqrt(1 - correlation**2) * noise
    return np.asarray(mixed / mixed.std(), np.float32)


def test_a_word_too_faint_for_the_decoder_is_recognised() -> None:
    decoded = recognised = 0
    for number in range(20):
        soft = _faint(number, 0.31, number)
        decoded += decode(soft, m.KEYRING.key).payload is not None
        found = recall([look(soft, m.KEYRING.key)], WORDS)
        assert found is None or found.payload == ISSUED[number]
        recognised += found is not None
    assert recognised >= decoded + 10


def test_only_words_that_were_issued_are_recognised() -> None:
    looks = [look(_faint(7, 0.8), m.KEYRING.key)]
    assert recall(looks, np.delete(WORDS, 7)) is None
    assert recall(looks, np.zeros(0, np.uint64)) is None
    assert recall([], WORDS) is None


def test_words_of_another_key_are_not_compared() -> None:
    assert recall([look(_faint(7, 0.8), OTHERS.key)], WORDS) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["normal", "heavy", "constant"]))
def test_noise_of_any_shape_is_nobodys_word(seed: int, shape: str) -> None:
    random = np.random.default_rng(seed)
    sizes = {"normal": random.normal(0, 1, 800), "heavy": random.standard_cauchy(800), "constant": np.ones(800)}[shape]
    soft = np.asarray(sizes * random.choice([-1, 1], 800), np.float32)
    assert recall([look(soft / soft.std(), m.KEYRING.key)] * LOOKS, WORDS) is None


def test_the_chance_is_the_bound_with_all_words_and_looks_counted() -> None:
    soft = _faint(3, 0.5)
    found = recall([look(soft, m.KEYRING.key)], WORDS)
    assert found is not None
    whole = look(soft, m.KEYRING.key).values()[8:].ravel()
    score = float(whole @ encode(ISSUED[3])[64:]) / float(np.linalg.norm(whole))
    assert found.chance == pytest.approx(len(WORDS) * math.exp(-(score**2) / 2), rel=1e-3)
    assert found.chance < CHANCE


@pytest.mark.parametrize("symbols", ["", "AAAA", "not base64 at all!"])
def test_damaged_looks_are_refused(symbols: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        recall([Look(look(_faint(1, 0.5), m.KEYRING.key).tag, symbols)], WORDS)
