"""The word: minted by a key, checked by a key, corrected after noise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.watermark.invisible.material import KEYRING, PAYLOAD
from watermark.invisible import KeyRing, Payload, mint
from watermark.invisible.code import SYMBOLS, _likely, decode, encode
from watermark.invisible.keys import Key
from watermark.invisible.payload import crc24, crcs, from_bits

OTHER = KeyRing(b"another deployment secret")


@given(st.binary(min_size=1, max_size=64))
def test_a_minted_word_belongs_to_its_key_alone(nonce: bytes) -> None:
    payload = mint(KEYRING, nonce)
    assert payload == mint(KEYRING, nonce)
    assert payload.belongs_to(KEYRING.key)
    assert not payload.belongs_to(OTHER.key)
    assert Payload.from_hex(payload.hex) == payload


@given(st.integers(0, 63))
def test_any_changed_bit_is_noticed_without_a_ledger(bit: int) -> None:
    assert not Payload(PAYLOAD.value ^ 1 << bit).belongs_to(KEYRING.key)


@given(st.integers(0, 87))
def test_the_crc_rejects_a_changed_bit(bit: int) -> None:
    bits = PAYLOAD.bits()
    assert from_bits(bits) == PAYLOAD
    bits[bit] ^= 1
    assert from_bits(bits) is None


def test_words_of_retired_keys_stay_readable() -> None:
    rotated = KeyRing(b"the new secret of the suite", (KEYRING.current,))
    assert any(PAYLOAD.belongs_to(key) for key in rotated.keys)
    assert mint(rotated, b"x").belongs_to(rotated.key)


def test_short_secrets_are_refused() -> None:
    with pytest.raises(ValueError):
        KeyRing(b"short")


def test_secrets_are_not_printed() -> None:
    assert "suite" not in repr(KEYRING) + repr(Key(KEYRING.current))


@pytest.mark.parametrize("text", ["", "12", "g" * 16, "0" * 17])
def test_malformed_hex_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        Payload.from_hex(text)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_the_word_survives_noise_stronger_than_the_symbols(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 1, SYMBOLS)
    decoded = decode((0.6 * encode(PAYLOAD) + noise).astype(np.float32), KEYRING.key)
    assert decoded.payload == PAYLOAD


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_noise_alone_is_never_a_word(seed: int) -> None:
    decoded = decode(np.random.default_rng(seed).normal(0, 1, SYMBOLS).astype(np.float32), KEYRING.key)
    assert decoded.payload is None
    assert decoded.attempts == 48


def test_the_list_finds_words_that_the_best_path_misses() -> None:
    generator = np.random.default_rng(7)
    received = [(0.43 * encode(PAYLOAD) + generator.normal(0, 1, SYMBOLS)).astype(np.float32) for _ in range(40)]
    first = sum(decode(soft, KEYRING.key, 1).payload == PAYLOAD for soft in received)
    listed = sum(decode(soft, KEYRING.key).payload == PAYLOAD for soft in received)
    assert listed > first


def test_a_long_list_reads_fainter_words() -> None:
    generator = np.random.default_rng(8)
    received = [(0.375 * encode(PAYLOAD) + generator.normal(0, 1, SYMBOLS)).astype(np.float32) for _ in range(12)]
    usual = sum(decode(soft, KEYRING.key).payload == PAYLOAD for soft in received)
    long = [decode(soft, KEYRING.key, 4096) for soft in received]
    assert sum(each.payload == PAYLOAD for each in long) > usual + 2
    assert all(each.attempts == 4096 for each in long if each.payload is None)


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_a_longer_list_begins_with_the_shorter_one(seed: int) -> None:
    soft = np.random.default_rng(seed).normal(0, 1, SYMBOLS).astype(np.float32)
    short, long = (list(zip(*(part.tolist() for part in _likely(soft, size)), strict=True)) for size in (16, 64))
    assert set(short[:12]) <= set(long[:16])
    assert len(set(long)) == 64


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=8))
def test_the_crc_of_many_words_is_that_of_each(words: list[int]) -> None:
    assert crcs(np.array(words, np.uint64)).tolist() == [crc24(word.to_bytes(8)) for word in words]


def test_a_forged_word_is_foreign_not_found() -> None:
    forged = Payload(PAYLOAD.value ^ 1 << 40)
    decoded = decode(encode(forged), KEYRING.key)
    assert decoded.payload is None
    assert decoded.foreign
