"""Keys of the invisible mark: one secret per deployment, one derived key per purpose.

HKDF-SHA256 (RFC 5869) separates the purposes: knowing the pattern (which carriers, which signs) does
not give the key that authenticates an identifier. Both the writer and the reader hold the secret. Whoever
holds it can write any identifier, so a published secret proves nothing; the mark points to a record, it never
replaces the signature.

Old secrets stay in `KeyRing.previous`: marks written with them are still read, new ones are not written.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

SALT = b"colophon/invisible-mark"
MIN_SECRET_BYTES = 16


@dataclass(frozen=True, eq=False)
class Key:
    """The keys derived from one deployment secret.

    Args:
        secret: at least 16 bytes of key material.

    Raises:
        ValueError: the secret is too short.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < MIN_SECRET_BYTES:
            raise ValueError(f"a watermark secret has at least {MIN_SECRET_BYTES} bytes")

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """`length` bytes bound to one purpose."""
        return HKDF(SHA256(), length, SALT, purpose.encode()).derive(self.secret)

    @cached_property
    def authentication(self) -> bytes:
        """Key of the check bits inside a payload."""
        return self.derive("payload/authentication/1")

    @cached_property
    def identifiers(self) -> bytes:
        """Key that turns a nonce into an identifier."""
        return self.derive("payload/identifier/1")

    @cached_property
    def issuer(self) -> int:
        """4-bit name of this key inside the payload tag; tells rotated keys apart, hides nothing."""
        return self.derive("payload/issuer/1", 1)[0] & 0x0F

    def stream(self, purpose: str, count: int) -> NDArray[np.uint32]:
        """uint32 [count] of keyed pseudo-random words.

        SHAKE-256, not a library's random generator: the words are part of the format and must never change.
        """
        seed = self.derive("pattern/" + purpose)
        return np.frombuffer(hashlib.shake_256(seed).digest(4 * count), dtype="<u4").astype(np.uint32)

    def signs(self, purpose: str, count: int) -> NDArray[np.float32]:
        """float32 [count] of +1 and -1."""
        return np.where(self.stream(purpose, count) & 1, 1.0, -1.0).astype(np.float32)

    def phases(self, purpose: str, count: int) -> NDArray[np.float64]:
        """float64 [count] of angles in [0, 2 pi)."""
        return np.asarray(self.stream(purpose, count) * (2.0 * np.pi / 2**32), np.float64)

    def permutation(self, purpose: str, count: int) -> NDArray[np.int64]:
        """int64 [count], a keyed order of 0..count-1."""
        return np.argsort(self.stream(purpose, count), kind="stable").astype(np.int64)

    def mac(self, message: bytes, length: int) -> bytes:
        """The first `length` bytes of HMAC-SHA256 over `message`."""
        return hmac.digest(self.authentication, message, "sha256")[:length]


@dataclass(frozen=True, eq=False)
class KeyRing:
    """The secret that writes, and the older ones that are still read.

    Args:
        current: secret of new marks, at least 16 bytes.
        previous: secrets retired by rotation, newest first.
    """

    current: bytes = field(repr=False)
    previous: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "previous", tuple(self.previous))
        _ = self.keys

    @cached_property
    def key(self) -> Key:
        """The key that writes."""
        return self.keys[0]

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Every key that reads, the current one first."""
        return tuple(Key(secret) for secret in (self.current, *self.previous))
