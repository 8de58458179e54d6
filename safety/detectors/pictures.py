"""Finds registered pictures in image and video references and in outputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from media.caged import read_frames, read_picture
from safety.detectors.pdq import query_hashes
from safety.registry.pictures import PictureIndex, PictureMatch
from safety.signals import Evidence, MediaItem, Signal, SignalState, TextItem

SIGNAL: Final = "ip.picture"
THRESHOLD: Final = 0.5
MOST_FRAMES: Final = 240


class PictureDetector:
    """Compares pictures and sampled frames with the index of protected pictures."""

    name = "pictures"
    kinds = frozenset({"image", "video"})

    def __init__(self, index: PictureIndex | None = None, every_s: float = 1.0) -> None:
        self.index = index if index is not None else PictureIndex()
        self._every_s = every_s

    @property
    def version(self) -> str:
        """Changes with every registered picture, so that no remembered observation outlives it."""
        return f"pdq-5+{self.index.version}"

    @classmethod
    def from_config(cls, config: Any) -> PictureDetector:
        """Build from `safety.config`; reads `picture_index` (path or None) and `picture_every_s`."""
        path = getattr(config, "picture_index", None)
        return cls(PictureIndex(Path(path) if path else None), float(getattr(config, "picture_every_s", 1.0)))

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
        looked, best, when = 0, None, None
        for time_s, rgb in self._pictures(item):
            looked += 1
            if not len(self.index):
                break  # it can be read, and there is nothing to compare it with
            match = self.index.nearest(query_hashes(rgb))
            if match is not None and (best is None or match.score > best.score):
                best, when = match, time_s
        if not looked:
            return Signal(SIGNAL, self.version, 0.0, THRESHOLD, SignalState.ERROR, detail="no_frames")
        return self._signal(item, best, when)

    def _signal(self, item: MediaItem, best: PictureMatch | None, when: float | None) -> Signal:
        if best is None:
            return Signal(SIGNAL, self.version, 0.0, THRESHOLD)
        evidence = (Evidence(item.where, time_s=when, entry=f"picture:{best.entry}"),)
        detail = f"pdq:{best.pdq_bits},phash:{best.phash_bits}"
        return Signal(SIGNAL, self.version, best.score, THRESHOLD, evidence=evidence, detail=detail)

    def _pictures(self, item: MediaItem) -> Iterator[tuple[float | None, Any]]:
        if item.kind == "image":
            yield None, read_picture(Path(item.path))
            return
        for number, frame in enumerate(read_frames(Path(item.path), every_s=self._every_s, max_side_px=512)):
            if number >= MOST_FRAMES:
                return
            yield frame.time_s, frame.picture
