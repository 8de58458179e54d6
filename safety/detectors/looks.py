"""Finds pictures that show what a protected one shows, by a network that a host brings beside the bundled hashes.

A host puts protected pictures and logos into a folder (setting `looks.pictures`); a picture's name there is its entry.
`thresholds.json` beside them, ``{"name": cosine}``, gives single entries a threshold of their own. Vectors are kept in
memory only. The detector never relaxes a rule: it reports under the same name as the hashes do.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from errors import Unavailable, UsageError
from media.caged import read_picture
from media.clip import Picture
from safety.config import SafetyConfig
from safety.detectors.pictures import SIGNAL, THRESHOLD
from safety.detectors.samples import samples
from safety.detectors.views import boxes, luma_of
from safety.detectors.vision import Network, Vision
from safety.signals import Evidence, MediaItem, Signal, TextItem

ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})
THRESHOLDS: Final = "thresholds.json"
_MOST_FRAMES, _MOST_VIEWS = 24, 4


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The protected pictures: names, vectors float32 [n, D], and the cosine from which each counts, float32 [n]."""

    names: tuple[str, ...]
    vectors: NDArray[np.float32]
    alike: NDArray[np.float32]


class LookDetector:
    """Reports `ip.picture` with the entry that is most alike."""

    name = "looks"
    kinds = frozenset({"image", "video"})

    def __init__(self, vision: Vision, pictures: Path, alike: float) -> None:
        self._vision, self._folder, self._alike = vision, pictures, alike
        self._lock = threading.Lock()
        self._stamp = _stamp(pictures)
        self._shown = self._registered()

    @classmethod
    def from_config(cls, config: SafetyConfig) -> Self:
        looks = config.looks
        for part in ("model", "pictures", "alike"):
            if getattr(looks, part) is None:
                raise Unavailable("error.models.missing", part=f"looks.{part}")
        assert looks.pictures is not None
        assert looks.alike is not None
        return cls(Network(looks, config.threads), looks.pictures, looks.alike)

    @property
    def version(self) -> str:
        """Changes with the network and with every picture in the folder."""
        digest = hashlib.sha256(repr((self._alike, _stamp(self._folder))).encode()).hexdigest()[:12]
        return f"{self._vision.name}+{digest}"

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        assert isinstance(item, MediaItem)
        with self._lock:
            shown = self._current()
            best, entry, when = 0.0, "", None
            for sample in samples(item, _MOST_FRAMES)[:_MOST_FRAMES] if shown.names else ():
                cosine = (self._vision.embed(list(_views(sample.picture))) @ shown.vectors.T).max(axis=0)
                score = _scores(cosine, shown.alike)
                at = int(score.argmax())
                if score[at] > best:
                    best, entry, when = round(float(score[at]), 3), shown.names[at], sample.time_s
        places = (Evidence(item.where, time_s=when, entry=f"picture:{entry}"),) if best >= THRESHOLD else ()
        return [Signal(SIGNAL, self.version, best, THRESHOLD, evidence=places, detail="looks")]

    def _current(self) -> Shown:
        """The protected pictures, read again when their folder has changed."""
        stamp = _stamp(self._folder)
        if stamp != self._stamp:
            self._shown, self._stamp = self._registered(), stamp
        return self._shown

    def _registered(self) -> Shown:
        own = _thresholds(self._folder)
        paths = _pictures(self._folder)
        vectors = [self._vision.embed([read_picture(path)]) for path in paths]
        names = tuple(_name(path, self._folder) for path in paths)
        alike = np.array([own.get(name, self._alike) for name in names], np.float32)
        return Shown(names, np.concatenate(vectors) if vectors else np.zeros((0, 1), np.float32), alike)


def _scores(cosine: NDArray[np.float32], alike: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 [n]: 0.5 at the threshold of an entry, 1 for the same picture."""
    below, above = cosine / alike / 2, 0.5 + 0.5 * (cosine - alike) / (1 - alike)
    return np.asarray(np.clip(np.where(cosine < alike, below, above), 0.0, 1.0), np.float32)


def _views(picture: Picture) -> Iterator[Picture]:
    """The picture, and the largest rectangles in it that may be pictures of their own."""
    yield picture
    luma = luma_of(picture, 512)
    scale = max(picture.shape[:2]) / max(luma.shape)
    for left, top, width, height in boxes(luma, _MOST_VIEWS - 1):
        part = [round(scale * value) for value in (top, top + height, left, left + width)]
        yield picture[part[0] : part[1], part[2] : part[3]]


def _pictures(folder: Path) -> list[Path]:
    """The protected pictures, in order.

    Raises:
        UsageError: there is no such folder.
    """
    if not folder.is_dir():
        raise UsageError("error.settings.invalid", name="looks.pictures")
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def _name(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder).with_suffix(""))


def _thresholds(folder: Path) -> dict[str, float]:
    """Thresholds of single entries.

    Raises:
        UsageError: the file is malformed, or a threshold is none.
    """
    path = folder / THRESHOLDS
    if not path.exists():
        return {}
    try:
        found = {str(name): float(cosine) for name, cosine in json.loads(path.read_text("utf-8")).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise UsageError("error.registry.malformed", file=THRESHOLDS, line=1) from error
    if not all(0 < cosine < 1 for cosine in found.values()):
        raise UsageError("error.registry.malformed", file=THRESHOLDS, line=1)
    return found


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes with any picture or threshold."""
    paths = [*_pictures(folder), *folder.glob(THRESHOLDS)]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)
