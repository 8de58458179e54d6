"""The word survives what each layout promises, and random bits give none."""

from __future__ import annotations

import numpy as np
import pytest

from tests.watermark.conftest import SECRET
from watermark.invisible import KeyRing, Payload, mint
from watermark.neural import MARKS, Words, bch
from watermark.neural.words import TrustMarkLayout

KEYRING = KeyRing(SECRET)
PAYLOAD = mint(KEYRING, b"a release")
LAYOUTS = {name: mark.words for name, mark in MARKS.items()}
FLIPS = {"videoseal": 20, "pixelseal": 20, "trustmark": 4, "audioseal": 2}

GOLDEN = (
    "00011010001010110011110001001101010111100110111101110000100000010000"
    "1001011110000110000101001001" "0010"
)  # fmt: skip
"""What `DataLayer(100, False, 2).encode_binary` of the package trustmark 0.9.2 gives for 1a2b3c4d5e6f7081."""


@pytest.fixture(params=LAYOUTS)
def named(request: pytest.FixtureRequest) -> tuple[str, Words]:
    return request.param, LAYOUTS[request.param]


def _soft(words: Words, count: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return (2.0 * words.write(PAYLOAD, count) - 1).astype(np.float32)


def test_the_word_comes_back(named: tuple[str, Words]) -> None:
    _, words = named
    written = words.write(PAYLOAD, words.items)
    assert written.shape == (words.items, words.bits)
    assert set(np.unique(written)) <= {0, 1}
    assert words.read(_soft(words, words.items), KEYRING.key) == PAYLOAD


def test_flipped_bits_are_corrected(named: tuple[str, Words]) -> None:
    """Wrong bits are unsure ones, except in TrustMark's layout, which corrects four of any kind."""
    name, words = named
    rng = np.random.default_rng(1)
    for _ in range(10):
        soft = _soft(words, words.items)
        row = int(rng.integers(words.items))
        places = rng.choice(np.arange(5, words.bits), FLIPS[name], replace=False)
        soft[row, places] *= -1.0 if name == "trustmark" else -0.5
        assert words.read(soft, KEYRING.key) == PAYLOAD


def test_noise_is_averaged_away(named: tuple[str, Words]) -> None:
    _, words = named
    soft = _soft(words, 24 * words.items)
    noise = np.random.default_rng(2).normal(0, 0.55, soft.shape)
    assert words.read((soft + noise).astype(np.float32), KEYRING.key) == PAYLOAD


def test_another_key_reads_nothing(named: tuple[str, Words]) -> None:
    _, words = named
    assert words.read(_soft(words, words.items), KeyRing(b"another secret, 32 bytes long...").key) is None


def test_random_bits_give_no_word(named: tuple[str, Words]) -> None:
    _, words = named
    rng = np.random.default_rng(3)
    assert words.false_positive < 1e-9
    for _ in range(60):
        noise = rng.normal(0, 1, (words.items, words.bits)).astype(np.float32)
        assert words.read(noise, KEYRING.key) is None
    for constant in (-1.0, 0.0, 1.0):
        assert words.read(np.full((words.items, words.bits), constant, np.float32), KEYRING.key) is None


def test_share_of_random_words_near_a_codeword() -> None:
    """The 1.3 % in the bound of TrustMark's layout."""
    rng = np.random.default_rng(4)
    hits = sum(bch.decode(row) is not None for row in rng.integers(0, 2, (4000, bch.SENT_BITS), np.uint8))
    assert 0.009 < hits / 4000 < 0.018


def test_trustmarks_own_reader_would_read_it() -> None:
    layout = TrustMarkLayout()
    word = Payload(0x1A2B3C4D5E6F7081)
    assert "".join(map(str, layout.write(word, 1)[0].tolist())) == GOLDEN
    assert layout.value(word) == "2*" + GOLDEN[:68]


def test_five_flips_are_not_taken_for_the_word() -> None:
    sent = bch.encode(np.unpackbits(np.frombuffer(bytes(range(9)), np.uint8))[: bch.DATA_BITS])
    damaged = sent.copy()
    damaged[[1, 20, 40, 60, 90]] ^= 1
    decoded = bch.decode(damaged)
    assert decoded is None or not np.array_equal(decoded, sent[: bch.DATA_BITS])


def test_fewer_seconds_than_the_word_takes_give_nothing() -> None:
    words = LAYOUTS["audioseal"]
    assert words.read(_soft(words, 7), KEYRING.key) is None
