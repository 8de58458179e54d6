"""Pictures of a media item for the visual detectors, read once and shared.

Videos: every second frame at least (so that a face shown in two frames is in a sample), thinned to the
pictures that differ from the last kept one; cuts and quick changes are kept first. Animated images: all frames.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from media.caged import flatten, probe, read_frames, read_rgba
from media.clip import Picture
from safety.signals import MediaItem

FULL_SIDE_PX = 2560  # stills larger than this are searched at this size, in tiles
MOVING_SIDE_PX = 640
_REST_S = 0.5  # a picture at least this often, even when nothing changes
_CHANGE = 2.0  # mean difference of thumbnails (0-255) that counts as another picture
_REMEMBERED = 2


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A picture of the item, and its time (None for a still)."""

    picture: Picture
    time_s: float | None = None
    change: float = 255.0


_cache: OrderedDict[tuple[str, str, int], tuple[Sample, ...]] = OrderedDict()
_lock = threading.Lock()


def samples(item: MediaItem, most: int) -> tuple[Sample, ...]:
    """The pictures to look at, in order of time; at most `most` of a moving item.

    Raises:
        InputError: the file cannot be read.
    """
    key = (item.sha256, item.kind, most)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    found = tuple(_read(item, most))
    with _lock:
        _cache[key] = found
        while len(_cache) > _REMEMBERED:
            _cache.popitem(last=False)
    return found


def _read(item: MediaItem, most: int) -> list[Sample]:
    path = Path(item.path)
    info = probe(path)
    if info.kind == "image" and not info.animated:
        return [Sample(smaller(picture, FULL_SIDE_PX)) for picture in _still(path, info.alpha)]
    if info.kind == "image":
        return _thinned(_changing(path, 0.0), max(most, info.frame_count))
    step_s = 1.999 / float(info.fps) if info.fps else 0.08
    return _thinned(_changing(path, step_s), most)


def _still(path: Path, alpha: bool) -> list[Picture]:
    """The picture; with an alpha channel also its colours as if it were opaque, where something may hide."""
    rgba = read_rgba(path)
    flat = flatten(rgba)
    opaque = np.ascontiguousarray(rgba[:, :, :3])
    return [flat, opaque] if alpha and not np.array_equal(flat, opaque) else [flat]


def _changing(path: Path, step_s: float) -> list[Sample]:
    kept: list[Sample] = []
    last: NDArray[np.int16] | None = None
    for timed in read_frames(path, every_s=step_s, max_side_px=MOVING_SIDE_PX):
        thumb = cv2.resize(timed.picture, (24, 24), interpolation=cv2.INTER_AREA).astype(np.int16)
        change = 255.0 if last is None else float(np.abs(thumb - last).mean())
        if change >= _CHANGE or timed.time_s - (kept[-1].time_s or 0.0) >= _REST_S:
            kept.append(Sample(timed.picture, timed.time_s, change))
            last = thumb
    return kept


def _thinned(kept: list[Sample], most: int) -> list[Sample]:
    """Half of the budget goes to the largest changes (cuts, flashes), half is spread evenly."""
    if len(kept) <= most:
        return kept
    by_change = sorted(range(len(kept)), key=lambda i: -kept[i].change)[: most // 2]
    even = np.linspace(0, len(kept) - 1, most - most // 2).round().astype(int)
    return [kept[i] for i in sorted({*by_change, *even.tolist()})]


def smaller(picture: Picture, side_px: int) -> Picture:
    """The picture, its long side at most `side_px`."""
    side = max(picture.shape[:2])
    if side <= side_px:
        return picture
    size = (max(1, round(picture.shape[1] * side_px / side)), max(1, round(picture.shape[0] * side_px / side)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
