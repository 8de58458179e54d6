"""Media that the tests make themselves, and one set of tools over throw-away keys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from media.clip import Frame, Picture, Sound, VideoFormat
from media.colour import to_i420
from watermark.config import SigningConfig, StampConfig
from watermark.fingerprint import Fingerprint
from watermark.invisible import KeyRing
from watermark.ledger import Entry, MemoryLedger
from watermark.stamp import Stamped, StampOrder
from watermark.tools import Tools, assemble

SHARED = Path(__file__).parents[3] / "shared" / "data"
SECRET = b"only for tests, only for tests.."


def scene(width: int, height: int, seed: int = 1) -> Picture:
    """A picture with soft and sharp parts, unlike any other seed."""
    rng = np.random.default_rng(seed)
    base = cv2.resize(rng.integers(0, 255, (9, 16, 3), dtype=np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    grain = cv2.GaussianBlur(rng.normal(0, 24, (height, width, 1)).astype(np.float32), (0, 0), 1.5)[..., None]
    return np.clip(base + grain.reshape(height, width, 1) * 2, 0, 255).astype(np.uint8)


def music(seconds: float, rate_hz: int = 48_000, seed: int = 1) -> Sound:
    """A melody with overtones and a little noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    notes = 220 * 2 ** (rng.integers(0, 24, int(seconds * 4) + 1) / 12)
    hz = np.repeat(notes, rate_hz // 4)[: len(t)]
    phase = 2 * np.pi * np.cumsum(hz) / rate_hz
    tone = 0.3 * np.sin(phase) + 0.15 * np.sin(2 * phase) + 0.02 * rng.normal(size=len(t))
    return Sound(np.tile(tone.astype(np.float32), (2, 1)), rate_hz)


@dataclass(frozen=True)
class MadeHost:
    """Content made by a test."""

    kind: Literal["video", "image", "audio"]
    width: int = 640
    height: int = 360
    seconds: float = 3.0
    rate: int = 12
    seed: int = 1
    heard: bool = True
    digest: str = field(default=hashlib.sha256(b"draft").hexdigest())

    @cached_property
    def format(self) -> VideoFormat | None:
        return VideoFormat(self.width, self.height, Fraction(self.rate)) if self.kind == "video" else None

    def frames(self) -> Iterator[Frame]:
        wide = scene(self.width + 64, self.height, self.seed)
        for index in range(round(self.seconds * self.rate)):
            left = min(64, index // 2 * 2)
            yield to_i420(np.ascontiguousarray(wide[:, left : left + self.width]))

    def sound(self) -> Sound | None:
        return (
            music(self.seconds if self.kind == "video" else max(6.0, self.seconds), seed=self.seed)
            if self.heard
            else None
        )

    def picture(self) -> Picture:
        return scene(self.width, self.height, self.seed)


@pytest.fixture(scope="session")
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def tools(keys: Path, ledger: MemoryLedger) -> Tools:
    return assemble(StampConfig(), SigningConfig(folder=keys), KeyRing(SECRET), None, ledger)


def order(**changes: object) -> StampOrder:
    return replace(StampOrder("test engine", "1.2"), **changes)  # type: ignore[arg-type]


def entry_of(stamped: Stamped, release_id: str) -> Entry:
    return Entry(
        release_id, stamped.manifest_label, stamped.manifest, stamped.payload, stamped.sha256,
        Fingerprint.from_dict(stamped.fingerprint), stamped.created_at, stamped.engine,
    )  # fmt: skip


@pytest.fixture(scope="session")
def stamped(tools: Tools, ledger: MemoryLedger, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Stamped]:
    """A stamped file for an ending, made once per session and remembered by the ledger."""
    folder, made = tmp_path_factory.mktemp("stamped"), {}
    kinds = {"mp4": "video", "mov": "video", "png": "image", "jpg": "image", "webp": "image"}

    def give(ending: str) -> Stamped:
        if ending not in made:
            host = MadeHost(kinds.get(ending, "audio"), seconds=6.0, seed=len(made) + 10)  # type: ignore[arg-type]
            made[ending] = tools.stamper.stamp(host, order(), folder / f"made.{ending}")
            ledger.add(entry_of(made[ending], f"rel-{ending}"))
        return made[ending]

    return give
