"""The 64-bit word that a mark carries.

    bits 63-60  format version (1)
    bits 59-56  issuer: names the key inside a ring
    bits 55-16  identifier: 40 bits of HMAC-SHA256(identifier key, nonce)
    bits 15-0   check: 16 bits of HMAC-SHA256(authentication key, the 48 bits above)

Forty bits of identifier collide with even odds after about 1.2 million releases: whoever mints looks the word
up in the ledger first and mints again with another nonce. The check bits tell a forged or foreign word apart
without any ledger. CRC-24/OpenPGP (RFC 9580, 6.1) outside the word rejects what the decoder got wrong.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from watermark.invisible.keys import Key, KeyRing

VERSION = 1
WORD_BITS = 64
TAG_BITS = 8
CRC_BITS = 24
INFO_BITS = WORD_BITS + CRC_BITS
CHECKED_BITS = CRC_BITS + 16 + TAG_BITS
"""Bits that a random word must hit by chance to be taken for ours: CRC, check bits, tag."""

_CRC_POLYNOMIAL = 0x1864CFB
_CRC_START = 0xB704CE


@dataclass(frozen=True, slots=True)
class Payload:
    """A 64-bit word. Only `mint` and the readers make one that is authentic for a key."""

    value: int

    def __post_init__(self) -> None:
        if not 0 <= self.value < 1 << WORD_BITS:
            raise ValueError("a payload is an unsigned 64-bit word")

    @property
    def hex(self) -> str:
        """16 lower-case hex digits."""
        return f"{self.value:016x}"

    @classmethod
    def from_hex(cls, text: str) -> Payload:
        """The payload written by `hex`.

        Raises:
            ValueError: not 16 hex digits.
        """
        if len(text) != WORD_BITS // 4:
            raise ValueError("a payload has 16 hex digits")
        return cls(int(text, 16))

    def belongs_to(self, key: Key) -> bool:
        """Whether version, issuer and check bits are those of `key`."""
        head = self.value >> 16
        return head >> 40 == tag_of(key) and hmac.compare_digest(_check(key, head), (self.value & 0xFFFF).to_bytes(2))

    def bits(self) -> NDArray[np.uint8]:
        """uint8 [88] of 0 and 1: the word, then its CRC."""
        crc = crc24(self.value.to_bytes(8))
        raw = self.value.to_bytes(8) + crc.to_bytes(3)
        return np.unpackbits(np.frombuffer(raw, np.uint8))


def mint(keyring: KeyRing, nonce: bytes) -> Payload:
    """The payload of `nonce` under the current key; the same nonce gives the same payload."""
    key = keyring.key
    identifier = int.from_bytes(hmac.digest(key.identifiers, nonce, "sha256")[:5])
    head = tag_of(key) << 40 | identifier
    return Payload(head << 16 | int.from_bytes(_check(key, head)))


def from_bits(bits: NDArray[np.uint8]) -> Payload | None:
    """The payload of 88 decoded bits, or None when the CRC does not hold."""
    raw = np.packbits(bits).tobytes()
    if crc24(raw[:8]) != int.from_bytes(raw[8:11]):
        return None
    return Payload(int.from_bytes(raw[:8]))


def crc24(data: bytes) -> int:
    """CRC-24/OpenPGP of `data`."""
    crc = _CRC_START
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= _CRC_POLYNOMIAL
    return crc


def crcs(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """CRC-24 of many words, uint64 [n]: that of zero, and what each byte changes of it."""
    crc = np.full(len(words), crc24(bytes(8)), np.uint64)
    for place in range(8):
        crc ^= _changes(place)[(words >> np.uint64(8 * place)) & np.uint64(0xFF)]
    return crc


@lru_cache
def _changes(place: int) -> NDArray[np.uint64]:
    words = (byte << 8 * place for byte in range(256))
    return np.array([crc24(word.to_bytes(8)) ^ crc24(bytes(8)) for word in words], np.uint64)


def tag_of(key: Key) -> int:
    """Version and issuer, the top byte of every word of `key`."""
    return VERSION << 4 | key.issuer


def _check(key: Key, head: int) -> bytes:
    return key.mac(head.to_bytes(6), 2)
