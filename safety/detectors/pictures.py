"""Finds registered pictures in image and video references and in outputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from media.caged import TimedPicture
from safety.detectors.moving import chosen
from safety.detectors.pdq import query_hashes
from safety.detectors.samples import Sample, samples
from safety.registry.pictures import PictureIndex, PictureMatch
from safety.signals import Evidence, MediaItem, Signal, SignalState, TextItem

SIGNAL: Final = "ip.picture"
THRESHOLD: Final = 0.5
MOST_FRAMES: Final = 48
EVERY_S: Final = 0.4  # of a clip: what is shown for half a second is met
LEAST_CHANGING: Final = 8  # pictures of a clip that are chosen by how they change
_CELL_CHANGE = 16.0  # difference of a cell (0-255) that counts as another picture


class PictureDetector:
    """Compares pictures, all layers of pictures with transparency, and sampled frames with the protected pictures."""

    name = "pictures"
    kinds = frozenset({"image", "video"})

    def __init__(self, index: PictureIndex | None = None, frames: int = MOST_FRAMES) -> None:
        self.index = index if index is not None else PictureIndex()
        self._frames = frames

    @property
    def version(self) -> str:
        """Changes with every registered picture, so that no remembered observation outlives it."""
        return f"pdq-7+{self.index.version}"

    @classmethod
    def from_config(cls, config: Any) -> PictureDetector:
        """Build from `safety.config`; reads `picture_index` (path or None) and `frames`."""
        path = getattr(config, "picture_index", None)
        return cls(PictureIndex(Path(path) if path else None), int(getattr(config, "frames", MOST_FRAMES)))

    def observe(self, item: TextItem | MediaItem) -> Sequence[Signal]:
        """One signal: the best match over the picture or the sampled frames, score 0 when there is none."""
        if not isinstance(item, MediaItem) or item.kind not in self.kinds:
            return (Signal(SIGNAL, self.version, 0.0, THRESHOLD, SignalState.UNSUPPORTED, detail="kind"),)
        try:
            return (self._observe(item),)
        except Exception as error:  # noqa: BLE001 - any fault here becomes a signal that cannot allow
            state = SignalState.ERROR
            return (Signal(SIGNAL, self.version, 0.0, THRESHOLD, state, detail=type(error).__name__),)

    def _observe(self, item: MediaItem) -> Signal:
        shown = looked_at(item, samples(item, self._frames))
        if not shown:
            return Signal(SIGNAL, self.version, 0.0, THRESHOLD, SignalState.ERROR, detail="no_frames")
        best, when = None, None
        for sample in shown if len(self.index) else ():
            match = self.index.nearest(query_hashes(sample.picture))
            if match is not None and (best is None or match.score > best.score):
                best, when = match, sample.time_s
        return self._signal(item, best, when)

    def _signal(self, item: MediaItem, best: PictureMatch | None, when: float | None) -> Signal:
        if best is None:
            return Signal(SIGNAL, self.version, 0.0, THRESHOLD)
        evidence = (Evidence(item.where, time_s=when, entry=f"picture:{best.entry}"),)
        detail = f"pdq:{best.pdq_bits},phash:{best.phash_bits}"
        return Signal(SIGNAL, self.version, best.score, THRESHOLD, evidence=evidence, detail=detail)


def looked_at(item: MediaItem, shown: Sequence[Sample]) -> Sequence[Sample]:
    """Of a clip, a picture every `EVERY_S`, and what flashes up or changes; faces share the reading and want more."""
    if item.kind != "video" or not shown:
        return shown
    pictures = [TimedPicture(sample.time_s or 0.0, sample.picture) for sample in shown]
    times = np.array([picture.time_s for picture in pictures])
    steady = {int(np.abs(times - time_s).argmin()) for time_s in np.arange(0.0, times[-1] + EVERY_S, EVERY_S)}
    changing = {picture.time_s for picture in chosen(pictures, max(LEAST_CHANGING, len(steady) // 2), _CELL_CHANGE)}
    return [sample for n, sample in enumerate(shown) if n in steady or times[n] in changing]
