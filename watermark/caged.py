"""Verify's reader in the cage (`media.cage`): a fresh process for each file, which sees the file and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from pydantic import TypeAdapter, ValidationError

from errors import InputError
from media.cage.client import STOPPED, Cage
from media.cage.confine import Bounds
from media.cage.server import Part, Task
from media.cage.tasks import warm
from media.clip import Sound
from media.source import OpenFile
from watermark.config import InspectConfig
from watermark.examine import Examined, Examiner
from watermark.fingerprint import sound_codes
from watermark.invisible import KeyRing, extract_sound, extract_still
from watermark.label import visible_in
from watermark.spoken import audible_in
from watermark.trust import TrustStore

MEMORY_BYTES: Final = 6 * 2**30
_EXAMINED: Final = TypeAdapter(Examined)
_LAZY = (
    "c2pa", "scipy.signal", "watermark.containers.bmff", "watermark.containers.id3", "watermark.containers.jpeg",
    "watermark.containers.png", "watermark.containers.riff", "watermark.xmp",
)  # fmt: skip


class CagedExaminer:
    """`watermark.examine.Examines` for files of strangers.

    Args:
        config, keyring, trust: as for `Examiner`; sent to the cage's server through a pipe.
        limit_s: a file that takes longer is given up.
        most: files at a time.
    """

    def __init__(
        self, config: InspectConfig, keyring: KeyRing, trust: TrustStore, limit_s: float = 60.0, most: int = 2
    ) -> None:
        given = {
            "config": config.model_dump(), "secrets": [s.hex() for s in (keyring.current, *keyring.previous)],
            "own_pem": trust.own_pem, "signers": trust.signers, "tsas": trust.tsas,
            "own_serials": sorted(trust.own_serials),
        }  # fmt: skip
        self._limit_s = limit_s
        self._cage = Cage("watermark.caged", given, Bounds(MEMORY_BYTES), limit_s, most)

    def examine(self, path: Path) -> Examined:
        """What the file says; a file that broke, stalled or fooled its process could not be read."""
        try:
            return _EXAMINED.validate_json(bytes(self._cage.ask("examine", path, {}, self._limit_s).body))
        except InputError as error:
            return Examined(unread="error.verify.unreadable" if error.key == STOPPED else error.key)
        except ValidationError:
            return Examined(unread="error.verify.unreadable")

    def close(self) -> None:
        """Stop the cage's server."""
        self._cage.close()


def prepare(given: Mapping[str, Any]) -> dict[str, Task]:
    """The server's side: everything is loaded here, before the doors close."""
    warm()
    for name in _LAZY:
        import_module(name)
    keyring = _keyring(given["secrets"])
    _rehearse(keyring)
    trust = TrustStore(given["own_pem"], given["signers"], given["tsas"], frozenset(given["own_serials"]))
    examiner = Examiner(InspectConfig(**given["config"]), keyring, trust)

    def examine(file: OpenFile, args: Mapping[str, Any]) -> Iterator[Part]:
        yield {}, _EXAMINED.dump_json(examiner.examine(file))

    return {"examine": examine}


def _keyring(secrets: Sequence[str]) -> KeyRing:
    current, *previous = (bytes.fromhex(text) for text in secrets)
    return KeyRing(current, tuple(previous))


def _rehearse(keyring: KeyRing) -> None:
    """Read a picture and a sound of noise: tables and patterns are then there for every file, and nothing is missing.

    c2pa is only imported: what it makes before a fork is dead after it.
    """
    noise = np.random.default_rng(1)
    picture = noise.integers(0, 256, (480, 640, 3), np.uint8)
    sound = Sound(noise.normal(0, 0.1, (1, 6 * 48_000)).astype(np.float32), 48_000)
    extract_still(picture, keyring)
    visible_in(picture)
    extract_sound(sound, keyring)
    audible_in(sound)
    sound_codes(sound)
